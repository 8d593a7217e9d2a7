"""A pair of saved vector files is a data set whose relevance is the row."""

import hashlib

import numpy as np
import pytest

from mmgap import datasets
from mmgap.core.paths import MissingDataError
from mmgap.datasets import DatasetError


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)


def test_one_file(tmp_path, vectors):
    np.save(tmp_path / "both.npy", vectors)
    data = datasets.load(f"vectors:{tmp_path / 'both.npy'}")
    assert np.array_equal(data.vectors[0], vectors[0])
    assert np.array_equal(data.vectors[1], vectors[1])
    assert data.name == "vectors:both.npy"
    assert data.image_ids == ("0", "1", "2", "3", "4")
    assert len(data.images) == 5
    assert np.array_equal(data.relevance("any"), data.relevance("strict"))
    assert data.revision == datasets.load(f"vectors:{tmp_path / 'both.npy'}", split="all").revision


def test_revision_is_the_content(tmp_path, vectors):
    np.save(tmp_path / "a.npy", vectors[0])
    np.save(tmp_path / "b.npy", vectors[1])
    (tmp_path / "moved").mkdir()
    for name in "ab":
        (tmp_path / "moved" / f"{name}.npy").write_bytes((tmp_path / f"{name}.npy").read_bytes())
    spec = f"vectors:{tmp_path / 'a.npy'},{tmp_path / 'b.npy'}"
    revision = datasets.load(spec).revision
    assert revision == datasets.load(spec.replace(str(tmp_path), str(tmp_path / "moved"))).revision
    assert len(revision) == len(hashlib.sha256().hexdigest())
    np.save(tmp_path / "b.npy", vectors[1] + 1)
    assert datasets.load(spec).revision != revision


def test_images_cannot_be_read(tmp_path, vectors):
    np.save(tmp_path / "both.npy", vectors)
    with pytest.raises(DatasetError, match=r"both\.npy has vectors only"):
        datasets.load(f"vectors:{tmp_path / 'both.npy'}").images[0]


@pytest.mark.parametrize("split", ["train", "validation"])
def test_saved_vectors_have_no_training_split(tmp_path, vectors, split):
    np.save(tmp_path / "both.npy", vectors)
    with pytest.raises(DatasetError, match=f"has no '{split}' split"):
        datasets.load(f"vectors:{tmp_path / 'both.npy'}", split=split)


def test_counts_and_widths_must_agree(tmp_path, vectors):
    np.savez(tmp_path / "rows.npz", images=vectors[0], texts=vectors[1][:3])
    np.savez(tmp_path / "width.npz", images=vectors[0], texts=vectors[1][:, :2])
    with pytest.raises(DatasetError, match=r"5 images but 3 texts.*one row of each per pair"):
        datasets.load(f"vectors:{tmp_path / 'rows.npz'}")
    with pytest.raises(DatasetError, match="images have 3 dimensions, texts 2"):
        datasets.load(f"vectors:{tmp_path / 'width.npz'}")


def test_unclear_or_missing_files(tmp_path, vectors):
    np.savez(tmp_path / "odd.npz", left=vectors[0], right=vectors[1])
    with pytest.raises(DatasetError, match=r"'left'.*'right'"):
        datasets.load(f"vectors:{tmp_path / 'odd.npz'}")
    np.savez(tmp_path / "pickled.npz", images=np.array([{}], dtype=object), texts=vectors[1])
    with pytest.raises(DatasetError, match=r"pickled\.npz"):
        datasets.load(f"vectors:{tmp_path / 'pickled.npz'}")
    with pytest.raises(DatasetError, match="IMAGES,TEXTS"):
        datasets.load("vectors")
    with pytest.raises(MissingDataError, match=r"gone\.npy"):
        datasets.load(f"vectors:{tmp_path / 'gone.npy'}")
