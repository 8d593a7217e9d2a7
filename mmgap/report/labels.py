"""What the report calls things, in English and in Spanish; its sentences are in `mmgap.report.words`.

What metrics are called stands in the catalogue of metrics; one that is not in it goes by its own name.
"""

from __future__ import annotations

from mmgap.metrics.catalogue import described
from mmgap.report import comparison_words as practices
from mmgap.report import training_words as training
from mmgap.report.metric_words import SPANISH
from mmgap.report.words import WORDS
from mmgap.rows.recall_names import RecallName, recall_name

LANGUAGES = ("en", "es")

_ALL_WORDS = {
    language: WORDS[language] | practices.WORDS[language] | training.WORDS[language] for language in LANGUAGES
}


def word(name: str, language: str, **values: object) -> str:
    """Return a word or sentence of the report; an unknown name is itself."""
    words = _ALL_WORDS[_known(language)]
    return words[name].format(**values) if name in words else name


def translated(text: str, language: str) -> str:
    """Return an English text of the catalogue of metrics in a language; one without a translation as it is.

    >>> translated("gap, floor", "es")
    'BRECHA, suelo'
    """
    return SPANISH.get(text, text) if _known(language) == "es" else text


def label(metric: str, language: str) -> str:
    """Return what a metric is called.

    >>> label("gap", "es"), label("t2i_r1_pool90", "en"), label("my_own", "en")
    ('BRECHA INTERMODAL', 'R@1 T→I (pool 90)', 'my_own')
    """
    recall = recall_name(metric)
    if recall is None:
        return translated(described(metric).label or metric, language)
    details = _details(recall, language) + [word("sd", language)] * recall.sd
    name = "Recall@" if language == "es" else "R@"
    return f"{name}{recall.k} {word(recall.way, language)}" + (f" ({', '.join(details)})" if details else "")


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
    details = [word("train_", language)] * recall.train
    details += [word(pools, language, n=recall.pool)] * (recall.pool is not None)
    return details + [word(recall.relevance, language)] * bool(recall.relevance)


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    return language
