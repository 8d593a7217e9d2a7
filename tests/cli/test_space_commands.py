"""``mmgap space``: fit, apply and compare on files of vectors; whatever cannot be used is one line."""

import json
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mmgap import spaces
from mmgap.cli.main import app
from mmgap.cli.space_table import GROUPS, space_table, verdicts
from mmgap.evaluation import streamed_apply
from mmgap.evaluation.space_comparison import compare_spaces
from mmgap.report.translation import translated
from tests.support.english_words import ENGLISH
from tests.support.killed import killed
from tests.support.real_vectors import real_pairs
from tests.support.stored_pairs import made_pair

pytestmark = pytest.mark.usefixtures("one_thread")


def run(*arguments):
    return CliRunner().invoke(app, ["space", *(str(argument) for argument in arguments)])


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 8))
    np.save(tmp_path / "images.npy", hidden + 0.5 * rng.normal(size=(60, 8)) + 1)
    np.save(tmp_path / "texts.npy", hidden - 1)
    np.save(tmp_path / "float32.npy", np.load(tmp_path / "images.npy").astype(np.float32))
    np.save(tmp_path / "half.npy", np.load(tmp_path / "images.npy").astype(np.float16))
    return tmp_path


def pairs(files, split="train"):
    images, texts = (np.load(files / name) for name in ("images.npy", "texts.npy"))
    return spaces.Pairs("mine", split, images, texts, np.arange(60))


@pytest.fixture
def fitted(files):
    out = files / "map.safetensors"
    result = run("fit", files / "images.npy", files / "texts.npy", "--space", "centre+cca:0.1", "--out", out)
    assert result.exit_code == 0, result.output
    return out


def test_what_was_fitted_is_what_the_space_fits(files, fitted):
    wanted = spaces.parse("centre+cca:0.1").fit(pairs(files))
    found = spaces.load(fitted)
    x, y = pairs(files).images, pairs(files).texts
    for one, other in zip(found.transform(x, y), wanted.transform(x, y), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_strength_is_chosen_on_the_validation_that_is_given(files):
    names = files / "images.npy", files / "texts.npy"
    given = ("--validation-images", names[0], "--validation-texts", names[1])
    result = run("fit", *names, *given, "--space", "ridge", "--out", files / "ridge.safetensors")
    assert result.exit_code == 0, result.output
    assert "validation" in result.stdout
    wanted = spaces.parse("ridge").fit(pairs(files), pairs(files, "validation"))
    assert spaces.load(files / "ridge.safetensors").strength == wanted.strength


@pytest.mark.parametrize(("name", "dtype"), [("images", "float64"), ("float32", "float32"), ("half", "float32")])
@pytest.mark.parametrize("block", [1, 8 * 7, 1 << 20])
def test_apply_streams_what_transform_gives(files, fitted, monkeypatch, name, dtype, block):
    monkeypatch.setattr(streamed_apply, "BLOCK", block)
    result = run("apply", fitted, "--images", files / f"{name}.npy", "--out", files / "out.npy")
    assert result.exit_code == 0, result.output
    assert "(60 × 8)" in result.stdout
    found = np.load(files / "out.npy")
    assert found.dtype == dtype
    wanted = spaces.load(fitted).transform(np.load(files / f"{name}.npy"), pairs(files).texts)[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_blocks_written_side_by_side_each_stand_in_their_place(files, fitted, monkeypatch):
    whole = run("apply", fitted, "--images", files / "images.npy", "--out", files / "whole.npy")
    monkeypatch.setattr(streamed_apply, "BLOCK", 8)
    monkeypatch.setattr(streamed_apply, "TOGETHER", 7)
    torch.set_num_threads(4)
    parts = run("apply", fitted, "--images", files / "images.npy", "--out", files / "parts.npy")
    assert (whole.exit_code, parts.exit_code) == (0, 0)
    np.testing.assert_allclose(np.load(files / "parts.npy"), np.load(files / "whole.npy"), rtol=1e-12)


def test_texts_go_their_own_way(files, fitted):
    assert run("apply", fitted, "--texts", files / "texts.npy", "--out", files / "out.npy").exit_code == 0
    wanted = spaces.load(fitted).transform(pairs(files).images, pairs(files).texts)[1]
    np.testing.assert_allclose(np.load(files / "out.npy"), wanted, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--images", "absent.npy"), "vector file 'absent.npy' not found"),
        (("--images", "nan.npy"), "row 50 holds NaN or infinity"),
        (("--images", "zero.npy"), "row 3 is zero"),
        (("--images", "narrow.npy"), "3 dimensions do not fit"),
        (("--images", "whole.npy"), "expected floating rows"),
        ((), "give --images or --texts, one of them"),
        (("--images", "images.npy", "--texts", "texts.npy"), "give --images or --texts, one of them"),
        (("--images", "images.npy", "--out", "out.npz"), "vectors are written as .npy"),
    ],
)
def test_what_cannot_be_applied_is_one_line_and_leaves_nothing(files, fitted, monkeypatch, arguments, told):
    monkeypatch.chdir(files)
    rows = np.load("images.npy")
    np.save("narrow.npy", rows[:, :3])
    np.save("whole.npy", np.ones((4, 8), dtype=int))
    for name, place, value in (("nan", 50, np.nan), ("zero", 3, 0)):
        spoiled = rows.copy()
        spoiled[place] = value
        np.save(f"{name}.npy", spoiled)
    result = run("apply", fitted, "--out", "out.npy", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not list(files.glob("*out*"))


def test_a_scorer_says_what_it_can_do_instead(files):
    names = files / "images.npy", files / "texts.npy"
    assert run("fit", *names, "--space", "nnn", "--out", files / "nnn.safetensors").exit_code == 0
    result = run("apply", files / "nnn.safetensors", "--images", names[0], "--out", files / "out.npy")
    assert result.exit_code == 2
    assert "changes scores, not vectors" in result.stderr


def test_killed_half_way_it_leaves_no_file_of_the_final_name(files, fitted):
    words = ("space", "apply", fitted, "--images", files / "images.npy", "--out", files / "out.npy")
    killed("mmgap.evaluation.streamed_apply:_fine", 3, *words, before="module.BLOCK = 8")
    assert list(files.glob(".out.npy.*.tmp"))
    assert not (files / "out.npy").exists()


def test_json_is_json_alone_with_none_first(files):
    result = run("compare", files / "images.npy", files / "texts.npy", "--space", "centre", "--space", "nnn", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert list(found) == ["none", "centre", "nnn"]
    wanted = {"gap_corrected", "uniformity", "t2i_r1_own", "i2t_r1_own", "mixed_t2i_share10", "mixed_t2i_r1"}
    assert wanted <= set(found["none"])
    assert not {"gap_corrected", "uniformity"} & set(found["nnn"])
    for metric in found["centre"].values():
        assert set(metric) == {"value", "ci_low", "ci_high"}


def test_the_table_marks_the_best_and_the_verdicts_say_what_was_gained(files):
    from mmgap import datasets

    dataset = datasets.load(f"vectors:{files}/images.npy,{files}/texts.npy", split="test")
    found, _ = compare_spaces(dataset, ["centre", "nnn"])
    table = space_table(found, 60, 60, 1).split("\n\n")[:2]
    for lines in map(str.splitlines, table):
        assert [line.split()[0] for line in lines[2:]] == ["none", "centre", "nnn"]
        assert sum(line.count("*") for line in lines[2:]) == lines[1].count("  ")
    assert "—" in table[0].splitlines()[4]
    closing, best = verdicts(found)
    assert closing.startswith("Closing the gap by ")
    assert "(centre) changed R@1 T→I by " in closing
    assert best.startswith(("Best of all, ", "No space gained beyond doubt; "))


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_column_of_every_space_stands_within_100_signs_in_both_languages(tmp_path, language):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 8))
    specs = ["centre", "shift:0.75,side=text+centre", "nnn", "random"]
    found = compared(tmp_path, hidden, hidden + 0.1 * rng.normal(size=(60, 8)) + 2, specs)
    *tables, verdict, legend = space_table(found, 60, 60, 1, language).split("\n\n")
    heads = [head for table in tables for head in re.split(r"  +", table.splitlines()[0])[1:]]
    of_groups = [head for group in GROUPS for head in group]
    assert heads == [translated(head, language) for head in of_groups]
    for table in tables:
        lines = table.splitlines()
        assert max(map(len, lines)) <= 100
        assert [line.split("  ")[0].strip() for line in lines[2:]] == ["none", *specs]
    shown = [table.splitlines()[2].split("  ") for table in tables]
    assert sum(len([cell for cell in cells if cell.strip()]) - 1 for cells in shown) == len(of_groups)
    if language == "es":
        told = " ".join([verdict, legend]).replace("shift:0.75,side=text+centre", "")
        assert not ENGLISH.search(told), told


def test_a_long_name_is_whole_and_each_group_of_columns_has_its_table(tmp_path):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 8))
    spec = "shift:0.75,side=text+" * 4 + "centre"
    tables = space_table(compared(tmp_path, hidden, hidden + 2, [spec]), 60, 60, 1).split("\n\n")[: len(GROUPS)]
    assert all(table.splitlines()[3].startswith(spec) for table in tables)


def compared(folder, images, texts, specs):
    from mmgap import datasets

    np.save(folder / "a.npy", images)
    np.save(folder / "b.npy", texts)
    return compare_spaces(datasets.load(f"vectors:{folder}/a.npy,{folder}/b.npy", split="test"), specs)[0]


def test_a_control_is_no_evidence_and_never_the_best(tmp_path):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 8))
    found = compared(tmp_path, hidden, hidden + 0.1 * rng.normal(size=(60, 8)) + 2, ["random", "random:3+centre"])
    assert verdicts(found) == []
    *tables, legend = space_table(found, 60, 60, 1).split("\n\n")
    for table in tables:
        assert [line.count("*") > 0 for line in table.splitlines()[2:]] == [True, False, False]
    assert "Control: random, random:3+centre." in legend
    with_map = verdicts(compared(tmp_path, hidden, hidden + 2, ["random", "centre"]))
    assert with_map[0].startswith("Closing the gap by ")
    assert all("random" not in line for line in with_map)


@given(st.integers(0, 10_000))
@settings(max_examples=4, deadline=None)
def test_no_gap_is_closed_where_there_is_none(seed):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(80, 8))
    images, texts = (hidden + 0.3 * rng.normal(size=(80, 8)) for _ in range(2))
    with tempfile.TemporaryDirectory() as folder:
        found = compared(Path(folder), images, texts, ["centre", "random"])
    first, *_ = verdicts(found)
    gap = found["none"].metrics["gap_corrected"]
    assert first.startswith("There is no gap that could be closed: ") == (gap["ci_low"] <= 0)
    if gap["ci_low"] <= 0:
        assert f"{gap['value']:.3f} [0.000, {gap['ci_high']:.3f}]" in first


def test_nothing_gained_is_not_called_the_best_of_all(tmp_path):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 8))
    found = compared(tmp_path, hidden, hidden, ["zca:0.1"])  # nothing can be gained: R@1 is 100 % as it is
    assert verdicts(found)[-1].startswith("No space gained beyond doubt; the best of them, zca:0.1, changed ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("one.npy", "1 image is alone, so there are no two halves"),
        ("equal.npy", "all 6 images share vectors"),
        ("nan.npy", "row 2 holds NaN"),
        ("few.npy", "60 images but 5 texts"),
        ("absent.npy", "not found"),
        ("vectors.bin", "torch.load"),
    ],
)
def test_what_cannot_be_compared_is_one_line(files, monkeypatch, name, told):
    monkeypatch.chdir(files)
    rows = np.load("images.npy")
    np.save("one.npy", rows[:1])
    np.save("equal.npy", np.ones((6, 8)))
    np.save("few.npy", rows[:5])
    np.save("nan.npy", np.where(np.arange(60)[:, None] == 2, np.nan, rows))
    (files / "vectors.bin").write_bytes(b"PK\x03\x04")
    result = run("compare", "images.npy" if name == "few.npy" else name, name, "--space", "centre")
    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not result.stdout


def test_a_space_that_is_asked_for_and_cannot_be_is_one_line(files):
    result = run("compare", files / "images.npy", files / "texts.npy", "--space", "centr")
    assert result.exit_code == 2
    assert "centre" in result.stderr


def test_half_precision_and_archives_are_compared(files):
    rows = np.load(files / "half.npy")
    np.savez(files / "both.npz", images=rows, texts=np.load(files / "texts.npy").astype(np.float16))
    result = run("compare", files / "both.npz", "--space", "centre")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("space ")


def test_the_500_real_pairs(tmp_path):
    for name, rows in zip(("i", "t"), real_pairs(), strict=True):
        np.save(tmp_path / f"{name}.npy", rows)
    result = run("compare", tmp_path / "i.npy", tmp_path / "t.npy", "--space", "centre", "--json")
    found = json.loads(result.stdout)
    for space, wanted in (("none", (59.3, 63.4)), ("centre", (58.7, 62.6))):
        for name, value in zip(("t2i_r1_own", "i2t_r1_own"), wanted, strict=True):
            assert found[space][name]["ci_low"] <= value / 100 <= found[space][name]["ci_high"]


def test_of_files_that_do_not_fit_drawn_images_are_compared(tmp_path):
    from mmgap.evaluation.streaming.drawn_pairs import drawn_images

    x, y, owner = made_pair(70, 8, 2)
    few = drawn_images(70, 40, seed=3)
    kept = np.isin(owner, few)
    for name, rows in (("x", x), ("y", y), ("owner", owner)):
        np.save(tmp_path / f"{name}.npy", rows)
    for name, rows in (("x", x[few]), ("y", y[kept]), ("owner", np.searchsorted(few, owner[kept]))):
        np.save(tmp_path / f"few_{name}.npy", rows)

    def compared(prefix, *options):
        files = [tmp_path / f"{prefix}{name}.npy" for name in ("x", "y", "owner")]
        words = *files[:2], "--owner", files[2], "--space", "centre", "--seed", 3, "--json", *options
        return run("compare", *words)

    drawn = compared("", "--memory", "1kB", "--sample", 40)
    assert drawn.exit_code == 0, drawn.output
    assert "compares 40 of 70 images, drawn at random" in drawn.stderr
    assert json.loads(drawn.stdout) == json.loads(compared("few_").stdout)
    assert json.loads(compared("", "--memory", "1kB").stdout) == json.loads(compared("").stdout)
    assert "--sample is for files that do not fit in memory" in compared("", "--sample", 40).stderr
    y[owner == few[0]] = np.nan
    np.save(tmp_path / "y.npy", y)
    row = int(np.flatnonzero(np.isnan(y).any(axis=1))[0])
    refused = compared("", "--memory", "1kB", "--sample", 40)
    assert refused.exit_code == 2
    assert f"row {row} " in refused.stderr
