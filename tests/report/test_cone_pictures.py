"""Cone pictures show what the vectors hold."""

import numpy as np
import pytest

from mmgap.report.figures import random_cone_maps as cones


def items(kind="vit", seeds=4, n=12, d=6):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(seeds, 1, d)) * 3 + rng.normal(size=(seeds, n, d))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    return {"vectors": vectors.astype(np.float32), "kind": np.frombuffer(kind.encode(), dtype=np.uint8)}


@pytest.mark.parametrize("kind", ["resnet", "vit", "text-transformer"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_map_has_a_cloud_and_a_centre_a_seed(kind, language):
    figure = cones.cone_map(items(kind), "", language)
    (axes,) = figure.axes
    assert [len(cloud.get_offsets()) for cloud in axes.collections] == [12] * 4
    assert len(axes.lines) == 4


def test_the_histogram_is_a_density():
    figure = cones.cone_histogram(items(), "", "es")
    patch = figure.axes[0].patches[0]
    values, edges, _ = patch.get_data()
    assert np.sum(values * np.diff(edges)) == pytest.approx(1, abs=0.02)


def test_depth_draws_a_line_an_activation():
    made = {name: np.linspace(0, 1, 5) for name in ("relu", "sigmoid", "tanh", "linear")}
    figure = cones.depths(made, "", "es")
    assert [line.get_label() for line in figure.axes[0].lines] == ["ReLU", "sigmoide", "tanh", "lineal"]
