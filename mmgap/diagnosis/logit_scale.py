"""``logit_scale``: a scale that the cosines of the pairs contradict."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.finding import Finding, Told, Untold
from mmgap.diagnosis.pairing import Pairing
from mmgap.diagnosis.surveyed_rows import evenly

#: Pairs behind the likelihood.
_PAIRS = 500

#: Scales that are tried, those of the field and far beyond; their neighbours differ by half.
_SCALES = np.geomspace(0.01, 3000, 32)

#: A scale is wrong when it is off by this factor, and costs that many nats a pair more than the best one, which has to
#: be so many standard errors.
FACTOR, NATS, ERRORS = 4.0, 0.1, 4.0


def logit_scale(pairs: Pairing, scale: float) -> Iterator[Told]:
    """Yield a finding where the pairs are far likelier at another scale than at the one that is given.

    The loss of the pairs at a scale is the CLIP loss; the scale of least loss is that at which the softmax over
    cosines is right as often as it says. A scale that a model was trained with lies within a factor of 2 or 3 of it:
    1.6 and 1.9 nats at 60 and 100 on 500 pairs of COCO under ViT-B/16. 4.6 instead of 100 is a logarithm that was not
    undone, 0.01 a temperature.
    """
    losses, positive = _losses_at(pairs, scale)
    best = min(losses, key=lambda one: float(losses[one].mean()))
    chance = math.log(len(positive)) - math.log(positive.sum(axis=1).mean())
    if not pairs.matched or losses[best].mean() > chance - 0.05:
        yield Untold("logit_scale", Message("whether the logit scale is right: own pairs match no better than chance"))
        return
    regret = losses[scale] - losses[best]
    error = max(float(regret.std(ddof=1)) / math.sqrt(len(positive)), 1e-12)
    if not 1 / FACTOR <= scale / best <= FACTOR and regret.mean() > max(NATS, ERRORS * error):
        yield Finding(
            "logit_scale",
            "severe",
            Message(
                "At a logit scale of {scale} the pairs cost {loss} nats each, at {best} only {least}: the scale does"
                " not belong to these cosines. {cure}",
                scale=f"{scale:g}",
                loss=f"{losses[scale].mean():.2f}",
                best=f"{round(best) if best >= 10 else best:.3g}",
                least=f"{losses[best].mean():.2f}",
                cure=_cure(scale, best),
            ),
        )


def plausible_scales(pairs: Pairing) -> tuple[float, float]:
    """Return the least and the largest of the scales that cost at most `NATS` a pair more than the best one."""
    losses, _ = _losses_at(pairs)
    costs = {one: float(found.mean()) for one, found in losses.items()}
    fitting = [one for one, cost in costs.items() if cost <= min(costs.values()) + NATS]
    return min(fitting), max(fitting)


def _losses_at(pairs: Pairing, *scales: float) -> tuple[dict[float, np.ndarray], np.ndarray]:
    """The losses (n,) of some pairs at each scale, and which of them (n, n) belong together."""
    rows = evenly(pairs.asked, _PAIRS)
    x, y = pairs.images.unit(pairs.owner[rows]).astype(np.float64), pairs.texts.unit(rows).astype(np.float64)
    cosines = x @ y.T
    images, texts = pairs.images.equal[pairs.owner[rows]], pairs.texts.equal[rows]
    positive = (images[:, None] == images) | (texts[:, None] == texts)
    return {float(one): _losses(cosines, positive, one) for one in (*_SCALES, *scales)}, positive


def _cure(scale: float, best: float) -> Message:
    if 1 / FACTOR <= math.exp(min(scale, 50)) / best <= FACTOR:
        return Message("It looks like a logarithm: give {value}, its exponential.", value=f"{math.exp(scale):.4g}")
    if 1 / FACTOR <= 1 / scale / best <= FACTOR:
        return Message("It looks like a temperature: give {value}, one over it.", value=f"{1 / scale:.4g}")
    return Message("Give e^τ of the model's own checkpoint, 100 for CLIP.")


def _losses(cosines: np.ndarray, positive: np.ndarray, scale: float) -> np.ndarray:
    """(n,) the mean over both directions of −log of the summed probability of a pair's positives."""
    logits = scale * (cosines - cosines.max())
    return np.asarray((_loss(logits, positive) + _loss(logits.T, positive)) / 2)


def _loss(logits: np.ndarray, positive: np.ndarray) -> np.ndarray:
    logits = logits - logits.max(axis=1, keepdims=True)
    terms = np.exp(logits)
    matched = np.where(positive, logits, -np.inf).max(axis=1)
    of_positive = np.exp(np.where(positive, logits - matched[:, None], -np.inf)).sum(axis=1)
    return np.log(terms.sum(axis=1)) - matched - np.log(of_positive)
