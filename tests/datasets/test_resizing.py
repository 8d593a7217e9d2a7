"""Squares by the same arithmetic as CLIP's processor and Pillow; strips of any length cost little."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageOps

from mmgap.datasets import DatasetError, resizing
from mmgap.datasets.resizing import Preparation

SIZES = [(1, 1), (7, 9), (8, 64), (64, 8), (31, 31), (33, 32), (50, 37), (37, 50), (100, 41), (224, 224), (225, 223)]
SIZES += [(17, 136), (136, 17), (640, 480), (427, 640), (3, 24), (24, 3), (61, 488), (333, 500), (75, 599), (8, 1)]
RESIZED = {"crop": 64, "squash": 48, "pad": 33}


def picture(width, height, seed=0):
    rng = np.random.default_rng([seed, width, height])
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def within_a_level(ours, theirs, words=""):
    """Rounding may fall the other way, and where a pass overshoots black or white its clipping shows in the next."""
    apart = np.abs(ours.astype(int) - theirs.astype(int))
    assert (apart > 1).mean() < 0.03, words
    assert apart.mean() < 0.5, words


@pytest.fixture(scope="module")
def processor():
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    return CLIPImageProcessorPil(do_normalize=False, do_rescale=False)


@pytest.mark.parametrize("side", [224, 33, 96])
def test_crop_is_clips_to_within_a_level(processor, side):
    rng = np.random.default_rng(side)
    more = [(int(s), int(s * f)) for s, f in zip(rng.integers(9, 90, 12), rng.uniform(1, 8, 12), strict=True)]
    for width, height in [*SIZES, *more, *((h, w) for w, h in more)]:
        image = picture(width, height)
        sizes = {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}}
        (theirs,) = processor(images=[image], return_tensors="np", **sizes)["pixel_values"]
        ours = Preparation(side)(image)
        assert ours.dtype == np.uint8
        if min(width, height) >= side and max(width, height) < 4 * min(width, height):
            within_a_level(ours, theirs.transpose(1, 2, 0), f"{width}×{height} at {side}")
        assert np.abs(ours.astype(int) - theirs.transpose(1, 2, 0)).mean() < 0.5, f"{width}×{height} at {side}"


@pytest.mark.parametrize("size", SIZES)
def test_squash_and_pad_are_pillows(size):
    image = picture(*size)
    squashed = image.resize((48, 48), Image.Resampling.BICUBIC)
    made = Preparation(48, "squash")(image)
    if min(size) >= 48 and max(size) < 4 * min(size):
        within_a_level(made, np.asarray(squashed))
    else:  # one side grows: which pass comes first decides where a level beyond 255 is cut
        assert np.abs(made.astype(int) - squashed).mean() < 1
    padded = ImageOps.pad(image, (33, 33), Image.Resampling.BICUBIC, color="white")
    within_a_level(Preparation(33, "pad")(image), np.asarray(padded))


@pytest.mark.parametrize("resize", RESIZED)
@pytest.mark.parametrize("size", [(1, 100_000), (100_000, 1), (2, 65_000), (9, 80)])
def test_strips(resize, size):
    side = RESIZED[resize]
    image = Image.new("RGB", size, (250, 120, 10))
    tracemalloc.start()
    made = Preparation(side, resize)(image)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    assert made.shape == (side, side, 3)
    assert (made == (250, 120, 10)).all(axis=2).any()  # something of it is left to be seen
    if resize != "pad":
        assert (made == (250, 120, 10)).all()


def test_a_strip_is_its_middle(monkeypatch):
    asked = []
    really = resizing._resized
    monkeypatch.setattr(resizing, "_resized", lambda image, *size: asked.append(size) or really(image, *size))
    strip = np.zeros((3, 3000, 3), dtype=np.uint8)
    strip[:, 1490:1510] = 255
    assert (Preparation(32)(Image.fromarray(strip)) == 255).all()
    assert (Preparation(32)(Image.fromarray(strip.transpose(1, 0, 2))) == 255).all()
    assert asked == [(256, 32), (32, 256)]


@pytest.mark.parametrize("size", [7, 4097, 0, -224, True, 224.0, "224", None])
def test_sizes_that_are_none(size):
    with pytest.raises(DatasetError, match="8 to 4096 pixels"):
        Preparation(size)


@pytest.mark.parametrize("resize", ["none", "", "Crop", None])
def test_words_that_are_no_way_to_resize(resize):
    with pytest.raises(DatasetError, match="resize must be crop, squash, pad, got"):
        Preparation(resize=resize)


def test_what_stands_in_a_key():
    assert Preparation().to_dict() == {"size": 224, "resize": "crop", "filter": "bicubic"}
