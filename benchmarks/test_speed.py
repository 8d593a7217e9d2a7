"""What mmgap costs: metrics beside the bare products they need and beside the plain way, encoding beside a bare loop,
preparing pictures beside Pillow alone, a model fed from prepared pictures beside the model alone, a step of training
beside a bare loop's, and a cached gradient beside a plain one.

Each figure is a ratio of medians of rounds that alternate between the two sides, in one process with the same threads;
it stands in the row and the report, the rounds in pytest-benchmark's own (``--benchmark-json``). Nothing fails for
being slow, and nothing runs unasked: ``pytest benchmarks/test_speed.py``.
"""

import sys

import pytest

ROUNDS, PAIRS, BATCHES = 5, 9, 6
PICTURES, STREAMED = 300, 64

#: What an elementwise map is timed against.
COPIED = "a copy of the file"

#: Maps that are fitted, from the cheapest to the dearest.
FITTED = (
    "centre",
    "zscore",
    "shift",
    "gap-drop",
    "project-gap",
    "pca-drop",
    "whiten",
    "zca",
    "procrustes",
    "ridge",
    "cca",
)


def speed(*variants, **constants):
    """Marker of a timing: each variant says what is timed against what."""
    named = [{"what": what, "against": against} for what, against in variants]
    return pytest.mark.experiment(
        "speed", version=1, variants=named, seeded=False, unasked=False, rounds=ROUNDS, **constants
    )


@speed(("metrics", "bare products"), n=20_000, d=512)
def test_metrics_against_bare_products(cell, against):
    """N = 20,000, d = 512, float32: at most 1.0 × the three bare products. About two minutes on two cores."""
    from .workloads.vectors import all_pairwise, bare_products, cones

    x, y = cones(20_000, 512)
    against(lambda: all_pairwise(x, y), lambda: bare_products(x, y), ROUNDS)


@speed(("metrics", "plain way"), n=6000, d=512)
def test_metrics_against_plain_composition(cell, against):
    """N = 6,000, d = 512 (the plain way holds several N×N matrices): at most 0.2 ×. About two minutes."""
    from .workloads.vectors import all_pairwise, cones, plain_composition

    x, y = cones(6000, 512)
    against(lambda: all_pairwise(x, y), lambda: plain_composition(x, y), ROUNDS)


@speed(("Fréchet and effective ranks", "metrics"), n=20_000, d=512)
def test_spectral_metrics(cell, against):
    """What is no pass over tiles, timed apart: N = 20,000, d = 512, beside the pairwise metrics."""
    from .workloads.vectors import all_pairwise, cones, spectral

    x, y = cones(20_000, 512)
    against(lambda: spectral(x, y), lambda: all_pairwise(x, y), ROUNDS)


@speed(("recording", "metrics"), n=5000, d=512)
def test_recording_against_measuring(cell, against):
    """A row with everything that is recorded of a space, beside `mmgap.measure` alone: at most 2 ×. Half a minute."""
    from .workloads.recordings import recording

    against(*recording(5000, 512), ROUNDS)


@pytest.mark.experiment(
    "speed",
    version=1,
    variants=[{"what": "recording", "against": "bare products", "pairs": n} for n in (5000, 20_000)],
    seeded=False,
    unasked=False,
    rounds=ROUNDS,
    d=512,
)
def test_recording_against_bare_products(cell, against):
    """A row with everything that is recorded of a space, beside X·Xᵀ, Y·Yᵀ and X·Yᵀ alone: the aim is 3 ×. Minutes."""
    from .workloads.recordings import recording
    from .workloads.vectors import bare_products, cones

    n = cell.value("pairs")
    x, y = cones(n, 512)
    against(recording(n, 512)[0], lambda: bare_products(x, y), ROUNDS)


@speed(*((name, "bare loop") for name in ("tiny-random", "two-towers:mobilenet-v2,minilm,none")), pairs=PAIRS)
def test_encoding_against_a_bare_loop(cell, against):
    """The same model and batches of decoded pictures: at least 95 % of the throughput, a ratio of at most 1.05."""
    import numpy as np

    from mmgap.core.paths import MissingDataError

    from .workloads.vectors import encoding

    try:
        ours, bare = encoding(cell.value("what"), BATCHES)
    except MissingDataError as error:
        pytest.skip(str(error))
    np.testing.assert_allclose(ours(), bare(), rtol=1e-4, atol=1e-4)
    against(ours, bare, PAIRS)


@speed(("preparing", "bare Pillow"), pictures=PICTURES)
def test_preparing_against_bare_pillow(cell, against, record, tmp_path):
    """640×480 JPEG, one thread: at least 150 pictures a second, on a core of its own. About a minute."""
    from .workloads.pictures import photos, preparing

    ours, bare = preparing(photos(tmp_path, PICTURES), tmp_path)
    against(ours, bare, ROUNDS)
    record("pictures_per_second", PICTURES / record.metrics["ours_s"]["value"], n=PICTURES, higher_is_better=True)


@speed(
    ("centre", "a copy of the file"), ("zscore", "a copy of the file"), ("zca:0.01", "bare product"), n=100_000, d=512
)
def test_applying_a_map(cell, against, tmp_path):
    """100,000 × 512 float32: at most 2 × a copy of the file, or 1.25 × the bare product."""
    from .workloads.map_speeds import applying, pairs

    against(*applying(cell.value("what"), pairs(100_000, 512), tmp_path), ROUNDS)


@speed(("centre", "a copy of the file"), ("zca:0.01", "bare product"), n=100_000, d=512)
def test_applying_a_map_to_a_file(cell, against, tmp_path):
    """100,000 × 512 float32, read and written, on the disk when it ends: beside a copy, or the product in memory."""
    from .workloads.map_speeds import applying_to_a_file, pairs

    against(*applying_to_a_file(cell.value("what"), pairs(100_000, 512), tmp_path), ROUNDS)


@speed(*((f"fit of {name}", "bare product") for name in FITTED), n=100_000, d=512)
def test_fitting_a_map(cell, against):
    """100,000 × 512 float32, one caption each, choosing included: at most ten seconds on two cores."""
    from .workloads.map_speeds import fitting, pairs

    against(*fitting(cell.value("what").removeprefix("fit of "), pairs(100_000, 512)), 1)


@speed(("encoding from prepared pictures", "the model alone"), pictures=STREAMED)
def test_streaming_against_the_model_alone(cell, against, tmp_path):
    """Reading, checking and normalising a batch hides behind the step before it: a ratio of at most 1.05."""
    import numpy as np

    from mmgap.core.paths import MissingDataError

    from .workloads.pictures import photos, streaming

    try:
        ours, alone = streaming("two-towers:mobilenet-v2,minilm,none", photos(tmp_path, STREAMED), tmp_path)
    except MissingDataError as error:
        pytest.skip(str(error))
    np.testing.assert_allclose(ours(), alone(), rtol=1e-4, atol=1e-4)
    against(ours, alone, PAIRS)


@speed(("training", "bare loop"), pairs=PAIRS, batch=90)
def test_training_against_a_bare_loop(cell, against):
    """The same model, loss and batches; the trainer also reads ahead, watches for NaN and keeps telemetry: ≤ 1.05."""
    from .workloads.trainings import Recipe, epoch_steps

    ours, bare = epoch_steps(Recipe("ce", tuning="full", batch_size=90), 720)
    against(ours, bare, PAIRS)


@speed(("cached gradient", "plain gradient"), pairs=PAIRS, batch=720, chunk=90)
def test_cached_gradient_against_the_plain_one(cell, against):
    """A batch of 8 × 90 in chunks of 90, and at once: two forward passes instead of one, a ratio of at most 1.5."""
    from .workloads.trainings import gradients

    cached, plain = gradients(720, 90)
    against(cached, plain, PAIRS)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak from /proc")
@pytest.mark.experiment("training_memory", version=1, seeded=False, unasked=False, batch=720, chunk=90)
def test_memory_of_a_cached_batch(cell, record):
    """What a step at batch 8 × 90 in chunks of 90 adds to memory, beside a plain one at 90: a ratio of at most 1.2."""
    from .workloads.trainings import step_memory

    cached, small, plain = step_memory(720, 90), step_memory(90, None), step_memory(720, None)
    record("ratio", cached / small, higher_is_better=False)
    for name, value in (("cached_720", cached), ("plain_90", small), ("plain_720", plain)):
        record(f"{name}_mb", value, unit="MB", higher_is_better=False)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak from /proc")
@pytest.mark.experiment(
    "memory", version=1, variants=[{"n": 20_000, "d": 512}, {"n": 200_000, "d": 64}], seeded=False, unasked=False
)
def test_memory_of_metrics(cell, record):
    """At most 300 MB on top of the input at N = 20,000, and no more at N = 200,000 (minutes on two cores)."""
    from .workloads.vectors import peak_memory

    size = dict(cell.variant)
    for name, value in peak_memory(size["n"], size["d"]).items():
        record(name, value, unit="MB", higher_is_better=False)
