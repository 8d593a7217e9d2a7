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

    def needed(self, n: int) -> dict[str, torch.Tensor]:
        """Return what the loss needs besides the vectors of n pairs, in float64.

        Raises:
            AssertionError: it needs something that is not known here.
        """
        strange = [name for name in self.tags.needs if name not in NEEDED]
        assert not strange, f"it needs {', '.join(strange)}, and only {', '.join(NEEDED)} can be tried"
        return {name: NEEDED[name](n) for name in self.tags.needs}

    def __call__(self, x: torch.Tensor, y: torch.Tensor, **options: Any) -> torch.Tensor:
        """Return the loss of these pairs, with what it needs besides."""
        return self.function(x, y, **{**self.needed(len(x)), **options})


def caption_cosines(n: int) -> torch.Tensor:
    """Return (n, n) cosines of n made-up captions, none below 0, of which the last two are equal."""
    words = torch.rand(n, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(n))
    if n > 1:
        words[-1] = words[-2]
    words = torch.nn.functional.normalize(words, dim=1)
    return words @ words.T


#: What a loss may need besides the vectors → how it is made for n pairs.
NEEDED = {"caption_cosines": caption_cosines}


check_loss = Conformance("loss", LossSubject.of)

#: Shapes (N, d) that an equality is tried on.
SHAPES = ((2, 2), (5, 4), (9, 3), (4, 16))


@check_loss.add
def gives_one_number(loss: LossSubject) -> None:
    """A finite 0-d tensor, from the least number of pairs on; the vectors stay as they are."""
    for n in (loss.tags.at_least, 40):
        x, y = loss.pairs(n, 6)
        before = x.clone(), y.clone()
        value = loss(x, y)
        assert value.shape == (), f"a loss is a 0-d tensor, got one of shape {tuple(value.shape)}"
        assert torch.isfinite(value), f"of {len(x)} pairs it is {value.item()}"
        assert torch.equal(x, before[0]), "it writes into the image vectors"
        assert torch.equal(y, before[1]), "it writes into the text vectors"


@check_loss.add
def takes_the_logit_scale(loss: LossSubject) -> None:
    """A number or a 0-d tensor; a loss without the tag ``uses_scale`` accepts and ignores it."""
    x, y = loss.pairs(6, 4)
    value = loss(x, y, logit_scale=20.0)
    torch.testing.assert_close(loss(x, y, logit_scale=torch.tensor(20.0, dtype=torch.float64)), value)
    if not loss.tags.uses_scale:
        assert value == loss(x, y, logit_scale=1.0) == loss(x, y), "it depends on the logit scale"


@check_loss.add
def gradients_are_right(loss: LossSubject) -> None:
    """By finite differences, of both sides and of the logit scale."""
    x, y = (side.requires_grad_() for side in loss.pairs(5, 4))
    scale = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, y, scale: loss(x, y, logit_scale=scale), (x, y, scale))


@check_loss.add
def equal_rows_have_finite_gradients(loss: LossSubject) -> None:
    """Equal pairs, equal rivals and right angles, as a batch may hold them."""
    x, _ = loss.pairs(40, 6)
    x[7] = x[3]
    y = x.clone()
    y[:20] = y[5]
    x[30], x[31], y[32] = torch.eye(6, dtype=torch.float64)[:3]
    gradients = torch.autograd.grad(loss(x.requires_grad_(), y.requires_grad_()), (x, y))
    assert all(torch.isfinite(side).all() for side in gradients)


@check_loss.add
def order_of_pairs_changes_nothing(loss: LossSubject) -> None:
    """Row i of both sides is pair i, wherever it stands."""
    for n, d in SHAPES:
        x, y = loss.pairs(n, d)
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(n))
        needed = {name: value[order][:, order] for name, value in loss.needed(len(x)).items()}
        _assert_same(loss, (x[order], y[order]), (x, y), **needed)


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
        parse(f"0.5*{loss.name}")(x, y, logit_scale=4.0, **loss.needed(len(x))), 0.5 * loss(x, y, logit_scale=4.0)
    )


def _assert_same(
    loss: LossSubject, changed: tuple[torch.Tensor, ...], pairs: tuple[torch.Tensor, ...], **needed: torch.Tensor
) -> None:
    """Both give one value, the changed pairs with what they need where that changed, too."""
    values = [loss(*changed, logit_scale=4.0, **needed), loss(*pairs, logit_scale=4.0)]
    torch.testing.assert_close(*values, rtol=1e-9, atol=1e-9)
