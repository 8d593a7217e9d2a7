"""One pass over X·Yᵀ: ranks both ways, moments and histogram of the unmatched cosines, clip loss terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import torch

from mmgap.metrics import exact_products
from mmgap.metrics._problem import CrossProblem, Gaussian, OwnerProblem, Sums
from mmgap.metrics.nearest import LISTED, Nearest, merged
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.rounded_products import product_error
from mmgap.metrics.softmax_terms import Softmax, per_query, softmax_of
from mmgap.metrics.ties import tie_width
from mmgap.metrics.tiles import (
    BINS,
    FLAT,
    Blocks,
    CosineMoments,
    Reader,
    dealt,
    moments_of,
    moments_of_sums,
    product_dtype,
    reducers_for,
    sweep,
    workers_for,
)
from mmgap.metrics.unit_rows import Rows, as_rows

#: Largest logit scale of the clip loss: beyond, exponentials would leave float64.
LARGEST_SCALE = 300.0
#: Bytes of tiles with positives that are held until their rivals are counted; of more tiles, the others are multiplied
#: twice.
HELD = 1 << 26


@dataclass(frozen=True)
class Ranks:
    """Of each query, int64: unmatched items above its best positive, unmatched items tied with it, and positives
    tied with it (itself included); all are 0 for a query that has no positive."""

    above: np.ndarray
    tied: np.ndarray
    positives: np.ndarray

    def of(self, queries: np.ndarray) -> Ranks:
        """Those of some queries: a mask, or places."""
        return Ranks(self.above[queries], self.tied[queries], self.positives[queries])


@dataclass(frozen=True)
class Cross:
    """What `cross` returns.

    ``matched`` and ``distances`` hold the (P,) float64 products and squared distances of ``relevance.pairs``;
    ``unmatched`` is None where every pair is matched; ``softmax`` is None where no logit scale was given.
    ``images``, ``texts`` and the width ``tie`` of a tie are there for the rows that pools read again; ``dtype`` is that
    of the products.
    ``rivals_by_owner[i, a, b]`` counts the images with ``a`` texts above the best positive of image i (the last ``a``:
    that or more) and ``b`` tied with it, (0, 0) left out; None where no image owns two texts, or nobody asked.
    ``gaussian_sums`` holds Σ exp(−γ‖x_i − y_j‖²) over all pairs and Σ exp(−t‖x_i − y_j‖²) over i > j; None where nobody
    asked.
    ``nearest`` holds the nearest texts of each image and the nearest images of each text; None where nobody asked.
    """

    images: torch.Tensor
    texts: torch.Tensor
    tie: float
    dtype: torch.dtype
    relevance: Relevance
    matched: np.ndarray
    distances: np.ndarray
    matched_moments: CosineMoments
    unmatched: CosineMoments | None
    i2t: Ranks
    t2i: Ranks
    softmax: Softmax | None
    rivals_by_owner: np.ndarray | None
    gaussian_sums: tuple[float, float] | None
    nearest: tuple[Nearest, ...] | None


def cross(
    x: torch.Tensor | Rows,
    y: torch.Tensor | Rows,
    relevance: Relevance,
    *,
    logit_scale: float | None = None,
    deepest: int = 0,
    gaussians: tuple[float, float] | None = None,
    nearest: int = 0,
    raw: bool = False,
    bins: int = BINS,
    dtype: torch.dtype | None = None,
    reducers: ModuleType | None = None,
) -> Cross:
    """Everything that is read from X·Yᵀ.

    The positives' scores are read first, from the very tiles in which their rivals stand.

    Args:
        x, y: (N, d) and (M, d) on one device, rows of unit norm within tolerance unless ``raw``.
        logit_scale: of the clip loss and the entropies, 0 < scale ≤ 300; None leaves them out.
        deepest: largest k asked of pools of images that own several texts; 0 leaves ``rivals_by_owner`` out.
        gaussians: γ and t of the two kernels whose sums are wanted, each in (0, 100]; of unit rows alone.
        nearest: k of the nearest items that are wanted; 0 leaves them out.
        raw: products of any size; a tie is then relative to the largest norms.
        dtype: of the products, `product_dtype` where None. With bfloat16, which nothing takes unasked, ties are as wide
            as twice `product_error`: the true number of rivals above lies between ``above`` and ``above + tied``, each
            query's log-sum-exp is within 2·``logit_scale`` times that error, moments within the error.
        bins, reducers: as in `mmgap.metrics.pass_within.within`.
    """
    if logit_scale is not None and not 0 < logit_scale <= LARGEST_SCALE:
        raise ValueError(f"logit_scale must be in (0, {LARGEST_SCALE:g}], got {logit_scale}")
    images, texts = as_rows(x), as_rows(y)
    x, y = images.tensor, texts.tensor
    if x.device != y.device:
        raise ValueError(f"images are on {x.device}, texts on {y.device}: move one of them")
    owner = relevance.owner if deepest else None
    if owner is None or relevance.one_text_each:
        deepest, owner = 0, None
    run = _pass if owner is None or (np.diff(owner) >= 0).all() else _in_owner_order
    options = _Options(logit_scale, deepest, gaussians, nearest, raw, bins, reducers or reducers_for(x))
    chosen = dtype or product_dtype(x, y)
    measured = run(images, texts, relevance, options, chosen)
    flat = measured.unmatched is not None and measured.unmatched.std < FLAT
    if dtype is None and chosen == torch.float32 and flat:
        return run(images, texts, relevance, options, torch.float64)
    return measured


@dataclass(frozen=True)
class _Options:
    """What `cross` was asked; ``deepest`` is 0 unless images own several texts and that matters."""

    logit_scale: float | None
    deepest: int
    gaussians: tuple[float, float] | None
    nearest: int
    raw: bool
    bins: int
    reducers: ModuleType


def _pass(a: Rows, b: Rows, relevance: Relevance, options: _Options, dtype: torch.dtype) -> Cross:
    x, y = a.tensor, b.tensor
    images, texts = Blocks(x, dtype), Blocks(y, dtype)
    matched, distances = exact_products.pair_products(x, y, relevance.pairs)
    n_unmatched = len(x) * len(y) - len(matched)
    everything = float(a.mean @ b.mean) * len(x) * len(y)
    centre = (everything - float(matched.sum())) / max(n_unmatched, 1)

    scores, held = _scores(images, texts, relevance, options.reducers)
    tie = tie_width(x, y, options.raw)
    if dtype == torch.bfloat16:  # a rival and the positive may both be off
        tie += 2 * product_error(x, y, dtype)
    best_image = per_query(np.maximum, scores, relevance.image_start, np.inf)  # nothing stands above +∞
    best_text = per_query(np.maximum, scores[relevance.by_text], relevance.text_start, np.inf)
    float_ = np.float64 if dtype == torch.float64 else np.float32
    problem = CrossProblem(
        relevance,
        centre,
        options.bins,
        options.logit_scale or 0.0,
        image_over=(best_image + tie).astype(float_),
        image_tie=(best_image - tie).astype(float_),
        text_over=(best_text + tie).astype(float_),
        text_tie=(best_text - tie).astype(float_),
        owned=_owned(relevance, options.deepest) if options.deepest else None,
        kernels=tuple(Gaussian.of(a, b, gamma) for gamma in options.gaussians or ()),
    )
    sums, counted, nearest = _read(images, texts, problem, options.nearest, options.reducers, held)

    bias = sums.total / max(n_unmatched, 1)
    softmax = (
        None if options.logit_scale is None else softmax_of(relevance, matched, counted, options.logit_scale, bias)
    )
    image, text = relevance.pairs.T
    tied_image = np.bincount(image[scores >= best_image[image] - tie], minlength=len(x))
    tied_text = np.bincount(text[scores >= best_text[text] - tie], minlength=len(y))
    return Cross(
        images=x,
        texts=y,
        tie=tie,
        dtype=dtype,
        relevance=relevance,
        matched=matched,
        distances=distances,
        matched_moments=moments_of(matched, options.bins),
        unmatched=moments_of_sums(sums, n_unmatched, centre, x, y) if n_unmatched else None,
        i2t=Ranks(counted["image_above"], counted["image_tied"], tied_image),
        t2i=Ranks(counted["text_above"], counted["text_tied"], tied_text),
        softmax=softmax,
        rivals_by_owner=counted["joint"] if options.deepest else None,
        gaussian_sums=_gaussian_sums(relevance, distances, counted["kernels"], options.gaussians, bias),
        nearest=nearest,
    )


def _read(
    images: Blocks,
    texts: Blocks,
    problem: CrossProblem,
    nearest: int,
    reducers: ModuleType,
    held: dict[tuple[int, int], torch.Tensor],
) -> tuple[Sums, dict[str, np.ndarray], tuple[Nearest, ...] | None]:
    order = [(i, j) for i in range(images.count) for j in range(texts.count)]
    shares = dealt(order, workers_for(images, texts, reducers), whole_rows=problem.owned is not None)
    states = [reducers.cross_sums(problem, texts.size, images.v.device)]
    states += [states[0].sibling() for _ in shares[1:]]
    readers, lists = [state.add for state in states], []
    if nearest:
        lists = [reducers.nearest_lists(images.v, texts.v, LISTED * nearest, images.tile_dtype) for _ in shares]
        readers = [_in_turn(found.add, read) for found, read in zip(lists, readers, strict=True)]
    sweep(images, texts, shares, readers, "images × texts", held)
    for other in states[1:]:
        states[0].merge(other)
    return *states[0].finish(), merged(lists) if nearest else None


def _in_turn(*readers: Reader) -> Reader:
    def read(rows: range, columns: range, tile: torch.Tensor) -> None:
        for reader in readers:
            reader(rows, columns, tile)

    return read


def _in_owner_order(x: Rows, y: Rows, relevance: Relevance, options: _Options, dtype: torch.dtype) -> Cross:
    """`_pass` with the texts of one image side by side, and its answers back in the order given."""
    order = np.argsort(relevance.known_owner, kind="stable")
    back = np.argsort(order)
    sorted_texts = y.tensor[torch.from_numpy(order).to(y.tensor.device)]
    there = _pass(x, Rows(sorted_texts), relevance.reordered(order), options, dtype)
    nearest = there.nearest
    if nearest is not None:
        nearest = Nearest(nearest[0].scores, order[nearest[0].items]), nearest[1].of(back)
    matched, distances = exact_products.pair_products(x.tensor, y.tensor, relevance.pairs)
    return replace(
        there,
        texts=y.tensor,
        relevance=relevance,
        matched=matched,
        distances=distances,
        t2i=there.t2i.of(back),
        softmax=None if there.softmax is None else there.softmax.with_texts(back),
        nearest=nearest,
    )


def _scores(
    images: Blocks, texts: Blocks, relevance: Relevance, reducers: ModuleType
) -> tuple[np.ndarray, dict[tuple[int, int], torch.Tensor]]:
    """(P,) scores of the relevant pairs, float64, as they stand in the tiles, and the tiles that fit into `HELD`."""
    pairs = relevance.pairs
    tile_of = pairs[:, 0] // images.size * texts.count + pairs[:, 1] // texts.size
    order = np.argsort(tile_of, kind="stable")
    tiles, start = np.unique(tile_of[order], return_index=True)
    members = {divmod(int(tile), texts.count): m for tile, m in zip(tiles, np.split(order, start[1:]), strict=True)}
    scores, room = np.empty(len(pairs)), HELD // (images.size * texts.size * images.tile_dtype.itemsize)
    holding, held = set(list(members)[:room]), dict[tuple[int, int], torch.Tensor]()

    def read(rows: range, columns: range, tile: torch.Tensor) -> None:
        place = rows.start // images.size, columns.start // texts.size
        member = members[place]
        here = torch.from_numpy(pairs[member] - [rows.start, columns.start]).to(tile.device)
        scores[member] = tile[here[:, 0], here[:, 1]].double().cpu().numpy()
        if place in holding:
            held[place] = tile.clone()

    workers = workers_for(images, texts, reducers)
    sweep(images, texts, dealt(list(members), workers), [read] * workers, "positives")
    return scores, held


def _owned(relevance: Relevance, deepest: int) -> OwnerProblem:
    owner = relevance.known_owner
    most = int(np.bincount(owner).max())
    return OwnerProblem(owner, most, min(most, deepest))


def _gaussian_sums(
    relevance: Relevance, distances: np.ndarray, sums: np.ndarray, gaussians: tuple[float, float] | None, bias: float
) -> tuple[float, float] | None:
    """Those of the unmatched pairs without their mean rounding error, and the matched pairs' from their distances."""
    if gaussians is None:
        return None
    image, text = relevance.pairs.T
    whole, below = (
        float(total * np.exp(-2 * gamma * bias) + np.exp(-gamma * distances[chosen]).sum())
        for total, gamma, chosen in zip(sums, gaussians, (slice(None), image > text), strict=True)
    )
    return whole, below
