"""Where points lie: PCA by the formula, layouts by their seed, before and after turned alike."""

import numpy as np
import pytest

from mmgap.app.atlas import plane_places as mapping
from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.atlas.plane_places import MapError, check_kind, plane_places, turned_like
from mmgap.evaluation.neighbour_maps import neighbour_map, spots_of
from mmgap.evaluation.principal_plane import principal_plane
from mmgap.spaces import SpaceError
from tests.support.made_atlases import cones
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")


def quiet(words):
    """Take a line of progress and do nothing with it."""


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return random_unit(rng, 40, 6, np.array([1.0, 0, 0, 0, 0, 0])), random_unit(rng, 50, 6)


@pytest.mark.parametrize("width", [6, 200])  # fewer dimensions than rows, and more
def test_pca_is_the_svd_of_all_rows_about_their_mean(width):
    rng = np.random.default_rng(1)
    x, y = (random_unit(rng, n, width).astype(np.float32) for n in (40, 50))
    rows = np.concatenate([x, y]).astype(np.float64)
    left, sizes, right = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    signs = np.sign([axis[np.abs(axis).argmax()] for axis in right[:2]])
    places = plane_places("pca", x, y, quiet)
    np.testing.assert_allclose(places.points, left[:, :2] * sizes[:2] * signs, atol=1e-6)
    np.testing.assert_allclose(places.explained, sizes[:2] ** 2 / (sizes**2).sum(), rtol=1e-10)


def test_a_plane_read_in_parts_is_the_same(sets, monkeypatch):
    whole = principal_plane(*sets)
    monkeypatch.setattr("mmgap.evaluation.principal_plane._ROWS", 7)
    parts = principal_plane(*sets)
    np.testing.assert_allclose(parts.axes, whole.axes, atol=1e-12)
    np.testing.assert_allclose(parts.of(sets[1]), whole.of(sets[1]), atol=1e-6)


def test_points_on_one_spot_have_a_plane_without_directions():
    places = plane_places("pca", np.ones((3, 4)) / 2, np.ones((2, 4)) / 2, quiet)
    np.testing.assert_array_equal(places.points, 0)
    np.testing.assert_array_equal(places.explained, 0)


@pytest.mark.parametrize("kind", ["tsne", "umap"])
def test_a_layout_is_the_same_each_time_by_its_seed_and_few_points_have_one(kind, sets, monkeypatch, tmp_path):
    if kind == "umap":
        pytest.importorskip("umap", reason="pip install 'mmgap[maps]'")
    found = []
    for folder in ("a", "b"):
        monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / folder))
        found.append(plane_places(kind, *sets, quiet).points)
    assert found[0].shape == (90, 2)
    assert np.isfinite(found[0]).all()
    np.testing.assert_array_equal(found[0], found[1])
    few = neighbour_map(kind, spots_of(np.concatenate(sets)[::8])[0])
    assert few.shape == (12, 2)
    assert np.isfinite(few).all()
    if kind == "umap":  # t-SNE starts from the PCA, and its descent draws nothing
        monkeypatch.setattr(mapping, "SEED", 1)
        assert not np.array_equal(plane_places(kind, *sets, quiet).points, found[0])


def test_a_layout_comes_from_the_cache_and_other_vectors_have_their_own(sets, monkeypatch, tmp_path):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path))
    first = plane_places("tsne", *sets, quiet).points
    monkeypatch.setattr(mapping, "neighbour_map", None)
    np.testing.assert_array_equal(plane_places("tsne", *sets, quiet).points, first)
    with pytest.raises(TypeError):  # laid out again, by what is None now
        plane_places("tsne", sets[0], sets[1] + 1e-3, quiet)


def test_equal_vectors_lie_on_one_spot(sets):
    x, y = sets
    places = plane_places("tsne", x, np.concatenate([y, x[:1]]), quiet)
    np.testing.assert_array_equal(places.points[-1], places.points[0])


def test_maps_that_cannot_be_drawn_say_why_and_what_helps(monkeypatch):
    with pytest.raises(MapError, match="pca, umap, tsne, got 'mds'"):
        check_kind("mds")
    with pytest.raises(MapError, match="t-SNE needs at least 5 distinct points, and there are 2: take pca"):
        plane_places("tsne", np.eye(3)[[0, 0, 0]], np.eye(3)[[1, 1, 1]], quiet)
    monkeypatch.setattr(mapping, "umap_is_there", lambda: False)
    with pytest.raises(MapError, match=r"pip install 'mmgap\[maps\]'"):
        check_kind("umap")


def test_a_map_is_turned_back_to_the_other_and_distances_stay():
    example = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) @ np.diag([1, -1])
    back = turned_like((example @ turn).astype(np.float32), example, flips_alone=False)
    np.testing.assert_allclose(back, example, atol=1e-5)


def test_axes_of_a_pca_are_mirrored_and_never_turned():
    example = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    np.testing.assert_array_equal(turned_like(example * [-1, 1], example, flips_alone=True), example)
    turned = turned_like(example[:, ::-1], example, flips_alone=True)
    np.testing.assert_array_equal(np.abs(turned), np.abs(example[:, ::-1]))


def test_before_and_after_hold_the_same_items_and_the_gap_falls(tmp_path):
    atlas = Embeddings(cones(tmp_path)).atlas("centre", "pca")
    before, after = atlas.maps
    assert [str(one.embedding.title) for one in atlas.maps] == ["as they are", "centre"]
    assert before.places.points.shape == after.places.points.shape == (len(atlas.places) + len(atlas.text_places), 2)
    assert after.embedding.columns.gap < before.embedding.columns.gap / 2
    assert ((before.places.points * after.places.points).sum(axis=0) >= 0).all()


def test_scores_of_a_space_and_two_encoders_with_one_are_refused(tmp_path):
    source = cones(tmp_path)
    with pytest.raises(SpaceError, match="changes scores"):
        Embeddings(source).atlas("nnn", "pca")
    with pytest.raises(MapError, match="a space or a second encoder"):
        Embeddings(source, source).atlas("centre", "pca")
    (tmp_path / "other").mkdir()
    with pytest.raises(MapError, match="not of the same images"):
        Embeddings(source, cones(tmp_path / "other", 50))
