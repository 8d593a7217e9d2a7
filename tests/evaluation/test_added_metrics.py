"""A metric that another package adds by an entry point: computed, recorded, a column of the report, on the console."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.datasets import Dataset
from mmgap.evaluation.space_record import record_space
from mmgap.metrics import catalogue
from mmgap.report import write_report
from mmgap.rows.recorder import Recorder
from tests.support.made_up_rows import row

PACKAGE = """
from mmgap.metrics.catalogue import Metric

def farthest(space):
    return (space.images - space.texts[space.owner.argsort()[: len(space.images)]]).norm(dim=1).max()

def none(space):
    raise ValueError("a space has no such thing")

FARTHEST = Metric(
    "farthest_share", "farthest pair", unit="share", range="[0, 200] %", better=False, family="outliers",
    help="distance of the pair that is farthest apart", compute=farthest,
)
NONE = Metric("none_at_all", compute="outside_metrics:none")
"""

pytestmark = pytest.mark.usefixtures("outside", "one_thread")


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A package with two metrics, installed."""
    about = tmp_path / "outside_metrics-1.0.dist-info"
    about.mkdir()
    (tmp_path / "outside_metrics.py").write_text(PACKAGE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-metrics\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[mmgap.metrics]\nfarthest_share = outside_metrics:FARTHEST\nnone_at_all = outside_metrics:NONE\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(catalogue.registry, "_entries", dict(catalogue.registry._entries))
    monkeypatch.setattr(catalogue.registry, "_discovered", False)


def vectors(n=20, d=4):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, d))
    return x, x + rng.normal(size=(n, d))


def test_it_is_a_column_of_the_report_with_label_unit_and_legend(tmp_path):
    x, y = vectors()
    names = tuple(map(str, range(20)))
    record = Recorder()
    record_space(record, x, y, Dataset("made-up", "test", "1", names, range(20), names, np.arange(20)))
    unit_x, unit_y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    farthest = record.metrics["farthest_share"]
    assert farthest["value"] == pytest.approx(np.linalg.norm(unit_x - unit_y, axis=1).max())
    assert (farthest["unit"], farthest["higher_is_better"], farthest["n"]) == ("share", False, 20)
    assert "none_at_all" not in record.metrics
    assert "Left out: none_at_all, a space has no such thing." in record.notes

    write_report([row(metrics=record.metrics)], tmp_path / "report")
    text = (tmp_path / "report" / "report.html").read_text()
    assert "farthest pair, %" in text
    assert f"{100 * farthest['value']:.1f}" in text
    assert "farthest pair [0, 200] %: distance of the pair that is farthest apart; lower is better." in text


def test_it_stands_on_the_console(tmp_path):
    np.savez(tmp_path / "v.npz", **dict(zip(("images", "texts"), vectors(), strict=True)))
    shown = CliRunner().invoke(app, ["measure", str(tmp_path / "v.npz"), "--meanings"]).stdout.splitlines()
    line = next(line for line in shown if line.startswith("  farthest pair"))
    assert line.split()[-1] == "↓"
    assert "[0, 200] %" in line
    assert "- farthest pair [0, 200] %: distance of the pair that is farthest apart; lower is better." in shown
    assert "- none_at_all: a space has no such thing" in shown
    plain = json.loads(CliRunner().invoke(app, ["measure", str(tmp_path / "v.npz"), "--json"]).stdout)
    assert 0 < plain["farthest_share"] <= 2
    listed = CliRunner().invoke(app, ["list"]).stdout.splitlines()
    assert "  farthest_share [share] farthest pair: distance of the pair that is farthest apart" in listed


def test_its_code_stands_in_the_keys_of_cells():
    identity = catalogue.identities()["metric:farthest_share"]
    assert identity["file"] == "outside_metrics.py"
    assert identity["distribution"] == "outside-metrics 1.0"
