"""What the report calls metrics: by their label in the catalogue; one that is not in it goes by its own name."""

from __future__ import annotations

from mmgap.metrics.catalogue import PART, described
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.recall_names import RecallName, recall_name


def label(metric: str, language: str) -> str:
    """Return what a metric is called.

    >>> label("gap", "es"), label("t2i_r1_pool90", "en"), label("lang_ja_t2i_r1", "en"), label("my_own", "en")
    ('BRECHA INTERMODAL', 'R@1 T→I (pool 90)', 'R@1 T→I · ja', 'my_own')
    """
    if (part := PART.fullmatch(metric)) is not None:
        return f"{label(part['metric'], language)} · {part['part']}"
    recall = recall_name(metric)
    if recall is None:
        known = described(metric).label
        return translated(known, language) if known else term(metric, language)
    details = _details(recall, language) + [translated("sd", language)] * recall.sd
    name = translated("R@", language)
    return f"{name}{recall.k} {term(recall.way, language)}" + (f" ({', '.join(details)})" if details else "")


def family(metric: str, language: str) -> str:
    """Return what a metric is about; of a recall also what tells it from the plain one, but for k and direction.

    >>> family("rmg", "en"), family("t2i_r1_pool90_own", "en"), family("t2i_r1_resampled90_sd", "en")
    ('between the modalities', 'recall (pool 90, own pair)', 'recall (pool 90, drawn)')
    """
    recall, about = recall_name(metric), translated(described(metric).family, language)
    details = [] if recall is None else _details(recall, language)
    return about + (f" ({', '.join(details)})" if details else "")


def _details(recall: RecallName, language: str) -> list[str]:
    """Split, pool and relevance of a recall, as far as its name says them."""
    pools = "resampled" if recall.drawn else "pool"
    details = [translated("train split", language)] * recall.train
    details += [term(pools, language, n=recall.pool)] * (recall.pool is not None)
    return details + [term(recall.relevance, language)] * bool(recall.relevance)
