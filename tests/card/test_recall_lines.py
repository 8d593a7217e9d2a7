"""The recalls of a card against loops from their definitions, pools against all pools there are."""

import itertools

import numpy as np
import pytest

from mmgap.card import recall_lines as module
from mmgap.card.card_vectors import card_vectors
from mmgap.card.recall_lines import recall_lines
from mmgap.evaluation.measuring import measure_all
from tests.metrics.test_recall_definitions import slow
from tests.support.made_cards import card_of, pairs


def related(vectors):
    found = np.zeros((len(vectors.images), len(vectors.texts)), dtype=bool)
    found[tuple(vectors.relation.pairs.T)] = True
    return found


@pytest.mark.parametrize("each", [1, 5])
def test_every_line_of_the_full_set_is_its_loop(each):
    x, y, owner = pairs(30, each=each, noise=1.0)
    card = card_of(x, y, owner)
    scores, right = x.astype(float) @ y.T.astype(float), owner == np.arange(30)[:, None]
    for way, rows, own in (("i2t", scores, right), ("t2i", scores.T, right.T)):
        expected = [slow(row, mine) for row, mine in zip(rows, own, strict=True)]
        for k in (1, 5, 10):
            assert card.recall("any", way, k).recall.value == pytest.approx(np.mean([one[0][k] for one in expected]))
            assert card.recall("own", way, k).recall.value == pytest.approx(np.mean([one[0][k] for one in expected]))
            assert card.recall("share", way, k).recall.value == pytest.approx(np.mean([one[1][k] for one in expected]))
        assert card.recall("r_precision", way, None).recall.value == pytest.approx(
            np.mean([one[2] for one in expected])
        )
        assert card.recall("map_at_r", way, None).recall.value == pytest.approx(np.mean([one[3] for one in expected]))
    assert card.recall("share", "i2t", 1).most == pytest.approx(1 / each)
    assert card.recall("share", "t2i", 1).most == 1


def test_shared_captions_tell_any_hit_from_own_pair():
    x, y, _ = pairs(40, noise=0.8)
    y[20:] = y[:20]
    card = card_of(x, y)
    scores = x.astype(float) @ y.T.astype(float)
    same = np.arange(40) % 20
    right = same == same[:, None]
    any_hit = np.mean([slow(row, own)[0][1] for row, own in zip(scores.T, right.T, strict=True)])
    own = np.mean([scores[:, j].argmax() == j for j in range(40)])
    assert card.recall("any", "t2i").recall.value == pytest.approx(any_hit)
    assert card.recall("own", "t2i").recall.value == pytest.approx(own)
    assert card.recall("share", "t2i").recall.value <= 0.5
    assert card.relevance == 40


@pytest.mark.parametrize("each", [1, 2])
def test_pools_are_the_mean_over_all_pools(each, monkeypatch):
    monkeypatch.setattr(module, "POOLS", (3, 7, 50))
    x, y, owner = pairs(7, each=each, noise=1.2)
    vectors = card_vectors("made", x, y, owner)
    lines, notes = recall_lines(measure_all(x, y, pool=2, relevance=vectors.relation))
    assert notes == ["Left out: pools of 50, as there are 7 images."]
    scores = x.astype(float) @ y.T.astype(float)
    hits = {"t2i": [], "i2t": []}
    for pool in itertools.combinations(range(7), 3):
        texts = np.flatnonzero(np.isin(owner, pool))
        inside, mine = scores[np.ix_(pool, texts)], owner[texts] == np.array(pool)[:, None]
        hits["i2t"] += [slow(row, own)[0][1] for row, own in zip(inside, mine, strict=True)]
        hits["t2i"] += [slow(row, own)[0][1] for row, own in zip(inside.T, mine.T, strict=True)]
    for way, values in hits.items():
        (line,) = [one for one in lines if (one.definition, one.way, one.k, one.pool) == ("any", way, 1, 3)]
        assert line.recall.value == pytest.approx(np.mean(values))
        whole = {one.pool: one.recall.value for one in lines if (one.definition, one.way, one.k) == ("any", way, 1)}
        assert whole[7] == pytest.approx(whole[None])


def test_intervals_hold_their_values():
    for line in card_of(*pairs(100, each=2, noise=1.0)).recalls:
        assert line.recall.low <= line.recall.value <= line.recall.high
        assert line.recall.high - line.recall.low > 0.01
