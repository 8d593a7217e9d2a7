"""Image and text vectors saved on disk: one reader for everything that takes such files.

An *argument* is what stands behind the colon of ``vectors:…``: ``IMAGES,TEXTS`` (two files of one matrix each),
``IMAGES,TEXTS,OWNER``, or one file that holds all of it. A file may also be a folder of shards, or a Lance data set,
and ``FILE:NAME`` is one array or column of it. Formats: see `mmgap.core.vector_formats` and `mmgap.core.shard_folders`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from mmgap.core.messages import listed, quoted
from mmgap.core.shard_folders import ShardedArrays, check_alike
from mmgap.core.vector_content import Content, Unread, VectorFileError
from mmgap.core.vector_names import NAMES, modality, owner_of, pair_of
from mmgap.core.vector_pairs import VectorPair, checked_matrix, floating_matrix
from mmgap.core.vector_sources import VectorSource, check_one_side, find_source, is_vectors, missing_source

if TYPE_CHECKING:
    import numpy as np

#: What looks at a matrix of a file, given it and its place in words.
Matrix: TypeAlias = "Callable[[Content, str], np.ndarray]"

__all__ = [
    "NAMES",
    "VectorFileError",
    "VectorPair",
    "given_source",
    "is_vectors",
    "locate",
    "owner_array",
    "pair_digest",
    "read_pair",
    "read_rows",
    "read_vectors",
    "side_names",
]


def locate(argument: str) -> tuple[VectorSource, ...]:
    """Return the one to three files or folders that ``argument`` names, here or else in ``MMGAP_DATA/vectors``.

    Raises:
        MissingDataError: a file is absent (it is named).
        VectorFileError: the argument is empty, or a file is of an unknown format.
    """
    if not argument:
        raise VectorFileError("vectors: needs IMAGES,TEXTS or one file with both, as in vectors:images.npy,texts.npy")
    whole = find_source(argument)
    if whole is not None and "," not in (whole.array or ""):
        return (whole.supported(),)
    if "," not in argument:
        raise missing_source(argument)
    cuts = [i for i, letter in enumerate(argument) if letter == ","]  # a path may hold a comma itself
    for first in cuts:
        if not (images := find_source(argument[:first])):
            continue
        if texts := find_source(argument[first + 1 :]):
            return images.supported(), texts.supported()
        for second in (cut for cut in cuts if cut > first):
            texts, owner = find_source(argument[first + 1 : second]), find_source(argument[second + 1 :])
            if texts and owner:
                return images.supported(), texts.supported(), owner.supported()
    if whole is not None:  # an array whose name holds a comma
        return (whole.supported(),)
    names = argument.split(",", 2)
    raise missing_source(next((name for name in names if find_source(name) is None), argument))


def side_names(sources: Sequence[VectorSource]) -> tuple[str, ...]:
    """Return what the files of images and of texts are called, which may say what is in them; nothing of one file."""
    return tuple(source.stem for source in sources[:2]) if len(sources) > 1 else ()


def read_pair(argument: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the images (N, d) and texts (M, d) alone, as `read_vectors` reads them; row counts and widths are not
    compared."""
    pair = read_vectors(argument)
    return pair.images, pair.texts


def read_rows(name: str, side: Literal["image", "text"]) -> np.ndarray:
    """Return the vectors (N, d) of one modality in one file; the rows of an ``.npy`` file are mapped, and unchecked.

    Raises:
        MissingDataError, VectorFileError: as `read_vectors`.
    """
    if (file := find_source(name)) is None:
        raise missing_source(name)
    arrays = file.supported().arrays(mapped=True)
    rows = arrays.get("")
    if rows is None or isinstance(rows, Unread) or rows.ndim != 2 or rows.dtype.kind != "f" or not rows.size:
        return _single(arrays, file, side)
    return rows


def read_vectors(argument: str, owner: str | None = None, *, faulty: bool = False) -> VectorPair:
    """Return the images (N, d), texts (M, d) and the owner of each text, as saved: float16, float32 or float64.

    One file: an array of shape (2, N, d), images first, or two that are named after their modality
    (`mmgap.core.vector_names`). Two files: a matrix each, the only one in its file or named after its modality. The
    owner is an array of that name in one of them, a third file, or ``owner``.

    Args:
        argument: see the head of this file.
        owner: a file of M whole numbers, the image row of each text, counted from 0.
        faulty: rows that are zero or not finite pass, for those who look for them; ``.npy`` files are memory maps.

    Raises:
        MissingDataError: a file is absent (it is named).
        VectorFileError: unknown format, wrong shape or type, names that say nothing (they are listed), a row that is
            zero or not finite (it is named), two owners.
    """
    files = locate(argument)
    contents = [file.arrays(mapped=faulty) for file in files[:2]]
    matrix = floating_matrix if faulty else checked_matrix
    if len(files) == 1:
        images, texts = _both(contents[0], files[0], matrix)
    else:
        for k, arrays in enumerate(contents):
            check_one_side(files[:2], k, [name for name, array in arrays.items() if _may_be_vectors(array)])
        images, texts = (_single(contents[k], files[k], side, matrix) for k, side in enumerate(("image", "text")))
    owners = {
        (str(file.path), name): arrays[name]
        for file, arrays in zip(files[:2], contents, strict=False)
        if (name := owner_of(arrays)) is not None
    }
    for file in (*files[2:], *given_source(owner)):
        name, array = owner_array(file.arrays(), file)
        owners[str(file.path), name] = array
    found = [
        (array, f"{quoted(path)}: {quoted(name)!r}" if name else quoted(path)) for (path, name), array in owners.items()
    ]
    if not found:
        _check_shards(contents)
    if len(found) > 1:
        raise VectorFileError(f"two arrays say which image owns each text, {found[0][1]} and {found[1][1]}: give one")
    rows: np.ndarray | None = None
    place = ""
    for array, place in found:
        if isinstance(array, Unread):
            raise VectorFileError(f"{place} {array.why}")
        rows = array
    return VectorPair(images, texts, rows, ",".join(file.name for file in files), place)


def pair_digest(argument: str) -> str:
    """Return the SHA-256 of the contents of the files that ``argument`` names, in order; the same wherever they lie."""
    total = hashlib.sha256()
    for file in locate(argument):
        total.update(file.digest())
    return total.hexdigest()


def _both(arrays: Mapping[str, Content], file: VectorSource, matrix: Matrix) -> tuple[np.ndarray, np.ndarray]:
    names = _pair_names(arrays)
    if names is not None:
        images, texts = (matrix(arrays[name], f"{quoted(file)}: {quoted(name)!r}") for name in names)
        return images, texts
    if len(arrays) != 1:
        wanted = ", ".join(f"{a}/{b}" for a, b in NAMES)
        raise VectorFileError(
            f"{quoted(file)}: holds {_listed(arrays)}, but needs one of the name pairs {wanted}, or their like"
            " (image_features/text_features, img_emb/txt_emb …), and no second pair; or give two files as IMAGES,TEXTS,"
            " or say which arrays, FILE:NAME,FILE:NAME"
        )
    (both,) = arrays.values()
    if not isinstance(both, Unread) and (both.ndim != 3 or len(both) != 2):
        raise VectorFileError(
            f"{quoted(file)}: one array with both modalities has shape (2, N, d), images first; this one has"
            f" {both.shape}. Give two files as IMAGES,TEXTS"
        )
    sides = (both, both) if isinstance(both, Unread) else both
    images, texts = (matrix(part, f"{quoted(file)}: {side}") for part, side in zip(sides, NAMES[0], strict=True))
    return images, texts


def _single(
    arrays: Mapping[str, Content], file: VectorSource, side: str, matrix: Matrix = checked_matrix
) -> np.ndarray:
    """The one matrix of a file, or the one that is named after its modality."""
    name = _single_name(arrays, side)
    if name is None:
        raise VectorFileError(
            f"{quoted(file)}: holds {_listed(arrays)}, but IMAGES,TEXTS needs files of one array each, or of one that"
            f" is named {side}s, or to be told which, FILE:NAME"
        )
    return matrix(arrays[name], f"{quoted(file)}: {quoted(name)!r}" if len(arrays) > 1 else quoted(file))


def _pair_names(arrays: Mapping[str, Content]) -> tuple[str, str] | None:
    """What the image and the text vectors of one file are called."""
    return pair_of(name for name, array in arrays.items() if _may_be_vectors(array)) or pair_of(arrays)


def _single_name(arrays: Mapping[str, Content], side: str) -> str | None:
    """What the vectors of one modality are called in their file."""
    able = [name for name, array in arrays.items() if len(arrays) == 1 or _may_be_vectors(array)]
    if len(able) > 1:
        able = [name for name in able if modality(name) == side]
    return able[0] if len(able) == 1 else None


def _check_shards(contents: Sequence[Mapping[str, Content]]) -> None:
    """Check that image and text shards go together, where both are put together of shards, and no owner is known."""
    first, last = contents[0], contents[-1]
    if isinstance(first, ShardedArrays) and isinstance(last, ShardedArrays):
        one = _pair_names(first) if len(contents) == 1 else None
        images, texts = one or (_single_name(first, "image"), _single_name(last, "text"))
        check_alike(
            *((arrays.rows.get(name or "", {}), name or "") for arrays, name in ((first, images), (last, texts)))
        )


def owner_array(arrays: Mapping[str, Content], file: VectorSource) -> tuple[str, Content]:
    """Return the array of owners in a file, the only one or the one that is named so, and its name."""
    name = file.array or (next(iter(arrays)) if len(arrays) == 1 else owner_of(arrays))
    if name is None:
        raise VectorFileError(f"{quoted(file)}: holds {_listed(arrays)}, but the owner is one array, or named owner")
    return name, arrays[name]


def given_source(owner: str | None) -> list[VectorSource]:
    """Return the file of owners that a caller names, if one is named. Raises `MissingDataError` where it is absent."""
    if owner is None:
        return []
    if (file := find_source(owner)) is None:
        raise missing_source(owner)
    return [file.supported()]


def _may_be_vectors(array: Content) -> bool:
    return isinstance(array, Unread) or (array.ndim == 2 and array.dtype.kind in "fiuc")


def _listed(arrays: Mapping[str, Content]) -> str:
    return listed(f"{name!r} {array.shape}" for name, array in sorted(arrays.items())) or "no array"
