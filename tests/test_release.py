"""What a release says of itself is one: version, licence, citation; and an sdist is the same whoever packs it when."""

import gzip
import io
import re
import runpy
import tarfile
import tomllib
from pathlib import Path

import pytest

import mmgap

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
normalised = runpy.run_path(str(ROOT / "release" / "build_release.py"))["normalised"]


def test_the_version_is_one():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, flags=re.MULTILINE)[1] == PROJECT["version"] == mmgap.__version__
    assert re.search(r"^version: (\S+)$", CITATION, flags=re.MULTILINE)[1] == PROJECT["version"]


def test_the_citation_has_what_the_format_asks_for():
    yaml = pytest.importorskip("yaml")
    told = yaml.safe_load(CITATION)
    assert {"cff-version", "message", "title", "authors"} <= set(told)
    assert told["cff-version"] == "1.2.0"
    assert told["type"] == "software"
    assert told["license"] == PROJECT["license"]
    assert all({"name"} <= set(one) or {"family-names", "given-names"} <= set(one) for one in told["authors"])
    for reference in told["references"]:
        assert {"type", "title", "authors"} <= set(reference)
        assert isinstance(reference["year"], int)


def test_the_package_says_that_it_is_typed():
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    assert (ROOT / "mmgap" / "py.typed").exists()
    assert "py.typed" in data["mmgap"]


def packed(members, mtime, owner):
    """An sdist of (name, content) members, packed by somebody at some time."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname, member.uid = len(content), mtime, owner, len(owner)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def test_an_sdist_is_the_same_whoever_packs_it_when():
    members = [("mmgap-1/PKG-INFO", b"Name: mmgap\n"), ("mmgap-1/mmgap/gap.py", b"x = 1\n")]
    one, other = packed(members, 1_700_000_000, "root"), packed(members[::-1], 1_800_000_000, "somebody")
    assert one != other
    assert normalised(one, 1_600_000_000) == normalised(other, 1_600_000_000)
    assert normalised(one, 1_600_000_000) != normalised(one, 1_600_000_001)


def test_a_normalised_sdist_holds_the_same():
    members = [("mmgap-1/b", b"two"), ("mmgap-1/a", b"one")]
    found = normalised(packed(members, 5, "root"), 7)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(found))) as archive:
        assert [(one.name, archive.extractfile(one).read(), one.mtime) for one in archive] == [
            ("mmgap-1/a", b"one", 7),
            ("mmgap-1/b", b"two", 7),
        ]


def test_schema_and_measure_version_of_the_code_stand_in_the_notes_for_upgrades():
    from mmgap.rows.row import MEASURE_VERSION, SCHEMA

    page = (ROOT / "docs" / "release" / "rows.md").read_text(encoding="utf-8")
    versions, schemas = page.partition("## schema")[::2]
    assert [int(one) for one in re.findall(r"^\| (\d+) \|", versions, flags=re.MULTILINE)] == list(
        range(1, MEASURE_VERSION + 1)
    )
    assert [int(one) for one in re.findall(r"^\| (\d+) \|", schemas, flags=re.MULTILINE)] == list(range(1, SCHEMA + 1))
