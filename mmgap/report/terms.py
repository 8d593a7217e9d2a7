"""Texts that are chosen at run time, each under the name of what it is about: columns, states of cells, figures."""

from __future__ import annotations

from mmgap.core.messages import N_
from mmgap.report.translation import translated

TERMS: dict[str, str] = {
    "encoder": N_("encoder"),
    "dataset": N_("dataset"),
    "space": N_("space"),
    "loss": N_("loss"),
    "seeds": N_("seeds"),
    "seed": N_("seed"),
    "status": N_("status"),
    "error": N_("error"),
    "cell": N_("cell"),
    "value": N_("value"),
    "range": N_("range"),
    "better": N_("better"),
    "ok": N_("ok"),
    "failed": N_("failed"),
    "oom": N_("out of memory"),
    "running": N_("unfinished"),
    "initial": N_("initial"),
    "i2t": N_("I→T"),
    "t2i": N_("T→I"),
    "pool": N_("pool {n}"),
    "resampled": N_("pool {n}, drawn"),
    "own": N_("own pair"),
    "sd": N_("sd"),
    "printed": N_("printed"),
    "reproduced": N_("reproduced?"),
    "retrieval_pool": N_("Recall in pools of {n}, images looking for their texts"),
    "retrieval_full": N_("Recall over the full set, both directions"),
    "mean": N_("mean"),
    "lower": N_("lower is better"),
    "intervals": N_(
        "value [low, high]: 95 % interval over images (those that share a caption count as"
        " one); mean ± sd: standard deviation over the seeds that the column “seeds” counts,"
        " images held fixed."
    ),
    "ties": N_(
        "Ties: a query whose best match ties with others counts as its expected value over a"
        " random order of the tied items, so a collapsed space scores exactly chance, k/N."
    ),
    "per_cent": N_("Recall and other shares are in per cent; — means not measured."),
    "thesis": N_("“thesis, table …”: the figures as printed in Lazar Crisan (2024), under the row they belong to."),
    "provenance": N_("Where and when"),
    "images": N_("images"),
    "texts": N_("texts"),
    "image": N_("image"),
    "text": N_("text"),
    "matched": N_("image–text\nmatched"),
    "unmatched": N_("image–text\nunmatched"),
    "image_image": N_("image–image"),
    "text_text": N_("text–text"),
    "gap": N_("gap"),
    "vector": N_("as SVG"),
    "top1": N_("top-1"),
    "diagonal_spread": N_("diagonal, mean ± sd of the pairs"),
    "diagonal_range": N_("diagonal, range"),
    "off_diagonal_spread": N_("off the diagonal, mean ± sd"),
    "practices_recall": N_("Recall over the whole folder, both directions"),
    "practices_blocks": N_("Mean cosines within and between categories"),
    "encoder_a": N_("encoder A"),
    "encoder_b": N_("encoder B"),
    "top1_change": N_("top-1, points"),
    "matches": N_("images matched, A → B"),
    "diagonal_change": N_("diagonal mean, B − A"),
    "relative_change": N_("relative change, %"),
    "images_improved": N_("images improved, %"),
    "p_value": N_("p"),
    "image_within": N_("I–I within"),
    "text_within": N_("T–T within"),
    "pair_within": N_("I–T within, off the diagonal"),
    "improvement": N_("cosine under B − cosine under A"),
    "effects_against": N_("Change against {against}: mean [95 % interval]{seeds}"),
    "effects_initial": N_("Change against the encoder before training: mean [95 % interval]{seeds}"),
    "points": N_("points"),
    "verdict_lower": N_("{metric} lower, {change}"),
    "verdict_higher": N_("{metric} higher, {change}"),
    "verdict_open": N_("{metric} cannot be told, {change}"),
    "verdict_none": N_("{metric} {change}"),
    "epochs": N_("epochs"),
    "chance": N_("chance, ln N"),
    "total": N_("total"),
    "in_batch": N_("in the batch"),
    "validation": N_("validation"),
    "rate": N_("learning rate"),
    "rank": N_("effective rank"),
    "any": N_("any match"),
    "train_": N_("train split"),
    "batch": N_("batch"),
    "tuning": N_("tuning"),
    "resnet": N_("ResNet"),
    "vit": N_("ViT"),
    "text-transformer": N_("Text transformer"),
    "linear": N_("linear"),
}


def term(name: str, language: str, /, **values: object) -> str:
    """Return the text that a name stands for, in a language; an unknown name is itself.

    >>> term("oom", "en"), term("pool", "es", n=90), term("my axis", "es")
    ('out of memory', 'grupos de 90', 'my axis')
    """
    return translated(TERMS[name], language, **values) if name in TERMS else name
