import subprocess
import sys

import pytest

from mmgap.core.registry import Registry, UnknownNameError


def test_a_decorated_object_is_found_by_its_name():
    registry = Registry("loss")

    @registry.register("zero")
    def zero():
        return 0

    assert registry.get("zero") is zero
    assert list(registry) == ["zero"]
    assert "zero" in registry
    assert "one" not in registry


def test_a_lazy_entry_is_imported_when_asked_for():
    registry = Registry("thing")
    registry.lazy("join", "os.path:join")
    import os.path

    assert registry.get("join") is os.path.join
    assert registry.resolve("join:a:b") == (os.path.join, "a:b")
    assert registry.resolve("join") == (os.path.join, None)


def test_an_unknown_name_is_answered_with_the_near_ones():
    registry = Registry("dataset")
    registry.lazy("arasaac-en", "x:y")
    registry.lazy("flickr8k", "x:y")
    with pytest.raises(UnknownNameError, match="unknown dataset 'arasac-en'; did you mean 'arasaac-en'"):
        registry.get("arasac-en")
    with pytest.raises(UnknownNameError, match=r"unknown dataset 'zzz'\. Known: arasaac-en, flickr8k"):
        registry.get("zzz")


@pytest.mark.parametrize("name", ["", "a:b"])
def test_a_name_must_fit_a_spec(name):
    with pytest.raises(ValueError, match="colon"):
        Registry("loss").lazy(name, "x:y")


def test_a_name_is_taken_once_and_a_path_needs_both_halves():
    registry = Registry("loss")
    registry.lazy("a", "x:y")
    with pytest.raises(ValueError, match="registered already"):
        registry.lazy("a", "x:z")
    with pytest.raises(ValueError, match="module:object"):
        registry.lazy("b", "module")


def test_other_packages_add_theirs_by_entry_points(tmp_path, monkeypatch):
    info = tmp_path / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mmgap.losses]\nabroad = os.path:join\nmine = os.path:split\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry("loss", group="mmgap.losses")
    registry.lazy("mine", "os.path:join")
    import os.path

    assert registry.get("abroad") is os.path.join
    assert registry.get("mine") is os.path.join, "what ships with the package keeps its name"


def test_an_entry_point_of_mmgap_itself_has_a_version_and_is_not_imported():
    """What a floor above adds: its key says no source, as that of every entry of mmgap's own."""
    code = "from mmgap import encoders; import sys; found = encoders.registry.identity('trained:x');"
    code += (
        "print(found, 'trained' in encoders.registry, any(name.startswith('mmgap.training') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'version': 1} True False"
