"""What is watched after every epoch, on pairs that are not trained on: gap, spread, retrieval, signs of collapse."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from mmgap.core.defaults import POOL
from mmgap.core.messages import Message
from mmgap.evaluation.measuring import Measurement, measure_all
from mmgap.training.model_inputs import TowerRows, on, runs
from mmgap.training.recipe import TrainingError
from mmgap.training.trainable_model import Dual

#: Pairs that are watched at most.
LIMIT = 1000

#: Bins on [−1, 1] of the histograms that are kept for every epoch.
BINS = 200

#: A modality whose effective rank is below this, or the norm of whose mean is above, has collapsed.
LEAST_RANK, LARGEST_MEAN = 2.0, 0.99

#: Fewer watched pairs span too little for their rank to say anything.
LEAST_PAIRS = 10

#: A loss that is not below this share of ln(batch size) after an epoch has learned nothing.
CHANCE = 0.99


class NotFiniteError(TrainingError):
    """Vectors without a direction: not finite, or zero."""


def encode(dual: Dual, rows: TowerRows, modality: str, device: str) -> Tensor:
    """(N, d) unit vectors on the CPU, in evaluation mode, which is left again."""
    mode = dual.training
    dual.eval()
    forward = dual.images if modality == "image" else dual.texts
    with torch.inference_mode():
        found = [forward(on(device, rows.take(some))).float().cpu() for some in runs(len(rows))]
    dual.train(mode)
    return torch.cat(found).clone()


class Watched:
    """The validation pairs, and what they say of a model.

    Args:
        images, texts: rows of the validation split.
        first: (N,) the row of each image's caption 0.
        groups: (M,) equal captions share a label.
        seed: of the sample, where there are more than `LIMIT` pairs.
    """

    def __init__(self, images: TowerRows, texts: TowerRows, first: np.ndarray, groups: np.ndarray, seed: int) -> None:
        n = len(images)
        chosen = np.sort(np.random.default_rng(seed).permutation(n)[:LIMIT])
        self.images, self.texts = Subset(images, chosen), Subset(texts, first[chosen])
        self.groups = np.unique(groups[first[chosen]], return_inverse=True)[1]

    def __call__(self, dual: Dual, device: str) -> dict[str, np.ndarray]:
        """One entry of every curve, and the histograms; see `mmgap.training.history`.

        Raises:
            NotFiniteError: vectors are not finite, or zero.
        """
        x, y = encode(dual, self.images, "image", device), encode(dual, self.texts, "text", device)
        for name, vectors in (("image", x), ("text", y)):
            if not ((lengths := vectors.norm(dim=1)).isfinite().all() and lengths.all()):
                raise NotFiniteError(f"{name} vectors of the validation split are not finite, or zero")
        return watch(x, y, self.groups, float(dual.scale.detach()))


def watch(x: Tensor, y: Tensor, groups: np.ndarray, scale: float) -> dict[str, np.ndarray]:
    """Curves (0-d) and histograms (`BINS`,) of N pairs of unit vectors."""
    pool = min(POOL, len(x))
    found = measure_all(x, y, pool=pool, relevance=(groups, groups), owner=np.arange(len(x)))
    metrics = found.metrics
    curves = {
        "curve_gap": metrics["gap"],
        "curve_misalignment": metrics["misalignment"],
        "curve_uniformity": metrics["uniformity"],
        "curve_t2i_r1": metrics[f"t2i_r1_pool{pool}"],
        "curve_i2t_r1": metrics[f"i2t_r1_pool{pool}"],
        "curve_rank_image": metrics["effective_rank_image"],
        "curve_rank_text": metrics["effective_rank_text"],
        "curve_mean_image": float(x.double().mean(0).norm()),
        "curve_mean_text": float(y.double().mean(0).norm()),
        "curve_scale": scale,
    }
    return {name: np.asarray(value) for name, value in curves.items()} | _histograms(found)


def collapsed(curves: Mapping[str, np.ndarray], side: str) -> bool:
    """Whether a modality is nearly a point or a line; see `LEAST_RANK` and `LARGEST_MEAN`."""
    return float(curves[f"curve_rank_{side}"]) < LEAST_RANK or float(curves[f"curve_mean_{side}"]) > LARGEST_MEAN


def alarms(
    curves: Mapping[str, np.ndarray], start: Mapping[str, np.ndarray], epoch: int, loss: float | None, size: int
) -> list[str]:
    """What of an epoch looks like a collapse, in words; nothing that was so before training.

    Args:
        curves: of the epoch.
        start: of epoch 0.
        epoch: its number.
        loss: its mean cross-entropy; None where nothing can be said of it yet, or no such term is there.
        size: of a batch.
    """
    found: list[str] = []
    for side in ("image", "text"):
        rank, mean = float(curves[f"curve_rank_{side}"]), float(curves[f"curve_mean_{side}"])
        pairs = int(curves["epoch_matched"].sum())
        if pairs >= LEAST_PAIRS and collapsed(curves, side) and not collapsed(start, side):
            found.append(
                Message(
                    "COLLAPSE ALARM: after epoch {epoch} the {side} vectors of the validation split have an effective"
                    " rank of {rank} and a mean of norm {mean}: they are nearly one point or one line.",
                    epoch=epoch,
                    side=Message(side),
                    rank=f"{rank:.1f}",
                    mean=f"{mean:.3f}",
                )
            )
    if loss is not None and loss > CHANCE * math.log(size):
        found.append(
            Message(
                "CHANCE ALARM: the cross-entropy of epoch {epoch} is {loss}, and ln({size}) = {chance} is what a model"
                " gives that tells nothing apart: try another rate, or a longer warm-up.",
                epoch=epoch,
                loss=f"{loss:.3f}",
                size=size,
                chance=f"{math.log(size):.3f}",
            )
        )
    return found


class Subset:
    """Some rows of others, by position."""

    def __init__(self, rows: TowerRows, positions: np.ndarray) -> None:
        self.rows, self.positions = rows, positions

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, rows: np.ndarray) -> object:
        return self.rows.take(self.positions[rows])


def _histograms(found: Measurement) -> dict[str, np.ndarray]:
    """The measured histograms in `BINS` wider bins."""
    histograms = found.histograms
    kinds = ("image", "text", "matched", "unmatched")
    return {f"epoch_{kind}": getattr(histograms, kind).reshape(BINS, -1).sum(1) for kind in kinds}
