"""The numbers of points are those of the metrics: gap, recalls, ranks and hubness."""

from itertools import permutations

import numpy as np
import pytest

from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.atlas.item_columns import expected_rank, item_columns, unit_sets
from mmgap.metrics import modality_gap, neighbour_counts, recall_at_k
from mmgap.metrics.pass_cross import Ranks
from mmgap.stats import gap_estimate
from tests.support.made_atlases import cones
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")

OWNER = np.repeat(np.arange(30), 3)


@pytest.fixture(scope="module")
def unit():
    rng = np.random.default_rng(0)
    x = random_unit(rng, 30, 8, 0.3)
    return x, random_unit(rng, 90, 8) + x[OWNER]


@pytest.fixture(scope="module")
def measured(unit):
    x, y = unit_sets(*unit)
    return x, y, item_columns(x, y, OWNER)


def test_gap_and_interval_are_those_of_the_statistics(measured):
    x, y, columns = measured
    assert columns.gap == modality_gap(x, y)
    expected = gap_estimate(x, y, owner=OWNER).corrected
    assert (columns.corrected.value, columns.corrected.low, columns.corrected.high) == (
        expected.value,
        expected.low,
        expected.high,
    )


@pytest.mark.parametrize(("direction", "part"), [("i2t", slice(0, 30)), ("t2i", slice(30, None))])
def test_the_share_of_ranks_up_to_k_is_the_recall(measured, direction, part):
    x, y, columns = measured
    own = np.stack([OWNER, np.arange(90)], axis=1)
    for k in (1, 2, 5, 10):
        share = (columns.rank[part] <= k).mean()
        assert share == pytest.approx(recall_at_k(x, y, k, direction=direction, relevance=own))
    assert columns.recall[direction] == pytest.approx(recall_at_k(x, y, 1, direction=direction, relevance=own))


def test_ranks_are_those_of_sorting(measured):
    x, y, columns = measured
    scores = x.tensor.numpy() @ y.tensor.numpy().T
    slow = [1 + (scores[i] > scores[i][i == OWNER].max()).sum() for i in range(30)]
    slow += [1 + (scores[:, j] > scores[OWNER[j], j]).sum() for j in range(90)]
    np.testing.assert_array_equal(columns.rank, slow)


def test_hubness_is_the_count_of_queries_that_find_an_item(measured):
    x, y, columns = measured
    np.testing.assert_array_equal(columns.hubness[:30], neighbour_counts(x, y, 10, direction="t2i"))
    np.testing.assert_array_equal(columns.hubness[30:], neighbour_counts(x, y, 10, direction="i2t"))


@pytest.mark.parametrize(("tied", "own"), [(0, 1), (1, 1), (3, 1), (2, 2), (0, 3)])
def test_under_ties_a_rank_is_the_mean_over_all_orders(tied, own):
    orders = permutations([False] * tied + [True] * own)
    slow = np.mean([2 + order.index(True) + 1 for order in orders])
    found = expected_rank(Ranks(above=np.array([2]), tied=np.array([tied]), positives=np.array([own])))
    assert found[0] == pytest.approx(slow)


def test_ranks_of_very_many_are_measured_only_when_asked_for(measured, monkeypatch):
    x, y, _ = measured
    monkeypatch.setattr("mmgap.app.atlas.item_columns.MOST_SIMILARITIES", 100)
    few = item_columns(x, y, OWNER)
    assert (few.rank, few.hubness, few.recall) == (None, None, None)
    assert few.gap == modality_gap(x, y)
    assert item_columns(x, y, OWNER, ranks=True).rank is not None


def test_without_texts_there_are_no_numbers_and_one_pair_has_no_interval():
    x, y = unit_sets(np.eye(3), np.empty((0, 3)))
    assert item_columns(x, y, np.empty(0, dtype=np.int64)).gap is None
    one = unit_sets(np.eye(3)[:1], np.eye(3)[1:2])
    columns = item_columns(*one, np.zeros(1, dtype=np.int64))
    assert columns.gap == pytest.approx(np.sqrt(2))
    assert columns.corrected is None


def test_bad_vectors_are_named():
    with pytest.raises(ValueError, match=r"images have 3 dimensions and texts 4.*cca"):
        unit_sets(np.eye(3), np.eye(4))
    with pytest.raises(ValueError, match="texts: row 1"):
        unit_sets(np.eye(3), np.diag([1.0, 0.0, 1.0]))


def test_an_atlas_of_several_captions_measures_them_all(tmp_path):
    source = cones(tmp_path, 20, captions=3)
    atlas = Embeddings(source).atlas(None, "pca")
    columns = atlas.maps[0].embedding.columns
    assert columns.rank.shape == columns.hubness.shape == (80,)
    x, y = source.vectors.images, source.vectors.texts
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    assert columns.gap == pytest.approx(modality_gap(x, y), abs=1e-6)
