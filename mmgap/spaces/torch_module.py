"""A fitted space as a torch module, for those who encode in torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap


class AffineModule(nn.Module):
    """``v ↦ W·(v − centre) + bias`` of (N, d) rows; float64 in is float64 out, anything narrower comes out as float32.

    Args:
        affine: the map; None leaves vectors as they are.
        before, after: whether rows are brought to length one before it, and after it; rows of zeros stay.
    """

    def __init__(self, affine: Affine | None, before: bool, after: bool) -> None:
        super().__init__()
        self.before, self.after = before, after
        for name in ("weight", "centre", "bias"):
            array = None if affine is None else getattr(affine, name)
            self.register_buffer(name, None if array is None else torch.tensor(array))

    weight: torch.Tensor | None
    centre: torch.Tensor | None
    bias: torch.Tensor | None

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Return (N, d_out) rows."""
        v = vectors.to(torch.promote_types(vectors.dtype, torch.float32))
        if self.before:
            v = _unit(v)
        if self.centre is not None:
            v = v - self.centre.to(v.dtype)
        if self.weight is not None:
            weight = self.weight.to(v.dtype)
            v = v * weight if weight.dim() == 1 else v @ weight.T
        if self.bias is not None:
            v = v + self.bias.to(v.dtype)
        return _unit(v) if self.after else v


class SpaceModule(nn.Module):
    """Images and texts into a space; ``module.image`` and ``module.text`` take one of them alone."""

    def __init__(self, maps: Sequence[PairMap]) -> None:
        super().__init__()
        self.image, self.text = (
            nn.Sequential(*(_module(each, getattr(each, side)) for each in maps)) for side in ("image", "text")
        )

    def forward(self, images: torch.Tensor, texts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (N, k) images and (M, k) texts in the space."""
        return self.image(images), self.text(texts)


def _module(pair: PairMap, affine: Affine | None) -> AffineModule:
    unit = pair.unit and affine is not None
    return AffineModule(affine, unit, unit and pair.renormalise)


def _unit(rows: torch.Tensor) -> torch.Tensor:
    """Rows of length one, by way of their largest numbers, whose squares stay in range."""
    largest = rows.abs().amax(dim=-1, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny)
    scaled = rows / largest
    lengths = torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
    return scaled / torch.where(lengths > 0, lengths, torch.ones_like(lengths))
