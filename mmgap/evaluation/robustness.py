"""R@1 of vectors that noise, 8 bits, sign bits or product quantisation spoiled; and of other wordings of a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmgap import stats
from mmgap.core.messages import N_
from mmgap.evaluation.space_intervals import recall_intervals
from mmgap.evaluation.spoiled_vectors import Spoiled, eight_bits, noisy, product_codes, signs
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.retrieval import Direction, hits
from mmgap.metrics.unit_rows import normalised
from mmgap.stats import Interval

#: Standard deviation of the noise of a row, whose length is 1, and how often it is drawn.
SIGMA, DRAWS = 0.5, 3

#: What spoils the vectors; ``noise`` and ``binary`` do it to queries and gallery, the others to the gallery alone.
KINDS = ("noise", "int8", "binary", "pq")

#: Which side of a direction is searched through.
_GALLERY = {"t2i": "image", "i2t": "text"}


@dataclass(frozen=True)
class SpoiledRecall:
    """R@1 by own pairs of one direction from spoiled vectors.

    Attributes:
        hits: (queries,) chance of a hit, over the draws of the noise averaged.
        crossed: the ranks of the first draw, for what the gallery adds to the variance.
    """

    hits: np.ndarray
    crossed: Cross

    def interval(self, way: Direction, clusters: np.ndarray) -> Interval:
        """Return R@1 with its 95 % interval; ``clusters`` (N,) of the images."""
        name = f"{way}_r1"
        return recall_intervals(self.crossed, {name: self.hits}, clusters, len(clusters))[name]


def spoiled_recalls(
    images: np.ndarray,
    texts: np.ndarray,
    relation: Relevance,
    train: tuple[np.ndarray, np.ndarray] | None,
    *,
    scorer: Any = None,
    sigma: float = SIGMA,
    draws: int = DRAWS,
) -> tuple[dict[str, SpoiledRecall], dict[str, str]]:
    """Return R@1 by own pairs, both ways, of what is left of the vectors, and why some of it is left out.

    What is spoiled is what stands in an index and is asked of it: unit rows in their space, after its map. A scorer's
    vectors are spoiled likewise and the coordinate that it adds stays exact, as an index can keep one number beside a
    code; sign bits have no place for it.

    Args:
        images: (N, d) in the space.
        texts: (M, d) in the space.
        relation: of both, with known owners.
        train: images and texts of train in the space, by which the quantisers are trained; None leaves these out.
        scorer: `mmgap.spaces.Fitted.scorer`; None where the dot products are meant.
        sigma: of the noise, see `mmgap.evaluation.spoiled_vectors.noisy`.
        draws: of the noise, seeds 0 … draws − 1.

    Returns:
        ``{"t2i_r1_own_noise": …, …}`` and ``{"t2i_r1_own_pq": reason, …}``.

    Raises:
        NoFaissError: faiss is not installed.
    """
    of_side = {"image": _unit(images, "images"), "text": _unit(texts, "texts")}
    of_train = dict(zip(("image", "text"), train or (), strict=bool(train)))
    found: dict[str, SpoiledRecall] = {}
    omitted: dict[str, str] = {}
    for way, side in _GALLERY.items():
        by = "text" if side == "image" else "image"
        queries, gallery = of_side[by], of_side[side]
        added = _added(scorer, queries, gallery, by)
        for kind in KINDS:
            name = f"{way}_r1_own_{kind}"
            try:
                ways = list(_spoilers(kind, of_train.get(side), sigma, draws, scorer is not None))
            except ValueError as error:
                omitted[name] = error.args[0]
                continue
            crosses = []
            for spoil_query, spoil_gallery in ways:
                q, g = (
                    torch.from_numpy(np.concatenate([spoil(v), more], axis=1))
                    for spoil, v, more in ((spoil_query, queries, added[0]), (spoil_gallery, gallery, added[1]))
                )
                x, y = (g, q) if side == "image" else (q, g)
                crosses.append(cross(x, y, relation.own, raw=True))
            found[name] = SpoiledRecall(np.mean([hits(getattr(one, way), 1) for one in crosses], axis=0), crosses[0])
    return found, omitted


def wording(found: np.ndarray, owner: np.ndarray, clusters: np.ndarray) -> tuple[Interval, np.ndarray]:
    """Return how likely another caption of an image finds it, given that one does: 1 where words do not matter.

    ``Σ_i Σ_{a≠b} h_a·h_b/(c_i − 1) / Σ_i Σ_a h_a`` over the images i with c_i ≥ 2 captions a, b … It is the share of
    agreement among paraphrases of Elazar et al., conditioned on a hit: without the condition an encoder that never
    finds anything would agree with itself.

    Args:
        found: (M,) chance of a hit of each caption.
        owner: (M,) its image.
        clusters: (N,) of the images.

    Returns:
        The share with its 95 % interval, and one number for each caption of an image with several, whose mean is the
        share and whose differences between two spaces are paired: its part in the linearised ratio.

    Raises:
        ValueError: no image has two captions, or none of those captions hits.

    Source: Elazar et al., Measuring and Improving Consistency in Pretrained Language Models (TACL, 2021).

    >>> value, _ = wording(np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 1, 1]), np.arange(2))
    >>> round(value.value, 3)  # two of three hits have a second caption that hits
    0.667
    """
    count = np.bincount(owner)
    kept = count[owner] > 1
    if not kept.any():
        raise ValueError(N_("no image has a second caption: measure with --captions all"))
    h, of = np.asarray(found, dtype=np.float64)[kept], owner[kept]
    if h.sum() == 0:
        raise ValueError(N_("no caption finds its image, so that none can be asked again in other words"))
    both = h * (np.bincount(of, weights=h)[of] - h) / (count[of] - 1)
    share = float(both.sum() / h.sum())
    items = share + (both - share * h) / h.mean()
    spread = stats.mean_interval(items, clusters=clusters[of], limits=(0.0, 1.0))
    return Interval(share, spread.low, spread.high, spread.level, spread.n, spread.method), items


def _spoilers(
    kind: str, train: np.ndarray | None, sigma: float, draws: int, scorer: bool
) -> Iterator[tuple[Spoiled, Spoiled]]:
    """What is done to the queries and to the gallery, for each draw."""
    if kind == "noise":
        for seed in range(draws):
            yield (spoil := noisy(sigma, seed)), spoil
    elif kind == "binary":
        if scorer:
            raise ValueError(N_("sign bits have no place for what a scorer adds to each item"))
        yield signs, signs
    elif train is None:
        raise ValueError(N_("there is no train split by which a quantiser could be trained"))
    else:
        yield _as_is, (eight_bits if kind == "int8" else product_codes)(_unit(train, "train"))


def _as_is(vectors: np.ndarray) -> np.ndarray:
    return vectors


def _added(scorer: Any, queries: np.ndarray, gallery: np.ndarray, by: str) -> tuple[np.ndarray, np.ndarray]:
    """(queries, 0 or 1) and (gallery, 0 or 1): the coordinates that a scorer adds."""
    if scorer is None:
        return queries[:, :0], gallery[:, :0]
    q, g = scorer.extended(queries, gallery, by)
    return (
        q[:, queries.shape[1] :].astype(np.float32),
        g[:, gallery.shape[1] :].astype(np.float32),
    )


def _unit(vectors: np.ndarray, name: str) -> np.ndarray:
    return normalised(vectors, name).tensor.numpy().astype(np.float32)
