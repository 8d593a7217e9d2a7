"""The catalogue of few-shot classification: what experiment ``adapters`` records."""

from __future__ import annotations

from functools import partial

from mmgap.core.messages import N_
from mmgap.metrics.catalogue_entry import NOT_NEGATIVE, PER_CENT, Metric

_count = partial(Metric, unit="count", range=NOT_NEGATIVE)
_adapted = partial(Metric, family=N_("few-shot classification"))
_ACCURACY_HELP = N_("share of test images that are given their class, mean over draws of the shots")
_GAIN_HELP = N_("accuracy less that of zero-shot on the same images")
_LEAK_HELP = N_(
    "accuracy less that of the same adapter chosen without the test images: what the published protocol adds"
)

_FEW, _GAINED, _LEAKED = N_("accuracy, n shots"), N_("gain, n shots"), N_("leak, n shots")
_POINTS = "[−100, 100]"

ADAPTERS = (
    _adapted(
        "accuracy_zero_shot",
        N_("accuracy, zero-shot"),
        unit="share",
        range=PER_CENT,
        better=True,
        help=N_("share of test images whose nearest class vector is that of their class"),
    ),
    *(
        _adapted(
            f"accuracy_shots{k}", label, unit="share", range=PER_CENT, better=True, help=_ACCURACY_HELP, legend=_FEW
        )
        for k, label in (
            (1, N_("accuracy, 1 shot")),
            (2, N_("accuracy, 2 shots")),
            (4, N_("accuracy, 4 shots")),
            (8, N_("accuracy, 8 shots")),
            (16, N_("accuracy, 16 shots")),
        )
    ),
    *(
        _adapted(f"gain_shots{k}", label, unit="points", range=_POINTS, better=True, help=_GAIN_HELP, legend=_GAINED)
        for k, label in (
            (1, N_("gain, 1 shot")),
            (2, N_("gain, 2 shots")),
            (4, N_("gain, 4 shots")),
            (8, N_("gain, 8 shots")),
            (16, N_("gain, 16 shots")),
        )
    ),
    *(
        _adapted(f"leak_shots{k}", label, unit="points", range=_POINTS, better=False, help=_LEAK_HELP, legend=_LEAKED)
        for k, label in (
            (1, N_("leak, 1 shot")),
            (2, N_("leak, 2 shots")),
            (4, N_("leak, 4 shots")),
            (8, N_("leak, 8 shots")),
            (16, N_("leak, 16 shots")),
        )
    ),
    _count("n_classes", N_("classes"), help=N_("classes that are told apart")),
    _count("n_test", N_("test images"), help=N_("images that are classified, none of them seen before")),
)
