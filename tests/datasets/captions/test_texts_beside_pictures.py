"""A text beside each picture: as img2dataset, trainers of diffusion models and people leave them."""

import pytest
from caption_folders import TEXTS, load, notes, picture, pictures, read, reasons, write

ONE = {name: [text] for name, text in TEXTS.items()}


@pytest.mark.parametrize("ending", [".txt", ".caption", ".TXT", ".cap", ".ppm.txt"])
def test_endings(tmp_path, ending):
    write(pictures(tmp_path), {name.replace(".ppm", ending): f"{text}\n" for name, text in TEXTS.items()})
    assert read(tmp_path) == ONE
    assert load(tmp_path).skipped == ()
    assert "No captions" not in notes(tmp_path)


def test_img2dataset(tmp_path):
    files = {}
    for k, text in enumerate(TEXTS.values()):
        name = f"{k // 2:05}/{k:09}"
        picture(tmp_path / f"{name}.ppm", k)
        meta = {"url": f"http://x/{k}.jpg", "caption": text, "key": f"{k:09}", "status": "success", "width": 2}
        files |= {f"{name}.txt": text, f"{name}.json": meta}
    files |= {"00000.parquet": b"PAR1", "00001.parquet": b"PAR1", "00000_stats.json": {"count": 2}}
    write(tmp_path, files)
    texts = list(TEXTS.values())
    assert read(tmp_path) == {
        "00000/000000000.ppm": [texts[0]],
        "00000/000000001.ppm": [texts[1]],
        "00001/000000002.ppm": [texts[2]],
    }
    assert "00000.parquet (it is not read: save it as metadata.jsonl or metadata.csv)" in notes(tmp_path)
    for file in tmp_path.rglob("*.txt"):
        file.unlink()
    assert list(read(tmp_path).values()) == [[text] for text in texts]


def test_a_line_is_a_caption_but_where_json_says_it_is_one(tmp_path):
    write(
        pictures(tmp_path, ["a.ppm", "b.ppm"]),
        {"a.txt": "one\r\n\r\ntwo\n", "b.txt": "one\ntwo", "b.json": {"caption": "one\ntwo"}},
    )
    assert read(tmp_path) == {"a.ppm": ["one", "two"], "b.ppm": ["one two"]}


def test_a_list_in_json(tmp_path):
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"a.json": ["one", "two"], "b.json": '"three"'})
    assert read(tmp_path) == {"a.ppm": ["one", "two"], "b.ppm": ["three"]}


def test_of_two_that_differ_the_text_counts_and_the_other_is_named(tmp_path):
    write(pictures(tmp_path, ["a.ppm"]), {"a.txt": "one", "a.json": {"caption": "two"}})
    assert read(tmp_path) == {"a.ppm": ["one"]}
    assert "a.json (it says something else than a.txt, which counts)" in notes(tmp_path)


def test_a_folder_of_texts(tmp_path):
    pictures(tmp_path / "images" / "birds")
    write(tmp_path, {f"text/birds/{name[0]}.txt": text for name, text in TEXTS.items()})
    assert read(tmp_path) == {f"images/birds/{name}": [text] for name, text in TEXTS.items()}


def test_pictures_without_a_text_are_named(tmp_path, caplog):
    write(pictures(tmp_path), {"a.txt": "one", "b.txt": " \n"})
    assert read(tmp_path) == {"a.ppm": ["one"]}
    assert reasons(tmp_path) == dict.fromkeys(("b.ppm", "c.ppm"), "no record in texts beside the pictures")
    assert "2 records left out: b.ppm" in caplog.text
    assert "b.txt (no caption)" in notes(tmp_path)


def test_boxes_and_shapes_are_no_captions(tmp_path):
    files = {"a.txt": "0 0.5 0.5 0.1 0.2\n3 0.1 0.1 0.2 0.2\n", "b.json": {"shapes": [], "imagePath": "b.ppm"}}
    files |= {"c.json": {"title": "c.ppm", "description": ""}}
    write(pictures(tmp_path), files)
    assert read(tmp_path) == {name: [] for name in TEXTS}
    for told in ("No captions", "a.txt (it holds boxes, no caption)", "b.json (no caption)", "c.json (no caption)"):
        assert told in notes(tmp_path)


def test_a_captions_file_counts(tmp_path):
    write(pictures(tmp_path), {"a.txt": "two", "b.txt": "two", "m.csv": "image,caption\na.ppm,one\n"})
    assert read(tmp_path) == {"a.ppm": ["one"]}
    assert "2 text(s) beside pictures (a.txt …) (m.csv counts)" in notes(tmp_path)


def test_a_table_of_categories_and_texts_beside_pictures(tmp_path):
    write(pictures(tmp_path), {"a.txt": "one", "b.txt": "two", "m.csv": "image,category\na.ppm,x\nb.ppm,y\nc.ppm,z\n"})
    data = load(tmp_path)
    assert read(tmp_path) == {"a.ppm": ["one"], "b.ppm": ["two"]}
    assert data.categories == ("x", "y")
    assert dict(data.skipped) == {"c.ppm": "no caption"}


def test_split_folders(tmp_path):
    pictures(tmp_path, ["train/a.ppm", "val/b.ppm", "test/c.ppm"])
    write(tmp_path, {"train/a.txt": "x", "val/b.txt": "y", "test/c.txt": "z"})
    assert read(tmp_path, split="validation") == {"val/b.ppm": ["y"]}
    assert read(tmp_path) == {"test/c.ppm": ["z"]}


def test_a_name_that_two_pictures_have(tmp_path):
    pictures(tmp_path, ["x/a.ppm", "y/a.ppm"])
    write(tmp_path, {"x/a.txt": "one", "text/a.txt": "unclear"})
    assert read(tmp_path) == {"x/a.ppm": ["one"]}


def test_a_text_about_the_folder_is_no_caption(tmp_path):
    write(pictures(tmp_path, ["readme.ppm", "b.ppm"]), {"README.txt": "Photos of mine", "b.txt": "one"})
    assert read(tmp_path) == {"b.ppm": ["one"]}
