"""The options that every family of encoders takes, checked before any model is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mmgap.core.messages import quoted
from mmgap.encoders.base import EncoderError
from mmgap.encoders.weights import versions

if TYPE_CHECKING:
    import torch

    Model = TypeVar("Model", bound=torch.nn.Module)

DTYPES = ("float32", "float16", "bfloat16")

#: Packages whose release can change a vector.
LIBRARIES = ("torch", "transformers", "tokenizers", "pillow")


@dataclass(frozen=True)
class Options:
    """Where, how precisely and how many at a time.

    Attributes:
        device: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        dtype: of weights and activations, one of `DTYPES`.
        batch_size: items of a forward pass.

    Raises:
        EncoderError: an option that no model could follow.
    """

    device: str = "cpu"
    dtype: str = "float32"
    batch_size: int = 32

    def __post_init__(self) -> None:
        if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", self.device):
            several = "," in self.device or self.device.endswith(":all")
            cure = "; several are for encoding: training on several is started by torchrun" if several else ""
            raise EncoderError(f"device must be cpu, cuda, cuda:N or mps, got {self.device!r}{cure}")
        if self.dtype not in DTYPES:
            raise EncoderError(f"dtype must be {', '.join(DTYPES)}, got {self.dtype!r}")
        if isinstance(self.batch_size, bool) or not isinstance(self.batch_size, int) or self.batch_size < 1:
            raise EncoderError(f"batch_size must be a whole number of at least 1, got {self.batch_size!r}")

    @classmethod
    def choose(cls, device: str, dtype: str, batch_size: int | None, *, cpu: int, gpu: int = 64) -> Options:
        """Return the options with the batch size of a family where none is asked for.

        On the CPU a batch whose largest activation passes 32 MB is slow: the allocator gives such a block back to
        the system every time and fetches it anew (MobileNetV2 at 224 pixels: 44 images/s in batches of 4, 11 in
        batches of 32, one thread).
        """
        return cls(device, dtype, (cpu if device == "cpu" else gpu) if batch_size is None else batch_size)

    def fingerprint(self) -> dict[str, Any]:
        """Return what of the options changes a vector; the batch size does so by rounding only, and is left out."""
        return {"dtype": self.dtype, "device_kind": self.device.split(":")[0], "libraries": versions(LIBRARIES)}

    def torch_dtype(self) -> torch.dtype:
        import torch

        return getattr(torch, self.dtype)

    def place(self, model: Model) -> Model:
        """Return ``model`` on the device, in the dtype, in evaluation mode.

        Raises:
            EncoderError: this machine has no such device.
        """
        require_device(self.device)
        return model.to(self.device, self.torch_dtype()).eval()


def require_device(device: str) -> None:
    """Raise `EncoderError` where this machine, or this build of torch, has no such device."""
    import torch

    kind, _, number = device.partition(":")
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(kind, False):
        raise EncoderError(
            f"device {device!r} is not there: this machine or this build of torch has no {kind}; take cpu, or install"
            " the build of torch for your card (pytorch.org, Get started)"
        )
    if kind == "cuda" and number and int(number) >= torch.cuda.device_count():
        last = torch.cuda.device_count() - 1
        raise EncoderError(f"device {device!r} is not there: take cuda:0{f' to cuda:{last}' if last else ''}")


def whole_seed(argument: str, name: str, most: int) -> int:
    """Return the seed that ``argument`` writes. Raises `EncoderError` unless it is a whole number from 0 to
    ``most``."""
    if not argument.isdecimal() or len(argument) > 20 or int(argument) > most:
        raise EncoderError(
            f"{quoted(name)}: the seed must be a whole number of at least 0, at most {most}; got {quoted(argument)!r}"
        )
    return int(argument)
