"""The button: copy this app. It needs pages with a method `as_input` (see news/models.py)."""
