"""The arrays of ``.npy`` and ``.npz`` files; an array of objects is a pickle, and never read."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from mmgap.core.messages import quoted
from mmgap.core.scratch_array import BLOCK, ScratchArray, spans
from mmgap.core.vector_content import Content, Unread, VectorFileError


def npy_arrays(file: Path, mapped: bool) -> dict[str, Content]:
    """Return the array of an ``.npy`` file, named ``""``; a memory map where that is asked for."""
    import numpy as np

    try:
        return {"": np.load(file, mmap_mode="r" if mapped else None, allow_pickle=False)}
    except ValueError as error:
        if "allow_pickle" in str(error) or "Python objects" in str(error):
            return {"": _objects(".npy")}
        raise


def npz_arrays(file: Path) -> dict[str, Content]:
    """Return the arrays of an ``.npz`` file by name."""
    import numpy as np

    with np.load(file, allow_pickle=False) as archive:
        return {name: _member(archive, name, file) for name in archive.files}


def write_npz(stream: IO[bytes], **arrays: ScratchArray) -> None:
    """Write arrays that stay on disk as an ``.npz`` file, some numbers at a time.

    >>> import io
    >>> import numpy as np
    >>> from mmgap.core.scratch_array import ScratchArray
    >>> write_npz(stream := io.BytesIO(), zeros=ScratchArray((2, 3), np.float32))
    >>> np.load(io.BytesIO(stream.getvalue()))["zeros"].tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    import zipfile

    import numpy as np

    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in arrays.items():
            header = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                for some in spans(len(array), max(1, BLOCK // max(1, int(np.prod(array.shape[1:]))))):
                    member.write(array[some].tobytes())


def _member(archive: Any, name: str, file: Path) -> Content:
    import numpy as np

    try:
        array = archive[name]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        return _objects(".npz")
    if not isinstance(array, np.ndarray):
        raise VectorFileError(
            f"{quoted(file)}: {quoted(name)!r} in it is no array: this is no archive that numpy.savez wrote"
        )
    return array


def _objects(suffix: str) -> Unread:
    return Unread(
        f"cannot be read as {suffix}: it is an array of objects, a pickle, which is never read; save it as numbers,"
        " array.astype('float32')"
    )
