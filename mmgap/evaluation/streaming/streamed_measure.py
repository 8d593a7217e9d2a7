"""`mmgap.measure` of vectors that stay on disk, in memory that does not grow with them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from mmgap.core.defaults import POOL
from mmgap.core.messages import N_
from mmgap.core.progress import progress_bar, say
from mmgap.core.row_files import StoredPair
from mmgap.core.scratch_array import spans
from mmgap.evaluation.streaming.equal_vectors import equal_to_earlier
from mmgap.evaluation.streaming.file_relation import gap_parts, given_relation, most_texts, owned_relation
from mmgap.evaluation.streaming.pair_sums import PairSums, siblings
from mmgap.evaluation.streaming.streamed_answers import clip_loss, hub_numbers, neighbour_counts, recall_means
from mmgap.evaluation.streaming.streamed_passes import Asked, Runner, StreamedCross, ThisProcess, run_cross, run_within
from mmgap.evaluation.streaming.streamed_rows import StreamedRows, streamed, unit_rows_of
from mmgap.evaluation.streaming.streaming_state import Checkpoint, checkpoint
from mmgap.evaluation.streaming.strips import BLOCK_ROWS, Tick, blocks_of
from mmgap.evaluation.streaming.tile_units import PassSums
from mmgap.metrics.covariances import mean_row
from mmgap.metrics.exact_products import pair_products
from mmgap.metrics.frechet import frechet_squared
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.pass_cross import LARGEST_SCALE
from mmgap.metrics.rank import effective_rank
from mmgap.metrics.relevance import Relevance
from mmgap.metrics.tiles import FLAT, product_dtype
from mmgap.metrics.unit_rows import UnitRows
from mmgap.stats.clusters import Clusters
from mmgap.stats.gaps import gap_estimate_of

#: t of the uniformity.
_T = 2.0

_log = logging.getLogger("mmgap")


@dataclass(frozen=True)
class StreamedMeasurement:
    """What measuring files gives.

    Attributes:
        metrics: as `mmgap.measure` returns them.
        omitted: key, or family of keys → why it is missing.
        duplicates: image rows, and text rows, equal to an earlier one.
        shape: N, M and d.
    """

    metrics: dict[str, float]
    omitted: dict[str, str]
    duplicates: tuple[int, int]
    shape: tuple[int, int, int]


def measure_stored(
    pair: StoredPair,
    *,
    logit_scale: float = 100.0,
    pool: int = POOL,
    relevance: Any = None,
    seed: int = 0,
    runner: Runner | None = None,
    tell: Callable[[str], Any] = say,
) -> StreamedMeasurement:
    """Return the scalar metrics of vectors on disk: those of `mmgap.measure`, by the same tiles and the same formulas.

    Counts (recalls, N_k) are the same, sums agree to 1e-12 of their size. What is in memory at a time are a few blocks
    of rows; what is known of each item, about 400 bytes, lies in files of the cache while it is measured. Each strip
    of the similarity matrix that is done is kept: a measurement that was killed goes on behind the last one, and gives
    the same bits as one that was not.

    Args:
        pair: as `mmgap.core.row_files.open_pair` finds it.
        logit_scale, pool, seed: as `mmgap.measure`.
        relevance: as `mmgap.measure`, instead of the owners of the pair; its arrays are in memory. Pools are left out
            where captions are shared.
        runner: who computes the strips; this process where None.
        tell: is given a sentence where an unfinished measurement is resumed, or cannot be.

    Raises:
        VectorFileError: a row that is zero or not finite; its file and its number there are named.
        ValueError: as `mmgap.measure`.
    """
    if pool < 1:
        raise ValueError(f"pool must be at least 1, got {pool}")
    if not 0 < logit_scale <= LARGEST_SCALE:
        raise ValueError(f"logit_scale must be in (0, {LARGEST_SCALE:g}], got {logit_scale}")
    x, y = unit_rows_of(pair.images), unit_rows_of(pair.texts)
    given = None if relevance is None else given_relation(relevance, None, len(x), len(y))
    key = {
        "content": [pair.images.digest(), pair.texts.digest(), _digest(pair, given)],
        "logit_scale": logit_scale,
        "pool": pool,
        "torch": torch.__version__,
    }
    files = [str(part.path) for rows in (pair.images, pair.texts) for part in rows.parts]
    with checkpoint(key, files, tell) as at:
        if at.resumed:
            tell(f"goes on behind strip {at.resumed} of an earlier measurement that did not end")
        relation, order = given or owned_relation(pair.owner, len(x), at.store)
        if order is not None:
            y = streamed(StreamedRows(pair.texts, order), y.deviation)
        return _Measuring(x, y, relation, logit_scale, pool, seed, at, runner or ThisProcess()).measured()


def _digest(pair: StoredPair, given: tuple[Relevance, np.ndarray | None] | None) -> str:
    if given is None:
        total = hashlib.sha256()
        for some in spans(len(pair.owner)):
            total.update(pair.owner[some].data)
        return total.hexdigest()
    owner = given[0].owner
    parts = (given[0].pairs, np.zeros(0) if owner is None else owner, np.zeros(0) if given[1] is None else given[1])
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


class _Measuring:
    """One measurement: unit rows on disk, the texts in the order of the relation."""

    def __init__(
        self,
        x: UnitRows,
        y: UnitRows,
        relation: Relevance,
        scale: float,
        pool: int,
        seed: int,
        at: Checkpoint,
        runner: Runner,
    ) -> None:
        self.x, self.y, self.relation = x, y, relation
        self.images, self.texts = cast(StreamedRows, x.tensor), cast(StreamedRows, y.tensor)
        self.scale, self.pool, self.seed, self.at, self.runner = scale, pool, seed, at, runner
        self.n_unmatched = len(x) * len(y) - len(relation.pairs)
        self.dtype = product_dtype(x.tensor, y.tensor)
        self.release, self.most = at.store.release, 0

    def measured(self) -> StreamedMeasurement:
        """Run all passes, and put the numbers together in the order of `mmgap.measure`."""
        relation, x, y = self.relation, self.x, self.y
        own = relation if relation.owner is None else relation.own
        self.most = most_texts(own, self.at.store) if relation.owner is not None else 0
        if not self.n_unmatched:
            raise ValueError("every image is relevant to every text: no pair is unmatched; check `relevance`")
        matched = PairSums.of(x.tensor, y.tensor, own.pairs, self.release)
        every = matched if own is relation else PairSums.of(x.tensor, y.tensor, relation.pairs, self.release)
        everything = float(mean_row(x.tensor) @ mean_row(y.tensor)) * len(x) * len(y)
        centre = (everything - every.total) / self.n_unmatched
        with progress_bar(total=self._tiles(own), desc="tiles", unit="tile", initial=self._done(own)) as bar:
            tick = bar.update
            image, image_mean = self._uniformity("images", self.images, None, tick)
            text, text_mean = self._uniformity("texts", self.texts, self._owners(), tick)
            crossed, dtype = self._cross("cross", relation, centre, Asked(self.scale, True, self._pooled(own)), tick)
            recalls, omitted = recall_means(crossed, self.pool, own is relation)
            if relation.owner is None:
                omitted["own"] = N_("nobody can tell which image owns which text: give `owner`")
            else:
                of_own = recalls
                if own is not relation:
                    alone, _ = self._cross("own", own, centre, Asked(0.0, False, self._pooled(own)), tick)
                    of_own, _ = recall_means(alone, self.pool, True)
                recalls = recalls | {f"{key}_own": value for key, value in of_own.items()}
        counts = {
            "i2t": neighbour_counts(self.images, self.texts, crossed.images, dtype, self.release),
            "t2i": neighbour_counts(self.texts, self.images, crossed.texts, dtype, self.release),
        }
        hubs, even = hub_numbers(counts)  # type: ignore[arg-type]  # their keys are directions
        gap, unclear = self._gap()
        omitted |= unclear | even
        for family, reason in omitted.items():
            _log.warning("%s left out: %s", family, reason)
        pairs, of_any = matched.means((image_mean, text_mean)), {}
        if own is not relation:
            of_any = {f"{key}_any": value for key, value in every.means((image_mean, text_mean)).items()}
        metrics = {
            "gap": modality_gap(x, y),
            **gap,
            "misalignment": pairs.pop("misalignment"),
            "uniformity": (image + text) / 2,
            "uniformity_image": image,
            "uniformity_text": text,
            "rmg": pairs.pop("rmg"),
            "l2i": pairs.pop("l2i"),
            "frechet2": frechet_squared(x, y),
            "effective_rank_image": effective_rank(x),
            "effective_rank_text": effective_rank(y),
            "cosine_image_mean": image_mean,
            "cosine_text_mean": text_mean,
            **pairs,
            "cosine_unmatched_mean": centre,
            **of_any,
            **recalls,
            **hubs,
            "clip_loss": clip_loss(crossed, every.products, self.scale, crossed.sums.total / self.n_unmatched),
            "norm_deviation": max(x.deviation, y.deviation),
        }
        duplicates = equal_to_earlier(x.tensor), equal_to_earlier(y.tensor)
        return StreamedMeasurement(metrics, omitted, duplicates, (len(x), len(y), x.width))

    def _cross(
        self, name: str, relation: Relevance, centre: float, asked: Asked, tick: Tick
    ) -> tuple[StreamedCross, torch.dtype]:
        """A pass over images × texts, in float64 where float32 shows little but its rounding; and which it was."""

        def run(name: str, dtype: torch.dtype) -> StreamedCross:
            sides = self.images, self.texts
            return run_cross(name, *sides, relation, centre, asked, dtype, self.at, self.runner, tick)

        found = run(name, self.dtype)
        unmatched = len(self.x) * len(self.y) - len(relation.pairs)
        if self.dtype == torch.float32 and _deviation(found.sums, unmatched) < FLAT:
            return run(f"{name}-float64", torch.float64), torch.float64
        return found, self.dtype

    def _uniformity(self, name: str, rows: StreamedRows, owner: np.ndarray | None, tick: Tick) -> tuple[float, float]:
        """Uniformity and mean cosine of one modality, as `mmgap.metrics.pass_within` computes them."""
        as_tensor, n = cast(torch.Tensor, rows), len(rows)
        if owner is not None and self._one_image(owner):
            raise ValueError(
                "all texts belong to one image: no pair of texts of two images is left for their uniformity"
            )
        pairs, dtype = n * (n - 1) // 2, product_dtype(as_tensor)
        of, sums = run_within(name, rows, _T, dtype, self.at, self.runner, tick)
        if dtype == torch.float32 and _deviation(sums, pairs) < FLAT:
            of, sums = run_within(f"{name}-float64", rows, _T, torch.float64, self.at, self.runner, tick)
        kernel, partners = sums.kernel * np.exp(-2 * _T * sums.total / pairs), n * (n - 1)
        for pair in siblings(owner, self.most, self.release) if owner is not None else ():
            kernel -= 2 * np.exp(-_T * pair_products(as_tensor, as_tensor, pair)[1]).sum()
            partners -= 2 * len(pair)
        return float(np.log(kernel / partners)), of.centre

    def _gap(self) -> tuple[dict[str, float], dict[str, str]]:
        """The corrected gap and its p; or why they are left out."""
        relation, labels = self.relation, None
        try:
            relation.known_owner  # noqa: B018  # it says what is missing where nobody can tell
            if relation.n_texts < len(relation.pairs):  # else no two images share a caption
                labels = relation.clusters
            clusters = Clusters.of(labels, len(self.x))
            parts = gap_parts(self.x, self.y, relation, clusters, self.release)
            found = gap_estimate_of(parts, clusters, seed=self.seed)
        except ValueError as error:
            return {}, {"gap_corrected": error.args[0]}
        return {"gap_corrected": found.noiseless, "gap_p": found.p_value}, {}

    def _pooled(self, own: Relevance) -> int:
        """Images of the pools that rivals by owner are counted for; 0 where nothing needs them."""
        needed = own.owner is not None and self.most > 1 and self.pool < len(self.x)
        return self.pool if needed else 0

    def _owners(self) -> np.ndarray | None:
        """The owner of each text, where some image owns several."""
        return self.relation.owner if self.most > 1 else None

    def _one_image(self, owner: np.ndarray) -> bool:
        """Whether all texts belong to the same one."""
        for some in spans(len(owner)):
            if (owner[some] != owner[0]).any():
                return False
            self.release()
        return True

    def _tiles(self, own: Relevance) -> int:
        """Tiles of all passes."""
        n, m, across = self._blocks()
        return n * (n + 1) // 2 + m * (m + 1) // 2 + across[0] * across[1] * (1 if own is self.relation else 2)

    def _done(self, own: Relevance) -> int:
        """Tiles of the strips that an earlier process did."""
        n, m, (rows, columns) = self._blocks()
        done = 0
        for name, blocks in (("images", n), ("texts", m)):
            i = min(self.at.done(name)[0] * BLOCK_ROWS, blocks)
            done += i * blocks - i * (i - 1) // 2
        return done + sum(min(self.at.done(name)[0] * BLOCK_ROWS, rows) * columns for name in ("cross", "own"))

    def _blocks(self) -> tuple[int, int, tuple[int, int]]:
        """Block rows of each pass."""
        alone = [blocks_of(rows, product_dtype(cast(torch.Tensor, rows))).count for rows in (self.images, self.texts)]
        across = [blocks_of(rows, self.dtype).count for rows in (self.images, self.texts)]
        return alone[0], alone[1], (across[0], across[1])


def _deviation(sums: PassSums, pairs: int) -> float:
    """The standard deviation of the cosines of a pass."""
    return float(np.sqrt(max(sums.square / pairs - (sums.total / pairs) ** 2, 0.0)))
