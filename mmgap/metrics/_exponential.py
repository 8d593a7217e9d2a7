"""exp for compiled loops: it takes no branch, so that a loop over a row of scores vectorises, on every processor.

``exp(z) = 2^k·exp(r)`` with k the whole number nearest to z/ln 2 and |r| ≤ ½·ln 2. There ``exp(r)`` is a polynomial of
degree 9 through its values at Chebyshev's nodes; 2^k is added to the exponent in the bits of its value.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from mmgap.metrics._compiled import njit

_LN2 = math.log(2)
_PER_LN2 = 1 / _LN2
#: Added to a whole number it leaves that number in the lowest bits of the sum.
_SHIFT = 1.5 * 2.0**52
#: What the compiler is told of a function by `widest_vectors`.
_TOLD = {"prefer-vector-width": "512", "no-nans-fp-math": "true", "no-signed-zeros-fp-math": "true"}
_NODES = np.polynomial.chebyshev.Chebyshev.interpolate(np.exp, 9, domain=[-_LN2 / 2, _LN2 / 2])
_P0, _P1, _P2, _P3, _P4, _P5, _P6, _P7, _P8, _P9 = _NODES.convert(kind=np.polynomial.Polynomial).coef.tolist()


def times_power(p: float, shifted: float) -> float:
    """Return ``p·2^k`` for a p in [½, 2] and ``shifted = k + _SHIFT``, |k| < 1000."""
    return math.ldexp(p, int(shifted - _SHIFT))


def widest_vectors() -> None:
    """Let the loops of this compiled function use vectors of 512 bits where the processor has them.

    For most of those processors the compiler prefers 256; here the products before and after use 512 anyway. It also
    learns that there are no NaN and no signs of zeros, without which it looks for an extreme entry by entry.
    """


@intrinsic
def _bits(context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _number(context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def _prefer_512_bits(context: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        for name, value in _TOLD.items():
            set.add(builder.function.attributes, f'"{name}"="{value}"')  # llvmlite's own `add` knows none with a value
        return context.get_dummy_value()

    return types.none(), generate


@overload(times_power)
def _compiled_times_power(p, shifted):
    return lambda p, shifted: _number(_bits(p) + (_bits(shifted) << 52))  # type: ignore[call-arg]


@overload(widest_vectors, inline="always")
def _compiled_widest_vectors():
    return lambda: _prefer_512_bits()  # type: ignore[call-arg]


@njit(fastmath={"contract", "nsz", "nnan"}, cache=True)
def exponential(z):
    """exp(z) for |z| ≤ 600, right to 1e-12 of itself. Sums must not be reordered in here: k is made by rounding."""
    shifted = z * _PER_LN2 + _SHIFT
    r = z - (shifted - _SHIFT) * _LN2
    p = _P9
    p = p * r + _P8
    p = p * r + _P7
    p = p * r + _P6
    p = p * r + _P5
    p = p * r + _P4
    p = p * r + _P3
    p = p * r + _P2
    p = p * r + _P1
    return times_power(p * r + _P0, shifted)
