"""Pictures that lie resized in a store give the vectors that the model's own processor gives of the originals."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmgap import encoders
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.preparing import prepare
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.store import Store
from mmgap.datasets.stored_images import StoredArrays, StoredImages
from mmgap.encoders import EncoderError
from mmgap.encoders.feeding import feed, input_side, model_input, normalised, pixels
from mmgap.encoders.model_options import Options
from tests.support import small_models


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for k, image in enumerate(small_models.images()):
        image.save(folder / f"{k}.png")
    return tuple(str(folder / f"{k}.png") for k in range(5))


@pytest.fixture(scope="module")
def stored(files, tmp_path_factory):
    """Stored pictures of a size, prepared once each."""
    made = {}

    def of(size, resize="crop"):
        if (size, resize) not in made:
            store = Store.of(files, Preparation(size, resize), "photos", tmp_path_factory.mktemp("stores"))
            made[size, resize] = StoredImages(StoredArrays(prepare(store), tuple(range(5))))
        return made[size, resize]

    return of


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return encoders.load(f"hf:{small_models.clip(tmp_path_factory.mktemp('clip'))}", batch_size=2)


@pytest.fixture
def unprocessed(monkeypatch):
    """Fails where a picture goes through a processor."""

    def never(*_):
        raise AssertionError("went through the processor")

    monkeypatch.setattr("mmgap.encoders.feeding.pixels", never)


@pytest.fixture
def processed(monkeypatch):
    """Fails where a picture does not."""

    def never(*_):
        raise AssertionError("went past the processor")

    monkeypatch.setattr("mmgap.encoders.feeding.normalised", never)


def test_clip_from_a_store_is_clip_from_the_originals(clip, files, stored, unprocessed, monkeypatch):
    fed = clip.encode_images(stored(32))
    monkeypatch.undo()
    np.testing.assert_allclose(fed, clip.encode_images(ImageFiles(files)), rtol=1e-5, atol=1e-5)
    assert np.ptp(fed, axis=0).max() > 1e-2  # the pictures are told apart


def test_the_input_itself_is_equal(files, stored):
    from transformers import CLIPImageProcessorPil

    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    ours = normalised(processor, np.stack(list(stored(32).arrays)), "cpu", torch.float32)
    theirs = pixels(processor, list(ImageFiles(files)), Options())
    assert ours.dtype == theirs.dtype == torch.float32
    assert ours.is_contiguous()
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    half = normalised(processor, np.stack(list(stored(32).arrays)), "cpu", torch.bfloat16)
    assert half.dtype == torch.bfloat16


@pytest.mark.parametrize("changes", [{"do_normalize": False}, {"do_rescale": False, "do_normalize": False}])
def test_switched_off_steps_stay_off(files, stored, changes):
    from transformers import CLIPImageProcessorPil

    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, **changes)
    ours = normalised(processor, np.stack(list(stored(32).arrays)), "cpu", torch.float32)
    theirs = pixels(processor, list(ImageFiles(files)), Options())
    torch.testing.assert_close(ours, theirs.float(), rtol=1e-6, atol=1e-6)


def test_a_part_of_a_store(clip, files, stored):
    np.testing.assert_allclose(
        clip.encode_images(stored(32)[1:4]), clip.encode_images(ImageFiles(files[1:4])), rtol=1e-5, atol=1e-5
    )


def test_smaller_pictures_are_refused(clip, stored):
    with pytest.raises(EncoderError, match=r"prepared at 16"):
        clip.encode_images(stored(16).pick([2, 0]))
    with pytest.raises(EncoderError, match=r"32 pixels, but they were prepared at 16: --image-size 32,.*--resize none"):
        clip.encode_images(stored(16))


def test_larger_pictures_go_the_processors_own_way(clip, stored, processed):
    vectors = clip.encode_images(stored(48))
    asked = [Image.fromarray(array) for array in stored(48).arrays]
    np.testing.assert_allclose(vectors, clip.encode_images(asked), rtol=1e-6, atol=1e-6)


def test_originals_go_the_processors_own_way(clip, files, processed):
    assert clip.encode_images(ImageFiles(files)).shape == (5, 16)
    assert clip.encode_images(list(ImageFiles(files))).shape == (5, 16)


@pytest.mark.parametrize("family", ["siglip", "dual"])
def test_processors_that_squash(family, tmp_path, files, stored, unprocessed, monkeypatch):
    """Their own resampling differs from the store's: what they make of the store's pictures is what counts."""
    encoder = encoders.load(f"hf:{getattr(small_models, family)(tmp_path)}")
    fed = encoder.encode_images(stored(32, "squash"))
    monkeypatch.undo()
    squares = [Image.fromarray(array) for array in stored(32, "squash").arrays]
    np.testing.assert_allclose(fed, encoder.encode_images(squares), rtol=1e-4, atol=1e-4)


def test_mobilenets_processor(stored):
    from transformers import MobileNetV2ImageProcessorPil

    squash = MobileNetV2ImageProcessorPil(size={"height": 32, "width": 32}, do_center_crop=False)
    images = stored(32, "squash")
    items, prepare_ = feed(images, squash, Options(), "m")
    assert items is images.arrays
    torch.testing.assert_close(
        model_input(prepare_(list(items)), squash, Options()),
        pixels(squash, [Image.fromarray(a) for a in items], Options()),
        rtol=1e-6,
        atol=1e-6,
    )
    assert input_side(MobileNetV2ImageProcessorPil()) == 224  # 256, cropped


class Processor:
    """What a processor of transformers says of itself."""

    def __init__(self, **facts):
        self.size, self.crop_size = {"height": 32, "width": 32}, None
        self.__dict__.update(facts)


@pytest.mark.parametrize(
    ("facts", "side"),
    [
        ({}, 32),
        ({"do_resize": True, "do_pad": None}, 32),
        ({"size": {"shortest_edge": 32}}, None),
        ({"size": {"shortest_edge": 40}, "crop_size": {"height": 32, "width": 32}, "do_center_crop": True}, 32),
        ({"size": {"height": 32, "width": 48}}, None),
        ({"size": None}, None),
        ({"do_flip_channel_order": True}, None),
        ({"do_pad": True}, None),
        ({"do_image_splitting": True}, None),
        ({"rescale_offset": True}, None),
        ({"include_top": True}, None),
    ],
)
def test_what_a_processor_makes(facts, side, stored):
    processor = Processor(**facts)
    assert input_side(processor) == side
    items, _ = feed(stored(32), processor, Options(), "m")
    assert (items is stored(32).arrays) == (side == 32)


def test_channels_that_are_turned_round_go_through_the_processor(stored):
    from transformers import MobileViTImageProcessorPil

    sizes = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    processor = MobileViTImageProcessorPil(**sizes)
    assert processor.do_flip_channel_order
    items, prepare_ = feed(stored(32), processor, Options(), "mobilevit")
    (red, *_), picture = prepare_([items[0]])[0], stored(32).arrays[0]
    np.testing.assert_allclose(red, picture[..., 2] / 255, atol=1e-6)
