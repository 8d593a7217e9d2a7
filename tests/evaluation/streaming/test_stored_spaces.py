"""Spaces fitted on, and applied to, vectors that stay on disk are those of the same vectors in memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap import spaces
from mmgap.cli.main import app
from mmgap.core.rows_on_disk import WholeRowsError
from mmgap.core.vector_content import VectorFileError
from mmgap.evaluation import streamed_apply
from mmgap.evaluation.streaming.stored_spaces import stored_pairs
from mmgap.spaces import Fitted, PairMap, Pairs, Space, unit_statistics
from mmgap.spaces.affine import Affine
from tests.support.killed import killed
from tests.support.stored_pairs import made_pair, sharded

pytestmark = pytest.mark.usefixtures("one_thread")

ALONE = [spec for spec in spaces.registry.specs() if spec != "random"]
#: What one space makes of float32 is float32, and its last bit may differ with the size of a block.
CHAINS = ["centre+cca", "zca+shift:1", "centre+nnn"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Several blocks of each pass, in memory and on disk."""
    monkeypatch.setattr(unit_statistics, "LARGE", 1 << 12)
    monkeypatch.setattr("mmgap.spaces.second_moments.LARGE", 1 << 12)


def both(folder, kind="f4", texts=2, n=700):
    """The same pairs in memory and on disk, the images in shards."""
    x, y, owner = made_pair(n, texts=texts, kind=kind)
    cuts = (100, 101, 555)
    sharded(folder / "img_emb", "img_emb", x, cuts)
    np.save(folder / "y.npy", y)
    np.save(folder / "owner.npy", owner)
    there = stored_pairs(f"{folder}/img_emb,{folder}/y.npy", str(folder / "owner.npy"), "train")
    return Pairs(there.name, "train", x, y, owner), there


def assert_same(found, wanted, rel):
    assert found.notes == wanted.notes
    assert found.strength == wanted.strength
    ours, theirs = found.map.arrays(), wanted.map.arrays()
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=rel, atol=rel * np.abs(theirs[name]).max())


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
@pytest.mark.parametrize("spec", ALONE)
def test_every_space_is_fitted_as_in_memory(tmp_path, spec, kind):
    here, there = both(tmp_path, kind)
    space = spaces.parse(spec)
    assert_same(space.fit(there), space.fit(here), rel=0)


@pytest.mark.parametrize("spec", CHAINS)
@pytest.mark.parametrize(("kind", "rel"), [("f8", 1e-10), ("f4", 2e-6)])
def test_spaces_one_after_the_other(tmp_path, spec, kind, rel):
    here, there = both(tmp_path, kind)
    space = spaces.parse(spec)
    assert_same(space.fit(there), space.fit(here), rel)


def test_means_by_the_formula(tmp_path):
    here, there = both(tmp_path, "f2", texts=1)
    total = np.zeros(16)
    for row in here.images.astype(float):
        total += row / np.sqrt(sum(number**2 for number in row.tolist()))
    found = spaces.parse("centre").fit(there).map.image.centre
    np.testing.assert_allclose(found, total / len(here.images), rtol=1e-12)


def test_parts_of_pairs_are_those_of_an_array(tmp_path):
    here, there = both(tmp_path)
    for mine, theirs in zip(there.fifths, here.fifths, strict=True):
        np.testing.assert_array_equal(mine.images[:], theirs.images)
        np.testing.assert_array_equal(mine.texts[:], theirs.texts)
        np.testing.assert_array_equal(mine.owner, theirs.owner)
    drawn, wanted = there.drawn(50), here.drawn(50)
    np.testing.assert_array_equal(drawn.texts, wanted.texts)
    assert isinstance(drawn.images, np.ndarray)


@dataclass(frozen=True)
class Median(Space):
    """A space of another package that reads all rows at once."""

    def learn(self, train, validation):
        return Fitted(PairMap(Affine.centred(np.ones(16), np.median(train.images, axis=0))))


@dataclass(frozen=True)
class Methods(Space):
    """Another one, by a method of arrays."""

    def learn(self, train, validation):
        return Fitted(PairMap(Affine.centred(np.ones(16), train.images.mean(axis=0))))


@dataclass(frozen=True)
class Operators(Space):
    """Another one, by an operator."""

    def learn(self, train, validation):
        return Fitted(PairMap(Affine.centred(np.ones(16), (np.ones(16) * train.images)[0])))


@pytest.mark.parametrize("kind", [Median, Methods, Operators])
def test_a_space_that_needs_all_rows_says_so_and_takes_a_sample(tmp_path, kind):
    _, there = both(tmp_path)
    with pytest.raises(WholeRowsError, match="give a sample of them"):
        kind(name="whole").fit(there)
    assert kind(name="whole").fit(there.drawn(60)).map.image.widths == (16, 16)


@pytest.mark.parametrize(("value", "told"), [(np.nan, "holds NaN or infinity, nan in column 3 first"), (0, "is zero")])
def test_a_row_that_cannot_be_fitted_is_named_with_its_shard(tmp_path, value, told):
    x, y, _ = made_pair(300)
    x[150] = np.where((np.arange(16) == 3) | (value == 0), value, x[150])
    sharded(tmp_path / "img_emb", "img_emb", x, (100,))
    np.save(tmp_path / "y.npy", y)
    with pytest.raises(VectorFileError, match=rf"img_emb_1.npy: row 50 {told}"):
        stored_pairs(f"{tmp_path}/img_emb,{tmp_path}/y.npy", None, "train")


def run(*arguments):
    return CliRunner().invoke(app, ["space", *(str(argument) for argument in arguments)])


@pytest.fixture
def large(tmp_path):
    """Files of more than a megabyte, below which all is read at once."""
    x, y, _ = made_pair(6000, d=32, kind="f2")
    sharded(tmp_path / "img_emb", "img_emb", x, (1000, 1100, 4000))
    np.save(tmp_path / "y.npy", y)
    np.save(tmp_path / "x.npy", x)
    return tmp_path


def test_the_command_reads_in_blocks_what_does_not_fit(large):
    names = large / "img_emb", large / "y.npy"
    there = run("fit", *names, "--space", "cca", "--memory", "1MB", "--out", large / "a.safetensors")
    here = run("fit", *names, "--space", "cca", "--out", large / "b.safetensors")
    assert (there.exit_code, here.exit_code) == (0, 0), there.output
    assert "reads these vectors in blocks" in there.stderr
    assert "blocks" not in here.stderr
    assert there.stdout.replace("a.saf", "b.saf") == here.stdout
    assert_same(spaces.load(large / "a.safetensors"), spaces.load(large / "b.safetensors"), rel=1e-10)


def test_a_sample_is_said_and_is_that_of_the_pairs(large):
    names = large / "x.npy", large / "y.npy"
    for memory in ((), ("--memory", "1MB")):
        found = run("fit", *names, "--sample", 500, *memory, "--out", large / "a.safetensors")
        assert found.exit_code == 0, found.output
        assert "fitted on a sample of 500 of 6,000 images" in found.stderr
        assert "means of 500 images" in found.stdout
    drawn = np.random.default_rng(0).permutation(6000)[:500]
    rows = np.load(names[0])[np.sort(drawn)].astype(float)
    wanted = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).mean(axis=0)
    np.testing.assert_allclose(spaces.load(large / "a.safetensors").map.image.centre, wanted, rtol=1e-10)


@pytest.fixture
def fitted(large):
    found = run("fit", large / "x.npy", large / "y.npy", "--space", "zca:0.01", "--out", large / "m.safetensors")
    assert found.exit_code == 0, found.output
    return large / "m.safetensors"


def test_shards_become_shards_or_one_file_of_the_same_rows(large, fitted):
    wanted = spaces.load(fitted).transform(np.load(large / "x.npy"), np.load(large / "y.npy"))[0]
    one = run("apply", fitted, "--images", large / "img_emb", "--out", large / "one.npy")
    many = run("apply", fitted, "--images", large / "img_emb", "--out", large / "many")
    assert (one.exit_code, many.exit_code) == (0, 0), many.output
    assert "(6000 × 32)" in one.stdout
    assert "(6000 × 32)" in many.stdout
    np.testing.assert_allclose(np.load(large / "one.npy"), wanted, rtol=1e-5, atol=1e-6)
    shards = [np.load(large / "many" / f"img_emb_{k}.npy") for k in range(4)]
    assert [len(shard) for shard in shards] == [1000, 100, 2900, 2000]
    np.testing.assert_array_equal(np.concatenate(shards), np.load(large / "one.npy"))
    measured = CliRunner().invoke(app, ["measure", str(large / "many"), str(large / "y.npy"), "--json"])
    assert measured.exit_code == 0, measured.output


def test_shards_of_tables(large, fitted):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    x = np.load(large / "x.npy").astype("f4")
    (large / "tables").mkdir()
    for number, part in enumerate(np.split(x, [2500])):
        column = pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), 32)
        pq.write_table(pa.table({"image_embedding": column}), large / "tables" / f"part_{number}.parquet")
    found = run("apply", fitted, "--images", large / "tables", "--out", large / "out")
    assert found.exit_code == 0, found.output
    shards = np.concatenate([np.load(large / "out" / f"img_emb_{k}.npy") for k in range(2)])
    np.testing.assert_allclose(shards, spaces.load(fitted).map.images(x), rtol=1e-5, atol=1e-6)


def test_shards_are_not_written_over_themselves(large, fitted):
    found = run("apply", fitted, "--images", large / "img_emb", "--out", large / "img_emb")
    assert found.exit_code == 2
    assert "the shards themselves lie here" in found.stderr


def test_killed_among_shards_it_goes_on_at_the_one_that_is_missing(large, fitted):
    out = large / "out"
    words = ("space", "apply", fitted, "--images", large / "img_emb", "--out", out)
    killed("mmgap.evaluation.streamed_apply:_written", 3, *words)
    assert (out / "img_emb_1.npy").exists()
    assert not (out / "img_emb_2.npy").exists()
    made = (out / "img_emb_0.npy").stat().st_mtime_ns
    again = run("apply", fitted, "--images", large / "img_emb", "--out", out)
    assert again.exit_code == 0, again.output
    assert "of 4 shards were there already" in again.stderr
    assert (out / "img_emb_0.npy").stat().st_mtime_ns == made
    whole = run("apply", fitted, "--images", large / "img_emb", "--out", large / "one.npy")
    assert whole.exit_code == 0
    shards = np.concatenate([np.load(out / f"img_emb_{k}.npy") for k in range(4)])
    np.testing.assert_array_equal(shards, np.load(large / "one.npy"))


def test_a_shard_of_other_vectors_or_another_space_is_made_again(large, fitted):
    def apply(space):
        found = run("apply", space, "--images", large / "img_emb", "--out", large / "out")
        assert found.exit_code == 0, found.output
        return found.stderr

    assert "already" not in apply(fitted)
    assert "4 of 4 shards were there already" in apply(fitted)
    rows = np.load(large / "img_emb" / "img_emb_1.npy")
    np.save(large / "img_emb" / "img_emb_1.npy", rows * 2 + 1)
    assert "3 of 4 shards were there already" in apply(fitted)
    assert run("fit", large / "x.npy", large / "y.npy", "--out", large / "c.safetensors").exit_code == 0
    assert "already" not in apply(large / "c.safetensors")
    (large / "out" / streamed_apply._WRITTEN).write_text("{")
    assert "already" not in apply(large / "c.safetensors")


def test_shards_that_would_be_taken_for_others_are_refused(large, fitted):
    def apply(side):
        return run("apply", fitted, side, large / "img_emb", "--out", large / "out")

    assert apply("--images").exit_code == 0
    found = apply("--texts")
    assert found.exit_code == 2
    assert "img_emb_0.npy: is a shard of images, give --out a folder for the texts alone" in found.stderr
    (large / "img_emb" / "img_emb_3.npy").unlink()
    found = apply("--images")
    assert found.exit_code == 2
    assert "img_emb_3.npy: was written of a shard that is not there any more" in found.stderr
    (large / "out" / "img_emb_3.npy").unlink()
    assert "(4000 × 32)" in apply("--images").stdout


def test_memory_does_not_grow_with_the_vectors(tmp_path):
    """By the operating system, of commands of their own: files of 100 MB add less than half of that."""
    block = np.random.default_rng(0).normal(size=(5000, 256)).astype("f2")
    for name, shift in (("x", 0), ("y", 1)):
        with (tmp_path / f"{name}.npy").open("wb") as stream:
            header = {"descr": "<f2", "fortran_order": False, "shape": (100_000, 256)}
            np.lib.format.write_array_header_1_0(stream, header)
            for _ in range(20):
                (block + np.float16(shift)).tofile(stream)
        np.save(tmp_path / f"small-{name}.npy", block[:3000])
    called = ("x.npy", "y.npy", "small-x.npy", "small-y.npy", "m.safetensors", "o.npy")
    x, y, small_x, small_y, out, mapped = (str(tmp_path / name) for name in called)

    def peak(*arguments):
        code = (
            "import json, resource, sys\nfrom mmgap.cli.main import app\n"
            "try:\n    app(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1]) / 1024

    fit = ("--space", "cca:0.1", "--memory", "1MB", "--out", out)
    added = peak("space", "fit", x, y, *fit) - peak("space", "fit", small_x, small_y, *fit)
    assert added < 50, f"fitting added {added:.0f} MB"
    apply = ("space", "apply", out, "--out", mapped)
    added = peak(*apply, "--images", x) - peak(*apply, "--images", small_x)
    assert added < 50, f"applying added {added:.0f} MB"
