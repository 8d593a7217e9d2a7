"""Pictures on the short way are what the processor makes of them, to the bit; what does more goes through it."""

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmgap.encoders.feeding import input_side, pixels
from mmgap.encoders.model_options import Options
from mmgap.encoders.picture_steps import PictureSteps

KNOWN = {
    "clip": lambda **more: transformers.CLIPImageProcessorPil(**more),
    "siglip": lambda **more: transformers.SiglipImageProcessorPil(**more),
    "vit": lambda **more: transformers.ViTImageProcessorPil(**more),
    "small": lambda **more: transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 40}, crop_size={"height": 33, "width": 33}, resample=2, **more
    ),
    "squashed and cropped": lambda **more: transformers.CLIPImageProcessorPil(
        size={"height": 40, "width": 40}, crop_size={"height": 32, "width": 32}, **more
    ),
    "mobilenet-v2": lambda **more: transformers.MobileNetV2ImageProcessorPil(**more),
    "mobilenet-v2, squashed": lambda **more: transformers.MobileNetV2ImageProcessorPil(
        size={"height": 32, "width": 32}, do_center_crop=False, **more
    ),
    "convnext": lambda **more: transformers.ConvNextImageProcessorPil(size={"shortest_edge": 224}, **more),
    "convnext, squashed": lambda **more: transformers.ConvNextImageProcessorPil(**more),
    "convnext, a share of its own": lambda **more: transformers.ConvNextImageProcessorPil(
        size={"shortest_edge": 37}, crop_pct=0.8, **more
    ),
}


def picture(width, height, seed=0):
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def steps_of(processor):
    return PictureSteps.of(processor, input_side(processor))


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize(
    "more", [{}, {"do_normalize": False}, {"do_rescale": False}, {"do_rescale": False, "do_normalize": False}]
)
def test_what_it_makes_is_what_the_processor_makes_to_the_bit(name, more):
    processor = KNOWN[name](**more)
    pictures = [picture(*size, seed) for seed, size in enumerate([(1, 1), (500, 375), (31, 200), (224, 224), (90, 41)])]
    found = steps_of(processor)(pictures)
    expected = processor(images=pictures, return_tensors="np")["pixel_values"]
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@settings(max_examples=60)
@given(width=st.integers(1, 90), height=st.integers(1, 90), size=st.integers(8, 60), cut=st.integers(0, 7))
def test_pictures_of_any_shape(width, height, size, cut):
    side = size - cut
    processor = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": size}, crop_size={"height": side, "width": side}
    )
    given_ = [picture(width, height)]
    np.testing.assert_array_equal(
        steps_of(processor)(given_), processor(images=given_, return_tensors="np")["pixel_values"]
    )


@settings(max_examples=60)
@given(width=st.integers(1, 90), height=st.integers(1, 90), side=st.integers(8, 60), share=st.floats(0.3, 1.0))
def test_a_share_of_pictures_of_any_shape(width, height, side, share):
    processor = transformers.ConvNextImageProcessorPil(size={"shortest_edge": side}, crop_pct=share)
    given_ = [picture(width, height)]
    np.testing.assert_array_equal(
        steps_of(processor)(given_), processor(images=given_, return_tensors="np")["pixel_values"]
    )


class Turned(transformers.CLIPImageProcessorPil):
    """A processor with a step of its own."""

    def normalize(self, image, mean, std, **more):
        return super().normalize(image[::-1], mean, std, **more)


class Wider(transformers.ConvNextImageProcessorPil):
    """A processor with a resize of its own, of a class whose own resize is known."""

    def resize(self, image, size, resample, crop_pct=0.5, **more):
        return super().resize(image, size, resample, crop_pct / 2, **more)


@pytest.mark.parametrize(
    "processor",
    [
        Turned(),
        Wider(size={"shortest_edge": 224}),
        transformers.CLIPImageProcessorPil(do_resize=False),
        transformers.CLIPImageProcessorPil(do_center_crop=False),
        transformers.CLIPImageProcessorPil(size={"shortest_edge": 200}),  # the crop is padded
        transformers.CLIPImageProcessorPil(size={"shortest_edge": 224, "longest_edge": 224}),
        transformers.CLIPImageProcessorPil(size={"height": 224, "width": 256}),
        transformers.CLIPImageProcessorPil(do_pad=True, pad_size={"height": 300, "width": 300}),
        transformers.MobileViTImageProcessorPil(),
        transformers.PoolFormerImageProcessorPil(),
        transformers.MobileNetV2ImageProcessorPil(do_reduce_labels=True),
        transformers.ConvNextImageProcessorPil(size={"shortest_edge": 224}, crop_pct=1.5),  # the crop is padded
        transformers.ConvNextImageProcessorPil(do_center_crop=True, crop_size={"height": 200, "width": 200}),
    ],
    ids=lambda processor: type(processor).__name__,
)
def test_what_does_more_has_no_short_way(processor):
    assert steps_of(processor) is None


def test_a_step_of_its_own_is_taken(monkeypatch):
    """The steps of a class that overrides one are not assumed: its pictures are its own."""
    pictures = [picture(300, 200)]
    own = pixels(Turned(), pictures, Options())
    expected = torch.from_numpy(Turned()(images=pictures, return_tensors="np")["pixel_values"])
    torch.testing.assert_close(own, expected, rtol=0, atol=0)
    plain = pixels(transformers.CLIPImageProcessorPil(), pictures, Options())
    assert (own - plain).abs().max() > 0.1


def test_pictures_that_are_not_rgb_go_through_the_processor():
    processor = transformers.CLIPImageProcessorPil()
    grey = picture(300, 200).convert("L")
    expected = torch.from_numpy(processor(images=[grey], return_tensors="np")["pixel_values"])
    torch.testing.assert_close(pixels(processor, [grey], Options()), expected, rtol=0, atol=0)
