"""What a device gives: the pass beside bare products, in float32 and bfloat16, and losses of large batches.

All of it, with rows and a report in a folder of their own, and encoding on the card beside others:
``pytest benchmarks/test_device.py benchmarks/test_encoding.py --device cuda --reports reports/my-card``. Without
``--device`` the small sizes run on the CPU, by the same code, to see that it works. Nothing fails for being slow, and
nothing runs unasked; a rank or a gradient that is wrong does fail.
"""

import pytest

#: Pairs of a pass and of a batch on a GPU, and where there is none; more than are multiplied in float64, or at once.
LARGE_PASS, SMALL_PASS, LARGE_BATCH, SMALL_BATCH = 1_000_000, 2_500, 262_144, 6_000

#: How far a gradient may be from float64, by the logit scale, which multiplies the rounding of cosines.
GRADIENT_BOUNDS = {"gradient_error": (1 / 0.07, 1e-5), "gradient_error_100": (100.0, 1e-5)}

PASSES = {"pass in float32": "float32", "pass in bfloat16": "bfloat16"}

LOSSES = (
    "ce", "intra", "inter", "var", "anti", "cyclip_inter", "cyclip_intra", "cyclip", "siglip", "align", "uniform",
    "infoloob", "opl", "margin", "centroid", "cu", "xuniform", "barlow", "imsep",
)  # fmt: skip


def on_a_gpu_alone(inputs, n, largest):
    """Skip sizes that a CPU would take hours for."""
    if n > largest and not inputs.device.startswith("cuda"):
        pytest.skip(f"{n:,} pairs take a GPU: --device cuda")


@pytest.mark.experiment(
    "speed",
    version=1,
    variants=[
        {"what": what, "against": "bare products", "pairs": n} for n in (SMALL_PASS, LARGE_PASS) for what in PASSES
    ],
    seeded=False,
    unasked=False,
    rounds=1,
    d=512,
)
def test_pass_on_a_device(cell, against, inputs):
    """Everything read from X·Xᵀ, Y·Yᵀ and X·Yᵀ, beside the products alone in the same tiles, TF32 off."""
    n = int(cell.value("pairs"))
    on_a_gpu_alone(inputs, n, SMALL_PASS)
    import torch

    from .workloads.device_runs import passes, ranks_outside

    dtype = getattr(torch, PASSES[cell.value("what")])
    ours, bare = passes(n, 512, dtype, inputs.device)
    assert ranks_outside(ours(), dtype) == 0
    against(ours, bare, 1)


@pytest.mark.experiment(
    "large_batch",
    version=1,
    variants=[{"term": name, "pairs": n} for n in (SMALL_BATCH, LARGE_BATCH) for name in LOSSES],
    seeded=False,
    unasked=False,
    d=512,
)
def test_loss_of_a_large_batch(cell, inputs, record):
    """A step forward and backward; its memory on a GPU; the gradient of 640 pairs in blocks against float64."""
    n = int(cell.value("pairs"))
    on_a_gpu_alone(inputs, n, SMALL_BATCH)
    from .workloads.device_runs import gradient_error, loss_step

    name = cell.value("term")
    off = {key: gradient_error(name, 640, 512, inputs.device, scale) for key, (scale, _) in GRADIENT_BOUNDS.items()}
    seconds, memory = loss_step(name, n, 512, inputs.device)
    record("step_s", seconds, unit="s", higher_is_better=False)
    if memory is not None:
        record("extra_mb", memory, unit="MB", higher_is_better=False)
    for key, (_, bound) in GRADIENT_BOUNDS.items():
        record(key, off[key], higher_is_better=False)
        assert off[key] <= bound
