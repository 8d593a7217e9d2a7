"""Rows and arrays that look like trainings, made without training anything."""

import numpy as np

from tests.support.made_up_rows import metric, row, space_metrics, with_items

LOSSES = ("ce", "ce+intra", "ce+intra+inter", "ce+var", "ce+anti", "ce+anti+var", "cyclip")

#: Where each loss takes the gap and R@1.
ENDS = {
    "ce": (0.55, 0.80),
    "ce+intra": (0.32, 0.55),
    "ce+intra+inter": (0.30, 0.30),
    "ce+var": (0.54, 0.81),
    "ce+anti": (0.26, 0.79),
    "ce+anti+var": (0.50, 0.80),
    "cyclip": (0.60, 0.78),
}

#: Of each kind of pair the mean cosine before training and at its end, and how far it spreads.
COSINES = (
    ("image", 0.6, 0.1, 1.0),
    ("text", 0.7, 0.12, 0.9),
    ("matched", 0.3, 0.32, 0.7),
    ("unmatched", 0.2, 0.02, 0.6),
)


def split_items(gap=0.9, recall=0.5, n=60, captions=1, seed=0, spread=0.05):
    """Per-item arrays of a measured test split: the corrected gap with its resamples, and the hits in pools of 90."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(n), captions)
    half, drawn = 2 * spread / n**0.5, rng.normal(size=(2, 200)) * spread / n**0.5
    found = {
        "owner": owner,
        "cluster": np.arange(n),
        "gap_interval": np.array([gap, gap - half, gap + half, n]),
        "gap_replicates": np.stack([(gap + drawn[0]) ** 2 + drawn[1] ** 2, (drawn**2).sum(axis=0)]),
    }
    for way, queries in (("t2i", n * captions), ("i2t", n)):
        found[f"{way}_r1_pool90"] = np.clip(recall + spread * _centred(rng, queries), 0, 1)
        found[f"{way}_r1_pool90_own"] = found[f"{way}_r1_pool90"] * 0.9
    return found


def curve_items(loss="ce", epochs=10, steps_per_epoch=40, bins=200, n=400, seed=0):
    """Curves and histograms over epochs, shaped like those of a real training."""
    rng = np.random.default_rng(seed)
    gap_end, recall_end = ENDS.get(loss, (0.5, 0.7))
    t = np.arange(epochs + 1)
    fall = np.exp(-t / max(epochs / 4, 0.5))
    gap = gap_end + (0.95 - gap_end) * fall
    recall = recall_end - (recall_end - 0.35) * fall
    steps = epochs * steps_per_epoch
    s = np.arange(steps) / max(steps - 1, 1)
    ce = 0.4 + 3.9 * np.exp(-5 * s) + 0.12 * rng.normal(size=steps)
    names = loss.split("+")
    found = {
        "epochs": t.astype(np.int64),
        "curve_gap": gap,
        "curve_misalignment": 1.40 + 0.1 * (1 - fall),
        "curve_uniformity": -1.1 - 2.2 * (1 - fall),
        "curve_t2i_r1": recall,
        "curve_i2t_r1": recall - 0.012,
        "curve_rank_image": 18 + 60 * (1 - fall),
        "curve_rank_text": 12 + 55 * (1 - fall),
        "curve_mean_image": 0.7 - 0.45 * (1 - fall),
        "curve_mean_text": 0.75 - 0.42 * (1 - fall),
        "curve_scale": 14.3 + 6 * (1 - fall),
        "step_loss": ce + 0.3 * (len(names) - 1),
        "step_rate": 1e-3 * np.minimum(1, s * 20) * (0.5 + 0.5 * np.cos(np.pi * s)),
        "step_scale": 14.3 + 6 * s,
        "step_norm": 1 + 0.1 * rng.random(steps),
        "step_gap": np.interp(s * epochs, t, gap) + 0.02 * rng.normal(size=steps),
        "steps_per_epoch": np.array([steps_per_epoch]),
        "chance": np.array([np.log(90)]),
    }
    found |= {f"step_{name}": ce if name in ("ce", "cyclip") else 0.3 + 0.1 * np.exp(-4 * s) for name in names}
    edges = np.linspace(-1, 1, bins + 1)
    found["epoch_edges"] = edges
    for name, start, end, wide in COSINES:
        pairs = n if name == "matched" else 8 * n
        means = end + (start - end) * fall
        found[f"epoch_{name}"] = np.stack(
            [np.histogram(np.clip(rng.normal(m, 0.13 * wide, pairs), -1, 1), edges)[0] for m in means]
        ).astype(np.int64)
    return found


def train_row(cache, loss="ce", seed=0, arrays=None, metrics=None, **keywords):
    """A finished row of training, its arrays in the cache."""
    if metrics is None:
        metrics = {**space_metrics(), "train_t2i_r1_pool90_own": metric(0.99, unit="share", better=True)}
        if loss != "initial":
            metrics |= {"logit_scale": metric(20.0), "epochs_run": metric(10, unit="count")}
            metrics |= {"best_epoch": metric(9, unit="count"), "copositives": metric(0.02, unit="share")}
    one = row("train", keywords.pop("encoder", "tiny"), loss=loss, seed=seed, metrics=metrics, **keywords)
    if arrays is None:
        gap, recall = ENDS.get(loss, (0.95, 0.35))
        arrays = split_items(gap, recall, seed=10 * seed + len(loss))
        arrays |= {} if loss == "initial" else curve_items(loss)
    return with_items(cache, one, arrays)


def _centred(rng, n):
    values = rng.normal(size=n)
    return values - values.mean()
