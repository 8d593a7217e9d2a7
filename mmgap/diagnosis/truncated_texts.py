"""``truncated_texts``: many texts with one vector, or nearly one, because they were cut or padded to the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.equal_rows import Labels, alike_groups
from mmgap.diagnosis.finding import Finding, numbers, per_cent, places
from mmgap.diagnosis.pairing import Pairing
from mmgap.diagnosis.surveyed_rows import evenly

#: Texts that are compared with each other.
_TEXTS = 4000

#: Squared distance of texts that are nearly one, as a share of the median one.
NEAR = 0.01

#: Fewest texts in a group, in number and as a share; and groups that are looked for.
_LEAST, _SHARE, _GROUPS = 4, 0.02, 8


def truncated_texts(pairs: Pairing) -> Iterator[Finding]:
    """Yield a finding where a group of texts is one point although their images are no more alike than any.

    Groups grow around the texts that most others are near to. Images that share a caption make such groups, too, but
    match it; see `mmgap.diagnosis.equal_rows`.
    """
    labels = near_labels(pairs)
    groups = [
        group
        for group in alike_groups(pairs, pairs.texts, labels).foreign
        if len(group) >= max(_LEAST, _SHARE * len(pairs.asked))
    ]
    if not groups:
        return
    rows = np.sort(np.concatenate(groups))
    yield Finding(
        "truncated_texts",
        "severe",
        Message(
            "texts: {n} of {all} ({share}) have one vector, or nearly one, in groups of up to {most} ({rows}), but"
            " their images have nothing in common. The texts were cut before they differ, are empty, or were padded in"
            " another way than the model expects: look at the tokenizer's max_length, padding and prompt.",
            n=len(rows),
            all=len(pairs.asked),
            share=per_cent(len(rows) / len(pairs.asked)),
            most=max(map(len, groups)),
            rows=places(rows),
        ),
        numbers(rows),
    )


def near_labels(pairs: Pairing) -> Labels:
    """Return labels of texts: the same for those that are nearly one point, the row that they equal for all others."""
    texts = pairs.texts
    rows = evenly(pairs.asked, _TEXTS)
    unit = texts.unit(rows)
    distances = np.clip(2 - 2 * (unit @ unit.T), 0, None)
    usual = float(np.median(distances[:: max(1, len(rows) // 200)]))
    near = distances < max(NEAR * usual, 1e-6)
    left, group = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=np.int64)
    for _ in range(_GROUPS):
        degrees = (near[:, left]).sum(axis=1) * left
        centre = int(degrees.argmax())
        if degrees[centre] < max(_LEAST, _SHARE * len(rows)):
            break
        members = left & near[centre]
        group[members] = -1 - rows[centre]
        left &= ~members

    def labels(asked: np.ndarray) -> np.ndarray:
        place = np.minimum(np.searchsorted(rows, asked), len(rows) - 1)
        grouped = (rows[place] == asked) & (group[place] < 0)
        return np.where(grouped, group[place], texts.equal[asked])

    return labels
