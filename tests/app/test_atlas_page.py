"""The atlas in a real browser: what is shown, coloured, chosen and said, and that the address brings it back."""

import dataclasses
import json
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest

from mmgap.app.atlas.atlas_tab import atlas_tab
from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.shell.pictures import connect_pictures, picture_address
from mmgap.app.shell.server import make_app
from tests.support.axe import serious_findings
from tests.support.browser import opened
from tests.support.made_atlases import CATEGORIES, HOSTILE, cones, pictures

DRAWN = "#atlas-root[data-drawn]"

#: The state of the saved vectors' page.
USUAL = {"space": "centre", "map": "pca", "colour": "modality", "lines": "1", "chosen": ""}

#: Where a point of a map stands on the screen: (map, x, y) → [x, y].
PLACE = """([k, x, y]) => {
  const plot = mmgap.atlas.page.plots[k].element, { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  return [box.x + xaxis._offset + xaxis.l2p(x), box.y + yaxis._offset + yaxis.l2p(y)];
}"""

#: Whether the maps were drawn again since they had been drawn n times.
AGAIN = """(n) => document.querySelector('#atlas-root').dataset.drawn !== n
  && mmgap.atlas.page.plots.every((plot) => !plot.busy)"""

#: The items that have a ring in a map, by their places, and the points of its lines.
RINGS = (
    "(k) => { const { x, y } = mmgap.atlas.page.plots[k].element.data.at(-1); return x.map((_, i) => [x[i], y[i]]); }"
)
LINES = "(k) => mmgap.atlas.page.plots[k].element.data.filter((t) => t.mode === 'lines').map((t) => [...t.x])"
COLOURS = "(k) => mmgap.atlas.page.plots[k].element.data.slice(1, -2).map((t) => t.marker.color)"


def with_pictures(source, **usual):
    """The tab of a source, with the addresses of its pictures."""
    tab = atlas_tab(Embeddings(source), **usual)

    def connect(app):
        tab.connect(app)
        connect_pictures(app, {source.key: source}.get)

    return dataclasses.replace(tab, connect=connect)


@pytest.fixture(scope="module")
def captioned(tmp_path_factory):
    return pictures(tmp_path_factory.mktemp("folder"))


@pytest.fixture(scope="module")
def address(captioned, served):
    return served([with_pictures(captioned)])


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return Embeddings(cones(tmp_path_factory.mktemp("cones"), 60))


@pytest.fixture(scope="module")
def beside(saved, served):
    """The address of saved vectors before and after ``centre``."""
    return served([atlas_tab(saved, space="centre")])


@pytest.fixture(scope="module")
def one_map(kept_page, address):
    """A page with the pictures' map."""
    return visited(kept_page(), f"{address}/atlas")


@pytest.fixture(scope="module")
def two_maps(kept_page, beside):
    """A page with the saved vectors' maps."""
    return visited(kept_page(), f"{beside}/atlas")


@pytest.fixture(autouse=True)
def usual(request):
    """Kept pages begin each test in their usual state."""
    for name, space in (("one_map", "as-is"), ("two_maps", "centre")):
        if name in request.fixturenames:
            page, state = request.getfixturevalue(name), {**USUAL, "space": space}
            page.bring_to_front()
            page.evaluate("mmgap.atlas.page.chosen.clear()")
            changed(page, lambda page=page, state=state: page.evaluate("(s) => mmgap.atlas.page.change(s)", state))
            page.evaluate("mmgap.atlas.page.showControls()")


def visited(page, address):
    page.goto(address)
    page.wait_for_selector(DRAWN)
    page.wait_for_function("() => !document.querySelector('#atlas-root[aria-busy]')")
    return page


def changed(page, change):
    """Do what changes the map, and wait until it is drawn again."""
    before = page.get_attribute("#atlas-root", "data-drawn")
    change()
    page.wait_for_function(AGAIN, arg=before)


def lone_point(points, among):
    """The point of ``among`` that is furthest from its nearest other one."""
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(axis=1)[:among].argmax())


def test_the_card_at_a_point_shows_its_picture_and_caption(one_map, captioned):
    page = one_map
    points = Embeddings(captioned).atlas(None, "pca").maps[0].places.points
    item = lone_point(points, 24)
    page.mouse.move(*page.evaluate(PLACE, [0, *map(float, points[item])]))
    page.wait_for_selector(".atlas-card:not([hidden])")
    assert captioned.names[item] in page.inner_text(".atlas-card strong")
    assert captioned.captions[item] in page.inner_text(".atlas-card")
    source = page.get_attribute(".atlas-card img", "src")
    assert source == picture_address(captioned, item)
    assert page.locator(".atlas-card img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") > 0
    page.mouse.move(5, 5)
    page.wait_for_selector(".atlas-card", state="hidden")


def test_points_take_the_colour_of_each_choice(one_map, captioned):
    page = one_map
    columns = Embeddings(captioned).atlas(None, "pca").maps[0].embedding.columns
    assert page.evaluate(COLOURS, 0) == ["#0072b2", "#d55e00"]
    changed(page, lambda: page.select_option("#atlas-colour", "category"))
    colours = page.evaluate(COLOURS, 0)
    assert len(colours) == 6  # three categories, of images and of texts
    assert colours[:3] == colours[3:]
    assert len(set(colours)) == 3
    for name in CATEGORIES:
        assert page.locator(".atlas-legend .entry", has_text=name).count() == 1
    for name, shift in (("rank", 0), ("hubness", 1)):
        changed(page, lambda name=name: page.select_option("#atlas-colour", name))
        painted = np.concatenate(page.evaluate(COLOURS, 0))
        np.testing.assert_allclose(painted, np.log10(getattr(columns, name) + shift), atol=1e-6)
        assert page.locator(".atlas-legend .scale").count() == 1


def test_a_group_of_the_legend_can_be_left_out(one_map):
    page = one_map
    changed(page, lambda: page.select_option("#atlas-colour", "category"))
    changed(page, lambda: page.locator(".atlas-legend input").first.press("Space"))
    assert len(page.evaluate(COLOURS, 0)) == 4
    assert page.evaluate("document.activeElement.type") == "checkbox"  # and the keyboard stays where it was


def test_before_and_after_stand_side_by_side_with_one_selection(two_maps, saved):
    page = two_maps
    before, after = saved.atlas("centre", "pca").maps
    assert page.locator("figure h2").all_inner_texts() == ["as they are · PCA", "centre · PCA"]
    for k, drawn in enumerate((before, after)):
        assert f"{drawn.embedding.columns.corrected.value:.3f}" in page.locator(".atlas-said").nth(k).inner_text()
    boxes = [page.locator("figure").nth(k).bounding_box() for k in (0, 1)]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    points = before.places.points
    item = lone_point(points, len(points))
    changed(page, lambda: page.mouse.click(*page.evaluate(PLACE, [0, *map(float, points[item])])))
    for k, drawn in enumerate((before, after)):
        np.testing.assert_allclose(page.evaluate(RINGS, k), [drawn.places.points[item]], atol=1e-6)
    assert page.locator(".atlas-chosen tbody tr").count() == 1
    numbers = page.locator(".atlas-chosen tbody td.number").all_inner_texts()
    assert float(numbers[0]) == pytest.approx(before.embedding.columns.rank[item], abs=0.05)
    assert float(numbers[1]) == pytest.approx(after.embedding.columns.rank[item], abs=0.05)


def test_a_box_chooses_what_lies_in_it_in_both_maps(two_maps, saved):
    page = two_maps
    points = saved.atlas("centre", "pca").maps[0].places.points
    low, high = points.min(axis=0) - 0.02, np.median(points, axis=0)
    (left, bottom), (right, top) = (page.evaluate(PLACE, [0, *map(float, corner)]) for corner in (low, high))

    def drag():
        page.mouse.move(left, bottom)
        page.mouse.down()
        page.mouse.move(right, top, steps=5)
        page.mouse.up()

    changed(page, drag)
    inside = int(((points > low) & (points < high)).all(axis=1).sum())
    assert inside > 0
    assert len(page.evaluate(RINGS, 1)) == pytest.approx(inside, abs=1)  # a point may stand on the edge's pixel
    changed(page, lambda: page.click(".atlas-chosen button:has-text('Clear')"))
    assert page.evaluate(RINGS, 1) == []


def test_pairs_are_joined_while_they_are_few_and_those_of_chosen_points_always(two_maps, saved):
    page = two_maps
    atlas = saved.atlas("centre", "pca")
    n, x = len(atlas.places), atlas.maps[1].places.points[:, 0]
    expected = [value for i in range(n) for value in (x[i], x[n + i], None)]
    few, of_chosen = page.evaluate(LINES, 1)
    assert few == pytest.approx(expected, abs=1e-6)
    assert of_chosen == []
    changed(page, lambda: page.evaluate("mmgap.atlas.page.choose([0], false)"))
    assert page.evaluate(LINES, 1)[1] == pytest.approx(expected[:3], abs=1e-6)
    changed(page, lambda: page.uncheck("#atlas-lines"))
    assert page.evaluate(LINES, 1) == [[], []]


def test_the_address_brings_the_whole_state_back(page, beside):
    visited(page, f"{beside}/atlas")
    changed(page, lambda: page.select_option("#atlas-space", "zscore"))
    changed(page, lambda: page.select_option("#atlas-map", "tsne"))
    changed(page, lambda: page.select_option("#atlas-colour", "hubness"))
    changed(page, lambda: page.uncheck("#atlas-lines"))
    changed(page, lambda: page.evaluate("mmgap.atlas.page.choose([3, 40], false)"))
    state = page.evaluate("mmgap.atlas.page.state")
    assert state == {"space": "zscore", "map": "tsne", "colour": "hubness", "lines": "0", "chosen": "i3,t10"}
    visited(page, page.url)
    assert page.evaluate("mmgap.atlas.page.state") == state
    assert page.locator("figure h2").all_inner_texts() == ["as they are · t-SNE", "zscore · t-SNE"]
    assert page.locator(".atlas-chosen tbody tr").count() == 2
    page.click("#language-es")
    page.wait_for_selector("label:has-text('Espacio')")
    page.wait_for_selector(DRAWN)
    assert page.evaluate("mmgap.atlas.page.state") == state


def test_the_vectors_as_they_are_can_be_asked_for_where_a_space_is_usual(two_maps):
    page = two_maps
    changed(page, lambda: page.select_option("#atlas-space", "as-is"))
    assert page.locator("figure h2").all_inner_texts() == ["vectors:images.npy,texts.npy,owner.npy · PCA"]
    assert "space=as-is" in page.url
    changed(page, lambda: page.select_option("#atlas-space", "centre"))
    assert page.locator("figure h2").count() == 2


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ({}, {}),
        ({"space": "nothing"}, {}),
        ({"space": "x" * 5000}, {}),
        ({"map": "<b>"}, {}),
        ({"colour": "\0"}, {}),
        ({"lines": "0"}, {"lines": "0"}),
        ({"space": ""}, {"space": "as-is"}),
        ({"space": "zca:eps=0.010+shift:0.5"}, {"space": "zca:0.01+shift:0.5"}),
        ({"map": "tsne", "colour": "rank", "space": "as-is"}, {"map": "tsne", "colour": "rank", "space": "as-is"}),
    ],
)
def test_an_address_says_the_state_and_what_makes_no_sense_is_named(saved, query, state):
    shown = atlas_tab(saved, space="centre").layout(query, "en")
    setup = next(part.data for part in shown if getattr(part, "id", "") == "atlas-setup")
    assert setup["state"] == {**USUAL, **state}
    wrong = query and not state
    assert setup["said"].startswith("The address asks for what there is not") == bool(wrong)
    assert len(setup["said"]) < 200


def test_an_address_that_makes_no_sense_shows_the_usual_and_says_so(page, beside):
    visited(page, f"{beside}/atlas?space=nothing&map=%3Cb%3E&colour=%00&chosen=i99,,t-1,zz,i{'9' * 50}")
    assert page.locator("figure h2").all_inner_texts() == ["as they are · PCA", "centre · PCA"]
    assert "(map=<b>, colour=\\x00, space=nothing)" in page.inner_text(".atlas-progress")
    assert page.locator(".atlas-chosen tbody tr").count() == 0


def test_by_keyboard_points_are_found_chosen_and_taken_out(one_map):
    page = one_map
    page.focus("#atlas-find")
    page.keyboard.type("number 2")
    changed(page, lambda: page.keyboard.press("Enter"))
    rows = page.locator(".atlas-chosen tbody tr")
    assert rows.count() == 5  # texts number 2, 20, 21, 22 and 23
    changed(page, lambda: rows.first.locator("button").press("Enter"))
    assert rows.count() == 4
    page.focus("#atlas-colour")
    changed(page, lambda: page.keyboard.press("ArrowDown"))
    assert page.evaluate("mmgap.atlas.page.state.colour") == "category"
    assert page.evaluate("document.activeElement.id") == "atlas-colour"
    page.fill("#atlas-find", "nothing has this")
    changed(page, lambda: page.press("#atlas-find", "Enter"))
    assert page.inner_text(".atlas-progress") == "Nothing has these words."


def test_controls_and_maps_have_names_and_words_for_who_cannot_see_them(two_maps):
    page = two_maps
    for role, name in (("combobox", "Map"), ("combobox", "Space"), ("combobox", "Colour by"), ("searchbox", "Find")):
        assert page.get_by_role(role, name=name).count() == 1
    figure = page.get_by_role("figure", name="centre · PCA")
    described = page.inner_text("#" + figure.get_attribute("aria-describedby"))
    assert "Their centres are" in described


def test_axe_core_finds_nothing_serious_in_light_and_dark(two_maps):
    page = two_maps
    changed(page, lambda: page.evaluate("mmgap.atlas.page.choose([0, 40], false)"))
    for scheme in ("dark", "light"):
        changed(page, lambda scheme=scheme: page.emulate_media(color_scheme=scheme))
        assert serious_findings(page) == []


def test_on_a_phone_nothing_is_cut_off(page, beside):
    page.set_viewport_size({"width": 380, "height": 800})
    visited(page, f"{beside}/atlas?chosen=i0,t1")
    assert page.evaluate("document.documentElement.scrollWidth") == 380
    boxes = [page.locator("figure").nth(k).bounding_box() for k in (0, 1)]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]


def test_hostile_words_are_shown_as_words(one_map):
    page = one_map
    changed(page, lambda: page.select_option("#atlas-colour", "category"))
    changed(page, lambda: page.evaluate("mmgap.atlas.page.choose([0, 24], false)"))
    assert page.locator(".atlas-chosen td.caption").all_inner_texts() == [HOSTILE, HOSTILE]
    assert page.evaluate("window.taken") is None
    assert page.locator("main b").count() == 0


def test_two_readers_have_each_their_own_state(chromium, beside):
    with opened(chromium) as first, opened(chromium) as second:
        visited(first, f"{beside}/atlas?space=centre&chosen=i1")
        visited(second, f"{beside}/atlas?space=zscore&colour=rank")
        changed(second, lambda: second.uncheck("#atlas-lines"))
        assert first.locator("figure h2").nth(1).inner_text() == "centre · PCA"
        assert first.evaluate("mmgap.atlas.page.state.lines") == "1"
        assert second.locator("figure h2").nth(1).inner_text() == "zscore · PCA"
        assert second.locator(".atlas-chosen tbody tr").count() == 0


def test_no_trace_is_longer_than_100000_points(two_maps):
    page = two_maps
    lengths = page.evaluate(
        """() => {
          const map = { x: new Float32Array(450000), y: new Float32Array(450000), axes: ["", ""] };
          const items = { images: 250000, texts: 200000, count: 450000, maps: [map], isImage: (item) => item < 250000 };
          const plot = new mmgap.atlas.MapPlot(document.createElement("div"), items, map, {});
          plot.members = [];
          const traces = plot.traces(mmgap.atlas.colouring("modality", items, {}), new Set());
          return traces.map((trace) => [trace.type, trace.x.length]);
        }"""
    )
    assert lengths == [["scattergl", n] for n in (100000, 100000, 50000, 100000, 100000)]


def asked(address):
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize(
    "path", ["24", "-1", "999999999999999999999", "0/../../captions.csv", "..%2f..%2fcaptions.csv", "captions.csv"]
)
def test_nothing_but_the_pictures_of_the_data_set_can_be_read(address, captioned, path):
    status, found = asked(f"{address}/picture/{captioned.key}/{path}")
    assert status == 404 or (b"plain picture" not in found and b"<html" in found.lower())
    assert asked(f"{address}/picture/0000000000000000/0")[0] == 404
    assert asked(f"{address}{picture_address(captioned, 0)}")[1].startswith(b"\x89PNG")


def test_long_work_says_how_far_it_is_and_what_fails_says_why(saved):
    begun, ended = threading.Event(), threading.Event()

    class Slow(Embeddings):
        def atlas(self, space, kind, tell=None):
            if space == "zscore":
                raise ValueError("no such thing can be drawn")
            tell("step 3 of 7")
            begun.set()
            ended.wait(120)
            return super().atlas(space, kind)

    client = make_app([atlas_tab(Slow(saved.first))]).server.test_client()
    ask = lambda query: json.loads(client.get(f"/atlas/map?{query}", base_url="http://127.0.0.1").data)  # noqa: E731
    assert "progress" in ask("map=pca")
    assert begun.wait(120)
    assert ask("map=pca") == {"progress": "step 3 of 7"}
    ended.set()
    while "progress" in (found := ask("map=pca")):
        pass
    assert found["images"] == 60
    assert ask("map=pca&space=zscore") == {"error": "no such thing can be drawn"}
    assert "unknown space 'nothing'" in ask("map=pca&space=nothing")["error"]
    assert "a map is one of" in ask("map=mds")["error"]
