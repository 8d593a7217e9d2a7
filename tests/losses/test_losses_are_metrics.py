"""The losses that train a metric give that metric's value."""

import pytest
import torch

from mmgap import losses, metrics


@pytest.fixture
def pair():
    g = torch.Generator().manual_seed(0)
    return tuple(torch.nn.functional.normalize(torch.randn(40, 6, generator=g, dtype=torch.float64)) for _ in "xy")


@pytest.mark.parametrize(
    ("loss", "metric"),
    [
        (losses.align, metrics.misalignment),
        (losses.uniform, metrics.uniformity),
        (losses.centroid, lambda x, y: metrics.modality_gap(x, y) ** 2),
        (losses.ce, metrics.clip_loss),
    ],
)
def test_loss_equals_metric(loss, metric, pair):
    assert float(loss(*pair)) == pytest.approx(metric(*pair), rel=1e-9)
