"""The arrays of one place of vectors, by name: a file of arrays, tensors or columns, or a folder; never a pickle.

Whatever it says of byte order, memory order and half precision, what comes out are plain NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mmgap.core.arrow_arrays import lance_arrays, parquet_arrays
from mmgap.core.messages import quoted, reason
from mmgap.core.numpy_arrays import npy_arrays, npz_arrays
from mmgap.core.optional_libraries import NoLibraryError
from mmgap.core.safetensors_arrays import safetensors_arrays
from mmgap.core.torch_arrays import torch_arrays
from mmgap.core.vector_content import Content, Unread, VectorFileError

if TYPE_CHECKING:
    import numpy as np

#: Files that are read, by how their names end; ``.lance`` is a folder.
SUFFIXES = (".npy", ".npz", ".safetensors", ".pt", ".pth", ".parquet", ".lance")

_PICKLES = "pickles are never read: save its arrays as .npy or .safetensors"

#: First bytes of a file → what it is, and what to do where it is none of ours.
_MAGIC = {
    b"\x93NUMPY": (".npy", ""),
    b"PK\x03\x04": (".npz", ""),
    b"PK\x05\x06": (".npz", ""),
    b"version https://git-lfs": ("the pointer of Git LFS", "git lfs pull brings the file itself"),
    b"\x89HDF": ("HDF5", "save its arrays as .npy or .safetensors"),
    b"PAR1": (".parquet", ""),
    b"ARROW1": ("an Arrow file", "save it as Parquet, pyarrow.parquet.write_table"),
    b"\x80": ("a pickle", _PICKLES),
}

#: What a file of ``torch.save`` begins with: an archive, or of torch before 1.6 a pickle that torch reads by itself.
_TORCH = (b"PK\x03\x04", b"\x80")

#: How other formats become one of ours.
_CURES = {
    ".bin": "numpy.save('vectors.npy', torch.load(FILE, weights_only=True).float().numpy())",
    ".csv": "numpy.save('vectors.npy', numpy.loadtxt(FILE, delimiter=','))",
    ".txt": "numpy.save('vectors.npy', numpy.loadtxt(FILE))",
    ".feather": "pyarrow.parquet.write_table(pyarrow.feather.read_table(FILE), 'vectors.parquet')",
}
_CURES |= {".tsv": _CURES[".csv"].replace(",')", "\\t')")}


def supported(file: Path) -> Path:
    """Return ``file`` itself. Raises `VectorFileError` for a suffix of another format, and says how to convert it."""
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        cure = f": {_CURES[suffix].replace('FILE', repr(file.name))}" if suffix in _CURES else ""
        raise VectorFileError(
            f"{quoted(file)}: unknown format {quoted(suffix)!r}; vectors come as {', '.join(SUFFIXES)}{cure}"
        )
    return file


def read_arrays(file: Path, *, mapped: bool = False, wanted: str | None = None) -> dict[str, Content]:
    """Return every array in ``file`` by name; the one of an ``.npy``, or of a tensor by itself, is named ``""``.

    Arrays are C-ordered, in the byte order of this machine; bfloat16 comes as float32, which holds it exactly, and
    longer floats as float64. With ``mapped`` an ``.npy`` or ``.pt`` file that has all of this is a memory map.

    Args:
        file: a file of one of `SUFFIXES`, or the folder of a Lance data set.
        wanted: the one array that is asked for; of a table only this column is read, and an owner.

    Raises:
        VectorFileError: a file that is of another format than its suffix says, cut short or damaged; a library that
            reads it is not installed.
    """
    suffix = supported(file).suffix.lower()
    with readable(file):
        arrays = _read(suffix, file, mapped, wanted)
    return {name: array if isinstance(array, Unread) else _plain(array) for name, array in arrays.items()}


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Within the block ``file`` is read: what its library says of a damaged one is said with its name and the cure.

    Raises:
        VectorFileError: as `read_arrays`.
    """
    suffix = supported(file).suffix.lower()
    try:
        if suffix != ".lance":
            _require(suffix, file)
        yield
    except VectorFileError:
        raise
    except NoLibraryError as error:
        raise VectorFileError(f"{quoted(file)}: {error}") from error
    except Exception as error:  # each format has its own; all mean the same to the user
        raise VectorFileError(
            f"{quoted(file)}: cannot be read as {suffix} ({reason(error)}). It is damaged or cut short: copy or save it"
            " again"
        ) from error


def _read(suffix: str, file: Path, mapped: bool, wanted: str | None) -> dict[str, Content]:
    match suffix:
        case ".npy":
            return npy_arrays(file, mapped)
        case ".npz":
            return npz_arrays(file)
        case ".safetensors":
            return safetensors_arrays(file)
        case ".parquet":
            return parquet_arrays(file, wanted)
        case ".lance":
            return lance_arrays(file, wanted)
        case _:
            return torch_arrays(file, mapped)


def _require(suffix: str, file: Path) -> None:
    """Raise `VectorFileError` for a file whose first bytes are those of another format."""
    with file.open("rb") as stream:
        head = stream.read(32)
    if suffix in (".pt", ".pth") and head.startswith(_TORCH):
        return
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


def _plain(array: np.ndarray) -> np.ndarray:
    """C-ordered, in this machine's byte order, no float longer than 64 bits; itself where it is so already."""
    import numpy as np

    kind = array.dtype.newbyteorder("=")
    if kind.kind == "f" and kind.itemsize > 8:
        kind = np.dtype(np.float64)
    return np.ascontiguousarray(array, dtype=kind).reshape(array.shape)
