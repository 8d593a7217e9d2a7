"""Pictures that a page draws anew: the very numbers of the picture, and Plotly in a real browser without a network."""

import json
import re
from pathlib import PurePosixPath

import numpy as np
import pytest

from mmgap.analysis.cosine_histograms import HistogramScale, density
from mmgap.analysis.epoch_curves import mean_recall
from mmgap.analysis.row_items import RowItems
from mmgap.core.cache import Cache
from mmgap.core.text_arrays import texts_of
from mmgap.report import write_report
from mmgap.report.blocks import Document, Figure, Gallery
from mmgap.report.figures import comparison_heatmaps, explored_heatmaps, explored_maps
from mmgap.report.figures.explored_curves import losses
from mmgap.report.figures.explored_histograms import evolution
from mmgap.report.figures.figure_entries import registry
from mmgap.report.writers import html, interactive_pictures
from tests.support.axe import serious_findings
from tests.support.browser import TIMEOUT, opened
from tests.support.made_up_practices import BEFORE, CLIP, arrays, practice, twenty
from tests.support.made_up_rows import items, row
from tests.support.made_up_training import curve_items


def both():
    sides = ((BEFORE, twenty(0.05)), (CLIP, twenty()))
    return [RowItems(row("practices", encoder), held) for encoder, held in sides]


def test_the_slider_has_the_densities_of_every_epoch():
    held = curve_items("ce", 4)
    plot = evolution(held, "t", "en")
    assert [step["name"] for step in plot["steps"]] == [f"epoch {n}" for n in range(5)]
    spaces = [{k: held[f"epoch_{k}"][i] for k in ("image", "text", "matched", "unmatched")} for i in range(5)]
    scale = HistogramScale.of(held["epoch_edges"], spaces)
    for step, space in zip(plot["steps"], spaces, strict=True):
        for heights, counts in zip(step["y"], space.values(), strict=True):
            np.testing.assert_allclose(heights, density(scale.edges, counts, scale.step)[1], rtol=1e-3, atol=1e-4)
    assert plot["data"][0]["y"] == plot["steps"][0]["y"][0]
    assert plot["layout"]["yaxis"]["range"] == [0, scale.height], "all epochs on one axis"


def test_an_epoch_without_pairs_is_flat():
    held = curve_items("ce", 2)
    held["epoch_matched"] = np.zeros_like(held["epoch_matched"])
    plot = evolution(held, "t", "en")
    lengths = {len(heights) for step in plot["steps"] for heights in step["y"]}
    assert lengths == {len(plot["data"][0]["x"])}


def test_curves_by_loss_can_be_set_against_ce():
    rows = [RowItems(row("train", "tiny", loss=loss), curve_items(loss, 3)) for loss in ("ce", "ce+anti")]
    plot = losses(rows, "t", "en")
    assert [trace["name"] for trace in plot["data"]] == ["ce", "ce+anti"]
    gap, recall, less, points = plot["steps"]
    own, other = (one.arrays for one in rows)
    np.testing.assert_allclose(gap["y"][1], other["curve_gap"], rtol=1e-4)
    np.testing.assert_allclose(recall["y"][0], mean_recall(own), rtol=1e-4)
    np.testing.assert_allclose(less["y"][1], other["curve_gap"] - own["curve_gap"], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(points["y"][1], mean_recall(other) - mean_recall(own), rtol=1e-3, atol=1e-4)
    assert less["y"][0] == [None] * 4, "ce is what the others stand against"
    assert "Δ" in less["axis"]


def test_heat_maps_have_the_ids_and_one_scale():
    rows = both()
    plot = explored_heatmaps.image_text_of_both(rows, "t", "en")
    (drawn,) = {axes.images[0].get_clim() for axes in comparison_heatmaps.image_text_of_both(rows, "t", "en").axes[:2]}
    (trace,) = plot["data"]
    assert (trace["zmin"], trace["zmax"]) == drawn
    assert trace["y"] == texts_of(rows[0].arrays["ids"])
    for step, one in zip(plot["steps"], rows, strict=True):
        np.testing.assert_allclose(step["z"][0], one.arrays["image_text"], atol=6e-4)
    assert [step["name"][0] for step in plot["steps"]] == ["A", "B"]
    self = explored_heatmaps.image_image(twenty(), "t", "en")["data"][0]
    assert all(self["z"][i][i] is None for i in range(20))
    shared = arrays(["a.jpg", "b.jpg"], ["", ""], [0, 0, 1])
    assert explored_heatmaps.image_text(shared, "t", "en")["data"][0]["x"] == ["a.jpg", "a.jpg (2)", "b.jpg"]
    many = arrays([f"{i}.jpg" for i in range(201)], ["k"] * 201)
    assert explored_heatmaps.image_text(many, "t", "en") is None


def test_maps_have_every_point_with_its_id_and_category():
    held = twenty()
    plot = explored_maps.map_pca(held, "t", "en")
    points = [trace for trace in plot["data"] if trace["mode"] == "markers"]
    named = [name for trace in points for name in trace["text"]]
    assert len(named) == 40
    assert f"{texts_of(held['ids'])[0]}<br>Urban Scenes" in named
    assert len({trace["marker"]["symbol"] for trace in points}) == 8, "filled and hollow, by category"
    assert "% of the variance" in plot["layout"]["xaxis"]["title"]["text"]
    pairs = explored_maps.pair_map(items(), "t", "en")
    assert pairs["data"][1]["text"] == texts_of(items()["map_ids"])


@pytest.mark.parametrize("name", [name for name in registry if registry.get(name).interactive])
def test_every_plot_is_json(name):
    kind = registry.get(name)
    rows = [RowItems(row("train", "tiny", loss=loss), curve_items(loss, 3)) for loss in ("ce", "ce+anti")]
    held = (rows if name == "losses" else both()) if kind.several else items() | curve_items("ce", 3)
    if "ids" in kind.needs and not kind.several:
        held = twenty()
    plot = kind.explored(held, "a </script> title", "es")
    assert {"data", "layout", "title"} <= json.loads(json.dumps(plot, allow_nan=False)).keys()


def page_of(tmp_path, plots):
    """A page with a gallery of these plots, by name."""
    from PIL import Image

    figures = []
    for name, plot in plots.items():
        Image.new("RGB", (20, 20)).save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.json").write_text(json.dumps(plot))
        figures.append(
            Figure(PurePosixPath(f"{name}.png"), f"Caption of {name}.", name, None, PurePosixPath(f"{name}.json"))
        )
    return html.write(Document("A page", "en", [Gallery(tuple(figures))]), tmp_path)


@pytest.fixture
def explored(chromium, tmp_path):
    """Return a function that opens a page of plots, and explores them all."""
    pytest.importorskip("plotly", reason="pip install 'mmgap[app]': without it pictures stay as they are")
    contexts = []

    def show(plots, **options):
        (tmp_path / "report.html").write_text(page_of(tmp_path, plots), encoding="utf-8")
        context = opened(chromium, offline=True, **options)
        contexts.append(context)
        page = context.__enter__()
        page.goto((tmp_path / "report.html").as_uri())
        for name in plots:
            explore(page, name)
        return page

    yield show
    for context in contexts:
        context.__exit__(None, None, None)


def explore(page, name):
    button = page.get_by_role("button", name=f"Explore: {name}", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Back to the picture: {name}", exact=True).wait_for(timeout=TIMEOUT)
    page.wait_for_function("!document.querySelector('button.explore:disabled')")


def drawn(page, name, what):
    return page.evaluate(f"([name]) => document.querySelector('figure#' + name + ' .plot').data{what}", [name])


def test_the_slider_changes_the_histogram_from_the_keyboard(explored):
    plot = evolution(curve_items("ce", 4), "t", "en")
    page = explored({"evolution": plot})
    assert drawn(page, "evolution", "[2].y") == plot["steps"][0]["y"][2]
    slider = page.get_by_role("slider", name="epoch")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('output').textContent === 'epoch 4'")
    assert slider.get_attribute("aria-valuetext") == "epoch 4"
    assert drawn(page, "evolution", "[2].y") == plot["steps"][4]["y"][2]
    assert plot["steps"][4]["y"] != plot["steps"][0]["y"]


def test_lines_are_hidden_and_set_against_ce(explored):
    rows = [RowItems(row("train", "tiny", loss=loss), curve_items(loss, 3)) for loss in ("ce", "ce+anti")]
    plot = losses(rows, "t", "en")
    page = explored({"losses": plot})
    page.get_by_label("ce+anti").uncheck()
    assert drawn(page, "losses", "[1].visible") == "legendonly"
    page.get_by_label("what is shown").select_option("Δ gap against ce")
    assert drawn(page, "losses", "[1].y") == plot["steps"][2]["y"][1]


def test_hovering_says_the_ids(explored):
    page = explored({"heat": explored_heatmaps.image_image(twenty(), "t", "en")})
    box = page.locator("figure#heat .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.33, box["y"] + box["height"] * 0.12)
    label = page.locator("figure#heat .hovertext")
    label.first.wait_for(timeout=TIMEOUT)
    assert re.search(r"image Urban Scenes/photo \d of urban scenes.JPG", label.first.text_content())
    assert re.search(r"cosine .0?\.?\d", label.first.text_content())


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 380, "height": 800}}])
def test_axe_finds_nothing_serious_in_explored_pictures(explored, options):
    page = explored(
        {
            "evolution": evolution(curve_items("ce", 4), "t", "en"),
            "heat": explored_heatmaps.image_text_of_both(both(), "t", "en"),
            "map": explored_maps.map_pca(twenty(), "t", "en"),
        },
        **options,
    )
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    if options.get("color_scheme") == "dark":
        ground = page.evaluate("document.querySelector('#map .plot')._fullLayout.paper_bgcolor")
        assert ground == "#16181d"
    page.get_by_role("button", name="Back to the picture: map").click()
    assert page.locator("figure#map img").is_visible()
    assert not page.locator("figure#map .plot").count()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The address of a report of two practices; drawing it takes ten times as long as looking at it."""
    folder = tmp_path_factory.mktemp("report")
    cache = Cache(folder / "cache")
    write_report([practice(cache, twenty(0.05), BEFORE), practice(cache, twenty())], folder, cache=cache)
    return (folder / "report.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_report(chromium, report, scheme):
    with opened(chromium, offline=True, color_scheme=scheme) as page:
        page.goto(report)
        page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        page.locator(".tools").first.wait_for(timeout=TIMEOUT)
        assert serious_findings(page) == []


def test_without_plotly_the_page_has_its_pictures(tmp_path, monkeypatch):
    plots = {"evolution": evolution(curve_items("ce", 4), "t", "en")}
    monkeypatch.setattr(html, "plotly", lambda: "packed")
    assert "data-explores" in page_of(tmp_path, plots)
    monkeypatch.setattr(html, "plotly", lambda: "")
    text = page_of(tmp_path, plots)
    assert "data-explores" not in text
    assert 'id="plotly"' not in text
    assert "data:image/webp" in text


def test_plotly_stands_in_a_page_once_and_only_where_it_is_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(html, "plotly", lambda: "packed")
    plot = evolution(curve_items("ce", 4), "t", "en")
    assert page_of(tmp_path, {"a": plot, "b": plot}).count('id="plotly"') == 1
    assert 'id="plotly"' not in page_of(tmp_path, {"a": None}), "null is a picture without a plot"
    assert 'id="plotly"' not in html.write(Document("A page", "en", []), tmp_path)


def test_plots_beyond_the_budget_are_pictures_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(html, "plotly", lambda: "packed")
    plot = evolution(curve_items("ce", 4), "t", "en")
    monkeypatch.setattr(html, "BUDGET", int(1.5 * len(json.dumps(plot))))
    assert page_of(tmp_path, {"a": plot, "b": plot}).count("data-explores>") == 1


def test_data_end_no_script(tmp_path, monkeypatch):
    monkeypatch.setattr(html, "plotly", lambda: "packed")
    plot = {"title": "</script><script>alert(1)</script>", "data": [], "layout": {}}
    text = page_of(tmp_path, {"a": plot})
    assert "<script>alert" not in text


def test_the_packed_library_is_plotly_and_small():
    pytest.importorskip("plotly", reason="pip install 'mmgap[app]'")
    import base64
    import gzip

    packed = interactive_pictures.plotly()
    assert len(packed) < 2_200_000
    assert b"plotly.js" in gzip.decompress(base64.b64decode(packed))[:200]
