"""One index of images and texts, against a loop over queries and items, scikit-learn's NDCG, and real pairs."""

import numpy as np
import pytest
import torch
from sklearn.metrics import ndcg_score

from mmgap.metrics import mixed_search
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def made(seed, n, counts, width=5):
    """n images, image i with counts[i % len(counts)] texts."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(n), [counts[i % len(counts)] for i in range(n)])
    hidden = rng.normal(size=(n, width))
    return (
        unit(hidden + rng.normal(size=hidden.shape)),
        unit(hidden[owner] + rng.normal(size=(len(owner), width))),
        owner,
    )


def slow(x, y, owner, direction, k, orders=1, seed=0):
    """Mean over random orders of tied items."""
    rng = np.random.default_rng(seed)
    gallery = np.concatenate([x, y])
    image_of = np.concatenate([np.arange(len(x)), owner])
    is_other = np.concatenate([np.full(len(x), direction == "t2i"), np.full(len(y), direction == "i2t")])
    places = np.flatnonzero(~is_other)
    found = {name: [] for name in ("share", "first", "rank", "reciprocal_rank", "ndcg")}
    for place in places:
        items = np.delete(np.arange(len(gallery)), place)
        per_order = {name: [] for name in found}
        for _ in range(orders):
            shuffled = rng.permutation(items)
            order = shuffled[np.argsort(-(gallery[shuffled] @ gallery[place]).round(9), kind="stable")]
            mine = image_of[order] == image_of[place]
            rank = 1 + np.flatnonzero(mine & is_other[order])[0]
            depth = min(k, len(order))
            discounts = 1 / np.log2(np.arange(len(order)) + 2)
            ideal = discounts[: min(depth, mine.sum())].sum()
            per_order["share"].append(is_other[order[:depth]].mean())
            per_order["first"].append(rank == 1)
            per_order["rank"].append(rank)
            per_order["reciprocal_rank"].append(1 / rank)
            per_order["ndcg"].append((mine[:depth] * discounts[:depth]).sum() / ideal)
        for name in found:
            found[name].append(np.mean(per_order[name]))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.parametrize("direction", ["t2i", "i2t"])
@pytest.mark.parametrize(("n", "counts", "k"), [(20, (1,), 10), (13, (1, 3, 2), 5), (6, (2,), 40), (2, (1,), 1)])
def test_it_equals_a_loop_over_queries_and_items(direction, n, counts, k):
    x, y, owner = made(0, n, counts)
    found, wanted = mixed_search(x, y, direction=direction, k=k, owner=owner), slow(x, y, owner, direction, k)
    for name, values in wanted.items():
        np.testing.assert_allclose(getattr(found, name), values, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("direction", ["t2i", "i2t"])
def test_ties_count_as_the_mean_over_their_orders(direction):
    x, y, owner = made(1, 5, (2, 1), width=3)
    x[2], y[1], y[4] = x[0], y[0], x[0]
    found, wanted = mixed_search(x, y, direction=direction, k=3, owner=owner), slow(x, y, owner, direction, 3, 20000)
    for name, values in wanted.items():
        np.testing.assert_allclose(getattr(found, name), values, atol=0.06 if name == "rank" else 0.02, err_msg=name)


def test_ndcg_is_that_of_all_documents():
    x, y, owner = made(2, 30, (1, 4))
    gallery, image_of = np.concatenate([x, y]), np.concatenate([np.arange(30), owner])
    wanted = []
    for t in range(len(y)):
        others = np.delete(np.arange(len(gallery)), 30 + t)
        wanted.append(ndcg_score([image_of[others] == owner[t]], [gallery[others] @ y[t]], k=10))
    np.testing.assert_allclose(mixed_search(x, y, owner=owner).ndcg, wanted, atol=1e-12)


def test_a_collapsed_index_is_a_draw():
    ones = np.ones((4, 1))
    found = mixed_search(ones, ones, k=2)
    np.testing.assert_allclose(found.share, 4 / 7)
    np.testing.assert_allclose(found.first, 1 / 7)
    np.testing.assert_allclose(found.rank, 4)
    np.testing.assert_allclose(found.reciprocal_rank, np.mean(1 / np.arange(1, 8)))


def test_one_image_and_its_caption():
    found = mixed_search(np.eye(2)[:1], np.eye(2)[1:])
    assert (found.share, found.first, found.rank, found.ndcg) == (1, 1, 1, 1)


def test_extended_vectors_take_the_place_of_the_plain_ones():
    x, y, owner = made(3, 12, (2,))
    queries = np.hstack([y, np.ones((len(y), 1))])
    gallery = np.hstack([np.concatenate([x, y]), np.r_[np.zeros(12), np.full(len(y), -9.0)][:, None]])
    assert mixed_search(x, y, owner=owner, extended=(queries, gallery)).share.min() == 1


@pytest.mark.parametrize("kind", [torch.from_numpy, lambda rows: rows.astype(np.float32)])
def test_vectors_of_every_kind(kind):
    x, y, owner = made(4, 12, (2,))
    wanted, found = mixed_search(x, y, owner=owner), mixed_search(kind(x), kind(y), owner=owner)
    np.testing.assert_allclose(found.ndcg, wanted.ndcg, atol=1e-6)


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="direction must be"):
        mixed_search(np.eye(2), np.eye(2), direction="both")
    with pytest.raises(ValueError, match="norm"):
        mixed_search(2 * np.eye(2), np.eye(2))
    with pytest.raises(ValueError, match="k must be at least 1"):
        mixed_search(np.eye(2), np.eye(2), k=0)


def centred(x, y):
    return unit(x - x.mean(axis=0)), unit(y - y.mean(axis=0))


def shifted(x, y):
    delta = x.mean(axis=0) - y.mean(axis=0)
    return unit(x - delta / 2), unit(y + delta / 2)


@pytest.mark.parametrize(
    ("change", "share", "first", "rank"),
    [(lambda x, y: (x, y), 0.0, 0.0, 494), (centred, 5.6, 4.0, 21), (shifted, 6.0, 1.6, 29)],
)
def test_a_text_query_finds_texts_on_real_pairs(change, share, first, rank):
    found = mixed_search(*change(*real_pairs()))
    assert 100 * found.share.mean() == pytest.approx(share, abs=0.05)
    assert 100 * found.first.mean() == pytest.approx(first, abs=0.05)
    assert np.median(found.rank) == pytest.approx(rank, abs=0.5)
