"""A sample of queries: the hits that the whole measurement has for them, intervals that hold, costs that are told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.streaming.sampled_measure import measure_sampled
from mmgap.evaluation.streaming.time_budget import LEAST, BlockCosts, block_costs
from mmgap.stats import share_interval
from mmgap.stats.sampled_means import sampled_mean_interval, sampled_share_interval
from tests.support.stored_pairs import made_pair, slow_recall, stored


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def drawn_rows(n, drawn, owner, seed):
    images = np.sort(np.random.default_rng(seed).choice(n, drawn, replace=False))
    return images, np.flatnonzero(np.isin(owner, images))


@pytest.mark.parametrize(("n", "texts", "kind"), [(2300, 1, "f2"), (2100, 5, "f4"), (400, 2, "f8")])
def test_ranks_of_the_drawn_are_those_of_the_whole(tmp_path, n, texts, kind):
    x, y, owner = made_pair(n, texts=texts, kind=kind)
    found, whole = measure_sampled(stored(tmp_path, x, y, owner), n // 5, seed=3), measure_all(x, y, owner=owner)
    images, captions = drawn_rows(n, n // 5, owner, 3)
    assert (found.drawn, found.of, found.shape) == (n // 5, n, (n, len(owner), 16))
    for key, hits in whole.hits.items():
        rows = images if key.startswith("i2t") else captions
        assert found.metrics[key] == pytest.approx(hits[rows].mean(), abs=1e-13), key
        assert found.intervals[key].low <= found.metrics[key] <= found.intervals[key].high
    softmax = whole.cross.softmax
    assert found.metrics["clip_loss"] == pytest.approx(
        (softmax.i2t_loss[images].mean() + softmax.t2i_loss[captions].mean()) / 2, rel=1e-6
    )
    exact = [key for key in found.metrics if key not in found.intervals]
    assert {"gap", "gap_corrected", "gap_p", "frechet2", "rmg", "cosine_unmatched_mean"} <= set(exact)
    for key in exact:
        assert found.metrics[key] == pytest.approx(whole.metrics[key], rel=1e-12), key
    assert list(found.metrics) == [key for key in whole.metrics if key in found.metrics]
    assert set(found.omitted) == {"uniformity", "hubness, never_retrieved"}


def test_recall_of_the_drawn_by_the_definition(tmp_path):
    x, y, owner = made_pair(150, texts=2)
    found = measure_sampled(stored(tmp_path, x, y, owner), 40, seed=1)
    _, captions = drawn_rows(150, 40, owner, 1)
    assert found.metrics["t2i_r5"] == pytest.approx(slow_recall(x, y, owner, 5, captions), abs=1e-12)


def test_a_sample_of_all_is_exact(tmp_path):
    x, y, owner = made_pair(300, texts=2)
    found, whole = measure_sampled(stored(tmp_path, x, y, owner), 300), measure_all(x, y, owner=owner).metrics
    for key, interval in found.intervals.items():
        assert interval.low == interval.high == found.metrics[key] == pytest.approx(whole[key], rel=1e-9)


def test_what_needs_covariances_is_left_out_where_they_do_not_fit(tmp_path):
    x, y, owner = made_pair(200)
    found = measure_sampled(stored(tmp_path, x, y, owner), 50, covariances=False, pool=300)
    assert "frechet2" not in found.metrics
    assert "budget" in found.omitted["gap_corrected, frechet2, effective_rank"]
    assert {"i2t_pool300", "t2i_pool300"} <= set(found.omitted)
    with pytest.raises(ValueError, match="a sample is of 2 to 200 images, got 201"):
        measure_sampled(stored(tmp_path, x, y, owner), 201)


@pytest.mark.parametrize(("share", "texts", "drawn"), [(0.5, 1, 100), (0.9, 3, 100), (0.03, 1, 300), (0.5, 3, 800)])
def test_intervals_hold_the_share_of_all(share, texts, drawn):
    """1,000 images, whose texts are hit alike; the share of all is known, and samples are drawn again and again."""
    rng = np.random.default_rng(0)
    likely = np.repeat(np.clip(rng.normal(share, 0.15, 1000), 0, 1), texts)
    hits, owner = (rng.random(1000 * texts) < likely).astype(float), np.repeat(np.arange(1000), texts)
    covered, widths = [], []
    for seed in range(400):
        images, rows = drawn_rows(1000, drawn, owner, seed)
        found = sampled_share_interval(hits[rows], population=1000, clusters=owner[rows])
        covered.append(found.low <= hits.mean() <= found.high)
        plain = share_interval(hits[rows], clusters=owner[rows])
        widths.append((found.high - found.low) / (plain.high - plain.low))
        assert len(images) == found.n
    assert np.mean(covered) >= 0.93
    assert max(widths) < 1, "what was drawn is known"
    assert np.mean(widths) == pytest.approx(np.sqrt(1 - drawn / 1000), abs=0.06)


def test_intervals_hold_the_mean_of_all():
    values = np.random.default_rng(0).gamma(2, size=2000)
    found = [
        sampled_mean_interval(np.random.default_rng(seed).choice(values, 500, replace=False), population=2000)
        for seed in range(400)
    ]
    assert 0.93 <= np.mean([one.low <= values.mean() <= one.high for one in found]) <= 0.99
    with pytest.raises(ValueError, match="3 clusters cannot have been drawn from 2"):
        sampled_mean_interval([1.0, 2.0, 3.0], population=2)


def test_what_a_budget_pays():
    costs = BlockCosts(
        images=10**6, texts=10**6, width=512, size=1024, read=0.003, moments=0.005, flips=0.2, cross=0.03, within=0.02,
        threads=2,
    )  # fmt: skip
    many, _ = costs.affordable(600)
    few, pays = costs.affordable(120)
    assert LEAST < few < many < 10**6
    assert not pays
    assert costs.rows + costs.of_queries(few) <= 120 < costs.rows + costs.of_queries(2 * few) + 0.2 * 120
    assert costs.affordable(1)[0] == LEAST, "fewer say nothing"
    assert costs.exact > 1000 * costs.of_queries(1000) / 2
    assert costs.affordable(10 * costs.exact) == (10**6, True)


def test_costs_are_timed(tmp_path):
    x, y, owner = made_pair(3000, texts=2)
    costs = block_costs(stored(tmp_path, x, y, owner))
    assert (costs.images, costs.texts, costs.width, costs.blocks) == (3000, 6000, 16, (3, 6))
    assert min(costs.read, costs.moments, costs.flips, costs.cross, costs.within) > 0


def measure(tmp_path, *options):
    return CliRunner().invoke(app, ["measure", f"{tmp_path}/x.npy", f"{tmp_path}/y.npy", *options])


def measure_by_itself(tmp_path, *options):
    """The same in a process of its own."""
    environment = {**os.environ, "MMGAP_CACHE": str(tmp_path / "kept"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "mmgap", "measure", f"{tmp_path}/x.npy", f"{tmp_path}/y.npy", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_command_says_which(tmp_path):
    x, y, _ = made_pair(6000)
    stored(tmp_path, x, y)
    sample = measure_by_itself(tmp_path, "--budget", "0.5s")
    assert sample.returncode == 0, sample.stderr
    assert "of 6,000 images, drawn at random" in sample.stdout
    assert "uniformity: needs all pairs of one modality" in sample.stdout
    told = json.loads(measure(tmp_path, "--budget", "0.01s", "--json").stdout)
    assert told["sample"]["of"] == 6000
    assert 64 <= told["sample"]["images"] < 6000
    low, high = told["sample"]["intervals"]["t2i_r1"]
    assert low <= told["t2i_r1"] <= high
    whole = measure(tmp_path, "--budget", "1h", "--json")
    assert "in parts" in whole.stderr
    assert "sample" not in json.loads(whole.stdout)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--budget", "soon"), "'soon' is no time: write it as 60s, 5m or 2h"),
        (("--memory", "much"), "'much' is no amount of memory: write it as 500MB or 2GiB"),
        (("--budget", "1h", "--plots", "pictures"), "--plots needs the vectors in memory"),
    ],
)
def test_the_command_on_bad_options(tmp_path, options, words):
    x, y, _ = made_pair(100)
    stored(tmp_path, x, y)
    found = measure(tmp_path, *options)
    assert found.exit_code == 2
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
