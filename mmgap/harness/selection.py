"""Which cells of a collection run, and which command would run the others.

Loaded in every pytest session of the environment, so it imports the standard library and pytest only.
"""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

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


OUTSIDE = pytest.StashKey[Outside]()
#: Of a cell whose encoder a named data set brought along: why it is left out here, or "" where it runs if it can.
BROUGHT = pytest.StashKey[str]()


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


def mark_outside(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Leave in the stash of each cell that is not to run, as `OUTSIDE`, why and what would run it."""
    words, marks = grid.named_by(config.option.keyword, config.option.markexpr)
    named_ids = {argument.replace(os.sep, "/") for argument in config.args if "[" in argument}
    asked, profile = options.asked(config), config.getoption("mmgap_profile")
    for item in items:
        cell = cell_of(item)
        if cell is None or any(identifier.endswith(item.name) for identifier in named_ids):
            continue
        protocol = protocol_of(item)
        why = grid.outside(cell, profile, asked, words, marks, protocol.listed)
        encoder_named = cell.encoder is not None and grid.names("encoder", cell.encoder, asked, words, marks)
        named = _file_named(item, words)
        unasked = protocol.unasked and (encoder_named or grid.in_study(cell, profile))
        trains = not grid.trains_unasked(cell, profile)
        if why is None and trains and not (asked["loss"] or named):
            why = "trains only when asked for"
        if why is None and not (unasked or named):
            why = "runs only when asked for"
        if why is not None:
            axes = tuple((axis, (value,)) for axis, value in grid.to_name(cell, profile, asked).items())
            chosen = "" if profile == "default" else f" --profile {profile}"
            item.stash[OUTSIDE] = Outside(why, f"pytest {_place(item, alone=trains or not unasked)}{chosen}", axes)
        elif not encoder_named and (study := grid.PROFILES[profile].study(cell.dataset)).brings(cell):
            slow = cell.encoder in study.on_gpu and config.getoption("mmgap_device") == "cpu"
            item.stash[BROUGHT] = _too_slow(cell.encoder or "") if slow else ""


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
