"""A loss is found by its name: one line, and the function, never the file of the same name."""

import re
import sys
from pathlib import Path

import pytest

from mmgap import losses


def without_mmgap():
    """Forget that mmgap is loaded, as in a new process, but for its libraries; return what was."""
    names = [name for name in sys.modules if name.partition(".")[0] == "mmgap"]
    return {name: sys.modules.pop(name) for name in names}


@pytest.mark.parametrize(
    "imports",
    [
        "import mmgap.losses.ce",
        "from mmgap.losses.ce import ce",
        "import mmgap.losses.cyclip",  # its file imports that of ce
        "from mmgap.losses import parse; parse('ce')",
        "from mmgap.losses import ce",
        "import importlib; importlib.import_module('mmgap.losses.ce')",
    ],
)
def test_an_attribute_is_the_function_whatever_was_imported_before(imports):
    code = f"{imports}\nimport sys, mmgap.losses, mmgap.losses.ce\nfrom mmgap.losses import ce as same\n"
    code += "assert mmgap.losses.ce is same is sys.modules['mmgap.losses.ce'].ce is mmgap.losses.registry.get('ce')"
    before = without_mmgap()
    try:
        exec(code, {})
    finally:
        without_mmgap()
        sys.modules.update(before)


def test_a_loss_is_a_file_of_its_name_and_has_a_type():
    folder = Path(losses.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if "\n@loss(" in path.read_text()}
    typed = re.findall(r"^from \.(\w+) import \1 as \1$", (folder / "__init__.pyi").read_text(), re.MULTILINE)
    assert files == set(typed) == set(losses.registry)
    for name in files:
        function = losses.registry.get(name)
        assert getattr(losses, name) is function
        assert (function.__name__, function.__module__) == (name, f"mmgap.losses.{name}")
        assert isinstance(function.tags, losses.Tags)


def test_a_loss_without_the_decorator_promises_nothing():
    def mine(x, y, *, logit_scale=1.0):
        return (x * y).sum()

    assert losses.tags_of(mine) == losses.Tags(
        at_least=1, symmetric=False, rotation_invariant=False, uses_scale=True, learned=(), needs=()
    )
