"""A training's plan in words, for the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

if TYPE_CHECKING:
    from mmgap.training.estimate.plan import Plan

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Estimate for {spec}, {loss} ({tuning}, batch {batch}, {epochs} epochs, {precision}) on {device}",
        "download": "to download: {model}",
        "hub": "{size} ({files})",
        "parameters": "about {size}: its parameters in float32, since the hub cannot be asked",
        "nothing": "nothing: every model is on this machine",
        "downloads": "to download",
        "count": "parameters",
        "trained": "{all}, of which {trained} are trained ({share:.2%})",
        "weights": "weights",
        "gradients": "gradients",
        "optimiser": "optimiser (AdamW)",
        "inputs": "pixels and tokens",
        "vectors": "vectors and their gradients",
        "activations": "activations of a batch of {n}",
        "chunked": "activations of a chunk of {n}",
        "without": "… without gradient checkpointing",
        "with": "… with gradient checkpointing",
        "loss": "loss (matrices {n} × {n})",
        "forward": "validation and features",
        "needed": "memory needed (those of activations, loss and validation take turns; 10 % for the allocator)",
        "free": "memory free on {device}",
        "steps": "steps",
        "counted": "{each} an epoch, {all} in all",
        "time": "time (within a factor of about two)",
        "captions": "captions are taken to have {n} tokens",
        "fits": "It fits.",
        "long": "It fits into memory, but takes about {time}. A GPU, fewer epochs (--recipe epochs=N) or a smaller"
        " encoder takes less.",
        "refusal": "{spec} with this recipe cannot be trained on {device}: it needs {needed} of memory and {free} are"
        " free. The largest part is {part}, {size}.",
        "cures": "It would fit with {cures}.",
        "or": " or ",
        "exact": "A chunk gives the gradient of the whole batch exactly, at a second forward pass.",
        "hopeless": "No option of the recipe makes it fit: take a smaller encoder, or a device with more memory.",
    },
    "es": {
        "title": "Estimación para {spec}, {loss} ({tuning}, lote {batch}, {epochs} épocas, {precision}) en {device}",
        "download": "por descargar: {model}",
        "hub": "{size} ({files})",
        "parameters": "unos {size}: sus parámetros en float32, pues no se puede preguntar al hub",
        "nothing": "nada: todos los modelos están en esta máquina",
        "downloads": "por descargar",
        "count": "parámetros",
        "trained": "{all}, de los que se entrenan {trained} ({share:.2%})",
        "weights": "pesos",
        "gradients": "gradientes",
        "optimiser": "optimizador (AdamW)",
        "inputs": "píxeles y tokens",
        "vectors": "vectores y sus gradientes",
        "activations": "activaciones de un lote de {n}",
        "chunked": "activaciones de un trozo de {n}",
        "without": "… sin recalcular activaciones",
        "with": "… recalculando activaciones",
        "loss": "pérdida (matrices {n} × {n})",
        "forward": "validación y características",
        "needed": "memoria necesaria (activaciones, pérdida y validación se turnan; 10 % para el asignador)",
        "free": "memoria libre en {device}",
        "steps": "pasos",
        "counted": "{each} por época, {all} en total",
        "time": "tiempo (salvo un factor de alrededor de dos)",
        "captions": "se supone que los textos tienen {n} tokens",
        "fits": "Cabe.",
        "long": "Cabe en memoria, pero tarda alrededor de {time}. Con una GPU, menos épocas (--recipe epochs=N) o un"
        " codificador menor tarda menos.",
        "refusal": "{spec} con esta receta no se puede entrenar en {device}: necesita {needed} de memoria y hay {free}"
        " libres. La mayor parte son {part}, {size}.",
        "cures": "Cabría con {cures}.",
        "or": " o con ",
        "exact": "Con trozos, el gradiente es exactamente el del lote entero, a cambio de una segunda pasada.",
        "hopeless": "Ninguna opción de la receta hace que quepa: hace falta un codificador menor o más memoria.",
    },
}

#: Seconds from which on a training that fits is called long.
LONG = 24 * 3600

#: Parts of the memory, in the order of the table.
PARTS = ("weights", "gradients", "optimiser", "inputs", "vectors", "activations", "loss", "forward")


def lines(plan: Plan, language: str = "en") -> list[str]:
    """The plan as a table, a line of the console each, then whether it fits."""
    words, recipe, memory = WORDS[language], plan.recipe, plan.memory
    rows = [
        (words["download"].format(model=d.model), _download(d.source, d.files, d.size, words)) for d in plan.downloads
    ]
    rows = rows or [(words["downloads"], words["nothing"])]
    share = {"all": _count(plan.parameters), "trained": _count(plan.trained), "share": plan.trained / plan.parameters}
    rows.append((words["count"], words["trained"].format(**share)))
    for part in PARTS:
        rows.append((_part(plan, part, words), size(getattr(memory, part))))
        if part == "activations" and plan.activations_otherwise is not None:
            rows.append((words["without" if recipe.checkpointing else "with"], size(plan.activations_otherwise)))
    each, total = f"{plan.steps_per_epoch:,}", f"{plan.steps:,}"
    rows += [
        (words["needed"], size(memory.needed)),
        (words["free"].format(device=plan.device), size(plan.free)),
        (words["steps"], words["counted"].format(each=each, all=total)),
        (words["time"], duration(plan.seconds)),
    ]
    title = words["title"].format(
        spec=plan.spec,
        loss=recipe.loss,
        tuning=recipe.tuning,
        batch=recipe.batch_size,
        epochs=recipe.epochs,
        precision=recipe.precision,
        device=plan.device,
    )
    table = tabulate(rows, tablefmt="simple", disable_numparse=True)
    fits = words["long"].format(time=duration(plan.seconds)) if plan.seconds > LONG else words["fits"]
    verdict = fits if plan.fits else refusal(plan, language)
    return [title, *table.splitlines(), words["captions"].format(n=plan.tokens), verdict]


def refusal(plan: Plan, language: str = "en") -> str:
    """One paragraph for a plan that does not fit."""
    words, memory = WORDS[language], plan.memory
    largest = max(PARTS, key=lambda part: getattr(memory, part))
    told = [
        words["refusal"].format(
            spec=plan.spec,
            device=plan.device,
            needed=size(memory.needed),
            free=size(plan.free),
            part=_part(plan, largest, words),
            size=size(getattr(memory, largest)),
        )
    ]
    told.append(words["cures"].format(cures=words["or"].join(plan.cures)) if plan.cures else words["hopeless"])
    if any("chunk=" in cure for cure in plan.cures):
        told.append(words["exact"])
    return " ".join(told)


def size(count: float) -> str:
    """Bytes in words, in units of 1024.

    >>> size(24 * 1024**3), size(100)
    ('24.0 GiB', '100 B')
    """
    units = iter(("B", "KiB", "MiB", "GiB"))
    unit = next(units)
    while count >= 1024 and unit != "GiB":
        count, unit = count / 1024, next(units)
    return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"


def duration(seconds: float) -> str:
    """Seconds in words.

    >>> duration(7.4), duration(754), duration(9000)
    ('7 s', '12 min 34 s', '2 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _part(plan: Plan, part: str, words: dict[str, str]) -> str:
    chunk = plan.recipe.chunk
    name = "chunked" if part == "activations" and chunk else part
    return words[name].format(n=chunk if name == "chunked" else plan.batch)


def _download(source: str, files: dict[str, int], count: int, words: dict[str, str]) -> str:
    listed = ", ".join(f"{name} {size(held)}" for name, held in sorted(files.items(), key=lambda item: -item[1])[:3])
    return words[source].format(size=size(count), files=listed)


def _count(parameters: int) -> str:
    return f"{parameters / 1e6:.2f} M"
