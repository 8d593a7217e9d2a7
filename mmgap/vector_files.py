"""Image and text vectors saved on disk: one reader for the dataset and the encoder of the name ``vectors``.

An *argument* is what stands behind the colon of ``vectors:…``: ``IMAGES,TEXTS`` (two files of one matrix each) or one
file that holds both. Formats: ``.npy``, ``.npz``, ``.safetensors``; never a pickle.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from mmgap import paths

if TYPE_CHECKING:
    import numpy as np

SUFFIXES = (".npy", ".npz", ".safetensors")

#: Names under which one file may hold the pair, as (images, texts).
NAMES = (("images", "texts"), ("image", "text"), ("image_embeds", "text_embeds"), ("x", "y"))


class VectorFileError(ValueError):
    """A vector file that cannot be read as asked; the message names the file and what it holds."""


def locate(argument: str) -> tuple[Path, ...]:
    """The one or two files that ``argument`` names; relative paths are looked for here, then in ``MMGAP_DATA/vectors``.

    Raises:
        MissingDataError: a file is absent (it is named).
        VectorFileError: the argument is empty, or a file is of an unknown format.
    """
    if not argument:
        raise VectorFileError("vectors: needs IMAGES,TEXTS or one file with both, as in vectors:images.npy,texts.npy")
    whole = _find(argument)
    if whole is not None:
        return (_supported(whole),)
    if "," not in argument:
        raise _missing(argument)
    cuts = [i for i, letter in enumerate(argument) if letter == ","]  # a path may hold a comma itself
    for cut in cuts:
        images, texts = _find(argument[:cut]), _find(argument[cut + 1 :])
        if images and texts:
            return _supported(images), _supported(texts)
    names = argument[: cuts[0]], argument[cuts[0] + 1 :]
    raise _missing(next(name for name in names if _find(name) is None))


def read_pair(argument: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, d) and texts (M, d) as saved, in their own floating dtype; row counts and widths are not compared.

    One file: ``.npy`` of shape (2, N, d), images first; ``.npz`` or ``.safetensors`` with one of the name pairs in
    `NAMES`. Two files: each a 2-D ``.npy``, or an ``.npz`` or ``.safetensors`` with a single array.

    Raises:
        MissingDataError: a file is absent (it is named).
        VectorFileError: unknown format, wrong shape or dtype, or names that say nothing (they are listed).
    """
    files = locate(argument)
    if len(files) == 2:
        return _matrix(_single(files[0]), files[0]), _matrix(_single(files[1]), files[1])
    (file,) = files
    arrays = _arrays(file)
    if file.suffix == ".npy":
        both = arrays[""]
        if both.ndim != 3 or len(both) != 2:
            raise VectorFileError(
                f"{file}: one .npy file with both modalities has shape (2, N, d), images first; this one has"
                f" {both.shape}. Give two files as IMAGES,TEXTS"
            )
        return _matrix(both[0], file), _matrix(both[1], file)
    for images, texts in NAMES:
        if images in arrays and texts in arrays:
            return _matrix(arrays[images], file), _matrix(arrays[texts], file)
    wanted = ", ".join(f"{a}/{b}" for a, b in NAMES)
    raise VectorFileError(f"{file}: holds {_listed(arrays)}, but needs one of the name pairs {wanted}")


def pair_digest(argument: str) -> str:
    """SHA-256 of the contents of the files that ``argument`` names, in order; the same wherever they lie."""
    total = hashlib.sha256()
    for file in locate(argument):
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def _arrays(file: Path) -> dict[str, np.ndarray]:
    """Every array in ``file`` by name; the one of an ``.npy`` is named ``""``."""
    import numpy as np

    try:
        if file.suffix == ".safetensors":
            from safetensors.numpy import load_file

            return load_file(file)
        content = np.load(file, allow_pickle=False)
        return {"": content} if file.suffix == ".npy" else dict(content)
    except Exception as error:  # each format has its own; all mean the same to the user
        raise VectorFileError(f"{file}: cannot be read as {file.suffix} ({error})") from error


def _single(file: Path) -> np.ndarray:
    arrays = _arrays(file)
    if len(arrays) != 1:
        raise VectorFileError(f"{file}: holds {_listed(arrays)}, but IMAGES,TEXTS needs files of one array each")
    return next(iter(arrays.values()))


def _matrix(array: np.ndarray, file: Path) -> np.ndarray:
    if array.ndim != 2 or not array.size or array.dtype.kind != "f":
        raise VectorFileError(f"{file}: expected floating rows of shape (N, d), got {array.dtype} {array.shape}")
    return array


def _find(name: str) -> Path | None:
    for path in (Path(name).expanduser(), paths.data_dir() / "vectors" / name):
        if path.is_file():
            return path.resolve()
    return None


def _missing(name: str) -> paths.MissingDataError:
    return paths.MissingDataError(
        f"vector file {name!r} not found here ({Path.cwd()}) nor in {paths.data_dir() / 'vectors'}: give its path"
    )


def _supported(file: Path) -> Path:
    if file.suffix not in SUFFIXES:
        raise VectorFileError(f"{file}: unknown format; vectors come as {', '.join(SUFFIXES)}")
    return file


def _listed(arrays: dict[str, np.ndarray]) -> str:
    return ", ".join(f"{name!r} {array.shape}" for name, array in sorted(arrays.items())) or "no array"
