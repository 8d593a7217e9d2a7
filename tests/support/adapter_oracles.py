"""Adapters once more, written from their formulas with loops over images, classes and dimensions, in float64.

Those that are trained have their gradients by autograd of the looped loss, and their optimiser's steps written out.
"""

from __future__ import annotations

import math

import numpy as np
import torch

SCALE = 100.0


def dot(a, b):
    return sum(p * q for p, q in zip(a, b, strict=True))


def unit(v):
    length = math.sqrt(dot(v, v))
    return [p / length for p in v]


def zero_shot(x, t):
    return [[SCALE * dot(image, name) for name in t] for image in x]


def tip_adapter(x, s, y, t, alpha=1.17, beta=1.0):
    out = zero_shot(x, t)
    for i, image in enumerate(x):
        for shot, label in zip(s, y, strict=True):
            out[i][label] += alpha * math.exp(-beta * (1 - dot(image, shot)))
    return out


def tip_x(x, s, y, t, alpha=1.17, beta=1.0, gamma=0.1):
    def signature(v):
        weights = [math.exp(dot(v, name) / 0.5) for name in t]
        return [weight / sum(weights) for weight in weights]

    out = tip_adapter(x, s, y, t, alpha, beta)
    kl = [[sum(p * math.log(p / q) for p, q in zip(signature(i), signature(j), strict=True)) for j in s] for i in x]
    cosines = [[dot(i, j) for j in s] for i in x]
    low, high = min(map(min, kl)), max(map(max, kl))
    least, most = min(map(min, cosines)), max(map(max, cosines))
    for i in range(len(x)):
        for j, label in enumerate(y):
            out[i][label] -= gamma * (least + (kl[i][j] - low) / (high - low) * (most - least))
    return out


def gda(x, s, y, t, alpha=1.0):
    d, n, count = len(s[0]), len(s), len(t)
    means = [
        [np.mean([v[k] for v, c in zip(s, y, strict=True) if c == label]) for k in range(d)] for label in range(count)
    ]
    centred = np.array([[v[k] - means[c][k] for k in range(d)] for v, c in zip(s, y, strict=True)])
    covariance = np.cov(centred.T)
    precision = d * np.linalg.pinv((n - 1) * covariance + np.trace(covariance) * np.eye(d))
    out = zero_shot(x, t)
    for label in range(count):
        w = precision @ means[label]
        b = math.log(1 / count) - 0.5 * dot(means[label], w)
        for i, image in enumerate(x):
            out[i][label] += alpha * (dot(image, w) + b)
    return out


def proker(x, s, y, t, beta=1.0, ridge=1.0):
    n, count = len(s), len(t)
    k = np.array([[math.exp(-beta * (1 - dot(a, b))) for b in s] for a in s])
    missed = np.array([[(y[i] == c) - dot(s[i], t[c]) for c in range(count)] for i in range(n)])
    a = np.linalg.inv(k / ridge + np.eye(n)) @ missed
    return [
        [dot(i, t[c]) + sum(math.exp(-beta * (1 - dot(i, s[j]))) * a[j, c] for j in range(n)) for c in range(count)]
        for i in x
    ]


def lp_plus_plus(x, s, y, t, epochs=300):
    n, d, count = len(s), len(s[0]), len(t)
    w = [[sum(v[k] for v, c in zip(s, y, strict=True) if c == label) for k in range(d)] for label in range(count)]
    b, alpha = [0.0] * count, [250 * np.mean([dot(v, t[c]) for v, c in zip(s, y, strict=True)])] * count
    rate = 4 * n / np.linalg.eigvalsh(np.array(s).T @ np.array(s)).max()
    rate_of_alpha = n / (4 * max(sum(dot(v, t[c]) ** 2 for v in s) for c in range(count)))
    w_speed, b_speed = np.zeros((count, d)), np.zeros(count)
    w, b = np.array(w), np.array(b)
    for step in range(1, epochs + 1):
        w_slope, b_slope, alpha_slope = np.zeros((count, d)), np.zeros(count), np.zeros(count)
        for v, label in zip(s, y, strict=True):
            logits = [dot(w[c], v) + b[c] + alpha[c] * dot(v, t[c]) for c in range(count)]
            total = sum(math.exp(value - max(logits)) for value in logits)
            for c in range(count):
                slope = (math.exp(logits[c] - max(logits)) / total - (c == label)) / n
                w_slope[c] += slope * np.array(v)
                b_slope[c] += slope
                alpha_slope[c] += slope * dot(v, t[c])
        w_speed, b_speed = 0.9 * w_speed + w_slope, 0.9 * b_speed + b_slope
        w, b = w - rate * w_speed, b - rate * b_speed
        if step % 10 == 0:
            alpha = [alpha[c] - rate_of_alpha * alpha_slope[c] for c in range(count)]
    return [[dot(w[c], i) + b[c] + alpha[c] * dot(i, t[c]) for c in range(count)] for i in x]


def rates(start, steps):
    """The rate of each step: it falls to 0 as a cosine."""
    return [start * (1 + math.cos(math.pi * step / steps)) / 2 for step in range(steps)]


class SGD:
    """With momentum .9."""

    def __init__(self, *parameters):
        self.parameters, self.speeds = parameters, [torch.zeros_like(p) for p in parameters]

    def step(self, slopes, rate, _):
        for p, speed, slope in zip(self.parameters, self.speeds, slopes, strict=True):
            speed.copy_(0.9 * speed + slope)
            p.data -= rate * speed


class Adam:
    """Kingma and Ba's, with the decay of AdamW before it."""

    def __init__(self, *parameters, eps=1e-8, decay=0.0):
        self.parameters, self.eps, self.decay = parameters, eps, decay
        self.first, self.second = ([torch.zeros_like(p) for p in parameters] for _ in range(2))

    def step(self, slopes, rate, number):
        for p, m, v, slope in zip(self.parameters, self.first, self.second, slopes, strict=True):
            p.data *= 1 - rate * self.decay
            m.copy_(0.9 * m + 0.1 * slope)
            v.copy_(0.999 * v + 0.001 * slope**2)
            p.data -= rate * (m / (1 - 0.9**number)) / ((v / (1 - 0.999**number)).sqrt() + self.eps)


def trained(logits_of, s, y, optimiser, start, batches, penalty=lambda: 0.0):
    """Take the steps: the mean cross-entropy of each batch, a shot at a time."""
    for number, (rate, rows) in enumerate(zip(rates(start, len(batches)), batches, strict=True), 1):
        loss = torch.as_tensor(penalty(), dtype=torch.float64)
        for row in rows:
            logits = logits_of(torch.tensor(s[row], dtype=torch.float64))
            loss = loss + (torch.stack(logits).logsumexp(0) - logits[y[row]]) / len(rows)
        optimiser.step(torch.autograd.grad(loss, optimiser.parameters), rate, number)


def everything(s, epochs):
    return [range(len(s))] * epochs


def tip_adapter_f(x, s, y, t, seed, alpha=1.17, beta=1.0, rate=1e-3, epochs=20):
    keys, names = torch.tensor(s, dtype=torch.float64, requires_grad=True), torch.tensor(t, dtype=torch.float64)

    def logits(image):
        out = [SCALE * image @ name for name in names]
        for j, label in enumerate(y):
            out[label] = out[label] + alpha * torch.exp(-beta * (1 - image @ keys[j]))
        return out

    generator = torch.Generator().manual_seed(seed)
    batches = [part.tolist() for _ in range(epochs) for part in torch.randperm(len(s), generator=generator).split(256)]
    trained(logits, s, y, Adam(keys, eps=1e-4, decay=0.01), rate, batches)
    return tip_adapter(x, keys.detach().tolist(), y, t, alpha, beta)


def taskres(x, s, y, t, alpha=0.5, rate=2e-3, epochs=100):
    residual, names = (
        torch.zeros(len(t), len(t[0]), dtype=torch.float64, requires_grad=True),
        torch.tensor(t, dtype=torch.float64),
    )

    def logits(image):
        moved = [names[c] + alpha * residual[c] for c in range(len(t))]
        return [SCALE * image @ m / m.norm() for m in moved]

    trained(logits, s, y, Adam(residual), rate, everything(s, epochs))
    return zero_shot(x, [unit(row) for row in (names + alpha * residual.detach()).tolist()])


def clap(x, s, y, t, rate=0.1, epochs=300):
    w, names = torch.tensor(t, dtype=torch.float64, requires_grad=True), torch.tensor(t, dtype=torch.float64)
    held = []
    for c in range(len(t)):
        sure = []
        for v, label in zip(s, y, strict=True):
            if label == c:
                weights = [math.exp(SCALE * dot(v, name)) for name in t]
                sure.append(weights[c] / sum(weights))
        held.append(np.mean(sure))

    def penalty():
        return sum(held[c] * (w[c] - names[c]).square().sum() for c in range(len(t))) / len(t)

    def logits(image):
        return [SCALE * image @ w[c] / w[c].norm() for c in range(len(t))]

    trained(logits, s, y, SGD(w), rate, everything(s, epochs), penalty)
    return zero_shot(x, [unit(row) for row in w.detach().tolist()])


def clip_adapter(x, s, y, t, seed, thesis, ratio=0.2, rate=1e-3, epochs=100):
    generator, d = torch.Generator().manual_seed(seed), len(t[0])
    hidden = 256 if thesis else d // 4

    def layer(inputs, outputs):
        shapes = [(outputs, inputs), (outputs,)] if thesis else [(outputs, inputs)]
        drawn = [torch.rand(shape, generator=generator, dtype=torch.float64) for shape in shapes]
        return [((2 * u - 1) / math.sqrt(inputs)).requires_grad_() for u in drawn]

    sides = [[layer(d, hidden), layer(hidden, d)] for _ in range(2)]

    def through(side, v):
        mixed = v
        for weights, *bias in side:
            mixed = torch.stack([weights[k] @ mixed + (bias[0][k] if bias else 0) for k in range(len(weights))]).clamp(
                min=0
            )
        mixed = ratio * mixed + (1 - ratio) * v
        return mixed / mixed.norm()

    def logits(image):
        names = torch.tensor(t, dtype=torch.float64)
        seen = through(sides[0], image)
        return [SCALE * seen @ (through(sides[1], name) if thesis else name) for name in names]

    parameters = [p for side in sides[: 1 + thesis] for one in side for p in one]
    trained(logits, s, y, Adam(*parameters), rate, everything(s, epochs))
    with torch.no_grad():
        return [[float(value) for value in logits(torch.tensor(image, dtype=torch.float64))] for image in x]
