"""Long work shows how far it is: one kind of bar, on the terminal even where pytest captures output.

The standard library only: the pytest plugin imports this in every session of the environment.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

#: Where bars go instead of stderr; see `show_on`.
_terminal: TextIO | None = None


def show_on(terminal: TextIO | None) -> None:
    """Send bars and words to ``terminal`` from now on, closing what there was; None sends them to stderr again."""
    global _terminal
    if _terminal is not None:
        _terminal.close()
    _terminal = terminal


def progress_bar(*arguments: Any, delay: float = 2.0, disable: bool = False, **keywords: Any) -> tqdm[Any]:
    """`tqdm.tqdm` that appears when the work lasts longer than ``delay`` seconds, and goes away with it.

    Only on a terminal: what goes into a file or a pipe has no bar in it.
    """
    from tqdm import tqdm

    stream = _terminal or sys.stderr
    hidden = disable or not stream.isatty()
    return tqdm(*arguments, delay=delay, leave=False, file=stream, disable=hidden, **keywords)


def say(line: str) -> None:
    """Write a line where the bars are, above them."""
    from tqdm import tqdm

    tqdm.write(line, file=_terminal or sys.stderr)
