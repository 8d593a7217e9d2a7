"""The pytest face: options, the grid, resuming, one row a cell on disk the moment it ends, the report at the end.

Loaded in every pytest session of the environment, so it imports the standard library and pytest only.
"""

from __future__ import annotations

import atexit
import gc
import sys
import time
import warnings
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from mmgap.core import failures
from mmgap.core.identity import identity
from mmgap.core.threads import share_cores
from mmgap.harness import cell_rows, options, selection
from mmgap.harness.claims import Claim
from mmgap.harness.collector import Collector
from mmgap.harness.live_run import LiveRun, write_plan
from mmgap.harness.selection import BROUGHT, OUTSIDE, cell_of, protocol_of
from mmgap.rows.cell import AXES, Cell
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.harness.cell_inputs import CellInputs
    from mmgap.harness.neighbours import Neighbours

#: What a cell is made of, for its fixtures.
INPUTS: pytest.StashKey[CellInputs] = pytest.StashKey()
_NEIGHBOURS: pytest.StashKey[Neighbours] = pytest.StashKey()
_CLAIM = pytest.StashKey[Claim]()
_RECORDER = pytest.StashKey[Recorder]()
_CLOCK = pytest.StashKey[float]()
_FROZEN = pytest.StashKey[bool]()
_COORDINATES = ("experiment", *AXES, "seed")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, args: list[str], parser: pytest.Parser
) -> Generator[None]:
    """Add the options last: installing mmgap takes no name from a project's own."""
    early_config.add_cleanup(lambda: _thaw(early_config))  # before all others', and so the last to be called
    yield
    options.add(parser)
    options.joined(args, parser)


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "experiment(name, version=None, axes=(), variants=({},), seeded=True, unasked=True, **constants): a function"
        " over the grid; without a version the hash of its file is part of the key",
        "cell(experiment, encoder, dataset, space, adapter, loss, seed): a cell of the grid, for -m"
        " 'cell(dataset=\"arasaac-en\")'",
        "xdist_group(name): cells that --dist loadgroup keeps on one worker",
    ):
        config.addinivalue_line("markers", line)
    options.check(config)
    config.stash[cell_rows.BEGAN] = cell_rows.now()
    if not hasattr(config, "workerinput"):
        folder = options.reports_dir(config)
        config.pluginmanager.register(Collector(config, folder), "mmgap-collector")
        config.pluginmanager.register(LiveRun(config, folder / "rows"), "mmgap-live")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """The items of a grid are thousands and all stay: no garbage is looked for among them, now or when pytest ends."""
    looked = gc.isenabled()
    gc.disable()
    try:
        return (yield)
    finally:
        if session.config.stash.get(OUTSIDE, None) and not gc.get_freeze_count():  # else somebody keeps it already
            gc.freeze()
            session.config.stash[_FROZEN] = True
        if looked:
            gc.enable()


def _thaw(config: pytest.Config) -> None:
    """Give back to the collector what a grid's collection took from it, until the process ends with it."""
    if config.stash.get(_FROZEN, False):
        gc.unfreeze()
        atexit.register(gc.freeze)


def pytest_collection_finish(session: pytest.Session) -> None:
    write_plan(session)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (claim := session.config.stash.get(_CLAIM, None)) is not None:  # interrupted in the middle of a cell
        claim.withdraw()
    leave_out_hypothesis(session.config)


def leave_out_hypothesis(config: pytest.Config) -> None:
    """Take Hypothesis's plugin off the end of a session in which no test has used it, here or in a worker of xdist.

    It would import all of Hypothesis, half a second, to find that it has nothing to say.
    """
    plugins = config.pluginmanager
    if "hypothesis" not in sys.modules and not plugins.hasplugin("dsession") and plugins.hasplugin("hypothesispytest"):
        plugins.unregister(name="hypothesispytest")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("experiment") is None:
        return
    config, protocol = metafunc.config, protocol_of(metafunc.definition)
    grid = protocol.cells(options.asked(config), options.seeds(config), options.shared(config), options.recipe(config))
    found = selection.of_items(config, metafunc.definition, grid)
    of_cell = pytest.mark.cell
    groups = {e: pytest.mark.xdist_group(e or protocol.name) for e in {cell.encoder for cell in found}}

    def marks(cell: Cell) -> list[pytest.MarkDecorator]:
        return [of_cell(**{name: getattr(cell, name) for name in _COORDINATES}), groups[cell.encoder]]

    metafunc.parametrize("cell", [pytest.param(cell, id=cell.id, marks=marks(cell)) for cell in found])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    selection.leave_outside(config, items)


def _identity(item: pytest.Item) -> dict[str, Any]:
    """The version of an experiment; without one the file it is written in, which another may have imported it from."""
    if (version := protocol_of(item).version) is not None:
        return {"version": version}
    return identity(item.function if isinstance(item, pytest.Function) else item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is absent and what has its row; otherwise begin the row."""
    cell = cell_of(item)
    if cell is None:
        return
    item.user_properties.append(("mmgap_cell", cell.id))
    if slow := item.stash.get(BROUGHT, ""):
        cell_rows.skip(item, "absent", slow)
    config = item.config
    if config.getoption("mmgap_dry_run"):
        words, seconds = _plan(item, cell)
        item.user_properties.append(("mmgap_seconds", seconds))
        cell_rows.skip(item, "plan", words)
    made, inputs = _inputs(item, cell)
    claim = cell_rows.claimed(item, cell_rows.new_row(cell, inputs, cell_rows.now()))
    share_cores()
    item.stash[INPUTS] = made
    item.stash[_CLAIM] = config.stash[_CLAIM] = claim
    item.stash[_CLOCK] = time.perf_counter()


def _plan(item: pytest.Item, cell: Cell) -> tuple[str, float]:
    """What the cell's training would need, and for how long; nothing is downloaded or run."""
    from mmgap.core.paths import MissingDataError
    from mmgap.harness.dry_run import planned

    try:
        return planned(cell, item.config.getoption("mmgap_device"))
    except MissingDataError as error:
        cell_rows.skip(item, "absent", str(error))
    except Exception as error:
        raise _in_a_line(error) from None


def _inputs(item: pytest.Item, cell: Cell) -> tuple[CellInputs, dict[str, Any]]:
    """What the cell is made of, and what of it makes its key; absent data are fetched if asked for, and prepared at
    their first use."""
    from mmgap.core.paths import MissingDataError
    from mmgap.harness.cell_inputs import CellInputs, passed_over
    from mmgap.harness.key_inputs import key_inputs
    from mmgap.harness.neighbours import Neighbours

    config = item.config
    devices, dtype = config.getoption("mmgap_device"), config.getoption("mmgap_dtype")
    try:
        if unused := passed_over(cell, options.asked(config)["encoder"]):
            warnings.warn(f"{unused}: {cell.dataset} has been encoded already and is measured as it is", stacklevel=2)
        shared = config.stash.setdefault(_NEIGHBOURS, Neighbours())
        if cell.dataset is not None and config.getoption("mmgap_fetch"):
            shared.fetch(cell.dataset)
        made = CellInputs(cell, protocol_of(item).constants, devices, dtype, shared)
        with _own_files_alone(cell) if BROUGHT in item.stash else nullcontext():
            return made, key_inputs(made, _identity(item))
    except MissingDataError as error:
        cell_rows.skip(item, "absent", str(error))
    except Exception as error:
        raise _in_a_line(error) from None


def _own_files_alone(cell: Cell) -> AbstractContextManager[None]:
    """Within the block no model is downloaded: its encoder was named by nobody."""
    from mmgap.encoders.weights import no_download

    return no_download(f"nobody named {cell.encoder}; --encoder {cell.encoder} downloads it")


def _in_a_line(error: Exception) -> BaseException:
    """What was asked for cannot be: its message, which names the cure, without a traceback. Others stay as they are."""
    if not (failures.is_input(error) or failures.is_memory(error)):
        return error
    return pytest.fail.Exception(f"{type(error).__name__}: {failures.line(error)}", pytrace=False)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Recorder:
    """The recording door of an experiment: ``record("gap", 0.85, ci=(0.84, 0.86))``, ``record.keep(…)``, `Recorder`."""
    from mmgap.metrics.catalogue import unit_and_direction

    recorder = request.node.stash[_RECORDER] = Recorder(unit_and_direction)
    return recorder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    claim = item.stash.get(_CLAIM, None)
    if claim is None or call.when == "teardown" or (call.when == "setup" and report.passed):
        return report
    if report.skipped:  # a fixture or the test itself found that it cannot run here: that is no result
        claim.withdraw()
        item.user_properties.append(("mmgap_skip", f"absent|{call.excinfo.value if call.excinfo else ''}"))
    else:
        recorder = item.stash.get(_RECORDER, None) or Recorder()
        cell_rows.fill(item, claim.row, call, recorder, time.perf_counter() - item.stash[_CLOCK])
        cell_rows.complete(item, claim)
    del item.stash[_CLAIM], item.config.stash[_CLAIM], item.stash[INPUTS]
    report.user_properties = list(item.user_properties)
    return report
