"""Columns of Parquet and Lance are read exactly, and a row without a vector is named."""

import sys

import numpy as np
import pytest

from mmgap.core import arrow_arrays
from mmgap.core.vector_files import VectorFileError, read_pair, read_rows, read_vectors
from tests.support.saved_formats import arrow, column, lance_set, parquet

N, D = 50, 3
IMAGES, TEXTS = np.random.default_rng(4).normal(size=(2, N, D)).astype(np.float32)


@pytest.fixture(autouse=True)
def _short_batches(monkeypatch):
    monkeypatch.setattr(arrow_arrays, "BATCH", 7)


@pytest.mark.parametrize("kind", ["list", "large", "fixed"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_every_kind_of_column(tmp_path, kind, dtype):
    rows = IMAGES.astype(dtype)
    file = parquet(tmp_path / "a.parquet", {"id": list(map(str, range(N))), "v": column(rows, kind)})
    found = read_rows(file, "image")
    np.testing.assert_array_equal(found, rows)
    assert found.dtype == rows.dtype


def with_hole(row, value, kind="list"):
    rows = [list(map(float, vector)) for vector in IMAGES]
    rows[row] = value
    return column(rows, kind, arrow().float32())


def pair(images):
    return {"images": images, "texts": column(TEXTS)}


#: What is refused: name → (columns, what must be said).
HOLES = {
    "null": (
        lambda: pair(with_hole(31, None)),
        r"'images' has no value in row 31 \(null\)",
    ),
    "null-fixed": (lambda: pair(with_hole(0, None, "large")), r"has no value in row 0 "),
    "null-within": (
        lambda: pair(with_hole(40, [1.0, None, 2.0])),
        r"holds null in row 40, number 1",
    ),
    "short": (
        lambda: pair(with_hole(29, [1.0])),
        r"lists of several lengths, 3 in row 27, 1 in row 29",
    ),
    "empty-list": (lambda: pair(with_hole(3, [])), r"3 in row 0, 0 in row 3"),
    "words": (
        lambda: {"images": ["a"] * N, "texts": ["b"] * N},
        r"no column is of lists of numbers.*'images' \(string\)",
    ),
    "whole": (
        lambda: {"images": column(np.ones((N, 2), int)), "texts": column(TEXTS)},
        r"got int64 \(50, 2\); save them",
    ),
    "no-row": (lambda: {"images": column(IMAGES)[:0], "texts": column(TEXTS)[:0]}, r"it is empty"),
    "owner-null": (
        lambda: {"images": column(IMAGES), "texts": column(TEXTS), "owner": [*range(N - 1), None]},
        r"'owner' has no value in row 49",
    ),
}


@pytest.mark.parametrize("kind", HOLES)
@pytest.mark.parametrize("save", [parquet, lance_set])
def test_holes_are_named(tmp_path, kind, save):
    arrow()
    columns, message = HOLES[kind]
    place = save(tmp_path / ("a.parquet" if save is parquet else "a.lance"), columns())
    with pytest.raises(VectorFileError, match=message):
        read_vectors(place)


def test_a_hole_in_another_column_is_no_fault(tmp_path):
    columns = {"clip": column(IMAGES), "dino": with_hole(5, None), "text": column(TEXTS), "width": [None] * N}
    file = parquet(tmp_path / "a.parquet", columns)
    np.testing.assert_array_equal(read_pair(f"{file}:clip,{file}:text")[0], IMAGES)
    with pytest.raises(VectorFileError, match="row 5"):
        read_pair(f"{file}:dino,{file}:text")


def test_a_column_that_is_not_there_or_no_vectors(tmp_path):
    file = parquet(tmp_path / "a.parquet", {"clip": column(IMAGES), "caption": ["w"] * N})
    with pytest.raises(
        VectorFileError, match=r"has no column 'klip'; it has 'clip' \(list<.*>\), 'caption' \(string\)"
    ):
        read_rows(f"{file}:klip", "image")
    with pytest.raises(VectorFileError, match=r"column 'caption' is of type string"):
        read_rows(f"{file}:caption", "text")
    np.savez(tmp_path / "b.npz", a=IMAGES)
    with pytest.raises(VectorFileError, match=r"b\.npz: has no array 'c'; it has a"):
        read_rows(f"{tmp_path}/b.npz:c", "image")


def test_lance_in_its_newest_version_and_in_bfloat16(tmp_path):
    place = lance_set(tmp_path / "a.lance", {"images": column(TEXTS, "fixed"), "texts": column(TEXTS, "fixed")})
    import lance
    from lance.arrow import BFloat16Type

    pa = arrow()
    halves = (IMAGES.view(np.uint32) >> 16).astype(np.uint16)
    bits = pa.FixedSizeBinaryArray.from_buffers(pa.binary(2), halves.size, [None, pa.py_buffer(halves.tobytes())])
    values = pa.ExtensionArray.from_storage(BFloat16Type(), bits)
    rows = pa.FixedSizeListArray.from_arrays(values, D)
    lance.write_dataset(pa.table({"images": rows, "texts": column(TEXTS, "fixed")}), place, mode="overwrite")
    images, _ = read_pair(place)
    np.testing.assert_array_equal(images, (halves.astype(np.uint32) << 16).view(np.float32))


@pytest.mark.parametrize(
    ("name", "module", "words"),
    [
        ("a.parquet", "pyarrow", "mmgap[tables]"),
        ("a.lance", "lance", "pylance is not installed: pip install 'mmgap[lance]'"),
    ],
)
def test_an_absent_library_is_a_pip_line(tmp_path, monkeypatch, name, module, words):
    place = tmp_path / name
    place.mkdir() if name.endswith("lance") else place.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(VectorFileError) as caught:
        read_rows(str(place), "image")
    assert words in str(caught.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cut_file_says_so(tmp_path, share):
    file = tmp_path / "a.parquet"
    parquet(file, {"images": column(IMAGES)})
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    with pytest.raises(VectorFileError, match=r"a\.parquet: cannot be read as \.parquet"):
        read_rows(str(file), "image")
