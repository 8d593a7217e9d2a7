"""Measuring from files gives what measuring in memory gives, whatever the files, and says what it cannot give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mmgap.core.row_files import open_pair
from mmgap.core.vector_content import VectorFileError
from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.streaming import streaming_state, strips
from mmgap.evaluation.streaming.streamed_measure import measure_stored
from tests.support.killed import killed
from tests.support.made_vectors import random_unit
from tests.support.stored_pairs import made_pair, sharded, slow_recall, stored

#: Counts, which are the same to the last query.
COUNTS = ("_r1", "_r5", "_r10", "never_retrieved", "gap_p")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def assert_same(found, expected, without=()):
    """Keys in the same order, recalls and counts the same, all else within 1e-12 of its size."""
    assert list(found) == [key for key in expected if key not in without]
    for key, value in found.items():
        counted = any(name in key for name in COUNTS)
        assert value == pytest.approx(expected[key], rel=1e-14 if counted else 1e-12, abs=1e-300), key


@pytest.mark.parametrize(
    ("n", "texts", "kind"),
    [
        (2500, 1, "f2"),  # three blocks of images, none of them full
        (2500, 1, "f4"),
        (2100, 5, "f4"),  # five captions an image, some have more, in no order
        (2100, 2, "f8"),
        (300, 1, "f4"),  # one block, in float64
        (300, 5, "f2"),
        (20, 1, "f4"),  # fewer than a pool holds
    ],
)
def test_equals_measuring_in_memory(tmp_path, n, texts, kind):
    x, y, owner = made_pair(n, texts=texts, kind=kind)
    found = measure_stored(stored(tmp_path, x, y, owner))
    expected = measure_all(x, y, owner=owner)
    assert_same(found.metrics, expected.metrics)
    assert found.omitted == expected.omitted
    assert found.duplicates == expected.duplicates
    assert found.shape == (n, len(owner), 16)
    assert not list((tmp_path / "cache" / "streaming").glob("*/")), "what was kept meanwhile goes with the end"


def test_recall_by_the_definition(tmp_path):
    x, y, owner = made_pair(150, texts=3)
    found = measure_stored(stored(tmp_path, x, y, owner)).metrics
    for k in (1, 5, 10):
        assert found[f"t2i_r{k}"] == pytest.approx(slow_recall(x, y, owner, k, np.arange(len(y))), abs=1e-12)


def test_a_pool_of_all_images(tmp_path):
    x, y, owner = made_pair(60, texts=2)
    assert_same(
        measure_stored(stored(tmp_path, x, y, owner), pool=60).metrics, measure_all(x, y, owner=owner, pool=60).metrics
    )


def test_shared_captions_but_for_their_pools(tmp_path):
    x, y, _ = made_pair(2200)
    groups = np.random.default_rng(1).integers(0, 1800, 2200)
    found = measure_stored(stored(tmp_path, x, y), relevance=(groups, groups))
    expected = measure_all(x, y, relevance=(groups, groups)).metrics
    pools = [key for key in expected if "_pool90" in key and not key.endswith("_own")]
    assert_same(found.metrics, expected, without=pools)
    assert set(found.omitted) == {"i2t_pool90", "t2i_pool90"}
    assert "in memory" in found.omitted["i2t_pool90"]


def test_nearly_equal_rows_are_read_again_in_float64(tmp_path):
    rng = np.random.default_rng(0)
    x = (1 + 1e-4 * rng.normal(size=(2100, 8))).astype("f4")
    found, expected = (
        measure_stored(stored(tmp_path, x, x[::-1].copy())).metrics,
        measure_all(x, x[::-1].copy()).metrics,
    )
    for key in ("t2i_r1", "i2t_r10", "clip_loss", "cosine_unmatched_mean"):
        assert found[key] == pytest.approx(expected[key], rel=1e-9), key


def test_many_ties_are_counted_from_whole_rows(tmp_path):
    x = np.repeat(random_unit(np.random.default_rng(0), 60, 8), 40, axis=0).astype("f4")  # 40 of each: lists hold 16
    y = x[np.random.default_rng(1).permutation(len(x))]
    y[:1100] += 0.3
    found, expected = measure_stored(stored(tmp_path, x, y)).metrics, measure_all(x, y).metrics
    for key in ("hubness_i2t", "hubness_t2i", "never_retrieved_i2t", "t2i_r5"):
        assert found[key] == pytest.approx(expected[key], rel=1e-12), key


def test_results_do_not_depend_on_threads(tmp_path):
    x, y, owner = made_pair(2500, texts=2)
    pair, threads = stored(tmp_path, x, y, owner), torch.get_num_threads()
    try:
        found = []
        for number in (1, 3):
            torch.set_num_threads(number)
            found.append(measure_stored(pair).metrics)
    finally:
        torch.set_num_threads(threads)
    assert found[0]["clip_loss"] == found[1]["clip_loss"]
    assert {key: found[0][key] for key in found[0] if "_r" in key} == {
        key: found[1][key] for key in found[1] if "_r" in key
    }


@pytest.mark.parametrize("texts", ["shards", "parquet", "lance", "one parquet"])
def test_shards_and_tables(tmp_path, texts):
    x, y, _ = made_pair(2300, kind="f2")
    images = sharded(tmp_path / "img_emb", "img_emb", x, (700, 1501, 1502))
    if texts == "shards":
        place = sharded(tmp_path / "text_emb", "text_emb", y, (700, 1501, 1502))
        argument = f"{images},{place}"
    else:
        pa = pytest.importorskip("pyarrow", reason="pip install 'mmgap[tables]'")
        import pyarrow.parquet as parquet

        def column(rows):
            return pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])

        table = pa.table({"image_emb": column(x), "text_emb": column(y)})
        if texts == "lance":
            lance = pytest.importorskip("lance", reason="pip install 'mmgap[lance]'")
            lance.write_dataset(table, tmp_path / "both.lance")
            argument = f"{tmp_path / 'both.lance'}"
        else:
            parquet.write_table(table, tmp_path / "both.parquet", row_group_size=500)
            argument = (
                str(tmp_path / "both.parquet")
                if texts == "one parquet"
                else f"{images},{tmp_path}/both.parquet:text_emb"
            )
            np.save(tmp_path / "owner.npy", np.arange(len(x)))
    owner = str(tmp_path / "owner.npy") if texts == "parquet" else None  # else shards would pair with one file by place
    found = measure_stored(open_pair(argument, owner, tmp_path / "columns"))
    assert_same(found.metrics, measure_all(x, y).metrics)


def test_what_cannot_be_measured_says_where(tmp_path):
    x, y, _ = made_pair(300)
    wide = sharded(tmp_path / "img_emb", "img_emb", x, (100, 200))
    np.save(wide / "img_emb_2.npy", x[200:, :8])
    with pytest.raises(VectorFileError, match=r"img_emb_2.npy: .*\(100, 8\), but in .*img_emb_0.npy .*\(100, 16\)"):
        open_pair(f"{wide},{stored(tmp_path, x, y).texts.parts[0].path}", None, tmp_path)
    bad = x[200:].copy()
    bad[17, 3] = np.nan
    np.save(wide / "img_emb_2.npy", bad)
    np.save(tmp_path / "owner.npy", np.arange(300))
    pair = open_pair(f"{wide},{tmp_path}/y.npy", str(tmp_path / "owner.npy"), tmp_path)
    with pytest.raises(VectorFileError, match=r"img_emb_2.npy: row 17 holds NaN or infinity, nan in column 3"):
        measure_stored(pair)
    bad[17] = 0
    np.save(wide / "img_emb_2.npy", bad)
    with pytest.raises(VectorFileError, match=r"img_emb_2.npy: row 17 is zero"):
        measure_stored(pair)
    with pytest.raises(VectorFileError, match="300 images but 200 texts"):
        stored(tmp_path, x, y[:200])
    with pytest.raises(VectorFileError, match="images have 16 dimensions, texts 8"):
        stored(tmp_path, x, y[:, :8])
    with pytest.raises(VectorFileError, match="column by column"):
        stored(tmp_path, np.asfortranarray(x), y)
    np.savez(tmp_path / "both.npz", images=x, texts=y)
    with pytest.raises(VectorFileError, match=r"read as a whole; .* save it as .npy"):
        open_pair(f"{tmp_path}/both.npz", None, tmp_path)
    with pytest.raises(ValueError, match="pool must be at least 1"):
        measure_stored(stored(tmp_path, x, y), pool=0)


class Killed(BaseException):
    """Stands for a kill: nothing is tidied up."""


def test_goes_on_behind_the_last_strip_with_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(strips, "BLOCK_ROWS", 1)
    x, y, owner = made_pair(4100, texts=2)
    pair = stored(tmp_path, x, y, owner)
    whole = measure_stored(pair).metrics
    for stop in ("images", "texts", "cross"):
        commit, seen = streaming_state.Checkpoint.commit, []

        def killed(self, name, number, sums, commit=commit, stop=stop, seen=seen):
            if name == stop and number == 3:
                raise Killed
            commit(self, name, number, sums)
            seen.append((name, number))

        monkeypatch.setattr(streaming_state.Checkpoint, "commit", killed)
        with pytest.raises(Killed):
            measure_stored(pair)
        again, told = [], []

        def noted(self, name, number, sums, commit=commit, again=again):
            commit(self, name, number, sums)
            again.append((name, number))

        monkeypatch.setattr(streaming_state.Checkpoint, "commit", noted)
        assert measure_stored(pair, tell=told.append).metrics == whole
        assert again[0] == (stop, 3), "no strip that was done is done again"
        assert not set(again) & set(seen)
        assert len(told) == 1
        assert "goes on behind" in told[0]
        monkeypatch.setattr(streaming_state.Checkpoint, "commit", commit)


def test_a_changed_file_is_measured_anew_and_that_is_said(tmp_path, monkeypatch):
    x, y, owner = made_pair(2100)
    pair, told = stored(tmp_path, x, y, owner), []
    commit = streaming_state.Checkpoint.commit

    def killed(self, *what):
        commit(self, *what)
        raise Killed

    monkeypatch.setattr(streaming_state.Checkpoint, "commit", killed)
    with pytest.raises(Killed):
        measure_stored(pair)
    monkeypatch.setattr(streaming_state.Checkpoint, "commit", commit)
    x[5] *= -1
    pair = stored(tmp_path, x, y, owner)
    assert_same(measure_stored(pair, tell=told.append).metrics, measure_all(x, y, owner=owner).metrics)
    assert len(told) == 1
    assert "the files have changed: it starts anew" in told[0]
    assert "x.npy" in told[0]


def test_the_command_killed_and_resumed(tmp_path):
    n = 9000
    x, y, _ = made_pair(n, d=8)
    stored(tmp_path, x, y)
    files = [str(tmp_path / f"{name}.npy") for name in "xy"]
    words = ("measure", *files, "--memory", "1MB", "--json")
    environment = {**os.environ, "MMGAP_CACHE": str(tmp_path / "kept"), "OMP_NUM_THREADS": "1"}
    killed("mmgap.evaluation.streaming.streaming_state:Checkpoint.commit", 3, *words, env=environment)
    assert _strips(tmp_path / "kept") == 2, "it was killed after a strip, and before its end"
    command = [sys.executable, "-m", "mmgap", *words]
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "goes on behind strip" in again.stderr
    found = json.loads(again.stdout)
    assert found == {**found, **measure_stored(open_pair(",".join(files), None, tmp_path)).metrics}
    assert_same(found, measure_all(x, y).metrics)


def _strips(cache: Path) -> int:
    """Strips that the state of an unfinished measurement says are done."""
    for state in (cache / "streaming").glob("*/state.json"):
        try:
            return sum(done["strips"] for done in json.loads(state.read_text()).values())
        except (OSError, ValueError):
            return 0
    return 0


MEMORY = """
import resource, sys
import numpy as np
from mmgap.core.row_files import open_pair
from mmgap.evaluation.streaming import streamed_passes
from mmgap.evaluation.streaming.sampled_measure import measure_sampled
from mmgap.evaluation.streaming.streamed_measure import measure_stored
from pathlib import Path
folder, small = Path(sys.argv[1]), Path(sys.argv[2])
pair = open_pair(f"{small}/x.npy,{small}/y.npy", None, small)
measure_stored(pair), measure_sampled(pair, 100)  # what is compiled and loaded once
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pair = open_pair(f"{folder}/x.npy,{folder}/y.npy", None, folder)
measure_sampled(pair, 100, covariances=False)

class Enough(Exception): ...

class FirstStrips(streamed_passes.ThisProcess):
    def cross(self, of, numbers, tick, bars):
        yield from super().cross(of, range(1), tick, bars)
        raise Enough
    def within(self, of, numbers, tick):
        return super().within(of, range(1), tick)

try:
    measure_stored(pair, runner=FirstStrips())
except Enough:
    pass
print(pair.images.nbytes / 2**20, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in other units elsewhere")
def test_memory_by_the_operating_system(tmp_path):
    """Two files of 47 MB, whose unit rows would take 190 MB, add less than 130 MB to a process: a sample of queries,
    and a measurement up to the first strip of each pass."""
    small, large, rng = tmp_path / "small", tmp_path / "large", np.random.default_rng(0)
    part = (rng.normal(size=(4000, 512)) + 0.3).astype("f2")
    for folder, times in ((small, 1), (large, 12)):
        folder.mkdir()
        for k, name in enumerate("xy"):
            np.save(folder / f"{name}.npy", np.concatenate([np.roll(part, i + k, 1) for i in range(times)]))
    environment = {**os.environ, "MMGAP_CACHE": str(tmp_path / "kept"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", MEMORY, str(large), str(small)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    size, beyond = map(float, done.stdout.split()[-2:])
    assert size > 46
    assert beyond < 130, f"{beyond:.0f} MB beyond the process itself"
