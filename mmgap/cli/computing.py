"""Where, and how precisely, a command was asked to compute; and what it says of that with its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mmgap.cli.choices import Products
from mmgap.core.messages import Message

if TYPE_CHECKING:
    import numpy as np
    import torch

    from mmgap.evaluation.measurement import Measurement
    from mmgap.stats.interval import Interval


@dataclass(frozen=True)
class Told:
    """What a result says of how it was computed: nothing where nobody asked.

    Attributes:
        device: as people call it; empty where nobody asked.
        products: the type of the cosines.
        error: how far any cosine may be from the exact one.
        bounds: metric → between which values the exact one lies, where products are in bfloat16.
    """

    device: str = ""
    products: str = ""
    error: float = 0.0
    bounds: Mapping[str, Interval] = field(default_factory=dict)

    def notes(self) -> list[Message]:
        """Return it as sentences."""
        if not self.device:
            return []
        said = Message(
            "Computed on: {device}. Cosines are products in {products}, each within {error} of the exact one.",
            device=self.device,
            products=self.products,
            error=f"{self.error:.2g}",
        )
        if not self.bounds:
            return [said]
        return [
            said,
            Message(
                "Brackets are bounds of that rounding, which the exact numbers do not pass, and no confidence"
                " intervals. Numbers without brackets are not of such products, but exact."
            ),
        ]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it, beside the metrics."""
        if not self.device:
            return {}
        ends = {name: [one.low, one.high] for name, one in self.bounds.items()}
        told = {"device": self.device, "products": self.products, "cosine_error": self.error}
        return {"computed": {**told, "bounds": ends} if ends else told}


@dataclass(frozen=True)
class Computing:
    """Where a command computes, and in which type it multiplies.

    Attributes:
        device: None where nobody asked: then vectors stay as they are, on the CPU.
        dtype: of the cosines; None for what `mmgap.metrics.tiles.product_dtype` takes.
    """

    device: torch.device | None = None
    dtype: torch.dtype | None = None

    @property
    def on_cpu(self) -> bool:
        """Whether that is the CPU, asked for or not."""
        return self.device is None or self.device.type == "cpu"

    @property
    def place(self) -> torch.device:
        """The device, the CPU where nobody asked."""
        import torch

        return self.device or torch.device("cpu")

    def said(self) -> list[Message]:
        """Return where a card was computed, as a sentence, where somebody asked."""
        if self.device is None:
            return []
        from mmgap.evaluation.measuring_device import device_name

        return [
            Message(
                "Similarities were computed on: {device}. The doctor and what spaces would change are computed on the"
                " CPU.",
                device=device_name(self.device),
            )
        ]

    @classmethod
    def asked(cls, device: str | None, dtype: Products | None = None) -> Computing:
        """Return what the options say. Raises `ValueError` for a device that is none, or is not there."""
        if device is None and dtype is None:
            return cls()
        import torch

        from mmgap.evaluation.measuring_device import measuring_device

        return cls(measuring_device(device or "cpu"), None if dtype is None else getattr(torch, dtype.value))

    def placed(self, v: np.ndarray, name: str) -> np.ndarray | torch.Tensor:
        """Return vectors where they are to be measured."""
        if self.device is None:
            return v
        from mmgap.evaluation.measuring_device import placed

        return placed(v, name, self.device)

    def told(self, found: Measurement, *, logit_scale: float, pool: int) -> Told:
        """Return what a result says of it; arguments as `mmgap.evaluation.rounded_measuring.rounding_bounds`."""
        if self.device is None:
            return Told()
        from mmgap.evaluation.measuring_device import device_name
        from mmgap.evaluation.rounded_measuring import cosine_error, rounding_bounds

        products = str(found.cross.dtype).removeprefix("torch.")
        bounds = rounding_bounds(found, logit_scale=logit_scale, pool=pool) if products == Products.bfloat16 else {}
        return Told(device_name(self.device), products, cosine_error(found), bounds)
