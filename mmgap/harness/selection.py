"""Which cells of a collection run, and which command would run the others.

Loaded in every pytest session of the environment, so it imports the standard library and pytest only.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mmgap.harness import grid, options
from mmgap.harness.grid import Protocol
from mmgap.rows.cell import Cell


class Outside(NamedTuple):
    """Why a cell does not run, and what would run it; also for many cells that one command would run.

    Attributes:
        why: in words.
        command: ``pytest`` and the files.
        axes: (name, values) of what has to be named beside it.
    """

    why: str
    command: str
    axes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __str__(self) -> str:
        named = [word for axis, values in self.axes for value in values for word in (f"--{axis}", value)]
        return f"{self.why}; to run: {self.command} {shlex.join(named)}".rstrip()


#: Of a session: how many cells do not run, by what would run them.
OUTSIDE = pytest.StashKey[Counter[Outside]]()
#: Of a cell whose encoder a named data set brought along: why it is left out here, or "" where it runs if it can.
BROUGHT = pytest.StashKey[str]()
#: Under which a worker of xdist tells the controller, which collects nothing, of `OUTSIDE`.
TOLD = "mmgap_outside"


def cell_of(item: pytest.Item) -> Cell | None:
    """Return the cell of an item; None for a test that is no experiment."""
    call = getattr(item, "callspec", None)
    cell = call.params.get("cell") if call is not None else None
    return cell if isinstance(cell, Cell) else None


def protocol_of(item: pytest.Item) -> Protocol:
    """Return what the experiment of an item declares in its marker."""
    marker = item.get_closest_marker("experiment")
    assert marker is not None
    return Protocol(*marker.args, **marker.kwargs)


def of_items(config: pytest.Config, function: pytest.Function, cells: list[Cell]) -> list[Cell]:
    """Return those of an experiment's cells that become items; the others do not run, and are counted as `OUTSIDE`.

    All of them do where items are listed or chosen one by one, and one always: in the place of none pytest would put a
    skipped item. What runs follows from the command line alone, so that all workers of xdist agree, also one that takes
    another's place.
    """
    chosen = _chosen(config)
    if chosen.by_item:
        return cells
    reasons = [chosen.outside(function, cell) for cell in cells]
    inside = [cell for cell, why in zip(cells, reasons, strict=True) if why is None]
    _outside(config).update(filter(None, reasons if inside else reasons[1:]))
    return inside or cells[:1]


def leave_outside(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count those items as `OUTSIDE`, too, that are not to run, and take them off the others unless they are listed."""
    chosen, inside, outside = _chosen(config), [], _outside(config)
    for item in items:
        cell = cell_of(item)
        if cell is not None and not chosen.by_id(item):
            if (why := chosen.outside(item, cell)) is not None:
                outside[why] += 1
                continue
            if (slow := chosen.brought(cell)) is not None:
                item.stash[BROUGHT] = slow
        inside.append(item)
    if hasattr(config, "workeroutput"):
        config.workeroutput[TOLD] = [(*cell, count) for cell, count in outside.items()]
    if not config.option.collectonly:
        items[:] = inside


def told_outside(workeroutput: Mapping[str, Any]) -> Counter[Outside]:
    """Return what a worker of xdist counted."""
    found = Counter[Outside]()
    for why, command, axes, count in workeroutput.get(TOLD, ()):
        found[Outside(why, command, tuple((name, tuple(values)) for name, values in axes))] = count
    return found


class _Experiment(NamedTuple):
    """What the cells of one experiment have in common.

    Attributes:
        protocol: what it declares.
        named: whether its file was given or named.
        folder, file: how pytest is told of them.
    """

    protocol: Protocol
    named: bool
    folder: str
    file: str


class _Chosen:
    """What the command line chose.

    Attributes:
        by_item: whether an option lists items, or chooses some of them by what each is called: any cell may be meant.
    """

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        self.words, self.marks = grid.named_by(option.keyword, option.markexpr)
        self.asked, self.profile = options.asked(config), config.getoption("mmgap_profile")
        self.named_ids = {argument.replace(os.sep, "/") for argument in config.args if "[" in argument}
        chooses = ("keyword", "markexpr", "deselect", "lf", "collectonly")
        self.by_item = bool(self.named_ids) or any(getattr(option, name, None) for name in chooses)
        self.on_cpu = config.getoption("mmgap_device").startswith("cpu")
        self._experiments: dict[str, _Experiment] = {}

    def by_id(self, item: pytest.Item) -> bool:
        """Whether an item was named by its node id."""
        return any(identifier.endswith(item.name) for identifier in self.named_ids)

    def outside(self, place: pytest.Item, cell: Cell) -> Outside | None:
        """Return why a cell of an item, or of a function that will be some, does not run; None where it does."""
        protocol, named, folder, file = self._experiment(place)
        asked, profile = self.asked, self.profile
        why = grid.outside(cell, profile, asked, self.words, self.marks, protocol.listed)
        unasked = protocol.unasked and (grid.in_study(cell, profile) or self._encoder_named(cell))
        trains = not grid.trains_unasked(cell, profile)
        if why is None and trains and not (asked["loss"] or named):
            why = "trains only when asked for"
        if why is None and not (unasked or named):
            why = "runs only when asked for"
        if why is None:
            return None
        axes = tuple((axis, (value,)) for axis, value in grid.to_name(cell, profile, asked).items())
        chosen = "" if profile == "default" else f" --profile {profile}"
        return Outside(why, f"pytest {file if trains or not unasked else folder}{chosen}", axes)

    def brought(self, cell: Cell) -> str | None:
        """Return `BROUGHT` of a cell that runs; None where its encoder was named, or is one of its study."""
        study = grid.PROFILES[self.profile].study(cell.dataset)
        if self._encoder_named(cell) or not study.brings(cell):
            return None
        return _too_slow(cell.encoder or "") if self.on_cpu and cell.encoder in study.on_gpu else ""

    def _encoder_named(self, cell: Cell) -> bool:
        return cell.encoder is not None and grid.names("encoder", cell.encoder, self.asked, self.words, self.marks)

    def _experiment(self, item: pytest.Item) -> _Experiment:
        function = item.nodeid.partition("[")[0]
        if function not in self._experiments:
            named = _file_named(item, self.words)
            places = _place(item, alone=False), _place(item, alone=True)
            self._experiments[function] = _Experiment(protocol_of(item), named, *places)
        return self._experiments[function]


_CHOSEN = pytest.StashKey[_Chosen]()


def _chosen(config: pytest.Config) -> _Chosen:
    if _CHOSEN not in config.stash:
        config.stash[_CHOSEN] = _Chosen(config)
    return config.stash[_CHOSEN]


def _outside(config: pytest.Config) -> Counter[Outside]:
    """What is counted of a session, from nothing on."""
    return config.stash.setdefault(OUTSIDE, Counter())


def _too_slow(encoder: str) -> str:
    return (
        f"{encoder} is left out on the CPU, where an image takes it a second or so: --device cuda, or --encoder"
        f" {encoder} to measure it all the same"
    )


def _file_named(item: pytest.Item, words: set[str]) -> bool:
    """Whether the experiment's file stands on the command line, or a word of ``-k`` is part of its name."""
    given = {Path(argument.partition("::")[0]).name for argument in item.config.args}
    modules = {f"{name.rpartition('.')[2]}.py" for name in given}  # as --pyargs takes them
    return item.path.name in given | modules or any(word in item.path.stem for word in words)


def _place(item: pytest.Item, *, alone: bool) -> str:
    """The experiment's folder, or its file ``alone``, as pytest takes it: as --pyargs named it, or as a path."""
    if not item.path.is_relative_to(root := item.config.rootpath):
        packages = (argument.removesuffix(f".{item.path.stem}") for argument in item.config.args)
        for package in packages:
            if package.rpartition(".")[2] == item.path.parent.name:
                return f"--pyargs {package}.{item.path.stem}" if alone else f"--pyargs {package}"
    file = Path(os.path.relpath(item.path, root))
    return (file if alone or file.parent == Path() else file.parent).as_posix()


def grouped(outside: Counter[Outside]) -> Iterator[str]:
    """Say of how many cells each command would run; one command for all that one can name together."""
    for axis in dict.fromkeys(name for cell in outside for name, _ in cell.axes):
        joined: dict[Outside, tuple[dict[str, None], int]] = {}
        for cell, count in outside.items():
            rest = cell._replace(axes=tuple((name, () if name == axis else values) for name, values in cell.axes))
            values, so_far = joined.setdefault(rest, ({}, 0))
            joined[rest] = (values | dict.fromkeys(dict(cell.axes).get(axis, ())), so_far + count)
        outside = Counter()
        for rest, (values, count) in joined.items():
            axes = tuple((name, tuple(values) if name == axis else others) for name, others in rest.axes)
            outside[rest._replace(axes=axes)] = count
    for cell, count in sorted(outside.items()):
        yield f"{count} × {cell}"
