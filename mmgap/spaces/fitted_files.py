"""A fitted space on disk: one sealed safetensors file with its spec, notes, strength and number of pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmgap.core.atomic import require_file_place, whole_file
from mmgap.core.integrity import BLANK, SEAL, DamagedError, read_tensors, seal_tensors
from mmgap.spaces.affine import SpaceError

_CURE = "fit it again: Fitted.save and mmgap space fit write one"


def write_fitted(path: Path, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> Path:
    """Write arrays and what is told of them.

    Raises:
        SpaceError: the file is not called ``.safetensors``.
        OSError: it cannot be written.
    """
    from safetensors.numpy import save

    _check_name(path)
    with whole_file(path) as temporary:
        tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        temporary.write_bytes(save(tensors, metadata={SEAL: BLANK, "fitted": json.dumps(dict(about))}))
        seal_tensors(temporary)
    return path


def read_fitted(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return what `write_fitted` wrote.

    Raises:
        SpaceError: there is no such file, it is damaged, or it holds something else.
    """
    _check_name(path)
    try:
        arrays, metadata = read_tensors(path)
    except DamagedError as error:
        raise SpaceError(f"fitted space {error}; {_CURE}") from error
    try:
        about = json.loads(metadata["fitted"])
        spec, pairs, strength = about["spec"], about["pairs"], about["strength"]
        fits = isinstance(spec, str) and isinstance(pairs, int) and isinstance(strength, float | int | None)
    except (KeyError, ValueError, TypeError):
        fits = False
    if not fits:
        raise SpaceError(f"{path} holds no fitted space, but {', '.join(sorted(arrays)) or 'nothing'}; {_CURE}")
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise SpaceError(f"fitted space {path}: its {name} is not of finite numbers; {_CURE}")
    return arrays, about


def require_fitted_place(path: Path) -> None:
    """Raise `SpaceError` or `OSError` where no fitted space can be written, before one is fitted."""
    _check_name(path)
    require_file_place(path)


def _check_name(path: Path) -> None:
    if path.suffix != ".safetensors":
        raise SpaceError(f"a fitted space is a .safetensors file, got {path.name}: give it that ending")
