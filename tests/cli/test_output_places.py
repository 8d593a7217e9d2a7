"""Where nothing can be written is found out before the work, in one line that names the place; a full disk names it,
too, and nothing half-written is left."""

import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from tests.card.test_row_card import PUBLISHED

PAIR = "a.npy b.npy"
#: What writes a file, with the option before its name.
FILES = {
    f"atlas {PAIR} --export": ".html",
    "playground --export": ".html",
    f"card {PAIR} --no-spaces --output": ".html",
    f"search {PAIR} --every text --out": ".npz",
    f"space fit {PAIR} --out": ".safetensors",
    "space apply map.safetensors --images a.npy --out": ".npy",
    "compare rows rows --plot": ".svg",
    "rows export rows --output": ".csv",
}
#: What writes into a folder.
FOLDERS = (
    f"measure {PAIR} --plots",
    "report --rows rows --out",
    "claims --rows rows --out",
    "watch rows --once --report --out",
    "rows migrate rows --out",
    "rows export rows --mteb --output",
    "compare-encoders photos --encoder tiny --out",
    "data fetch coco --base-url http://127.0.0.1:9 --folder",
    "train --encoder tiny --dataset glyphs-en --out",
)
APP = ("atlas", "playground")


@pytest.fixture
def files(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(40, 8)))
    (tmp_path / "rows").mkdir()
    source = next(PUBLISHED.glob("measure-two-towers-mobilenet-v2-minilm-cca-flickr8k-captions*"))
    (tmp_path / "rows" / "one.json").write_bytes(source.read_bytes())
    (tmp_path / "notes").write_text("kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "absent" / "deep")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path.parent / "cache"))
    run(f"space fit {PAIR} --out map.safetensors")
    return tmp_path


def run(command, *more):
    if command.startswith(APP):
        pytest.importorskip("dash", reason="pip install mmgap[app]")
    return CliRunner().invoke(app, [*command.split(), *more])


def refused(files, command, place, told):
    if "photos" in command:
        from tests.support.pictures_for_stores import noise

        (files / "photos").mkdir()
        noise().save(files / "photos" / "red.png")
        (files / "photos" / "red.txt").write_text("a red picture\n")
    before = sorted(files.rglob("*"))
    found = run(command, place)
    assert found.exit_code == 2, found.output
    (line,) = found.stderr.splitlines()
    assert line.startswith("mmgap: ")
    assert told in line
    assert "Errno" not in line
    assert found.stdout == "", "the work was done before"
    assert sorted(files.rglob("*")) == before
    assert (files / "notes").read_text() == "kept"


@pytest.mark.parametrize("command", FILES)
@pytest.mark.parametrize("kind", ["below a file", "a folder", "another ending", "a link into nowhere"])
def test_a_file_that_cannot_be_written_is_named_before_the_work(files, command, kind):
    ending = FILES[command]
    (files / f"folder{ending}").mkdir()
    (files / f"link{ending}").symlink_to(files / "absent" / "deep")
    place, told = {
        "below a file": (f"notes/deep/out{ending}", "notes"),
        "a folder": (f"folder{ending}", f"folder{ending}: is a folder: name a file in it"),
        "another ending": ("out.xyz", ending),
        "a link into nowhere": (f"link{ending}", f"link{ending}: is a link to "),
    }[kind]
    refused(files, command, place, told)


@pytest.mark.parametrize("command", FOLDERS)
@pytest.mark.parametrize("place", ["notes/deep", "notes", "link/deep"])
def test_a_folder_that_cannot_be_made_is_named_before_the_work(files, command, place):
    refused(files, command, place, place.partition("/")[0])


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
@pytest.mark.parametrize("command", [*FILES, *FOLDERS])
def test_a_folder_without_permission_is_named(files, command):
    (files / "folder").chmod(0o500)
    refused(files, command, f"folder/out{FILES.get(command, '')}", "folder")


@pytest.mark.skipif(os.name != "posix", reason="ulimit: a disk that takes a kilobyte a file")
def test_a_disk_that_takes_no_more_is_named_and_nothing_half_written_is_left(files):
    """``ulimit -f`` refuses what a full disk refuses: the write itself, which names no file."""
    limited = f'ulimit -f 1; exec "{sys.executable}" -m mmgap rows export rows --output out.csv'
    before, unkept = sorted(files.rglob("*")), os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # it would be cut off, too
    found = subprocess.run(["bash", "-c", limited], cwd=files, env=unkept, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    told = "mmgap: out.csv: is larger than its disk, or a limit of yours, allows: name another place\n"
    assert found.stderr == told
    assert sorted(files.rglob("*")) == before
