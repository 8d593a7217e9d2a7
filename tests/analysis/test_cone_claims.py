"""Cones and few dimensions of rows: intervals cover in simulation, what was fitted on the data tells nothing."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from mmgap.analysis.claim import HOLDS, judged
from mmgap.analysis.claim_evidence import Evidence
from mmgap.analysis.cone_evidence import gap_in_few, mean_cosine, pictogram_cones, share_of_few, spanish_cones
from mmgap.analysis.gap_claims import registry
from mmgap.core.cache import Cache
from tests.support.made_up_rows import metric, row


def cone(rng, n, pull, d=16):
    """Unit rows around an axis, closer the larger the pull."""
    rows = rng.normal(size=(n, d))
    rows[:, 0] += pull
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def cone_metrics(images, texts):
    found = {"uniformity": metric(-1.0, n=len(images))}
    for name, side in (("image", images), ("text", texts)):
        cosines = (side @ side.T)[np.triu_indices(len(side), 1)]
        found |= {f"cosine_{name}_mean": metric(cosines.mean()), f"cosine_{name}_std": metric(cosines.std())}
    return found


def measured(dataset, images, texts, encoder="tiny", **inputs):
    made = row("measure", encoder, dataset, metrics=cone_metrics(images, texts))
    made["inputs"] |= inputs
    return made


def evidence(rows, tmp_path):
    return Evidence(tuple(rows), tmp_path, Cache(tmp_path / "cache"))


def test_the_interval_of_a_mean_cosine_is_hoeffding_s_bound():
    images = cone(np.random.default_rng(0), 30, 2.0)
    found = mean_cosine(measured("glyphs-en", images, images), "image")
    cosines = [float(images[i] @ images[j]) for i in range(30) for j in range(i)]
    mean = sum(cosines) / len(cosines)
    reach = 1.959964 * math.sqrt(sum((one - mean) ** 2 for one in cosines) / len(cosines)) * math.sqrt(2 / 30)
    assert (found.value, found.low, found.high) == pytest.approx((mean, mean - reach, mean + reach), abs=1e-6)


@pytest.mark.parametrize(("n", "pull"), [(30, 0.0), (30, 2.0), (100, 1.0), (100, 5.0)])
def test_the_interval_of_a_mean_cosine_covers(n, pull):
    rng = np.random.default_rng(1)
    middle = cone(rng, 400_000, pull).mean(axis=0)
    truth, covered = float(middle @ middle), 0
    for _ in range(300):
        images = cone(rng, n, pull)
        found = mean_cosine(measured("glyphs-en", images, images), "image")
        covered += found.low <= truth <= found.high
    assert covered / 300 >= 0.93  # 0.95 less two standard errors


@pytest.mark.parametrize("widths", [(1.0,) * 16, (3.0, *(0.3,) * 15)])
def test_the_interval_of_a_share_of_the_gap_covers(widths):
    rng, covered = np.random.default_rng(2), 0
    gap = np.array([1.0, 0.8, 0.6, *(0.3,) * 13])
    truth = float((gap[:5] ** 2).sum() / (gap**2).sum())
    for _ in range(400):
        noise = rng.normal(size=16) * np.array(widths) * 0.05
        seen, floor = gap + noise, 0.05 * math.sqrt(sum(one**2 for one in widths))
        share = float(np.sort(seen**2)[-5:].sum() / (seen**2).sum())
        metrics = {"gap_share_top5": metric(share), "gap": metric(np.linalg.norm(seen)), "gap_floor": metric(floor)}
        found = share_of_few(row("measure", metrics=metrics), 5)
        covered += found.low <= truth <= found.high
    assert covered / 400 >= 0.93


def test_a_gap_within_its_noise_tells_nothing_of_dimensions():
    metrics = {"gap_share_top5": metric(0.9), "gap": metric(0.1), "gap_floor": metric(0.09)}
    found = share_of_few(row("measure", metrics=metrics), 5)
    assert (found.low, found.high) == (pytest.approx(0.0), 1.0)
    assert share_of_few(row("measure", metrics={"gap": metric(0.0)}), 5) is None


def test_languages_and_pictures_are_compared_by_one_encoder(tmp_path):
    rng = np.random.default_rng(3)
    wide, narrow = cone(rng, 200, 1.0), cone(rng, 200, 5.0)
    rows = [
        measured("arasaac-en", narrow, wide),
        measured("arasaac-es", narrow, narrow),
        measured("flickr8k", wide, wide),
        measured("coco", wide, wide, encoder="other"),
    ]
    (found,) = spanish_cones(evidence(rows, tmp_path))
    assert (found.data, found.rows) == ("tiny · arasaac, es − en", (rows[1], rows[0]))
    assert judged(registry.get("spanish-cone-is-narrower"), found).verdict == HOLDS
    (found,) = pictogram_cones(evidence(rows, tmp_path))
    assert found.data == "tiny · arasaac-en − flickr8k"
    assert judged(registry.get("pictogram-cone-is-narrower"), found).verdict == HOLDS


def test_what_was_fitted_on_some_of_the_data_is_left_out(tmp_path):
    rows = [
        measured(f"arasaac-{name}", *[cone(np.random.default_rng(0), 50, 1.0)] * 2, projection={"fitted_on": {}})
        for name in ("en", "es")
    ]
    assert list(spanish_cones(evidence(rows, tmp_path))) == []


def test_vectors_without_cosines_tell_nothing(tmp_path):
    bare = row("measure", metrics={"gap": metric(0.5)})
    assert mean_cosine(bare, "text") is None
    assert list(gap_in_few(SimpleNamespace(measured=[SimpleNamespace(rows=[bare])]), 5)) == []
