"""The tensors of a ``.safetensors`` file."""

from __future__ import annotations

from pathlib import Path

from mmgap.core.vector_content import Content, Unread, widened

#: Types of numbers in a safetensors file that NumPy has, too; bfloat16 is the upper half of a float32.
_NUMBERS = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "BOOL": "?",
    **{f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "IU" for size in (1, 2, 4, 8)},
}


def safetensors_arrays(file: Path) -> dict[str, Content]:
    """Return the tensors of a file by name; bfloat16 comes as float32."""
    import numpy as np
    from safetensors import deserialize

    found: dict[str, Content] = {}
    for name, entry in deserialize(file.read_bytes()):
        kind, shape = entry["dtype"], tuple(entry["shape"])
        if kind not in _NUMBERS:
            found[name] = Unread(f"is of type {kind}, which NumPy has not: save it as float32", shape)
            continue
        array = np.frombuffer(entry["data"], dtype=_NUMBERS[kind]).reshape(shape)
        found[name] = widened(array) if kind == "BF16" else array
    return found
