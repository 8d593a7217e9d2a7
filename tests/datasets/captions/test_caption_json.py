"""Captions in JSON of each shape, and in JSON lines; what is broken is named."""

import json

import pytest
from caption_folders import TEXTS, load, notes, pictures, read, reasons, write

from mmgap.datasets import DatasetError

ONE = {name: [text] for name, text in TEXTS.items()}


def coco(texts=TEXTS, each=1):
    images = [{"id": 10 + k, "file_name": name, "height": 1} for k, name in enumerate(texts)]
    annotations = [
        {"id": n, "image_id": 10 + k, "caption": f"{text}{' again' * n}"}
        for n in range(each)
        for k, text in enumerate(texts.values())
    ]
    return {"info": {"year": 2017}, "licenses": [], "images": images, "annotations": annotations}


def karpathy(texts=TEXTS):
    splits = ("train", "restval", "val", "test")
    images = [
        {
            "filename": n,
            "imgid": k,
            "split": splits[k % 4],
            "sentences": [{"raw": t, "tokens": t.split()}],
            "sentids": [k],
        }
        for k, (n, t) in enumerate(texts.items())
    ]
    return {"images": images, "dataset": "mine"}


PAIRS = list(TEXTS.items())
LIST = [{"file_name": name, "caption": text} for name, text in PAIRS]
SHAPES = {
    "list": LIST,
    "pairs": [list(pair) for pair in PAIRS],
    "by file": TEXTS,
    "lists by file": {name: [text] for name, text in PAIRS},
    "objects by file": {name: {"caption": text, "tags": "x"} for name, text in PAIRS},
    "by category and file": {"animals": TEXTS},
    "columns": {"image": list(TEXTS), "caption": list(TEXTS.values())},
    "columns by row": {"image": dict(enumerate(TEXTS)), "text": dict(enumerate(TEXTS.values()))},
    "wrapped": {"version": 1, "data": LIST},
    "nested": [{"image": {"path": name}, "annotations": [{"caption": text, "id": 3}]} for name, text in PAIRS],
    "sentences": [{"filename": name, "sentences": [{"raw": text}]} for name, text in PAIRS],
    "conversations": [{"image": name, "caption": {"text": text}} for name, text in PAIRS],
    "coco": coco(),
    "karpathy": karpathy(),
    "numbered": [{"image": name, "caption_0": text, "caption_1": None} for name, text in PAIRS],
}


@pytest.mark.parametrize("name", ["metadata.json", "sub/captions_mine.json", "x.jsonl"])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(tmp_path, shape, name):
    write(pictures(tmp_path), {name: SHAPES[shape]})
    assert read(tmp_path, split="all") == ONE
    assert load(tmp_path, split="all").skipped == ()


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.json", "data.ndjson"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n"])
def test_lines(tmp_path, name, newline):
    write(pictures(tmp_path), {name: newline.join(json.dumps(entry) for entry in LIST) + newline})
    assert read(tmp_path) == ONE


def test_lines_that_end_in_commas(tmp_path):
    write(pictures(tmp_path), {"m.jsonl": "\n".join(f"{json.dumps(entry)}," for entry in LIST)})
    assert read(tmp_path) == ONE


def test_one_line(tmp_path):
    write(pictures(tmp_path, ["a.ppm"]), {"metadata.jsonl": json.dumps(LIST[0])})
    assert read(tmp_path) == {"a.ppm": ["a dog, black"]}


@pytest.mark.parametrize(
    "broken", ["{", '{"file_name": "b.ppm", "caption": "x"', "[" * 100_000, "null", "[]", '"x"', "1e999"]
)
def test_a_broken_line_costs_itself(tmp_path, broken):
    lines = [json.dumps(LIST[0]), broken, json.dumps(LIST[2])]
    write(pictures(tmp_path), {"metadata.jsonl": "\n".join(lines)})
    assert read(tmp_path) == {name: ONE[name] for name in ("a.ppm", "c.ppm")}
    assert "metadata.jsonl line 2" in reasons(tmp_path)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, json.dumps(LIST)[:-9], "[1, 2", '{"images": [', "9" * 9999]
)
@pytest.mark.parametrize("name", ["metadata.json", "metadata.jsonl"])
def test_what_is_no_json_is_named(tmp_path, text, name):
    write(pictures(tmp_path), {name: text})
    with pytest.raises(DatasetError, match=rf"{name} is not JSON.*") as caught:
        load(tmp_path)
    assert len(str(caught.value)) < 500


def test_coco(tmp_path):
    content = coco(each=2)
    content["annotations"] += [{"id": 9, "image_id": 77, "caption": "x"}, {"id": 10, "image_id": 10, "caption": ""}, 3]
    content["images"] += [
        {"id": 50, "file_name": "gone.ppm"},
        {"file_name": "a.ppm"},
        None,
        {"id": 10, "file_name": "b.ppm"},
    ]
    pictures(tmp_path / "val2017")
    boxes = {"images": content["images"], "annotations": [{"image_id": 10, "bbox": [1, 2, 3, 4]}]}
    write(tmp_path, {"annotations/captions_val2017.json": content, "annotations/instances_val2017.json": boxes})
    assert read(tmp_path) == {f"val2017/{n}": [t, f"{t} again"] for n, t in TEXTS.items()}
    found = reasons(tmp_path)
    assert {f"annotations/captions_val2017.json annotations[{k}]" for k in (6, 7, 8)} <= found.keys()
    assert {f"annotations/captions_val2017.json images[{k}]" for k in (4, 5, 6)} <= found.keys()
    assert found["gone.ppm"] == "no such file"
    assert "annotations/instances_val2017.json (such files hold no captions)" in notes(tmp_path)


def test_annotations_without_captions(tmp_path):
    boxes = {"images": coco()["images"], "annotations": [{"image_id": 10, "bbox": [1, 2, 3, 4]}]}
    write(pictures(tmp_path), {"boxes.json": boxes})
    with pytest.raises(DatasetError, match=r"boxes\.json has annotations, but no captions among them"):
        load(tmp_path)


def test_coco_in_two_splits(tmp_path):
    for split, names in (("train", ["a.ppm", "b.ppm"]), ("val", ["c.ppm"])):
        pictures(tmp_path / f"{split}2017", names)
        write(tmp_path, {f"annotations/captions_{split}2017.json": coco({name: TEXTS[name] for name in names})})
    assert read(tmp_path, split="train") == {f"train2017/{name}": ONE[name] for name in ("a.ppm", "b.ppm")}
    assert read(tmp_path, split="validation") == {"val2017/c.ppm": ONE["c.ppm"]}


def test_karpathys_splits(tmp_path):
    pictures(tmp_path / "images")
    write(tmp_path, {"dataset_mine.json": karpathy()})
    assert read(tmp_path, split="train") == {f"images/{name}": ONE[name] for name in ("a.ppm", "b.ppm")}
    assert read(tmp_path, split="validation") == {"images/c.ppm": ONE["c.ppm"]}


@pytest.mark.parametrize(
    ("caption", "texts"),
    [
        (7, ["7"]),
        (1.5, ["1.5"]),
        (["x", ["y", 3], None, " "], ["x", "y", "3"]),
        ({"raw": "x"}, ["x"]),
        ('["x", "y"]', ["x", "y"]),
        (" x\n y\t", ["x y"]),
    ],
)
def test_values_of_captions(tmp_path, caption, texts):
    write(pictures(tmp_path, ["a.ppm"]), {"m.json": [{"image": "a.ppm", "caption": caption}]})
    assert read(tmp_path) == {"a.ppm": texts}


@pytest.mark.parametrize(
    "caption", [None, float("nan"), float("inf"), True, "", [], {}, {"a": "x"}, [[[[["x"]]]]], "NaN"]
)
def test_values_that_are_none(tmp_path, caption):
    content = [{"image": "a.ppm", "caption": caption}, {"image": "b.ppm", "caption": "y"}]
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"m.json": content})
    assert read(tmp_path) == {"b.ppm": ["y"]}
    assert reasons(tmp_path)["a.ppm"] == "no caption"


def test_keys_in_any_case(tmp_path):
    write(pictures(tmp_path, ["a.ppm"]), {"m.jsonl": '{"Image Path": "A.PPM", "CAPTION": "x", "Split": "Test"}'})
    assert read(tmp_path) == {"a.ppm": ["x"]}


@pytest.mark.parametrize("text", ["x" * 140_000, "a\0b"])
def test_texts_that_are_none(tmp_path, text):
    write(pictures(tmp_path, ["a.ppm", "b.ppm"]), {"m.json": [{"image": "a.ppm", "caption": text}, ["b.ppm", "y"]]})
    assert read(tmp_path) == {"b.ppm": ["y"]}
    assert reasons(tmp_path)["m.json record 0"] in (
        "it has a NUL byte",
        "a text of 140,000 characters: at most 131,072 are read",
    )


@pytest.mark.parametrize(
    "content", [{"a": 1}, 3, "x", None, True, [], {}, [[]], {"a": []}, {"images": [], "annotations": []}]
)
def test_other_shapes(tmp_path, content):
    write(pictures(tmp_path), {"metadata.json": content})
    with pytest.raises(DatasetError, match=r"metadata\.json"):
        load(tmp_path)


def test_large_numbers(tmp_path):
    write(pictures(tmp_path, ["a.ppm"]), {"m.json": f'[{{"image": "a.ppm", "caption": 1{"0" * 400}, "label": 3}}]'})
    assert read(tmp_path) == {"a.ppm": ["1" + "0" * 400]}
    assert load(tmp_path).categories == ("3",)
