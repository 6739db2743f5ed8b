"""`python -m summarizer`."""

from summarizer.cli import entry

if __name__ == "__main__":  # a process that reads articles imports this too
    entry()
