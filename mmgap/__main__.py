"""``python -m mmgap``: the command line."""

from mmgap.cli.interruptible import run

run()
