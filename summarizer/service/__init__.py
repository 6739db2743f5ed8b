"""The HTTP service (`summarizer serve`). It stands on the public API: routes in, `asummarize` at work, briefs out."""
