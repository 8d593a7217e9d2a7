"""``python -m mmgap``: the command line."""

from mmgap.cli import app

app()
