"""A pytest plugin: run some cells of a selection and tell of each as it ends, a JSON line in a file.

`mmgap.harness.sweep.cell_task` loads it (``-p``) in the sessions that it starts. Such a session ends when its parent
does: nobody would hear of what it measures, while another machine measures the same.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypedDict

import pytest

from mmgap.harness import cell_rows, options
from mmgap.harness.claims import CLAIMED
from mmgap.harness.live_run import cells_that_run

#: The environment variable that names the file with what is asked.
ASKED = "MMGAP_SWEEP_ASKED"
#: Seconds between two looks whether the parent lives.
LOOK = 0.5


class Asked(TypedDict):
    """What a session is asked.

    Attributes:
        told: the file that it tells in.
        parent: number of the process that wants to hear it.
        chosen: node ids of the cells that it runs; None runs none, and tells what there is and what has its row.
        began: when the sweep began, in UTC: a row from since then answers for its cell, whatever ``--refresh`` says.
    """

    told: str
    parent: int
    chosen: list[str] | None
    began: str


class _Session:
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.failed: dict[str, str] = {}

    def tell(self, **what: Any) -> None:
        with Path(self.asked["told"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        threading.Thread(target=self._follow_parent, name="mmgap-parent", daemon=True).start()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
        """The selection is the command line's; of it, what is asked."""
        yield
        config.stash[cell_rows.BEGAN] = self.asked["began"]
        if self.asked["chosen"] is None:
            about = {"reports": str(options.reports_dir(config)), "refresh": config.getoption("mmgap_refresh")}
            self.tell(kind="plan", cells=cells_that_run(items), device=config.getoption("mmgap_device"), **about)
            config.option.mmgap_refresh = "never"
        else:
            chosen = set(self.asked["chosen"])
            items[:] = [item for item in items if item.nodeid in chosen]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self.asked["chosen"] is not None:
            self.tell(kind="begun", nodeid=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed[report.nodeid] = (
                (report.longreprtext.strip().splitlines() or [""])[-1].removeprefix("E").strip()
            )
        told = dict(report.user_properties)
        if report.when == "teardown" and "mmgap_cell" in told:
            self.tell(nodeid=report.nodeid, **_outcome(told, self.failed.get(report.nodeid)))

    def _follow_parent(self) -> None:
        while os.getppid() == self.asked["parent"]:
            time.sleep(LOOK)
        os._exit(1)


def _outcome(told: dict[str, Any], failure: str | None) -> dict[str, Any]:
    """What became of a cell, from what its report carries."""
    if "mmgap_row" in told:
        return {"kind": "known" if "mmgap_known" in told else "measured", "row": told["mmgap_row"]}
    if "mmgap_unwritten" in told:
        return {"kind": "unwritten", "content": told["mmgap_unwritten"]}
    if "mmgap_skip" in told:
        words = told["mmgap_skip"].partition("|")[2]
        return {"kind": "claimed" if words.startswith(CLAIMED) else "skipped", "words": words}
    return {"kind": "error" if failure else "skipped", "words": failure or "it said not why"}


def pytest_configure(config: pytest.Config) -> None:
    asked: Asked = json.loads(Path(os.environ[ASKED]).read_text(encoding="utf-8"))
    session = _Session(asked)
    config.pluginmanager.register(session, "mmgap-told-cells")
