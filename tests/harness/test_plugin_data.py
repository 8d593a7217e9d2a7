"""Data under the plugin: fetched when asked for, prepared at first use, named in the skip where they are absent."""

import io
import json

# loaded once, before an in-process session could load them twice
import httpcore2  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import pytest
import torch  # noqa: F401
from PIL import Image

import mmgap.datasets.arasaac
import mmgap.datasets.folder
import mmgap.datasets.preparing  # noqa: F401
from mmgap.rows.row import notes_of
from tests.support.hostile_portal import portal, status

__all__ = ["portal"]

LOOK = """
import pytest

@pytest.mark.experiment("look", axes=("dataset",), split="all")
def test_look(cell, dataset, record):
    record("images", len(dataset.images), n=len(dataset.image_ids))
    record("side", dataset.images[0].size[0])
    for note in (*dataset.notes, dataset.captions[0]):
        record.note(note)

@pytest.mark.experiment("originals", axes=("dataset",), split="all", images="original", unasked=False)
def test_originals(cell, dataset, record):
    record("images", len(dataset.images))
    record("side", dataset.images[0].size[0])
"""


@pytest.fixture
def look(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    monkeypatch.setenv("MMGAP_DATA", str(pytester.path / "data"))
    pytester.makeconftest('pytest_plugins = ["mmgap.harness.fixtures"]')
    pytester.makepyfile(test_look=LOOK)
    return pytester


def rows(pytester):
    return [json.loads(path.read_text()) for path in sorted((pytester.path / "reports" / "rows").glob("*.json"))]


def png(colour, side=40):
    stream = io.BytesIO()
    Image.new("RGB", (side, side), (colour, 30, 200)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def arasaac(portal, monkeypatch):
    monkeypatch.setenv("MMGAP_ARASAAC_URL", portal.url)
    for language, word in (("en", "house"), ("es", "casa")):
        records = [{"_id": i, "keywords": [{"keyword": f"{word} {i}"}]} for i in range(1, 5)]
        portal.serve(f"/pictograms/all/{language}", json.dumps(records).encode())
    for i in range(1, 5):
        portal.serve(f"/pictograms/{i}/{i}_500.png", png(i))
    return portal


def test_what_a_portal_has_is_named_in_the_skip(look):
    result = look.runpytest_inprocess("-k", "arasaac")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(
        ["*2 × data set 'arasaac' not found in *: mmgap data fetch arasaac (or pytest … --fetch)*"]
    )
    result.stdout.fnmatch_lines(["*NOTHING WAS MEASURED*"])
    assert rows(look) == []


def test_fetch_brings_it_once_and_the_cells_run(look, arasaac):
    arasaac.trouble("/pictograms/2/2_500.png", status(500), status(429, Retry_After="0"))
    result = look.runpytest_inprocess("-k", "arasaac", "--fetch")
    result.assert_outcomes(passed=2)
    assert [row["metrics"]["images"]["value"] for row in rows(look)] == [4, 4]
    assert arasaac.count("/pictograms/all/es") == arasaac.count("/pictograms/3/3_500.png") == 1
    again = look.runpytest_inprocess("-k", "arasaac", "--fetch")
    again.stdout.fnmatch_lines(["*0 measured now, 2 measured before*"])
    assert arasaac.count("/pictograms/3/3_500.png") == 1


def test_a_portal_out_of_reach_is_an_error_that_names_the_cure(look, portal, monkeypatch):
    monkeypatch.setenv("MMGAP_ARASAAC_URL", portal.url)
    portal.close()
    monkeypatch.setattr("mmgap.datasets.download.client.BACKOFF", 0.01)
    result = look.runpytest_inprocess("-k", "arasaac-es", "--fetch")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*OfflineError: 127.0.0.1 cannot be reached*By hand: save *"])
    assert "Traceback" not in result.stdout.str()
    assert "direct cause" not in result.stdout.str()
    assert rows(look) == []


def test_a_copy_put_there_by_other_means_is_left_alone(look, arasaac):
    folder = look.path / "data" / "arasaac"
    (folder / "images").mkdir(parents=True)
    for i in (1, 2):
        (folder / "images" / f"{i}.png").write_bytes(png(i))
    records = [{"_id": i, "keywords": [{"keyword": f"casa {i}"}]} for i in (1, 2)]
    (folder / "metadata_es.json").write_text(json.dumps(records))
    look.runpytest_inprocess("-k", "arasaac-es", "--fetch").assert_outcomes(passed=1)
    assert arasaac.log == []


def test_a_part_that_is_here_is_used_when_the_portal_fails(look, arasaac):
    arasaac.troubles["/pictograms/3/3_500.png"] += [status(404)]
    look.runpytest_inprocess("-k", "arasaac-es", "--fetch").assert_outcomes(passed=1)
    arasaac.close()
    again = look.runpytest_inprocess("-k", "arasaac-es", "--fetch")
    again.stdout.fnmatch_lines(["*1 measured before*"])


def test_a_copy_by_a_folder_of_its_own_fetches_nothing(look, arasaac):
    copy = look.path / "mycopy"
    copy.mkdir()
    look.runpytest_inprocess("--dataset", "arasaac-es:mycopy", "--fetch", "-k", "test_look")
    assert arasaac.log == []


def test_one_picture_is_not_enough_and_says_so(look):
    (folder(look) / "captions.csv").write_text("filename,caption\n0.png,zero\n")
    result = look.runpytest_inprocess("--dataset", "folder:photos", "-k", "test_look")
    result.stdout.fnmatch_lines(["*folder:photos has one usable picture: at least two are needed*"])


@pytest.mark.parametrize("size", ["0", "99999"])
def test_a_size_that_is_none_is_refused_at_once(look, size):
    result = look.runpytest_inprocess("--image-size", size)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--image-size {size}: prepared pictures have 8 to 4096 pixels a side*"])


def test_originals_have_no_size_of_ours(look):
    folder(look)
    look.runpytest_inprocess("--dataset", "folder:photos", "-k", "test_look", "--resize", "none", "--image-size", "64")
    variants = {row["cell"]["experiment"]: row["cell"]["variant"] for row in rows(look)}
    assert variants["look"] == {"captions": "first", "resize": "none"}
    assert variants["originals"] == {"captions": "first"}


def folder(pytester, side=40):
    place = pytester.path / "photos"
    place.mkdir()
    for i in range(3):
        (place / f"{i}.png").write_bytes(png(10 * i, side))
    (place / "captions.csv").write_text("filename,caption\n0.png,zero\n1.png,one\n2.png,two\n3.png,three\n")
    whole = png(99, 300)
    (place / "3.png").write_bytes(whole[: len(whole) // 2])
    return place


def test_pictures_are_prepared_at_first_use_and_a_broken_one_costs_itself(look):
    folder(look)
    result = look.runpytest_inprocess("--dataset", "folder:photos", "-k", "look")
    result.assert_outcomes(passed=2)  # -k names the file, too
    found = {row["cell"]["experiment"]: row for row in rows(look)}
    assert found["look"]["metrics"]["images"]["value"] == found["originals"]["metrics"]["images"]["value"] == 3
    assert found["look"]["metrics"]["side"]["value"] == 224
    assert found["originals"]["metrics"]["side"]["value"] == 40
    assert found["look"]["inputs"]["preparation"]["resize"] == "crop"
    assert any("1 record left out: 3.png" in note for note in notes_of(found["look"]))


def test_size_resize_and_prompt_make_other_cells(look):
    folder(look)
    usual = ["--dataset", "folder:photos", "-k", "test_look"]
    for more in (
        [],
        ["--image-size", "64"],
        ["--resize", "pad"],
        ["--resize", "none"],
        ["--prompt", "Una foto de «{}»"],
    ):
        look.runpytest_inprocess(*usual, *more)
    found = {json.dumps(row["cell"]["variant"]): row for row in rows(look) if row["cell"]["experiment"] == "look"}
    assert len(found) == 5
    by = {tuple(json.loads(variant)): row for variant, row in found.items()}
    assert by["captions", "image_size"]["metrics"]["side"]["value"] == 64
    assert by["captions", "prompt"]["notes"][-1] == "Una foto de «zero»"
    assert {row["metrics"]["side"]["value"] for row in found.values()} == {224, 64, 40}


def test_a_folder_has_one_spelling(look):
    folder(look)
    for spelling in ("photos", "photos/", "./photos"):
        look.runpytest_inprocess("--dataset", f"folder:{spelling}", "-k", "test_look")
    assert {row["cell"]["dataset"] for row in rows(look)} == {"folder:photos"}


def test_an_empty_split_says_why(look):
    place = look.path / "data" / "arasaac"
    (place / "images").mkdir(parents=True)
    (place / "metadata_es.json").write_text(json.dumps([{"_id": 1, "keywords": [{"keyword": "casa"}]}]))
    result = look.runpytest_inprocess("-k", "arasaac-es")
    result.stdout.fnmatch_lines(
        ["*arasaac-es: there is nothing in its 'all' split. 1 record left out: 1 (no image file)*"]
    )
