"""What the metrics cost: against the bare products they need, against the plain way to compute them, and in memory.

Ratios are medians of rounds that alternate between the two sides, in one process with the same threads; they stand in
``extra_info`` of pytest-benchmark's report (``--benchmark-json``). Nothing here fails for being slow.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import pytest
import torch

from mmgap import metrics
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.tiles import Blocks, products

ROUNDS = 5


def against(benchmark, ours: Callable[[], object], other: Callable[[], object], rounds: int = ROUNDS) -> None:
    """Time ``ours`` by the benchmark fixture and ``other`` before each of its rounds; record both and their ratio.

    ``extra_info["ratio"]`` is median(ours) / median(other).
    """
    times: list[float] = []

    def before_each_round() -> None:
        start = perf_counter()
        other()
        times.append(perf_counter() - start)

    ours()
    other()
    benchmark.pedantic(ours, setup=before_each_round, rounds=rounds, iterations=1)
    if benchmark.stats is None:  # --benchmark-disable, or under xdist
        return
    own, others = benchmark.stats.stats.data, times[-rounds:]
    benchmark.extra_info.update(
        ratio=median(own) / median(others), ours_s=sorted(own), other_s=sorted(others), threads=torch.get_num_threads()
    )


def cones(n: int, d: int, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """Two narrow cones of unit vectors whose pairs belong together, as an encoder's do."""
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((n, d), dtype=np.float32)
    sets = []
    for _ in range(2):
        v = 0.7 * shared + 0.7 * rng.standard_normal((n, d), dtype=np.float32)
        v += rng.standard_normal(d, dtype=np.float32)
        sets.append(torch.nn.functional.normalize(torch.from_numpy(v)).to(dtype))
    return sets[0], sets[1]


def all_pairwise(x: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    """Gap, misalignment, uniformity, matched and unmatched moments, four histograms, ranks both ways, abs sums."""
    images, texts, crossed = within(x), within(y), cross(x, y, relevance_of(None, len(x), len(y)))
    return {
        "gap": metrics.modality_gap(x, y),
        "misalignment": metrics.misalignment(x, y),
        "uniformity": (np.log(images.kernel.mean()) + np.log(texts.kernel.mean())) / 2,
        "moments": (images.moments, texts.moments, crossed.matched_moments, crossed.unmatched),
        "ranks": (crossed.i2t, crossed.t2i),
    }


def bare_products(x: torch.Tensor, y: torch.Tensor) -> None:
    """X·Xᵀ, Y·Yᵀ and X·Yᵀ in the tiles of the metrics, nothing read from them."""
    for a, b in ((x, x), (y, y), (x, y)):
        rows, columns = Blocks(a, a.dtype), Blocks(b, b.dtype)
        for _ in products(rows, columns, [(i, j) for i in range(rows.count) for j in range(columns.count)]):
            pass


def plain_composition(x: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    """The same numbers by pdist, dense top-k and NumPy histograms (ties and unmatched extremes are left to luck)."""
    edges, n = np.linspace(-1, 1, 201), len(x)
    upper = np.triu_indices(n, 1)
    grams = [(v @ v.T).numpy()[upper] for v in (x, y)]
    s = x @ y.T
    off = s.numpy()[~np.eye(n, dtype=bool)]
    right = torch.arange(n)[:, None]
    return {
        "gap": float((x.mean(0) - y.mean(0)).norm()),
        "misalignment": float((x - y).square().sum(1).mean()),
        "uniformity": [float(torch.pdist(v).square().mul(-2).exp().mean().log()) for v in (x, y)],
        "recall": [(m.topk(k, dim=1).indices == right).any(1).float().mean() for m in (s, s.T) for k in (1, 5, 10)],
        "moments": [(v.mean(), v.std(), v.min(), v.max(), np.abs(v).sum()) for v in (*grams, off, s.diag().numpy())],
        "histograms": [np.histogram(v, edges)[0] for v in (*grams, off, s.diag().numpy())],
    }


def peak_memory(n: int, d: int) -> dict[str, float]:
    """Peak resident memory that the metrics add to that of their input, in MB, in a fresh process."""
    code = f"""
        import json, pathlib, sys
        sys.path.insert(0, {str(__file__).rsplit("/", 1)[0]!r})
        from test_speed import all_pairwise, cones

        def resident(field):
            lines = pathlib.Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))

        import torch
        x, y = cones(2100, 8)
        all_pairwise(x, y)  # compiles
        x, y = cones({n}, {d})
        pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts over
        before = resident("VmRSS")
        all_pairwise(x, y)
        print(json.dumps({{"input_mb": 2 * x.numel() * 4 / 2**20, "extra_mb": resident("VmHWM") - before}}))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_metrics_against_bare_products(benchmark):
    """N = 20,000, d = 512: target ≤ 1.0 × the three bare products. About three minutes on two cores."""
    x, y = cones(20_000, 512)
    against(benchmark, lambda: all_pairwise(x, y), lambda: bare_products(x, y))


def test_metrics_against_plain_composition(benchmark):
    """N = 6,000, d = 512 (the plain way holds several N×N matrices): target ≤ 0.2. About two minutes."""
    x, y = cones(6000, 512)
    against(benchmark, lambda: all_pairwise(x, y), lambda: plain_composition(x, y))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak from /proc")
def test_memory_of_metrics(benchmark):
    """N = 20,000, d = 512: target ≤ 300 MB on top of the input. Half a minute."""
    benchmark.extra_info.update(benchmark.pedantic(peak_memory, args=(20_000, 512)))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak from /proc")
def test_memory_of_metrics_with_many_items(benchmark):
    """N = 200,000, d = 64: target no more than at N = 20,000. About five minutes on two cores."""
    benchmark.extra_info.update(benchmark.pedantic(peak_memory, args=(200_000, 64)))
