"""Whether rows are alike for a reason: images that share a caption, one image with several captions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import stats

from mmgap.diagnosis.pairing import Pairing
from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: The label of each of some rows.
Labels: TypeAlias = Callable[[np.ndarray], np.ndarray]

#: Fewest dimensions from which places tell: in 8 of them a vague caption's images are as far off as any.
_COLUMNS = 16

#: Pairs whose places are looked at, in groups and outside them, and rivals of each.
_PAIRS, _RIVALS = 4000, 1000

#: Levels at which groups are tested, and the chance of finding as many below them where all are natural.
_LEVELS, ALARM = (0.05, 0.001), 1e-3

#: Natural groups may fall below a level so many times as often as random ones: captions that images share are vague.
HARDER = 4.0

#: Random groups behind a p-value, and the largest size that they are made in.
_DRAWS, _SIZE = 4000, 40


@dataclass(frozen=True, eq=False)
class AlikeGroups:
    """Groups of rows of one side that are alike, and which of them are so without a reason.

    Attributes:
        foreign: groups, each an array of rows, of which all but one belong to items that do not match the row.
        judged: whether that could be told; not where own pairs match no better than chance, nearly all rows are in
            groups, or there are few dimensions.
    """

    foreign: tuple[np.ndarray, ...]
    judged: bool

    @property
    def rows(self) -> np.ndarray:
        """All rows of foreign groups, in order."""
        return np.sort(np.concatenate(self.foreign)) if self.foreign else np.zeros(0, dtype=np.int64)


def alike_groups(pairs: Pairing, side: SurveyedRows, labels: Labels) -> AlikeGroups:
    """Judge the groups of rows of one side that have the same label.

    The place of a pair is the share of other items that its partner beats. In a natural group all pairs have the places
    that pairs have elsewhere; where one vector was saved for several items, all but one have places that are uniform.
    So a group's figure is the mean place without its best pair, and its p-value the share of random groups of its size,
    made of pairs that are alone, whose figure is as low. Groups are foreign if more of them have a p-value below one of
    `_LEVELS` than chance allows (`ALARM`, at `HARDER` times the level); then each of those is
    named, and each whose figure is nearer to that of foreign groups than to that of natural ones.

    Args:
        pairs: how texts match their images.
        side: the images or the texts of these pairs.
        labels: says the label of rows of that side, by their numbers.
    """
    texts = pairs.asked if side is pairs.texts else np.unique(pairs.own, return_index=True)[1]
    texts = texts if side is pairs.texts else pairs.asked[np.sort(texts)]
    rows = texts if side is pairs.texts else pairs.owner[texts]
    _, place, counts = np.unique(labels(rows), return_inverse=True, return_counts=True)
    alone = np.flatnonzero(counts[place] == 1)
    grouped = np.flatnonzero(counts[place] > 1)
    able = pairs.matched and len(alone) >= 16 and side.width >= _COLUMNS
    if not able or not len(grouped):
        return AlikeGroups((), judged=able)
    alone = alone[np.linspace(0, len(alone) - 1, min(len(alone), _PAIRS // 4)).astype(np.int64)]
    usual = _places(pairs, texts[alone], side, labels)
    looked_at = grouped[:_PAIRS]
    found = _places(pairs, texts[looked_at], side, labels)
    members = [np.flatnonzero(place[looked_at] == label) for label in np.unique(place[looked_at])]
    members = [group for group in members if len(group) > 1]
    figures = np.array([_figure(found[None, group])[0] for group in members])
    drawn = {size: _drawn(usual, size) for size in {min(len(group), _SIZE) for group in members}}
    of_group = [drawn[min(len(group), _SIZE)] for group in members]
    p_values = np.array([_p_value(figure, natural) for figure, (natural, _) in zip(figures, of_group, strict=True)])
    nearer = figures < np.array([(natural.mean() + foreign.mean()) / 2 for natural, foreign in of_group])
    for level in (*_LEVELS, ALARM / HARDER / len(figures)):
        below = int(((p_values < level) & nearer).sum())
        if below and stats.binom.sf(below - 1, len(figures), HARDER * level) <= 1.001 * ALARM:
            odd = [
                rows[looked_at[group]] for group, one in zip(members, nearer | (p_values < level), strict=True) if one
            ]
            return AlikeGroups(tuple(odd), judged=True)
    return AlikeGroups((), judged=True)


def _p_value(figure: float, natural: np.ndarray) -> float:
    """The share of natural figures that are as low; below all of them that of a normal distribution."""
    share = float(np.mean(natural <= figure))
    return share if share else float(stats.norm.cdf((figure - natural.mean()) / max(float(natural.std()), 1e-6)))


def _drawn(usual: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The figures of random natural groups and of random foreign ones of this size.

    Images of one caption are hard or easy together: half of a natural figure is a place that the group has in common.
    """
    generator = np.random.default_rng(size)
    natural = generator.choice(usual, (_DRAWS, size))
    foreign = np.concatenate([natural[:, :1], generator.random((_DRAWS, size - 1))], axis=1)
    return (_figure(natural) + generator.choice(usual, _DRAWS)) / 2, _figure(foreign)


def _figure(places: np.ndarray) -> np.ndarray:
    """(groups,) the mean of each group's places without the best."""
    return np.asarray(np.sort(places, axis=1)[:, :-1].mean(axis=1))


def _places(pairs: Pairing, texts: np.ndarray, side: SurveyedRows, labels: Labels) -> np.ndarray:
    """(len(texts),) the share of the other side's items that each pair's partner beats, as the row of ``side`` scores
    them; partners of rows with the same label are no rivals."""
    images = pairs.owner[texts]
    rivals = pairs.asked[np.linspace(0, len(pairs.asked) - 1, min(len(pairs.asked), _RIVALS)).astype(np.int64)]
    if side is pairs.texts:
        scored, own, others = side.centred(texts), images, pairs.owner[rivals]
        partners, label, rival_label = pairs.images, labels(texts), labels(rivals)
    else:
        scored, own, others = side.centred(images), texts, rivals
        partners, label, rival_label = pairs.texts, labels(images), labels(pairs.owner[rivals])
    own_scores = np.einsum("ij,ij->i", scored, partners.centred(own))[:, None]
    scores = scored @ partners.centred(others).T
    there = label[:, None] != rival_label
    beaten = (((scores < own_scores) + 0.5 * (scores == own_scores)) * there).sum(axis=1)
    return np.divide(beaten, there.sum(axis=1), out=np.full(len(texts), 0.5), where=there.any(axis=1))
