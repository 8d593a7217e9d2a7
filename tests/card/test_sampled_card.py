"""The card of vectors on disk: the doctor and the gap of all rows, recalls of a sample among all, and it says which."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.card.card_sources import of_files
from mmgap.card.filled_card import filled_card
from mmgap.card.sampled_card import sampled_card
from mmgap.cli.main import app
from mmgap.core.row_files import open_faulty
from mmgap.core.vector_files import read_vectors
from mmgap.diagnosis.examination import examine
from tests.support.small_blocks import shrink_blocks
from tests.support.stored_pairs import sharded

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def made(n, texts=2, d=16, seed=0):
    """Pairs of which no two rows are equal; texts in no order."""
    rng = np.random.default_rng(seed)
    owner = rng.permutation(np.concatenate([np.arange(n), rng.integers(0, n, n * (texts - 1))]))
    x = rng.normal(size=(n, d)) + 0.5
    return x.astype("f4"), (x[owner] + rng.normal(size=(n * texts, d)) + 1).astype("f4"), owner


def saved(folder, x, y, owner):
    """The images in shards."""
    sharded(folder / "img_emb", "img_emb", x, (len(x) // 3, len(x) // 2))
    np.save(folder / "y.npy", y)
    np.save(folder / "owner.npy", owner)
    return f"{folder}/img_emb,{folder}/y.npy", str(folder / "owner.npy")


def both(folder, x, y, owner, sample=10_000, pool=50):
    """The card of files on disk, and that of the same in memory."""
    argument, owned = saved(folder, x, y, owner)
    there, _ = sampled_card(open_faulty(argument, owned, folder), sample=sample, pool=pool, files=("img_emb", "y"))
    return there, filled_card(of_files(argument, owned), pool=pool)


def assert_close(found, wanted):
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for key in wanted:
            assert_close(found[key], wanted[key])
    elif isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_close(one, other)
    else:
        assert found == (pytest.approx(wanted, rel=1e-10) if isinstance(wanted, float) else wanted)


@pytest.mark.parametrize("rows", [None, 40], ids=["blocks of thousands", "blocks of 40"])
@pytest.mark.parametrize("faulty", [False, True])
def test_a_sample_of_all_images_gives_the_card_in_memory(tmp_path, monkeypatch, faulty, rows):
    if rows:
        shrink_blocks(monkeypatch, rows)
    x, y, owner = made(1300)
    if faulty:
        x[7], x[900], y[40] = np.nan, 0, np.inf
    there, here = both(tmp_path, x, y, owner)
    assert there.findings == here.findings
    assert there.untold == here.untold
    assert (there.images, there.texts, there.dimensions, there.paired) == (here.images, here.texts, 16, True)
    found, wanted = there.plain(), here.plain()
    for part in ("gap", "recalls", "hubs", "thresholds"):
        assert_close(found[part], wanted[part])
    assert there.notes == here.notes
    assert there.drawn is None


@pytest.mark.parametrize("faulty", [False, True])
def test_all_but_one_image_give_nearly_that_and_the_gap_of_all(tmp_path, faulty):
    x, y, owner = made(1300)
    if faulty:
        x[7], x[900], y[40] = np.nan, 0, np.inf
    there, here = both(tmp_path, x, y, owner, sample=1299 - 3 * faulty)
    assert there.drawn == there.images - 1
    assert there.findings == here.findings
    assert_close(there.plain()["gap"], here.plain()["gap"])
    lines = {(line.definition, line.way, line.k, line.pool): line for line in here.recalls}
    asked = {(line.definition, line.way, line.k, line.pool) for line in there.recalls}
    single = there.images == there.texts
    assert asked == {kind for kind in lines if kind[0] in ("own", "any") or single or kind[1] == "t2i"}
    for line in there.recalls:
        wanted = lines[line.definition, line.way, line.k, line.pool].recall
        # one image, and its texts, of 1,300 are missing; pools lose a rival in 1,300 as well
        assert line.recall.value == pytest.approx(wanted.value, abs=4 / 1300)
        if line.pool is None:
            assert line.recall.low <= wanted.value <= line.recall.high
    assert there.hubs == ()
    assert any("Left out: hubs, which need all queries" in note for note in there.notes)
    assert any("need the places of all texts of an image" in note for note in there.notes) is not single
    assert set(here.notes[:-1]) <= set(there.notes)  # the last one counts the images


def test_of_one_text_each_both_ways_have_every_definition(tmp_path):
    x, y, owner = made(1200, 1)
    y = y[np.argsort(owner)]
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    there = sampled_card(open_faulty(f"{tmp_path}/x.npy,{tmp_path}/y.npy", None, tmp_path), sample=300, pool=90)[0]
    for way in ("t2i", "i2t"):
        first = there.recall("own", way).recall
        assert first.low < first.value < first.high
        for definition, k in (("share", 1), ("r_precision", None), ("map_at_r", None)):
            assert there.recall(definition, way, k).recall == first
        assert there.recall("share", way, 10).recall == there.recall("own", way, 10).recall


def test_a_sample_is_said_and_its_intervals_hold_the_numbers_of_all(tmp_path):
    there, here = both(tmp_path, *made(1300), sample=400)
    assert any("of 400 of 1,300 images" in note for note in there.notes)
    assert_close(there.plain()["gap"], here.plain()["gap"])
    exact = {(line.definition, line.way, line.k, line.pool): line.recall.value for line in here.recalls}
    inside = [
        line.recall.low <= exact[line.definition, line.way, line.k, line.pool] <= line.recall.high
        for line in there.recalls
    ]
    assert len(inside) >= 20
    assert np.mean(inside) > 0.9
    assert all(line.recall.high > line.recall.low for line in there.recalls if line.pool is None)


def test_files_that_are_no_pairs_have_what_rows_alone_tell(tmp_path):
    x, y, _ = made(300, texts=1)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y[:250])
    argument = f"{tmp_path}/x.npy,{tmp_path}/y.npy"
    there, vectors = sampled_card(open_faulty(argument, None, tmp_path), pool=50)
    here = filled_card(of_files(argument), pool=50)
    assert vectors is None
    assert not there.paired
    assert there.notes == here.notes
    assert_close(there.plain()["gap"], here.plain()["gap"])


@pytest.mark.parametrize(
    "fault",
    ["none", "nan", "zero", "rolled", "shuffled", "norms", "copied", "half"],
)
@pytest.mark.parametrize("rows", [None, 40], ids=["blocks of thousands", "blocks of 40"])
def test_the_doctor_finds_on_disk_what_it_finds_in_memory(tmp_path, monkeypatch, fault, rows):
    if rows:
        shrink_blocks(monkeypatch, rows)
    x, y, owner = made(1200, texts=1)
    x, y = x[owner].copy(), y.copy()
    if fault == "nan":
        x[3] = np.nan
    elif fault == "zero":
        y[[4, 999]] = 0
    elif fault == "rolled":
        y = np.roll(y, 2, axis=0)
    elif fault == "shuffled":
        y[300:700] = y[np.random.default_rng(1).permutation(400) + 300]
    elif fault == "norms":
        x[500:] *= 40
    elif fault == "copied":
        y[100:180] = y[0]
    elif fault == "half":
        x[200:400] = x[200:400].astype("f2")
    argument, _ = saved(tmp_path, x, y, owner)
    there, here = open_faulty(argument, None, tmp_path), read_vectors(argument, faulty=True)
    found = examine(there.images, there.texts, there.owner)
    assert found == examine(here.images, here.texts, here.owner)
    assert bool(found.findings) or fault == "none"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Files of more than a megabyte, below which all is read at once."""
    monkeypatch.chdir(tmp_path)
    x, y, owner = made(6000, texts=1, d=32)
    saved(tmp_path, x[owner], y, owner)
    return tmp_path


def test_the_commands_read_in_blocks_what_does_not_fit(files):
    there, here = (run("doctor", "img_emb", "y.npy", *more) for more in (("--memory", "1MB"), ()))
    assert (there.exit_code, there.stdout) == (here.exit_code, here.stdout)
    found = run("card", "img_emb", "y.npy", "--memory", "1MB", "--sample", 500)
    assert found.exit_code == 0, found.output
    assert "reads these vectors in blocks" in found.stderr
    assert "of 500 of 6,000 images" in found.stdout
    assert "Does it matter for retrieval?" in found.stdout
    page = (files / "card.html").read_text()
    assert "of 500 of 6,000 images" in page
    assert "changes are of 500 images, drawn at random" in page
    plain = json.loads(run("card", "img_emb", "y.npy", "--memory", "1MB", "--sample", 500, "--json").stdout)
    assert plain["images"] == 6000
    assert plain["spaces"]["lines"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("img_emb", "y.npy", "--sample", "500"), "--sample is for files that are read in blocks"),
        (("img_emb", "y.npy", "--memory", "many"), "'many' is no amount of memory"),
        (("img_emb", "absent.npy", "--memory", "1MB"), "not found"),
    ],
)
def test_what_cannot_be_is_one_line(files, arguments, told):
    found = run("card", *arguments)
    assert found.exit_code == 2
    assert told in found.stderr
    assert len(found.stderr.splitlines()) == 1
