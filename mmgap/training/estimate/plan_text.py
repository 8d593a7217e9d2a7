"""A training's plan in words, for the console."""

from __future__ import annotations

from humanize import naturalsize, precisedelta
from tabulate import tabulate

from mmgap.training.estimate.plan import Plan

WORDS = {
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
}

#: Seconds from which on a training that fits is called long.
LONG = 24 * 3600

#: Parts of the memory, in the order of the table.
PARTS = ("weights", "gradients", "optimiser", "inputs", "vectors", "activations", "loss", "forward")


def lines(plan: Plan) -> list[str]:
    """Return the plan as a table, a line of the console each, then whether it fits."""
    recipe, memory = plan.recipe, plan.memory
    rows = [(WORDS["download"].format(model=d.model), _download(d.source, d.files, d.size)) for d in plan.downloads]
    rows = rows or [(WORDS["downloads"], WORDS["nothing"])]
    share = {"all": _count(plan.parameters), "trained": _count(plan.trained), "share": plan.trained / plan.parameters}
    rows.append((WORDS["count"], WORDS["trained"].format(**share)))
    for part in PARTS:
        rows.append((_part(plan, part), size(getattr(memory, part))))
        if part == "activations" and plan.activations_otherwise is not None:
            rows.append((WORDS["without" if recipe.checkpointing else "with"], size(plan.activations_otherwise)))
    each, total = f"{plan.steps_per_epoch:,}", f"{plan.steps:,}"
    rows += [
        (WORDS["needed"], size(memory.needed)),
        (WORDS["free"].format(device=plan.device), size(plan.free)),
        (WORDS["steps"], WORDS["counted"].format(each=each, all=total)),
        (WORDS["time"], duration(plan.seconds)),
    ]
    title = WORDS["title"].format(
        spec=plan.spec,
        loss=recipe.loss,
        tuning=recipe.tuning,
        batch=recipe.batch_size,
        epochs=recipe.epochs,
        precision=recipe.precision,
        device=plan.device,
    )
    table = tabulate(rows, tablefmt="simple", disable_numparse=True)
    fits = WORDS["long"].format(time=duration(plan.seconds)) if plan.seconds > LONG else WORDS["fits"]
    verdict = fits if plan.fits else refusal(plan)
    return [title, *table.splitlines(), WORDS["captions"].format(n=plan.tokens), verdict]


def refusal(plan: Plan) -> str:
    """Say of a plan that does not fit what is needed, what there is, and what helps, in one paragraph."""
    memory = plan.memory
    largest = max(PARTS, key=lambda part: getattr(memory, part))
    told = [
        WORDS["refusal"].format(
            spec=plan.spec,
            device=plan.device,
            needed=size(memory.needed),
            free=size(plan.free),
            part=_part(plan, largest),
            size=size(getattr(memory, largest)),
        )
    ]
    told.append(WORDS["cures"].format(cures=WORDS["or"].join(plan.cures)) if plan.cures else WORDS["hopeless"])
    if any("chunk=" in cure for cure in plan.cures):
        told.append(WORDS["exact"])
    return " ".join(told)


def size(count: float) -> str:
    """Return bytes in words, in units of 1024.

    >>> size(24 * 1024**3), size(100)
    ('24.0 GiB', '100 Bytes')
    """
    return naturalsize(count, binary=True)


def duration(seconds: float) -> str:
    """Return seconds in words, from an hour on to the minute.

    >>> duration(7.4), duration(754), duration(9010)
    ('7 seconds', '12 minutes and 34 seconds', '2 hours and 30 minutes')
    """
    step = 1 if round(seconds) < 3600 else 60
    return precisedelta(step * round(seconds / step), format="%d")


def _part(plan: Plan, part: str) -> str:
    chunk = plan.recipe.chunk
    name = "chunked" if part == "activations" and chunk else part
    return WORDS[name].format(n=chunk if name == "chunked" else plan.batch)


def _download(source: str, files: dict[str, int], count: int) -> str:
    listed = ", ".join(f"{name} {size(held)}" for name, held in sorted(files.items(), key=lambda item: -item[1])[:3])
    return WORDS[source].format(size=size(count), files=listed)


def _count(parameters: int) -> str:
    return f"{parameters / 1e6:.2f} M"
