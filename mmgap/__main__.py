"""``python -m mmgap``: the command line."""

from mmgap.cli.main import app

app()
