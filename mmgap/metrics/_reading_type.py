"""In which type a tile of the similarity matrix is read: float64, but float32 where a card's float64 is far slower."""

from __future__ import annotations

import torch

#: Compute capabilities of NVIDIA's cards whose float64 has half the rate of float32 (P100, V100, A100, H100, B200). All
#: others, those made for games above all, have a 32nd or a 64th of it: reading would take longer than the products.
HALF_RATE = frozenset({(6, 0), (7, 0), (8, 0), (9, 0), (10, 0)})


def reading_type(tile: torch.Tensor) -> torch.dtype:
    """Return the type in which sums and exponentials of a tile are taken.

    >>> reading_type(torch.zeros(2, 2))
    torch.float64
    """
    if tile.dtype != torch.float32 or tile.device.type != "cuda" or torch.version.hip is not None:
        return torch.float64
    return torch.float64 if torch.cuda.get_device_capability(tile.device) in HALF_RATE else torch.float32
