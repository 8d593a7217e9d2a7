"""The playground as one file, driven in a real browser without a network: its numbers are the package's."""

import base64
import json
import math
from dataclasses import asdict, replace
from html import escape
from urllib.parse import urlencode

import numpy as np
import pytest
import torch
from dash import html

import mmgap
from mmgap.app.playground.cone_draws import cone_draws
from mmgap.app.playground.descent import Descent
from mmgap.app.playground.exported_page import export, exported, rendered
from mmgap.app.playground.page_setup import METRICS, SEVEN
from mmgap.app.playground.presets import COLUMNS, preset_states, presets, published_cells
from mmgap.app.playground.state import PlaygroundState
from mmgap.losses.expression import read
from mmgap.theory.printed import half_unit, value_of
from tests.support.browser import opened
from tests.support.playground_page import PlaygroundPage

ABS = 1e-6
SMALL = PlaygroundState(n=60, seed=3, kappa_text=20.0, correlation=0.4)
rng = np.random.default_rng(14)


def random_state(loss):
    return PlaygroundState(
        n=int(rng.integers(2, 200)),
        seed=int(rng.integers(2**32)),
        dim=int(rng.choice([2, 3, 10, 100])),
        angle=round(float(rng.uniform(0, 180)), 2),
        kappa_image=round(float(10 ** rng.uniform(-1, 3)), 2),
        kappa_text=round(float(10 ** rng.uniform(-1, 3)), 2),
        correlation=round(float(rng.uniform(0, 1)), 3),
        loss=mmgap.losses.parse(loss).name,
        scale=round(float(10 ** rng.uniform(0, 2)), 2),
    )


STATES = [random_state(loss) for loss in (*SEVEN, "ce+0.5*intra(alpha=0.3)-0.1*var(beta=2)")]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return export(tmp_path_factory.mktemp("export") / "playground.html", query=SMALL.query())


@pytest.fixture(scope="module")
def playground(chromium, file):
    with opened(chromium, offline=True) as page:
        yield PlaygroundPage(page, file.as_uri())


@pytest.fixture
def small(playground):
    playground.to(**asdict(SMALL))
    return playground


def losses(state):
    x, y = (torch.from_numpy(v) for v in cone_draws(state))
    whole = mmgap.losses.parse(state.loss)
    return {
        part.name: mmgap.losses.parse(part.label)(x, y, logit_scale=state.scale).item() for part in read(state.loss)
    }, whole(x, y, logit_scale=state.scale).item()


def coordinates(points):
    return np.frombuffer(base64.b64decode(points["f4"]), dtype="<f4").reshape(points["n"], 3)


def differing(before, after):
    return {name for name in before if before[name] != after[name]}


def test_the_file_is_small_and_asks_for_nothing(file):
    content = file.read_text(encoding="utf-8")
    assert len(content.encode()) <= 6e6
    assert escape("default-src 'none'") in content
    assert '<html lang="en">' in content


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.loss)
def test_its_numbers_are_those_of_the_losses_and_of_measure(playground, state):
    playground.to(**asdict(state))
    shown, (terms, total), metrics = playground.shown(), losses(state), mmgap.measure(*cone_draws(state))
    assert shown["terms"] == pytest.approx(terms, abs=ABS)
    assert shown["total"] == pytest.approx(total, abs=ABS)
    assert shown["metrics"] == pytest.approx({name: metrics[name] for name in METRICS}, abs=ABS)


@pytest.mark.parametrize("loss", ["ce", "ce+anti+var", "cyclip"])
def test_fifty_steps_of_its_descent_are_those_of_the_app(playground, loss):
    state = replace(SMALL, loss=loss, step=50)
    found, expected = playground.to(**asdict(state)), Descent(state).reading(50)
    assert len(found["curves"]["step"]) == 51
    for name, values in expected["curves"].items():
        np.testing.assert_allclose(found["curves"][name], values, atol=ABS, err_msg=name)
    for side in ("images", "texts"):
        here, there = (coordinates(reading["points"][side]) for reading in (found, expected))
        np.testing.assert_allclose(here, there, atol=ABS)
    for name, shares in expected["histogram"].items():
        np.testing.assert_allclose(found["histogram"][name], shares, atol=ABS, err_msg=name)
    assert expected["curves"]["loss"][50] < expected["curves"]["loss"][0]


def test_a_descent_goes_on_where_it_was_left_for_another(small):
    for seed in (4, 3):
        small.to(seed=seed)
    found, expected = small.to(step=3), Descent(SMALL).reading(3)
    assert found["total"] == pytest.approx(expected["total"], abs=ABS)
    np.testing.assert_allclose(found["histogram"]["image_image"], expected["histogram"]["image_image"], atol=ABS)


def test_its_landscape_is_that_of_the_app(small):
    small.to(loss="ce+anti")
    found, expected = small.landscape(), Descent(replace(SMALL, loss="ce+anti")).landscape(0, math.inf)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=ABS, err_msg=name)


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_preset_shows_the_printed_figures_within_the_tolerance(playground, name, request):
    preset = presets()[name]
    playground.to(**asdict(PlaygroundState()))
    playground.page.select_option("#playground-preset", name)
    assert playground.settled()["state"] == asdict(preset_states()[name])
    shown = playground.shown()
    cells = {
        cell["column"]: cell
        for cell in published_cells(preset.table, request.config.rootpath)
        if cell["row"] == preset.row
    }
    for column, printed in preset.figures.items():
        kind, of = COLUMNS[column]
        value, cell = shown[f"{kind}s"][of], cells[column]
        assert abs(value - cell["mean"]) <= 4 * cell["sd"]  # one draw beside a hundred
        if cell["reproduced"]:
            assert abs(value - value_of(printed)) <= half_unit(printed) + 6 * cell["sd"]
        else:
            assert cell["discrepancy"]
    rows = playground.page.locator("#playground-printed tbody tr")
    assert rows.count() == len(preset.figures)


# A to G of the thesis's interface: each control changes what it should and nothing else.


def test_a_the_number_of_pairs_adds_points_and_moves_none(small):
    before, after = small.settled(), small.write("n", 90)
    assert differing(before["state"], after["state"]) == {"n"}
    np.testing.assert_array_equal(coordinates(after["points"]["images"])[:60], coordinates(before["points"]["images"]))
    assert after["points"]["texts"]["n"] == 90


def test_b_a_seed_draws_others_and_the_same_again(small):
    before, other = small.settled(), small.write("seed", 4)
    assert differing(before["state"], other["state"]) == {"seed"}
    for side in ("images", "texts"):
        assert not (coordinates(before["points"][side]) == coordinates(other["points"][side])).all(axis=1).any()
    assert small.write("seed", 3) == before


def test_c_and_e_a_weight_changes_the_sum_alone(small):
    before, after = small.settled(), small.write("weight_anti", 0.5)
    assert differing(before["state"], after["state"]) == {"loss"}
    assert after["state"]["loss"] == "ce+0.5*anti"
    assert (after["points"], after["metrics"]) == (before["points"], before["metrics"])
    ce, anti = small.shown()["terms"].values()
    assert small.shown()["total"] == pytest.approx(ce + 0.5 * anti)
    assert ce == before["total"]
    assert small.write("weight_anti", 0)["state"] == before["state"]


def test_c_alpha_and_beta_change_the_terms_that_have_them(small):
    before = small.to(loss="intra+var")
    alpha = small.write("alpha", 0.5)
    assert alpha["state"]["loss"] == "intra(alpha=0.5)+var"
    assert alpha["terms"][0]["value"] == pytest.approx(before["terms"][0]["value"] - 2 * 0.5 / 60)
    assert alpha["terms"][1] == before["terms"][1]
    beta = small.write("beta", 2)
    assert beta["terms"][1]["value"] == pytest.approx(2 * before["terms"][1]["value"])
    assert beta["terms"][0] == alpha["terms"][0]


def test_c_a_loss_that_is_written_moves_the_weights(small):
    small.page.fill("#playground-loss", "2*ce-0.5*var")
    assert small.settled()["state"]["loss"] == "2*ce-0.5*var"
    weights = [small.page.input_value(f"#playground-weight-{name}-number") for name in ("ce", "var", "anti")]
    assert weights == ["2", "-0.5", "0"]
    small.page.fill("#playground-loss", "2*ce-nothing")
    assert "unknown loss 'nothing'" in small.said()
    assert small.page.get_attribute("#playground-loss", "aria-invalid") == "true"
    assert small.settled()["state"]["loss"] == "2*ce-0.5*var"


def test_the_logit_scale_changes_the_loss_alone(small):
    before, after = small.settled(), small.write("scale", 5)
    assert differing(before["state"], after["state"]) == {"scale"}
    assert (after["points"], after["metrics"]) == (before["points"], before["metrics"])
    assert after["total"] != before["total"]


def test_d_the_angle_turns_the_cones_apart(small):
    before, after = small.settled(), small.write("angle", 180)
    assert differing(before["state"], after["state"]) == {"angle"}
    images, texts = (np.array(after["points"][f"{side}_mean"]) for side in ("image", "text"))
    assert images @ texts / np.linalg.norm(images) / np.linalg.norm(texts) < -0.99
    np.testing.assert_allclose(np.linalg.norm(coordinates(after["points"]["images"]), axis=1), 1, atol=ABS)
    assert after["metrics"]["gap"] > before["metrics"]["gap"]


@pytest.mark.parametrize(("name", "moved", "still"), [("image", "images", "texts"), ("text", "texts", "images")])
def test_d_a_concentration_narrows_its_own_cone_alone(small, name, moved, still):
    before, after = small.to(correlation=0), small.write(f"kappa_{name}", 5000)
    assert differing(before["state"], after["state"]) == {f"kappa_{name}"}
    assert after["points"][still] == before["points"][still]
    assert (
        coordinates(after["points"][moved]).std(axis=0).max() < coordinates(before["points"][moved]).std(axis=0).max()
    )


def test_d_in_more_dimensions_the_cosines_of_both_sets_fall(small):
    before, after = small.settled(), small.write("dim", 300)
    assert differing(before["state"], after["state"]) == {"dim"}
    assert after["points"]["projected"]
    assert "300" in small.page.inner_text("#playground-seen")
    assert after["metrics"]["uniformity"] < before["metrics"]["uniformity"]


def test_correlated_pairs_are_found_and_images_stay(small):
    small.to(kappa_text=200)
    before, after = small.settled(), small.write("correlation", 1)
    assert differing(before["state"], after["state"]) == {"correlation"}
    assert after["points"]["images"] == before["points"]["images"]
    assert after["points"]["texts"] != before["points"]["texts"]


def picture_of_sphere(playground):
    playground.page.evaluate("() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    return playground.page.evaluate("document.getElementById('playground-scene').toDataURL()")


@pytest.mark.parametrize("by", ["keys", "pointer"])
def test_f_the_sphere_turns_and_nothing_is_computed(small, by):
    before, drawn = small.settled(), picture_of_sphere(small)
    scene = small.page.locator("#playground-scene")
    if by == "keys":
        scene.focus()
        small.page.keyboard.press("ArrowLeft")
    else:
        box = scene.bounding_box()
        small.page.mouse.move(box["x"] + 100, box["y"] + 150)
        small.page.mouse.down()
        small.page.mouse.move(box["x"] + 160, box["y"] + 170)
        small.page.mouse.up()
    assert picture_of_sphere(small) != drawn
    assert small.settled() == before
    scene.focus()
    small.page.keyboard.press("Home")
    assert picture_of_sphere(small) == drawn


def test_g_the_readings_are_in_the_table_and_in_words_beside_the_sphere(small):
    shown = small.shown()
    assert {"gap", "misalignment", "uniformity", "t2i_r1", "i2t_r1"} <= set(shown["metrics"])
    assert f"gap {shown['metrics']['gap']:.4f}" in small.page.get_attribute("#playground-scene", "aria-label")


def test_a_range_moves_its_number_and_a_key_moves_the_range(small):
    for name, moved in (("angle", "91"), ("kappa-image", "209"), ("weight-ce", "1.05")):
        small.page.focus(f"#playground-{name}")
        small.page.keyboard.press("ArrowRight")
        small.settled()
        assert small.page.input_value(f"#playground-{name}-number") == moved
    assert small.settled()["state"] == asdict(replace(SMALL, angle=91.0, kappa_image=209.0, loss="1.05*ce"))


def test_a_number_that_cannot_be_is_marked_and_not_taken(small):
    before, after = small.settled(), small.write("n", 99999)
    assert after == before
    assert small.page.get_attribute("#playground-n-number", "aria-invalid") is not None


def test_played_the_descent_lowers_the_loss_and_every_step_stays(small):
    found = small.played(12)
    step, loss = found["state"]["step"], found["curves"]["loss"]
    assert step >= 12
    assert loss[step] < loss[0]
    assert small.shown()["total"] == loss[step]
    assert small.press("back")["total"] == loss[step - 1]
    assert small.press("forward")["total"] == loss[step]
    assert small.press("reset")["state"]["step"] == 0
    assert small.shown()["total"] == loss[0]


# The address, and what the page hands out.


def test_the_address_says_the_whole_state(small, chromium, file):
    state = replace(STATES[-1], step=2)
    expected = small.to(**asdict(state))
    small.page.wait_for_function("(query) => location.hash === '#' + query", arg=state.query())
    with opened(chromium, offline=True) as page:
        again = PlaygroundPage(page, f"{file.as_uri()}#{state.query()}").settled()
    assert again == expected


HOSTILE = {
    "n": "<img src=x onerror=alert(1)>",
    "seed": "__proto__",
    "angle": "1e999",
    "kappa_image": "NaN",
    "loss": "<script>alert(1)</script>",
    "preset": "'\"><svg onload=alert(1)>",
    "scale": "javascript:alert(1)",
}


def test_what_an_address_says_amiss_is_named_and_never_run(chromium, file):
    with opened(chromium, offline=True) as page:
        playground = PlaygroundPage(page, f"{file.as_uri()}#{urlencode(HOSTILE)}&constructor=1&__proto__=2")
        assert playground.settled()["state"] == asdict(PlaygroundState())
        said = playground.said().splitlines()
        assert [any(line.startswith(f"{name}=") for line in said) for name in HOSTILE] == [True] * len(HOSTILE)
        assert page.locator("main img, main script, main svg[onload]").count() == 0


def test_it_hands_out_its_readings_a_picture_and_itself(small, chromium, tmp_path):
    expected = small.to(loss="ce+anti", step=2)
    saved = {}
    for name in ("json", "png", "html"):
        with small.page.expect_download() as handed:
            small.page.click(f"#playground-{name}")
        saved[name] = tmp_path / handed.value.suggested_filename
        handed.value.save_as(saved[name])
    found = json.loads(saved["json"].read_text())
    assert (found["query"], found["total"]) == (expected["query"], expected["total"])
    assert saved["png"].read_bytes().startswith(b"\x89PNG")
    with opened(chromium, offline=True) as page:
        again = PlaygroundPage(page, saved["html"].as_uri())
        assert again.settled()["total"] == expected["total"]
        assert page.locator("#playground-values table").count() == 2


def test_a_language_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="no language 'xx'"):
        exported("xx")


def test_text_is_escaped_and_attributes_are_spelled_as_html():
    odd = html.Label(['<b>"'], htmlFor="a", title='"><script>', hidden=False)
    assert rendered(odd) == '<label for="a" title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&quot;</label>'
