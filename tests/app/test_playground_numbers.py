"""The playground's numbers are those of mmgap.measure and mmgap.losses; its descent lowers what it says it lowers."""

import base64
import math
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

import mmgap
from mmgap.app.playground import kept_descents
from mmgap.app.playground.cone_draws import cone_draws
from mmgap.app.playground.descent import Descent, StuckDescentError, descended
from mmgap.app.playground.kept_descents import KeptDescents
from mmgap.app.playground.page_setup import SEVEN
from mmgap.app.playground.presets import COLUMNS, preset_states, presets, published_cells, published_row
from mmgap.app.playground.readings import measured
from mmgap.app.playground.state import PlaygroundState
from mmgap.metrics import cosine_histograms, modality_gap
from mmgap.theory.printed import half_unit, value_of

SMALL = PlaygroundState(n=60, seed=3, kappa_text=20.0, correlation=0.4)
FOREVER = math.inf


def unpacked(points):
    return np.frombuffer(base64.b64decode(points["f4"]), dtype="<f4").reshape(points["n"], 3)


def at(loss, x, y, scale=20.0):
    return mmgap.losses.parse(loss)(torch.from_numpy(x), torch.from_numpy(y), logit_scale=scale).item()


@pytest.mark.parametrize("n", [2, 60, 1500])
@pytest.mark.parametrize("dim", [2, 3, 40])
def test_metrics_equal_those_of_measure_exactly(n, dim):
    x, y = cone_draws(replace(SMALL, n=n, dim=dim))
    found, expected = measured(x, y).metrics, mmgap.measure(x, y)
    assert found == {name: expected[name] for name in found}


def test_histograms_are_the_shares_of_all_cosines():
    x, y = cone_draws(SMALL)
    found, expected = measured(x, y).histogram, cosine_histograms(x, y, bins=60)
    for name, counts in zip(found, (expected.image, expected.text, expected.matched, expected.unmatched), strict=True):
        np.testing.assert_allclose(found[name], counts / counts.sum())
        assert sum(found[name]) == pytest.approx(1)


@pytest.mark.parametrize("loss", [*SEVEN, "ce+0.5*intra(alpha=0.3)-0.1*var(beta=2)", "siglip+0.2*uniform"])
def test_terms_and_total_equal_the_losses_exactly(loss):
    reading = Descent(replace(SMALL, loss=loss, scale=7.0)).reading(0)
    x, y = cone_draws(SMALL)
    assert reading["total"] == at(loss, x, y, 7.0)
    assert reading["total"] == pytest.approx(
        sum(term["weight"] * term["value"] for term in reading["terms"]), abs=1e-12
    )
    for term in reading["terms"]:
        assert term["value"] == at(term["label"], x, y, 7.0)


def test_points_are_the_vectors_on_the_first_three_axes():
    for dim in (2, 3, 40):
        x, y = cone_draws(replace(SMALL, dim=dim))
        found = Descent(replace(SMALL, dim=dim)).frame(0)["points"]
        padded = [np.pad(v, ((0, 0), (0, 1)))[:, :3] for v in (x, y)]
        np.testing.assert_array_equal(unpacked(found["images"]), padded[0].astype("f4"))
        np.testing.assert_array_equal(unpacked(found["texts"]), padded[1].astype("f4"))
        np.testing.assert_allclose(found["text_mean"], padded[1].mean(axis=0))
        assert found["projected"] == (dim > 3)


def test_the_landscape_is_the_loss_along_the_shift_that_closes_the_gap():
    found = Descent(replace(SMALL, loss="ce+anti")).landscape(0, FOREVER)
    x, y = cone_draws(SMALL)
    apart = x.mean(axis=0) - y.mean(axis=0)
    assert (found["shift"][0], found["shift"][-1], len(found["shift"])) == (-1, 3, 41)
    for shift, loss, gap in zip(*found.values(), strict=True):
        moved = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x - shift / 2 * apart, y + shift / 2 * apart)]
        assert loss == pytest.approx(at("ce+anti", *moved), rel=1e-12)
        assert gap == pytest.approx(modality_gap(*moved), rel=1e-9)
    as_it_is = found["shift"].index(0)
    assert found["loss"][as_it_is] == pytest.approx(at("ce+anti", x, y), rel=1e-12)


@pytest.mark.parametrize("loss", SEVEN)
@pytest.mark.parametrize(
    "state", [PlaygroundState(n=60), PlaygroundState(n=60, dim=16, correlation=0.8, kappa_image=30.0)]
)
def test_the_descent_lowers_each_of_the_seven_losses(state, loss):
    walk = Descent(replace(state, loss=loss, rate=0.01))
    losses = walk.reading(30)["curves"]["loss"]
    assert losses[30] < losses[10] < losses[0]


def test_one_step_is_what_the_formula_says():
    x, y = cone_draws(SMALL)
    moved = descended((x, y), mmgap.losses.parse("ce+anti"), 20.0, 0.05)
    for side, v in enumerate((x, y)):
        gradient, h = np.zeros_like(v), 1e-6
        for index in np.ndindex(v.shape):
            ends = []
            for sign in (1, -1):
                shifted = [x.copy(), y.copy()]
                shifted[side][index] += sign * h
                ends.append(at("ce+anti", *shifted))
            gradient[index] = (ends[0] - ends[1]) / (2 * h)
        along = gradient - (gradient * v).sum(1, keepdims=True) * v
        expected = v - 0.05 * len(v) * along
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(moved[side], expected, atol=1e-7)


def test_a_step_is_the_same_whoever_asks_and_whatever_was_asked_before(monkeypatch):
    straight = Descent(replace(SMALL, loss="cyclip")).reading(9)
    monkeypatch.setattr("mmgap.app.playground.descent.KEPT_BYTES", 500_000)  # steps 0, 3, 6 … are kept
    walk = Descent(replace(SMALL, loss="cyclip"))
    assert walk._every == 3
    for step in (4, 1, 12, 0, 8):
        walk.frame(step)
    assert walk.reading(9) == straight
    assert walk.reading(2)["curves"]["gap"] == straight["curves"]["gap"][:3]


def test_ce_leaves_the_gap_of_pairs_it_has_found_unless_the_scale_is_low_and_anti_closes_it():
    found = PlaygroundState(
        n=200, dim=64, angle=60.0, kappa_image=100.0, kappa_text=100.0, correlation=1.0, scale=100.0, rate=0.05
    )
    assert Descent(found).frame(0)["metrics"]["t2i_r1"] == 1
    gaps = {
        loss: Descent(replace(found, loss=loss, scale=scale)).reading(50)["curves"]["gap"]
        for loss, scale in (("ce", 100.0), ("ce+anti", 100.0), ("+ce", 5.0))
    }
    assert gaps["ce"][50] == pytest.approx(gaps["ce"][0], abs=1e-4)
    assert gaps["ce+anti"][50] < 0.01
    assert gaps["+ce"][50] < 0.01


def test_a_term_that_learns_an_option_keeps_it_as_written():
    walk = Descent(replace(SMALL, loss="siglip(bias=-3)", rate=0.001))
    first, last = walk.frame(0), walk.frame(3)
    assert last["total"] < first["total"]
    x, y = cone_draws(SMALL)
    assert first["total"] == at("siglip(bias=-3)", x, y)


def test_a_gradient_that_is_not_finite_ends_the_descent_with_a_line():
    class Broken(torch.nn.Module):
        name = "broken"

        def forward(self, x, y, *, logit_scale):
            return (x - y).sum() * torch.inf

    with pytest.raises(StuckDescentError, match="broken is not finite"):
        descended(cone_draws(SMALL), Broken(), 1.0, 0.1)


def test_kept_descents_answer_in_parts_and_forget_the_oldest(monkeypatch):
    monkeypatch.setattr(kept_descents, "SECONDS", 0.0)
    kept = KeptDescents()
    came = [kept.ask(SMALL, 3, lambda walk, end: walk.frame(3)) for _ in range(200)]
    parts = [far for far in came if isinstance(far, int)]
    assert parts == sorted(parts)
    assert parts[-1] < 3
    assert came[-1] == Descent(SMALL).frame(3)
    for seed in range(kept_descents.MOST):
        kept.ask(replace(SMALL, seed=100 + seed), 0, lambda walk, end: walk.frame(0))
    assert len(kept._found) == kept_descents.MOST
    assert replace(SMALL, step=0) not in kept._found


def test_a_landscape_goes_on_where_it_was_left():
    walk = Descent(SMALL)
    assert walk.landscape(0, time.monotonic()) is None
    for _ in range(41):
        found = walk.landscape(0, time.monotonic())
    assert found == Descent(SMALL).landscape(0, FOREVER)


@pytest.mark.parametrize("name", sorted(presets()))
def test_the_draw_of_a_preset_is_within_the_tolerance_of_the_printed_figure(name, request):
    preset, reading = presets()[name], Descent(preset_states()[name]).reading(0)
    cells = {
        cell["column"]: cell
        for cell in published_cells(preset.table, request.config.rootpath)
        if cell["row"] == preset.row
    }
    values = {**reading["metrics"], **{term["name"]: term["value"] for term in reading["terms"]}}
    assert set(preset.figures) == set(cells)
    for column, printed in preset.figures.items():
        cell, here = cells[column], values[COLUMNS[column][1]]
        assert abs(here - cell["mean"]) <= 4 * cell["sd"]  # one draw beside a hundred
        if cell["reproduced"]:
            assert abs(here - value_of(printed)) <= half_unit(printed) + 3 * cell["sd"] + 3 * cell["sd"]
        else:
            assert cell["discrepancy"]


def test_only_rows_of_the_printed_tables_in_the_folder_are_found(tmp_path, request):
    place = tmp_path / "reports"
    place.mkdir()
    assert published_row("5.2", tmp_path) is None
    (real,) = (request.config.rootpath / "reports" / "published").glob("theory-table-5.2-*.json")
    link = place / real.name
    link.symlink_to(real)
    assert published_row("5.2", tmp_path) is None
    link.unlink()
    (place / "theory-table-5.2-broken.json").write_text("{")
    assert published_row("5.2", tmp_path) is None
    link.write_bytes(real.read_bytes())
    assert published_row("5.2", tmp_path) == link
    with pytest.raises(ValueError, match="no theory table"):
        published_row("../5.2", tmp_path)
