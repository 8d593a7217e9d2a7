"""The practices' files and tables in a whole report, in both languages; drawing is tested elsewhere."""

import itertools
import json
import os
import re
import subprocess
import sys
from datetime import datetime
from html import unescape

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.analysis.encoder_comparisons import studies
from mmgap.cli.main import app
from mmgap.core.cache import Cache
from mmgap.metrics.catalogue import described
from mmgap.metrics.experiment_entries import COMPARISON
from mmgap.report import labels, write_report
from mmgap.report.translation import translated
from mmgap.rows.row import write_row
from tests.support.made_up_practices import BEFORE, CLIP, arrays, practice, twenty, write_results
from tests.support.made_up_rows import files, metric, row

LARGE = "clip-vit-l-14"
RIDGE = "two-towers:resnet-50,minilm,ridge:flickr8k"
HOSTILE = ["Größe|Übermut $x$.JPG", "<script>alert(1).png", "a b  c.jpg", "写真🐶.jpg", "Cafe\u0301.jpeg"]


def load(path):
    return json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{path}: {name}"))


def test_two_encoders_make_three_files(tmp_path, cache):
    rows = [practice(cache, twenty()), practice(cache, twenty(0.05), BEFORE)]
    paths = write_results(rows, tmp_path, cache)
    folder = tmp_path / "practices" / "folder-data-my-photos"
    assert paths == [folder / f"{name}.json" for name in ("preclip", "clip", "comparison")]
    preclip, clip, comparison = map(load, paths)
    assert (preclip["encoder"], clip["encoder"]) == (BEFORE, CLIP)
    assert (comparison["a"]["encoder"], comparison["b"]["encoder"]) == (BEFORE, CLIP)
    assert comparison["top1"]["matches"] == [preclip["top1"]["count"], clip["top1"]["count"]]


def test_the_first_is_the_one_before_clip_and_shared_roles_are_named(tmp_path, cache):
    rows = [practice(cache, twenty()), practice(cache, twenty(0.5), LARGE), practice(cache, twenty(0.05), BEFORE)]
    paths = write_results(rows, tmp_path, cache)
    assert [path.name for path in paths] == [
        "preclip.json",
        "clip-clip-vit-b-32.json",
        "clip-clip-vit-l-14.json",
        "comparison.json",
    ]
    pairs = load(paths[-1])
    assert [(pair["a"]["encoder"], pair["b"]["encoder"]) for pair in pairs] == [(BEFORE, CLIP), (BEFORE, LARGE)]
    assert all(pair["top1"]["p_value_holm"] >= pair["top1"]["p_value"] for pair in pairs)
    assert "p_value_holm" not in load(write_results(rows[1:], tmp_path, cache)[-1])["top1"]
    paths[0].with_name("notes.json").write_text("{}")
    write_results(rows[:2], tmp_path, cache)
    assert files(paths[0].parent) == [
        "clip-clip-vit-b-32.json",
        "clip-clip-vit-l-14.json",
        "comparison.json",
        "notes.json",
    ]


@pytest.mark.parametrize("order", list(itertools.permutations((BEFORE, RIDGE, CLIP))))
@pytest.mark.parametrize("measured", [(BEFORE, RIDGE, CLIP), (CLIP, RIDGE, BEFORE), (RIDGE, CLIP, BEFORE)])
def test_encoders_before_clip_come_first_and_each_kind_as_it_was_measured(tmp_path, cache, order, measured):
    times = {name: f"2025-01-02T03:04:0{second}Z" for second, name in enumerate(measured)}
    strength = {BEFORE: 0.0, RIDGE: 0.2, CLIP: 1.0}
    rows = [practice(cache, twenty(strength[name]), name, started_at=times[name]) for name in order]
    first, second = (name for name in measured if name != CLIP)
    (study,) = studies(rows, tmp_path, cache)
    assert [one["cell"]["encoder"] for one in study.rows] == [first, second, CLIP]
    assert [(pair["a"]["encoder"], pair["b"]["encoder"]) for pair in study.comparisons] == [
        (first, second),
        (first, CLIP),
    ]
    assert study.comparisons[1]["diagonal"]["difference"] > 0


@pytest.mark.usefixtures("stub")
def test_an_old_row_in_the_folder_reverses_no_sign(tmp_path, cache):
    times = {CLIP: "2024-05-05T00:00:00Z", RIDGE: "2024-06-05T00:00:00Z", BEFORE: "2025-01-02T03:04:05Z"}
    strength = {BEFORE: 0.0, RIDGE: 0.2, CLIP: 1.0}
    rows = [practice(cache, twenty(strength[name]), name, started_at=time) for name, time in times.items()]
    text = write_report(rows, tmp_path, cache=cache).read_text()
    pairs = load(tmp_path / "practices" / "folder-data-my-photos" / "comparison.json")
    assert [(pair["a"]["encoder"], pair["b"]["encoder"]) for pair in pairs] == [(RIDGE, BEFORE), (RIDGE, CLIP)]
    assert pairs[1]["diagonal"]["difference"] > 0
    assert text.index(f"| {RIDGE}") < text.index(f"| {BEFORE}") < text.index(f"| {CLIP}")


def test_names_that_differ_in_lost_letters_keep_apart(tmp_path, cache):
    rows = [practice(cache, twenty(), dataset=name) for name in ("folder:/a b", "folder:/a-b", "folder:/b")]
    rows.append(practice(cache, twenty(), dataset="folder:/a b", variant={"captions": "all"}, seed=3))
    found = [study.folder.name for study in studies(rows, tmp_path, cache)]
    assert found[0] == "folder-a-b"
    assert found[1].startswith("folder-a-b-")
    assert found[2:] == ["folder-a-b-captions-all-s3", "folder-b"]


def test_a_row_measured_again_makes_its_files_anew(tmp_path, cache):
    rows = [practice(cache, twenty(0.05), BEFORE), practice(cache, twenty())]
    before = [load(path) for path in write_results(rows, tmp_path, cache)]
    again = [rows[0], practice(cache, twenty(0.5), started_at="2026-01-02T03:04:05Z")]
    assert again[1]["key"] == rows[1]["key"]
    preclip, clip, comparison = (load(path) for path in write_results(again, tmp_path, cache))
    assert preclip == before[0]
    assert (before[1]["started_at"], clip["started_at"]) == ("2025-01-02T03:04:05Z", "2026-01-02T03:04:05Z")
    assert clip["diagonal"]["mean"] == again[1]["metrics"]["diagonal_mean"]["value"] != before[1]["diagonal"]["mean"]
    assert comparison["b"]["diagonal_mean"] == pytest.approx(clip["diagonal"]["mean"])
    assert [comparison[side]["started_at"] for side in "ab"] == [rows[0]["started_at"], again[1]["started_at"]]


def test_files_of_a_row_measured_again_are_not_kept_for_it(tmp_path, cache):
    rows = [practice(cache, twenty(0.05), BEFORE), practice(cache, twenty())]
    write_results(rows, tmp_path, cache)
    rows[1]["started_at"] = "2026-01-02T03:04:05Z"
    (study,) = studies(rows, tmp_path, Cache(tmp_path / "empty"))
    assert list(study.contents) == ["preclip"]
    assert study.gone == [CLIP, BEFORE]


def test_files_outlive_the_arrays(tmp_path, cache):
    rows = [practice(cache, twenty()), practice(cache, twenty(0.05), BEFORE), practice(cache, twenty(0.5), LARGE)]
    before = {path: path.read_bytes() for path in write_results(rows, tmp_path, cache)}
    empty = Cache(tmp_path / "empty")
    assert {path: path.read_bytes() for path in write_results(rows, tmp_path, empty)} == before
    assert write_results(rows, tmp_path / "elsewhere", empty) == []
    next(iter(before)).write_text("edited, and no JSON any more")
    next(path for path in before if path.stem == "comparison").write_text('["neither"]')
    assert {path: path.read_bytes() for path in write_results(rows, tmp_path, cache)} == before


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("encoders", [[CLIP], [CLIP, BEFORE], [CLIP, BEFORE, LARGE]])
def test_the_report(tmp_path, cache, language, encoders):
    rows = [practice(cache, twenty(0.3 * i), encoder, notes=["mind"]) for i, encoder in enumerate(encoders)]
    text = write_report(rows, tmp_path, language=language, cache=cache).read_text()
    assert translated("The practices: before CLIP against CLIP", language) in text
    for encoder in encoders:
        assert encoder in text
    comparisons = len(encoders) - 1
    assert text.count(translated("Encoder B against encoder A on the same images", language)) == bool(comparisons)
    assert text.count("practices/folder-data-my-photos/") == 2 * (len(encoders) + bool(comparisons))
    assert {"en": "printed (a)", "es": "impreso (b)"}[language] in text
    assert "openai/clip-vit-base-patch32" in text
    assert "0.307 ± 0.022" in text
    assert ("30600" in text) is bool(comparisons)
    assert "World Cuisine" in text
    page = unescape((tmp_path / "report.html").read_text())
    for entry in COMPARISON:
        meaning = labels.translated(entry.help, language)
        assert f"{labels.label(entry.name, language)} {entry.range}: {meaning}" in page, entry.name
    drawn = files(tmp_path / "figures", "*.png")
    alone = 3 * (len(encoders) == 1)  # heat-maps of compared encoders stand on one scale
    assert len(drawn) == 3 * len(encoders) + alone + 7 * comparisons
    tables = re.findall(r"fittable\{(tables/\S+?)\}", (tmp_path / "report.tex").read_text())
    assert len(tables) >= 5 + bool(comparisons)
    assert all((tmp_path / name).exists() for name in tables)
    assert "<table" in (tmp_path / "report.html").read_text()


@pytest.mark.usefixtures("stub")
def test_printed_figures_stay_with_the_practices(tmp_path, cache):
    text = write_report([row()], tmp_path, cache=cache).read_text()
    assert "printed (" not in text
    assert not (tmp_path / "practices").exists()


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("language", ["en", "es"])
def test_images_without_captions(tmp_path, cache, language):
    bare = arrays(["a/1.jpg", "a/2.jpg", "b/3.jpg"], ["a", "a", "b"], [])
    rows = [practice(cache, bare), practice(cache, bare, BEFORE)]
    text = write_report(rows, tmp_path, language=language, cache=cache).read_text()
    assert files(tmp_path / "practices" / "folder-data-my-photos") == ["clip.json", "preclip.json"]
    assert {name.rsplit("-", 2)[1] for name in files(tmp_path / "figures")} == {
        "image_image",
        "map_pca",
        "map_tsne",
        "map_umap",
    }
    assert "3 / 0" in text
    assert "openai/" not in text


@pytest.mark.usefixtures("stub")
def test_one_category_or_none_and_two_images(tmp_path, cache):
    for number, kinds in enumerate((["only", "only"], ["", ""])):
        rows = [practice(cache, arrays(HOSTILE[:2], kinds, seed=s), e) for s, e in enumerate((CLIP, BEFORE))]
        text = write_report(rows, tmp_path / str(number), cache=cache).read_text()
        assert ("By category" in text) is (number == 0)
        assert load(tmp_path / str(number) / "practices" / "folder-data-my-photos" / "clip.json")["n_images"] == 2


@pytest.mark.usefixtures("stub")
def test_hostile_names_are_shown_as_they_are(tmp_path, cache):
    kinds = ["a|b", "<script>x</script>", "ü é", "漢", "a|b"]
    dataset = "folder:/my <b>photos</b>|ü"
    items = arrays(HOSTILE, kinds)
    rows = [practice(cache, items, encoder, dataset) for encoder in (BEFORE, CLIP)]
    text = write_report(rows, tmp_path, cache=cache).read_text()
    page = (tmp_path / "report.html").read_text()
    assert "<script>" not in text
    assert "<script>x" not in page
    assert "<script>alert" not in page
    assert "<b>photos" not in text + page
    assert "a\\|b" in text
    (path,) = (tmp_path / "practices").glob("*/clip.json")
    content = load(path)
    assert [entry["id"] for entry in content["images"]] == HOSTILE
    assert list(content["categories"]) == kinds[:4]


@pytest.mark.usefixtures("stub")
def test_photos_are_shown_in_local_reports_alone(tmp_path, cache):
    rows = [practice(cache, twenty(thumbnails=True))]
    text = write_report(rows, tmp_path, cache=cache).read_text()
    assert "thumbnails" not in text
    assert not list(tmp_path.rglob("*thumbnails*"))
    text = write_report(rows, tmp_path, cache=cache, local=True).with_name("report.html").read_text()
    assert text.count('class="pixels photo"') == 1
    assert len(files(tmp_path / "figures" / "local")) == 1
    assert "thumbnails" not in write_report(rows, tmp_path, cache=cache).read_text()


@pytest.mark.usefixtures("stub")
def test_the_command_draws_photos_when_asked(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(cache.root))
    write_row(tmp_path / "rows", practice(cache, twenty(thumbnails=True)))
    for option, there in (((), False), (("--thumbnails",), True)):
        arguments = ["report", "--rows", str(tmp_path / "rows"), "--out", str(tmp_path / "out"), *option]
        assert CliRunner().invoke(app, arguments).exit_code == 0
        assert (tmp_path / "out" / "figures" / "local").exists() is there


@pytest.mark.usefixtures("stub")
def test_pictures_of_a_pair_are_as_new_as_its_newer_row(tmp_path, cache):
    rows = [practice(cache, twenty(0.05), BEFORE), practice(cache, twenty())]
    write_report(rows, tmp_path, cache=cache)
    between = datetime.fromisoformat("2025-06-06T00:00:00Z").timestamp()
    for path in (tmp_path / "figures").iterdir():
        os.utime(path, (between, between))
    rows[1]["started_at"] = "2026-01-02T03:04:05Z"
    write_report(rows, tmp_path, cache=cache)
    kept = [path.name for path in (tmp_path / "figures").iterdir() if path.stat().st_mtime == between]
    assert len(kept) == 6
    assert all(rows[0]["key"][:12] in name for name in kept)


@pytest.mark.usefixtures("stub")
def test_encoders_that_saw_other_images_are_named_not_compared(tmp_path, cache):
    rows = [practice(cache, twenty()), practice(cache, arrays(["a"], [""]), BEFORE)]
    text = write_report(rows, tmp_path, cache=cache).read_text()
    assert f"Not compared: {BEFORE} saw 1 images, {CLIP} 20" in text
    assert files(tmp_path / "practices" / "folder-data-my-photos") == ["clip.json", "preclip.json"]


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("language", ["en", "es"])
def test_data_that_changed_between_two_rows_are_named_not_compared(tmp_path, cache, language):
    rows = [practice(cache, twenty(), BEFORE), practice(cache, twenty(), started_at="2026-01-02T03:04:05Z")]
    rows[1]["inputs"] |= {"captions": "edited", "dataset_revision": "2"}
    text = write_report(rows, tmp_path, language=language, cache=cache).read_text()
    assert translated("Not compared: {why}.", language).partition("{")[0] in text
    said = {
        "en": ("other data (dataset_revision, captions)", f"{BEFORE}, of 2025-01-02T03:04:05Z, is older"),
        "es": ("datos distintos (dataset_revision, captions)", f"{BEFORE}, de 2025-01-02T03:04:05Z, es más antigua"),
    }
    assert all(words in text.replace("\\_", "_") for words in said[language])
    assert translated("Encoder B against encoder A on the same images", language) not in text
    assert files(tmp_path / "practices" / "folder-data-my-photos") == ["clip.json", "preclip.json"]


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("language", ["en", "es"])
def test_of_a_sample_the_measured_items_are_counted(tmp_path, cache, language):
    one = practice(cache, twenty())
    one["inputs"] |= {"n_images": 5000, "n_texts": 25000}
    one["metrics"] |= {"n_images": metric(20.0, unit="count"), "n_texts": metric(20.0, unit="count")}
    two = practice(cache, twenty(), dataset="folder:/b")
    two["inputs"] |= {"n_images": 31, "n_texts": 32}
    path = write_report([one, two], tmp_path, language=language, cache=cache)
    text, page = path.read_text(), path.with_name("report.html").read_text()
    assert " 20 / 20 |" in text
    assert " 31 / 32 |" in text
    assert "(20 {}, 20 {})".format(*(translated(name, language) for name in ("images", "texts"))) in page
    assert "5000" not in text
    assert "n_images" not in text.replace("\\_", "_")
    assert "n_texts" not in text.replace("\\_", "_")


@pytest.mark.usefixtures("stub")
def test_seeds_variants_and_several_folders(tmp_path, cache):
    rows = [practice(cache, twenty(), seed=seed) for seed in (0, 1)]
    rows += [practice(cache, twenty(), variant={"captions": "all"}), practice(cache, twenty(), dataset="folder:/b")]
    text = write_report(rows, tmp_path, cache=cache).read_text()
    assert "captions all" in text
    assert "dataset = folder:/b, seed = 0" in text
    assert len(files(tmp_path / "practices")) == 4


@pytest.mark.usefixtures("stub")
def test_without_arrays_the_recorded_figures_remain(tmp_path, cache):
    one = practice(cache, twenty())
    text = write_report([one], tmp_path, cache=Cache(tmp_path / "empty")).read_text()
    assert "off the diagonal" in text
    assert "By category" not in text
    assert translated("The same figures by category and by image as JSON", "en") not in text


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("language", ["en", "es"])
def test_arrays_that_are_gone_are_named(tmp_path, cache, language):
    rows = [practice(cache, twenty(0.05), BEFORE), practice(cache, twenty()), practice(cache, twenty(0.5), LARGE)]
    said = translated(
        "The arrays of {encoders} are gone from the cache, so comparisons, JSON files or"
        " pictures are missing: run it again with --refresh all.",
        language,
    )
    folder = tmp_path / "report"
    assert said.partition("}")[2] not in write_report(rows, folder, language=language, cache=cache).read_text()
    empty = Cache(tmp_path / "empty")  # files and pictures are there: nothing is missing
    assert said.partition("}")[2] not in write_report(rows, folder, language=language, cache=empty).read_text()
    text = write_report(rows, tmp_path / "new", language=language, cache=empty).read_text()
    assert said.format(encoders=f"{BEFORE}, {CLIP}, {LARGE}") in text
    one, two = rows[0], practice(empty, twenty())
    assert (
        said.format(encoders=BEFORE)
        in write_report([one, two], tmp_path / "b", language=language, cache=empty).read_text()
    )
    (folder / "practices" / "folder-data-my-photos" / "comparison.json").unlink()
    pruned = Cache(tmp_path / "pruned")
    assert (
        said.format(encoders=f"{BEFORE}, {CLIP}, {LARGE}")
        in write_report(rows, folder, language=language, cache=pruned).read_text()
    )


@pytest.mark.usefixtures("stub")
def test_pictures_that_can_no_longer_be_drawn_are_named(tmp_path, cache):
    rows = [practice(cache, twenty(0.05), BEFORE, seed=seed) for seed in (0, 1)]
    write_report(rows, tmp_path, cache=cache)
    text = write_report(rows, tmp_path, language="es", cache=Cache(tmp_path / "empty")).read_text()
    assert (
        text.count(
            translated(
                "The arrays of {encoders} are gone from the cache, so comparisons, JSON files or"
                " pictures are missing: run it again with --refresh all.",
                "es",
            ).format(encoders=BEFORE)
        )
        == 1
    )


@pytest.mark.usefixtures("stub")
def test_without_arrays_what_the_rows_say_is_still_the_reason(tmp_path, cache):
    bare = arrays(["a/1.jpg", "a/2.jpg", "b/3.jpg"], ["a", "a", "b"], [])
    rows = [practice(cache, bare), practice(cache, bare, BEFORE)]
    rows += [practice(cache, twenty(), name, dataset="folder:/b") for name in (CLIP, BEFORE)]
    rows[-1]["inputs"]["captions"] = "edited"
    empty = Cache(tmp_path / "empty")
    before = write_report(rows, tmp_path, cache=cache).read_text()
    assert "other data (captions)" in before
    assert write_report(rows, tmp_path, cache=empty).read_text() == before


@pytest.mark.usefixtures("stub")
def test_a_report_without_news_imports_no_numeric_library(tmp_path, cache, monkeypatch):
    rows = [practice(cache, twenty(0.3 * i), encoder) for i, encoder in enumerate((BEFORE, CLIP, LARGE))]
    first = write_report(rows, tmp_path, cache=cache).read_text()
    script = (
        "import json, sys; from mmgap.report import write_report;"
        "path = write_report(json.loads(sys.stdin.read()), sys.argv[1]);"
        "print([m for m in ('numpy', 'torch', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], input=json.dumps(rows), capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert (tmp_path / "report.md").read_text() == first


def test_both_languages_say_the_same_things():
    assert described("top1").range == "[0, 100] %"
    assert described("diagonal_sd").range == "≥ 0"
    assert described("pair_within_category").range == "[−1, 1]"


def test_several_captions_an_image(tmp_path, cache):
    owner = np.repeat(np.arange(4), 5)
    items = [arrays(HOSTILE[:4], list("aabb"), owner, strength) for strength in (0.1, 1.0)]
    rows = [practice(cache, i, e, variant={"captions": "all"}) for i, e in zip(items, (BEFORE, CLIP), strict=True)]
    paths = write_results(rows, tmp_path, cache)
    assert paths[0].parent.name == "folder-data-my-photos-captions-all"
    assert load(paths[-1])["n_texts"] == 20
    assert load(paths[-1])["images_improved"]["of"] == 4
