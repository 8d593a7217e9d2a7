"""The chance that a candidate is a match: how far its score stands out among the first, as held-out queries tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_softmax, logit

from mmgap.core.messages import Message

#: First candidates of a query that its scores are compared with, and those of them that the fit is made on.
AMONG, FITTED = 100, 10

#: Matches among the first candidates that a fit needs.
FEWEST = 30

_NEVER = 1e-9


class NoChanceError(ValueError):
    """There is no telling how likely a match is; the message says why."""


@dataclass(frozen=True)
class MatchChance:
    """P(match | scores of the first `AMONG` candidates), fitted on queries whose matches are known.

    The share of candidate r is ``p_r = exp(b·s_r) / Σ_j exp(b·s_j)``, what its chance would be if exactly one of the
    first were the match and scores of matches and of others were normal with one variance; the chance is
    ``σ(level + slope·log(p_r/(1−p_r)) + first·[r = 1])``. That the first candidate is the largest of many is so
    learned, not assumed.

    Attributes:
        temperature: b, above 0.
        level, slope, first: of the logistic regression.
        queries: that it was fitted on.

    Source: temperature scaling and Platt's scaling as in Guo et al., On Calibration of Modern Neural Networks (ICML,
    2017).
    """

    temperature: float
    level: float
    slope: float
    first: float
    queries: int

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Return the chance of each candidate, (Q, k) in [0, 1].

        Args:
            scores: (Q, k) of the first candidates, best first; k as in the fit, `AMONG` or all there are. −∞ where
                there is none.
        """
        return expit(self.level + np.tensordot(self._features(scores), [self.slope, self.first], axes=1))

    def shares(self, scores: np.ndarray) -> np.ndarray:
        """Return (Q, k) shares of candidates exactly one of which is meant; each row sums to 1."""
        return np.exp(log_softmax(self.temperature * np.asarray(scores, dtype=np.float64), axis=1))

    @classmethod
    def fit(cls, scores: np.ndarray, matches: np.ndarray) -> MatchChance:
        """Fit it on queries that are not those it is used on.

        Args:
            scores: (Q, k) of the first candidates, best first, −∞ where there is none.
            matches: (Q, k) bool, which of them are matches.

        Raises:
            NoChanceError: too few matches among the first candidates.
        """
        from sklearn.linear_model import LogisticRegression

        found = matches.any(axis=1)
        if found.sum() < FEWEST:
            raise NoChanceError(
                Message(
                    "of {n} held-out queries {found} have their match among the first {among}: too few to tell a"
                    " chance by",
                    n=len(scores),
                    found=int(found.sum()),
                    among=scores.shape[1],
                )
            )
        temperature = _temperature(scores[found].astype(np.float64), matches[found])
        part = cls(temperature, 0.0, 1.0, 0.0, len(scores))
        there = np.isfinite(scores[:, :FITTED])
        features, told = part._features(scores)[:, :FITTED][there], matches[:, :FITTED][there]
        if told.all() or not told.any():
            raise NoChanceError(Message("all of the first candidates are matches, or none of them is"))
        learned = LogisticRegression(C=1e6, max_iter=1000).fit(features, told)
        slope, first = map(float, learned.coef_[0])
        return cls(temperature, float(learned.intercept_[0]), slope, first, len(scores))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return it as named arrays, for the cache."""
        return {name: np.array([value], dtype=np.float64) for name, value in vars(self).items()}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> MatchChance:
        """Return it from its `arrays`."""
        values = {name: float(array[0]) for name, array in arrays.items()}
        return cls(**{**values, "queries": int(values["queries"])})  # type: ignore[arg-type]

    def _features(self, scores: np.ndarray) -> np.ndarray:
        """(Q, k, 2): log-odds of the share, and whether it is the first."""
        odds = logit(self.shares(scores).clip(_NEVER, 1 - _NEVER))
        return np.stack([odds, np.broadcast_to(np.arange(odds.shape[1]) == 0, odds.shape)], axis=2)


def _temperature(scores: np.ndarray, matches: np.ndarray) -> float:
    """b under which the matches have the largest shares: the maximum of the mean log-likelihood."""
    from scipy.optimize import minimize_scalar

    def loss(log_b: float) -> float:
        shares = np.exp(log_softmax(np.exp(log_b) * scores, axis=1))
        return -float(np.log((shares * matches).sum(axis=1).clip(_NEVER)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 8.0), method="bounded").x))
