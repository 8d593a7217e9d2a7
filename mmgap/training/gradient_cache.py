"""The exact gradient of a batch of any size at the memory of a small one.

A contrastive loss cannot be accumulated over small batches: its negatives live in the batch. But the loss sees the
batch through its vectors only, so the gradient splits at them (Gao et al. 2021, GradCache,
https://arxiv.org/abs/2101.06983): every chunk is encoded without a graph, the loss is differentiated with respect to
the vectors, and every chunk is encoded again, with a graph, to carry its vectors' gradient on to the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

#: Inputs of some items → their (n, d) unit vectors, with a graph where gradients are on.
Encode = Callable[[Any], torch.Tensor]
#: Unit vectors of all images and all texts → the 0-d loss.
Criterion = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class ChunkedInputs:
    """One modality of a batch.

    Attributes:
        encode: from a chunk's input to its vectors.
        chunks: inputs of the chunks, in the order of the batch.
    """

    encode: Encode
    chunks: Sequence[Any]


def plain_backward(images: ChunkedInputs, texts: ChunkedInputs, criterion: Criterion) -> torch.Tensor:
    """The loss of the batch, its gradient added to every parameter's; all activations are held at once.

    Args:
        images, texts: row i of one belongs to row i of the other.
        criterion: of all vectors; parameters of its own (a logit scale) get their gradient, too.

    Returns:
        The 0-d loss, detached.
    """
    x, y = (torch.cat([side.encode(chunk) for chunk in side.chunks]) for side in (images, texts))
    loss = criterion(x, y)
    loss.backward()
    return loss.detach()


def cached_backward(images: ChunkedInputs, texts: ChunkedInputs, criterion: Criterion) -> torch.Tensor:
    """`plain_backward` with the activations of one chunk at a time; two forward passes instead of one.

    The second pass of a chunk repeats the first one's random numbers, so dropout is the same in both. Encoders must
    not mix the items of a batch (batch normalisation in training does).

    Args, returns: as `plain_backward`.
    """
    sides = (images, texts)
    states: list[list[RandomState]] = [[], []]
    vectors = []
    with torch.no_grad():
        for side, seen in zip(sides, states, strict=True):
            parts = []
            for chunk in side.chunks:
                seen.append(RandomState.now())
                parts.append(side.encode(chunk))
            vectors.append(torch.cat(parts))
    x, y = (v.detach().requires_grad_() for v in vectors)
    loss = criterion(x, y)
    loss.backward()
    for side, seen, whole in zip(sides, states, (x, y), strict=True):
        start = 0
        for chunk, state in zip(side.chunks, seen, strict=True):
            with state.replayed():
                part = side.encode(chunk)
            if part.requires_grad:  # a frozen tower has nothing to learn
                assert whole.grad is not None
                part.backward(whole.grad[start : start + len(part)])
            start += len(part)
    return loss.detach()


@dataclass(frozen=True)
class RandomState:
    """Where the random number generators of the CPU and the current accelerator stood."""

    cpu: torch.Tensor
    cuda: torch.Tensor | None

    @classmethod
    def now(cls) -> RandomState:
        """As they stand."""
        started = torch.cuda.is_available() and torch.cuda.is_initialized()
        return cls(torch.get_rng_state(), torch.cuda.get_rng_state() if started else None)

    @contextmanager
    def replayed(self) -> Iterator[None]:
        """Within the block they stand there again; afterwards as before it."""
        before = RandomState.now()
        self._set()
        try:
            yield
        finally:
            before._set()

    def _set(self) -> None:
        torch.set_rng_state(self.cpu)
        if self.cuda is not None:
            torch.cuda.set_rng_state(self.cuda)
