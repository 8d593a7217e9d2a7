"""``mmgap train --out``: a folder that is whole or not there, calls that can be repeated, and errors of one line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.core.integrity import CacheWarning
from mmgap.training import artifact

RECIPE = "tuning=head,epochs=2,batch_size=8"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Twelve pictures with captions: eight to train on."""
    folder = tmp_path_factory.mktemp("pictures")
    records = ["filename,category,caption,split"]
    for k in range(12):
        Image.new("RGB", (48, 48), (20 * k, 9, 9)).save(folder / f"{k}.png")
        records.append(f"{k}.png,,picture {k},{'train' if k < 8 else 'validation'}")
    (folder / "metadata.csv").write_text("\n".join(records))
    return folder


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    """A cache with the training in it, and the folder that came out."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_CACHE", str(folder / "cache"))
        done = train(data, folder / "out")
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def place(finished, tmp_path, monkeypatch):
    """A copy of it."""
    shutil.copytree(finished, tmp_path / "place")
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "place" / "cache"))
    return tmp_path / "place"


def words(data, out, *more, recipe=RECIPE):
    command = ["train", "--encoder", "tiny-random", "--dataset", f"folder:{data}", "--recipe", recipe]
    return [*command, "--out", str(out), *more]


def train(data, out, *more, recipe=RECIPE):
    return CliRunner().invoke(app, words(data, out, *more, recipe=recipe))


def content(folder):
    """Bytes by name of the files that hold what was trained."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {artifact.WEIGHTS, artifact.HISTORY, artifact.ABOUT} <= found.keys()
    return found


def one_line(done):
    """The line that an error is."""
    assert done.exit_code == 2, done.output
    lines = [line for line in done.stderr.splitlines() if line]
    assert lines[-1].startswith("mmgap: ")
    assert "Traceback" not in done.output
    return lines[-1]


def test_a_finished_folder_holds_what_was_trained_and_nothing_else(finished):
    assert sorted(content(finished / "out")) == ["history.safetensors", "trained.json", "weights.safetensors"]
    artifact.check(finished / "out")
    assert [path.name for path in finished.iterdir() if path.name.startswith(".")] == []
    assert not list((finished / "cache").rglob("*.lock"))
    assert not list((finished / "cache").rglob("*.tmp"))


def test_the_same_call_again_says_that_it_is_there(data, place):
    before = content(place / "out")
    done = train(data, place / "out")
    assert done.exit_code == 0
    assert done.stdout == f"trained:{place / 'out'}\n"
    assert "is there already, of the same training" in done.stderr
    assert "epoch" not in done.stderr
    assert content(place / "out") == before


def test_what_is_there_need_not_be_writable(data, place, monkeypatch):
    def refused(folder):
        raise OSError(f"nothing can be written into {folder}: Read-only file system")

    monkeypatch.setattr("mmgap.training.copy_out.require_writable", refused)
    assert train(data, place / "out").exit_code == 0
    assert "Read-only file system. Name another --out" in one_line(train(data, place / "new"))


def test_an_empty_cache_needs_no_training_where_the_folder_is_there(data, place):
    shutil.rmtree(place / "cache" / "trainings")
    assert "epoch 1" not in train(data, place / "out").output


@pytest.mark.parametrize(
    ("more", "recipe", "why"),
    [
        (("--loss", "ce+anti"), RECIPE, "2 epochs of ce"),
        (("--seed", "3"), RECIPE, "trained on other data or by another recipe"),
        ((), "tuning=head,epochs=3,batch_size=8", "another recipe"),
    ],
)
def test_another_training_never_takes_its_place(data, place, more, recipe, why):
    before = content(place / "out")
    line = one_line(train(data, place / "out", *more, recipe=recipe))
    assert why in line
    assert "name another --out, or remove it" in line
    assert content(place / "out") == before


def test_a_folder_of_something_else_stays(data, place):
    (place / "mine").mkdir()
    (place / "mine" / "thesis.tex").write_text("x")
    assert "holds no trained encoder" in one_line(train(data, place / "mine"))
    assert [path.name for path in (place / "mine").iterdir()] == ["thesis.tex"]
    assert "is there already" in one_line(train(data, place / "mine" / "thesis.tex"))


def test_refresh_trains_anew_and_gives_the_same(data, place):
    before = content(place / "out")
    done = train(data, place / "out", "--refresh")
    assert done.exit_code == 0, done.output
    assert "epoch 1" in done.stderr
    assert content(place / "out") == before


@pytest.mark.parametrize("name", [artifact.WEIGHTS, artifact.HISTORY])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_folder_is_written_again(data, place, name, damage):
    before = content(place / "out")
    hurt(place / "out" / name, damage)
    with pytest.warns(CacheWarning, match=f"out is damaged, and written again: .*{name}"):
        done = train(data, place / "out")
    assert done.exit_code == 0, done.output
    assert "epoch 1" not in done.stderr
    assert content(place / "out") == before


@pytest.mark.parametrize("name", [artifact.WEIGHTS, artifact.HISTORY, artifact.ABOUT])
@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_damaged_training_in_the_cache_is_done_again(data, place, name, damage):
    before = content(place / "out")
    [cached] = (place / "cache" / "trainings").rglob(name)
    hurt(cached, damage)
    with pytest.warns(CacheWarning, match=f"is damaged, and done again: .*{name}"):
        done = train(data, place / "new")
    assert done.exit_code == 0, done.output
    assert "epoch 1" in done.stderr
    assert content(place / "new") == before


def hurt(file, damage):
    whole = file.read_bytes()
    match damage:
        case "flip":
            file.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
        case "cut":
            file.write_bytes(whole[: len(whole) // 2])
        case "gone":
            file.unlink()


def test_what_cannot_be_written_is_found_out_before_training(data, place, monkeypatch):
    (place / "file").touch()
    line = one_line(train(data, place / "file" / "out", "--seed", "9"))
    assert line == f"mmgap: {place / 'file'}: a file is there, where a folder is meant: name another place"
    monkeypatch.setattr("mmgap.training.run.cache_dir", lambda: place / "file")
    done = train(data, place / "out9", "--seed", "9")
    assert "Point MMGAP_CACHE at a folder of yours" in one_line(done)
    assert "epoch" not in done.output.replace("epochs", "")


def test_a_full_disk_says_what_is_kept(data, place, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("mmgap.training.copy_out.shutil.copyfile", full)
        line = one_line(train(data, place / "new"))
    assert "No space left on device" in line
    assert f"it is kept in {place / 'cache' / 'trainings'}" in line
    assert not list(place.glob("*new*"))
    assert train(data, place / "new").exit_code == 0


def of_the_first_format(folder):
    """Make a folder what an earlier mmgap left: no seal, no digests."""
    file = folder / artifact.ABOUT
    told = json.loads(file.read_text())
    first = {name: value for name, value in told.items() if name not in ("sha256", "training", "files")}
    file.write_text(json.dumps({**first, "format": 1}))


def test_a_folder_of_the_first_format_is_known_again(data, place):
    of_the_first_format(place / "out")
    assert artifact.about(place / "out").files == {}
    assert "is there already, of the same training" in train(data, place / "out").stderr
    assert "another recipe" in one_line(train(data, place / "out", "--seed", "3"))


def test_a_training_of_the_first_format_in_the_cache_gets_its_checksums(data, place):
    [about] = (place / "cache" / "trainings").rglob(artifact.ABOUT)
    wanted = about.read_bytes()
    of_the_first_format(about.parent)
    done = train(data, place / "new")
    assert "epoch 1" not in done.output
    assert about.read_bytes() == wanted
    assert content(place / "new") == content(place / "out")


def test_a_warning_of_a_command_is_one_line(data, place):
    hurt(place / "out" / artifact.WEIGHTS, "flip")
    command = [sys.executable, "-m", "mmgap", *words(data, place / "out")]
    done = subprocess.run(command, env=environment(place), capture_output=True, text=True, check=True)
    [line] = done.stderr.splitlines()
    assert line.startswith(f"mmgap: {place / 'out'} is damaged, and written again: ")


def environment(folder):
    return {**os.environ, "MMGAP_CACHE": str(folder / "cache")}


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    """Seconds that the call takes as a process of its own."""
    folder, start = tmp_path_factory.mktemp("undisturbed"), time.monotonic()
    command = [sys.executable, "-m", "mmgap", *words(data, folder / "out")]
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=True)
    assert done.stdout == f"trained:{folder / 'out'}\n"
    assert "\r" not in done.stderr  # no bar where no terminal is
    return time.monotonic() - start


@pytest.mark.parametrize("moment", [0.5, 0.75, 0.9])
def test_killed_at_any_moment_the_same_call_ends_right(data, finished, undisturbed, tmp_path, monkeypatch, moment):
    """What is there after a kill is whole, and what comes out in the end is what an undisturbed call gives."""
    command = [sys.executable, "-m", "mmgap", *words(data, tmp_path / "out")]
    process = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(moment * undisturbed)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if (tmp_path / "out").exists():
        artifact.check(tmp_path / "out")
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    done = train(data, tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert content(tmp_path / "out") == content(finished / "out")
    assert not list(tmp_path.rglob(".*.tmp"))
