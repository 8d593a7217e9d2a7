"""Search in files finds what comparing all rows finds, whatever the blocks, and goes on where it was killed."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.core.row_files import open_rows
from mmgap.core.vector_content import VectorFileError
from mmgap.evaluation.streaming import streamed_search
from mmgap.evaluation.streaming.streamed_search import nearest_items
from tests.support.killed import killed
from tests.support.stored_pairs import made_pair, sharded

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def rows_of(folder, name, rows, cuts=()):
    """Rows on disk, in shards where they are cut."""
    if len(cuts):
        return open_rows(str(sharded(folder / name, name, rows, cuts)), "image", folder)
    np.save(folder / f"{name}.npy", rows)
    return open_rows(str(folder / f"{name}.npy"), "image", folder)


def slow_search(queries, gallery, k):
    """Scores of all, sorted by the definition: by falling score, then by row."""
    unit = [(v.astype("f8") / np.linalg.norm(v.astype("f8"), axis=1, keepdims=True)) for v in (queries, gallery)]
    scores = unit[0] @ unit[1].T
    items = np.array([sorted(range(len(gallery)), key=lambda j: (-row[j], j))[:k] for row in scores])
    return np.take_along_axis(scores, items, axis=1), items


@pytest.mark.parametrize(("group", "block"), [(4096, 1024), (7, 5), (1, 1), (300, 64)])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_equals_comparing_all(tmp_path, monkeypatch, group, block, kind):
    monkeypatch.setattr(streamed_search, "QUERIES", group)
    monkeypatch.setattr(streamed_search, "ITEMS", block)
    rng = np.random.default_rng(0)
    count = 45 if group > 1 else 12  # each reads the gallery, row by row
    queries, gallery = rng.normal(size=(count, 24)).astype(kind), rng.normal(size=(333, 24)).astype(kind)
    found = nearest_items(rows_of(tmp_path, "q", queries), rows_of(tmp_path, "img_emb", gallery, (100, 101)), 10)
    scores, items = slow_search(queries, gallery, 10)
    np.testing.assert_array_equal(found.items[:], items)
    np.testing.assert_allclose(found.scores[:], scores, atol=1e-6)
    assert not list((tmp_path / "cache" / "streaming").glob("*/")), "what was kept meanwhile goes with the end"


@pytest.mark.parametrize("k", [1, 30, 50])
def test_equal_rows_come_in_their_order(tmp_path, monkeypatch, k):
    """One-hot rows have scores of 0 and 1 to the bit, so that most of them tie."""
    monkeypatch.setattr(streamed_search, "ITEMS", 7)
    gallery = np.eye(4, dtype="f4")[np.random.default_rng(1).integers(0, 4, 50)] * 3
    gallery[::9] *= -1
    found = nearest_items(rows_of(tmp_path, "q", np.eye(4, dtype="f4")), rows_of(tmp_path, "g", gallery), k)
    scores, items = slow_search(np.eye(4), gallery, k)
    np.testing.assert_array_equal(found.items[:], items)
    np.testing.assert_array_equal(found.scores[:], scores)


def test_some_queries_alone_and_fewer_rows_than_asked(tmp_path):
    x, y, _ = made_pair(40)
    queries, gallery = rows_of(tmp_path, "q", y), rows_of(tmp_path, "g", x)
    every, some = nearest_items(queries, gallery, 100), nearest_items(queries, gallery, 100, rows=np.array([5, 2]))
    assert every.items.shape == (40, 40)
    np.testing.assert_array_equal(some.items, every.items[[5, 2]])


@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=20))
def test_keys_rise_with_scores_and_fall_with_rows(scores):
    given_scores = np.array([scores], dtype="f4") + np.float32(0)
    keys = streamed_search._keys(given_scores, 3)
    np.testing.assert_array_equal(streamed_search._scores(keys), given_scores)
    order = sorted(range(len(scores)), key=lambda j: (-given_scores[0, j], j))
    assert np.argsort(-keys[0]).tolist() == order


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda q, g: (q[:, :3], g), "queries have 3 dimensions, but"),
        (lambda q, g: (q, np.where(np.arange(40)[:, None] == 7, np.nan, g)), "g.npy: row 7 holds NaN"),
        (lambda q, g: (np.where(np.arange(40)[:, None] == 9, 0, q), g), "q.npy: row 9 is zero"),
    ],
)
def test_what_cannot_be_searched_is_named(tmp_path, change, told):
    x, y, _ = made_pair(40)
    queries, gallery = change(y, x)
    with pytest.raises(VectorFileError, match=told):
        nearest_items(rows_of(tmp_path, "q", queries), rows_of(tmp_path, "g", gallery), 3)


def test_a_query_that_is_not_there_is_an_error(tmp_path):
    x, y, _ = made_pair(40)
    both = rows_of(tmp_path, "q", y), rows_of(tmp_path, "g", x)
    with pytest.raises(ValueError, match="there are queries 0 to 39, and not 40"):
        nearest_items(*both, 3, rows=np.array([40]))
    with pytest.raises(ValueError, match="k must be at least 1"):
        nearest_items(*both, 0)


def run(*arguments):
    return CliRunner().invoke(app, ["search", *(str(argument) for argument in arguments)])


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    x, y, _ = made_pair(6000, d=32)
    x = x + np.random.default_rng(5).normal(size=x.shape).astype("f4") / 100
    sharded(tmp_path / "img_emb", "img_emb", x, (1000, 4000))
    np.save("x.npy", x)
    np.save("y.npy", y)
    return tmp_path


def test_a_row_asks_in_blocks_as_in_memory(files):
    pytest.importorskip("faiss")
    there = run("img_emb", "y.npy", "--row", 7, "--memory", "1MB", "--json")
    assert there.exit_code == 0, there.output
    assert "reads these vectors in blocks" in there.stderr
    found = json.loads(there.stdout)["found"]["as is"]
    wanted = json.loads(run("x.npy", "y.npy", "--row", 7, "--json").stdout)["found"]["as is"]
    assert [one["row"] for one in found] == [one["row"] for one in wanted]
    np.testing.assert_allclose([one["score"] for one in found], [one["score"] for one in wanted], atol=1e-6)
    assert found[0]["name"].startswith("img_emb_")
    table = run("img_emb", "y.npy", "--row", 7, "--memory", "1MB", "--top", 3)
    assert table.exit_code == 0, table.output
    assert found[0]["name"] in table.stdout
    assert "chance" in table.stdout


def test_every_text_asks_and_an_image_asks_back(files):
    found = run("img_emb", "y.npy", "--every", "text", "--top", 4, "--out", "found.npz")
    assert found.exit_code == 0, found.output
    assert "6,000 texts" in found.stdout
    with np.load("found.npz") as kept:
        _, items = slow_search(np.load("y.npy")[:200], np.load("x.npy"), 4)
        np.testing.assert_array_equal(kept["items"][:200], items)
        assert kept["scores"].shape == (6000, 4)
    back = run("img_emb", "y.npy", "--image", 9, "--memory", "1MB", "--json")
    assert back.exit_code == 0, back.output
    _, items = slow_search(np.load("x.npy")[[9]], np.load("y.npy"), 10)
    rows = [one["row"] for one in json.loads(back.stdout)["found"]["as is"]]
    assert set(rows[:5]) <= set(items[0].tolist()) | set(range(3000, 3040)) | {1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--memory", "1MB"), "--row or --image"),
        (("--memory", "1MB", "--row", "1", "--space", "centre"), "mmgap space apply"),
        (("--memory", "1MB", "--row", "1", "--mixed"), "leave --mixed out"),
        (("--memory", "1MB", "--row", "1", "--index", "hnsw"), "leave --index hnsw out"),
        (("--memory", "1MB", "--row", "6000"), "there are queries 0 to 5999, and not 6000"),
        (("--every", "text"), "--out"),
        (("--out", "f.npz"), "--every"),
        (("--every", "text", "--out", "f.txt"), ".npz"),
        (("--every", "text", "--out", "f.npz", "--row", "3"), "one thing is asked at a time"),
    ],
)
def test_what_is_not_done_in_blocks_is_one_line(files, arguments, told):
    found = run("img_emb", "y.npy", *arguments)
    assert found.exit_code == 2, found.output
    assert told in found.stderr
    assert not (files / "f.npz").exists()


def test_killed_it_goes_on_behind_the_last_group(files, monkeypatch):
    out = files / "found.npz"
    words = ("search", "img_emb", "y.npy", "--every", "text", "--out", out)
    of_search = "mmgap.evaluation.streaming.streamed_search"
    killed(f"{of_search}:_nearest", 3, *words, before="module.QUERIES = 500", cwd=files)
    assert not out.exists()
    assert list((files / "cache" / "streaming").glob("*/state.json"))
    monkeypatch.setattr(streamed_search, "QUERIES", 500)
    again = run(*words[1:])
    assert again.exit_code == 0, again.output
    assert "of an earlier search that did not end" in again.stderr
    torch.set_num_threads(1)
    whole = nearest_items(open_rows("y.npy", "text", files), open_rows("img_emb", "image", files), 10)
    with np.load(out) as kept:
        np.testing.assert_array_equal(kept["items"], whole.items)
        np.testing.assert_allclose(kept["scores"], whole.scores, atol=1e-6)
