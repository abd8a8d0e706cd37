"""Studies as Markdown reports."""
