"""The playground's page in a real browser: the app and the exported file show the same, to everybody, on any screen."""

from dataclasses import asdict, replace
from urllib.parse import urlencode

import pytest

from mmgap.app.playground.exported_page import export
from mmgap.app.playground.playground_tab import playground_tab
from mmgap.app.playground.presets import preset_states
from mmgap.app.playground.state import PlaygroundState
from mmgap.app.playground.stories import STORIES
from tests.support.axe import serious_findings
from tests.support.browser import opened
from tests.support.playground_page import PlaygroundPage

ABS = 1e-6
SMALL = PlaygroundState(n=60, seed=3, kappa_text=20.0, correlation=0.4)
HOSTILE = {
    "n": "<img src=x onerror=alert(1)>",
    "loss": "<script>alert(1)</script>",
    "preset": "'\"><svg onload=alert(1)>",
}


@pytest.fixture(scope="module")
def addresses(served, request, tmp_path_factory):
    """Return a function (kind, language, state) → the address of the app or of an exported file in that state."""
    host = served((playground_tab(request.config.rootpath),))
    folder = tmp_path_factory.mktemp("export")
    files = {
        language: export(folder / f"{language}.html", language, replace(SMALL, step=1).query())
        for language in ("en", "es")
    }

    def address(kind, language="en", state=SMALL):
        if kind == "file":
            return f"{files[language].as_uri()}#{state.query()}"
        return f"{host}/playground?{state.query()}&lang={language}"

    return address


@pytest.mark.parametrize("values", [{}, {"loss": "cyclip", "dim": 20}, {"loss": "ce+anti+var", "step": 5}])
def test_the_file_shows_what_the_app_shows(chromium, addresses, values):
    state = replace(SMALL, **values)
    seen = {}
    for kind in ("app", "file"):
        with opened(chromium) as page:
            playground = PlaygroundPage(page, addresses(kind, state=state))
            seen[kind] = playground.settled(), playground.shown(), playground.landscape()
    (app, shown, landscape), (file, file_shown, file_landscape) = seen["app"], seen["file"]
    assert (app["state"], app["query"]) == (file["state"], file["query"])
    for name in ("metrics", "terms"):
        assert shown[name] == pytest.approx(file_shown[name], abs=ABS)
    assert shown["total"] == pytest.approx(file_shown["total"], abs=ABS)
    for name in ("curves", "histogram"):
        assert app[name].keys() == file[name].keys()
        for key, values in app[name].items():
            assert values == pytest.approx(file[name][key], abs=ABS)
    for name, values in landscape.items():
        assert values == pytest.approx(file_landscape[name], abs=ABS)


def test_in_the_app_the_address_holds_the_state_and_the_descent_plays(page, addresses):
    playground = PlaygroundPage(page, addresses("app"))
    playground.write("angle", 120)
    playground.write("weight_anti", 1)
    found = playground.played(5)
    assert found["curves"]["loss"][-1] < found["curves"]["loss"][0]
    state = PlaygroundState(**found["state"])
    assert (state.angle, state.loss) == (120, "ce+anti")
    page.wait_for_function("(query) => location.search === `?${query}&lang=en`", arg=state.query())
    page.reload()
    again = PlaygroundPage(page, page.url)
    assert again.settled()["state"] == found["state"]
    page.click("#language-es")
    page.wait_for_selector("text=Dos conos")
    assert again.settled()["state"] == found["state"]


def test_two_readers_at_once_see_each_their_own_state(chromium, addresses):
    with opened(chromium) as one, opened(chromium) as other:
        first = PlaygroundPage(one, addresses("app"))
        second = PlaygroundPage(other, addresses("app", "es", replace(SMALL, n=90, loss="ce+anti")))
        both = {"one": first.settled(), "other": second.settled()}
        one.click("#playground-play")
        for angle in (30, 60, 150):
            found = second.write("angle", angle)
        one.click("#playground-play")
        played = first.settled()
        assert found["state"] == {**both["other"]["state"], "angle": 150}
        assert played["state"] == {**both["one"]["state"], "step": played["state"]["step"]}
        assert played["curves"]["loss"][0] == both["one"]["total"]
        assert second.write("angle", SMALL.angle) == both["other"]


def test_a_hostile_address_of_the_app_is_named_and_never_run(page, addresses):
    host = addresses("app").partition("/playground")[0]
    playground = PlaygroundPage(page, f"{host}/playground?{urlencode(HOSTILE)}&__proto__=1&constructor=2")
    assert playground.settled()["state"] == asdict(PlaygroundState())
    said = playground.said().splitlines()
    assert [any(line.startswith(f"{name}=") for line in said) for name in HOSTILE] == [True] * len(HOSTILE)
    assert page.locator("main img, main script, main svg[onload]").count() == 0


@pytest.mark.parametrize("k", range(len(STORIES)))
def test_a_story_is_played_at_one_press(page, addresses, k):
    playground = PlaygroundPage(page, addresses("file"))
    page.click(f"#playground-story-{k}")
    assert page.inner_text("#playground-introduction") == STORIES[k].words
    page.wait_for_function("() => mmgap.playground.page.state.step >= 3")
    found = playground.press("play")
    assert {**found["state"], "step": 0} == asdict(STORIES[k].state)


@pytest.mark.parametrize("kind", ["app", "file"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_nobody_is_kept_out(chromium, addresses, kind, language):
    preset = preset_states()["5.3/theta_deg=90"]
    with opened(chromium) as page:
        playground = PlaygroundPage(page, addresses(kind, language, preset))
        playground.landscape()
        assert page.get_attribute("html", "lang") == language
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function("() => document.querySelectorAll('.chart .main-svg').length >= 6")
            assert serious_findings(page) == [], scheme


@pytest.mark.parametrize("kind", ["app", "file"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_on_a_phone_nothing_is_cut_off_and_the_sphere_comes_first(chromium, addresses, kind, language):
    with opened(chromium, viewport={"width": 380, "height": 780}) as page:
        playground = PlaygroundPage(page, addresses(kind, language))
        playground.landscape()
        assert page.evaluate("() => document.documentElement.scrollWidth") == 380
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main :is(button, input, select, label, th, td)")]
              .filter((one) => one.offsetParent && !one.closest(".wide"))
              .map((one) => [one.id || one.textContent, one.getBoundingClientRect()])
              .filter(([, { left, right }]) => left < 0 || right > 380)
              .map(([name]) => name)"""
        )
        assert cut == []
        assert page.locator("#playground-scene").bounding_box()["y"] < 500
        assert (
            page.locator("#playground-n").bounding_box()["y"] > page.locator("#playground-values").bounding_box()["y"]
        )
