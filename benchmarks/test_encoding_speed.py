"""What encoding costs beside the model itself: images per second against a bare loop over the same batches.

The ratio stands in ``extra_info`` of pytest-benchmark's report (``--benchmark-json``); nothing fails for being slow.
"""

import statistics
import time

import numpy as np
import pytest
import torch
from PIL import Image

from mmgap import encoders
from mmgap.encoders.dual import pixels, pooled
from mmgap.paths import MissingDataError

PAIRS, BATCHES = 9, 6


@pytest.fixture(scope="module")
def parts():
    """(encode, bare forward, image processor, options): MobileNetV2 where its weights are, else the tiny CLIP."""
    towers = encoders.load("two-towers:mobilenet-v2,minilm,none")
    try:
        towers.fingerprint()
    except MissingDataError:
        tiny = encoders.load("tiny-random")
        model = tiny.parts.model
        return (
            tiny.encode_images,
            lambda values: pooled(model.get_image_features(pixel_values=values)),
            tiny.parts.image_processor,
            tiny.options,
        )
    model, processor = towers.images._parts
    return (
        towers.images.encode,
        lambda values: model(pixel_values=values).pooler_output.flatten(1),
        processor,
        towers.images.options,
    )


def test_encoding_against_a_bare_loop(parts, benchmark):
    """``throughput_against_bare``: the median of alternating pairs; both sides get pictures that are decoded."""
    encode, forward, processor, options = parts
    rng = np.random.default_rng(0)
    count = BATCHES * options.batch_size
    images = [Image.fromarray(rng.integers(0, 255, (375, 500, 3), dtype=np.uint8)) for _ in range(count)]
    batches = [images[i : i + options.batch_size] for i in range(0, count, options.batch_size)]

    def bare():
        with torch.inference_mode():
            return torch.cat([forward(pixels(processor, batch, options)) for batch in batches]).numpy()

    np.testing.assert_allclose(encode(images), bare(), rtol=1e-4, atol=1e-4)  # and both are warm
    ratios = []
    for pair in range(PAIRS):
        took = {}
        for name in ("ours", "bare") if pair % 2 else ("bare", "ours"):
            start = time.perf_counter()
            encode(images) if name == "ours" else bare()
            took[name] = time.perf_counter() - start
        ratios.append(took["bare"] / took["ours"])
    ratio = statistics.median(ratios)
    benchmark.extra_info |= {"throughput_against_bare": ratio, "pairs": PAIRS, "images": count}
    benchmark.pedantic(encode, (images,), rounds=1)
    print(f"\nthroughput against the bare loop: {ratio:.3f} (pairs: {', '.join(f'{r:.2f}' for r in sorted(ratios))})")
