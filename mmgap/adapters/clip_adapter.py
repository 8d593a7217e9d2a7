"""``clip-adapter``: a small network on the images, or on both sides, mixed with what it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import linear, normalize

from mmgap.adapters.adapter import Adapter, Grid
from mmgap.adapters.few_shots import FewShots, trainable

#: Hidden width of the thesis's variant.
HIDDEN = 256


@dataclass(frozen=True, eq=False)
class Bottleneck:
    """unit(r·relu(W₂·relu(W₁·x + b₁) + b₂) + (1 − r)·x), a network of two layers mixed with its input.

    Attributes:
        layers: W₁ (h, d) and W₂ (d, h), or W₁, b₁, W₂, b₂.
        ratio: r.
    """

    layers: tuple[Tensor, ...]
    ratio: float

    @classmethod
    def drawn(cls, width: int, hidden: int, biases: bool, ratio: float, generator: torch.Generator) -> Bottleneck:
        """Draw all numbers uniform within ±1/√(inputs of the layer), as PyTorch's linear layers start."""
        layers = []
        for inputs, outputs in ((width, hidden), (hidden, width)):
            for shape in ((outputs, inputs), (outputs,))[: 1 + biases]:
                drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
                layers.append((2 * drawn - 1) / inputs**0.5)
        return cls(tuple(trainable(*layers)), ratio)

    def __call__(self, x: Tensor) -> Tensor:
        half = len(self.layers) // 2
        hidden = linear(x, *self.layers[:half]).relu()
        return normalize(self.ratio * linear(hidden, *self.layers[half:]).relu() + (1 - self.ratio) * x, dim=1)


@dataclass(frozen=True, eq=False)
class Bottlenecks:
    """Scaled cosines behind the networks of the sides.

    Attributes:
        few: the classes.
        image: the network of the images.
        text: that of the classes; None leaves them as they are.
    """

    few: FewShots
    image: Bottleneck
    text: Bottleneck | None

    def scores(self, x: Tensor) -> Tensor:
        """Return 100·A(x)·A'(T)."""
        classes = self.few.t if self.text is None else self.text(self.few.t)
        return self.few.scale * self.image(x) @ classes.T


@dataclass(frozen=True)
class CLIPAdapter(Adapter):
    """Trains a network with a bottleneck and mixes what it gives with the vector itself.

    A(x) = unit(r·relu(W₂·relu(W₁·x + b₁) + b₂) + (1 − r)·x), logits = 100·A(x)·T; normalised after mixing, by Adam on
    all shots at once, the rate falling as a cosine

    The authors' code mixes vectors as the encoder gives them, before they have length one; adapters here get unit
    vectors, so unit ones are mixed. Its width is fixed at 1024; here it is that of the vectors. Rate and steps are a
    choice of this project.

    Attributes:
        variant: "paper": bottleneck d/4, no biases, images alone; "thesis": 256 hidden units, biases, a network for
            each side: logits = 100·A(x)·A'(T).
        ratio: r.
        rate: learning rate at the start.
        epochs: steps.

    Gao et al., CLIP-Adapter: Better Vision-Language Models with Feature Adapters (IJCV 2024),
    https://arxiv.org/abs/2110.04544.
    """

    grid: ClassVar[Grid] = {"ratio": (0.1, 0.2, 0.4, 0.6, 0.8)}
    trained: ClassVar[bool] = True

    variant: Literal["paper", "thesis"] = "paper"
    ratio: float = 0.2
    rate: float = 1e-3
    epochs: int = 100

    def learn(self, few: FewShots) -> Bottlenecks:
        """Return the networks after training."""
        width, thesis = few.x.shape[1], self.variant == "thesis"
        hidden, generator = HIDDEN if thesis else max(1, width // 4), few.generator()
        image, text = (Bottleneck.drawn(width, hidden, thesis, self.ratio, generator) for _ in range(2))
        networks = Bottlenecks(few, image, text if thesis else None)
        optimiser = torch.optim.Adam([*image.layers, *(text.layers if thesis else ())], lr=self.rate)
        for _ in few.descend(networks.scores, optimiser, self.epochs):
            pass
        return networks
