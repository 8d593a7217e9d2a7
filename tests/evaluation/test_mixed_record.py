"""What is recorded of one index of images and texts: exactly, as faiss finds it, and on halves of saved vectors."""

import numpy as np
import pytest

from mmgap import datasets, spaces
from mmgap.core.faiss_library import NoFaissError
from mmgap.encoders.base import Vectors
from mmgap.evaluation import mixed_record
from mmgap.evaluation.cross_fitting import CrossFitted
from mmgap.evaluation.faiss_search import INDEXES, found_by
from mmgap.evaluation.item_arrays import MIXED_ARRAYS
from mmgap.metrics.catalogue import registry, unit_and_direction
from mmgap.rows.recorder import Recorder

pytestmark = pytest.mark.usefixtures("one_thread")


def made(folder, n=60, d=16, gap=2.0):
    """Saved vectors with a gap along the first axis."""
    rng = np.random.default_rng(0)
    shared, side = rng.normal(size=(n, d)), np.eye(d)[0] * gap * np.sqrt(d) / 2
    for name, sign in (("i", 1), ("t", -1)):
        np.save(folder / f"{name}.npy", shared + 0.5 * rng.normal(size=(n, d)) + sign * side)
    dataset = datasets.load(f"vectors:{folder / 'i.npy'},{folder / 't.npy'}", split="test")
    return dataset, Vectors(*dataset.vectors)


def recorded(vectors, dataset, **options):
    record = Recorder(unit_and_direction)
    mixed_record.record_mixed(record, vectors, dataset, **options)
    return record


def value(record, name):
    return record.metrics[name]["value"]


def test_a_flat_index_finds_what_all_scores_say(tmp_path):
    pytest.importorskip("faiss")
    dataset, vectors = made(tmp_path, gap=0.5)
    record = recorded(vectors, dataset)
    for way in ("t2i", "i2t"):
        for name in ("share10", "r1"):
            exact = value(record, f"mixed_{way}_{name}")
            assert 0 < exact < 1
            assert value(record, f"mixed_{way}_{name}_flat") == pytest.approx(exact, abs=1e-12)


def test_what_is_kept_and_recorded_is_described(tmp_path):
    pytest.importorskip("faiss")
    dataset, vectors = made(tmp_path)
    record = recorded(vectors, dataset)
    assert {*MIXED_ARRAYS, "owner", "cluster"} == set(record.items)
    assert set(record.metrics) <= set(registry)
    for name in MIXED_ARRAYS:
        assert record.items[name].mean() == pytest.approx(value(record, name))
        assert record.metrics[name]["ci_low"] <= value(record, name) <= record.metrics[name]["ci_high"]


@pytest.mark.parametrize("kind", INDEXES)
@pytest.mark.parametrize("n", [2, 5, 600])
def test_an_index_of_any_size_finds_mostly_the_query_itself(kind, n):
    pytest.importorskip("faiss")
    rows = np.random.default_rng(0).normal(size=(n, 13))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = found_by(kind, rows, rows, 3)
    assert found.shape == (n, min(3, n))
    assert (found == np.arange(n)[:, None]).any(axis=1).mean() > (0.99 if kind != "ivfpq" else 0.0 if n < 100 else 0.3)


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="index must be one of flat, hnsw, ivfpq, got 'lsh'"):
        found_by("lsh", np.eye(2), np.eye(2), 1)
    with pytest.raises(ValueError, match="at least 2 vectors, got 1"):
        found_by("ivfpq", np.eye(2), np.eye(2)[:1], 1)


def test_without_faiss_exact_figures_and_one_note(tmp_path, monkeypatch):
    def absent(*_):
        raise NoFaissError("faiss is not installed: pip install 'mmgap[index]'")

    monkeypatch.setattr(mixed_record, "found_by", absent)
    dataset, vectors = made(tmp_path)
    record = recorded(vectors, dataset)
    assert "mixed_t2i_share10" in record.metrics
    assert "mixed_t2i_share10_flat" not in record.metrics
    assert sum("mmgap[index]" in str(note) for note in record.notes) == 1


@pytest.mark.parametrize("spec", ["centre", "nnn", "centre+qb-norm"])
def test_a_space_on_halves_brings_the_other_modality_up(tmp_path, spec):
    dataset, vectors = made(tmp_path)
    before, after = (
        recorded(CrossFitted(space).of(vectors, dataset), dataset, indexes=False)
        for space in (None, spaces.parse(spec))
    )
    assert value(before, "mixed_t2i_share10") < value(after, "mixed_t2i_share10")
    assert before.items["mixed_t2i_ndcg10"].shape == (60,)
    assert before.items["mixed_t2i_ndcg10"].mean() == pytest.approx(value(before, "mixed_t2i_ndcg10"))
