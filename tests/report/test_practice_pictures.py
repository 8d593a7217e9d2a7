"""The practices' pictures: what is drawn where, and that no two names cover each other."""

import warnings

import numpy as np
import pytest

from mmgap.analysis.row_items import RowItems
from mmgap.report.figures import comparison_bars as bars
from mmgap.report.figures import comparison_heatmaps as heat
from mmgap.report.figures import comparison_names as names
from mmgap.report.figures import comparison_thumbnails as thumbnails
from mmgap.report.figures import plane_maps as maps
from mmgap.report.figures import style as lettering
from mmgap.report.figures.figure_entries import figures
from mmgap.report.sections import section_of
from tests.support.made_up_practices import BEFORE, CLIP, arrays, twenty
from tests.support.made_up_rows import row

HOSTILE = ["Größe & Übermut mit einem sehr langen Namen, der nicht passt.JPG", "写真.jpg", "🐶 x.png", "a|b $x$ $.jpg"]


@pytest.fixture(autouse=True)
def every_glyph_is_known():
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter that no font has would be one
        yield


def pair(first, second):
    sides = ((BEFORE, first), (CLIP, second))
    return [RowItems(row("practices", encoder), items) for encoder, items in sides]


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_heat_maps_are_ordered_by_category():
    kinds = ["b", "", "a", "b"]
    items = arrays(["b/0.jpg", "1.jpg", "a/2.jpg", "b/3.jpg"], kinds, [0, 0, 1, 2, 3])
    assert heat.order(items).tolist() == [0, 3, 2, 1]
    axes = heat.image_text(items, "t", "en").axes[0]
    assert ticks(axes.yaxis) == ["0.jpg", "3.jpg", "2.jpg", "1.jpg"]
    assert ticks(axes.xaxis) == ["0.jpg", "0.jpg", "3.jpg", "2.jpg", "1.jpg"]
    wanted = items["image_text"][np.ix_([0, 3, 2, 1], [0, 1, 4, 3, 2])]
    np.testing.assert_array_equal(axes.images[0].get_array(), wanted)
    assert ticks(axes.child_axes[0].yaxis) == ["b", "a", "no category"]
    lines = sorted(line.get_ydata()[0] for line in axes.lines if line.get_ydata()[0] == line.get_ydata()[1])
    assert lines == [1.5, 2.5]
    assert axes.texts[0].get_text() == f"{wanted[0, 0]:.2f}".replace("-", "−")


def test_heat_maps_of_many_leave_names_out_and_average():
    kinds = [f"k{i // 4}" for i in range(80)]
    items = arrays([f"{i}.jpg" for i in range(80)], kinds)
    axes = heat.image_image(items, "t", "es").axes[0]
    assert ticks(axes.yaxis) == []
    assert not axes.texts
    low, high = axes.images[0].get_clim()
    off = items["image_image"][~np.eye(80, dtype=bool)]
    assert low >= off.min()
    assert high == pytest.approx(off.max())
    matrix = np.arange(2500 * 3, dtype=float).reshape(2500, 3)
    coarse = heat._coarse(matrix)
    assert coarse.shape == (834, 3)
    np.testing.assert_allclose(coarse[0], matrix[:3].mean(axis=0))
    np.testing.assert_allclose(coarse[-1], matrix[2499:].mean(axis=0))


def test_flat_and_smallest_matrices(tmp_path):
    items = arrays(["a.jpg", "b.jpg"], ["", ""])
    items["text_text"][:] = 1.0
    lettering.save(heat.text_text(items, "t", "en"), tmp_path / "flat.png")
    lettering.save(heat.image_image(arrays(["a.jpg"], ["k"]), "t", "en"), tmp_path / "one.png")


@pytest.mark.parametrize("n", [4, 60])
@pytest.mark.parametrize("draw", [maps.map_pca, maps.map_tsne, maps.map_umap])
def test_no_names_cover_each_other(draw, n):
    kinds = [f"k{i % 5}" for i in range(n)]
    figure = draw(arrays([f"photo of {i}.jpg" for i in range(n)], kinds), "t", "en")
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) > 5
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_maps_tell_images_from_texts_and_categories_apart():
    axes = maps.map_pca(twenty(), "t", "en").axes[0]
    joined, *clouds = axes.collections
    images, texts = clouds[:4], clouds[4:]
    assert len(joined.get_segments()) == sum(len(one.get_offsets()) for one in images) == 20
    assert sum(len(one.get_offsets()) for one in texts) == 20
    shapes = [one.get_paths()[0].vertices.tobytes() for one in images]
    assert len(set(shapes)) == len({one.get_facecolors().tobytes() for one in images}) == 4
    assert shapes == [one.get_paths()[0].vertices.tobytes() for one in texts], "a category has one shape"
    assert all(len(one.get_facecolors()) for one in images)
    assert not any(len(one.get_facecolors()) for one in texts), "captions are hollow"
    legend = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert legend == ["images: filled", "texts: hollow", "Urban Scenes", "Nature", "World Cuisine", "Wildlife"]
    many = arrays([f"{i}.jpg" for i in range(20)], [f"k{i}" for i in range(20)])
    figure = maps.map_pca(many, "t", "es")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["imágenes", "textos"]


def test_images_alone_have_their_map():
    figure = maps.map_tsne(arrays(HOSTILE, ["a", "a", "b", "b"], []), "t", "en")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["images: filled", "a", "b"]
    assert len(figure.axes[0].texts) == 4


def test_bars_by_category():
    items = pair(twenty(0.05), twenty())
    figure = bars.by_category(items, "t", "en")
    axes = figure.axes[0]
    assert ticks(axes.yaxis) == ["Urban Scenes", "Nature", "World Cuisine", "Wildlife"]
    drawn = [bar.get_width() for container in axes.containers[1::2] for bar in container]
    wanted = [one.arrays["diagonal"].reshape(4, 5).mean(axis=1) for one in items]
    np.testing.assert_allclose(drawn, np.concatenate(wanted), rtol=1e-5)
    assert [text.get_text()[3:] for text in figure.legends[0].get_texts()] == [BEFORE, CLIP]
    lone = arrays(["a.jpg", "b.jpg"], ["", ""])
    assert ticks(bars.by_category(pair(lone, lone), "t", "es").axes[0].yaxis) == ["todas las imágenes"]
    many = arrays([f"{i}.jpg" for i in range(40)], [f"k{i}" for i in range(40)])
    figure = bars.by_category(pair(many, many), "t", "en")
    assert len(ticks(figure.axes[0].yaxis)) == 30
    assert "the 30 largest of 40 categories" in figure.texts[-1].get_text()


def test_bars_by_image():
    first, second = arrays(HOSTILE, ["k"] * 4, [0, 0, 2, 3], 0.3), arrays(HOSTILE, ["k"] * 4, [0, 0, 2, 3], 1.0)
    second["diagonal"][3] = first["diagonal"][3] - 0.5
    figure = bars.by_image(pair(first, second), "t", "en")
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert len(widths) == 3  # the second has no caption
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == pytest.approx(-0.5, abs=1e-6)
    assert ticks(figure.axes[0].yaxis)[-1] == "a|b $x$ $.jpg"
    assert figure.texts[-1].get_text().endswith("2 of 3 images improved")
    many = arrays([f"{i}.jpg" for i in range(50)], ["k"] * 50)
    assert not any("jpg" in text for text in ticks(bars.by_image(pair(many, many), "t", "es").axes[0].yaxis))


def test_thumbnails_do_not_cover_each_other():
    rng = np.random.default_rng(0)
    wanted = rng.uniform(0, 300, size=(40, 2))
    wanted[1] = wanted[0]
    box, walls = np.array([30.0, 40.0]), np.array([[15.0, 20.0], [385.0, 380.0]])
    places = thumbnails.spread(wanted, box, walls)
    apart = np.abs(places[:, None] - places[None])[~np.eye(40, dtype=bool)]
    assert ((apart >= box - 1e-6).any(axis=1)).all()
    assert (places >= walls[0] - 1e-9).all()
    assert (places <= walls[1] + 1e-9).all()
    figure = thumbnails.map_thumbnails(twenty(thumbnails=True), "t", "en")
    assert sum(text.get_text().endswith(".JPG") for text in figure.axes[0].texts) == 20
    many = arrays([f"{i}.jpg" for i in range(50)], ["k"] * 50, thumbnails=True)
    assert not thumbnails.map_thumbnails(many, "t", "en").axes[0].texts[50:]


def test_names_are_short_whole_and_drawable(monkeypatch):
    monkeypatch.setattr(names, "_known", lambda letter: ord(letter) < 0x3000)
    shown = names.shown_names(["Kat/Größe.JPG", "Kat/Gro\u0308ße.JPG", "x/写真 a写.jpg", "a" * 50], 20)
    assert shown == ["Größe.JPG", "Größe.JPG", "3: □ a□.jpg", "a" * 10 + "…" + "a" * 9]
    assert names.shown_categories(["", "Größe/x", "写"], 20) == ["", "Größe/x", "3: □"]


def test_every_kind_can_be_written(tmp_path):
    """Hostile names through every picture there is, as files."""
    items = arrays(HOSTILE, ["ü$x$", "漢字", "漢字", "<b>"], thumbnails=True)
    both = pair(items, arrays(HOSTILE, ["ü$x$", "漢字", "漢字", "<b>"], strength=0.2))
    section = section_of("practices")
    assert len(section.figures) == 14
    for several, held in ((False, items), (True, both)):
        for kind in figures(section.figures, "practices", several=several):
            assert kind.can_be_drawn(held)
            path = tmp_path / f"{kind.name}.png"
            lettering.save(kind.drawn(held, "enc $ · folder:/ä" * 6, "es"), path)
            assert path.stat().st_size > 5000
