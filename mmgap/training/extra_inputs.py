"""What a loss may see of a batch besides its vectors: how alike its captions are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch

from mmgap import losses
from mmgap.datasets import Dataset
from mmgap.losses import batch_blocks
from mmgap.losses.row_products import Given, RowProducts
from mmgap.training.recipe import TrainingError

#: Captions → (M, k) rows, dense or sparse, of any lengths; one row each.
CaptionVectors: TypeAlias = Callable[[Sequence[str]], Any]


class CaptionCosines:
    """Cosines between captions of the train split.

    Args:
        captions: all of them.
        vectors: from captions to rows, whose cosines are taken; see `tf_idf`, the usual one.

    Raises:
        TrainingError: ``vectors`` gives another number of rows, or one that is not finite.

    >>> CaptionCosines(["a red cat", "a red cat", "two dogs"]).of(np.array([0, 1, 2]))
    tensor([[1., 1., 0.],
            [1., 1., 0.],
            [0., 0., 1.]])
    """

    def __init__(self, captions: Sequence[str], vectors: CaptionVectors | None = None) -> None:
        from scipy.sparse import csr_array, issparse
        from sklearn.preprocessing import normalize

        given = (vectors or tf_idf)(captions)
        rows = csr_array(given if issparse(given) else np.atleast_2d(np.asarray(given)))
        if rows.shape[0] != len(captions) or not np.isfinite(rows.data).all():
            raise TrainingError(
                f"the vectors of {len(captions)} captions must be as many rows of finite numbers, got {rows.shape[0]}"
                f" rows{'' if np.isfinite(rows.data).all() else ' with others among them'}"
            )
        self._rows = normalize(rows.astype(np.float64))

    def of(self, texts: np.ndarray) -> Given:
        """Return (n, n) float32 cosines of the captions at these places; a caption without a vector is like none.

        Of a batch whose losses are computed in blocks they are products that a block asks for.
        """
        some = self._rows[texts]
        if len(texts) ** 2 > batch_blocks.ENTRIES:
            start, columns, values = map(torch.from_numpy, (some.indptr, some.indices, some.data.astype(np.float32)))
            return RowProducts(torch.sparse_csr_tensor(start, columns, values, some.shape))
        return torch.from_numpy(np.clip((some @ some.T).toarray(), -1, 1).astype(np.float32))


def tf_idf(captions: Sequence[str]) -> Any:
    """Return (M, words) rows of TF-IDF, fitted on these captions, by scikit-learn.

    It stands in for a sentence encoder, which not every machine has: it sees which words two captions share, rare ones
    above all, and nothing of synonyms or of another language.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(token_pattern=r"(?u)\b\w+\b").fit_transform(captions)
    except ValueError as error:
        raise TrainingError(
            f"captions without a word have no TF-IDF ({error}): give caption_vectors, a function of your own"
        ) from error


#: What losses may ask for.
GIVEN = ("caption_cosines",)


def extra_inputs(
    loss: losses.LossSum, train: Dataset, caption_vectors: CaptionVectors | None = None
) -> Mapping[str, Callable[[np.ndarray], Given]]:
    """Return what each extra input that a loss needs is made by, from the places of a batch's captions.

    Args:
        loss: of which most need none; then nothing is computed.
        train: the split.
        caption_vectors: of its captions, in place of `tf_idf`.

    Raises:
        TrainingError: the loss needs something that training cannot give.
    """
    require_given(loss)
    return {name: CaptionCosines(train.captions, caption_vectors).of for name in loss.needs}


def require_given(loss: losses.LossSum) -> None:
    """Raise `TrainingError` where a loss needs something that training cannot give."""
    if strange := [name for name in loss.needs if name not in GIVEN]:
        raise TrainingError(
            f"{loss.name} needs {', '.join(strange)} of a batch, and training gives {', '.join(GIVEN)} alone: train"
            " with a loss that needs no other"
        )
