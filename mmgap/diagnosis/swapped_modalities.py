"""``swapped_modalities``: text vectors given as images, and image vectors as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mmgap.core.messages import Message, quoted
from mmgap.core.vector_names import modality
from mmgap.diagnosis.finding import Finding, Told, Untold, per_cent
from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: Share of rows that equal an earlier one, from which captions that images share tell.
_SHARE, _GROUPS = 0.02, 3


def swapped_modalities(
    images: SurveyedRows, texts: SurveyedRows, owner: np.ndarray | None, names: Sequence[str] = ()
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
    rows = side.equal[side.usable]
    first, counts = np.unique(rows, return_counts=True)
    groups = first[counts > 1]
    if 1 - len(first) / max(len(rows), 1) < _SHARE or len(groups) < _GROUPS or counts.min() == counts.max():
        return False
    beside = (np.diff(rows) == 0).sum()
    return bool(beside < (len(rows) - len(first)) / 2)
