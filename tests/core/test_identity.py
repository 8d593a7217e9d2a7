"""What stands for code in keys: a version for mmgap's own, the source for what comes from outside."""

import functools
import hashlib
import importlib
import linecache
import subprocess
import sys

import pytest

from mmgap.core.identity import FIRST, distributions, identity, since_first
from mmgap.core.registry import Registry
from mmgap.rows.provenance import provenance

LOSS = """
from mmgap.losses.term import loss

@loss()
def mine(x, y, *, logit_scale=1.0):
    return (x * y).sum()
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write and import a module; again with other text for another state of it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    names = set()

    def module(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        sys.modules.pop(name, None)
        names.add(name)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield module
    for name in names:
        sys.modules.pop(name, None)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_own_objects_have_a_version():
    from mmgap.losses.ce import ce
    from mmgap.spaces import registry

    assert identity(ce) == identity(ce.__wrapped__) == FIRST
    assert identity(ce, version=3) == {"version": 3}
    assert registry.identity("cca") == FIRST


def test_a_function_from_outside_has_its_file(written):
    assert identity(written("outside_loss", LOSS).mine) == {"source": sha(LOSS), "file": "outside_loss.py"}
    flipped = LOSS.replace("return", "return -")
    assert identity(written("outside_loss", flipped).mine)["source"] == sha(flipped)


def test_a_version_beside_an_entry_from_outside_counts_besides(written):
    found = identity(written("outside_loss", LOSS).mine, version=2)
    assert found == {"source": sha(LOSS), "file": "outside_loss.py", "version": 2}


@pytest.mark.parametrize("version", [0, -1, True, 1.0, "2"])
def test_a_version_is_a_whole_number(version):
    with pytest.raises(ValueError, match="whole number of at least 1"):
        Registry("loss").register("mine", version=version)(len)


@pytest.mark.parametrize(
    "made",
    [
        "mine",
        "functools.partial(mine, logit_scale=2.0)",
        "functools.partial(functools.partial(mine), logit_scale=2.0)",
        "functools.cache(mine)",
        "Mine()",
        "Mine().method",
        "Mine",
        "Child",
        "undecorated(print)",
    ],
)
def test_whatever_wraps_it_the_file_of_the_object_counts(written, made):
    """Registered elsewhere than it is written: by a partial, a decorator, a method, an instance, a base class."""
    text = "import functools\n" + LOSS + "class Mine:\n    def __call__(self): ...\n    def method(self): ...\n"
    text += "def undecorated(function):\n    def inner(): return function()\n    return inner\n"
    written("outside_loss", text)
    there = f"import functools\nfrom outside_loss import *\nclass Child(Mine): ...\nentry = {made}\n"
    found = identity(written("outside_entry", there).entry)
    assert "outside_loss.py" in found["file"]
    assert ("outside_entry.py" in found["file"]) == (made == "Child")
    if made != "Child":
        assert found["source"] == sha(text)


def test_a_decorator_of_ones_own_around_an_own_object_is_from_outside(written):
    text = "import functools\ndef negated(f):\n    @functools.wraps(f)\n    def g(*a): return -f(*a)\n    return g\n"
    from mmgap.losses.ce import ce

    assert identity(written("outside_wrap", text).negated(ce)) == {"source": sha(text), "file": "outside_wrap.py"}


def test_what_a_partial_holds_counts():
    from mmgap.losses.var import var

    rows, columns = (identity(functools.partial(var, over=over)) for over in ("rows", "columns"))
    assert rows["version"] == columns["version"] == 1
    assert rows != columns


def test_an_object_of_an_own_class_holds_the_function_it_was_given(written):
    from mmgap.metrics.catalogue import Metric

    text = "def value(space): ...\n"
    found = identity(Metric("outside", unit="share", compute=written("outside_value", text).value))
    assert (found["source"], found["file"]) == (sha(text), "outside_value.py")
    assert found["arguments"] != identity(Metric("outside", compute=written("outside_value", text).value))["arguments"]


def test_the_same_in_every_process(written, tmp_path):
    written("outside_loss", LOSS)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    code += "import functools, outside_loss; from mmgap.core.identity import identity\n"
    code += "given = dict(key=outside_loss.mine, other=object(), some={'a', 'b', 'c'})\n"
    code += "print(identity(functools.partial(outside_loss.mine, **given)))"
    told = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(3)}
    assert len(told) == 1
    assert sha(LOSS) in told.pop()


def test_without_source_the_module_and_its_distribution_are_named():
    import numpy as np

    assert identity(len)["module"] == "builtins"
    found = identity(np.random.Generator)  # written in C
    assert found["module"].startswith("numpy")
    assert found["distribution"] == f"numpy {np.__version__}"


def test_a_cell_of_a_notebook_counts_by_its_lines(monkeypatch):
    def cell(text, number):
        name = f"/tmp/ipykernel_{number}/1.py"
        monkeypatch.setitem(linecache.cache, name, (len(text), None, text.splitlines(keepends=True), name))
        space = {"__name__": "__main__"}
        exec(compile(text, name, "exec"), space)
        return identity(space["mine"])

    assert cell("def mine(x): return x\n", 1) == cell("def mine(x): return x\n", 2)
    assert cell("def mine(x): return x\n", 1) != cell("def mine(x): return -x\n", 3)


class TestEntryPoints:
    @pytest.fixture
    def registry(self, tmp_path, monkeypatch, written):
        def of(version, text=LOSS):
            for old in tmp_path.glob("*.dist-info/*"):
                old.unlink()
            info = tmp_path / "other-1.0.dist-info"
            info.mkdir(exist_ok=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: other\nVersion: {version}\n")
            (info / "entry_points.txt").write_text("[mmgap.losses]\nabroad = outside_loss:mine\n")
            written("outside_loss", text)
            return Registry("loss", group="mmgap.losses")

        return of

    def test_the_distribution_is_part_of_it(self, registry):
        found = registry("1.0").identity("abroad:argument")
        assert found == {"source": sha(LOSS), "file": "outside_loss.py", "distribution": "other 1.0"}

    def test_each_field_changes_it(self, registry):
        states = [("1.0",), ("1.1",), ("1.0", LOSS + "# a comment\n")]
        assert len({str(registry(*state).identity("abroad")) for state in states}) == 3


def test_own_entries_are_not_imported_for_it():
    code = "import sys; from mmgap import losses;"
    code += "print(losses.identities('ce+0.5*var(over=rows)'), 'torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "{'loss:ce': {'version': 1}, 'loss:var': {'version': 1}} False"


def test_a_registered_version_is_what_is_said(written):
    registry = Registry("loss")
    registry.lazy("own", "mmgap.losses.var:var", version=4)
    registry.lazy("mine", "outside_loss:mine", version=5)
    written("outside_loss", LOSS)
    before = registry.identity("own")
    registry.get("own")
    assert before == registry.identity("own") == {"version": 4}
    assert registry.identity("mine")["version"] == 5


def test_keys_of_first_versions_stay_as_they_were():
    assert since_first(encoder=FIRST, dataset=FIRST) == {}
    assert since_first(encoder={"version": 2}, dataset=FIRST) == {"identities": {"encoder": {"version": 2}}}


def test_the_packages_behind_a_key(tmp_path):
    inputs = {
        "distribution": "a constant of the protocol",
        "identities": {"encoder": {"version": 1, "base": {"distribution": "my-clip 0.3"}}, "dataset": FIRST},
        "training_splits": {"train": {"identities": {"dataset": {"distribution": "birds 2"}}}},
    }
    assert distributions(inputs) == {"my-clip": "0.3", "birds": "2"}
    assert distributions({"identities": {"experiment": FIRST}}) == {}
    made = provenance(tmp_path, "cpu", distributions(inputs))
    assert made["plugins"] == {"my-clip": "0.3", "birds": "2"}
    assert "plugins" not in provenance(tmp_path, "cpu", {})
