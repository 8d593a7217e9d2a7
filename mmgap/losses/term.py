"""What all losses share: the check of their input, their precision, their tags, the module around the function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, Protocol, TypeAlias, cast, get_args, get_origin, get_type_hints

import torch

from mmgap.losses.reductions import one_of
from mmgap.losses.row_products import Given

#: A logit scale e^τ: a number, or a 0-d tensor (a learned one).
Scale: TypeAlias = float | torch.Tensor
LossFunction: TypeAlias = Callable[..., torch.Tensor]
P = ParamSpec("P")


@dataclass(frozen=True)
class Tags:
    """What a loss says of itself; `mmgap.testing.check_loss` holds it to that. By default it promises nothing.

    Attributes:
        at_least: pairs without which the loss has no value.
        symmetric: it stays the same when images and texts change places.
        rotation_invariant: it stays the same under a joint rotation of both sides.
        uses_scale: its value depends on ``logit_scale``, which a loss without this tag accepts and ignores.
        learned: options that the module of this loss, `Term`, makes parameters; one whose default is None only where
            it is written.
        needs: what it asks for besides the vectors, by name: tensors of the batch, such as ``caption_cosines``.
    """

    at_least: int = 1
    symmetric: bool = False
    rotation_invariant: bool = False
    uses_scale: bool = True
    learned: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


class Loss(Protocol[P]):
    """A loss function as `loss` leaves it: called as it was written, with its `Tags` beside it."""

    __name__: str
    tags: Tags

    def __call__(self, *args: P.args, **options: P.kwargs) -> torch.Tensor: ...


def loss(
    *,
    at_least: int = 1,
    symmetric: bool = False,
    rotation_invariant: bool = False,
    uses_scale: bool = True,
    learned: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
) -> Callable[[Callable[P, torch.Tensor]], Loss[P]]:
    """Decorate a loss function: its input is checked, it computes outside autocast and in float32 or wider.

    Half precision input is widened first (cosines in bfloat16 are 0.004 apart, which a logit scale of 100 turns
    into 0.4), and the gradient comes back in the dtype of the input. Only shapes and dtypes are looked at, never
    values, so that a GPU need not be waited for. What the loss ``needs`` besides is given by name, and comes in the
    device and dtype of the vectors. The arguments are the loss's `Tags`, found again as its ``tags``.

    >>> @loss(symmetric=True, rotation_invariant=True, uses_scale=False)
    ... def squared(x, y, *, logit_scale=None):
    ...     return (x - y).square().sum(1).mean()
    >>> squared(torch.eye(2), -torch.eye(2))
    tensor(4.)
    >>> squared.tags.symmetric
    True
    """
    tags = Tags(at_least, symmetric, rotation_invariant, uses_scale, learned, needs)

    def decorate(function: Callable[P, torch.Tensor]) -> Loss[P]:
        name = function.__name__

        @functools.wraps(function)
        def checked(x: torch.Tensor, y: torch.Tensor, **options: Any) -> torch.Tensor:
            _check(name, x, y, at_least)
            _check_needs(name, needs, options)
            dtype = torch.promote_types(torch.promote_types(x.dtype, y.dtype), torch.float32)
            options |= {need: options[need].to(x.device, dtype) for need in needs}
            with torch.autocast(x.device.type, enabled=False):
                return cast(LossFunction, function)(x.to(dtype), y.to(dtype), **options)

        found = cast(Loss[P], checked)
        found.tags = tags
        return found

    return decorate


def tags_of(function: LossFunction) -> Tags:
    """Return what a loss says of itself; of one that `loss` does not decorate, that it promises nothing."""
    found: Tags = getattr(function, "tags", Tags())
    return found


class Term(torch.nn.Module):
    """A loss function with its options bound: ``Term(var, {"over": "rows"})(x, y, logit_scale=20.0)``.

    Args:
        function: as registered.
        options: its keyword arguments; text is turned into what the function's annotations say.

    Raises:
        ValueError: an option that the function lacks, or a value it does not take.

    Options that the function names ``learned`` become parameters of this module, of the given or default start.
    It takes what any loss of a sum may need, and hands on what its own does.
    """

    def __init__(self, function: LossFunction, options: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.function = function
        self.options = _typed_options(function, dict(options or {}))
        for name in tags_of(function).learned:
            start = self.options.pop(name, inspect.signature(function).parameters[name].default)
            if start is not None:
                self.register_parameter(name, torch.nn.Parameter(torch.tensor(float(start))))

    def forward(self, x: torch.Tensor, y: torch.Tensor, **given: Scale | Given) -> torch.Tensor:
        taken = {name: value for name, value in given.items() if name in ("logit_scale", *tags_of(self.function).needs)}
        return self.function(x, y, **self.options, **dict(self.named_parameters()), **taken)

    def extra_repr(self) -> str:
        return ", ".join([self.function.__name__, *(f"{key}={value!r}" for key, value in self.options.items())])


def _check(name: str, x: torch.Tensor, y: torch.Tensor, at_least: int) -> None:
    for side, v in (("x", x), ("y", y)):
        if not isinstance(v, torch.Tensor) or not v.is_floating_point():
            kind = v.dtype if isinstance(v, torch.Tensor) else type(v).__name__
            raise TypeError(f"{name}: {side} must be a floating torch tensor, got {kind}")
    if x.ndim != 2 or x.shape != y.shape:
        raise ValueError(
            f"{name}: x and y must share one shape (N, d), row i of both being pair i;"
            f" got {tuple(x.shape)} and {tuple(y.shape)}"
        )
    if len(x) < at_least:
        raise ValueError(f"{name}: needs at least {at_least} pair(s), got {len(x)}; drop the last, smaller batch")


def _check_needs(name: str, needs: tuple[str, ...], options: Mapping[str, Any]) -> None:
    for need in needs:
        if need not in options:
            raise ValueError(
                f"{name}: needs {need} of the batch besides its vectors: give them by name, {need}=…, to the loss or"
                " the sum that holds it"
            )
        if not isinstance(options[need], Given):
            raise TypeError(f"{name}: {need} must be a torch tensor or RowProducts, got {type(options[need]).__name__}")


def _typed_options(function: LossFunction, options: dict[str, Any]) -> dict[str, Any]:
    others = ("x", "y", "logit_scale", "return", *tags_of(function).needs)
    known = {name: kind for name, kind in get_type_hints(function).items() if name not in others}
    for key, value in options.items():
        if key not in known:
            offer = f"its options are {', '.join(known)}" if known else "it takes none"
            raise ValueError(f"{function.__name__} has no option {key!r}; {offer}")
        if get_origin(known[key]) is Literal:
            one_of(f"{function.__name__}: {key}", value, *get_args(known[key]))
            continue
        try:
            options[key] = float(value)
        except ValueError:
            raise ValueError(f"{function.__name__}: {key} must be a number, got {value!r}") from None
    return options
