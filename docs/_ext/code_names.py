"""Names in docstrings that no page describes: known ones stand as code, without a link; unknown ones fail the build."""

import ast
import builtins
import keyword
import re
from functools import cache
from pathlib import Path

import mmgap

#: Packages of others whose names docstrings use; nothing is looked up, so the build needs no network.
OTHERS = ("PIL", "abc", "collections", "concurrent", "dataclasses", "np", "numpy", "pathlib", "pytest", "scipy",
          "sentence_transformers", "sklearn", "torch", "torchmetrics", "transformers", "types", "typing")  # fmt: skip

#: What annotations and docstrings call things of others by their last name.
LAST_NAMES = {
    "Any", "ArrayLike", "Callable", "Image", "Iterable", "Iterator", "Literal", "M", "Mapping", "Module", "N", "P",
    "Path", "Sequence", "T", "Tensor", "TrainerCallback", "ndarray",
}  # fmt: skip


@cache
def known() -> frozenset[str]:
    """Return every name that mmgap's source binds or takes: modules, classes, functions, attributes, arguments."""
    found = {"mmgap", *dir(builtins), *keyword.kwlist, *LAST_NAMES}
    folder = Path(mmgap.__file__).parent
    for path in folder.rglob("*.py"):
        found.update(path.relative_to(folder).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.FunctionDef() | ast.ClassDef():
                    found.add(node.name)
                case ast.arg():
                    found.add(node.arg)
                case ast.Name(ctx=ast.Store()):
                    found.add(node.id)
                case ast.Attribute():
                    found.add(node.attr)
    return frozenset(found)


def is_known(target: str) -> bool:
    """Return whether all parts of a target are names that there are; prose, which has spaces, is no name.

    >>> is_known("mmgap.metrics.hubness"), is_known("torch.Tensor"), is_known("Plain floats"), is_known("mmgap.hubnes")
    (True, True, True, False)
    """
    names = [name.strip() for name in target.split(",")]
    return all(" " in name or name.split(".")[0] in OTHERS or known() >= _parts(name) for name in names)


def _parts(name: str) -> set[str]:
    return set(re.findall(r"\w+", name))


def _missing(app, env, node, content):
    if node.get("refdomain") == "py" and is_known(node["reftarget"]):
        return content
    return None


def _plain_bars(app, what, name, obj, options, lines):
    """Bars of absolute values are no substitutions of reStructuredText."""
    for number, line in enumerate(lines):
        lines[number] = "".join(
            part if index % 2 else part.replace("|", r"\|") for index, part in enumerate(re.split(r"(``.*?``)", line))
        )


def setup(app):
    app.connect("missing-reference", _missing)
    app.connect("autodoc-process-docstring", _plain_bars, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
