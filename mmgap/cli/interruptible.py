"""The process ``mmgap``: Ctrl-C ends it with exit status 130 and without a traceback, also while modules are loaded.

Nothing is imported here but what Python has loaded by itself, so that no time is lost before Ctrl-C is seen to.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from typing import Any

#: What a shell calls the end by Ctrl-C.
INTERRUPTED = 130


def run() -> None:
    """Run the command that the process was started for.

    Commands get Ctrl-C as `KeyboardInterrupt`, and may say what they leave behind; when they are over it ends the
    process at once. Where it is ignored, as in what a shell starts in the background, it stays so.

    Raises:
        SystemExit: always; with status 130 after Ctrl-C.
    """
    raised = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if raised:
        signal.signal(signal.SIGINT, _interrupt)
        sys.unraisablehook = _raised_again
    try:
        from mmgap.cli.main import app

        app()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    finally:
        if raised:
            signal.signal(signal.SIGINT, _end_at_once)


class _Interrupted(KeyboardInterrupt):
    """Ctrl-C; where Python's own class leaves what `exec` runs, the process has another status, whoever catches it."""


def _interrupt(*_: Any) -> None:
    raise _Interrupted


def _end_at_once(*_: Any) -> None:
    os._exit(INTERRUPTED)


def _raised_again(refused: Any, /) -> None:
    """Ctrl-C is lost where Python lets nothing be raised, as in callbacks of what is imported: it comes once more."""
    if issubclass(refused.exc_type, KeyboardInterrupt):
        _thread.start_new_thread(_interrupted_soon, ())
    else:
        sys.__unraisablehook__(refused)


def _interrupted_soon() -> None:
    time.sleep(0.01)  # by then that callback is over
    os.kill(os.getpid(), signal.SIGINT)
