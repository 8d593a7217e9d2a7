"""The words of the practices' section, in English and in Spanish; `mmgap.report.labels` joins them to the others."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "experiment practices": "The practices: before CLIP against CLIP",
        "top1": "top-1",
        "diagonal_spread": "diagonal, mean ± sd of the pairs",
        "diagonal_range": "diagonal, range",
        "off_diagonal_spread": "off the diagonal, mean ± sd",
        "category": "category",
        "no_category": "no category",
        "practices_main": "Each image against every caption: top-1 matching and the diagonal of the similarity matrix",
        "practices_recall": "Recall over the whole folder, both directions",
        "practices_blocks": "Mean cosines within and between categories",
        "practices_categories": "By category: the pairs of each encoder",
        "practices_comparison": "Encoder B against encoder A on the same images",
        "encoder_a": "encoder A",
        "encoder_b": "encoder B",
        "top1_change": "top-1, points",
        "matches": "images matched, A → B",
        "diagonal_change": "diagonal mean, B − A",
        "relative_change": "relative change, %",
        "images_improved": "images improved, %",
        "p_value": "p",
        "image_within": "I–I within",
        "text_within": "T–T within",
        "pair_within": "I–T within, off the diagonal",
        "as_printed": "printed ({what})",
        "printed_practice": "{what}: as a practice printed them for {images} photos of its own ({photos}), projection"
        " {projection}: other photos than these, so a difference says nothing of either measurement.",
        "compared_how": "Intervals of a comparison are 95 % and paired: images are resampled with all of their"
        " captions; p: sign-flip test over images{holm}. The relative change from 0 is ∞.",
        "holm": ", corrected for several comparisons after Holm",
        "spread_pairs": "“mean ± sd of the pairs” is the spread over pairs, not over seeds.",
        "not_compared": "Not compared: {why}.",
        "arrays_gone": "The arrays of {encoders} are gone from the cache, so comparisons, JSON files or pictures"
        " are missing: run it again with --refresh all.",
        "result_files": "The same figures by category and by image as JSON",
        "against_pair": "{a} against {b}",
        "caption_text": "caption",
        "fig_image_text": "Cosine of each image (row) with each caption (column)",
        "fig_image_image": "Cosines between the images",
        "fig_text_text": "Cosines between the captions",
        "cap_image_text": "Cosines of all images (rows) with all captions (columns), by category and file name; a pair"
        " lies on the diagonal, lines part the categories.",
        "cap_image_image": "Cosines between all images, by category and file name; lines part the categories.",
        "cap_text_text": "Cosines between all captions, by category and the name of their image's file; lines part the"
        " categories.",
        "fig_map_pca": "Map: two principal components",
        "fig_map_tsne": "Map: t-SNE",
        "fig_map_umap": "Map: UMAP",
        "fig_map_thumbnails": "Map of the images: two principal components",
        "cap_map_pca": "Images and captions on their first two principal components, with file names; a line joins a"
        " pair.",
        "cap_map_tsne": "t-SNE map of images and captions, with file names; a line joins a pair. Near neighbours are"
        " kept, distances are not.",
        "cap_map_umap": "UMAP map of images and captions, with file names; a line joins a pair. Near neighbours are"
        " kept, distances are not.",
        "cap_map_thumbnails": "The images on their first two principal components, moved apart where they would cover"
        " each other. For the reader of this machine: not to be published.",
        "fig_by_category": "Mean cosine of the pairs, by category",
        "cap_by_category": "Mean cosine of the pairs of each category under both encoders; bars are ± 1 sd.",
        "fig_by_image": "Improvement of each image",
        "cap_by_image": "How much nearer each image's captions are under B than under A (cosines), sorted.",
        "improved_share": "{count} of {of} images improved",
        "pair_cosine": "cosine of the pairs, mean ± sd",
        "improvement": "cosine under B − cosine under A",
        "images_sorted": "images, the most improved first",
        "largest_of": "the {n} largest of {of} categories",
        "all_images": "all images",
    },
    "es": {
        "experiment practices": "Las prácticas: antes de CLIP frente a CLIP",
        "top1": "top-1",
        "diagonal_spread": "diagonal, media ± d. t. de las parejas",
        "diagonal_range": "diagonal, rango",
        "off_diagonal_spread": "fuera de la diagonal, media ± d. t.",
        "category": "categoría",
        "no_category": "sin categoría",
        "practices_main": "Cada imagen frente a todos los textos: acierto top-1 y diagonal de la matriz de similitud",
        "practices_recall": "Recall sobre la carpeta entera, en ambas direcciones",
        "practices_blocks": "Cosenos medios dentro de las categorías y entre ellas",
        "practices_categories": "Por categoría: las parejas de cada codificador",
        "practices_comparison": "El codificador B frente al A sobre las mismas imágenes",
        "encoder_a": "codificador A",
        "encoder_b": "codificador B",
        "top1_change": "top-1, puntos",
        "matches": "imágenes acertadas, A → B",
        "diagonal_change": "media de la diagonal, B − A",
        "relative_change": "cambio relativo, %",
        "images_improved": "imágenes que mejoran, %",
        "p_value": "p",
        "image_within": "I–I dentro",
        "text_within": "T–T dentro",
        "pair_within": "I–T dentro, fuera de la diagonal",
        "as_printed": "impreso ({what})",
        "printed_practice": "{what}: lo que una práctica imprimió de {images} fotos propias ({photos}), proyección"
        " {projection}: son otras fotos, así que una diferencia no dice nada de ninguna medida.",
        "compared_how": "Los intervalos de una comparación son del 95 % y emparejados: se remuestrean las imágenes con"
        " todos sus textos; p: prueba de cambio de signo sobre las imágenes{holm}. El cambio relativo desde 0 es ∞.",
        "holm": ", corregida por comparaciones múltiples según Holm",
        "spread_pairs": "«media ± d. t. de las parejas» es la dispersión entre parejas, no entre semillas.",
        "not_compared": "Sin comparar: {why}.",
        "arrays_gone": "Las matrices de {encoders} ya no están en la caché, así que faltan comparaciones, archivos"
        " JSON o imágenes: repita la medida con --refresh all.",
        "result_files": "Las mismas cifras por categoría y por imagen en JSON",
        "against_pair": "{a} frente a {b}",
        "caption_text": "texto",
        "fig_image_text": "Coseno de cada imagen (fila) con cada texto (columna)",
        "fig_image_image": "Cosenos entre las imágenes",
        "fig_text_text": "Cosenos entre los textos",
        "cap_image_text": "Cosenos de todas las imágenes (filas) con todos los textos (columnas), por categoría y"
        " nombre de archivo; las parejas están en la diagonal, las líneas separan las categorías.",
        "cap_image_image": "Cosenos entre todas las imágenes, por categoría y nombre de archivo; las líneas separan las"
        " categorías.",
        "cap_text_text": "Cosenos entre todos los textos, por categoría y nombre del archivo de su imagen; las líneas"
        " separan las categorías.",
        "fig_map_pca": "Mapa: dos componentes principales",
        "fig_map_tsne": "Mapa: t-SNE",
        "fig_map_umap": "Mapa: UMAP",
        "fig_map_thumbnails": "Mapa de las imágenes: dos componentes principales",
        "cap_map_pca": "Imágenes y textos en sus dos primeras componentes principales, con el nombre del archivo; una"
        " línea une cada pareja.",
        "cap_map_tsne": "Mapa t-SNE de imágenes y textos, con el nombre del archivo; una línea une cada pareja. "
        "Conserva los vecinos cercanos, no las distancias.",
        "cap_map_umap": "Mapa UMAP de imágenes y textos, con el nombre del archivo; una línea une cada pareja. "
        "Conserva los vecinos cercanos, no las distancias.",
        "cap_map_thumbnails": "Las imágenes en sus dos primeras componentes principales, apartadas donde se taparían."
        " Para quien lee en esta máquina: no se publica.",
        "fig_by_category": "Coseno medio de las parejas, por categoría",
        "cap_by_category": "Coseno medio de las parejas de cada categoría con ambos codificadores; barras de ± 1 d. t.",
        "fig_by_image": "Mejora de cada imagen",
        "cap_by_image": "Cuánto más cerca están los textos de cada imagen con B que con A (cosenos), en orden.",
        "improved_share": "mejoran {count} de {of} imágenes",
        "pair_cosine": "coseno de las parejas, media ± d. t.",
        "improvement": "coseno con B − coseno con A",
        "images_sorted": "imágenes, primero las que más mejoran",
        "largest_of": "las {n} mayores de {of} categorías",
        "all_images": "todas las imágenes",
    },
}

METRICS: dict[str, dict[str, str]] = {
    "en": {
        "top1": "top-1",
        "diagonal_mean": "diagonal mean",
        "diagonal_sd": "diagonal sd",
        "diagonal_min": "diagonal min",
        "diagonal_max": "diagonal max",
        "off_diagonal_mean": "off-diagonal mean",
        "off_diagonal_sd": "off-diagonal sd",
        "image_within_category": "I–I within categories",
        "image_between_category": "I–I between categories",
        "text_within_category": "T–T within categories",
        "text_between_category": "T–T between categories",
        "pair_within_category": "I–T within categories",
        "pair_between_category": "I–T between categories",
    },
    "es": {
        "top1": "top-1",
        "diagonal_mean": "diagonal, media",
        "diagonal_sd": "diagonal, d. t.",
        "diagonal_min": "diagonal, mínimo",
        "diagonal_max": "diagonal, máximo",
        "off_diagonal_mean": "fuera de la diagonal, media",
        "off_diagonal_sd": "fuera de la diagonal, d. t.",
        "image_within_category": "I–I dentro de categorías",
        "image_between_category": "I–I entre categorías",
        "text_within_category": "T–T dentro de categorías",
        "text_between_category": "T–T entre categorías",
        "pair_within_category": "I–T dentro de categorías",
        "pair_between_category": "I–T entre categorías",
    },
}

HELP: dict[str, dict[str, str]] = {
    "en": {
        "top1": "share of images whose most similar caption is one of their own; chance is 1/N with a caption each",
        "diagonal_mean": "mean cosine of the pairs: the diagonal of the similarity matrix",
        "diagonal_sd": "spread of the same over the pairs",
        "diagonal_min": "the least similar pair",
        "diagonal_max": "the most similar pair",
        "off_diagonal_mean": "mean cosine of images with the captions of other images",
        "off_diagonal_sd": "spread of the same",
        "image_within_category": "mean cosine of two images of one category",
        "image_between_category": "mean cosine of two images of different categories",
        "text_within_category": "mean cosine of two captions of one category",
        "text_between_category": "mean cosine of two captions of different categories",
        "pair_within_category": "mean cosine of an image with another image's caption, both of one category",
        "pair_between_category": "mean cosine of an image with a caption of another category",
    },
    "es": {
        "top1": "proporción de imágenes cuyo texto más parecido es uno de los suyos; el azar es 1/N con un texto cada"
        " una",
        "diagonal_mean": "coseno medio de las parejas: la diagonal de la matriz de similitud",
        "diagonal_sd": "su dispersión entre las parejas",
        "diagonal_min": "la pareja menos parecida",
        "diagonal_max": "la pareja más parecida",
        "off_diagonal_mean": "coseno medio de las imágenes con los textos de otras imágenes",
        "off_diagonal_sd": "su dispersión",
        "image_within_category": "coseno medio de dos imágenes de una categoría",
        "image_between_category": "coseno medio de dos imágenes de categorías distintas",
        "text_within_category": "coseno medio de dos textos de una categoría",
        "text_between_category": "coseno medio de dos textos de categorías distintas",
        "pair_within_category": "coseno medio de una imagen con el texto de otra de su misma categoría",
        "pair_between_category": "coseno medio de una imagen con un texto de otra categoría",
    },
}


def value_range(metric: str) -> str:
    """The range of one of these metrics; empty for any other."""
    if metric not in METRICS["en"]:
        return ""
    if metric == "top1":
        return "[0, 100] %"
    return "≥ 0" if metric.endswith("_sd") else "[−1, 1]"
