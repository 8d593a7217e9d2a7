import numpy as np
import pytest

from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.picture_arrays import MAP_PAIRS, SIMILARITY_PAIRS, map_items, picture_items
from mmgap.metrics.unit_rows import normalised


def names(array):
    return bytes(array).decode().split("\n")


def vectors(n, m=None, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) + 1, rng.normal(size=(m or n, d)) - 1


def test_small_sets_are_kept_whole():
    x, y = vectors(12)
    found = picture_items(measure_all(x, y), [f"a{i}" for i in range(12)])
    assert names(found["sample_ids"]) == names(found["map_ids"]) == [f"a{i}" for i in range(12)]
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y)]
    np.testing.assert_allclose(found["similarity"], unit[0] @ unit[1].T, atol=1e-6)
    assert found["histogram_image"].sum() == 66
    assert found["histogram_matched"].sum() == 12
    assert len(found["edges"]) == len(found["histogram_text"]) + 1


def test_the_map_is_the_best_plane_of_both_modalities():
    x, y = vectors(50)
    found = picture_items(measure_all(x, y))
    points = np.concatenate([found["map_image"], found["map_text"]])
    both = np.concatenate([v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y)])
    variances = np.linalg.svd(both - both.mean(axis=0), compute_uv=False)[:2] ** 2
    np.testing.assert_allclose((points**2).sum(axis=0), variances, rtol=1e-4)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-6)


def test_large_sets_are_sampled_by_seed():
    x, y = vectors(MAP_PAIRS + 50)
    measured = measure_all(x, y)
    first, again, other = (picture_items(measured, seed=seed) for seed in (0, 0, 1))
    assert first["map_image"].shape == (MAP_PAIRS, 2)
    assert first["similarity"].shape == (SIMILARITY_PAIRS, SIMILARITY_PAIRS)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert names(first["map_ids"]) != names(other["map_ids"])
    assert len(set(names(first["map_ids"]))) == MAP_PAIRS


def test_each_image_stands_with_its_first_own_text():
    x, y = vectors(5, 15)
    owner = np.repeat(np.arange(5), 3)
    pairs = np.stack([owner, np.arange(15)], axis=1)
    shared = np.concatenate([pairs, [[4, 0]]])  # the first text of image 0 describes image 4, too
    found = picture_items(measure_all(x, y, relevance=shared, owner=owner))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y[::3])]
    np.testing.assert_allclose(found["similarity"], unit[0] @ unit[1].T, atol=1e-6)


def test_without_owners_the_first_relevant_text_is_taken():
    x, y = vectors(3, 2)
    found = picture_items(measure_all(x, y, relevance=np.array([[0, 1], [1, 0], [1, 1], [2, 0]])))
    cosines = [x[i] @ y[j] / np.linalg.norm(x[i]) / np.linalg.norm(y[j]) for i, j in ((0, 1), (1, 0), (2, 0))]
    np.testing.assert_allclose(np.diag(found["similarity"]), cosines, atol=1e-6)


def test_one_dimension_and_line_breaks_in_ids():
    x, y = np.ones((2, 1)), -np.ones((2, 1))
    found = picture_items(measure_all(x, y), ["a\nb", "c"])
    assert names(found["map_ids"]) == ["a b", "c"]
    assert found["map_image"].shape == (2, 2)


def test_images_alone():
    x, _ = vectors(9)
    found = map_items(normalised(x), [str(i) for i in range(9)])
    assert found["map_image"].shape == (9, 2)
    assert found["map_text"].shape == (0, 2)
    assert len(names(found["map_ids"])) == 9


def test_ids_must_fit():
    x, y = vectors(4)
    with pytest.raises(ValueError, match="4 images but 3 ids"):
        picture_items(measure_all(x, y), ["a", "b", "c"])
