"""Training as a user meets it: the experiment and its options, the dry run, ``mmgap train`` and ``mmgap merge``."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mmgap import encoders
from mmgap.cli.main import app
from mmgap.harness.grid import PIP_HEADS, trains_unasked
from mmgap.rows.cell import Cell
from mmgap.rows.row import notes_of

ROOT = Path(__file__).parents[2]
COLOURS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220), "grey": (128, 128, 128)}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """24 pictures of two colours, with a caption and a split each; pool sizes are beyond them."""
    folder = tmp_path_factory.mktemp("photos") / "pairs"
    folder.mkdir()
    records = []
    for k, (upper, lower) in enumerate([(a, b) for a in COLOURS for b in COLOURS] + [(a, "red") for a in COLOURS] * 2):
        pixels = np.full((32, 32, 3), COLOURS[upper], dtype=np.uint8)
        pixels[16 + k // 16 :] = COLOURS[lower]
        Image.fromarray(pixels).save(folder / f"{k}.png")
        split = ("train", "train", "test", "validation")[k % 4]
        records.append({"image": f"{k}.png", "caption": f"{upper} above {lower} {k}", "split": split})
    (folder / "metadata.json").write_text(json.dumps(records))
    return folder


@pytest.fixture
def run(session, monkeypatch):
    """Return a function: a session over the repository's experiments, with a cache of its own."""
    monkeypatch.chdir(ROOT)

    def over_experiments(*arguments, place, cache):
        monkeypatch.setenv("MMGAP_CACHE", str(cache))
        words = (f"--rootdir={ROOT}", str(ROOT / "benchmarks"), "-q", "-p", "no:cacheprovider")
        return session(*words, "--reports", str(place), *arguments)

    return over_experiments


def rows(place):
    found = [json.loads(path.read_text()) for path in (place / "rows").glob("*.json")]
    return {row["cell"]["loss"]: row for row in found}


def test_losses_beside_the_start_and_again_from_the_cache(run, photos, tmp_path):
    place, cache = tmp_path / "reports", tmp_path / "cache"
    words = ("-k", "test_train", "--dataset", f"folder:{photos}", "--encoder", "tiny", "--image-size", "48")
    words += ("--loss", "initial", "--loss", "ce + anti", "--recipe", "epochs=1,batch_size=6,rate=1e-3")
    done = run(*words, place=place, cache=cache)
    assert done.ret == 0
    found = rows(place)
    assert set(found) == {"initial", "ce+anti"}
    assert found["ce+anti"]["metrics"]["steps"]["value"] == 2
    assert found["ce+anti"]["cell"]["variant"]["epochs"] == 1
    assert found["ce+anti"]["inputs"]["recipe"]["batch_size"] == 6
    assert "logit_scale" not in found["initial"]["metrics"]
    assert any("too few for a pool of 90" in note for note in notes_of(found["initial"]))
    assert "2 measured now" in done.stdout.str()
    shutil.rmtree(place)
    again = run(*words, place=place, cache=cache)
    assert again.ret == 0
    assert rows(place)["ce+anti"]["metrics"]["gap"] == found["ce+anti"]["metrics"]["gap"]  # the same training
    assert rows(place)["ce+anti"]["time"]["train"] < found["ce+anti"]["time"]["train"]


def test_a_dry_run_says_what_it_takes_and_does_nothing(run, photos, tmp_path):
    place, cache = tmp_path / "reports", tmp_path / "cache"
    words = ("-k", "test_train", "--dataset", f"folder:{photos}", "--encoder", "tiny", "--loss", "ce", "--dry-run")
    done = run(*words, place=place, cache=cache)
    assert done.ret == 0
    assert "Estimate for tiny, ce (full" in done.stdout.str()
    assert "It fits." in done.stdout.str()
    assert "nothing was downloaded, trained or measured" in done.stdout.str()
    assert not (place / "rows").exists()
    assert not (cache / "prepared").exists()
    assert not (cache / "trainings").exists()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--loss", "foo"), "foo"),
        (("--recipe", "epochs"), "expected NAME=VALUE"),
        (("--recipe", "epoch=3"), "a recipe has no 'epoch'"),
        (("--recipe", "tuning=some"), "tuning must be full, head"),
        (("--recipe", "epochs=many"), "epochs must be a whole number"),
    ],
)
def test_options_that_cannot_be(run, option, words, tmp_path):
    done = run("--collect-only", *option, place=tmp_path, cache=tmp_path)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert words in done.stderr.str()
    assert "INTERNALERROR" not in done.stdout.str() + done.stderr.str()


def test_naming_an_encoder_measures_it_and_trains_nothing():
    assert trains_unasked(Cell("train", "tiny", "glyphs-en", "ce"), "default")
    assert not trains_unasked(Cell("train", "tiny", "folder:photos", "ce"), "default")
    assert not trains_unasked(Cell("train", "clip-vit-b-32", "glyphs-en", "ce"), "default")
    assert trains_unasked(Cell("measure", "clip-vit-b-32", "folder:photos"), "default")


def test_naming_a_folder_trains_heads_alone():
    assert trains_unasked(Cell("train", PIP_HEADS, "folder:photos", "ce"), "default")
    assert not trains_unasked(Cell("train", "clip-vit-b-32", "folder:photos", "ce"), "default")


def test_a_folder_without_splits_is_measured_and_not_trained_on(run, photos, tmp_path):
    folder = tmp_path / "whole"
    shutil.copytree(photos, folder)
    records = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(
        json.dumps([{**r, "split": ""} for r in records]).replace(', "split": ""', "")
    )
    words = ("-k", "test_train", "--dataset", f"folder:{folder}", "--encoder", "tiny", "--image-size", "48")
    done = run(*words, "--loss", "initial", "--loss", "ce", place=tmp_path / "r", cache=tmp_path / "c")
    assert done.ret == 0
    assert set(rows(tmp_path / "r")) == {"initial"}
    assert "nothing to train on: it has no train split" in done.stdout.str()


def command(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_train_and_merge(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    words = ("train", "--dataset", f"folder:{photos}", "--image-size", 48, "--recipe", "epochs=1,batch_size=6,rank=2")
    words += ("--recipe", "tuning=lora", "--loss", "ce+var")
    done = command(*words, "--encoder", "tiny", "--out", tmp_path / "mine")
    assert done.exit_code == 0, done.output
    assert f"trained:{tmp_path / 'mine'}" in done.output
    trained = encoders.load(f"trained:{tmp_path / 'mine'}")
    config = (tmp_path / "mine" / "adapter" / "model" / "adapter_config.json").read_text()
    assert json.loads(config)["base_model_name_or_path"] is None  # no place of this machine
    merged = command("merge", tmp_path / "mine", tmp_path / "whole")
    assert merged.exit_code == 0, merged.output
    whole = encoders.load(merged.output.strip().splitlines()[-1])
    texts = ["red above blue", "grey"]
    np.testing.assert_allclose(whole.encode_texts(texts), trained.encode_texts(texts), atol=1e-5)
    assert whole.logit_scale() == pytest.approx(trained.logit_scale(), rel=1e-5)
    again = command(*words, "--encoder", "tiny", "--out", tmp_path / "mine")
    assert (again.exit_code, again.stdout) == (0, f"trained:{tmp_path / 'mine'}\n")
    for refused in (command(*words, "--encoder", "tiny", "--out", photos), command("merge", "a", tmp_path)):
        assert refused.exit_code == 2
    assert "is there already" in command("merge", tmp_path / "mine", tmp_path / "whole").output


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--loss", "foo"), "foo"),
        (("--recipe", "rate=fast"), "rate must be a number"),
        (("--encoder", "trained:nowhere"), "no trained encoder in 'nowhere'"),
        (("--device", "gpu"), "device must be cpu, cuda"),
    ],
)
def test_train_refuses_in_one_line(option, words, photos, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    given = {"--encoder": "tiny", "--dataset": f"folder:{photos}", "--out": tmp_path / "o", "--image-size": 48}
    given |= {option[0]: option[1]}
    done = command("train", *(word for pair in given.items() for word in pair))
    assert done.exit_code == 2
    assert words in done.output
