"""The module that an expression becomes: a weighted sum of terms."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from mmgap.losses.expression import read, write
from mmgap.losses.loss_registry import registry
from mmgap.losses.term import Scale, Term


class LossSum(torch.nn.Module):
    """Σ weight · term on unit vectors; made by `mmgap.losses.parse`.

    ``name`` is the canonical expression, and iterating gives ``(term name, weight)``. A trainer that logs each term
    computes them once: ``parts = loss.parts(x, y, logit_scale=s); total = loss.total(parts)``.

    >>> import torch
    >>> loss = LossSum("ce-0.5*var")
    >>> list(loss)
    [('ce', 1.0), ('var', -0.5)]
    >>> x = torch.eye(4)
    >>> print(f"{loss(x, x, logit_scale=10.0):.4f}")
    0.0001
    """

    def __init__(self, expression: str) -> None:
        super().__init__()
        parts = read(expression)
        self.name = write(parts)
        self.weights = {part.name: part.weight for part in parts}
        self.terms = torch.nn.ModuleDict({part.name: Term(registry.get(part.name), part.options) for part in parts})

    def forward(self, x: torch.Tensor, y: torch.Tensor, *, logit_scale: Scale | None = None) -> torch.Tensor:
        """Return the 0-d loss of N pairs, images ``x`` and texts ``y`` of shape (N, d); see `parts`."""
        return self.total(self.parts(x, y, logit_scale=logit_scale))

    def parts(self, x: torch.Tensor, y: torch.Tensor, *, logit_scale: Scale | None = None) -> dict[str, torch.Tensor]:
        """Return each term's 0-d value by name, without its weight.

        Args:
            x, y: (N, d) unit rows; row i of both is pair i.
            logit_scale: e^τ for the terms that have one; None leaves each its own default.
        """
        scale = {} if logit_scale is None else {"logit_scale": logit_scale}
        return {name: term(x, y, **scale) for name, term in self.terms.items()}

    def total(self, parts: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the weighted sum of `parts`."""
        return torch.stack([weight * parts[name] for name, weight in self.weights.items()]).sum()

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return iter(self.weights.items())

    def __repr__(self) -> str:
        return f"LossSum({self.name!r})"


def parse(expression: str) -> LossSum:
    """Return the loss that ``expression`` writes: a module ``loss(x, y, logit_scale=…) -> 0-d tensor``.

    Its ``parameters()`` are those that a term learns (the bias of ``siglip``).

    Args:
        expression: signed terms, each with an optional weight before it and options behind it:
            ``"ce+0.5*intra-0.1*var"``, ``"ce + 1e-3*cyclip_inter(reduction=row)"``.

    Raises:
        LossExpressionError: it is empty, malformed, names a term twice, or adds a term to one that holds it.
        UnknownNameError: no such term; the message says which ones are near.

    >>> parse("var*1")
    Traceback (most recent call last):
    ...
    mmgap.losses.expression.LossExpressionError: 'var*1': expected '+' or '-' between terms, got '*1'
    >>> parse("-0.1*var + ce")
    LossSum('ce-0.1*var')
    """
    return LossSum(expression)
