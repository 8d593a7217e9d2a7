"""``swapped_modalities``: text vectors given as images, and image vectors as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mmgap.core.disk_buckets import counts_of
from mmgap.core.messages import Message, quoted
from mmgap.core.scratch_array import ScratchArray, spans
from mmgap.core.vector_names import modality
from mmgap.diagnosis.finding import Finding, Told, Untold, per_cent
from mmgap.diagnosis.surveyed_rows import Numbers, SurveyedRows

#: Share of rows that equal an earlier one, from which captions that images share tell.
_SHARE, _GROUPS = 0.02, 3


def swapped_modalities(
    images: SurveyedRows, texts: SurveyedRows, owner: Numbers | None, names: Sequence[str] = ()
) -> Iterator[Told]:
    """Yield a finding where names, counts or duplicates say that the two files were exchanged.

    Nothing in a vector says what it was made from, so only this can tell: names of both files that say the opposite;
    an owner for each image, or several images for each text, where each text should have one image; captions
    that images share, which are duplicates among texts, found among images.

    Args:
        images, texts: both sides.
        owner: as it was found, whatever its shape; None where nobody says.
        names: of the files of images and texts, where there are two.
    """
    cure = Message("Give the files in the other order: IMAGES first, then TEXTS.")
    told = [modality(name) for name in names]
    n, m = len(images), len(texts)
    if told == ["text", "image"]:
        evidence = Message("the names of the files say so, {a} and {b}", a=quoted(names[0]), b=quoted(names[1]))
    elif owner is not None and n != m and owner.shape == (n,):
        evidence = Message(
            "there is an owner for each of {n} rows of images, and not for the {m} rows of texts", n=n, m=m
        )
    elif owner is None and n > m and n % m == 0:
        evidence = Message("there are {n} images for {m} texts, {times} each", n=n, m=m, times=n // m)
    elif n == m and told != ["image", "text"] and _shared(images) and texts.distinct == m:
        share = 1 - images.distinct / max(len(images.usable_rows), 1)
        evidence = Message(
            "{share} of the images equal an earlier one, as shared captions do, and no text does", share=per_cent(share)
        )
        yield Finding("swapped_modalities", "warning", _sentence(evidence, cure))
        return
    else:
        if told != ["image", "text"]:
            yield Untold(
                "swapped_modalities",
                Message("whether images and texts are exchanged: names, counts and duplicates do not say"),
            )
        return
    yield Finding("swapped_modalities", "severe", _sentence(evidence, cure))


def _sentence(evidence: Message, cure: Message) -> Message:
    return Message("Images and texts look exchanged: {evidence}. {cure}", evidence=evidence, cure=cure)


def _shared(side: SurveyedRows) -> bool:
    """Whether rows are equal as captions are: some often, most never. An image that is there for each of its captions
    is there equally often, or beside itself."""
    rows, copies = side.usable_rows, len(side.copies)
    if copies / max(len(rows), 1) < _SHARE:
        return False
    groups, least, most = 0, len(side), 0
    for found in _sizes(side):
        sizes = found[found > 0]
        groups += int((sizes > 1).sum())
        least, most = min(least, int(sizes.min(initial=least))), max(most, int(sizes.max(initial=0)))
    if groups < _GROUPS or least == most:
        return False
    beside, last = 0, -1
    for some in spans(len(side)):
        first = np.concatenate([[last], side.equal[some][rows.holds(some)]])
        beside, last = beside + int((np.diff(first) == 0).sum()), int(first[-1])
    return beside < copies / 2


def _sizes(side: SurveyedRows) -> Iterator[np.ndarray]:
    """How many usable rows equal each row that is the first of its kind, 0 for others, of some rows at a time."""
    firsts = (side.equal[some][side.usable(some)] for some in spans(len(side)))
    if isinstance(side.equal, ScratchArray):
        return (found for _, found in counts_of(firsts, len(side), len(side)))
    return iter([np.bincount(np.concatenate(list(firsts)))])
