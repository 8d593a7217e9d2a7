"""The options of the pytest plugin, and what they say. The standard library and pytest only, as the plugin itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmgap.core import paths
from mmgap.core.atomic import require_writable
from mmgap.core.defaults import IMAGE_SIZE, IMAGE_SIZES, RESIZE
from mmgap.harness import grid
from mmgap.report.asked_items import checked_labels
from mmgap.rows.cell import AS_IS, AXES, EVERY, INITIAL

REFRESH = ("never", "missing", "failed", "all")


#: Most seeds that a run may ask for.
SEEDS = 1000


def add(parser: pytest.Parser) -> None:
    """Every option, as ``--mmgap-…`` and under its short name where nobody else has that.

    Called when all other plugins and the conftest files have theirs: a project with a ``--device`` of its own keeps it.
    """
    group = parser.getgroup("mmgap", "mmgap: experiments over encoder × dataset × space × loss")
    taken = _names(parser)

    def option(name: str, **keywords: Any) -> None:
        names = [n for n in (f"--{name}", f"--mmgap-{name}") if n not in taken]
        group.addoption(*names, dest=f"mmgap_{name.replace('-', '_')}", **keywords)

    axis = {"action": "append", "default": [], "metavar": "SPEC"}
    option("encoder", help="an encoder, e.g. two-towers:mobilenet-v2,minilm,random (repeatable)", **axis)
    option("dataset", help="a dataset, e.g. arasaac-es, folder:PATH, vectors:IMAGES,TEXTS (repeatable)", **axis)
    option(
        "space",
        help="a space between encoding and measuring, e.g. centre, shift:0.75,side=text, cca+shift; as-is for none,"
        " every for none and all of them at each strength (repeatable)",
        **axis,
    )
    option("adapter", help="an adapter, e.g. tip-adapter, gda:select=val; every for all of them (repeatable)", **axis)
    option("loss", help="a loss, e.g. ce+0.5*intra; --loss=-ce where a minus comes first (repeatable)", **axis)
    option(
        "recipe",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="how to train, where not as usual: tuning=lora,epochs=3,batch_size=720,chunk=90 … (repeatable)",
    )
    option("seeds", type=int, metavar="N", help="run each cell with seeds 0 … N-1 (default: the profile's)")
    option(
        "device",
        default="cpu",
        help="where models run: cpu, cuda, cuda:1 … (default: cpu); of several, cuda:0,cuda:1 or cuda:all, each has a"
        " process that shares large encodings",
    )
    option("dtype", default="float32", choices=("float32", "float16", "bfloat16"), help="precision of the models")
    option("captions", default="first", choices=("first", "all"), help="captions of each image (default: first)")
    option("prompt", metavar="TEXT", help="template around the captions, as in 'Una foto de {}'; '{}' for none")
    option("image-size", type=int, default=IMAGE_SIZE, metavar="N", help="pixels a side of prepared pictures")
    option(
        "resize",
        default=RESIZE,
        choices=("crop", "squash", "pad", "none"),
        help="how pictures become square when they are prepared (default: crop); none: the encoder gets the originals",
    )
    option("dry-run", action="store_true", help="only say what the selected trainings would need")
    option("fetch", action="store_true", help="download a data set that is not here, where mmgap can")
    option("data", metavar="DIR", help="folder of the data sets (default: MMGAP_DATA, else the user's cache folder)")
    option("weights", metavar="DIR", help="folder of local weights (default: MMGAP_WEIGHTS, else the cache folder)")
    option("profile", default="default", choices=tuple(grid.PROFILES), help="cells that run when none is named")
    option(
        "refresh",
        default="missing",
        choices=REFRESH,
        help="never: show rows only; missing: run cells without a row (default); failed: these and the failed ones;"
        " all: run every cell again",
    )
    option("reports", metavar="DIR", help="folder of rows and report (default: reports/ of the project)")
    option("no-report", action="store_true", help="write rows, and leave the report as it is")
    option("language", default="en", choices=("en", "es"), help="language of the report's labels")
    option(
        "label",
        action="append",
        default=[],
        metavar="ID",
        help="an item that stands by its id on the report's maps and heat-maps (repeatable)",
    )


def joined(args: list[str], parser: pytest.Parser) -> None:
    """Make ``--loss -ce`` one argument in place: a sum of losses may begin with a minus."""
    known = _names(parser)
    for i in reversed(range(len(args) - 1)):
        value = args[i + 1]
        if args[i] in ("--loss", "--mmgap-loss") and value.startswith("-") and value.partition("=")[0] not in known:
            args[i : i + 2] = [f"{args[i]}={value}"]


def _names(parser: pytest.Parser) -> set[str]:
    return {name for known in [*parser._groups, parser._anonymous] for o in known.options for name in o.names()}


def check(config: pytest.Config) -> None:
    """Refuse what cannot be, and set the variables that the options stand for.

    Raises:
        pytest.UsageError: a folder that is not there or, for rows and report, cannot be written; fewer than one seed or
            more than `SEEDS`; an image size that is none; a recipe, a space, a loss or labels that cannot be.
    """
    for name, variable in (("data", "MMGAP_DATA"), ("weights", "MMGAP_WEIGHTS")):
        if folder := config.getoption(f"mmgap_{name}", None):
            path = (config.invocation_params.dir / paths.expanded(folder)).resolve()
            if not path.is_dir():
                raise pytest.UsageError(f"--{name} {folder}: no such folder")
            os.environ[variable] = str(path)  # workers of xdist inherit it
    if (seeds := config.getoption("mmgap_seeds", None)) is not None and not 1 <= seeds <= SEEDS:
        raise pytest.UsageError(f"--seeds {seeds}: give a number from 1 to {SEEDS}")
    if config.getoption("mmgap_reports", None) and config.getoption("mmgap_refresh") != "never":
        try:
            require_writable(reports_dir(config))
        except OSError as error:
            raise pytest.UsageError(f"--reports: {error}; name another folder") from error
    low, high = IMAGE_SIZES
    if not low <= (size := config.getoption("mmgap_image_size", low)) <= high:
        raise pytest.UsageError(f"--image-size {size}: prepared pictures have {low} to {high} pixels a side")
    try:
        recipe(config), asked(config), checked_labels(config.getoption("mmgap_label", []))
    except (ValueError, LookupError) as error:
        raise pytest.UsageError(str(error)) from error


def shared(config: pytest.Config) -> dict[str, Any]:
    """What the options say of every cell's data: the caption policy, and the others where they are not the usual."""
    usual = {"prompt": None, "image_size": IMAGE_SIZE, "resize": RESIZE}
    options = {name: config.getoption(f"mmgap_{name}") for name in usual}
    if options["resize"] == "none":  # originals have no size of ours
        options["image_size"] = usual["image_size"]
    return {"captions": config.getoption("mmgap_captions")} | {n: v for n, v in options.items() if v != usual[n]}


def seeds(config: pytest.Config) -> Callable[[str | None, str | None, str | None], int]:
    """How many seeds an encoder on a data set has with a loss: as many as were asked for, else as its study says."""
    if (number := config.getoption("mmgap_seeds")) is not None:
        return lambda *_: int(number)
    return grid.PROFILES[config.getoption("mmgap_profile")].seeds


def recipe(config: pytest.Config) -> dict[str, Any]:
    """What ``--recipe`` asks for, by name, each value of its type.

    Raises:
        TrainingError: a name or a value that no recipe has.
    """
    if not (entries := config.getoption("mmgap_recipe", [])):
        return {}
    from mmgap.training.recipe import Recipe, recipe_values

    values = recipe_values(entries)
    typed = Recipe.of(values, loss="ce").to_dict()
    return {name: typed[name] for name in values}


def asked(config: pytest.Config) -> dict[str, list[str]]:
    """Axis → the values given on the command line; a folder has one spelling, and so have a space, an adapter
    and a loss.

    Raises:
        LossExpressionError, SpaceError, AdapterError, UnknownNameError: no such loss, space or adapter.
    """
    one_spelling = {"dataset": _tidy, "space": _space, "adapter": _adapter, "loss": _loss}
    given = {axis: config.getoption(f"mmgap_{axis}") for axis in AXES}
    if EVERY in given["space"]:
        given["space"] = [spec for spec in given["space"] if spec != EVERY] + [AS_IS, *grid.every_strength()]
    if EVERY in given["adapter"]:
        given["adapter"] = [spec for spec in given["adapter"] if spec != EVERY] + grid.every_adapter()
    return {axis: [one_spelling.get(axis, str)(value) for value in values] for axis, values in given.items()}


def _space(spec: str) -> str:
    """``shift:delta=0.50`` is ``shift:0.5``."""
    if spec == AS_IS:
        return spec
    from mmgap import spaces

    return spaces.canonical(spec)


def _adapter(spec: str) -> str:
    """``lp-plus-plus`` is ``lp++``."""
    from mmgap import adapters

    return adapters.canonical(spec)


def _loss(expression: str) -> str:
    """``anti + ce`` is ``ce+anti``."""
    if expression == INITIAL:
        return expression
    from mmgap import losses

    return losses.canonical(expression)


def _tidy(spec: str) -> str:
    """``folder:./photos/`` is ``folder:photos``."""
    name, _, path = spec.partition(":")
    return f"folder:{Path(path)}" if name == "folder" and path else spec


def reports_dir(config: pytest.Config) -> Path:
    """The folder that holds ``rows/`` and the report."""
    chosen = config.getoption("mmgap_reports", None)
    return (config.invocation_params.dir / chosen).resolve() if chosen else config.rootpath / "reports"
