"""CKA of many layers at once from batches, so that no layer's vectors of all items are held."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mmgap.metrics.similarity import hsic_between
from mmgap.metrics.unit_rows import Rows, Vectors, any_rows


class MinibatchCka:
    """Linear CKA of every layer of one network with every layer of another, from batches of the same items.

    ``Σ HSIC₁(K, L) / √(Σ HSIC₁(K, K) · Σ HSIC₁(L, L))``, sums over batches of the unbiased estimate of HSIC (Song et
    al. 2012), whose mean does not depend on the batch: with one batch it is debiased `linear_cka`, and its expectation
    is the same for batches of 50 as of 5,000. The plain estimate does depend on it.

    Args:
        rows, columns: names of the layers of both networks.

    Source: Nguyen et al., "Do wide and deep networks learn the same things?" (ICLR 2021), section 2.

    >>> import numpy as np
    >>> from mmgap.metrics import MinibatchCka
    >>> rng = np.random.default_rng(0)
    >>> cka = MinibatchCka(["first"], ["same", "other"])
    >>> for _ in range(20):
    ...     x = rng.normal(size=(50, 4))
    ...     cka.add({"first": x}, {"same": 2 * x[:, ::-1], "other": rng.normal(size=(50, 4))})
    >>> cka.matrix().round(1) + 0.0
    array([[1., 0.]])
    """

    def __init__(self, rows: list[str], columns: list[str]) -> None:
        self.rows, self.columns = rows, columns
        self._cross = np.zeros((len(rows), len(columns)))
        self._of_row, self._of_column = np.zeros(len(rows)), np.zeros(len(columns))

    def add(self, a: Mapping[str, Vectors], b: Mapping[str, Vectors]) -> None:
        """Take a batch of n ≥ 4 items.

        Args:
            a: layer of the first network → (n, d) of any norm; widths differ from layer to layer.
            b: layer of the second network → the same items, row for row.

        Raises:
            TypeError, ValueError: as `mmgap.metrics.linear_cka`.
            KeyError: a layer is missing.
        """
        rows, columns = _chosen(a, self.rows), _chosen(b, self.columns)
        self._of_row += [hsic_between(one, one) for one in rows]
        self._of_column += [hsic_between(one, one) for one in columns]
        self._cross += [[hsic_between(one, other) for other in columns] for one in rows]

    def matrix(self) -> np.ndarray:
        """Return CKA of all that was added, (rows, columns) float64, at most 1; it may be a little below 0.

        Raises:
            ValueError: a layer without spread, or no batch yet.
        """
        for names, own in ((self.rows, self._of_row), (self.columns, self._of_column)):
            if (flat := np.flatnonzero(own <= 0)).size:
                raise ValueError(f"layer {names[flat[0]]}: no spread was seen in it, so CKA is 0/0")
        return np.minimum(self._cross / np.sqrt(np.outer(self._of_row, self._of_column)), 1.0)


def _chosen(layers: Mapping[str, Vectors], names: list[str]) -> list[Rows]:
    return [any_rows(layers[name], name, at_least=4) for name in names]


def cka_between(a: Mapping[str, Vectors], b: Mapping[str, Vectors]) -> np.ndarray:
    """Return the debiased linear CKA of each layer of ``a`` with each of ``b``, all items in one batch.

    Args:
        a, b: layer → (n, width) of the same items; errors as `MinibatchCka.add`.

    >>> x = np.random.default_rng(0).normal(size=(50, 4))
    >>> cka_between({"first": x}, {"turned": x[:, ::-1], "scaled": 2 * x}).round(3)
    array([[1., 1.]])
    """
    cka = MinibatchCka(list(a), list(b))
    cka.add(a, b)
    return cka.matrix()
