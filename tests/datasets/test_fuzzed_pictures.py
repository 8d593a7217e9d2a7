"""A thousand damaged picture files through preparing: no crash, every one counted, what is kept is what is decoded."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets
from mmgap.datasets.images import ImageFileError, open_rgb
from mmgap.datasets.preparing import prepared
from mmgap.datasets.resizing import Preparation
from tests.support import pictures_for_stores as pictures

COUNT = 1000
SMALL = Preparation(24)


def seeds() -> list[tuple[str, bytes]]:
    """(ending, content) of sound files in every common format and several modes."""
    image = pictures.noise((23, 17))
    smooth = Image.linear_gradient("L").resize((30, 21))
    kinds = [("jpg", image, {}), ("jpg", image.convert("CMYK"), {}), ("jpg", smooth, {"progressive": True})]
    kinds += [("png", image, {}), ("png", image.convert("RGBA"), {}), ("png", smooth.convert("P"), {"transparency": 3})]
    kinds += [("png", Image.fromarray(np.arange(600, dtype=np.uint16).reshape(20, 30) * 100), {})]
    kinds += [
        ("gif", smooth, {}),
        ("gif", image.quantize(9), {"save_all": True, "append_images": [smooth.convert("P")]}),
    ]
    kinds += [("webp", image, {}), ("webp", image.convert("RGBA"), {"lossless": True}), ("bmp", image, {})]
    kinds += [
        ("tiff", image, {}),
        ("tiff", smooth, {"compression": "tiff_lzw"}),
        ("tiff", image, {"compression": "jpeg"}),
    ]
    out = []
    for ending, picture, options in kinds:
        stream = io.BytesIO()
        picture.save(stream, format={"jpg": "JPEG"}.get(ending, ending.upper()), **options)
        out.append((ending, stream.getvalue()))
    return out


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """One to eight flipped bits, or an end cut off, or both; sometimes a piece twice."""
    data = bytearray(content)
    kind = rng.integers(4)
    if kind != 1:
        head = rng.integers(2)  # the first bytes say most
        for _ in range(rng.integers(1, 9)):
            data[rng.integers(min(80, len(data)) if head else len(data))] ^= 1 << rng.integers(8)
    if kind in (1, 2):
        data = data[: rng.integers(len(data))]
    if kind == 3:
        start, end = sorted(rng.integers(len(data), size=2))
        data[start:start] = data[start:end]
    return bytes(data)


@pytest.mark.filterwarnings("ignore")
def test_a_thousand(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2_000_000)  # a flipped bit can claim gigabytes that are allowed
    rng = np.random.default_rng(20)
    sound = seeds()
    files = []
    (tmp_path / "photos").mkdir()
    for k in range(COUNT):
        ending, content = sound[k % len(sound)]
        files.append(tmp_path / "photos" / f"{k:04}.{ending}")
        files[-1].write_bytes(damaged(content, rng))
    made = prepared(pictures.dataset([str(file) for file in files]), SMALL, workers=2)
    assert len(made.image_ids) + len(made.skipped) == COUNT
    assert {*made.image_ids, *(i for i, _ in made.skipped)} == {file.name for file in files}
    assert 200 < len(made.skipped) < 900  # both kinds are there
    assert all(reason for _, reason in made.skipped)
    manifest = made.images.arrays.store.manifest
    assert manifest["pictures"] == len(made.image_ids)
    assert manifest["pictures"] + len(manifest["broken"]) == COUNT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, picture in zip(made.image_ids, made.images.arrays, strict=True):
            np.testing.assert_array_equal(picture, SMALL(open_rgb(tmp_path / "photos" / name)), err_msg=name)
        for name, _ in made.skipped:
            with pytest.raises(ImageFileError):
                open_rgb(tmp_path / "photos" / name)
    folder = prepared(datasets.load(f"folder:{tmp_path / 'photos'}"), SMALL, workers=2)
    assert folder.image_ids == tuple(sorted(made.image_ids))
    assert {i for i, _ in folder.skipped} == {i for i, _ in made.skipped}
    assert len(folder.skipped) == len(made.skipped)
    capfd.readouterr()  # libtiff and libjpeg speak to stderr themselves
