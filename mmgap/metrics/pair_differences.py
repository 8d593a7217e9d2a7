"""Is the gap one constant vector, orthogonal to what varies within a modality, and the rest noise without direction?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cosine_similarity

from mmgap.metrics.unit_rows import Vectors, same_shape, unit_rows


@dataclass(frozen=True)
class PairDifferences:
    """What differences ``x_i − y_i`` say of ``x_i − y_i = c + ε_i``, c orthogonal to both modalities, ε Gaussian noise.

    Attributes:
        length, length_sd: mean and standard deviation of the gap's length over groups of pairs.
        direction: mean cosine of the gaps of two groups; 1 for a constant gap.
        along_images, along_texts: mean |cosine| of the gap with the difference of two images, of two texts; 0 for
            a gap orthogonal to both, ``√(2/(π·d))`` for a random direction.
        noise_sd: standard deviation of ε over pairs and dimensions: what C3 adds to vectors in training.
        noise_direction: mean cosine of ε of two pairs; 0 for noise without direction.
    """

    length: float
    length_sd: float
    direction: float
    along_images: float
    along_texts: float
    noise_sd: float
    noise_direction: float


def pair_differences(x: Vectors, y: Vectors, *, group: int = 100, seed: int = 0) -> PairDifferences:
    """Measure the five diagnostics of C3 on pairs in random order, in O(N·d).

    "Noise mean", the fifth, is 0 by construction (ε is taken around the mean); its spread stands in its place.

    Args:
        x, y: (N, d) vectors, unit rows; row i of both is a pair.
        group: pairs of a group, N ≥ 2·group.
        seed: of the order.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; shapes that differ; fewer than two groups.

    Source: Zhang et al., "Connect, collapse, corrupt" (ICLR 2024), section 2.

    >>> import numpy as np
    >>> from mmgap.metrics import pair_differences
    >>> angles = np.linspace(0, 6, 40)
    >>> circle = np.stack([np.cos(angles), np.sin(angles), 0 * angles, 0 * angles], axis=1) * 0.8
    >>> found = pair_differences(circle + [0, 0, 0.6, 0], circle + [0, 0, 0, 0.6], group=10)
    >>> round(found.length, 3), round(found.direction, 3), round(found.along_images, 3), round(found.noise_sd, 3)
    (0.849, 1.0, 0.0, 0.0)
    """
    a, b = unit_rows(x, "images"), unit_rows(y, "texts")
    same_shape(a, b)
    if group < 1 or len(a) < 2 * group:
        raise ValueError(f"group: {len(a)} pairs are fewer than two groups of {group}")
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(a))).to(a.tensor.device)
    images, texts = a.tensor[order].double(), b.tensor[order].double()
    differences = images - texts
    gap = differences.mean(dim=0)
    groups = differences[: len(order) // group * group].reshape(-1, group, a.width).mean(dim=1)
    lengths, noise = groups.norm(dim=1), differences - gap
    return PairDifferences(
        length=float(lengths.mean()),
        length_sd=float(lengths.std()),
        direction=float(cosine_similarity(groups[1:], groups[:-1]).mean()),
        along_images=float(cosine_similarity(images[1:] - images[:-1], gap[None]).abs().mean()),
        along_texts=float(cosine_similarity(texts[1:] - texts[:-1], gap[None]).abs().mean()),
        noise_sd=float(noise.square().mean().sqrt()),
        noise_direction=float(cosine_similarity(noise[1:], noise[:-1]).mean()),
    )
