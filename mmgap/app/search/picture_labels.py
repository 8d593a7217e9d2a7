"""Which label a picture has: zero-shot classification in each column of a search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmgap.adapters.prompts import PROMPT, class_vectors
from mmgap.app.search.found import LabelShare
from mmgap.app.search.search_column import SearchQuery
from mmgap.app.search.searcher import Searcher


def picture_labels(searcher: Searcher, query: SearchQuery, labels: Sequence[str]) -> dict[str, list[LabelShare]]:
    """Return the labels of a picture in each column, best first.

    Args:
        searcher: whose columns are asked.
        query: a picture.
        labels: their words; each is put into the prompt of the source's captions, else into "a photo of a {}.".

    Raises:
        AdapterError: no label, or an empty one.
        EncoderError: of saved vectors, whose encoder is not known.
    """
    source = searcher.source
    prompt = source.dataset.prompt or PROMPT
    vectors = class_vectors(lambda texts: source.encode_texts(texts, prompted=False), labels, (prompt,))
    found = {}
    for name, column in searcher.columns.items():
        picture = column.rows.mapped_side(query.vector[None], "image")[0]
        scores = (column.rows.mapped_side(vectors, "text") @ picture).astype(np.float64)
        judge = column.chances("image", "text").whole
        shares = [None] * len(labels) if judge is None else judge.shares(scores[None])[0].tolist()
        told = [LabelShare(*one) for one in zip(labels, scores.tolist(), shares, strict=True)]
        found[name] = sorted(told, key=lambda one: -one.score)
    return found


def own_labels(searcher: Searcher) -> list[str]:
    """Return the classes of the data set, each once.

    Raises:
        DatasetError: it has none.
    """
    return sorted({name for name in searcher.source.dataset.classes() if name is not None})
