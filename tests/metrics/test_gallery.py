"""What the gallery adds to a recall's variance: the jackknife by deletion, and that intervals cover where hubs rule."""

import numpy as np
import pytest
import torch
from scipy.stats import hypergeom

from benchmarks.workloads.populations import Cones
from mmgap.core.defaults import RECALLS_AT
from mmgap.metrics import gallery
from mmgap.metrics.gallery import gallery_variances
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.recalls import recall_hits
from mmgap.metrics.relevance import relevance_of
from mmgap.stats import share_interval


def unit(v):
    return torch.from_numpy(v / np.linalg.norm(v, axis=1, keepdims=True))


def a_set(captions, shared):
    """30 images with so many captions each, about two directions; some images share their first caption."""
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(30, 8)), rng.normal(size=(30 * captions, 8))
    owner = np.repeat(np.arange(30), captions)
    y += x[owner]
    x[:, 0] += 0.6
    y[:, 1] += 0.6
    words = np.arange(len(owner))
    if shared:
        words[::captions][[3, 7, 8]] = words[0]
        y[::captions][[3, 7, 8]] = y[0]
    pairs = [(i, j) for j in range(len(owner)) for i in np.unique(owner[words == words[j]])]
    return unit(x), unit(y), relevance_of(np.array(pairs), 30, len(owner), owner)


def deleted(measured, direction, clusters, answer):
    """The variance by taking clusters away in turn; ``answer(item rivals, image rivals)`` is a query's chance."""
    relation = measured.relevance
    scores = (measured.images @ measured.texts.T).numpy()
    right = np.zeros(scores.shape, dtype=bool)
    right[tuple(relation.pairs.T)] = True
    own, owner = np.arange(relation.n_images), relation.owner
    if direction == "t2i":
        scores, right, own, owner = scores.T, right.T, owner, own
    n, count = len(scores), clusters.max() + 1

    def hit(q, kept):
        best = scores[q, right[q]].max()
        rivals = np.flatnonzero((scores[q] > best) & ~right[q] & kept[clusters[owner]])
        return answer(len(rivals), len(np.unique(owner[rivals])))

    every = np.ones(count, dtype=bool)
    hits = np.array([hit(q, every) for q in range(n)])
    e = np.zeros((count, count))
    for g in range(count):
        kept = every.copy()
        kept[g] = False
        for q in np.flatnonzero(clusters[own] != g):
            e[clusters[own[q]], g] += hit(q, kept) - hits[q]
    m = np.bincount(clusters[own], minlength=count)
    b = e.sum(axis=0) - m * e.sum() / n
    p = np.bincount(clusters[own], weights=hits - hits.mean(), minlength=count)
    return max(0.0, (b**2).sum() - (e**2).sum() - 2 * (p * b).sum()) / n**2


@pytest.mark.parametrize("direction", ["i2t", "t2i"])
@pytest.mark.parametrize(("captions", "shared"), [(1, False), (1, True), (3, True)])
def test_the_variance_is_that_of_clusters_taken_away(direction, captions, shared):
    x, y, relation = a_set(captions, shared)
    measured = cross(x, y, relation, deepest=max(RECALLS_AT))
    hits = {name: v for name, v in recall_hits(measured, 9)[0].items() if name.startswith(direction)}
    found = gallery_variances(measured, hits, relation.clusters, 9)
    for k in RECALLS_AT:
        expected = deleted(measured, direction, relation.clusters, lambda items, _, k=k: float(items < k))
        assert found[f"{direction}_r{k}"] == pytest.approx(expected)
    assert max(found[f"{direction}_r{k}"] for k in RECALLS_AT) > 0
    if captions == 1 and not shared:  # the pool's chances by one rival an image are exact
        for k in RECALLS_AT[:2]:
            expected = deleted(
                measured, direction, relation.clusters, lambda _, images, k=k: hypergeom.cdf(k - 1, 29, images, 8)
            )
            assert found[f"{direction}_r{k}_pool9"] == pytest.approx(expected)


def test_a_pool_of_all_images_is_the_full_set():
    x, y, relation = a_set(1, True)
    measured = cross(x, y, relation, deepest=max(RECALLS_AT))
    found = gallery_variances(measured, recall_hits(measured, 30)[0], relation.clusters, 30)
    assert found["t2i_r1_pool30"] == pytest.approx(found["t2i_r1"])


def test_a_sample_of_queries_tells_nearly_the_same(monkeypatch):
    x, y, labels = Cones(32, 1.2, 1.0, True).draw(np.random.default_rng(0), 600)
    measured = cross(torch.from_numpy(x), torch.from_numpy(y), relevance_of(None, 600, 600))
    hits = {"t2i_r1": recall_hits(measured, 90)[0]["t2i_r1"]}
    whole = gallery_variances(measured, hits, labels, 90)["t2i_r1"]
    monkeypatch.setattr(gallery, "QUERIES", 400)
    monkeypatch.setattr(gallery, "_CHUNK_ELEMENTS", 20_000)
    parts = [gallery_variances(measured, hits, labels, 90, seed=s)["t2i_r1"] for s in range(20)]
    assert np.mean(parts) == pytest.approx(whole, rel=0.2)
    assert len(set(parts)) == 20


@pytest.mark.parametrize("shared", [False, True])
def test_intervals_cover_where_a_few_images_come_first_for_many_captions(shared):
    cones, rng = Cones(32, 1.2, 1.0, shared), np.random.default_rng(0)
    found = []
    for _ in range(120):
        x, y, labels = cones.draw(rng, 400)
        measured = cross(torch.from_numpy(x), torch.from_numpy(y), relevance_of(None, 400, 400))
        hits = recall_hits(measured, 90)[0]["t2i_r1"]
        extra = gallery_variances(measured, {"t2i_r1": hits}, labels, 90)["t2i_r1"]
        ends = [share_interval(hits, clusters=labels, gallery_variance=v) for v in (0.0, extra)]
        found.append([hits.mean(), *(end for one in ends for end in (one.low, one.high))])
    mean, low0, high0, low, high = np.array(found).T
    truth = mean.mean()
    assert ((low0 <= truth) & (truth <= high0)).mean() < 0.9  # what clusters of queries alone would say
    assert ((low <= truth) & (truth <= high)).mean() >= 0.92
