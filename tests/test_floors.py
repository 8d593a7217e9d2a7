"""The house stands by floors: a file imports only from floors below its own, and nowhere is there a circle.

All imports count: those inside functions, those for types alone, and the lazy ones that are text ("module:object").
"""

import ast
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "mmgap"

#: From top to bottom; packages of one line are neighbours, which do not import from each other either.
FLOORS = (
    ("cli",),
    ("app", "testing", "integrations"),
    ("harness",),
    ("report",),
    ("analysis", "card"),
    ("training",),
    ("evaluation", "diagnosis"),
    ("encoders", "adapters"),
    ("spaces",),
    ("datasets",),
    ("theory",),
    ("losses",),
    ("stats",),
    ("metrics",),
    ("rows",),
    ("core",),
)
LEVEL = {name: -level for level, names in enumerate(FLOORS) for name in names}

#: What still goes up, to be mended; an entry that is no longer needed fails, too.
UPWARDS: set[tuple[str, str]] = set()

#: Files that still stand in a circle, to be mended; the same holds.
CIRCLES: set[tuple[str, ...]] = set()

#: Names that two files have; the same holds.
SAME_NAMES: set[str] = set()


@cache
def imports():
    """File → the files that it imports, all as dotted names."""
    files = {}
    for path in PACKAGE.rglob("*.py"):
        files[".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")] = path

    def file_of(name):
        while name and name not in files:
            name = name.rpartition(".")[0]
        return name

    found = {}
    for name, path in files.items():
        inside = name if path.stem == "__init__" else name.rpartition(".")[0]
        named = {target for node in ast.walk(ast.parse(path.read_text())) for target in names(node, inside)}
        found[name] = {file_of(target) for target in named if target.startswith("mmgap.")} - {name, "mmgap", ""}
    return found


def names(node, inside):
    """What a node of a file ``inside`` a package imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = ".".join(inside.split(".")[: len(inside.split(".")) - node.level + 1]) if node.level else ""
        start = ".".join(filter(None, (above, node.module)))
        return [f"{start}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
        return [node.value.replace(":", ".")]
    return []


def floor(name):
    return name.split(".")[1]


def circles(graph):
    """The sets of files that reach one another (Tarjan's strongly connected components of several files)."""
    index, low, stack, found = {}, {}, [], set()

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            part = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(part) > 1:
                found.add(tuple(sorted(name.removeprefix("mmgap.") for name in part)))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def test_every_package_has_its_floor():
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"} <= set(LEVEL)


def test_files_import_from_floors_below_alone():
    upwards = {
        (name, target)
        for name, targets in imports().items()
        for target in targets
        if name.count(".") and name != "mmgap.__main__" and floor(name) != floor(target)
        if LEVEL[floor(name)] <= LEVEL[floor(target)]
    }
    assert upwards == UPWARDS


def test_no_circle_stands_anywhere():
    assert circles(imports()) == CIRCLES


def test_at_the_top_are_folders_and_not_many():
    there = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}
    files = {name for name in there if (PACKAGE / name).is_file()}
    assert files <= {"__init__.py", "__init__.pyi", "__main__.py", "py.typed"}
    assert len(there - files) <= 21


def test_no_two_files_are_called_the_same():
    stems = [path.stem for path in PACKAGE.rglob("*.py") if path.stem not in ("__init__", "base")]
    assert {stem for stem in stems if stems.count(stem) > 1} == SAME_NAMES
