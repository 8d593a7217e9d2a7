"""The function that is audited: found by its name, called with a limit of time, on arrays that it must leave alone."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import io
import signal
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mmgap.core.failures import line


class CannotCallError(ValueError):
    """The function is not there, or no way was found to call it."""


class TookTooLongError(BaseException):
    """A call ran past its limit; no `Exception`, so that a function that passes all errors over ends, too."""


def found(name: str) -> tuple[Any, str]:
    """Return what ``module:function`` or ``file.py:function`` names, and its own name.

    Raises:
        CannotCallError: no such module or function, or nothing that can be called.
    """
    place, _, inside = name.rpartition(":")
    if not place or not inside:
        raise CannotCallError(
            f"{name}: expected MODULE:FUNCTION or FILE.py:FUNCTION, as in torchmetrics.retrieval:RetrievalMRR"
        )
    module = _module(place)
    value: Any = module
    for part in inside.split("."):
        if not hasattr(value, part):
            known = [one for one, thing in vars(value).items() if callable(thing) and not one.startswith("_")]
            raise CannotCallError(
                f"{place} has no {part}: name one that it has, {', '.join(known[:12]) or 'nothing to call'}"
            )
        value = getattr(value, part)
    if not callable(value):
        raise CannotCallError(f"{name} is {type(value).__name__}, nothing to call: name a function or a class")
    return value, inside


def _module(place: str) -> types.ModuleType:
    try:
        if place.endswith(".py"):
            path = Path(place)
            if not path.is_file():
                raise CannotCallError(f"{place}: no such file: look at the path, FILE.py:FUNCTION")
            sys.path.insert(0, str(path.resolve().parent))
            spec = importlib.util.spec_from_file_location(path.stem, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules.setdefault(path.stem, module)
            spec.loader.exec_module(module)
            return module
        if "" not in sys.path:
            sys.path.insert(0, "")
        return importlib.import_module(place)
    except CannotCallError:
        raise
    except ModuleNotFoundError as error:
        raise CannotCallError(f"{place}: {line(error)}: install it, or name a file, FILE.py:FUNCTION") from error
    except (Exception, SystemExit) as error:
        raise CannotCallError(
            f"{place} cannot be imported: {type(error).__name__}: {line(error)}: mend it until python imports it"
        ) from error


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return what a function takes, without ``self``; of a C function what can be told."""
    try:
        taken = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)]
    return [one for one in taken if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]


def quiet_call(function: Callable[[], Any], seconds: float) -> Any:
    """Return what a function returns; what it prints and warns of is thrown away.

    Raises:
        TookTooLongError: it ran for longer, where that can be stopped.
        Exception: what it raises.
    """
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        with _limit(seconds):
            try:
                return function()
            except SystemExit as error:
                raise RuntimeError(f"it ends the process, with {error.code!r}") from error


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raise in the main thread when time is up; elsewhere, and where there are no alarms, without a limit."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def over(*_: Any) -> None:
        raise TookTooLongError(f"no answer within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
