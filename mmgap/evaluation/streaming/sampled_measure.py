"""What a budget of seconds pays: some queries, drawn at random, ranked exactly against the whole gallery on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch

from mmgap.core.defaults import POOL, RECALLS_AT
from mmgap.core.messages import N_
from mmgap.core.progress import progress_bar
from mmgap.core.row_files import StoredPair
from mmgap.evaluation.streaming.cross_strips import CrossPass, Strip
from mmgap.evaluation.streaming.drawn_pairs import drawn_images
from mmgap.evaluation.streaming.file_relation import gap_parts, most_texts, owned_relation
from mmgap.evaluation.streaming.item_store import ItemStore, temporary_store
from mmgap.evaluation.streaming.pair_sums import PairSums
from mmgap.evaluation.streaming.streamed_passes import RELEASED
from mmgap.evaluation.streaming.streamed_rows import StreamedRows, streamed, unit_rows_of
from mmgap.evaluation.streaming.streaming_state import streaming_dir
from mmgap.evaluation.streaming.strips import Tick, blocks_of
from mmgap.evaluation.streaming.tile_units import CrossUnits
from mmgap.metrics.covariances import mean_row
from mmgap.metrics.exact_products import mean_within
from mmgap.metrics.frechet import frechet_squared
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.pass_cross import LARGEST_SCALE, Ranks
from mmgap.metrics.pools import owned_rival_distribution, rival_distribution
from mmgap.metrics.rank import effective_rank
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.retrieval import DIRECTIONS, Direction, check_pool, hits
from mmgap.metrics.softmax_terms import loss_and_entropy, per_query
from mmgap.metrics.ties import TIE
from mmgap.metrics.tiles import product_dtype
from mmgap.metrics.unit_rows import UnitRows
from mmgap.stats.clusters import Clusters
from mmgap.stats.gaps import gap_estimate_of
from mmgap.stats.interval import Interval
from mmgap.stats.sampled_means import sampled_mean_interval, sampled_share_interval

#: Why what needs all pairs of one modality, or all queries, is left out.
ALL_PAIRS = N_("needs all pairs of one modality, not a sample of queries: measure without --budget")
ALL_QUERIES = N_("needs all queries, not a sample of them: measure without --budget")
NO_TIME = N_("its covariances do not fit into the budget: give more time")

_log = logging.getLogger("mmgap")


@dataclass(frozen=True)
class SampledMeasurement:
    """What a sample of queries gives.

    Attributes:
        metrics: those of `mmgap.measure` that a sample can give; without an interval they are of all rows, exactly.
        intervals: of those that are estimates: for the figure of all queries, by key.
        omitted: key, or family of keys → why it is missing.
        drawn, of: images drawn, with their texts, and images in all.
        shape: N, M and d.
    """

    metrics: dict[str, float]
    intervals: dict[str, Interval]
    omitted: dict[str, str]
    drawn: int
    of: int
    shape: tuple[int, int, int] = field(default=(0, 0, 0))


def measure_sampled(
    pair: StoredPair,
    drawn: int,
    *,
    logit_scale: float = 100.0,
    pool: int = POOL,
    covariances: bool = True,
    seed: int = 0,
) -> SampledMeasurement:
    """Return recalls and the CLIP loss of a random sample of images and all of their texts, each with its interval, and
    what has an exact form of O(N·d) exactly.

    Every rank is exact: a drawn query meets the whole gallery. The intervals are for the figures that all queries
    would give; they close on them as the sample grows, since it is drawn without replacement.

    Args:
        pair: as `mmgap.core.row_files.open_pair` finds it.
        drawn: images, 2 ≤ drawn ≤ N.
        logit_scale, pool: as `mmgap.measure`.
        covariances: whether what needs covariances (Fréchet distance, effective ranks, the corrected gap) is computed.
        seed: of the draw, and of the sign flips behind ``gap_p``.

    Raises:
        VectorFileError, ValueError: as `mmgap.evaluation.streaming.streamed_measure.measure_stored`.
    """
    n = len(pair.images)
    if not 2 <= drawn <= n:
        raise ValueError(f"a sample is of 2 to {n} images, got {drawn}")
    if not 0 < logit_scale <= LARGEST_SCALE:
        raise ValueError(f"logit_scale must be in (0, {LARGEST_SCALE:g}], got {logit_scale}")
    x, y = unit_rows_of(pair.images), unit_rows_of(pair.texts)
    with temporary_store(streaming_dir()) as store:
        relation, order = owned_relation(pair.owner, n, store)
        if order is not None:
            y = streamed(StreamedRows(pair.texts, order), y.deviation)
        chosen = drawn_images(n, drawn, seed)
        return _Sampling(x, y, relation, chosen, logit_scale, pool, seed, store).measured(covariances)


@dataclass(frozen=True)
class _Answers:
    """Of the drawn queries of one direction: hits by key, and their losses."""

    hits: dict[str, np.ndarray]
    loss: np.ndarray


@dataclass
class _Sampling:
    """One sample: unit rows on disk, texts in the order of the images that own them, and the drawn images."""

    x: UnitRows
    y: UnitRows
    relation: Relevance
    chosen: np.ndarray
    scale: float
    pool: int
    seed: int
    store: ItemStore

    def measured(self, covariances: bool) -> SampledMeasurement:
        x, y, relation = self.x, self.y, self.relation
        n, m = len(x), len(y)
        start = relation.image_start
        texts = np.concatenate([np.arange(start[i], start[i + 1]) for i in self.chosen])
        of_text = relation.known_owner[texts]
        owned = start[self.chosen + 1] - start[self.chosen]
        self.store.release()
        matched = PairSums.of(x.tensor, y.tensor, relation.pairs, self.store.release)
        of_texts, self.most = matched.products[texts], most_texts(relation, self.store)
        cones = mean_within(x.tensor), mean_within(y.tensor)
        everything = float(mean_row(x.tensor) @ mean_row(y.tensor)) * n * m
        omitted: dict[str, str] = {}
        with progress_bar(total=self._tiles(len(texts)), desc="tiles of the sample", unit="tile") as bar:
            pairs = np.stack([np.repeat(np.arange(len(self.chosen)), owned), texts], axis=1)
            images = self._answers("i2t", self.chosen, pairs, of_texts, omitted, bar.update)
            pairs = np.stack([np.arange(len(texts)), of_text], axis=1)
            captions = self._answers("t2i", texts, pairs, of_texts, omitted, bar.update)
        recalls = {
            **{key: sampled_share_interval(values, population=n) for key, values in images.hits.items()},
            **{
                key: sampled_share_interval(values, population=n, clusters=of_text)
                for key, values in captions.hits.items()
            },
        }
        known = [f"{way}_r{k}{at}" for at in ("", f"_pool{self.pool}") for way in DIRECTIONS for k in RECALLS_AT]
        recalls = {key: recalls[key] for key in known if key in recalls}
        loss = self._loss(images.loss, captions.loss, of_text)
        intervals = {**recalls, **{f"{key}_own": found for key, found in recalls.items()}, "clip_loss": loss}
        omitted |= {"uniformity": ALL_PAIRS, "hubness, never_retrieved": ALL_QUERIES}
        exact, unclear = self._of_rows(covariances, matched, cones)
        omitted |= unclear
        for family, reason in omitted.items():
            _log.warning("%s left out: %s", family, reason)
        metrics = {
            **exact,
            "cosine_unmatched_mean": (everything - matched.total) / (n * m - m),
            **{key: found.value for key, found in intervals.items()},
            "norm_deviation": max(x.deviation, y.deviation),
        }
        return SampledMeasurement(metrics, intervals, omitted, len(self.chosen), n, (n, m, x.width))

    def _of_rows(
        self, covariances: bool, matched: PairSums, cones: tuple[float, float]
    ) -> tuple[dict[str, float], dict[str, str]]:
        """What is exact, in the order of `mmgap.measure`; and why some of it is left out."""
        x, y = self.x, self.y
        pairs, omitted, gap = matched.means(cones), dict[str, str](), dict[str, float]()
        if covariances:
            clusters = Clusters.of(None, len(x))
            parts = gap_parts(x, y, self.relation, clusters, self.store.release)
            found = gap_estimate_of(parts, clusters, seed=self.seed)
            gap = {"gap_corrected": found.noiseless, "gap_p": found.p_value}
        else:
            omitted = {"gap_corrected, frechet2, effective_rank": NO_TIME}
        shapes = {} if not covariances else {
            "frechet2": frechet_squared(x, y),
            "effective_rank_image": effective_rank(x),
            "effective_rank_text": effective_rank(y),
        }  # fmt: skip
        first = {key: pairs.pop(key) for key in ("misalignment", "rmg", "l2i")}
        cosines = {"cosine_image_mean": cones[0], "cosine_text_mean": cones[1]}
        return {"gap": modality_gap(x, y), **gap, **first, **shapes, **cosines, **pairs}, omitted

    def _answers(
        self,
        way: Direction,
        queries: np.ndarray,
        pairs: np.ndarray,
        matched: np.ndarray,
        omitted: dict[str, str],
        tick: Tick,
    ) -> _Answers:
        """Rank the drawn queries of one direction among the whole gallery.

        ``pairs`` are (place of the query, item), sorted; ``matched`` are their products.
        """
        population, relation = self.relation.n_images, self.relation
        sides = cast(StreamedRows, self.x.tensor), cast(StreamedRows, self.y.tensor)
        asked, gallery = sides if way == "i2t" else sides[::-1]
        dtype = product_dtype(self.x.tensor, self.y.tensor)
        rows = StreamedRows(asked.stored, queries if asked.order is None else asked.order[queries])
        start = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=len(queries)))])
        most = self.most if way == "i2t" and self.pool < population else 0
        owner = relation.known_owner if most > 1 else None
        local = Relevance(len(queries), len(gallery), pairs, start, pairs[:, 0], start, owner)
        scores = _matched_scores(rows, gallery, local, dtype)
        best = per_query(np.maximum, scores, start, np.inf)
        kind = np.float64 if dtype == torch.float64 else np.float32
        never = np.broadcast_to(np.asarray(np.inf, dtype=kind), (len(gallery),))
        units = CrossUnits(
            local, 0.0, self.scale, ((best + TIE).astype(kind), (best - TIE).astype(kind), never, never),
            most=most if most > 1 else 0, cap=min(most, max(RECALLS_AT)), depth=0,
        )  # fmt: skip
        strips = _all_strips(CrossPass(rows, gallery, units, dtype), tick, self.store.release)
        above, least, exponentials, drift = (
            np.concatenate(fields) for fields in zip(*(tuple(strip.images) for strip in strips), strict=True)
        )
        positives = np.bincount(pairs[scores >= best[pairs[:, 0]] - TIE, 0], minlength=len(queries))
        ranks = Ranks(above.astype(np.int64), least.astype(np.int64) - above, positives)
        found = {f"{way}_r{k}": hits(ranks, k) for k in RECALLS_AT}
        try:
            check_pool(self.pool, population)
            found |= self._pooled(way, ranks, strips, most)
        except ValueError as error:
            omitted[f"{way}_pool{self.pool}"] = error.args[0]
        counted = {f"{way}_exponentials": exponentials, f"{way}_drift": drift}
        return _Answers(found, loss_and_entropy(way, matched, start, counted, self.scale, 0.0)[0])

    def _pooled(self, way: str, ranks: Ranks, strips: list[Strip], most: int) -> dict[str, np.ndarray]:
        """Probability of a hit of each drawn query in pools, by key."""
        population, pool = self.relation.n_images, self.pool
        if pool == population:
            return {f"{way}_r{k}_pool{pool}": hits(ranks, k) for k in RECALLS_AT}
        if most > 1:
            joint = np.concatenate([strip.joint for strip in strips if strip.joint is not None])
            deepest = min(max(RECALLS_AT), pool * most)
            chances = owned_rival_distribution(joint, ranks.positives, deepest, population, pool)
        else:
            chances = rival_distribution(ranks, min(max(RECALLS_AT), pool), population, pool)
        return {f"{way}_r{k}_pool{pool}": np.clip(chances[:, :k].sum(axis=1), 0.0, 1.0) for k in RECALLS_AT}

    def _loss(self, images: np.ndarray, texts: np.ndarray, of_text: np.ndarray) -> Interval:
        """The CLIP loss: what each drawn image and its texts add to the mean of both directions."""
        place = np.searchsorted(self.chosen, of_text)
        centred = np.bincount(place, weights=texts - texts.mean(), minlength=len(images))
        each = images + texts.mean() + len(images) / len(texts) * centred
        return sampled_mean_interval(each / 2, population=self.relation.n_images)

    def _tiles(self, texts: int) -> int:
        """Tiles of both directions."""
        dtype = product_dtype(self.x.tensor, self.y.tensor)
        sides = [cast(StreamedRows, rows.tensor) for rows in (self.x, self.y)]
        chosen = self.chosen, np.arange(texts)
        counts = [
            (blocks_of(StreamedRows(mine.stored, some), dtype).count, blocks_of(other, dtype).count)
            for mine, other, some in zip(sides, sides[::-1], chosen, strict=True)
        ]
        return sum(rows * columns for rows, columns in counts)


def _all_strips(of: CrossPass, tick: Callable[[], Any], release: Callable[[], None]) -> list[Strip]:
    """The strips of a pass, of whose columns nothing is kept; ``release`` gives back the memory of its relation."""
    found = []
    for number in range(of.strips):
        strip = of.strip(number, tick)
        for place, _ in enumerate(strip.columns()):
            if place % RELEASED == 0:
                release()
        found.append(strip.finish())
    return found


def _matched_scores(rows: StreamedRows, gallery: StreamedRows, local: Relevance, dtype: torch.dtype) -> np.ndarray:
    """(P,) scores of the matched pairs as they stand in the tiles of the pass, from tiles of matched items alone."""
    queries, items = blocks_of(rows, dtype), blocks_of(gallery, dtype)
    scores = np.empty(len(local.pairs))
    for i in range(queries.count):
        here, block = queries.rows(i), queries[i]
        first, last = local.image_start[[here.start, here.stop]].tolist()
        for start in range(first, last, items.size):
            some = local.pairs[start : min(start + items.size, last)]
            there = torch.zeros(items.size, rows.shape[1], dtype=dtype)
            there[: len(some)] = gallery[some[:, 1]].to(dtype)
            tile = (block @ there.T).numpy()
            scores[start : start + len(some)] = tile[some[:, 0] - here.start, np.arange(len(some))]
    return scores
