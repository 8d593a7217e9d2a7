"""A document as Markdown, LaTeX and HTML."""
