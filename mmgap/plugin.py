"""The pytest face: options, the grid, resuming, one row a cell on disk the moment it ends, the report at the end.

Loaded in every pytest session of the environment, so it imports the standard library and pytest only.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from mmgap import failures, grid, progress
from mmgap import plugin_options as options
from mmgap.claims import Claim, ClaimedError
from mmgap.collector import Collector
from mmgap.grid import Cell, Protocol
from mmgap.identity import distributions, identity
from mmgap.recorder import Recorder
from mmgap.row import NewerRowError, Row, RowError, read_row, row_bytes, row_key, row_path

_CLAIM = pytest.StashKey[Claim]()
_BEGAN = pytest.StashKey[str]()
_RECORDER = pytest.StashKey[Recorder]()
_OUTSIDE = pytest.StashKey[str]()
_CLOCK = pytest.StashKey[float]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(args: list[str], parser: pytest.Parser) -> Generator[None]:
    """Add the options last: installing mmgap takes no name from a project's own."""
    yield
    options.add(parser)
    options.joined(args, parser)


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "experiment(name, version=None, axes=(), variants=({},), seeded=True, unasked=True, **constants): a function"
        " over the grid; without a version the hash of its file is part of the key",
        "cell(experiment, encoder, dataset, loss, seed): a cell of the grid, for -m 'cell(dataset=\"arasaac-en\")'",
        "xdist_group(name): cells that --dist loadgroup keeps on one worker",
    ):
        config.addinivalue_line("markers", line)
    options.check(config)
    config.stash[_BEGAN] = _now()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config, options.reports_dir(config)), "mmgap-collector")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Bars go to the terminal itself, where there is one: what tests print stays captured."""
    capture = session.config.pluginmanager.getplugin("capturemanager")
    if capture is None or hasattr(session.config, "workerinput"):
        return
    with capture.global_and_fixture_disabled():
        if sys.stderr.isatty():
            progress.show_on(os.fdopen(os.dup(sys.stderr.fileno()), "w", 1, sys.stderr.encoding))


def pytest_sessionfinish(session: pytest.Session) -> None:
    progress.show_on(None)
    if (claim := session.config.stash.get(_CLAIM, None)) is not None:  # interrupted in the middle of a cell
        claim.withdraw()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marker = metafunc.definition.get_closest_marker("experiment")
    if marker is None:
        return
    config, protocol = metafunc.config, Protocol(*marker.args, **marker.kwargs)
    seeds = config.getoption("mmgap_seeds") or grid.PROFILES[config.getoption("mmgap_profile")].seeds
    found = protocol.cells(options.asked(config), seeds, options.shared(config), options.recipe(config))
    metafunc.parametrize("cell", [pytest.param(cell, id=cell.id, marks=_marks(cell)) for cell in found])


def _marks(cell: Cell) -> list[pytest.MarkDecorator]:
    coordinates = {axis: getattr(cell, axis) for axis in ("experiment", *grid.AXES, "seed")}
    return [pytest.mark.cell(**coordinates), pytest.mark.xdist_group(cell.encoder or cell.experiment)]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    words, marks = grid.named_by(config.option.keyword, config.option.markexpr)
    named_ids = {argument.replace(os.sep, "/") for argument in config.args if "[" in argument}
    for item in items:
        cell = cell_of(item)
        if cell is None or any(identifier.endswith(item.name) for identifier in named_ids):
            continue
        why = grid.outside(cell, config.getoption("mmgap_profile"), options.asked(config), words, marks)
        asked = options.asked(config)["loss"] or _file_named(item, words)
        if why is None and not asked and not grid.runs_unasked(cell, config.getoption("mmgap_profile")):
            path = item.path.relative_to(config.rootpath).as_posix()
            why = f"trains only when asked for; to run it: pytest {path} {grid.command_line(cell)}"
        if why is None and not _protocol(item).unasked and not _file_named(item, words):
            why = f"runs only when asked for; to run it: pytest {item.path.relative_to(config.rootpath).as_posix()}"
        if why is not None:
            item.stash[_OUTSIDE] = why


def _protocol(item: pytest.Item) -> Protocol:
    marker = item.get_closest_marker("experiment")
    assert marker is not None
    return Protocol(*marker.args, **marker.kwargs)


def _identity(item: pytest.Item) -> dict[str, Any]:
    """The version of an experiment; without one the file it is written in, which another may have imported it from."""
    if (version := _protocol(item).version) is not None:
        return {"version": version}
    return identity(item.function if isinstance(item, pytest.Function) else item)


def _file_named(item: pytest.Item, words: set[str]) -> bool:
    """Whether the experiment's file stands on the command line, or a word of ``-k`` is part of its name."""
    given = (Path(argument.partition("::")[0]) for argument in item.config.args)
    return any(path.name == item.path.name for path in given) or any(word in item.path.stem for word in words)


def cell_of(item: pytest.Item) -> Cell | None:
    """The cell of an item; None for a test that is no experiment."""
    call = getattr(item, "callspec", None)
    cell = call.params.get("cell") if call is not None else None
    return cell if isinstance(cell, Cell) else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is outside the profile, what is absent and what has its row; otherwise begin the row."""
    cell = cell_of(item)
    if cell is None:
        return
    item.user_properties.append(("mmgap_cell", cell.id))
    if _OUTSIDE in item.stash:
        _skip(item, "outside", item.stash[_OUTSIDE])
    from mmgap.experiment import new_row, share_cores

    config = item.config
    if config.getoption("mmgap_dry_run"):
        words, seconds = _plan(item, cell)
        item.user_properties.append(("mmgap_seconds", seconds))
        _skip(item, "plan", words)
    inputs = _inputs(item, cell)
    claim = _claimed(item, new_row(cell, inputs, _now()))
    share_cores()
    item.stash[_CLAIM] = config.stash[_CLAIM] = claim
    item.stash[_CLOCK] = time.perf_counter()


def _claimed(item: pytest.Item, row: Row) -> Claim:
    """The cell for this process alone, with its running row; or skip, or fail, where the row on disk answers for it."""
    folder = options.reports_dir(item.config) / "rows"
    _resume(item, row_path(folder, row), row["key"])
    try:
        claim = Claim.of(folder, row)
    except ClaimedError as error:
        _skip(item, "absent", str(error))
    try:
        _resume(item, claim.path, row["key"])  # it may have been measured since
        with suppress(OSError):  # a full disk: the end of the cell tells, if there still is no room by then
            claim.begin()
    except BaseException:
        claim.release()
        raise
    return claim


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _plan(item: pytest.Item, cell: Cell) -> tuple[str, float]:
    """What the cell's training would need, and for how long; nothing is downloaded or run."""
    from mmgap.dry_run import planned
    from mmgap.paths import MissingDataError

    try:
        return planned(cell, item.config.getoption("mmgap_device"))
    except MissingDataError as error:
        _skip(item, "absent", str(error))
    except Exception as error:
        raise _in_a_line(error) from None


def _inputs(item: pytest.Item, cell: Cell) -> dict[str, Any]:
    """What makes the cell's key; data that are not here are fetched if asked for, and prepared at their first use."""
    from mmgap.experiment import fetched, inputs_of, passed_over
    from mmgap.paths import MissingDataError

    config = item.config
    device, dtype = config.getoption("mmgap_device"), config.getoption("mmgap_dtype")
    try:
        if unused := passed_over(cell, options.asked(config)["encoder"]):
            warnings.warn(f"{unused}: {cell.dataset} has been encoded already and is measured as it is", stacklevel=2)
        if cell.dataset is not None and config.getoption("mmgap_fetch"):
            fetched(cell.dataset)
        return inputs_of(cell, _identity(item), _protocol(item).constants, device, dtype)
    except MissingDataError as error:
        _skip(item, "absent", str(error))
    except Exception as error:
        raise _in_a_line(error) from None


def _in_a_line(error: Exception) -> BaseException:
    """What was asked for cannot be: its message, which names the cure, without a traceback. Others stay as they are."""
    if not (failures.is_input(error) or failures.is_memory(error)):
        return error
    return pytest.fail.Exception(f"{type(error).__name__}: {failures.line(error)}", pytrace=False)


def _resume(item: pytest.Item, path: Path, key: str) -> None:
    """Skip or fail here where the row on disk answers for the cell; return where it must run."""
    refresh = item.config.getoption("mmgap_refresh")
    try:
        known = read_row(path) if path.exists() else None
    except RowError as error:
        if refresh == "never" or isinstance(error, NewerRowError):
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        _tell(item, f"{str(error).partition('; ')[0]}; its cell is measured again")
        known = None
    if known is not None and row_key(known["cell"], known["inputs"]) != key:
        _tell(item, f"{path} is not the row of its cell; the cell is measured again")
        known = None
    if known is not None and known["status"] == "running":
        known = None  # whoever began it is dead, or claims it
    if refresh == "never" and known is None:
        _skip(item, "absent", "no row yet; leave out --refresh never to measure it")
    if known is None or (_due(known, refresh) and not known["started_at"] > item.config.stash[_BEGAN]):
        return
    item.user_properties += [("mmgap_row", str(path)), ("mmgap_known", True)]
    if known["status"] == "ok":
        pytest.skip(f"measured already: {path.name}")
    why = known["error"] or {"type": known["status"], "message": "", "tail": ""}
    pytest.fail(f"failed before: {why['type']}: {why['message']}\n(--refresh failed runs it again)", pytrace=False)


def _due(known: Row, refresh: str) -> bool:
    """Whether a finished cell is to run again; one whose arrays could not be kept is, unless rows are only shown."""
    if refresh == "never":
        return False
    return refresh == "all" or "items_lost" in known["provenance"] or (known["status"] != "ok" and refresh == "failed")


def _tell(item: pytest.Item, line: str) -> None:
    """A line for the end of the run."""
    item.user_properties.append(("mmgap_told", line))


def _skip(item: pytest.Item, why: str, words: str) -> NoReturn:
    item.user_properties.append(("mmgap_skip", f"{why}|{words}"))
    pytest.skip(words)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Recorder:
    """The recording door of an experiment: ``record("gap", 0.85, ci=(0.84, 0.86))``, ``record.keep(…)``, `Recorder`."""
    recorder = request.node.stash[_RECORDER] = Recorder()
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
        _fill(item, claim.row, call)
        _complete(item, claim)
    del item.stash[_CLAIM], item.config.stash[_CLAIM]
    report.user_properties = list(item.user_properties)
    return report


def _fill(item: pytest.Item, row: Row, call: pytest.CallInfo[None]) -> None:
    """Put what the cell gave into its row, and its arrays into the cache."""
    from mmgap.provenance import peak_memory, provenance

    recorder = item.stash.get(_RECORDER, None) or Recorder()
    row["status"] = "ok"
    if call.excinfo is not None:
        row["status"] = "oom" if failures.is_memory(call.excinfo.value) else "failed"
        row["error"] = {
            "type": call.excinfo.typename,
            "message": str(call.excinfo.value)[:2000],
            "tail": "\n".join(str(call.excinfo.getrepr(style="short")).splitlines()[-12:]),
        }
    row["metrics"], row["notes"] = recorder.metrics, recorder.notes
    row["time"] = {**recorder.time, "total": time.perf_counter() - item.stash[_CLOCK]}
    row["memory"] = {**recorder.memory, **peak_memory()}
    row["provenance"] = {
        **provenance(item.config.rootpath, item.config.getoption("mmgap_device"), distributions(row["inputs"])),
        "seed": row["cell"]["seed"],
    }
    if recorder.items and row["status"] == "ok":
        from mmgap.cache import Cache, CacheError

        try:
            Cache().keep("items", {"row": row["key"]}, recorder.items)
            row["items"] = row["key"]
        except CacheError as error:
            row["provenance"]["items_lost"] = str(error)
            _tell(item, f"{error}. The cell is measured again by the next run")


def _complete(item: pytest.Item, claim: Claim) -> None:
    """Write the row; one that cannot be written is shown all the same, and written at the end if that is possible."""
    try:
        if claim.complete():
            item.user_properties.append(("mmgap_row", str(claim.path)))
        else:
            _tell(item, f"{claim.path.name}: failed now; the earlier result stays")
    except OSError:
        item.user_properties.append(("mmgap_unwritten", row_bytes(claim.row).decode()))
