"""What a practice records, against loops written from its words; maps; one call for a folder and the pytest line."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mmgap.core.text_arrays import texts_of
from mmgap.datasets import Dataset
from mmgap.evaluation import neighbour_maps as mapping
from mmgap.evaluation.comparison_maps import maps
from mmgap.evaluation.encoder_comparison import record_practice
from mmgap.rows.recorder import Recorder
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")

CATEGORIES = ("sea", "sea", "city", None, "city", "sea")
OWNER = (0, 0, 1, 2, 3, 4, 4, 4, 5)


@pytest.fixture(autouse=True)
def no_umap(monkeypatch):
    """UMAP compiles for a quarter of a minute: its own test asks for a stand-in."""
    found = mapping.importlib.util.find_spec
    monkeypatch.setattr(mapping.importlib.util, "find_spec", lambda name: None if name == "umap" else found(name))


def data(captioned=True, owner=OWNER, categories=CATEGORIES):
    n = len(categories)
    captions = tuple(f"caption {j}" for j in range(len(owner))) if captioned else ()
    return Dataset(
        name="folder:made-up",
        split="test",
        revision="1",
        image_ids=tuple(f"Straße {i}.jpg" for i in range(n)),
        images=[Image.new("RGB", (40, 20), (40 * i, 0, 0)) for i in range(n)],
        captions=captions,
        owner=np.array(owner if captioned else (), dtype=np.int64),
        categories=categories,
        notes=("made up.",),
    )


def recorded(x, y, dataset, **options):
    record = Recorder()
    record_practice(record, 3 * x, 5 * y, dataset, **options)
    return record, {name: metric["value"] for name, metric in record.metrics.items()}


@pytest.fixture
def space():
    rng = np.random.default_rng(0)
    return random_unit(rng, 6, 5, 0.3), random_unit(rng, 9, 5, 0.3)


def test_matches_and_diagonal(space):
    x, y = space
    record, found = recorded(x, y, data())
    s = x @ y.T
    own = [s[OWNER[j], j] for j in range(9)]
    others = [s[i, j] for i in range(6) for j in range(9) if OWNER[j] != i]
    assert found["diagonal_mean"] == pytest.approx(np.mean(own))
    assert found["diagonal_sd"] == pytest.approx(np.std(own))
    assert (found["diagonal_min"], found["diagonal_max"]) == pytest.approx((min(own), max(own)))
    assert found["off_diagonal_mean"] == pytest.approx(np.mean(others))
    assert found["off_diagonal_sd"] == pytest.approx(np.std(others))
    best = [int(np.argmax(row)) for row in s]
    assert found["top1"] == pytest.approx(np.mean([OWNER[best[i]] == i for i in range(6)]))
    assert found["t2i_r1"] == pytest.approx(np.mean([np.argmax(s[:, j]) == OWNER[j] for j in range(9)]))
    np.testing.assert_array_equal(record.items["best_caption"], best)
    np.testing.assert_allclose(record.items["diagonal"], own)
    np.testing.assert_allclose(record.items["image_text"], s, atol=1e-6)
    assert texts_of(record.items["ids"])[0] == "Straße 0.jpg"
    assert texts_of(record.items["categories"])[3] == ""
    assert record.items["thumbnails"].shape == (6, 48, 48, 3)
    assert "made up." in record.notes


def test_cosines_within_and_between_categories(space):
    x, y = space
    _, found = recorded(x, y, data())
    of_text = [CATEGORIES[i] for i in OWNER]

    def mean(a, b, left, right, apart, same):
        chosen = [
            a[i] @ b[j]
            for i in range(len(a))
            for j in range(len(b))
            if left[i] and right[j] and apart(i, j) and (left[i] == right[j]) == same
        ]
        return np.mean(chosen)

    for kind, same in (("within", True), ("between", False)):
        images = mean(x, x, CATEGORIES, CATEGORIES, lambda i, j: i != j, same)
        texts = mean(y, y, of_text, of_text, lambda i, j: i != j, same)
        pairs = mean(x, y, CATEGORIES, of_text, lambda i, j: OWNER[j] != i, same)
        assert found[f"image_{kind}_category"] == pytest.approx(images)
        assert found[f"text_{kind}_category"] == pytest.approx(texts)
        assert found[f"pair_{kind}_category"] == pytest.approx(pairs)


def test_a_collapsed_space_scores_chance():
    one = np.ones((6, 5))
    _, found = recorded(one, one, data(owner=range(6)))
    assert found["top1"] == pytest.approx(1 / 6)
    assert found["diagonal_sd"] == pytest.approx(0)


def test_images_without_captions_are_mapped_alone(space):
    record, found = recorded(space[0], np.zeros((0, 5)), data(captioned=False))
    assert not {"top1", "gap", "diagonal_mean"} & set(found)
    assert "image_within_category" in found
    assert record.items["image_text"].shape == (6, 0)
    assert record.items["map_pca"].shape == (6, 2)
    assert any("no captions" in note for note in record.notes)


def test_without_categories_nothing_is_said_of_them(space):
    _, found = recorded(*space, data(categories=(None,) * 6))
    assert not [name for name in found if name.endswith("_category")]


def test_of_a_large_set_a_sample_is_measured(space):
    x, y = space
    record, found = recorded(x, y, data(), limit=4, seed=1)
    assert any("A sample of 4 of the 6 images (seed 1)" in note for note in record.notes)
    chosen = [int(name.split()[1].split(".")[0]) for name in texts_of(record.items["ids"])]
    texts = [j for j in range(9) if OWNER[j] in chosen]
    np.testing.assert_allclose(record.items["image_text"], x[chosen] @ y[texts].T, atol=1e-6)
    assert found["off_diagonal_mean"] == pytest.approx(
        np.mean([x[i] @ y[j] for i in chosen for j in texts if OWNER[j] != i])
    )


@pytest.mark.parametrize("n", [2, 4, 5, 40])
def test_maps_of_any_number_of_points(n):
    points = random_unit(np.random.default_rng(n), n, 8)
    found, reasons = maps(points)
    assert set(found) == ({"map_pca"} if n < 5 else {"map_pca", "map_tsne"})
    assert all(values.shape == (n, 2) and np.isfinite(values).all() for values in found.values())
    assert len(reasons) == 1
    again, _ = maps(points)
    for name in found:
        np.testing.assert_array_equal(found[name], again[name])


def test_points_on_one_spot_share_their_place():
    """Equal captions have equal vectors; a set of one spot has no map at all, where t-SNE would crash."""
    spots = random_unit(np.random.default_rng(0), 8, 4)
    found, _ = maps(spots[[0, 1, 2, 3, 4, 5, 6, 7, 3, 3]])
    np.testing.assert_array_equal(found["map_tsne"][[8, 9]], found["map_tsne"][[3, 3]])
    found, reasons = maps(np.ones((30, 4)) / 2)
    assert set(found) == {"map_pca"}
    assert "1 distinct points are fewer than 5" in reasons[0]


def test_umap_where_it_is_installed(monkeypatch):
    """What it draws is shown beside the atlas (`tests/app/test_atlas_maps.py`), which has compiled it."""
    pytest.importorskip("umap", reason="umap-learn is an extra, mmgap[maps]")
    monkeypatch.undo()
    monkeypatch.setattr(mapping, "_umap", lambda vectors, seed, tell: vectors[:, :2])
    points = random_unit(np.random.default_rng(0), 12, 8)
    found, reasons = maps(points)
    assert reasons == []
    assert len(points) == len(found["map_umap"])
    np.testing.assert_allclose(found["map_umap"], points[:, :2], atol=1e-6)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "mine, all"
    lines = [("filename", "category", "caption")]
    for i in range(6):
        place = folder / ("Küste" if i % 2 else "Stadt")
        place.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(i).integers(0, 255, (30, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).save(place / f"Bäume {i}.JPG")
        lines.append((f"Bäume {i}.JPG", place.name, f"picture number {i}"))
    with (folder / "captions.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    (folder / "Stadt" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    return folder


def test_one_call_and_the_pytest_line_share_their_rows(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")  # compiling UMAP takes longer than running it on six photos
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    encoders = ["--encoder", "tiny-random", "--encoder", "tiny-random:1"]
    done = command("compare-encoders", photos.name, *encoders, "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 measured now" in done.stdout
    (comparison,) = (tmp_path / "out" / "scratch" / "practices").glob("*/comparison.json")
    assert json.loads(comparison.read_text())["n_images"] == 6
    report = (tmp_path / "out" / "scratch" / "report.html").read_text()
    assert "broken.jpg" in report
    root = Path(__file__).parents[2]
    line = [sys.executable, "-m", "pytest", str(root / "benchmarks" / "test_practices.py"), *encoders]
    line += ["--dataset", f"folder:{photos.name}", "--reports", "out", "-p", "no:cacheprovider"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert "0 measured now, 2 measured before" in done.stdout, done.stdout + done.stderr


def command(*words, cwd):
    return subprocess.run([sys.executable, "-m", "mmgap", *words], cwd=cwd, capture_output=True, text=True)


def test_bad_input_is_said_in_a_line_and_leaves_nothing(tmp_path, photos):
    call = ["compare-encoders", "nofolder", "--encoder", "tiny-random", "--out", "o"]
    done = command(*call, cwd=tmp_path)
    assert done.returncode == 2
    assert "nofolder: no such folder, and no dataset of that name" in done.stderr
    assert not (tmp_path / "o").exists()
    (tmp_path / "afile").write_text("")
    done = command("compare-encoders", photos.name, "--encoder", "tiny-random", "--out", "afile", cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    done = command("compare-encoders", photos.name, "--encoder", "tiny-random", "--captions", "none", cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device")
def test_a_device_that_is_not_there_is_named(tmp_path, photos, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    done = command("compare-encoders", photos.name, "--encoder", "tiny-random", "--device", "cuda", cwd=tmp_path)
    assert done.returncode == 1
    assert "device 'cuda' is not there" in done.stdout
    assert "INTERNALERROR" not in done.stdout


def test_nothing_measured_is_no_success(tmp_path, photos, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path / "none"))
    encoder = "two-towers:mobilenet-v2,minilm,random"
    done = command("compare-encoders", str(photos), "--encoder", encoder, "--out", "o", cwd=tmp_path)
    assert done.returncode == 2
    assert "'mobilenet_v2_imagenet' not found" in done.stderr
