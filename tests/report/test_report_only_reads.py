"""The report reads rows and derived results: it imports nothing that computes, lazily neither."""

import ast
from pathlib import Path

import pytest

import mmgap.report

FOLDER = Path(mmgap.report.__file__).parent

#: Rooms and libraries that compute; the entries of metrics, the number of sign flips and the
#: names of arrays are read.
COMPUTING = (
    *(f"mmgap.{room}" for room in ("losses", "datasets", "encoders", "spaces", "training", "evaluation", "harness")),
    *("mmgap.metrics", "mmgap.stats", "torch", "sklearn", "scipy", "numba"),
)
PRINTED = (
    "mmgap.metrics.catalogue",
    "mmgap.metrics.catalogue_entry",
    "mmgap.stats.sign_flips",
    "mmgap.evaluation.item_arrays",
)


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name, rooms):
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_file_of_the_report_imports_nothing_that_computes(path):
    assert [name for name in imported(path) if within(name, COMPUTING) and not within(name, PRINTED)] == []
