"""What the report calls things, in English and in Spanish: one dictionary of words and one of metrics a language.

A metric without a label here goes by its own name, so that rows may record anything.
"""

from __future__ import annotations

import re

LANGUAGES = ("en", "es")

_RECALL = re.compile(
    r"(?P<way>i2t|t2i)_r(?P<k>\d+)(?:_(?P<pool>pool|resampled)(?P<n>\d+))?(?:_(?P<kind>strict|any|sd))?"
)

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Modality gap report",
        "encoder": "encoder",
        "dataset": "dataset",
        "loss": "loss",
        "seeds": "seeds",
        "seed": "seed",
        "notes": "notes",
        "items": "images / texts",
        "status": "status",
        "error": "error",
        "rerun": "to run it again",
        "cell": "cell",
        "metric": "metric",
        "value": "value",
        "range": "range",
        "better": "better",
        "ok": "ok",
        "failed": "failed",
        "oom": "out of memory",
        "running": "unfinished",
        "died": "the process died before the cell ended",
        "initial": "initial",
        "i2t": "I→T",
        "t2i": "T→I",
        "pool": "pool {n}",
        "resampled": "pool {n}, drawn",
        "strict": "own pair",
        "any": "any match",
        "sd": "sd",
        "printed": "thesis, table {table}",
        "main": "Gap, misalignment, uniformity and recall in pools of {n}",
        "main_full": "Gap, misalignment and uniformity",
        "retrieval_pool": "Recall in pools of {n}, images looking for their texts",
        "retrieval_full": "Recall over the full set, both directions",
        "more": "Further measurements: {family}",
        "part": "{caption} ({part} of {parts})",
        "distance": "between the modalities",
        "spread": "within the modalities",
        "rest": "the rest",
        "cosines": "cosines",
        "recall": "retrieval",
        "all": "Measurements",
        "same": "Everywhere in this table: {what}.",
        "not_ok": "Cells without a result",
        "cells": "{n} cells: {what}; {time} of computing.",
        "no_rows": "There are no rows to report: nothing has been measured yet.",
        "mean": "mean",
        "pairs": "pairs",
        "legend": "How to read the tables",
        "higher": "higher is better",
        "lower": "lower is better",
        "intervals": "value [low, high]: 95 % interval; mean ± sd: over the seeds that the column “seeds” counts.",
        "ties": "Ties: a query whose best match ties with others counts as its expected value over a random order of"
        " the tied items, so a collapsed space scores exactly chance, k/N.",
        "per_cent": "Recall and other shares are in per cent; — means not measured.",
        "thesis": "“thesis, table …”: the figures as printed in Lazar Crisan (2024), under the row they belong to.",
        "provenance": "Where and when",
        "when": "measured (UTC)",
        "experiment measure": "The gap of encoders on data",
        "experiment train": "What training with each loss changes",
        "experiment theory": "Theory: Power Spherical spaces",
        "experiment cones": "The cone effect of random initialisation",
        "experiment speed": "Speed",
        "what": "what",
        "formats": "The same report as",
        "images": "images",
        "texts": "texts",
        "image": "image",
        "text": "text",
        "matched": "image–text\nmatched",
        "unmatched": "image–text\nunmatched",
        "image_image": "image–image",
        "text_text": "text–text",
        "cosine": "cosine",
        "density": "density",
        "fig_cosines": "Cosines within and across modalities",
        "fig_similarity": "Cosine of each image (row) with each caption (column)",
        "fig_map": "Pairs on the first two principal components of both modalities",
        "component": "principal component {n}",
        "gap": "gap",
        "cap_cosines": "Densities of all cosines: image–image, text–text, matched and unmatched image–text; dots"
        " mark the"
        " means.",
        "cap_similarity": "Cosines of a sample of images (rows) and their captions (columns), by id; pairs lie on the"
        " diagonal.",
        "cap_map": "First two principal components of a sample of pairs; a line joins each image to its text, an arrow"
        " their means.",
        "vector": "as SVG",
    },
    "es": {
        "title": "Informe de la brecha intermodal",
        "encoder": "codificador",
        "dataset": "conjunto de datos",
        "loss": "pérdida",
        "seeds": "semillas",
        "seed": "semilla",
        "notes": "notas",
        "items": "imágenes / textos",
        "status": "estado",
        "error": "error",
        "rerun": "para repetirla",
        "cell": "celda",
        "metric": "métrica",
        "value": "valor",
        "range": "rango",
        "better": "mejor",
        "ok": "hecha",
        "failed": "fallida",
        "oom": "sin memoria",
        "running": "inacabada",
        "died": "el proceso murió antes de terminar la celda",
        "initial": "inicial",
        "i2t": "I→T",
        "t2i": "T→I",
        "pool": "grupos de {n}",
        "resampled": "grupos de {n}, sorteados",
        "strict": "solo su pareja",
        "any": "cualquier acierto",
        "sd": "d. t.",
        "printed": "tesis, tabla {table}",
        "main": "Brecha intermodal, desalineamiento, agrupamiento y recall en grupos de {n}",
        "main_full": "Brecha intermodal, desalineamiento y agrupamiento",
        "retrieval_pool": "Recall en grupos de {n}: imágenes que buscan sus textos",
        "retrieval_full": "Recall sobre el conjunto completo, en ambas direcciones",
        "more": "Otras medidas: {family}",
        "part": "{caption} ({part} de {parts})",
        "distance": "entre las modalidades",
        "spread": "dentro de las modalidades",
        "rest": "el resto",
        "cosines": "cosenos",
        "recall": "recuperación",
        "all": "Medidas",
        "same": "En toda la tabla: {what}.",
        "not_ok": "Celdas sin resultado",
        "cells": "{n} celdas: {what}; {time} de cómputo.",
        "no_rows": "No hay filas que mostrar: todavía no se ha medido nada.",
        "mean": "media",
        "pairs": "parejas",
        "legend": "Cómo leer las tablas",
        "higher": "mejor cuanto más alto",
        "lower": "mejor cuanto más bajo",
        "intervals": "valor [bajo, alto]: intervalo del 95 %; media ± desviación típica: sobre las semillas que"
        " cuenta la"
        " columna «semillas».",
        "ties": "Empates: una consulta cuyo mejor acierto empata con otros cuenta como su valor esperado sobre un orden"
        " aleatorio de los empatados, de modo que un espacio colapsado obtiene exactamente el azar, k/N.",
        "per_cent": "El recall y las demás proporciones van en tanto por ciento; — significa no medido.",
        "thesis": "«tesis, tabla …»: las cifras impresas en Lazar Crisan (2024), bajo la fila a la que corresponden.",
        "provenance": "Dónde y cuándo",
        "when": "medido (UTC)",
        "experiment measure": "La brecha de los codificadores sobre datos",
        "experiment train": "Qué cambia el entrenamiento con cada pérdida",
        "experiment theory": "Teoría: espacios Power Spherical",
        "experiment cones": "El efecto cono de la inicialización aleatoria",
        "experiment speed": "Velocidad",
        "what": "qué",
        "formats": "El mismo informe en",
        "images": "imágenes",
        "texts": "textos",
        "image": "imagen",
        "text": "texto",
        "matched": "imagen–texto\nemparejados",
        "unmatched": "imagen–texto\nno emparejados",
        "image_image": "imagen–imagen",
        "text_text": "texto–texto",
        "cosine": "coseno",
        "density": "densidad",
        "fig_cosines": "Cosenos dentro de cada modalidad y entre ambas",
        "fig_similarity": "Coseno de cada imagen (fila) con cada texto (columna)",
        "fig_map": "Parejas en las dos primeras componentes principales",
        "component": "componente principal {n}",
        "gap": "brecha",
        "cap_cosines": "Densidades de todos los cosenos: imagen–imagen, texto–texto, imagen–texto emparejados y no"
        " emparejados; los puntos marcan las medias.",
        "cap_similarity": "Cosenos de una muestra de imágenes (filas) y sus textos (columnas), por id; las parejas"
        " están"
        " en la diagonal.",
        "cap_map": "Dos primeras componentes principales de una muestra de parejas; una línea une cada imagen y su"
        " texto, una flecha sus medias.",
        "vector": "en SVG",
    },
}

METRICS: dict[str, dict[str, str]] = {
    "en": {
        "gap": "gap",
        "gap_null": "gap, null floor",
        "gap_null_high": "gap, null, 95th percentile",
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
    },
    "es": {
        "gap": "BRECHA INTERMODAL",
        "gap_null": "BRECHA, suelo nulo",
        "gap_null_high": "BRECHA, nulo, percentil 95",
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
    },
}


def word(name: str, language: str, **values: object) -> str:
    """A word or sentence of the report; an unknown name is itself."""
    words = _of(WORDS, language)
    return words[name].format(**values) if name in words else name


def label(metric: str, language: str) -> str:
    """What a metric is called.

    >>> label("gap", "es"), label("t2i_r1_pool90", "en"), label("my_own", "en")
    ('BRECHA INTERMODAL', 'R@1 T→I (pool 90)', 'my_own')
    """
    known = _of(METRICS, language).get(metric)
    if known is not None:
        return known
    recall = _RECALL.fullmatch(metric)
    if recall is None:
        return metric
    parts = [word(recall["pool"], language, n=recall["n"])] if recall["pool"] else []
    parts += [word(recall["kind"], language)] if recall["kind"] else []
    name = "Recall@" if language == "es" else "R@"
    return f"{name}{recall['k']} {word(recall['way'], language)}" + (f" ({', '.join(parts)})" if parts else "")


def experiment_title(experiment: str, language: str) -> str:
    """The heading of an experiment's section; one without a title goes by its name."""
    return _of(WORDS, language).get(f"experiment {experiment}", experiment)


def is_recall(metric: str) -> bool:
    """Whether the name is a recall: ``i2t_r1``, ``t2i_r5_pool90``, ``i2t_r1_strict`` …"""
    return _RECALL.fullmatch(metric) is not None


def _of(table: dict[str, dict[str, str]], language: str) -> dict[str, str]:
    if language not in table:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    return table[language]
