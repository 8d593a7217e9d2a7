"""Directives that show a function, a class or a module of mmgap from its docstring, for generated pages."""

import importlib
import inspect
from types import ModuleType

from mmgap.core.registry import loaded


def described(path: str, *, index: bool = True, members: bool = False) -> str:
    """Return Markdown that documents ``"module:object"``, or ``"module"`` by its docstring alone.

    Args:
        path: of what is described.
        index: False where another page is the one that links lead to.
        members: with the methods of a class that say something of themselves.
    """
    module, _, name = path.partition(":")
    thing = loaded(path) if name else importlib.import_module(module)
    if isinstance(thing, ModuleType):
        options, kind = ["no-members", "no-index"], "module"
    elif inspect.isclass(thing):
        options, kind = (["members"] if members else []), "class"
    elif callable(thing):
        options, kind = [], "function"
    else:
        options, kind = [], "data"
    if not index and "no-index" not in options:
        options.append("no-index")
    lines = [f".. auto{kind}:: {module}{'.' if name else ''}{name}", *(f"   :{option}:" for option in options)]
    return "\n".join(["```{eval-rst}", *lines, "```"])


def defined_at(module: str, name: str) -> str:
    """Return ``"module:object"`` where a public name is really defined, which a lazy package hides.

    >>> defined_at("mmgap.metrics", "hubness")
    'mmgap.metrics.hubness:hubness'
    """
    thing = loaded(f"{module}:{name}")
    if isinstance(thing, ModuleType):  # a file named after what it defines
        return f"{thing.__name__}:{name}"
    home = getattr(thing, "__module__", None)
    if home and home.startswith("mmgap.") and getattr(thing, "__qualname__", "") == name:
        return f"{home}:{name}"
    return f"{module}:{name}"
