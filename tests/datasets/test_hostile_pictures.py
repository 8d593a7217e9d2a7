"""Every hostile picture costs exactly its own record: a line in the log, a note, right counts; odd ones are read."""

import json
import logging
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets
from mmgap.datasets import images
from mmgap.datasets.images import open_rgb
from mmgap.datasets.preparing import prepared
from mmgap.datasets.resizing import Preparation
from tests.support import pictures_for_stores as pictures

SMALL = Preparation(32)


def png_header(width, height):
    """A PNG that claims a size and holds nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def bmp_header(width, height):
    sizes = struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + sizes


def half(name):
    def write(path):
        pictures.noise((90, 90)).save(path.with_name(name))
        content = path.with_name(name).read_bytes()
        path.with_name(name).unlink()
        path.write_bytes(content[: len(content) // 2])

    return write


BROKEN = {
    "bomb.png": (lambda p: p.write_bytes(png_header(50_000, 50_000)), "decompression bomb"),
    "bomb.bmp": (lambda p: p.write_bytes(bmp_header(50_000, 50_000)), "decompression bomb"),
    "empty.jpg": (lambda p: p.write_bytes(b""), "the file is empty"),
    "text.jpg": (lambda p: p.write_text("<html>404 not found</html>"), "not a picture"),
    "half.jpg": (half("x.jpg"), "truncated"),
    "half.PNG": (half("x.png"), ""),
    "nothing.png": (lambda p: p.write_bytes(png_header(20, 20)), ""),
    "phone.HEIC": (lambda p: p.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "export it as JPEG"),
    "gone.png": (lambda p: p.symlink_to(p.with_name("nowhere.png")), "no such file"),
    "loop.png": (lambda p: p.symlink_to(p), "symbolic links"),
    "pipe.png": (os.mkfifo if hasattr(os, "mkfifo") else (lambda p: p.write_bytes(b"")), ""),
    "drawing.gif": (lambda p: p.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "not a picture"),
}  # fmt: skip


def moving(path):
    first, *others = [Image.new("RGB", (12, 12), colour) for colour in ("red", "blue", "lime")]
    first.save(path, save_all=True, append_images=others, lossless=True)


def rotated(path):
    image = Image.new("RGB", (40, 20), "white")
    image.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(path, exif=exif, quality=95)


def palette(path):
    image = Image.new("P", (9, 9), 0)
    image.putpalette([0, 0, 0, 0, 200, 0])
    image.save(path, transparency=0)


ODD = {
    "cmyk.jpg": (lambda p: Image.new("CMYK", (9, 9), (0, 255, 255, 0)).save(p, quality=95), (254, 0, 0)),
    "sixteen.png": (lambda p: Image.fromarray(np.full((9, 9), 32768, dtype=np.uint16)).save(p), (128, 128, 128)),
    "sixteen.TIFF": (lambda p: Image.fromarray(np.full((9, 9), 32768, dtype=np.uint16)).save(p), (128, 128, 128)),
    "moving.gif": (moving, (255, 0, 0)),
    "moving.webp": (moving, (255, 0, 0)),
    "palette.png": (palette, (255, 255, 255)),
    "rotated.JPG": (rotated, None),
    "one.bmp": (lambda p: Image.new("1", (9, 9), 1).save(p), (255, 255, 255)),
    "dot.png": (lambda p: Image.new("RGB", (1, 1), "red").save(p), (255, 0, 0)),
    "strip.png": (lambda p: Image.new("RGB", (1, 100_000), "red").save(p), (255, 0, 0)),
    "wrong ending.jpg": (lambda p: Image.new("RGB", (9, 9), "red").save(p, format="PNG"), (255, 0, 0)),
}  # fmt: skip


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "photos"
    root.mkdir()
    for name, (write, _) in [*BROKEN.items(), *ODD.items()]:
        write(root / name)
    return root


def test_each_costs_its_own_record(root, caplog):
    files = [str(root / name) for name in sorted([*BROKEN, *ODD])]
    data = pictures.dataset(files)
    with caplog.at_level(logging.WARNING, "mmgap"):
        made = prepared(data, SMALL)
    assert set(made.image_ids) == set(ODD)
    assert len(made.images) == len(made.captions) == len(ODD)
    assert made.captions == tuple(f"captión of {i}" for i in made.image_ids)
    reasons = dict(made.skipped)
    assert len(made.skipped) == len(BROKEN)
    assert set(reasons) == set(BROKEN)
    for name, (_, words) in BROKEN.items():
        assert words in reasons[name]
        assert str(root) not in reasons[name]
        assert sum(f"{root / name} is left out: " in record.getMessage() for record in caplog.records) == 1
    assert len(caplog.records) == len(BROKEN)
    assert made.notes[-1].startswith(f"{len(BROKEN)} records left out: ")
    manifest = made.images.arrays.store.manifest
    assert (manifest["pictures"], len(manifest["broken"])) == (len(ODD), len(BROKEN))
    for name, image in zip(made.image_ids, made.images.arrays, strict=True):
        np.testing.assert_array_equal(image, SMALL(open_rgb(root / name)))
        colour = ODD[name][1]
        assert colour is None or abs(image.astype(int) - colour).max() <= 1, name
    upright = made.images[made.image_ids.index("rotated.JPG")]
    assert upright.getpixel((16, 2))[1] < 60 < 200 < upright.getpixel((16, 29))[1]


def test_the_same_is_said_when_it_lies_ready(root):
    data = pictures.dataset([str(root / name) for name in (*BROKEN, *ODD)])
    first, second = prepared(data, SMALL), prepared(data, SMALL)
    assert first.skipped == second.skipped
    assert first.notes == second.notes
    assert first.fingerprint() == second.fingerprint()


def test_the_same_pictures_as_a_folder(root, caplog):
    captions = [{"image": name, "caption": f"this is {name}"} for name in (*BROKEN, *ODD)]
    (root / "metadata.json").write_text(json.dumps(captions))
    data = datasets.load(f"folder:{root}")
    made = prepared(data, SMALL)
    assert set(made.image_ids) == set(ODD)
    assert {i for i, _ in made.skipped} == set(BROKEN)
    assert len(made.skipped) == len(BROKEN)
    for name in BROKEN:
        assert sum(f"{root / name} is left out: " in record.getMessage() for record in caplog.records) == 1


def test_a_file_that_may_not_be_read_is_tried_again_when_it_may(root, monkeypatch):
    """Root reads everything, so that the refusal is played."""
    really = images._open

    def refused(path):
        if os.stat(path).st_mode & 0o777 == 0:
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(images, "_open", refused)
    (root / "dot.png").chmod(0)
    data = pictures.dataset([str(root / name) for name in ODD])
    assert prepared(data, SMALL).skipped == (("dot.png", "[Errno 13] Permission denied"),)
    (root / "dot.png").chmod(0o644)
    assert prepared(data, SMALL).skipped == ()


def test_a_decoder_without_memory_costs_one_record(root, monkeypatch):
    def hungry(image):
        if image.size == (1, 1):
            raise MemoryError
        return image.convert("RGB")

    monkeypatch.setattr("mmgap.datasets.images.to_rgb", hungry)
    made = prepared(pictures.dataset([str(root / "dot.png"), str(root / "one.bmp")]), SMALL)
    assert made.image_ids == ("one.bmp",)
    assert made.skipped == (("dot.png", "MemoryError"),)
