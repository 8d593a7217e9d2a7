"""The catalogue of what is measured over several languages and drawings of the same concepts."""

from __future__ import annotations

from functools import partial

from mmgap.core.messages import N_
from mmgap.metrics.catalogue_entry import PER_CENT, Metric

#: What the variance of the gap is divided into, in the order of `mmgap.stats.crossed_variance`.
SOURCES = ("language", "style", "concept", "language_concept", "style_concept")

_drawings = partial(Metric, unit="share", range=PER_CENT, better=True, family=N_("over all drawings"))
_variance = partial(
    Metric,
    unit="share",
    range=PER_CENT,
    family=N_("what the gap varies with"),
    help=N_(
        "share of the variance of a pair's distance along the gap, image minus text, over concepts, languages and"
        " drawings, all crossed; spellings of one language count once"
    ),
    legend=N_("variance of the gap"),
)
_HIT = N_(
    "share of texts with a drawing of their concept among the first k of one gallery of all drawings, each of which is"
    " relevant"
)

LANGUAGES = (
    *(
        _drawings(f"drawings_t2i_r{k}", label, help=_HIT, legend=N_("R@k over all drawings"))
        for k, label in (
            (1, N_("R@1 over all drawings")),
            (5, N_("R@5 over all drawings")),
            (10, N_("R@10 over all drawings")),
        )
    ),
    _drawings(
        "drawings_t2i_rprecision",
        N_("R-precision over all drawings"),
        help=N_("share of drawings of the text's concept among as many first places as there are drawings"),
    ),
    _drawings("drawings_t2i_map_at_r", N_("mAP@R over all drawings"), help=N_("mAP@R of the same gallery")),
    _variance("gap_variance_language", N_("variance: language")),
    _variance("gap_variance_style", N_("variance: drawing")),
    _variance("gap_variance_concept", N_("variance: concept")),
    _variance("gap_variance_language_concept", N_("variance: language × concept")),
    _variance("gap_variance_style_concept", N_("variance: drawing × concept")),
)
