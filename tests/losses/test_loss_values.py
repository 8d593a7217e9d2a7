"""Every loss equals a slow loop written from its formula, in float64."""

from math import exp, log, log1p

import numpy as np
import pytest
import torch

from mmgap import losses
from mmgap.losses.term import Term
from mmgap.testing.loss_checks import LossSubject, caption_cosines

N, D, SCALE = 7, 5, 3.7


def units(n=N, d=D, seed=0, dtype=torch.float64):
    v = torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return (v / v.norm(dim=1, keepdim=True)).to(dtype)


def dot(a, b):
    return sum(float(p) * float(q) for p, q in zip(a, b, strict=True))


def distance(a, b):
    return sum((float(p) - float(q)) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def variance(values):
    values = list(values)
    return mean((v - mean(values)) ** 2 for v in values)


def others(n):
    return [(i, j) for i in range(n) for j in range(n) if i != j]


def slow_ce(x, y, scale, back=None):
    n, total, back = len(x), 0.0, back or scale
    for i in range(n):
        total += log(sum(exp(scale * dot(x[i], y[j])) for j in range(n))) - scale * dot(x[i], y[i])
        total += log(sum(exp(back * dot(x[j], y[i])) for j in range(n))) - back * dot(x[i], y[i])
    return total / (2 * n)


def slow_intra(x, y, alpha, absolute=abs):
    n = len(x)
    return sum(absolute(dot(v[i], v[j])) for v in (x, y) for i, j in others(n)) / n**2 - 2 * alpha / n


def slow_inter(x, y, alpha):
    n = len(x)
    apart = sum(abs(dot(x[i], y[j])) for i, j in others(n))
    return 2 / n**2 * apart - alpha * 2 / n**2 * sum(abs(dot(x[i], y[i])) for i in range(n))


def slow_var(x, y, beta, rows):
    n = len(x)
    if rows:
        unmatched = mean(variance(dot(x[i], y[j]) for j in range(n) if j != i) for i in range(n))
    else:
        unmatched = variance(dot(x[i], y[j]) for i, j in others(n))
    return -beta * (unmatched + variance(dot(x[i], y[i]) for i in range(n)))


def slow_cyclip_inter(x, y):
    return mean((dot(x[j], y[k]) - dot(x[k], y[j])) ** 2 for j in range(len(x)) for k in range(len(x)))


def slow_cyclip_intra(x, y):
    return mean((dot(x[j], x[k]) - dot(y[j], y[k])) ** 2 for j in range(len(x)) for k in range(len(x)))


def slow_siglip(x, y, scale, bias):
    n, total = len(x), 0.0
    for i in range(n):
        for j in range(n):
            z = 1 if i == j else -1
            total += log1p(exp(-z * (scale * dot(x[i], y[j]) + bias)))
    return total / n


def slow_uniform(x, y, t):
    n = len(x)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    return sum(log(mean(exp(-t * distance(v[i], v[j]) ** 2) for i, j in pairs)) for v in (x, y)) / 2


def slow_infoloob(x, y, scale):
    n, total = len(x), 0.0
    for i in range(n):
        total += log(sum(exp(scale * dot(x[i], y[j])) for j in range(n) if j != i)) - scale * dot(x[i], y[i])
        total += log(sum(exp(scale * dot(x[j], y[i])) for j in range(n) if j != i)) - scale * dot(x[i], y[i])
    return total / (2 * n * scale)


def slow_opl(x, y, gamma):
    vectors = [*x, *y]
    labels = [*range(len(x)), *range(len(x))]
    same, different = [], []
    for a, b in others(len(vectors)):
        (same if labels[a] == labels[b] else different).append(dot(vectors[a], vectors[b]))
    return (1 - mean(same)) + gamma * mean(map(abs, different))


def slow_margin(x, y, m):
    n = len(x)
    similar = mean(distance(x[i], y[i]) ** 2 for i in range(n))
    return similar / 2 + mean(max(0.0, m - distance(x[i], y[j])) ** 2 for i, j in others(n)) / 2


def slow_xuniform(x, y, t):
    return log(mean(exp(-t * distance(x[i], y[j]) ** 2) for i, j in others(len(x))))


def slow_cu(x, y, t):
    sums = [[float(p) + float(q) for p, q in zip(a, b, strict=True)] for a, b in zip(x, y, strict=True)]
    centroids = [[value / dot(row, row) ** 0.5 for value in row] for row in sums]
    pairs = [(i, j) for i in range(len(x)) for j in range(i + 1, len(x))]
    return log(mean(exp(-t * distance(centroids[i], centroids[j]) ** 2) for i, j in pairs))


def slow_barlow(x, y, redundancy):
    n, d, total = len(x), len(x[0]), 0.0
    columns = [[[float(row[k]) for row in side] for k in range(d)] for side in (x, y)]
    for a in range(d):
        for b in range(d):
            p, q = columns[0][a], columns[1][b]
            covariance = sum((p[i] - mean(p)) * (q[i] - mean(q)) for i in range(n)) / n
            c = covariance / (variance(p) * variance(q)) ** 0.5
            total += (1 - c) ** 2 if a == b else redundancy * c**2
    return total


def slow_imsep(x, y, cosines, scale):
    n, total = len(x), 0.0
    for v in (x, y):
        for i in range(n):
            row = [dot(x[i], y[i]) if j == i else dot(v[i], v[j]) * (1 - float(cosines[i][j])) for j in range(n)]
            total += log(sum(exp(scale * value) for value in row)) - scale * row[i]
    return total / (2 * n)


COSINES = caption_cosines(N)

CASES = {
    "ce": ({}, lambda x, y: slow_ce(x, y, SCALE)),
    "ce tilt": ({"tilt": 0.4}, lambda x, y: slow_ce(x, y, SCALE * exp(0.4), SCALE * exp(-0.4))),
    "intra": ({}, lambda x, y: slow_intra(x, y, 0)),
    "intra alpha": ({"alpha": 0.3}, lambda x, y: slow_intra(x, y, 0.3)),
    "intra sum": ({"alpha": 0.3, "reduction": "sum"}, lambda x, y: N**2 * slow_intra(x, y, 0.3)),
    "inter": ({}, lambda x, y: slow_inter(x, y, 0)),
    "inter alpha": ({"alpha": 0.3}, lambda x, y: slow_inter(x, y, 0.3)),
    "inter sum": ({"alpha": 0.3, "reduction": "sum"}, lambda x, y: N**2 * slow_inter(x, y, 0.3)),
    "anti": ({}, lambda x, y: slow_intra(x, y, 0, absolute=float)),
    "anti alpha": ({"alpha": 0.3}, lambda x, y: slow_intra(x, y, 0.3, absolute=float)),
    "anti sum": ({"reduction": "sum"}, lambda x, y: N**2 * slow_intra(x, y, 0, absolute=float)),
    "var": ({}, lambda x, y: slow_var(x, y, 1, rows=False)),
    "var lowered": ({"beta": -0.5}, lambda x, y: slow_var(x, y, -0.5, rows=False)),
    "var rows": ({"over": "rows"}, lambda x, y: slow_var(x, y, 1, rows=True)),
    "cyclip_inter": ({}, slow_cyclip_inter),
    "cyclip_inter row": ({"reduction": "row"}, lambda x, y: N * slow_cyclip_inter(x, y)),
    "cyclip_intra": ({}, slow_cyclip_intra),
    "cyclip_intra row": ({"reduction": "row"}, lambda x, y: N * slow_cyclip_intra(x, y)),
    "cyclip": ({}, lambda x, y: slow_ce(x, y, SCALE) + slow_cyclip_inter(x, y) + slow_cyclip_intra(x, y)),
    "cyclip weighed": (
        {"lambda_inter": 0.25, "lambda_intra": 0.5, "reduction": "row"},
        lambda x, y: slow_ce(x, y, SCALE) + N * (0.25 * slow_cyclip_inter(x, y) + 0.5 * slow_cyclip_intra(x, y)),
    ),
    "siglip": ({"bias": -1.5}, lambda x, y: slow_siglip(x, y, SCALE, -1.5)),
    "siglip default": ({}, lambda x, y: slow_siglip(x, y, SCALE, -10)),
    "align": ({}, lambda x, y: mean(distance(a, b) ** 2 for a, b in zip(x, y, strict=True))),
    "align alpha": ({"alpha": 1.5}, lambda x, y: mean(distance(a, b) ** 1.5 for a, b in zip(x, y, strict=True))),
    "uniform": ({}, lambda x, y: slow_uniform(x, y, 2)),
    "uniform t": ({"t": 0.5}, lambda x, y: slow_uniform(x, y, 0.5)),
    "infoloob": ({}, lambda x, y: slow_infoloob(x, y, SCALE)),
    "opl": ({}, lambda x, y: slow_opl(x, y, 2)),
    "opl gamma": ({"gamma": 0.5}, lambda x, y: slow_opl(x, y, 0.5)),
    "margin": ({}, lambda x, y: slow_margin(x, y, 1)),
    "margin wide": ({"m": 1.8}, lambda x, y: slow_margin(x, y, 1.8)),
    "centroid": ({}, lambda x, y: distance(x.mean(0), y.mean(0)) ** 2),
    "xuniform": ({}, lambda x, y: slow_xuniform(x, y, 2)),
    "xuniform t": ({"t": 0.5}, lambda x, y: slow_xuniform(x, y, 0.5)),
    "cu": ({}, lambda x, y: slow_cu(x, y, 2)),
    "cu t": ({"t": 0.5}, lambda x, y: slow_cu(x, y, 0.5)),
    "barlow": ({}, lambda x, y: slow_barlow(x, y, 0.005)),
    "imsep": ({"caption_cosines": COSINES}, lambda x, y: slow_imsep(x, y, COSINES, SCALE)),
    "barlow redundancy": ({"redundancy": 0.7}, lambda x, y: slow_barlow(x, y, 0.7)),
}


@pytest.mark.parametrize("case", CASES)
def test_equals_slow_loop(case):
    options, slow = CASES[case]
    x, y = units(seed=1), units(seed=2)
    value = losses.registry.get(case.split()[0])(x, y, logit_scale=SCALE, **options)
    assert value.shape == ()
    assert value.dtype == torch.float64
    np.testing.assert_allclose(value.item(), slow(x, y), rtol=1e-12, atol=1e-14)


def test_every_loss_has_a_case():
    assert {case.split()[0] for case in CASES} == set(losses.registry)


@pytest.mark.parametrize("name", list(losses.registry))
def test_each_term_is_an_attribute_and_a_sum_of_one(name):
    x, y = units(seed=3), units(seed=4)
    function = getattr(losses, name)
    assert function is losses.registry.get(name)
    given = LossSubject.of(name).needed(N)
    default = function(x, y, **given)
    torch.testing.assert_close(losses.parse(name)(x, y, **given), default)  # the default logit scale of each
    scaled = function(x, y, logit_scale=2.0, **given)
    torch.testing.assert_close(Term(function)(x, y, logit_scale=2.0, **given), scaled)


@pytest.mark.parametrize(("name", "scale"), [("ce", 100.0), ("cyclip", 100.0), ("siglip", 10.0), ("infoloob", 30.0)])
def test_default_logit_scales(name, scale):
    x, y = units(seed=3), units(seed=4)
    assert getattr(losses, name)(x, y) == getattr(losses, name)(x, y, logit_scale=scale)


def test_collapsed_space():
    point = torch.nn.functional.normalize(torch.ones(6, 4, dtype=torch.float64), dim=1)
    unlike = {"caption_cosines": torch.eye(6)}
    values = {name: losses.parse(name)(point, point, logit_scale=5.0, **unlike).item() for name in losses.registry}
    expected = {
        "ce": log(6), "intra": 2 * 5 / 6, "inter": 2 * 5 / 6, "anti": 2 * 5 / 6, "var": 0, "cyclip_inter": 0,
        "cyclip_intra": 0, "cyclip": log(6), "siglip": 5 * log1p(exp(-5)) + log1p(exp(5)), "align": 0, "uniform": 0,
        "infoloob": log(5) / 5, "opl": 2, "margin": 0.5, "centroid": 0, "xuniform": 0,
        "cu": 0, "barlow": 4, "imsep": log(6),
    }  # fmt: skip
    assert values == pytest.approx(expected, abs=1e-12)
