"""The pairs a projection is fitted on: prepared, held out, and no trouble with the disk taken for a missing split."""

import json
import shutil

import pytest

from mmgap.datasets.store import StoreError
from mmgap.datasets.stored_images import StoredImages
from mmgap.encoders import EncoderError
from mmgap.evaluation.fitted_space import FittedSpace
from tests.support import made_up_copies


class Towers:
    name = "two-towers:a,b,ridge"


@pytest.fixture
def copies(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    return tmp_path


def fitted(data):
    return FittedSpace("ridge", Towers(), data, what="projection")


def test_train_and_validation_are_prepared(copies):
    made_up_copies.flickr8k(copies / "flickr8k")
    projection = fitted("flickr8k")
    assert isinstance(projection._train.images, StoredImages)
    assert (len(projection._train.image_ids), len(projection._validation.image_ids)) == (6, 3)
    prints = projection.fingerprint()
    assert prints == fitted("flickr8k").fingerprint()
    made_up_copies.photo(copies / "flickr8k" / "images" / "0_0000.jpg", 5)
    assert fitted("flickr8k").fingerprint() != prints


def test_a_full_disk_is_no_missing_split(copies, monkeypatch):
    made_up_copies.flickr8k(copies / "flickr8k")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    projection = fitted("flickr8k")
    for part in ("_train", "_validation"):
        with pytest.raises(StoreError, match="point MMGAP_CACHE at a larger disk"):
            getattr(projection, part)


def test_splits_that_are_not_there(copies):
    folder = copies / "photos"
    made_up_copies.photo(folder / "a.png", 1)
    made_up_copies.photo(folder / "b.png", 2)
    with pytest.raises(EncoderError, match=r"fitted on held-out pairs, and there are none: .*names no splits"):
        fitted(f"folder:{folder}")._train  # noqa: B018
    records = [{"image": f"{n}.png", "caption": n, "split": s} for n, s in (("a", "train"), ("b", "test"))]
    (folder / "metadata.json").write_text(json.dumps(records))
    assert len(fitted(f"folder:{folder}")._train.captions) == 1
    assert fitted(f"folder:{folder}")._validation is None
    made_up_copies.coco(copies / "coco", train=0)
    with pytest.raises(EncoderError, match="there are none: coco has no captions"):
        fitted("coco")._train  # noqa: B018
