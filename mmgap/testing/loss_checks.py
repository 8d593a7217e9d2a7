"""What every loss has to be, as `mmgap.losses` and its tags say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch

from mmgap.losses.loss_registry import registry
from mmgap.losses.term import LossFunction, Tags, tags_of
from mmgap.losses.total import parse
from mmgap.testing.conformance import Conformance


@dataclass(frozen=True)
class LossSubject:
    """A loss, its tags, and its registered name where it was given by that."""

    function: LossFunction
    tags: Tags
    name: str | None

    @classmethod
    def of(cls, thing: Any) -> LossSubject:
        """Return the subject of a registered name or of a function."""
        function = registry.get(thing) if isinstance(thing, str) else thing
        return cls(function, tags_of(function), thing if isinstance(thing, str) else None)

    def pairs(self, n: int, d: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (n, d) unit rows of both sides in float64, more of them where the loss needs more."""
        generator = torch.Generator().manual_seed(seed)
        both = torch.randn(2, max(n, self.tags.at_least), d, dtype=torch.float64, generator=generator)
        x, y = torch.nn.functional.normalize(both, dim=2)
        return x, y


check_loss = Conformance("loss", LossSubject.of)

#: Shapes (N, d) that an equality is tried on.
SHAPES = ((2, 2), (5, 4), (9, 3), (4, 16))


@check_loss.add
def gives_one_number(loss: LossSubject) -> None:
    """A finite 0-d tensor, from the least number of pairs on; the vectors stay as they are."""
    for n in (loss.tags.at_least, 40):
        x, y = loss.pairs(n, 6)
        before = x.clone(), y.clone()
        value = loss.function(x, y)
        assert value.shape == (), f"a loss is a 0-d tensor, got one of shape {tuple(value.shape)}"
        assert torch.isfinite(value), f"of {len(x)} pairs it is {value.item()}"
        assert torch.equal(x, before[0]), "it writes into the image vectors"
        assert torch.equal(y, before[1]), "it writes into the text vectors"


@check_loss.add
def takes_the_logit_scale(loss: LossSubject) -> None:
    """A number or a 0-d tensor; a loss without the tag ``uses_scale`` accepts and ignores it."""
    x, y = loss.pairs(6, 4)
    value = loss.function(x, y, logit_scale=20.0)
    torch.testing.assert_close(loss.function(x, y, logit_scale=torch.tensor(20.0, dtype=torch.float64)), value)
    if not loss.tags.uses_scale:
        assert value == loss.function(x, y, logit_scale=1.0) == loss.function(x, y), "it depends on the logit scale"


@check_loss.add
def gradients_are_right(loss: LossSubject) -> None:
    """By finite differences, of both sides and of the logit scale."""
    x, y = (side.requires_grad_() for side in loss.pairs(5, 4))
    scale = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, y, scale: loss.function(x, y, logit_scale=scale), (x, y, scale))


@check_loss.add
def equal_rows_have_finite_gradients(loss: LossSubject) -> None:
    """Equal pairs, equal rivals and right angles, as a batch may hold them."""
    x, _ = loss.pairs(40, 6)
    x[7] = x[3]
    y = x.clone()
    y[:20] = y[5]
    x[30], x[31], y[32] = torch.eye(6, dtype=torch.float64)[:3]
    gradients = torch.autograd.grad(loss.function(x.requires_grad_(), y.requires_grad_()), (x, y))
    assert all(torch.isfinite(side).all() for side in gradients)


@check_loss.add
def order_of_pairs_changes_nothing(loss: LossSubject) -> None:
    """Row i of both sides is pair i, wherever it stands."""
    for n, d in SHAPES:
        x, y = loss.pairs(n, d)
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(n))
        _assert_same(loss, (x[order], y[order]), (x, y))


@check_loss.add
def sides_change_places(loss: LossSubject) -> None:
    """What the tag ``symmetric`` promises."""
    if not loss.tags.symmetric:
        pytest.skip("it has no tag 'symmetric'")
    for n, d in SHAPES:
        x, y = loss.pairs(n, d)
        _assert_same(loss, (y, x), (x, y))


@check_loss.add
def joint_rotation_changes_nothing(loss: LossSubject) -> None:
    """What the tag ``rotation_invariant`` promises."""
    if not loss.tags.rotation_invariant:
        pytest.skip("it has no tag 'rotation_invariant'")
    for n, d in SHAPES:
        x, y = loss.pairs(n, d)
        q = torch.linalg.qr(loss.pairs(d, d, seed=1)[0][:d])[0]
        _assert_same(loss, (x @ q, y @ q), (x, y))


@check_loss.add
def stands_in_a_sum(loss: LossSubject) -> None:
    """Its registered name is a term of an expression."""
    if loss.name is None:
        pytest.skip("it was given as a function, without its registered name")
    x, y = loss.pairs(6, 4)
    torch.testing.assert_close(
        parse(f"0.5*{loss.name}")(x, y, logit_scale=4.0), 0.5 * loss.function(x, y, logit_scale=4.0)
    )


def _assert_same(loss: LossSubject, changed: tuple[torch.Tensor, ...], pairs: tuple[torch.Tensor, ...]) -> None:
    values = [loss.function(*sides, logit_scale=4.0) for sides in (changed, pairs)]
    torch.testing.assert_close(*values, rtol=1e-9, atol=1e-9)
