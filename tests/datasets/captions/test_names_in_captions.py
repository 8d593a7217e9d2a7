"""A picture is found under the names that programs and people write, and under no other."""

import pytest
from caption_folders import picture, pictures, read, reasons, write


def named(root, name, **more):
    write(root, {"metadata.json": [{"image": name, "caption": "x", **more}]})
    return root


@pytest.mark.parametrize(
    "name",
    [
        "cats/my cat.ppm",
        "./cats/my cat.ppm",
        "cats\\my cat.ppm",
        ".\\cats\\my cat.ppm",
        "cats/my%20cat.ppm",
        "cats//my cat.ppm",
        "cats/../cats/my cat.ppm",
        "CATS/MY CAT.PPM",
        "my cat.ppm",
        "my cat",
        "cats/my cat",
        "my cat.ppm#3",
        "photos/cats/my cat.ppm",
        "../photos/cats/my cat.ppm",
        "/home/ana/photos/cats/my cat.ppm",
        "C:\\Users\\ana\\photos\\cats\\my cat.ppm",
        "file:///home/ana/photos/cats/my%20cat.ppm",
        "{root}/cats/my cat.ppm",
        "file://{root}/cats/my cat.ppm",
        " cats/my cat.ppm ",
        "\u202acats/my cat.ppm",
        "\u200bcats\\my cat.ppm\u00a0",
    ],
)
def test_found(tmp_path, name):
    root = pictures(tmp_path / "photos", ["cats/my cat.ppm", "other.ppm"])
    assert read(named(root, name.format(root=root))) == {"cats/my cat.ppm": ["x"]}


def test_found_behind_a_link(tmp_path):
    root = pictures(tmp_path / "photos", ["cats/a.ppm"])
    (tmp_path / "link").symlink_to(root)
    assert read(named(tmp_path / "link", f"{tmp_path}/link/cats/a.ppm")) == {"cats/a.ppm": ["x"]}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a.ppm", "its path leaves the folder"),
        ("x/../../a.ppm", "its path leaves the folder"),
        ("/etc/a.ppm", "its path leaves the folder"),
        ("D:\\a.ppm", "its path leaves the folder"),
        ("~/a.ppm", "its path leaves the folder"),
        ("https://example.org/a.ppm", "it is an address, not a file of the folder"),
        ("gone.ppm", "no such file"),
        ("dogs/a.ppm", "no such file"),
        ("a.png", "no such file"),
        ("1.ppm", "2 pictures have that name (x/1.ppm, y/1.ppm …): write the path"),
        ("x" * 5000, "no such file"),
        ("a\0.ppm", "it has a NUL byte"),
        ("", "no file name"),
        ("100%.ppm", "no such file"),
        ("metadata.json", "its file ending is not a picture's"),
    ],
)
def test_not_found(tmp_path, name, reason):
    root = pictures(tmp_path / "photos", ["a.ppm", "b.ppm", "x/1.ppm", "y/1.ppm"])
    write(root, {"metadata.json": [{"image": name, "caption": "x"}, {"image": "b.ppm", "caption": "y"}]})
    assert read(root) == {"b.ppm": ["y"]}
    assert reason in reasons(root).values()


def test_a_name_as_it_stands_comes_first(tmp_path):
    pictures(tmp_path, ["a%20b.ppm", "a b.ppm", "c#1.ppm", "c.ppm"])
    write(tmp_path, {"m.csv": "image,caption\na%20b.ppm,one\na b.ppm,two\nc#1.ppm,three\nc.ppm#1,four\n"})
    assert read(tmp_path) == {"a%20b.ppm": ["one"], "a b.ppm": ["two"], "c#1.ppm": ["three"], "c.ppm": ["four"]}


def test_a_category_that_is_a_folder_is_kept_to(tmp_path):
    """A picture of another category is not taken for one that is missing."""
    pictures(tmp_path, ["dogs/1.ppm", "cats/2.ppm"])
    write(tmp_path, {"m.csv": "filename,category,caption\n1.ppm,cats,x\n2.ppm,cats,y\n"})
    assert read(tmp_path) == {"cats/2.ppm": ["y"]}
    assert reasons(tmp_path)["1.ppm"] == "no such file"


def test_a_category_that_is_a_label(tmp_path):
    picture(tmp_path / "Images" / "1.ppm")
    write(tmp_path, {"m.csv": "filename,label,caption\n1.ppm,cat,x\n"})
    assert read(tmp_path) == {"Images/1.ppm": ["x"]}


def test_numbers_as_names(tmp_path):
    pictures(tmp_path, ["17.ppm", "x/000018.ppm"])
    write(tmp_path, {"m.json": [{"image_id": 17, "caption": "x"}, {"image_id": "000018", "caption": "y"}]})
    assert read(tmp_path) == {"17.ppm": ["x"], "x/000018.ppm": ["y"]}


def test_names_that_would_break_a_terminal_or_a_line(tmp_path):
    pictures(tmp_path, ["a.ppm"])
    write(tmp_path, {"m.csv": 'image,caption,split\na.ppm,x,\n"\x1b[2Jb\nc",y,\nd.ppm,z,"te\nst"\n'})
    assert read(tmp_path, split="all") == {"a.ppm": ["x"]}
    assert reasons(tmp_path) == {"\\x1b[2Jb\\nc": "no such file", "m.csv line 6": "unknown split 'te\\nst'"}


def test_numbers_of_coco(tmp_path):
    pictures(tmp_path, ["val/COCO_val2014_000000000042.ppm", "val/000000000043.ppm", "IMG_0044.ppm"])
    write(tmp_path, {"m.json": [{"image_id": k, "caption": f"{k}"} for k in (42, 43, 44)]})
    assert read(tmp_path) == {"val/COCO_val2014_000000000042.ppm": ["42"], "val/000000000043.ppm": ["43"]}
