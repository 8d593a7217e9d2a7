"""What the report calls things, in English and in Spanish; its sentences are in `mmgap.report.words`.

A metric without a label here goes by its own name, so that rows may record anything.
"""

from __future__ import annotations

import re

from mmgap.report import comparison_words as practices
from mmgap.report import training_words as training
from mmgap.report.words import WORDS

LANGUAGES = ("en", "es")

_RECALL = re.compile(
    r"(?P<split>train_)?(?P<way>i2t|t2i)_r(?P<k>\d+)(?:_(?P<pool>pool|resampled)(?P<n>\d+))?(?:_(?P<kind>own|any|sd))?"
)

METRICS: dict[str, dict[str, str]] = {
    "en": {
        "gap": "gap",
        "gap_corrected": "gap, corrected",
        "gap_floor": "gap, floor",
        "gap_p": "p (no gap)",
        "misalignment_any": "misalignment, any match",
        "rmg_any": "RMG, any match",
        "l2i_any": "L2I, any match",
        "cosine_matched_mean_any": "matched mean, any match",
        "cosine_matched_std_any": "matched sd, any match",
        "gap_share_top1": "gap² in 1 dimension",
        "gap_share_top5": "gap² in 5 dimensions",
        "misalignment_centroid": "misalignment, centroids",
        "misalignment_residual": "misalignment, residual",
        "frechet2_covariance": "Fréchet², covariance",
        "mmd2_rbf": "MMD², Gaussian",
        "uniformity_with_diagonal": "uniformity, with i = j",
        "uniformity_cross": "uniformity, across",
        "logit_entropy_i2t": "logit entropy I→T",
        "logit_entropy_t2i": "logit entropy T→I",
        "modality_separability": "separability",
        "linear_cka": "linear CKA",
        "misalignment": "misalignment",
        "uniformity": "uniformity",
        "uniformity_image": "uniformity, images",
        "uniformity_text": "uniformity, texts",
        "rmg": "RMG",
        "l2i": "L2I",
        "frechet2": "Fréchet²",
        "effective_rank_image": "effective rank, images",
        "effective_rank_text": "effective rank, texts",
        "cosine_image_mean": "I–I mean",
        "cosine_image_std": "I–I sd",
        "cosine_image_min": "I–I min",
        "cosine_text_mean": "T–T mean",
        "cosine_text_std": "T–T sd",
        "cosine_text_min": "T–T min",
        "cosine_matched_mean": "matched mean",
        "cosine_matched_std": "matched sd",
        "cosine_unmatched_mean": "unmatched mean",
        "cosine_unmatched_std": "unmatched sd",
        "clip_loss": "CLIP loss",
        "norm_deviation": "norm deviation",
        "duplicate_captions": "duplicate captions",
        "texts_cut": "captions cut",
    },
    "es": {
        "gap": "BRECHA INTERMODAL",
        "gap_corrected": "BRECHA, corregida",
        "gap_floor": "BRECHA, suelo",
        "gap_p": "p (sin brecha)",
        "misalignment_any": "DESALINEAMIENTO, cualquier acierto",
        "rmg_any": "RMG, cualquier acierto",
        "l2i_any": "L2I, cualquier acierto",
        "cosine_matched_mean_any": "emparejados, media, cualquier acierto",
        "cosine_matched_std_any": "emparejados, d. t., cualquier acierto",
        "gap_share_top1": "BRECHA² en 1 dimensión",
        "gap_share_top5": "BRECHA² en 5 dimensiones",
        "misalignment_centroid": "DESALINEAMIENTO, centroides",
        "misalignment_residual": "DESALINEAMIENTO, residuo",
        "frechet2_covariance": "Fréchet², covarianza",
        "mmd2_rbf": "MMD², gaussiana",
        "uniformity_with_diagonal": "AGRUPAMIENTO, con i = j",
        "uniformity_cross": "AGRUPAMIENTO, cruzado",
        "logit_entropy_i2t": "entropía de logits I→T",
        "logit_entropy_t2i": "entropía de logits T→I",
        "modality_separability": "separabilidad",
        "linear_cka": "CKA lineal",
        "misalignment": "DESALINEAMIENTO",
        "uniformity": "AGRUPAMIENTO",
        "uniformity_image": "AGRUPAMIENTO, imágenes",
        "uniformity_text": "AGRUPAMIENTO, textos",
        "rmg": "RMG",
        "l2i": "L2I",
        "frechet2": "Fréchet²",
        "effective_rank_image": "rango efectivo, imágenes",
        "effective_rank_text": "rango efectivo, textos",
        "cosine_image_mean": "I–I media",
        "cosine_image_std": "I–I d. t.",
        "cosine_image_min": "I–I mínimo",
        "cosine_text_mean": "T–T media",
        "cosine_text_std": "T–T d. t.",
        "cosine_text_min": "T–T mínimo",
        "cosine_matched_mean": "emparejados, media",
        "cosine_matched_std": "emparejados, d. t.",
        "cosine_unmatched_mean": "no emparejados, media",
        "cosine_unmatched_std": "no emparejados, d. t.",
        "clip_loss": "pérdida CLIP",
        "norm_deviation": "desvío de la norma",
        "duplicate_captions": "textos repetidos",
        "texts_cut": "textos cortados",
    },
}

_ALL_WORDS = {
    language: WORDS[language] | practices.WORDS[language] | training.WORDS[language] for language in LANGUAGES
}
_ALL_METRICS = {
    language: METRICS[language] | practices.METRICS[language] | training.METRICS[language] for language in LANGUAGES
}


def word(name: str, language: str, **values: object) -> str:
    """A word or sentence of the report; an unknown name is itself."""
    words = _of(_ALL_WORDS, language)
    return words[name].format(**values) if name in words else name


def label(metric: str, language: str) -> str:
    """What a metric is called.

    >>> label("gap", "es"), label("t2i_r1_pool90", "en"), label("my_own", "en")
    ('BRECHA INTERMODAL', 'R@1 T→I (pool 90)', 'my_own')
    """
    known = _of(_ALL_METRICS, language).get(metric)
    if known is not None:
        return known
    recall = _RECALL.fullmatch(metric)
    if recall is None:
        return metric
    parts = _parts(recall, language)
    name = "Recall@" if language == "es" else "R@"
    return f"{name}{recall['k']} {word(recall['way'], language)}" + (f" ({', '.join(parts)})" if parts else "")


def recall_kind(metric: str, language: str) -> str:
    """What tells a recall from the plain one over the full set, whatever its k and its direction.

    >>> recall_kind("t2i_r1_pool90_own", "en"), recall_kind("t2i_r1_resampled90_sd", "en")
    ('recall (pool 90, own pair)', 'recall (pool 90, drawn)')
    """
    recall = _RECALL.fullmatch(metric.removesuffix("_sd"))
    parts = _parts(recall, language) if recall else []
    return word("recall", language) + (f" ({', '.join(parts)})" if parts else "")


def _parts(recall: re.Match[str], language: str) -> list[str]:
    parts = [word(recall["split"], language)] if recall["split"] else []
    parts += [word(recall["pool"], language, n=recall["n"])] if recall["pool"] else []
    return parts + ([word(recall["kind"], language)] if recall["kind"] else [])


def is_recall(metric: str) -> bool:
    """Whether the name is a recall: ``i2t_r1``, ``t2i_r5_pool90``, ``i2t_r1_own``, ``train_t2i_r1_pool90`` …"""
    return _RECALL.fullmatch(metric) is not None


def _of(table: dict[str, dict[str, str]], language: str) -> dict[str, str]:
    if language not in table:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    return table[language]
