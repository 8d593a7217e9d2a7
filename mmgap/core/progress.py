"""Long work shows how far it is: one kind of bar, on the terminal even where pytest captures output.

The standard library only: the pytest plugin imports this in every session of the environment.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from mmgap.core.below_line import BelowLine, width

if TYPE_CHECKING:
    from tqdm import tqdm

#: Where bars go instead of stderr; see `show_on`.
_terminal: TextIO | BelowLine | None = None


def show_on(terminal: TextIO | BelowLine | None) -> None:
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

    stream: Any = _terminal or sys.stderr
    hidden = disable or not stream.isatty()
    fits = width(stream) > 0
    return tqdm(*arguments, delay=delay, leave=False, file=stream, disable=hidden, dynamic_ncols=fits, **keywords)


def interval(seconds: float) -> str:
    """Return a time as bars write it: minutes and seconds, from an hour on also hours.

    >>> interval(65.4), interval(3725)
    ('01:05', '1:02:05')
    """
    from tqdm import tqdm

    return tqdm.format_interval(seconds)


def say(line: str) -> None:
    """Write a line where the bars are, above them; where nothing can be written, nothing is said."""
    if isinstance(_terminal, BelowLine):
        _terminal.say(line)
        return
    from tqdm import tqdm

    with suppress(OSError):
        tqdm.write(line, file=_terminal or sys.stderr)
