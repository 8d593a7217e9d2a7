"""The arrays of one file of vectors, by name: ``.npy``, ``.npz`` and ``.safetensors``; never a pickle.

Whatever the file says of byte order, memory order and half precision, what comes out are plain NumPy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from mmgap.core.messages import quoted, reason

if TYPE_CHECKING:
    import numpy as np

SUFFIXES = (".npy", ".npz", ".safetensors")

#: First bytes of a file → what it is, and what to do where it is none of ours.
_MAGIC = {
    b"\x93NUMPY": (".npy", ""),
    b"PK\x03\x04": (".npz", ""),
    b"PK\x05\x06": (".npz", ""),
    b"version https://git-lfs": ("the pointer of Git LFS", "git lfs pull brings the file itself"),
    b"\x89HDF": ("HDF5", "save its arrays as .npy or .safetensors"),
    b"PAR1": ("Parquet", "save its columns as .npy or .safetensors"),
    b"\x80": ("a pickle", "pickles are never read: save its arrays as .npy or .safetensors"),
}

#: Types of numbers in a safetensors file that NumPy has, too; bfloat16 is the upper half of a float32.
_NUMBERS = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "BOOL": "?",
    **{f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "IU" for size in (1, 2, 4, 8)},
}

#: How other formats become one of ours.
_CURES = {
    ".pt": "numpy.save('vectors.npy', torch.load(FILE, weights_only=True).float().numpy())",
    ".csv": "numpy.save('vectors.npy', numpy.loadtxt(FILE, delimiter=','))",
    ".txt": "numpy.save('vectors.npy', numpy.loadtxt(FILE))",
    ".parquet": "numpy.save('vectors.npy', numpy.stack(pandas.read_parquet(FILE)['COLUMN']))",
}
_CURES |= {".pth": _CURES[".pt"], ".bin": _CURES[".pt"], ".tsv": _CURES[".csv"].replace(",')", "\\t')")}


class VectorFileError(ValueError):
    """A vector file that cannot be read as asked; the message names the file and what it holds."""


@dataclass(frozen=True)
class Unread:
    """An array that is there but never read.

    Attributes:
        why: what a message says behind its name, "is of type …".
        shape: as the file says; empty where it does not.
    """

    why: str
    shape: tuple[int, ...] = ()


Content: TypeAlias = "np.ndarray | Unread"


def supported(file: Path) -> Path:
    """Return ``file`` itself. Raises `VectorFileError` for a suffix of another format, and says how to convert it."""
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        cure = f": {_CURES[suffix].replace('FILE', repr(file.name))}" if suffix in _CURES else ""
        raise VectorFileError(
            f"{quoted(file)}: unknown format {quoted(suffix)!r}; vectors come as {', '.join(SUFFIXES)}{cure}"
        )
    return file


def read_arrays(file: Path) -> dict[str, Content]:
    """Return every array in ``file`` by name; the one of an ``.npy`` is named ``""``.

    Arrays are C-ordered, in the byte order of this machine; bfloat16 comes as float32, which holds it exactly, and
    longer floats as float64.

    Raises:
        VectorFileError: a file that is of another format than its suffix says, cut short or damaged.
    """
    suffix = supported(file).suffix.lower()
    try:
        _require(suffix, file)
        arrays = _safetensors(file) if suffix == ".safetensors" else _numpy(file)
    except VectorFileError:
        raise
    except Exception as error:  # each format has its own; all mean the same to the user
        raise VectorFileError(
            f"{quoted(file)}: cannot be read as {suffix} ({reason(error)}). It is damaged or cut short: copy or save it"
            " again"
        ) from error
    return {name: array if isinstance(array, Unread) else _plain(array) for name, array in arrays.items()}


def _require(suffix: str, file: Path) -> None:
    """Raise `VectorFileError` for a file whose first bytes are those of another format."""
    with file.open("rb") as stream:
        head = stream.read(32)
    known = [told for magic, told in _MAGIC.items() if head.startswith(magic)]
    if head[8:9] == b"{" and known[:1] != [_MAGIC[b"\x93NUMPY"]]:  # the length of a header, and the header
        known = [(".safetensors", "")]
    if not known:
        why = "its first bytes are of no such file" if head else "it is empty"
        raise VectorFileError(f"{quoted(file)}: cannot be read as {suffix}: {why}. Copy or save it again")
    kind, cure = known[0]
    if kind != suffix:
        raise VectorFileError(
            f"{quoted(file)}: cannot be read as {suffix}: it is {kind} by its content; {cure or f'rename it to {kind}'}"
        )


def _numpy(file: Path) -> dict[str, Content]:
    import numpy as np

    if file.suffix.lower() == ".npy":
        try:
            return {"": np.load(file, allow_pickle=False)}
        except ValueError as error:
            if "allow_pickle" in str(error):
                return {"": _objects(".npy")}
            raise
    found: dict[str, Content] = {}
    with np.load(file, allow_pickle=False) as archive:
        for name in archive.files:
            try:
                array = archive[name]
            except ValueError as error:
                if "allow_pickle" not in str(error):
                    raise
                array = _objects(".npz")
            if not isinstance(array, np.ndarray | Unread):
                raise VectorFileError(
                    f"{quoted(file)}: {quoted(name)!r} in it is no array: this is no archive that numpy.savez wrote"
                )
            found[name] = array
    return found


def _objects(suffix: str) -> Unread:
    return Unread(
        f"cannot be read as {suffix}: it is an array of objects, a pickle, which is never read; save it as numbers,"
        " array.astype('float32')"
    )


def _safetensors(file: Path) -> dict[str, Content]:
    import numpy as np
    from safetensors import deserialize

    found: dict[str, Content] = {}
    for name, entry in deserialize(file.read_bytes()):
        kind, shape = entry["dtype"], tuple(entry["shape"])
        if kind not in _NUMBERS:
            found[name] = Unread(f"is of type {kind}, which NumPy has not: save it as float32", shape)
            continue
        array = np.frombuffer(entry["data"], dtype=_NUMBERS[kind]).reshape(shape)
        found[name] = (array.astype(np.uint32) << 16).view(np.float32) if kind == "BF16" else array
    return found


def _plain(array: np.ndarray) -> np.ndarray:
    """C-ordered, in this machine's byte order, no float longer than 64 bits; itself where it is so already."""
    import numpy as np

    kind = array.dtype.newbyteorder("=")
    if kind.kind == "f" and kind.itemsize > 8:
        kind = np.dtype(np.float64)
    return np.ascontiguousarray(array, dtype=kind).reshape(array.shape)
