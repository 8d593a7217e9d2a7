"""Items that a reader asks to be labelled: where they stand, that none covers another, and what no picture shows."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Text
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.core.cache import Cache
from mmgap.report import is_current, unshown_labels, write_report
from mmgap.report.asked_items import MOST
from mmgap.report.figures import comparison_heatmaps as heat
from mmgap.report.figures import plane_maps as maps
from mmgap.report.figures.asked_labels import RINGS
from mmgap.report.figures.galleries import galleries
from mmgap.report.figures.measured_space import pair_map, similarity
from mmgap.rows.row import write_row
from tests.support.made_up_practices import arrays, practice
from tests.support.made_up_rows import files, items, row, with_items


def crowd(n=150):
    return arrays([f"birds/{i}.jpg" for i in range(n)], [f"kind {i % 3}" for i in range(n)])


def written(axes):
    return [text for text in axes.texts if text.get_text() and text.get_alpha() != 0]


def overlapping(texts):
    boxes = [Text.get_window_extent(text) for text in texts]
    return [pair for pair in itertools.combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def rings(axes):
    return next(one for one in axes.collections if one.get_gid() == RINGS).get_offsets()


@pytest.mark.parametrize("count", [1, 7, MOST])
def test_a_map_has_the_asked_ids_at_their_points_none_on_another(count):
    held = items(n=60)
    asked = [f"id-{i}" for i in range(count)]
    figure = pair_map(held, "t", "en", asked)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    named = {text.get_text(): text for text in written(axes) if text.get_text().startswith("id-")}
    assert sorted(named) == sorted(asked), "these and no others"
    for i, name in enumerate(asked):
        assert named[name].xy == pytest.approx(tuple(held["map_image"][i]))
    assert not overlapping(named.values())
    np.testing.assert_allclose(rings(axes), np.concatenate([held["map_image"][:count], held["map_text"][:count]]))


def test_a_map_without_texts_is_labelled():
    (axes,) = pair_map(items(texts=False), "t", "en", ["id-3"]).axes
    assert len(rings(axes)) == 1


@pytest.mark.parametrize("labels", [(), ("elsewhere",)])
def test_pictures_without_the_asked_ids_are_as_they_were(labels):
    for draw, held in ((pair_map, items()), (maps.map_pca, crowd(30))):
        before, after = (draw(held, "t", "en", *more).axes[0] for more in ((), (labels,)))
        assert [text.get_text() for text in written(before)] == [text.get_text() for text in written(after)]
        assert not any(one.get_gid() == RINGS for one in after.collections)


def test_a_practice_map_names_files_and_rings_all_captions_of_theirs():
    held = arrays([f"birds/{i}.jpg" for i in range(6)], ["k"] * 6, owner=[0, 0, 1, 2, 3, 4, 5])
    (axes,) = maps.map_pca(held, "t", "es", ["0.jpg", "birds/4.jpg"]).axes
    assert sorted(text.get_text() for text in written(axes)) == ["0.jpg", "4.jpg"]
    assert len(rings(axes)) == 2 + 3


@pytest.mark.parametrize("draw", [heat.image_text, heat.image_image, heat.text_text])
def test_a_heat_map_too_large_for_names_has_the_asked_ones_at_their_rows(draw):
    held = crowd()
    asked = [0, 3, 6, 9, 12, 149, 148]
    figure = draw(held, "t", "en", [f"birds/{i}.jpg" for i in asked])
    figure.draw_without_rendering()
    axes = next(one for one in figure.axes if one.images)
    names = [f"{i}.jpg" for i in heat.order(held)]
    for axis in (axes.yaxis, axes.xaxis):
        assert {names[int(place)] for place in axis.get_ticklocs()} == {f"{i}.jpg" for i in asked}
    ticks = [label for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels() if label.get_alpha() != 0]
    assert not overlapping([*ticks, *written(axes)])
    assert len([*ticks, *written(axes)]) == 2 * len(asked)
    assert not next(one for one in draw(held, "t", "en").axes if one.images).yaxis.get_ticklocs().size


def test_names_that_stand_there_stand_out():
    (axes,) = [one for one in similarity(items(), "t", "en", ["id-2"]).axes if one.images]
    for axis in (axes.xaxis, axes.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels() if label.get_fontweight() == "bold"] == ["id-2"]


@pytest.mark.usefixtures("stub")
def test_labelled_pictures_have_names_of_their_own(tmp_path, cache):
    one = with_items(cache, row())
    plain = galleries([one], tmp_path, "en", cache)
    before = files(tmp_path / "figures")
    labelled = galleries([one], tmp_path, "en", cache, labels=("id-1",))
    other = galleries([one], tmp_path, "en", cache, labels=("id-1", "id-2"))
    assert set(before) < set(files(tmp_path / "figures"))
    paths = [{figure.path for figure in made[one["key"]].figures} for made in (plain, labelled, other)]
    assert all(len(a & b) == 1 for a, b in itertools.combinations(paths, 2)), "the histogram names no item"
    gone = Cache(tmp_path / "empty")
    assert galleries([one], tmp_path, "en", gone, labels=("id-1",)) == labelled
    assert galleries([one], tmp_path, "en", gone, labels=("id-9",)) == plain, "drawn without labels before"


def test_what_no_picture_shows_is_said_with_what_is_like_it(cache):
    rows = [with_items(cache, row()), practice(cache, crowd(5))]
    assert unshown_labels(rows, ["id-1", "3.jpg", "birds/3.jpg"], cache=cache) == []
    (said,) = unshown_labels(rows, ["id-111"], cache=cache)
    assert said.startswith("No picture shows an item 'id-111'. Did you mean 'id-11' or ")
    (said,) = unshown_labels(rows, ["ÑÑÑÑ"], language="es", cache=cache)
    assert "'ÑÑÑÑ'" in said
    assert "17" in said, "so many items are shown"


@pytest.mark.parametrize("labels", [[""], [str(i) for i in range(MOST + 1)]])
def test_bad_labels(tmp_path, cache, labels):
    with pytest.raises(ValueError, match="label"):
        write_report([row()], tmp_path, cache=cache, labels=labels)


def test_a_report_with_other_labels_is_another(tmp_path, cache):
    rows = [row()]
    write_report(rows, tmp_path, cache=cache, labels=["b", "a"])
    assert is_current(rows, tmp_path, labels=["a", "b"])
    assert not is_current(rows, tmp_path)


def test_the_command(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(cache.root))
    write_row(tmp_path / "rows", with_items(cache, row()))
    words = ["report", "--rows", str(tmp_path / "rows"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*words, "--label", "id-1", "--label", "id-x"])
    assert done.exit_code == 0, done.output
    assert done.output.count("No picture shows an item") == 1
    assert "'id-x'" in done.output
    assert len([name for name in files(tmp_path / "out" / "figures") if "-en2-" in name]) == 6
