"""``mmgap data prepare`` and ``card``: what there is, and what is missing, in words."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mmgap.cli.main import app


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path / "data"))


def pictures(folder, count):
    folder.mkdir(parents=True)
    for i in range(count):
        noise = np.random.default_rng(i).integers(0, 255, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{i}.png")


def run(*words):
    return CliRunner().invoke(app, ["data", *words])


def arasaac(tmp_path, languages):
    pictures(tmp_path / "data" / "arasaac" / "images", 40)
    for language in languages:
        records = [{"_id": i, "keywords": [{"keyword": f"{language} {i}"}]} for i in range(42)]
        (tmp_path / "data" / "arasaac" / f"metadata_{language}.json").write_text(json.dumps(records))


@pytest.mark.parametrize("languages", [("es",), ("en", "es")])
def test_a_family_is_prepared_as_far_as_it_is_here(tmp_path, languages):
    arasaac(tmp_path, languages)
    done = run("prepare", "arasaac", "--image-size", "16")
    assert done.exit_code == 0, done.output
    for language in ("en", "es"):
        assert (f"arasaac-{language} train: " in done.output) == (language in languages)
    assert "2 records left out" in done.output
    assert "- 41: no image file" in done.output
    assert len(list((tmp_path / "cache" / "prepared").iterdir())) == 1


def test_a_folder_that_has_train_only(tmp_path):
    pictures(tmp_path / "f", 3)
    records = [{"image": f"{i}.png", "caption": "x", "split": "train"} for i in range(3)]
    (tmp_path / "f" / "m.json").write_text(json.dumps(records))
    done = run("prepare", f"folder:{tmp_path}/f")
    assert done.exit_code == 0, done.output
    assert "train: 3 pictures" in done.output


def test_nothing_to_prepare_is_said(tmp_path):
    assert "lie in no files" in run("prepare", "glyphs-en").output
    missing = run("prepare", "arasaac")
    assert missing.exit_code == 2
    assert "mmgap data fetch arasaac" in missing.output
    assert "unknown dataset 'nope'" in run("prepare", "nope").output
    assert "8 to 4096 pixels" in run("prepare", "glyphs-en", "--image-size", "3").output


def test_a_card_shows_splits_licence_and_what_is_missing(tmp_path):
    arasaac(tmp_path, ("en", "es"))
    done = run("card", "arasaac-es")
    assert done.exit_code == 0, done.output
    for words in (
        "# arasaac-es",
        "CC BY-NC-SA 4.0",
        "prompt: Una imagen de {}",
        "| train ",
        "| all        |       40 |",
    ):
        assert words in done.output
    assert "## Left out: 2 record(s)" in done.output


def test_a_card_of_a_folder_leaves_out_splits_it_does_not_name(tmp_path):
    pictures(tmp_path / "f", 3)
    done = run("card", f"folder:{tmp_path}/f")
    assert "| test " in done.output
    assert "| train " not in done.output
