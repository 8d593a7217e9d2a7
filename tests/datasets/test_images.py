"""Any picture file becomes an upright RGB picture on white, or an error that names the file."""

import pickle

import numpy as np
import pytest
from PIL import Image

from mmgap.datasets import images
from mmgap.datasets.images import ImageFileError, ImageFiles, check_header, open_rgb, to_rgb


def pixel(image, at=(0, 0)):
    assert image.mode == "RGB"
    return image.getpixel(at)


def test_exif_rotation_is_applied(tmp_path):
    image = Image.new("RGB", (40, 20), "white")
    image.paste((255, 0, 0), (0, 0, 20, 20))  # left half red
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    image.save(tmp_path / "a.JPG", exif=exif, quality=95)
    upright = open_rgb(tmp_path / "a.JPG")
    assert upright.size == (20, 40)
    assert pixel(upright, (10, 5))[1] < 60  # the left half came to the top
    assert pixel(upright, (10, 35))[1] > 200


def test_transparency_is_composited_on_white(tmp_path):
    image = Image.new("RGBA", (4, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (255, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 128))
    image.save(tmp_path / "a.png")
    assert pixel(open_rgb(tmp_path / "a.png")) == (255, 0, 0)
    assert pixel(open_rgb(tmp_path / "a.png"), (1, 0)) == (255, 255, 255)
    assert abs(pixel(open_rgb(tmp_path / "a.png"), (2, 0))[0] - 127) <= 1


def test_palette_with_a_transparent_colour(tmp_path):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([0, 0, 0, 0, 200, 0])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "a.png", transparency=0)
    assert pixel(open_rgb(tmp_path / "a.png")) == (255, 255, 255)
    assert pixel(open_rgb(tmp_path / "a.png"), (1, 0)) == (0, 200, 0)


@pytest.mark.parametrize(("mode", "colour", "expected"), [("L", 90, 90), ("1", 1, 255), ("LA", (90, 255), 90)])
def test_grey(tmp_path, mode, colour, expected):
    Image.new(mode, (3, 3), colour).save(tmp_path / "a.png")
    assert pixel(open_rgb(tmp_path / "a.png")) == (expected,) * 3


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path, suffix):
    Image.fromarray(np.array([[0, 32768, 65535]], dtype=np.uint16)).save(tmp_path / f"a.{suffix}")
    image = open_rgb(tmp_path / f"a.{suffix}")
    assert [pixel(image, (x, 0))[0] for x in range(3)] == [0, 128, 255]


@pytest.mark.parametrize(
    ("values", "expected"), [([0.0, 0.5, 1.0], [0, 128, 255]), ([0.0, 128.0, 300.0], [0, 128, 255])]
)
def test_floats(tmp_path, values, expected):
    Image.fromarray(np.array([values], dtype=np.float32)).save(tmp_path / "a.tiff")
    assert [pixel(open_rgb(tmp_path / "a.tiff"), (x, 0))[0] for x in range(3)] == expected


def test_cmyk(tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    red, green, blue = pixel(open_rgb(tmp_path / "a.jpg"))
    assert red > 240
    assert max(green, blue) < 20


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert pixel(open_rgb(tmp_path / "a.gif")) == (255, 0, 0)


def test_premultiplied_grey():
    assert pixel(to_rgb(Image.new("LA", (2, 2), (10, 0)).convert("La"))) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.png", "the file is empty"),
        (b"GIF no, text", "text.jpg", "not a picture"),
        (b"\0\0\0\x18ftypheic", "phone.HEIC", "export it as JPEG"),
        (None, "gone.png", "no such file"),
    ],
)
def test_unreadable_files_are_named(tmp_path, content, name, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    for reader in (open_rgb, check_header):
        with pytest.raises(ImageFileError, match=words) as caught:
            reader(path)
        assert str(path) in str(caught.value)


def test_truncated_file_passes_the_header_but_not_the_reader(tmp_path):
    path = tmp_path / "half.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:1500])
    check_header(path)
    with pytest.raises(ImageFileError, match="truncated"):
        open_rgb(path)


def test_decompression_bomb(tmp_path, monkeypatch):
    Image.new("L", (60, 60)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ImageFileError, match="decompression bomb"):
        open_rgb(tmp_path / "bomb.png")


def test_postscript_is_not_handed_to_another_program(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.eps")
    with pytest.raises(ImageFileError, match="not a picture"):
        open_rgb(tmp_path / "a.eps")


def test_files_are_opened_when_read(tmp_path):
    for k in range(3):
        Image.new("RGB", (k + 1, 1)).save(tmp_path / f"{k}.png")
    files = ImageFiles(tuple(str(tmp_path / f"{k}.png") for k in range(3)))
    (tmp_path / "0.png").unlink()
    assert len(files) == 3
    assert [image.width for image in files[1:]] == [2, 3]
    assert pickle.loads(pickle.dumps(files))[-1].width == 3
    with pytest.raises(ImageFileError):
        files[0]


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F", "F in 255"])
def test_strips_are_the_whole(mode, monkeypatch):
    rng = np.random.default_rng(0)
    if mode.startswith(("I", "F")):
        values = rng.random((23, 17)) * {"I;16": 65535, "I": 65535, "F": 1, "F in 255": 255}[mode]
        kinds = {"I;16": np.uint16, "I": np.int32}
        image = Image.fromarray(values.astype(kinds.get(mode, np.float32)))
    else:
        image = Image.fromarray(rng.integers(0, 256, (23, 17, 4), dtype=np.uint8), "RGBA").convert(mode)
    whole = images.to_rgb(image)
    monkeypatch.setattr(images, "STRIP", 40)
    np.testing.assert_array_equal(np.asarray(images.to_rgb(image)), np.asarray(whole))
