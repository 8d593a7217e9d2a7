"""What is computed from vectors without a ranking: gap, alignment, uniformity, cosines, CKA, losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import numpy as np

from mmgap.core.messages import N_, Message
from mmgap.metrics.similarity import linear_cka
from mmgap.testing.audit.definition import Definition
from mmgap.testing.audit.problem import Problem, units

#: A value, or the values whose mean it is, of image vectors, text vectors and the image of each text.
_OfVectors = Callable[[np.ndarray, np.ndarray, np.ndarray], Any]

#: Whose vectors.
_WHO = (N_("images"), N_("texts"), N_("both"))

#: Exponents of uniformity that are tried.
EXPONENTS = (2.0, 1.0, 3.0, 4.0, 0.5)

#: Scales of logits that are tried.
SCALES = (1.0, 100.0, 1 / 0.07, 10.0, 20.0, 14.3, 50.0, 14.2857)


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return (N, M) squared distances."""
    return np.asarray(np.maximum(np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T, 0))


def mean(values: np.ndarray) -> float:
    """Return the mean; NaN where there is nothing."""
    return float(values.mean()) if values.size else float("nan")


def off_diagonal(square: np.ndarray) -> np.ndarray:
    """Return what is not on the diagonal."""
    return np.asarray(square[np.eye(len(square), square.shape[1]) == 0])


def _gap(x: np.ndarray, y: np.ndarray, _own: Any) -> float:
    return float(np.linalg.norm(x.mean(0) - y.mean(0)))


def _centroid_cosine(x: np.ndarray, y: np.ndarray, _own: Any) -> float:
    a, b = x.mean(0), y.mean(0)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def _gap_of_units(x: np.ndarray, y: np.ndarray, _own: Any) -> float:
    return float(np.linalg.norm(units(x.mean(0)[None]) - units(y.mean(0)[None])))


def _distances(power: float, x: np.ndarray, y: np.ndarray, own: np.ndarray) -> float:
    return float((np.linalg.norm(x[own] - y, axis=1) ** power).mean())


def _matched(x: np.ndarray, y: np.ndarray, own: np.ndarray) -> np.ndarray:
    return np.asarray((x[own] * y).sum(1))


def _clip_score(x: np.ndarray, y: np.ndarray, own: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(_matched(x, y, own), 0))


def _kernel(squares: np.ndarray, t: float) -> float:
    return float(np.log(mean(np.exp(-t * squares))))


def _uniform(t: float, diagonal: bool, x: np.ndarray) -> float:
    squares = squared_distances(x, x)
    np.fill_diagonal(squares, 0)
    return _kernel(squares if diagonal else off_diagonal(squares), t)


def _uniformity(t: float, diagonal: bool, who: str, x: np.ndarray, y: np.ndarray, own: np.ndarray) -> float:
    if who == "images":
        return _uniform(t, diagonal, x)
    if who == "texts":
        return _uniform(t, diagonal, y)
    if who == "all together":
        return _uniform(t, diagonal, np.concatenate([x, y]))
    return (_uniform(t, diagonal, x) + _uniform(t, diagonal, y)) / 2


def _cross_uniformity(t: float, which: str, x: np.ndarray, y: np.ndarray, _own: Any) -> float:
    squares = squared_distances(x, y)
    if which == "i ≠ j":
        return _kernel(off_diagonal(squares), t)
    if which == "i > j":
        return _kernel(squares[np.tril_indices(len(x), -1, len(y))], t)
    return _kernel(squares, t)


def _within(diagonal: bool, who: str, x: np.ndarray, y: np.ndarray, _own: Any) -> np.ndarray:
    sides = {"images": (x,), "texts": (y,), "both": (x, y)}[who]
    grams = [side @ side.T for side in sides]
    return np.concatenate([gram.ravel() if diagonal else off_diagonal(gram) for gram in grams])


def _across(which: str, x: np.ndarray, y: np.ndarray, own: np.ndarray) -> np.ndarray:
    cosines = np.asarray(x @ y.T)
    if which == "all":
        return cosines.ravel()
    everywhere = np.ones(cosines.shape, dtype=bool)
    others = {"i < j": np.triu(everywhere, 1), "i > j": np.tril(everywhere, -1)}
    chosen = others.get(which)
    return np.asarray(cosines[own != np.arange(len(x))[:, None] if chosen is None else chosen])


def _contrast(x: np.ndarray, y: np.ndarray, own: np.ndarray) -> float:
    return mean(_matched(x, y, own)) - mean(_across("others", x, y, own))


def _rmg(x: np.ndarray, y: np.ndarray, own: np.ndarray) -> float:
    far = (1 - mean(_matched(x, y, own))) / 2
    within = [mean(_within(False, who, x, y, own)) for who in ("images", "texts")]
    near = (1 - sum(within) / 2) / 2
    return far / (far + near) if far + near != 0 else 0.0


def _cka(debiased: bool, x: np.ndarray, y: np.ndarray, own: np.ndarray) -> float:
    return float(linear_cka(x[own], y, debiased=debiased))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    top = logits.max(axis=1, keepdims=True)
    return np.asarray(logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True)))


def _loss(scale: float, side: str, x: np.ndarray, y: np.ndarray, _own: Any) -> float:
    logits = scale * x @ y.T
    if logits.shape[0] != logits.shape[1]:
        return float("nan")
    rows, columns = (-_log_softmax(one).diagonal().mean() for one in (logits, logits.T))
    return float({"rows": rows, "columns": columns, "both": (rows + columns) / 2}[side])


def _of_vectors() -> Iterator[tuple[str, Message, _OfVectors]]:
    yield "gap", Message("distance of the centroids"), _gap
    yield "gap", Message("squared distance of the centroids"), lambda *v: _gap(*v) ** 2
    yield "gap", Message("distance of the centroids' directions"), _gap_of_units
    yield "gap", Message("cosine of the centroids"), _centroid_cosine
    for quantity in ("alignment", "gap"):
        yield quantity, Message("mean distance of pairs"), partial(_distances, 1)
        yield quantity, Message("mean squared distance of pairs"), partial(_distances, 2)
        yield quantity, Message("mean cosine of pairs"), _matched
    yield "clip_score", Message("mean cosine of pairs, 0 at least"), _clip_score
    yield "clip_score", Message("mean cosine of pairs"), _matched
    yield "rmg", Message("relative modality gap"), _rmg
    for t in EXPONENTS:
        for diagonal, pairs in ((False, "i ≠ j"), (True, Message("i = j included"))):
            for who in (*_WHO, N_("all together")):
                words = Message("uniformity of {who}, t = {t}, {pairs}", who=Message(who), t=f"{t:g}", pairs=pairs)
                yield "uniformity", words, partial(_uniformity, t, diagonal, who)
        for which in (N_("all"), "i ≠ j", "i > j"):
            words = Message("uniformity across modalities, t = {t}, {pairs}", t=f"{t:g}", pairs=Message(which))
            yield "uniformity", words, partial(_cross_uniformity, t, which)
    for diagonal, pairs in ((False, "i ≠ j"), (True, Message("i = j included"))):
        for who in _WHO:
            words = Message("mean cosine within {who}, {pairs}", who=Message(who), pairs=pairs)
            yield "cosine", words, partial(_within, diagonal, who)
    yield "cosine", Message("mean cosine of pairs"), _matched
    yield "cosine", Message("cosine of the centroids"), _centroid_cosine
    for which in ("all", N_("others"), "i < j", "i > j"):
        words = Message("mean cosine across modalities, {pairs}", pairs=Message(which))
        yield "cosine", words, partial(_across, which)
    yield "cosine", Message("mean cosine of pairs less that of others"), _contrast
    for debiased in (False, True):
        words = Message("linear CKA, debiased") if debiased else Message("linear CKA")
        yield "cka", words, partial(_cka, debiased)
    for scale in SCALES:
        for side in ("both", N_("rows"), N_("columns")):
            words = Message("softmax loss, logit scale {scale}, {side}", scale=f"{scale:.4g}", side=Message(side))
            yield "clip_loss", words, partial(_loss, scale, side)


@lru_cache(maxsize=1)
def _listed() -> tuple[tuple[str, Message, _OfVectors], ...]:
    return tuple(_of_vectors())


def _found(normalised: bool, of: _OfVectors, problem: Problem) -> Any:
    """What it gives; NaN where it refuses."""
    x, y = (units(side) if normalised else side for side in (problem.images, problem.texts))
    with np.errstate(all="ignore"):
        try:
            return of(x, y, problem.own)
        except (ValueError, IndexError):
            return float("nan")


def value_of_vectors(normalised: bool, of: _OfVectors, problem: Problem, _ties: str) -> float:
    """Return a value, NaN where there is none."""
    found = _found(normalised, of, problem)
    return mean(found) if isinstance(found, np.ndarray) else float(found)


def of_positive(normalised: bool, of: _OfVectors, kept: bool, problem: Problem, _ties: str) -> float:
    """Return the mean of values above zero, of these alone or of all with the others at zero; NaN of single values."""
    found = _found(normalised, of, problem)
    if not isinstance(found, np.ndarray):
        return float("nan")
    return mean(np.maximum(found, 0)) if kept else mean(found[found > 0])


def geometry_definitions() -> Iterator[Definition]:
    """Yield each of them, on vectors that the function normalises and on vectors as they come."""
    for normalised in (True, False):
        for quantity, words, of in _listed():
            told = words if normalised else Message("{what}, of vectors as they come", what=words)
            yield Definition(quantity, None, told, partial(value_of_vectors, normalised, of))
