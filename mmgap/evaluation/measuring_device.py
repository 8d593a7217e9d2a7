"""Where saved vectors are measured: on the CPU, unless another device is asked for that is there."""

from __future__ import annotations

import numpy as np
import torch

from mmgap.encoders.base import EncoderError
from mmgap.encoders.model_options import Options, require_device
from mmgap.metrics.matrices import as_matrix

CPU = torch.device("cpu")


def measuring_device(name: str) -> torch.device:
    """Return the device that a name stands for: ``cpu``, ``cuda``, ``cuda:1`` …, or ``auto``, a GPU where there is one.

    Raises:
        ValueError: another name; a device that is not there, or that lacks float64, in which sums are kept.

    >>> measuring_device("cpu")
    device(type='cpu')
    >>> measuring_device("tpu")
    Traceback (most recent call last):
    ...
    ValueError: --device must be cpu, cuda, cuda:N or auto, got 'tpu'
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        chosen = Options(name).device
    except EncoderError:
        raise ValueError(f"--device must be cpu, cuda, cuda:N or auto, got {name!r}") from None
    if chosen == "mps":
        raise ValueError("--device mps has no float64, in which sums are kept: take cpu, cuda or auto")
    require_device(chosen)
    return torch.device(chosen)


def placed(v: np.ndarray | torch.Tensor, name: str, device: torch.device) -> torch.Tensor:
    """Return vectors on a device; errors as `mmgap.metrics.matrices.as_matrix`, which calls them ``name``."""
    return as_matrix(v, name).to(device)


def device_name(device: torch.device) -> str:
    """Return what people call a device: ``CPU``, ``NVIDIA H100 80GB HBM3 (cuda:0)``."""
    return "CPU" if device.type == "cpu" else f"{torch.cuda.get_device_name(device)} ({device})"
