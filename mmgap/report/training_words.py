"""The words of the training's tables and pictures, one dictionary a language."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "train_": "train split",
        "effects": "What each loss did: {family}",
        "effects_against": "Change against {against}: mean [95 % interval]{seeds}",
        "effects_initial": "Change against the encoder before training: mean [95 % interval]{seeds}",
        "effects_seeds": " ± sd over the seeds",
        "points": "points",
        "p_holm": "p",
        "effects_how": "Changes are paired over the test split, over clusters of images that share a caption, each"
        " with all of its captions. With one training of each loss the interval is over images alone and says nothing"
        " of other seeds, and p is of sign flips; with several, images and seeds are both taken for samples, and p is"
        " of the same t. ± is the standard deviation over the seeds. The gap is the corrected one; recall in"
        " percentage points; p is corrected after Holm over all changes of its table; ≤: its test can give no smaller"
        " one.",
        "claim": "{loss} against {against}: {said}{ending}.",
        "claim_missing": "{loss} against {against}: could not be compared item by item.",
        "verdict_lower": "{metric} lower, {change}",
        "verdict_higher": "{metric} higher, {change}",
        "verdict_open": "{metric} cannot be told, {change}",
        "verdict_none": "{metric} {change}",
        "one_seed": " (this one training; other seeds not tried)",
        "two_seeds": " (two seeds: an interval, but no verdict on the loss)",
        "effects_gone": "{family}: the arrays of {losses} are no longer in the cache, so that changes are missing:"
        " measure again with --refresh all.",
        "effects_problem": "{family}: not compared: {why}.",
        "effects_files": "The changes as JSON",
        "epoch": "epoch",
        "epochs": "epochs",
        "batch": "batch",
        "tuning": "tuning",
        "epoch_n": "epoch {n}",
        "chance": "chance, ln N",
        "total": "total",
        "in_batch": "in the batch",
        "validation": "validation",
        "loss_step": "loss",
        "rate": "learning rate",
        "r1": "R@1 any-of",
        "rank": "effective rank",
        "mean_norm": "‖mean‖",
        "first_of": "{family}: pictures of all losses show the first {n} of {of}.",
        "fig_curves": "Training: its steps, and the validation split after each epoch",
        "cap_curves": "Loss of the steps with its terms and the chance line ln N of a batch of N, learning rate and"
        " logit scale; gap, misalignment, uniformity, R@1 both ways (any-of, pools of 90), effective rank and"
        " length of the mean vectors on"
        " the validation split after each epoch, 0 being before training.",
        "fig_evolution": "Cosines over the epochs, validation split",
        "cap_evolution": "As figures 5.4 and D.1–D.18: densities of the cosines on the validation split from before"
        " training to the last epoch, on the same axes (peaks beyond the frame are cut); dots mark the means.",
        "fig_animation": "Cosines over the epochs, animated",
        "cap_animation": "The same, one frame an epoch.",
        "fig_losses": "Gap and R@1 over the epochs, by loss",
        "cap_losses": "Gap and R@1 (any-of in pools of 90, both ways averaged) on the validation split after each"
        " epoch, a line for"
        " each loss; epoch 0 is before training.",
        "r1_both": "R@1 any-of, both ways",
        "fig_loss_histograms": "Cosines after the last epoch, by loss",
        "cap_loss_histograms": "Densities of the cosines on the validation split before training and after the last"
        " epoch of each loss, on the same axes (peaks beyond the frame are cut); dots mark the means.",
    },
    "es": {
        "train_": "partición de entrenamiento",
        "effects": "Qué hizo cada pérdida: {family}",
        "effects_against": "Cambio frente a {against}: media [intervalo del 95 %]{seeds}",
        "effects_initial": "Cambio frente al codificador antes de entrenar: media [intervalo del 95 %]{seeds}",
        "effects_seeds": " ± d. t. sobre las semillas",
        "points": "puntos",
        "p_holm": "p",
        "effects_how": "Los cambios son emparejados sobre la partición de prueba, por grupos de imágenes que comparten"
        " un texto, cada una con todos sus textos. Con un solo entrenamiento por pérdida el intervalo es solo sobre"
        " imágenes y nada dice de otras semillas, y p es de cambios de signo; con varios, imágenes y semillas se toman"
        " ambas por muestras, y p es de la misma t. ± es la desviación típica sobre las semillas. La brecha es la"
        " corregida; el recall, en puntos porcentuales; p está corregida según Holm sobre todos los cambios de su"
        " tabla; ≤: su prueba no puede dar una menor.",
        "claim": "{loss} frente a {against}: {said}{ending}.",
        "claim_missing": "{loss} frente a {against}: no se pudieron comparar elemento a elemento.",
        "verdict_lower": "{metric} más baja, {change}",
        "verdict_higher": "{metric} más alta, {change}",
        "verdict_open": "{metric}: no se puede decir, {change}",
        "verdict_none": "{metric}: {change}",
        "one_seed": " (este único entrenamiento; no se probaron otras semillas)",
        "two_seeds": " (dos semillas: un intervalo, pero ningún veredicto sobre la pérdida)",
        "effects_gone": "{family}: las matrices de {losses} ya no están en la caché, así que faltan cambios: repita la"
        " medida con --refresh all.",
        "effects_problem": "{family}: sin comparar: {why}.",
        "effects_files": "Los cambios en JSON",
        "epoch": "época",
        "epochs": "épocas",
        "batch": "lote",
        "tuning": "ajuste",
        "epoch_n": "época {n}",
        "chance": "azar, ln N",
        "total": "total",
        "in_batch": "en el lote",
        "validation": "validación",
        "loss_step": "pérdida",
        "rate": "tasa de aprendizaje",
        "r1": "Recall@1 cualq. acierto",
        "rank": "rango efectivo",
        "mean_norm": "‖media‖",
        "first_of": "{family}: las imágenes de todas las pérdidas muestran las primeras {n} de {of}.",
        "fig_curves": "El entrenamiento: sus pasos, y la partición de validación tras cada época",
        "cap_curves": "Pérdida de los pasos con sus términos y la línea del azar, ln N para un lote de N, tasa de"
        " aprendizaje y escala de logits; brecha, desalineamiento, agrupamiento, Recall@1 en ambas direcciones"
        " (cualquier acierto, grupos de 90), rango"
        " efectivo y longitud de los vectores medios en la partición de validación tras cada época; la 0 es antes de"
        " entrenar.",
        "fig_evolution": "Los cosenos a lo largo de las épocas, validación",
        "cap_evolution": "Como las figuras 5.4 y D.1–D.18: densidades de los cosenos en la partición de validación,"
        " desde antes de entrenar hasta la última época, con los mismos ejes (los picos que salen del marco se cortan);"
        " los puntos marcan las medias.",
        "fig_animation": "Los cosenos a lo largo de las épocas, animados",
        "cap_animation": "Lo mismo, un fotograma por época.",
        "fig_losses": "BRECHA INTERMODAL y Recall@1 a lo largo de las épocas, por pérdida",
        "cap_losses": "Brecha y Recall@1 (cualquier acierto en grupos de 90, media de ambas direcciones) en la"
        " partición de validación"
        " tras cada época, una línea por pérdida; la época 0 es antes de entrenar.",
        "r1_both": "Recall@1 cualquier acierto, ambas direcciones",
        "fig_loss_histograms": "Los cosenos tras la última época, por pérdida",
        "cap_loss_histograms": "Densidades de los cosenos en la partición de validación antes de entrenar y tras la"
        " última época de cada pérdida, con los mismos ejes (los picos que salen del marco se cortan); los puntos"
        " marcan las medias.",
    },
}
