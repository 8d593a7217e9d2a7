"""Random networks: a narrow cone each, another one per seed, narrower with every non-linear layer."""

import numpy as np
import pytest

from mmgap.encoders import EncoderError
from mmgap.encoders.random_cones import ARCHITECTURES, cosine_by_depth, network_inputs, random_cones, seeds_apart
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")

TEXTS = tuple(f"caption number {k} of {'many ' * (k % 4)}" for k in range(8))


@pytest.fixture(scope="module", params=ARCHITECTURES)
def cones(request):
    items = small_models.images(8) if ARCHITECTURES[request.param] == "image" else TEXTS
    return random_cones(request.param, items, seeds=range(3))


def test_figures_are_those_of_all_pairs(cones):
    for cone in cones:
        np.testing.assert_allclose(np.linalg.norm(cone.vectors, axis=1), 1, atol=1e-6)
        n = len(cone.vectors)
        cosines = [float(cone.vectors[i] @ cone.vectors[j]) for i in range(n) for j in range(i)]
        assert cone.mean == pytest.approx(np.mean(cosines), abs=1e-6)
        assert cone.std == pytest.approx(np.std(cosines), abs=1e-5)
        assert cone.minimum == pytest.approx(min(cosines), abs=1e-6)


def test_a_seed_is_a_cone_and_seeds_differ(cones):
    assert [cone.seed for cone in cones] == [0, 1, 2]
    slow = np.mean([a.vectors @ b.vectors.T for a in cones for b in cones if a is not b])
    assert seeds_apart(cones) == pytest.approx(slow, abs=1e-6)
    assert all(cone.mean > 0.3 for cone in cones)
    assert seeds_apart(cones) < min(cone.mean for cone in cones) - 0.2


def test_the_same_seed_is_the_same_network():
    first, second = random_cones("text-transformer", TEXTS, seeds=[4, 4])
    np.testing.assert_array_equal(first.vectors, second.vectors)


def test_pixels_are_scaled_and_in_order():
    pixels = network_inputs("vit", [i.convert("RGB") for i in small_models.images(3)])["pixel_values"]
    assert pixels.shape == (3, 3, 64, 64)
    assert -1 <= pixels.min() < pixels.max() <= 1
    expected = np.asarray(small_models.images(1)[0].resize((64, 64)))[10, 20] / 127.5 - 1
    np.testing.assert_allclose(pixels[0, :, 10, 20], expected, atol=1e-6)


def test_depth_and_non_linearity_narrow_the_cone():
    means = {activation: cosine_by_depth(activation, depth=6) for activation in ("relu", "sigmoid", "tanh", "linear")}
    assert all(len(m) == 7 and abs(m[0]) < 0.02 for m in means.values())
    assert (np.diff(means["relu"]) > 0).all()
    assert means["relu"][-1] > 0.7
    assert means["sigmoid"][-1] > 0.99
    assert abs(means["linear"][-1]) < 0.05
    np.testing.assert_array_equal(means["tanh"], cosine_by_depth("tanh", depth=6))
    # one ReLU layer: arccosine kernel of two orthogonal vectors, 1/π, and the bias adds a little
    assert means["relu"][1] == pytest.approx(1 / np.pi, abs=0.03)


def test_what_cannot_be_a_cone():
    with pytest.raises(EncoderError, match="unknown architecture 'mlp'; known: resnet"):
        random_cones("mlp", TEXTS, [0])
    with pytest.raises(EncoderError, match="at least 2 items, got 1"):
        random_cones("vit", small_models.images(1), [0])
    with pytest.raises(EncoderError, match=r"compared in pairs, got 1"):
        seeds_apart(random_cones("text-transformer", TEXTS, [0]))
    with pytest.raises(EncoderError, match="unknown activation 'gelu'"):
        cosine_by_depth("gelu")
