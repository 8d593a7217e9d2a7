"""What the report calls metrics: by their label in the catalogue; one that is not in it goes by its own name."""

from __future__ import annotations

import re

from mmgap.core.messages import N_
from mmgap.metrics.catalogue import PART, described
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.cell import INITIAL, UNCHANGED
from mmgap.rows.recall_names import RecallName, recall_name


def label(metric: str, language: str) -> str:
    """Return what a metric is called.

    >>> label("gap", "es"), label("t2i_r1_pool90", "en"), label("lang_ja_t2i_r1", "en"), label("my_own", "en")
    ('BRECHA INTERMODAL', 'R@1 T→I (pool 90)', 'R@1 T→I · ja', 'my_own')
    >>> label("relu.last", "en")
    'ReLU: last layer'
    >>> label("alarms_shifted_rows", "en")
    'false alarms: shifted rows'
    """
    if (part := PART.fullmatch(metric)) is not None:
        return f"{label(part['metric'], language)} · {part['part']}"
    recall = recall_name(metric)
    if recall is None:
        known = described(metric).label
        if known:
            return translated(known, language)
        return _of_a_setting(metric, language) or _of_a_fault(metric, language) or term(metric, language)
    details = _details(recall, language) + [translated("sd", language)] * recall.sd
    name = translated("R@", language)
    return f"{name}{recall.k} {term(recall.way, language)}" + (f" ({', '.join(details)})" if details else "")


def member(name: str, language: str) -> str:
    """Return what a loss or a space is called in a study; what stands before all change is named in words.

    >>> member("initial", "en"), member("as is", "es"), member("ce+anti", "en")
    ('initial', 'tal cual', 'ce+anti')
    """
    return translated(_BEFORE[name], language) if name in _BEFORE else name


#: Members of a study that nothing was done to.
_BEFORE = {INITIAL: N_("initial"), UNCHANGED: N_("as is")}


def setting(name: str, language: str) -> str | None:
    """Return under what a figure was taken, by the name that stands before its point; None of others.

    >>> setting("kappa-200", "en"), setting("theta_deg=45", "es"), setting("d10", "en"), setting("relu", "en")
    ('κ = 200', 'θ = 45°', 'd = 10', 'ReLU')
    """
    if (found := _SETTING.fullmatch(name)) is not None:
        symbol, end = _SYMBOLS[found[1]]
        return f"{symbol} = {found[2]}{end}"
    return term(name, language) if name in _ACTIVATIONS else None


#: Quantities that are varied, and how they are written: a symbol, and what stands behind the number.
_SYMBOLS = {"kappa": ("κ", ""), "theta_deg": ("θ", "°"), "d": ("d", "")}
_SETTING = re.compile(rf"({'|'.join(_SYMBOLS)})[-=]?(\d+)")
_ACTIVATIONS = ("relu", "sigmoid", "tanh", "linear")

#: Of a random network with this activation.
_LAYERS = {"first": N_("first layer"), "last": N_("last layer")}


def _of_a_setting(metric: str, language: str) -> str | None:
    """``theta_deg-45.gap.sd`` is a figure's sd under a setting: all three in words; None of other names."""
    first, *others = metric.split(".")
    if not others or (under := setting(first, language)) is None:
        return None
    words = [translated(_LAYERS[one], language) if one in _LAYERS else label(one, language) for one in others]
    return f"{under}: {', '.join(words)}"


def _of_a_fault(metric: str, language: str) -> str | None:
    """``alarms_norms`` is how often one kind of fault was found where there is none; None of other names."""
    kind = metric.removeprefix("alarms_")
    return None if kind == metric else f"{term('alarms', language)}: {term(kind, language)}"


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
    pools = "resampled" if recall.drawn else "pool_of"
    details = [translated("train split", language)] * recall.train
    details += [term(pools, language, n=recall.pool)] * (recall.pool is not None)
    return details + [term(recall.relevance, language)] * bool(recall.relevance)
