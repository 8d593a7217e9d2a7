"""Every example in a docstring of the package gives what it says it gives."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples():
    """Docstrings with an example, read from the source, so that collecting them imports nothing."""
    for file in sorted((ROOT / "mmgap").rglob("*.py")):
        if ">>>" not in (text := file.read_text(encoding="utf-8")):
            continue
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                continue
            docstring = ast.get_docstring(node) or ""
            if ">>>" in docstring:
                name = ".".join(filter(None, (module, getattr(node, "name", ""))))
                line = node.body[0].lineno - 1
                yield pytest.param(module, file, line, docstring, id=name.removeprefix("mmgap."))


@pytest.mark.parametrize(("module", "file", "line", "docstring"), list(examples()))
def test_example(module, file, line, docstring, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = dict(vars(importlib.import_module(module)))
    test = doctest.DocTestParser().get_doctest(docstring, names, module, str(file), line)
    said: list[str] = []
    failed, tried = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=said.append)
    assert tried
    assert not failed, "".join(said)


def test_a_wrong_example_is_found(tmp_path, monkeypatch):
    docstring = ">>> holm([0.01])\n[0.5]"
    with pytest.raises(AssertionError, match="Expected"):
        test_example("mmgap.stats.multiple", "multiple.py", 0, docstring, tmp_path, monkeypatch)
