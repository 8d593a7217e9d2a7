"""The same pictures with the captions of several data sets: what a training in two languages sees."""

from __future__ import annotations

from itertools import chain

import numpy as np

from mmgap import datasets
from mmgap.core.messages import quoted
from mmgap.datasets.base import Dataset, DatasetError, digest
from mmgap.datasets.same_pictures import positions


def load(argument: str | None = None, *, split: str) -> Dataset:
    """Return ``joint:SPEC+SPEC…``: the pictures of the first, each with its captions in all of them, in their order.

    ``joint:arasaac-en:both,keywords=first+arasaac-es:both,keywords=first`` has an English and a Spanish caption for
    each pictogram. Encoders that were trained on it are measured in each language by themselves.

    Args:
        argument: two or more data sets with ``+`` between them.
        split: one of `SPLITS`.

    Raises:
        DatasetError: fewer than two, the same one twice, or data sets without the same pictures in this split.
        MissingDataError: one of them is not on this machine.

    >>> from mmgap import datasets
    >>> data = datasets.load("joint:glyphs-en+glyphs-es", split="validation")
    >>> len(data.captions) == 2 * len(data.image_ids)
    True
    """
    specs = [spec.strip() for spec in (argument or "").split("+")]
    if len(specs) < 2 or len(set(specs)) < len(specs) or not all(specs):
        raise DatasetError(
            f"joint: needs two or more data sets with + between them, as in joint:glyphs-en+glyphs-es; got"
            f" {quoted(argument)!r}"
        )
    parts = [datasets.load(spec, split=split) for spec in specs]
    first = parts[0]
    orders = [positions(first, part) for part in parts]
    captions, owner = [], []
    own = [_captions_of(part) for part in parts]
    for image in range(len(first.image_ids)):
        said = [text for order, texts in zip(orders, own, strict=True) for text in texts[order[image]]]
        captions += said
        owner += [image] * len(said)
    return Dataset(
        name=f"joint:{'+'.join(specs)}",
        split=split,
        revision=digest([[spec, part.revision, dict(part.identity)] for spec, part in zip(specs, parts, strict=True)]),
        image_ids=first.image_ids,
        images=first.images,
        captions=tuple(captions),
        owner=np.array(owner, dtype=np.int64),
        licence="; ".join(dict.fromkeys(part.licence for part in parts)),
        categories=first.categories,
        notes=tuple(dict.fromkeys(chain.from_iterable(part.notes for part in parts))),
        skipped=tuple(dict.fromkeys(chain.from_iterable(part.skipped for part in parts))),
        preparation=first.preparation,
        labels=first.labels,
    )


def _captions_of(data: Dataset) -> list[list[str]]:
    """The captions of each image."""
    found: list[list[str]] = [[] for _ in data.image_ids]
    for text, image in zip(data.captions, data.owner.tolist(), strict=True):
        found[image].append(text)
    return found
