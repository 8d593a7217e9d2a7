"""The module that an expression becomes: a weighted sum of terms."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from mmgap.losses.ce import tilted
from mmgap.losses.expression import read, write
from mmgap.losses.loss_registry import registry
from mmgap.losses.row_products import Given
from mmgap.losses.term import Scale, Term, tags_of


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

    ``needs`` names what its terms ask for besides the vectors, mostly nothing:

    >>> LossSum("ce+0.5*imsep").needs
    ('caption_cosines',)
    """

    def __init__(self, expression: str) -> None:
        super().__init__()
        parts = read(expression)
        self.name = write(parts)
        self.weights = {part.name: part.weight for part in parts}
        functions = {part.name: registry.get(part.name) for part in parts}
        self.terms = torch.nn.ModuleDict({part.name: Term(functions[part.name], part.options) for part in parts})
        self.needs = tuple(dict.fromkeys(need for one in functions.values() for need in tags_of(one).needs))

    @property
    def learned(self) -> dict[str, torch.nn.Parameter]:
        """What its terms learn, 0-d each, by term and option: ``"siglip.bias"``, ``"ce.tilt"``."""
        return {f"{name}.{option}": p for name, term in self.terms.items() for option, p in term.named_parameters()}

    def scales(self, logit_scale: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the scales of ``i2t`` and ``t2i``, where `ce` has a tilt that tells them apart; else nothing."""
        tilt = self.learned.get("ce.tilt")
        return {} if tilt is None else dict(zip(("i2t", "t2i"), tilted(logit_scale, tilt.detach()), strict=True))

    def forward(
        self, x: torch.Tensor, y: torch.Tensor, *, logit_scale: Scale | None = None, **needed: Given
    ) -> torch.Tensor:
        """Return the 0-d loss of N pairs, images ``x`` and texts ``y`` of shape (N, d); see `parts`."""
        return self.total(self.parts(x, y, logit_scale=logit_scale, **needed))

    def parts(
        self, x: torch.Tensor, y: torch.Tensor, *, logit_scale: Scale | None = None, **needed: Given
    ) -> dict[str, torch.Tensor]:
        """Return each term's 0-d value by name, without its weight.

        Args:
            x, y: (N, d) unit rows; row i of both is pair i.
            logit_scale: e^τ for the terms that have one; None leaves each its own default.
            needed: what ``needs`` names; each term gets what it asks for.

        Raises:
            ValueError: something that a term needs was not given; the message says what.
        """
        given = needed if logit_scale is None else {**needed, "logit_scale": logit_scale}
        return {name: term(x, y, **given) for name, term in self.terms.items()}

    def total(self, parts: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the weighted sum of `parts`."""
        return torch.stack([weight * parts[name] for name, weight in self.weights.items()]).sum()

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return iter(self.weights.items())

    def __repr__(self) -> str:
        return f"LossSum({self.name!r})"


def parse(expression: str) -> LossSum:
    """Return the loss that ``expression`` writes: a module ``loss(x, y, logit_scale=…) -> 0-d tensor``.

    Its ``parameters()`` are those that a term learns (the bias of ``siglip``, the tilt of ``ce(tilt=0)``).

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
