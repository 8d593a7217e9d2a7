"""What each metric means: its range, and one sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.report import comparison_words as practices
from mmgap.report import training_words as training
from mmgap.report.labels import LANGUAGES, is_recall, label, word

#: Range of each metric, in signs that need no translation.
RANGES = {
    "gap": "[0, 2]",
    "gap_corrected": "[0, 2]",
    "gap_floor": "[0, 2]",
    "gap_p": "(0, 1]",
    "misalignment_any": "[0, 4]",
    "rmg_any": "[0, 1]",
    "l2i_any": "[0, 2]",
    "gap_share_top1": "[0, 1]",
    "gap_share_top5": "[0, 1]",
    "misalignment": "[0, 4]",
    "misalignment_centroid": "[0, 4]",
    "misalignment_residual": "[0, 4]",
    "uniformity": "≈ [−4, 0]",
    "uniformity_image": "≈ [−4, 0]",
    "uniformity_text": "≈ [−4, 0]",
    "uniformity_with_diagonal": "≈ [−4, 0]",
    "uniformity_cross": "[−8, 0]",
    "rmg": "[0, 1]",
    "l2i": "[0, 2]",
    "frechet2": "≥ 0",
    "effective_rank_image": "[1, min(N − 1, d)]",
    "effective_rank_text": "[1, min(N − 1, d)]",
    "frechet2_covariance": "≥ 0",
    "mmd2_rbf": "[0, 2]",
    "logit_entropy_i2t": "[0, ln M]",
    "logit_entropy_t2i": "[0, ln N]",
    "modality_separability": "[0, 1]",
    "linear_cka": "≤ 1",
    "clip_loss": "≥ 0",
    "norm_deviation": "≥ 0",
    "duplicate_captions": "≥ 0",
    "texts_cut": "≥ 0",
}

_HELP = {
    "en": {
        "gap": "distance between the mean image and the mean text; 0 for identical sets, and for shuffled pairs too",
        "gap_corrected": "the gap without what the noise of the two means adds to it; 0 at and below the floor,"
        " with the interval of the population's gap",
        "gap_floor": "the gap that a sample of this size shows on average where there is none",
        "gap_p": "p of no gap at all, by sign flips over images; ≤: the test can give no smaller one",
        "gap_share_top1": "share of gap² that the strongest single dimension carries",
        "gap_share_top5": "share of gap² that the five strongest dimensions carry",
        "misalignment_centroid": "the part of the misalignment that the means explain: gap²",
        "misalignment_residual": "the rest of it: what remains when both means are removed",
        "misalignment": "mean squared distance of the pairs; 0 only if each image equals its text",
        "uniformity": "log mean Gaussian kernel (t = 2) within a modality, mean of both; 0 when collapsed, about −4"
        " when"
        " spread over the sphere",
        "uniformity_image": "the same over the images alone",
        "uniformity_text": "the same over the texts alone",
        "uniformity_with_diagonal": "the same with each item paired with itself too",
        "uniformity_cross": "the same between images and texts (i > j, as CyCLIP's code has it)",
        "frechet2_covariance": "the part of Fréchet² that is not the gap",
        "mmd2_rbf": "maximum mean discrepancy with a Gaussian kernel, squared; 0 for equal distributions",
        "logit_entropy": "entropy of the softmax over a query's candidates at the stated logit scale; 0 when certain",
        "modality_separability": "held-out accuracy of a linear classifier of image against text; 0.5 when they mix",
        "linear_cka": "similarity of both representations up to rotation and scale, debiased; about 0 without any",
        "rmg": "relative modality gap: distance of the pairs against the distances within the modalities; 0 only if"
        " pairs"
        " coincide",
        "l2i": "mean distance of the pairs",
        "frechet2": "gap² plus the difference of the covariances",
        "effective_rank_image": "dimensions the images really use",
        "effective_rank_text": "dimensions the texts really use",
        "clip_loss": "symmetric cross-entropy at the stated logit scale; ln N for a collapsed space",
        "norm_deviation": "largest | ‖v‖ − 1 | among the vectors as given; all were normalised before measuring",
        "duplicate_captions": "captions whose words also describe another image: retrieval of the own pair counts these"
        " as misses",
        "texts_cut": "captions longer than the model's token limit (77 for CLIP): their end was not read",
        "recall": "share of queries with a relevant item among the first k; T→I: a text looks for its image, I→T the"
        " other"
        " way; “pool n”: its exact expectation among n items, else over the full set; chance is k/N",
        "cosine": "cosines: I–I, T–T within a modality, matched and unmatched across them",
    },
    "es": {
        "gap": "distancia entre la imagen media y el texto medio; 0 si los conjuntos son idénticos, y también si se"
        " barajan"
        " las parejas",
        "gap_corrected": "la brecha sin lo que le añade el ruido de las dos medias; 0 en el suelo y por debajo, con el"
        " intervalo de la brecha de la población",
        "gap_floor": "la brecha que muestra por término medio una muestra de este tamaño donde no hay ninguna",
        "gap_p": "p de que no haya brecha, por cambios de signo sobre imágenes; ≤: la prueba no puede dar una menor",
        "gap_share_top1": "parte de la brecha² que lleva la dimensión más fuerte",
        "gap_share_top5": "parte de la brecha² que llevan las cinco dimensiones más fuertes",
        "misalignment_centroid": "la parte del desalineamiento que explican las medias: brecha²",
        "misalignment_residual": "el resto: lo que queda al quitar ambas medias",
        "misalignment": "distancia cuadrática media de las parejas; 0 solo si cada imagen es igual a su texto",
        "uniformity": "logaritmo de la media del núcleo gaussiano (t = 2) dentro de cada modalidad, media de ambas;"
        " 0 si"
        " colapsa, cerca de −4 si cubre la esfera",
        "uniformity_image": "lo mismo solo con las imágenes",
        "uniformity_text": "lo mismo solo con los textos",
        "uniformity_with_diagonal": "lo mismo contando cada elemento consigo mismo",
        "uniformity_cross": "lo mismo entre imágenes y textos (i > j, como en el código de CyCLIP)",
        "frechet2_covariance": "la parte de Fréchet² que no es la brecha",
        "mmd2_rbf": "discrepancia media máxima con núcleo gaussiano, al cuadrado; 0 si las distribuciones son iguales",
        "logit_entropy": "entropía del softmax sobre los candidatos con la escala indicada; 0 si es seguro",
        "modality_separability": "acierto de un clasificador lineal de la modalidad, en datos apartados; 0.5 al azar",
        "linear_cka": "parecido de ambas representaciones salvo giro y escala, sin sesgo; cerca de 0 si no lo hay",
        "rmg": "brecha relativa: distancia de las parejas frente a las distancias dentro de cada modalidad; 0 solo"
        " si las"
        " parejas coinciden",
        "l2i": "distancia media de las parejas",
        "frechet2": "brecha² más la diferencia de las covarianzas",
        "effective_rank_image": "dimensiones que las imágenes usan de verdad",
        "effective_rank_text": "dimensiones que los textos usan de verdad",
        "clip_loss": "entropía cruzada simétrica con la escala de logits indicada; ln N en un espacio colapsado",
        "norm_deviation": "mayor | ‖v‖ − 1 | entre los vectores dados; todos se normalizan antes de medir",
        "duplicate_captions": "textos cuyas palabras describen también otra imagen: la recuperación de la propia"
        " pareja los"
        " cuenta como fallos",
        "texts_cut": "textos más largos que el límite del modelo (77 tokens en CLIP): su final no se leyó",
        "recall": "proporción de consultas con un elemento relevante entre los k primeros; T→I: un texto busca su"
        " imagen,"
        " I→T al revés; «grupos de n»: su esperanza exacta entre n elementos, si no sobre el conjunto completo; el azar"
        " es k/N",
        "cosine": "cosenos: I–I, T–T dentro de una modalidad, emparejados y no emparejados entre ambas",
    },
}

_FAMILY = {
    "recall": ("R@k", "Recall@k"),
    "cosine": ("I–I, T–T …", "I–I, T–T …"),
    "logit_entropy": ("logit entropy", "entropía de logits"),
}


def value_range(metric: str) -> str:
    """The range of a metric; empty where none is known."""
    if is_recall(metric):
        return "[0, 100] %"
    if metric.startswith("cosine_"):
        return "≥ 0" if metric.endswith("_std") else "[−1, 1]"
    return RANGES.get(metric, "") or training.RANGES.get(metric, "") or practices.value_range(metric)


def explain(metric: str, language: str) -> str:
    """What a metric means, without its name; empty where nobody wrote it down."""
    further = {**practices.HELP[language], **training.HELP[language]}
    return _HELP[language].get(_entry(metric), "") or further.get(metric, "")


def legend(metrics: Iterable[tuple[str, bool | None]], language: str) -> list[str]:
    """One line for each kind of metric that occurs, in the order given; those that nobody explained are left out.

    Args:
        metrics: (name, higher_is_better) of each.
        language: "en" or "es".
    """
    lines: dict[str, str] = {}
    for metric, better in metrics:
        entry, meaning = _entry(metric), explain(metric, language)
        if not meaning or entry in lines:
            continue
        name = _FAMILY[entry][LANGUAGES.index(language)] if entry in _FAMILY else label(metric, language)
        lines[entry] = f"{name} {value_range(metric)}: {meaning}{direction(better, language)}."
    return list(lines.values())


def direction(better: bool | None, language: str) -> str:
    """``"; higher is better"``, ``"; lower is better"`` or nothing."""
    return "" if better is None else f"; {word('higher' if better else 'lower', language)}"


def _entry(metric: str) -> str:
    """The line of the legend that a metric belongs to."""
    if is_recall(metric):
        return "recall"
    if metric.startswith("cosine_"):
        return "cosine"
    return "logit_entropy" if metric.startswith("logit_entropy_") else metric
