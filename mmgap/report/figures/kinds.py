"""A kind of figure: what it is drawn from and by which function, what stands below it, and how it may be shown."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from mmgap.rows.row import Row


@dataclass(frozen=True)
class FigureKind:
    """One kind of figure; `mmgap.report.figures.figure_entries` and the entry-point group ``mmgap.figures`` hold them.

    Attributes:
        name: in file names, and by which sections ask for it.
        draw: ``(items, title, language) -> matplotlib Figure``, or a `Film` where it moves; or ``"module:function"``
            of it, so that matplotlib is imported when something is drawn. Items are a row's arrays by name, of several
            rows a sequence of `mmgap.analysis.row_items.RowItems`.
        caption, alt: what stands below it, and what it is in few words, in English.
        needs: arrays it is drawn from; a row that lacks one, or whose first of these is empty, goes without. Of several
            rows those of the first count.
        least: the entries of the first of these from which on it is worth a picture: three frames are no film.
        several: it shows rows against each other or side by side.
        seeds: of several rows it shows all seeds of each; the others show the first.
        vector: also as SVG.
        only: (name, value) of the variant it belongs to; None for every row of the experiment.
        losses: of trainings, those whose rows have it; none stand for all.
        alone: rows that are compared go without: their comparison shows the same on one scale.
        local: it shows what may not be published, so it is drawn for local reports alone, in a folder of its own.
        moves: an animation, as GIF.
        counted: it shows the items that were measured, so that its caption counts them.
        joins: experiments whose section shows it, besides those that name it themselves.
        ids: the array with the ids of its items; where one is named, ``draw`` takes ``labels=``, the ids of those that
            are labelled, too.
        interactive: ``(items, title, language) -> plot`` of the very same items, a dict of JSON as
            `mmgap.report.figures.page_plots` has it, or None where there is none of these; or ``"module:function"`` of
            it. A page offers it in the place of the picture.
    """

    name: str
    draw: Callable[..., Any] | str
    caption: str
    alt: str
    needs: tuple[str, ...] = ()
    least: int = 1
    several: bool = False
    seeds: bool = False
    vector: bool = False
    only: tuple[str, str] | None = None
    losses: tuple[str, ...] = ()
    alone: bool = False
    local: bool = False
    moves: bool = False
    counted: bool = True
    joins: tuple[str, ...] = ()
    ids: str = ""
    interactive: Callable[[Any, str, str], Any] | str | None = None

    def of(self, row: Row) -> bool:
        """Return whether the row has this figure."""
        if self.losses and row["cell"]["loss"] not in self.losses:
            return False
        return self.only is None or row["cell"]["variant"].get(self.only[0]) == self.only[1]

    def can_be_drawn(self, items: Any) -> bool:
        """Return whether these arrays hold what it shows."""
        arrays = items[0].arrays if self.several else items
        if not all(name in arrays for name in self.needs):
            return False
        first = arrays[self.needs[0]] if self.needs else None
        return first is None or (first.size > 0 and len(first) >= self.least)

    def drawn(self, items: Any, title: str, language: str, labels: Collection[str] = ()) -> Any:
        """Return the figure, or the film, of these arrays, with the ids of these items where it can show them."""
        draw = _function(self.draw)
        return draw(items, title, language, labels=labels) if self.ids and labels else draw(items, title, language)

    def explored(self, items: Any, title: str, language: str) -> Any:
        """Return the plot that a page offers of these arrays; None where there is none."""
        return None if self.interactive is None else _function(self.interactive)(items, title, language)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of its files: the one that every format shows first."""
        if self.moves:
            return (".gif",)
        return (".png", ".svg") if self.vector else (".png",)


def _function(named: Callable[..., Any] | str) -> Callable[..., Any]:
    """A function, or the one of that name."""
    if not isinstance(named, str):
        return named
    module, _, function = named.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def own_figure(name: str, draw: str, *about: Any, **flags: Any) -> FigureKind:
    """Return a figure of mmgap's own, whose functions are named by their module in `mmgap.report.figures`."""
    if (explored := flags.get("interactive")) is not None:
        flags["interactive"] = f"mmgap.report.figures.{explored}"
    return FigureKind(name, f"mmgap.report.figures.{draw}", *about, **flags)
