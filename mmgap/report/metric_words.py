"""Spanish for the English texts of the catalogue of metrics: labels, families, and what each of them means."""

from __future__ import annotations

_PAIRS = (
    ("gap", "BRECHA INTERMODAL"),
    ("gap, corrected", "BRECHA, corregida"),
    ("gap, floor", "BRECHA, suelo"),
    ("p (no gap)", "p (sin brecha)"),
    ("misalignment, any match", "DESALINEAMIENTO, cualquier acierto"),
    ("RMG, any match", "RMG, cualquier acierto"),
    ("L2I, any match", "L2I, cualquier acierto"),
    ("matched mean, any match", "emparejados, media, cualquier acierto"),
    ("matched sd, any match", "emparejados, d. t., cualquier acierto"),
    ("gap² in 1 dimension", "BRECHA² en 1 dimensión"),
    ("gap² in 5 dimensions", "BRECHA² en 5 dimensiones"),
    ("misalignment, centroids", "DESALINEAMIENTO, centroides"),
    ("misalignment, residual", "DESALINEAMIENTO, residuo"),
    ("Fréchet², covariance", "Fréchet², covarianza"),
    ("MMD², Gaussian", "MMD², gaussiana"),
    ("uniformity, with i = j", "AGRUPAMIENTO, con i = j"),
    ("uniformity, across", "AGRUPAMIENTO, cruzado"),
    ("logit entropy I→T", "entropía de logits I→T"),
    ("logit entropy T→I", "entropía de logits T→I"),
    ("separability", "separabilidad"),
    ("linear CKA", "CKA lineal"),
    ("misalignment", "DESALINEAMIENTO"),
    ("uniformity", "AGRUPAMIENTO"),
    ("uniformity, images", "AGRUPAMIENTO, imágenes"),
    ("uniformity, texts", "AGRUPAMIENTO, textos"),
    ("effective rank, images", "rango efectivo, imágenes"),
    ("effective rank, texts", "rango efectivo, textos"),
    ("I–I mean", "I–I media"),
    ("I–I sd", "I–I d. t."),
    ("I–I min", "I–I mínimo"),
    ("T–T mean", "T–T media"),
    ("T–T sd", "T–T d. t."),
    ("T–T min", "T–T mínimo"),
    ("matched mean", "emparejados, media"),
    ("matched sd", "emparejados, d. t."),
    ("unmatched mean", "no emparejados, media"),
    ("unmatched sd", "no emparejados, d. t."),
    ("CLIP loss", "pérdida CLIP"),
    ("norm deviation", "desvío de la norma"),
    ("duplicate captions", "textos repetidos"),
    ("captions cut", "textos cortados"),
    ("diagonal mean", "diagonal, media"),
    ("diagonal sd", "diagonal, d. t."),
    ("diagonal min", "diagonal, mínimo"),
    ("diagonal max", "diagonal, máximo"),
    ("off-diagonal mean", "fuera de la diagonal, media"),
    ("off-diagonal sd", "fuera de la diagonal, d. t."),
    ("I–I within categories", "I–I dentro de categorías"),
    ("I–I between categories", "I–I entre categorías"),
    ("T–T within categories", "T–T dentro de categorías"),
    ("T–T between categories", "T–T entre categorías"),
    ("I–T within categories", "I–T dentro de categorías"),
    ("I–T between categories", "I–T entre categorías"),
    ("logit scale", "escala de logits"),
    ("gap before training", "BRECHA antes de entrenar"),
    ("lowest gap of an epoch", "BRECHA más baja de una época"),
    ("gap after training", "BRECHA tras entrenar"),
    ("epochs", "épocas"),
    ("best epoch", "mejor época"),
    ("steps", "pasos"),
    ("co-positives", "copositivos"),
    (
        "distance between the mean image and the mean text; 0 for identical sets, and for shuffled pairs too",
        "distancia entre la imagen media y el texto medio; 0 si los conjuntos son idénticos, y también si se"
        " barajan las parejas",
    ),
    (
        "the gap without what the noise of the two means adds to it; 0 at and below the floor, with the"
        " interval of the population's gap",
        "la brecha sin lo que le añade el ruido de las dos medias; 0 en el suelo y por debajo, con el"
        " intervalo de la brecha de la población",
    ),
    (
        "the gap that a sample of this size shows on average where there is none",
        "la brecha que muestra por término medio una muestra de este tamaño donde no hay ninguna",
    ),
    (
        "p of no gap at all, by sign flips over images; ≤: the test can give no smaller one",
        "p de que no haya brecha, por cambios de signo sobre imágenes; ≤: la prueba no puede dar una menor",
    ),
    (
        "share of gap² that the strongest single dimension carries",
        "parte de la brecha² que lleva la dimensión más fuerte",
    ),
    (
        "share of gap² that the five strongest dimensions carry",
        "parte de la brecha² que llevan las cinco dimensiones más fuertes",
    ),
    (
        "the part of the misalignment that the means explain: gap²",
        "la parte del desalineamiento que explican las medias: brecha²",
    ),
    ("the rest of it: what remains when both means are removed", "el resto: lo que queda al quitar ambas medias"),
    (
        "mean squared distance of the pairs; 0 only if each image equals its text",
        "distancia cuadrática media de las parejas; 0 solo si cada imagen es igual a su texto",
    ),
    (
        "log mean Gaussian kernel (t = 2) within a modality, mean of both; 0 when collapsed, about −4 when"
        " spread over the sphere",
        "logaritmo de la media del núcleo gaussiano (t = 2) dentro de cada modalidad, media de ambas; 0 si"
        " colapsa, cerca de −4 si cubre la esfera",
    ),
    ("the same over the images alone", "lo mismo solo con las imágenes"),
    ("the same over the texts alone", "lo mismo solo con los textos"),
    ("the same with each item paired with itself too", "lo mismo contando cada elemento consigo mismo"),
    (
        "the same between images and texts (i > j, as CyCLIP's code has it)",
        "lo mismo entre imágenes y textos (i > j, como en el código de CyCLIP)",
    ),
    ("the part of Fréchet² that is not the gap", "la parte de Fréchet² que no es la brecha"),
    (
        "maximum mean discrepancy with a Gaussian kernel, squared; 0 for equal distributions",
        "discrepancia media máxima con núcleo gaussiano, al cuadrado; 0 si las distribuciones son iguales",
    ),
    (
        "entropy of the softmax over a query's candidates at the stated logit scale; 0 when certain",
        "entropía del softmax sobre los candidatos con la escala indicada; 0 si es seguro",
    ),
    (
        "held-out accuracy of a linear classifier of image against text; 0.5 when they mix",
        "acierto de un clasificador lineal de la modalidad, en datos apartados; 0.5 al azar",
    ),
    (
        "similarity of both representations up to rotation and scale, debiased; about 0 without any",
        "parecido de ambas representaciones salvo giro y escala, sin sesgo; cerca de 0 si no lo hay",
    ),
    (
        "relative modality gap: distance of the pairs against the distances within the modalities; 0 only if"
        " pairs coincide",
        "brecha relativa: distancia de las parejas frente a las distancias dentro de cada modalidad; 0 solo"
        " si las parejas coinciden",
    ),
    ("mean distance of the pairs", "distancia media de las parejas"),
    ("gap² plus the difference of the covariances", "brecha² más la diferencia de las covarianzas"),
    ("dimensions the images really use", "dimensiones que las imágenes usan de verdad"),
    ("dimensions the texts really use", "dimensiones que los textos usan de verdad"),
    (
        "symmetric cross-entropy at the stated logit scale; ln N for a collapsed space",
        "entropía cruzada simétrica con la escala de logits indicada; ln N en un espacio colapsado",
    ),
    (
        "largest | ‖v‖ − 1 | among the vectors as given; all were normalised before measuring",
        "mayor | ‖v‖ − 1 | entre los vectores dados; todos se normalizan antes de medir",
    ),
    (
        "captions whose words also describe another image: retrieval of the own pair counts these as misses",
        "textos cuyas palabras describen también otra imagen: la recuperación de la propia pareja los cuenta"
        " como fallos",
    ),
    (
        "captions longer than the model's token limit (77 for CLIP): their end was not read",
        "textos más largos que el límite del modelo (77 tokens en CLIP): su final no se leyó",
    ),
    (
        "share of queries with a relevant item among the first k; T→I: a text looks for its image, I→T the"
        " other way; “pool n”: its exact expectation among n items, else over the full set; chance is k/N",
        "proporción de consultas con un elemento relevante entre los k primeros; T→I: un texto busca su"
        " imagen, I→T al revés; «grupos de n»: su esperanza exacta entre n elementos, si no sobre el conjunto"
        " completo; el azar es k/N",
    ),
    (
        "cosines: I–I, T–T within a modality, matched and unmatched across them",
        "cosenos: I–I, T–T dentro de una modalidad, emparejados y no emparejados entre ambas",
    ),
    (
        "share of images whose most similar caption is one of their own; chance is 1/N with a caption each",
        "proporción de imágenes cuyo texto más parecido es uno de los suyos; el azar es 1/N con un texto cada una",
    ),
    (
        "mean cosine of the pairs: the diagonal of the similarity matrix",
        "coseno medio de las parejas: la diagonal de la matriz de similitud",
    ),
    ("spread of the same over the pairs", "su dispersión entre las parejas"),
    ("the least similar pair", "la pareja menos parecida"),
    ("the most similar pair", "la pareja más parecida"),
    (
        "mean cosine of images with the captions of other images",
        "coseno medio de las imágenes con los textos de otras imágenes",
    ),
    ("spread of the same", "su dispersión"),
    ("mean cosine of two images of one category", "coseno medio de dos imágenes de una categoría"),
    ("mean cosine of two images of different categories", "coseno medio de dos imágenes de categorías distintas"),
    ("mean cosine of two captions of one category", "coseno medio de dos textos de una categoría"),
    ("mean cosine of two captions of different categories", "coseno medio de dos textos de categorías distintas"),
    (
        "mean cosine of an image with another image's caption, both of one category",
        "coseno medio de una imagen con el texto de otra de su misma categoría",
    ),
    (
        "mean cosine of an image with a caption of another category",
        "coseno medio de una imagen con un texto de otra categoría",
    ),
    (
        "gap of the validation split before training, an amended start's shift included",
        "brecha de la partición de validación antes de entrenar, con la traslación de un inicio así",
    ),
    (
        "smallest gap of the validation split after any epoch",
        "menor brecha de la partición de validación tras una época",
    ),
    ("gap of the validation split after the last epoch", "brecha de la partición de validación tras la última época"),
    (
        "factor of the cosines in the loss at the end of training: the inverse of its temperature",
        "factor de los cosenos en la pérdida al acabar el entrenamiento: la inversa de su temperatura",
    ),
    (
        "epochs that were trained; fewer than asked for where training stopped early",
        "épocas entrenadas; menos de las pedidas si el entrenamiento paró antes",
    ),
    ("the epoch that did best on the validation split", "la época que mejor fue en la partición de validación"),
    ("updates of the weights, one a batch", "actualizaciones de los pesos, una por lote"),
    (
        "share of a training batch's items whose caption another item of the batch has too: the loss takes"
        " these for negatives",
        "proporción de los elementos de un lote de entrenamiento cuyo texto tiene también otro del lote: la"
        " pérdida los toma por negativos",
    ),
    ("R@k", "Recall@k"),
    ("logit entropy", "entropía de logits"),
    ("between the modalities", "entre las modalidades"),
    ("within the modalities", "dentro de las modalidades"),
    ("cosines", "cosenos"),
    ("the rest", "el resto"),
)

SPANISH = dict(_PAIRS)
