"""The command ``mmgap``: one file for each command."""
