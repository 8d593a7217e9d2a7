import json
import os
import subprocess
import sys
from datetime import datetime

import numpy as np
import pytest
from PIL import Image

from mmgap.core.cache import Cache
from mmgap.core.text_arrays import texts_of
from mmgap.report.figures import drawn_pictures, label_places
from mmgap.report.figures import galleries as pictures
from mmgap.report.figures import measured_space as plots
from mmgap.report.figures.galleries import draw_space, galleries
from tests.support.made_up_rows import files, items, row, with_items


def kinds(names):
    return sorted(name.split("-")[-2] + "." + name.split(".")[-1] for name in names)


def test_pictures_are_drawn_once(tmp_path, cache, monkeypatch):
    one = with_items(cache, row(notes=["n"]))
    made = galleries([one], tmp_path, "en", cache)
    drawn = files(tmp_path / "figures")
    assert kinds(drawn) == [
        "cosines.pdf",
        "cosines.png",
        "cosines.svg",
        "map.json",
        "map.png",
        "similarity.json",
        "similarity.pdf",
        "similarity.png",
        "similarity.svg",
    ]
    assert all(one["key"][:12] in name for name in drawn)
    for figure in made[one["key"]].figures:
        assert (figure.vector is None) == (figure.printed is None) == (figure.path.stem.endswith("map-en2"))
    assert made[one["key"]].figures[0].caption.startswith("tiny-random · glyphs-en (500 images, 500 texts), seed 0.")
    monkeypatch.setattr(drawn_pictures, "draw", lambda *_: pytest.fail("drawn twice"))
    assert galleries([one], tmp_path, "en", cache) == made


@pytest.mark.usefixtures("stub")
def test_pictures_outlive_the_arrays(tmp_path, cache):
    one = with_items(cache, row())
    made = galleries([one], tmp_path, "en", cache)
    assert galleries([one], tmp_path, "en", Cache(tmp_path / "empty")) == made
    assert galleries([one], tmp_path / "new", "en", Cache(tmp_path / "empty")) == {}


@pytest.mark.usefixtures("stub")
def test_a_new_key_or_language_draws_anew(tmp_path, cache):
    galleries([with_items(cache, row())], tmp_path, "en", cache)
    galleries([with_items(cache, row())], tmp_path, "es", cache)
    galleries([with_items(cache, {**row(), "key": "f" * 64})], tmp_path, "en", cache)
    assert len(files(tmp_path / "figures")) == 27


def ages(folder):
    return {path.name: path.stat().st_mtime for path in folder.iterdir()}


def age(folder, when):
    for path in folder.iterdir():
        os.utime(path, (when, when))


@pytest.mark.usefixtures("stub")
def test_pictures_older_than_their_row_are_drawn_again(tmp_path, cache):
    measured = datetime.fromisoformat("2025-01-02T03:04:05Z").timestamp()
    one = with_items(cache, row(started_at="2025-01-02T03:04:05Z"))
    made = galleries([one], tmp_path, "en", cache)
    figures = tmp_path / "figures"
    age(figures, measured + 60)
    fresh = ages(figures)
    assert galleries([one], tmp_path, "en", cache) == made
    assert ages(figures) == fresh
    age(figures, measured - 60)
    assert galleries([one], tmp_path, "en", cache) == made
    assert ages(figures).keys() == fresh.keys()
    assert min(ages(figures).values()) > measured


@pytest.mark.usefixtures("stub")
def test_older_pictures_stay_where_the_arrays_are_gone(tmp_path, cache):
    one = with_items(cache, row())
    made = galleries([one], tmp_path, "en", cache)
    age(tmp_path / "figures", 1000)
    assert galleries([one], tmp_path, "en", Cache(tmp_path / "empty")) == made
    assert set(ages(tmp_path / "figures").values()) == {1000}


@pytest.mark.usefixtures("stub")
def test_an_older_picture_that_the_new_arrays_do_not_give_goes(tmp_path, cache):
    one = with_items(cache, row())
    galleries([one], tmp_path, "en", cache)
    age(tmp_path / "figures", 1000)
    made = galleries([with_items(cache, row(), items(texts=False))], tmp_path, "en", cache)
    assert kinds(files(tmp_path / "figures")) == ["map.json", "map.png"]
    assert len(made[one["key"]].figures) == 1


def test_rows_without_arrays_or_of_other_experiments_have_none(tmp_path, cache):
    rows = [row(), with_items(cache, row("theory", None, None))]
    assert galleries(rows, tmp_path, "en", cache) == {}


@pytest.mark.usefixtures("stub")
def test_of_several_seeds_the_first_is_shown(tmp_path, cache):
    rows = [with_items(cache, row(seed=seed)) for seed in (1, 0)]
    assert list(galleries(rows, tmp_path, "en", cache)) == [rows[1]["key"]]


@pytest.mark.usefixtures("stub")
def test_images_alone_are_mapped(tmp_path, cache):
    one = with_items(cache, row(), items(texts=False))
    made = galleries([one], tmp_path, "en", cache)
    assert kinds(files(tmp_path / "figures")) == ["map.json", "map.png"]
    assert len(made[one["key"]].figures) == 1


@pytest.mark.usefixtures("stub")
def test_names_are_safe_file_names(tmp_path, cache):
    hostile = with_items(cache, row(encoder="hf:../../etc <x>", dataset="folder:/a b/*", loss="ce+0.5*intra"))
    galleries([hostile], tmp_path, "en", cache)
    names = files(tmp_path / "figures")
    assert len(names) == 9
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.") for name in names)


def test_draw_space(tmp_path):
    paths = draw_space(items(), tmp_path / "new", "images.npy · texts.npy", "es")
    assert files(tmp_path / "new") == sorted(path.name for path in paths)
    assert all(Image.open(path).size[0] == 1260 for path in paths if path.suffix == ".png")


def test_equal_arrays_give_equal_bytes(tmp_path):
    first, second = (draw_space(items(), tmp_path / name, "t", "en") for name in "ab")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_labels_side_by_side_within_the_walls():
    wanted, widths = np.array([0.0, 1.0, 1.0, 9.9]), np.array([2.0, 3.0, 2.0, 2.0])
    centres = label_places.spread(wanted, widths, 0.0, 10.0)
    left, right = centres - widths / 2, centres + widths / 2
    assert left[0] >= -1e-9
    assert right[-1] <= 10 + 1e-9
    assert (left[1:] >= right[:-1] - 1e-9).all()
    apart = np.array([1.5, 5.0, 8.5])
    np.testing.assert_allclose(label_places.spread(apart, np.ones(3), 0.0, 10.0), apart)


def test_collapsed_and_empty_spaces_can_be_drawn():
    flat = items()
    flat["map_image"][:] = flat["map_text"][:] = 0.3
    flat["histogram_matched"][:] = 0
    flat["histogram_image"][:] = 0
    flat["histogram_image"][-1] = 66
    flat["similarity"][:] = 1.0
    plots.pair_map(items(texts=False), "t", "es")
    for draw in (plots.cosines, plots.pair_map, plots.similarity):
        draw(flat, "a $title$ with % signs" * 9, "en")


def test_ids_are_read_back():
    assert texts_of(np.frombuffer("a\nñ\n".encode(), dtype=np.uint8)) == ["a", "ñ", ""]


def test_no_ids_cover_each_other():
    figure = plots.pair_map(items(n=60), "t", "en")
    labels = [text for text in figure.axes[0].texts if text.get_text().startswith("id-")]
    boxes = [label.get_window_extent() for label in labels]
    assert len(labels) > 5
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_a_report_without_news_imports_no_numeric_library(tmp_path):
    script = (
        "import json, sys; from mmgap.report import write_report; from mmgap.harness.run_summary import summary;"
        "rows = json.loads(sys.stdin.read()); write_report(rows, sys.argv[1]); print(summary(rows));"
        "print([m for m in ('numpy', 'torch', 'matplotlib', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], input=json.dumps([row()]), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.usefixtures("stub")
def test_pictures_of_earlier_drawing_code_are_shown_where_the_arrays_are_gone(tmp_path, cache, monkeypatch):
    one = with_items(cache, row())
    monkeypatch.setattr(pictures, "DRAWING", pictures.DRAWING - 1)
    earlier = galleries([one], tmp_path, "en", cache)
    monkeypatch.undo()
    assert galleries([one], tmp_path, "en", Cache(tmp_path / "empty")) == earlier
    now = galleries([one], tmp_path, "en", cache)[one["key"]].figures
    assert {figure.path for figure in now}.isdisjoint(figure.path for figure in earlier[one["key"]].figures)


def test_pictures_drawn_in_processes_are_those_drawn_here(tmp_path, cache, monkeypatch):
    rows = [with_items(cache, {**row(dataset=name), "key": name[-1] * 64}) for name in ("glyphs-en", "arasaac-es")]
    made = {}
    for folder, least in (("here", float("inf")), ("processes", 1)):
        monkeypatch.setattr(drawn_pictures, "WORTHWHILE", least)
        made[folder] = galleries(rows, tmp_path / folder, "en", cache)
    assert made["here"] == made["processes"]
    assert len(made["here"]) == 2
    here, there = (sorted((tmp_path / folder / "figures").iterdir()) for folder in made)
    assert [(one.name, one.read_bytes()) for one in here] == [(one.name, one.read_bytes()) for one in there]


def test_an_error_in_a_process_is_raised_here(tmp_path, cache, monkeypatch):
    one = with_items(cache, row())
    other = with_items(cache, {**row(dataset="arasaac-es"), "key": "f" * 64})
    (tmp_path / "figures").write_text("a file where the folder belongs")
    monkeypatch.setattr(drawn_pictures, "WORTHWHILE", 1)
    with pytest.raises(OSError, match="figures"):
        galleries([one, other], tmp_path, "en", cache)
