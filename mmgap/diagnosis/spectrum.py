"""How the unit rows of one modality spread: along their mean, and along which directions around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: Rows behind a spectrum at most.
ROWS = 4096


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The spread of unit rows.

    Attributes:
        residual: mean squared distance of a row from the mean row, in [0, 1]; the mean cosine of two rows is 1 less it.
        values: eigenvalues of the covariance, falling.
    """

    residual: float
    values: np.ndarray

    @property
    def shared(self) -> float:
        """The share of the squared norm that lies along the mean row."""
        return 1 - self.residual

    @property
    def largest(self) -> float:
        """The share of the first direction in the variance; 0 where there is none."""
        total = float(self.values.sum())
        return float(self.values[0]) / total if total > 0 else 0.0

    @property
    def dimensions(self) -> int:
        """How many directions have more variance than rounding gives them."""
        return int((self.values > 1e-9 * max(self.values[0], 1e-300)).sum())

    def effective_rank(self, without: int = 0) -> float:
        """exp of the entropy of the eigenvalues, the first few left out (Roy & Vetterli, 2007); 1 where none is."""
        kept = self.values[without:]
        total = float(kept.sum())
        if total <= 0:
            return 1.0
        shares = kept[kept > 0] / total
        return float(np.exp(-(shares * np.log(shares)).sum()))


def spectrum_of(side: SurveyedRows) -> Spectrum:
    """Return the spectrum of at most `ROWS` usable rows; equal ones count once."""
    rows = side.distinct_rows.evenly(ROWS)
    if not len(rows):
        return Spectrum(0.0, np.zeros(1))
    unit = side.doubles(rows)
    centred = unit - unit.mean(axis=0)
    residual = float(np.square(centred).sum() / len(rows))
    gram = centred.T @ centred if len(rows) > side.width else centred @ centred.T
    values = np.linalg.eigvalsh(gram)[::-1].clip(min=0) / max(len(rows) - 1, 1)
    return Spectrum(residual, values)
