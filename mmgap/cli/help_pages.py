"""What a help page leaves out: a type beside options that take no value, and line breaks of the source in its text."""

from __future__ import annotations

from typing import Any


def joined_lines(text: str) -> str:
    """Return a text whose paragraphs are one line each, so that a terminal breaks them; indented lines stay lines.

    Args:
        text: a docstring as `inspect.cleandoc` leaves it.

    >>> joined_lines("Fit a map\\nof vectors.\\n\\nRows of a revision:\\n    git archive HEAD\\nand more.")
    'Fit a map of vectors.\\n\\nRows of a revision:\\n    git archive HEAD\\nand more.'
    """
    lines: list[str] = []
    for line in text.splitlines():
        stands_alone = not line or line[0].isspace() or not lines or not lines[-1] or lines[-1][0].isspace()
        lines = [*lines, line] if stands_alone else [*lines[:-1], f"{lines[-1]} {line}"]
    return "\n".join(lines)


class PlainHelp:
    """Beside a command of typer: its text in whole paragraphs, and no ``<bool>`` behind a switch, which takes nothing.

    >>> import typer
    >>> from mmgap.cli.main import app
    >>> compare = typer.main.get_command(app).commands["rows"].commands["compare"]
    >>> [option.name for option in compare.get_params(typer.Context(compare)) if option.metavar == ""]
    ['changed', 'markdown', 'help']
    """

    help: str | None

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.help = joined_lines(settings.get("help") or "")

    def get_params(self, ctx: Any) -> list[Any]:
        """Return options and arguments, ``--help`` among them, as a help page shows them."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for switch in params:
            if getattr(switch, "is_flag", False):
                switch.metavar = ""
        return params
