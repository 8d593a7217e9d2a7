"""What an experiment records of one encoder on the same concepts in several languages and drawings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from mmgap import stats
from mmgap.core.defaults import RECALLS_AT
from mmgap.core.messages import N_
from mmgap.core.progress import progress_bar
from mmgap.datasets.base import DatasetError
from mmgap.datasets.parallel_languages import GROUPS, Parallel
from mmgap.datasets.same_pictures import positions
from mmgap.encoders.embed import embed
from mmgap.evaluation.space_intervals import recall_intervals
from mmgap.metrics.cosines import cone
from mmgap.metrics.judged_retrieval import judged_query
from mmgap.metrics.language_entries import SOURCES
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.recalls import recall_hits
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.unit_rows import UnitRows, normalised
from mmgap.rows.recall_names import recall_names
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder

#: Ranks up to which any drawing of a text's concept counts.
ANY_AT = (1, 5, 10)


def record_languages(
    record: Recorder, encoder: Encoder, family: Parallel, load: Callable[[str], Dataset], *, pool: int, seed: int
) -> None:
    """Record gap, cone and recall in each language and each drawing, and what the gap varies with.

    Own pairs are relevant; intervals are 95 %, over concepts, those together whose names are the same.

    Args:
        record: the recording door of the cell.
        encoder: as it is, or trained on the names of one language.
        family: what names and draws the concepts.
        load: (data set) → its test split as the encoder sees it.
        pool: images in a pool.
        seed: of the sign flips behind p-values.

    Raises:
        DatasetError: two of them have not the same concepts.
    """
    own = load(family.languages[family.language])
    texts, clusters, images = {}, {}, {}
    for language, spec in progress_bar(family.languages.items(), desc="languages"):
        data = load(spec)
        order = _order(own, data)
        found = embed(encoder, data)
        texts[language] = normalised(found.texts[order], f"texts in {language}")
        clusters[language] = relevance_of(data.relevance("any"), len(order), len(order), data.owner).clusters[order]
        if language == family.language:
            images[family.style] = normalised(found.images, "images")
    for style in [style for style in family.styles if style not in images]:
        data = load(family.styles[style])
        images[style] = normalised(embed(encoder, data).images[_order(own, data)], f"images by {style}")
    for language, rows in texts.items():
        _record_pair(record, f"lang_{language}", images[family.style], rows, clusters[language], pool, seed)
    for style in family.styles:
        pair = images[style], texts[family.language], clusters[family.language]
        _record_pair(record, f"style_{style}", *pair, pool, seed)
    if len(images) > 1:
        _record_any_drawing(record, list(images.values()), texts[family.language])
    _record_variance(record, images, texts)


def _order(own: Dataset, other: Dataset) -> np.ndarray:
    """Where each concept stands in another data set; raises `DatasetError` unless both name each of them once."""
    order = positions(own, other)
    if not len(own.captions) == len(other.captions) == len(order):
        raise DatasetError(f"{own.name} and {other.name} have not one name for each concept: add keywords=first")
    return order


def _record_pair(
    record: Recorder, name: str, x: UnitRows, y: UnitRows, clusters: np.ndarray, pool: int, seed: int
) -> None:
    """Corrected gap, mean cosine of two texts, and R@1 by own pairs of one language and drawing."""
    _keep(record, f"{name}_gap_corrected", stats.gap_estimate(x, y, clusters=clusters, seed=seed).corrected)
    record(f"{name}_cosine_text_mean", cone(y).mean, n=len(y))
    relation = relevance_of(None, len(x), len(y), None)
    ranked = cross(x.tensor, y.tensor, relation, deepest=max(RECALLS_AT))
    hits, omitted = recall_hits(ranked, pool)
    for reason in omitted.values():
        record.note("Left out: {reason}.", reason=reason)
    first = {key: hits[key] for key in recall_names(("t2i", "i2t"), (1,), pool if len(x) >= pool else None)}
    for key, interval in recall_intervals(ranked, first, clusters, pool).items():
        _keep(record, f"{name}_{key}", interval)


def _record_any_drawing(record: Recorder, images: list[UnitRows], texts: UnitRows) -> None:
    """Retrieval of texts in one gallery of all drawings, every drawing of the concept being relevant."""
    gallery = np.concatenate([rows.tensor.numpy() for rows in images])
    concepts = np.tile(np.arange(len(texts)), len(images))
    found = [judged_query(row @ gallery.T, concepts == c, ANY_AT) for c, row in enumerate(texts.tensor.numpy())]
    for k in ANY_AT:
        _keep(record, f"drawings_t2i_r{k}", stats.share_interval([one.hits[k] for one in found]))
    _keep(record, "drawings_t2i_rprecision", stats.mean_interval([one.r_precision for one in found], limits=(0, 1)))
    _keep(record, "drawings_t2i_map_at_r", stats.mean_interval([one.ap_at_r for one in found], limits=(0, 1)))


def _record_variance(record: Recorder, images: Mapping[str, UnitRows], texts: Mapping[str, UnitRows]) -> None:
    """Shares of the variance of a pair's distance along the gap, spellings of one language counted once."""
    names = dict.fromkeys(GROUPS.get(language, language) for language in texts)
    grouped = [
        np.mean([rows.tensor.numpy() for code, rows in texts.items() if GROUPS.get(code, code) == name], axis=0)
        for name in names
    ]
    drawn = [rows.tensor.numpy() for rows in images.values()]
    gap = np.mean(drawn, axis=(0, 1)) - np.mean(grouped, axis=(0, 1))
    if (length := float(np.linalg.norm(gap))) < np.finfo(np.float32).eps:
        record.note(N_("Left out: what the gap varies with, as there is none."))
        return
    found = stats.variance_shares(
        *(np.stack([rows @ gap / length for rows in side], axis=1) for side in (drawn, grouped))
    )
    for source in SOURCES:
        if not (source.startswith("style") and len(images) == 1):
            _keep(record, f"gap_variance_{source}", found[source])


def _keep(record: Recorder, name: str, interval: stats.Interval) -> None:
    record(name, interval.value, ci=(interval.low, interval.high), n=interval.n)
