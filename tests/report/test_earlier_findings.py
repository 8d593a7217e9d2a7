"""A report in another folder than its rows takes along what was found beside them, where the arrays are gone."""

import shutil

from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.earlier_findings import take_derived
from mmgap.rows.row import write_row
from tests.support.made_up_training import train_row


def published(tmp_path, monkeypatch):
    """Rows and their report in one folder, and a cache that has nothing."""
    cache = Cache(tmp_path / "cache")
    rows = [train_row(cache, loss, seed) for loss in ("initial", "ce", "ce+anti") for seed in (0, 1, 2)]
    folder = tmp_path / "published"
    for row in rows:
        write_row(folder, row)
    write_report(rows, folder, cache=cache)
    shutil.rmtree(tmp_path / "cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    return folder


def files(folder, pattern):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob(pattern)}


def test_answers_and_pictures_come_along(tmp_path, monkeypatch):
    folder, out = published(tmp_path, monkeypatch), tmp_path / "out"
    done = CliRunner().invoke(app, ["report", "--rows", str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert (out / "report.md").read_bytes() == (folder / "report.md").read_bytes()
    assert files(out, "training/*.json") == files(folder, "training/*.json") != {}
    pictures = files(out, "figures/*.png")
    assert pictures == files(folder, "figures/*.png")
    assert any(name.endswith("loss_frontier-en2.png") for name in pictures)


def test_nothing_else_comes_along_also_into_a_folder_below_the_rows(tmp_path):
    source, out = tmp_path / "rows", tmp_path / "rows" / "out"
    for name in ("training/a.json", "practices/coco/b.json", "out/training/c.json", "mine/d.json", "e.json"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("{}")
    take_derived([source], out, ["training", "", "practices"])
    found = sorted(path.relative_to(source).as_posix() for path in source.rglob("*.json"))
    assert found == sorted(
        [
            *("training/a.json", "practices/coco/b.json", "out/training/c.json", "mine/d.json", "e.json"),
            *("out/training/a.json", "out/practices/coco/b.json"),
        ]
    )
