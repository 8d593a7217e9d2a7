"""The pictures of the cone effect: one map per architecture, all points on them, in both languages."""

import numpy as np
import pytest

from fixtures.made_vectors import random_unit
from mmgap.encoders.cones import Cone
from mmgap.report.cones import cone_cosines, cone_maps
from mmgap.report.lettering import save


@pytest.fixture(scope="module")
def cones():
    rng = np.random.default_rng(0)
    made = {}
    for architecture in ("resnet", "vit", "text-transformer"):
        vectors = [random_unit(rng, 12, 6, shift=3 * rng.normal(size=6)) for _ in range(4)]
        made[architecture] = [Cone(architecture, s, v.astype(np.float32), 0.9, 0.1, 0.5) for s, v in enumerate(vectors)]
    return made


@pytest.mark.parametrize(("language", "title"), [("en", "Text transformer"), ("es", "Transformer de texto")])
def test_maps_show_every_item(cones, tmp_path, language, title):
    figure = cone_maps(cones, language)
    assert [axes.get_title("left") for axes in figure.axes] == ["ResNet", "ViT", title]
    for axes in figure.axes:
        assert sum(len(cloud.get_offsets()) for cloud in axes.collections) == 4 * 12
        assert "0.90" in axes.get_xlabel()
    save(figure, tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 10_000


def test_histograms_are_densities_and_depths_are_curves(cones, tmp_path):
    depths = {"relu": np.array([0, 0.3, 0.5]), "linear": np.zeros(3)}
    figure = cone_cosines(cones, depths, "es")
    left, right = figure.axes
    for patch in left.patches[::2]:
        counts, edges, _ = patch.get_data()
        assert np.sum(counts * np.diff(edges)) == pytest.approx(1, abs=0.01)
    assert [line.get_label() for line in right.lines] == ["relu", "lineal"]
    np.testing.assert_array_equal(right.lines[0].get_ydata(), depths["relu"])
    save(figure, tmp_path / "cosines.svg")
