"""What all losses share: the check of their input, their precision, and the thin module around the function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import torch

#: A logit scale e^τ: a number, or a 0-d tensor (a learned one).
Scale: TypeAlias = float | torch.Tensor
LossFunction: TypeAlias = Callable[..., torch.Tensor]


def loss(*, at_least: int = 1, learned: tuple[str, ...] = ()) -> Callable[[LossFunction], LossFunction]:
    """Decorator of every loss function: checks its input and computes outside autocast, in float32 or wider.

    Half precision input is widened first (cosines in bfloat16 are 0.004 apart, which a logit scale of 100 turns
    into 0.4), and the gradient comes back in the dtype of the input. Only shapes and dtypes are looked at, never
    values, so that a GPU need not be waited for.

    Args:
        at_least: rows without which the loss has no value.
        learned: options that the module of this loss, `Term`, makes parameters.
    """

    def decorate(function: LossFunction) -> LossFunction:
        @functools.wraps(function)
        def checked(x: torch.Tensor, y: torch.Tensor, **options: Any) -> torch.Tensor:
            _check(function.__name__, x, y, at_least)
            dtype = torch.promote_types(torch.promote_types(x.dtype, y.dtype), torch.float32)
            with torch.autocast(x.device.type, enabled=False):
                return function(x.to(dtype), y.to(dtype), **options)

        checked.learned = learned  # type: ignore[attr-defined]
        return checked

    return decorate


def one_of(name: str, value: str, *choices: str) -> str:
    """``value``, if it is one of ``choices``; else `ValueError` naming them."""
    if value not in choices:
        raise ValueError(f"{name} must be {' or '.join(map(repr, choices))}, got {value!r}")
    return value


class Term(torch.nn.Module):
    """A loss function with its options bound: ``Term(var, {"over": "rows"})(x, y, logit_scale=20.0)``.

    Args:
        function: as registered.
        options: its keyword arguments; text is turned into what the function's annotations say.

    Raises:
        ValueError: an option that the function lacks, or a value it does not take.

    Options that the function names ``learned`` become parameters of this module, of the given or default start.
    """

    def __init__(self, function: LossFunction, options: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.function = function
        self.options = _typed_options(function, dict(options or {}))
        for name in getattr(function, "learned", ()):
            start = self.options.pop(name, inspect.signature(function).parameters[name].default)
            self.register_parameter(name, torch.nn.Parameter(torch.tensor(float(start))))

    def forward(self, x: torch.Tensor, y: torch.Tensor, **logit_scale: Scale) -> torch.Tensor:
        return self.function(x, y, **self.options, **dict(self.named_parameters()), **logit_scale)

    def extra_repr(self) -> str:
        return ", ".join([self.function.__name__, *(f"{key}={value!r}" for key, value in self.options.items())])


def off_diagonal(matrix: torch.Tensor) -> torch.Tensor:
    """(N, N) to (N, N − 1): each row without its diagonal entry, in order."""
    n = len(matrix)
    return matrix.flatten()[:-1].view(n - 1, n + 1)[:, 1:].reshape(n, n - 1)


def squared_distances(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """(N, N) of ‖x_i − y_j‖², at least 0, with finite gradients where rows coincide."""
    return (x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T).clamp(min=0)


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


def _typed_options(function: LossFunction, options: dict[str, Any]) -> dict[str, Any]:
    known = {
        name: kind for name, kind in get_type_hints(function).items() if name not in ("x", "y", "logit_scale", "return")
    }
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
