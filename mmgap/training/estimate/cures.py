"""What helps where a training does not fit: the options with which it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from mmgap.training.estimate.training_size import Size
from mmgap.training.recipe import Recipe


def cures(size: Size, recipe: Recipe, free: int) -> Iterator[str]:
    """Yield options with which it fits: each change that is enough, else the first pair; then a smaller tuning."""
    single: list[dict[str, Any]] = [] if recipe.checkpointing else [{"checkpointing": True}]
    single += [] if recipe.precision != "float32" else [{"precision": "bfloat16"}]
    chunk = largest_chunk(size, recipe, free)
    found = [] if chunk is None else [{"chunk": chunk}]
    found += [change for change in single if size.fits(replace(recipe, **change), free)]
    if not found:
        found = list(islice(_together(size, recipe, free, single), 1))
    less: Iterable[dict[str, Any]] = ({"tuning": tuning} for tuning in _smaller(recipe.tuning))
    found += islice((change for change in less if size.fits(replace(recipe, **change), free)), 1)
    for change in found:
        yield " ".join(f"--recipe {name}={str(value).lower()}" for name, value in change.items())


def largest_chunk(size: Size, recipe: Recipe, free: int) -> int | None:
    """Return the most items of a chunk with which it fits, below what the recipe holds at once; None where none does.

    What is needed grows with the chunk nearly along a line, so the search goes where that line meets what is free.
    """

    def needed(chunk: int) -> int:
        return size.memory(replace(recipe, chunk=chunk)).needed

    low, high = 1, min(recipe.chunk or size.batch, size.batch)
    least, most = needed(low), needed(high)
    if least > free:
        return None
    if most <= free:
        return high
    while high - low > 1:
        guess = low + int((free - least) / max(1, most - least) * (high - low))
        middle = min(max(guess, low + 1), high - 1)
        if (found := needed(middle)) <= free:
            low, least = middle, found
        else:
            high, most = middle, found
    return low


def _together(size: Size, recipe: Recipe, free: int, single: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Several changes with which it fits: all but a chunk, then a chunk with each of them and with all."""
    whole = {name: value for change in single for name, value in change.items()}
    if size.fits(replace(recipe, **whole), free):
        yield whole
    for change in (*single, whole):
        changed = replace(recipe, **change)
        if size.fits(replace(changed, chunk=1), free):
            yield {**change, "chunk": largest_chunk(size, changed, free)}


def _smaller(tuning: str) -> tuple[str, ...]:
    """Tunings that hold less, the strongest first."""
    order = ("full", "dora", "lora", "last-1", "head")
    place = order.index(tuning) if tuning in order else order.index("lora")
    return order[place + 1 :]
