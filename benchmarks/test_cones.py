"""The cone effect (thesis figures 3.1, 3.3; Liang et al. 2022): random networks, each with a cone of its own."""

from functools import cache

import pytest

from mmgap import datasets
from mmgap.encoders.cones import ARCHITECTURES, cosine_by_depth, random_cones, seeds_apart
from mmgap.report.cones import cone_cosines, cone_maps
from mmgap.report.lettering import save

SEEDS, ITEMS, DATASET = 25, 64, "glyphs-en"


@cache
def cones(architecture):
    data = datasets.load(DATASET, captions="first")
    items = [data.images[i] for i in range(ITEMS)] if ARCHITECTURES[architecture] == "image" else data.captions[:ITEMS]
    return random_cones(architecture, items, range(SEEDS))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_cone(architecture):
    """Items of one seed lie close together, and far from those of another seed."""
    made = cones(architecture)
    within, between = [cone.mean for cone in made], seeds_apart(made)
    print(
        f"\n{architecture}: mean cosine {sum(within) / SEEDS:.3f} (least seed {min(within):.3f}),"
        f" least cosine {min(cone.minimum for cone in made):.3f}, between seeds {between:.3f}"
    )
    assert min(within) > 0.5
    assert between < min(within) - 0.3


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "linear"])
def test_depth(activation):
    """Non-linear layers narrow the cone, linear ones do not."""
    means = cosine_by_depth(activation)
    print(f"\n{activation}: {' '.join(f'{mean:.2f}' for mean in means)}")
    assert (means[-1] > 0.1) == (activation != "linear")


def test_pictures(tmp_path):
    made = {architecture: cones(architecture) for architecture in ARCHITECTURES}
    depths = {activation: cosine_by_depth(activation) for activation in ("relu", "sigmoid", "tanh", "linear")}
    for language in ("en", "es"):
        save(cone_maps(made, language), tmp_path / f"cone-maps-{language}.png")
        save(cone_cosines(made, depths, language), tmp_path / f"cone-cosines-{language}.png")
    assert len(list(tmp_path.iterdir())) == 4
