"""The tensors of a ``.pt`` file that ``torch.save`` wrote: tensors alone, by ``weights_only``; never a pickle."""

from __future__ import annotations

import pickle
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.messages import listed, quoted
from mmgap.core.vector_content import Content, Unread, VectorFileError

if TYPE_CHECKING:
    import torch

#: How a file of anything else becomes one that is read.
_CURE = "save tensors, torch.save({'images': …, 'texts': …}, FILE)"


def torch_arrays(file: Path, mapped: bool) -> dict[str, Content]:
    """Return the tensors of a file by name: a tensor by itself is named ``""``, a dict's have its keys.

    What else a dict holds (words, settings) is left out. bfloat16 comes as float32, which holds it exactly. With
    ``mapped`` numbers are read from the disk as they are needed, where the file is of torch's present format.

    Raises:
        VectorFileError: it holds something else than a tensor or a dict of tensors; nothing of it is run.
    """
    import torch

    try:
        with warnings.catch_warnings():  # of what ends in an error here anyway
            warnings.simplefilter("ignore", UserWarning)
            found = torch.load(file, map_location="cpu", weights_only=True, mmap=mapped and _is_zip(file))
    except pickle.UnpicklingError as error:
        named = re.search(r"(?:GLOBAL|global|type|class)\s+`?([\w.]+\.[\w.]+)", str(error))
        what = f" ({quoted(named[1])})" if named else ""
        raise VectorFileError(
            f"{quoted(file)}: holds more than tensors{what}, and other objects are pickles, which are never read:"
            f" {_CURE}"
        ) from error
    except RuntimeError as error:
        if "TorchScript" in str(error) or "torch.jit" in str(error):
            raise VectorFileError(f"{quoted(file)}: is a TorchScript program, no tensors: {_CURE}") from error
        raise
    if isinstance(found, torch.Tensor):
        return {"": _array(found)}
    if isinstance(found, dict):
        arrays = {str(name): _value(value) for name, value in found.items() if _tensors(value)}
        if arrays:
            return arrays
        what = "a dict of no tensor" + (f" ({listed(found)})" if found else "")
    else:
        what = f"a {type(found).__name__}"
    raise VectorFileError(f"{quoted(file)}: holds {what}, but vectors are a tensor or a dict of tensors: {_CURE}")


def _is_zip(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(2) == b"PK"


def _tensors(value: Any) -> bool:
    import torch

    listed_ones = isinstance(value, list | tuple) and value and isinstance(value[0], torch.Tensor)
    return isinstance(value, torch.Tensor) or bool(listed_ones)


def _value(value: Any) -> Content:
    import torch

    if isinstance(value, torch.Tensor):
        return _array(value)
    return Unread(f"is a list of {len(value)} tensors: save them as one, torch.cat or torch.stack")


def _array(tensor: torch.Tensor) -> Content:
    import torch

    tensor = tensor.detach()
    shape = tuple(tensor.shape)
    if tensor.layout != torch.strided or tensor.is_quantized:
        return Unread("is sparse or quantised: save tensor.to_dense() or tensor.dequantize()", shape)
    if tensor.device.type == "meta":
        return Unread("is on the device meta, so it has no numbers: save what was computed", shape)
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    try:
        return tensor.resolve_conj().resolve_neg().numpy()
    except (TypeError, RuntimeError):
        return Unread(f"is of type {str(tensor.dtype).removeprefix('torch.')}: save it as float32", shape)
