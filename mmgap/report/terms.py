"""Texts that are chosen at run time, each under the name of what it is about: axes, states of cells, recalls."""

from __future__ import annotations

from mmgap.core.messages import N_
from mmgap.report.translation import translated

TERMS: dict[str, str] = {
    "encoder": N_("encoder"),
    "dataset": N_("dataset"),
    "space": N_("space"),
    "adapter": N_("adapter"),
    "loss": N_("loss"),
    "seed": N_("seed"),
    "cell": N_("cell"),
    "status": N_("status"),
    "value": N_("value"),
    "epochs": N_("epochs"),
    "batch": N_("batch"),
    "tuning": N_("tuning"),
    "ok": N_("ok"),
    "failed": N_("failed"),
    "oom": N_("out of memory"),
    "running": N_("unfinished"),
    "i2t": N_("I→T"),
    "t2i": N_("T→I"),
    "pool": N_("pool {n}"),
    "resampled": N_("pool {n}, drawn"),
    "own": N_("own pair"),
    "any": N_("any match"),
    "captions": N_("captions"),
    "first": N_("first"),
    "all": N_("all"),
    "architecture": N_("architecture"),
    "angle": N_("angle"),
    "captions_shared": N_("captions shared"),
    "as ARASAAC": N_("as in ARASAAC"),
    "no": N_("no"),
    "dimensions": N_("dimensions"),
    "images": N_("images"),
    "sources": N_("what varies"),
    "trainings": N_("trainings"),
    "gaps": N_("gaps"),
    "likeness": N_("likeness"),
    "against": N_("against"),
    "what": N_("what"),
    "table": N_("table"),
    "git": N_("commit"),
    "git_dirty": N_("uncommitted changes"),
    "True": N_("yes"),
    "False": N_("no"),
    "python": N_("Python"),
    "libraries": N_("libraries"),
    "platform": N_("platform"),
    "cpus": N_("processors"),
    "device": N_("device"),
    "gpus": N_("graphics cards"),
    "threads": N_("threads"),
    "deterministic": N_("deterministic"),
    "floor": N_("floor"),
    "true_gap": N_("true gap"),
    "coverage": N_("coverage"),
    "rejected": N_("rejected at 5 %"),
    "least": N_("least"),
    "mean": N_("mean"),
    "cosine_between_seeds": N_("cosine between seeds"),
    "cosine_mean": N_("mean cosine"),
    "cosine_min": N_("least cosine"),
    "other_s": N_("the other way"),
    "ours_s": N_("mmgap"),
    "ratio": N_("ratio"),
    "pictures_per_second": N_("pictures per second"),
    "extra_mb": N_("beyond the input"),
    "input_mb": N_("input"),
    "resnet": N_("ResNet"),
    "vit": N_("ViT"),
    "text-transformer": N_("Text transformer"),
    "linear": N_("linear"),
    "noise": N_("noise"),
    "int8": N_("8 bits"),
    "binary": N_("sign bits"),
    "pq": N_("product codes"),
}


def term(name: str, language: str, /, **values: object) -> str:
    """Return the text that a name stands for, in a language; an unknown name is itself.

    >>> term("oom", "en"), term("pool", "es", n=90), term("my axis", "es")
    ('out of memory', 'grupos de 90', 'my axis')
    """
    return translated(TERMS[name], language, **values) if name in TERMS else name
