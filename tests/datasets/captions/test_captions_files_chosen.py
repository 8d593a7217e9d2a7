"""Which captions files of a folder count: one, several that agree, one a sub-folder or split; others are named."""

import json
import logging
import os

import pytest
from caption_folders import TEXTS, load, notes, pictures, read, reasons, write

from mmgap.datasets import DatasetError

ONE = {name: [text] for name, text in TEXTS.items()}
LINES = "\n".join(json.dumps({"file_name": name, "text": text}) for name, text in TEXTS.items())


def rows(texts=TEXTS, header="image,caption"):
    return "\n".join([header, *(f'{name},"{text}"' for name, text in texts.items())])


def test_imagefolder_with_splits(tmp_path):
    for split, names in (("train", ["a.ppm", "b.ppm"]), ("validation", ["c.ppm"]), ("test", ["a.ppm"])):
        pictures(tmp_path / split, names)
        lines = [json.dumps({"file_name": name, "text": f"{split} {name}"}) for name in names]
        write(tmp_path, {f"{split}/metadata.jsonl": "\n".join(lines)})
    assert read(tmp_path, split="train") == {"train/a.ppm": ["train a.ppm"], "train/b.ppm": ["train b.ppm"]}
    assert read(tmp_path, split="validation") == {"validation/c.ppm": ["validation c.ppm"]}
    assert read(tmp_path) == {"test/a.ppm": ["test a.ppm"]}
    assert load(tmp_path, split="all").skipped == ()


def test_imagefolder_by_category(tmp_path):
    for category in ("cats", "dogs"):
        pictures(tmp_path / category, ["1.ppm"])
        write(tmp_path, {f"{category}/metadata.csv": f"file_name,text\n1.ppm,one of {category}\n"})
    assert read(tmp_path) == {"cats/1.ppm": ["one of cats"], "dogs/1.ppm": ["one of dogs"]}
    assert load(tmp_path).categories == ("cats", "dogs")


def test_one_split_alone_is_the_whole_folder(tmp_path):
    write(pictures(tmp_path / "train"), {"metadata.jsonl": LINES})
    assert read(tmp_path) == {f"train/{name}": texts for name, texts in ONE.items()}


def test_paths_from_a_sub_folder(tmp_path):
    pictures(tmp_path / "images")
    write(tmp_path, {"annotations/a.csv": rows({f"../images/{name}": text for name, text in TEXTS.items()})})
    assert read(tmp_path) == {f"images/{name}": texts for name, texts in ONE.items()}


def test_files_that_agree(tmp_path):
    some = dict(list(TEXTS.items())[:2])
    write(pictures(tmp_path), {"a.csv": rows(), "b.jsonl": LINES, "sub/c.json": [*map(list, some.items())]})
    assert read(tmp_path) == ONE
    assert load(tmp_path).skipped == ()


def test_files_of_different_pictures(tmp_path):
    names = list(TEXTS)
    parts = {f"part{k}.csv": rows({name: TEXTS[name]}) for k, name in enumerate(names)}
    write(pictures(tmp_path), parts)
    assert read(tmp_path) == ONE


def test_files_named_after_splits(tmp_path):
    a, b, c = ({name: text} for name, text in TEXTS.items())
    write(pictures(tmp_path), {"train.csv": rows(a), "my_val.csv": rows(b), "captions-test.csv": rows(c)})
    assert read(tmp_path, split="train") == {"a.ppm": ONE["a.ppm"]}
    assert read(tmp_path, split="validation") == {"b.ppm": ONE["b.ppm"]}
    assert read(tmp_path) == {"c.ppm": ONE["c.ppm"]}


def test_a_picture_in_two_splits(tmp_path):
    write(pictures(tmp_path), {"train.csv": rows(), "test.csv": rows()})
    with pytest.raises(
        DatasetError, match=r"\(test\.csv, train\.csv\) that do not agree on 'a\.ppm': name one of them"
    ):
        load(tmp_path)


def test_files_that_do_not_agree(tmp_path):
    write(pictures(tmp_path), {"en.csv": rows(), "es.tsv": rows({"a.ppm": "un perro"})})
    with pytest.raises(DatasetError, match=r"en\.csv, es\.tsv.*'a\.ppm': name one of them metadata\.csv"):
        load(tmp_path)
    (tmp_path / "es.tsv").rename(tmp_path / "metadata.tsv")
    assert read(tmp_path) == {"a.ppm": ["un perro"]}
    assert "en.csv (metadata.tsv counts)" in notes(tmp_path)


def test_the_nearer_the_top_counts(tmp_path):
    write(pictures(tmp_path), {"en.csv": rows(), "old/es.csv": rows({"a.ppm": "un perro"})})
    assert read(tmp_path) == ONE
    assert "old/es.csv (en.csv counts, which says something else of 'a.ppm')" in notes(tmp_path)


def test_categories_and_captions_in_two_files(tmp_path):
    labels = rows(dict.fromkeys(TEXTS, "x"), "image,label")
    write(pictures(tmp_path), {"captions.csv": rows(), "labels.csv": labels})
    assert read(tmp_path) == ONE
    assert load(tmp_path).categories == ("x", "x", "x")


def test_other_files_are_named_and_cost_nothing(tmp_path, caplog):
    other = {
        "stats.json": {"count": 3},
        "notes.txt": "Remember, all",
        "x.parquet": b"PAR1",
        "sheet.xlsx": b"PK",
        "shard.tar": b"",
    }
    other |= {
        "sub/results.csv": "picture,score\na.ppm,3\n",
        "gone.csv": "image,caption\nx.ppm,y\n",
        "sub/empty.json": "",
    }
    write(pictures(tmp_path), {"m.csv": rows(), **other})
    assert read(tmp_path) == ONE
    with caplog.at_level(logging.WARNING, "mmgap"):
        (tmp_path / "sub" / "empty.json").unlink()
        told = notes(tmp_path)
    named = [f"{name} (" in told for name in ("x.parquet", "sheet.xlsx", "shard.tar", "gone.csv", "notes.txt")]
    assert all(named) or "and 2 more" in told
    assert "Not read as captions" in caplog.text


@pytest.mark.parametrize("name", ["m.csv", "captions/metadata.csv", "x.jsonl", "list.tsv"])
def test_a_file_that_names_no_picture(tmp_path, name):
    entries = [{"image": f"photos{k}/x.jpg", "caption": "c"} for k in range(9)]
    text = "\n".join(map(json.dumps, entries)) if name.endswith("l") else rows({e["image"]: "c" for e in entries})
    write(pictures(tmp_path), {name: text})
    words = r"none of its 9 record\(s\) names a picture of the folder: its column 'image' says 'photos0/x\.jpg', "
    with pytest.raises(
        DatasetError, match=words + r"'photos1/x\.jpg', 'photos2/x\.jpg', the folder has 'a\.ppm', 'b\.ppm'"
    ):
        load(tmp_path)


def test_no_captions_is_said(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "mmgap"):
        data = load(pictures(tmp_path))
    assert "No captions: neither a captions file nor texts beside the pictures." in data.notes
    assert f"folder:{tmp_path.name}: No captions" in caplog.text
    load(tmp_path)
    assert caplog.text.count("No captions") == 1


def test_one_bad_metadata_file_is_no_reason_to_take_another(tmp_path):
    write(pictures(tmp_path), {"metadata.json": "{", "m.csv": rows()})
    with pytest.raises(DatasetError, match=r"metadata\.json is not JSON"):
        load(tmp_path)


def test_records_left_out_are_told_in_the_log(tmp_path, caplog):
    write(pictures(tmp_path, ["a.ppm"]), {"m.csv": "image,caption\na.ppm,x\ngone.ppm,y\n"})
    assert reasons(tmp_path) == {"gone.ppm": "no such file"}
    assert "1 record left out: gone.ppm (no such file)" in caplog.text


GUARDED = ("metadata.csv", "captions.txt", "m.jsonl", "sub/m.json", "a.txt", "a.json")


@pytest.mark.parametrize("name", GUARDED)
def test_a_pipe_is_not_waited_for(tmp_path, name):
    pictures(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    assert "it is no regular file" in told(tmp_path)


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("target", ["/dev/zero", "/etc/passwd", "../outside.csv"])
def test_links_out_of_the_folder(tmp_path, name, target):
    root = pictures(tmp_path / "x")
    (tmp_path / "outside.csv").write_text(rows())
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).symlink_to(tmp_path / "outside.csv" if target.startswith("..") else target)
    assert "it is a link that leaves the folder" in told(root)


def test_a_link_inside_the_folder(tmp_path):
    write(pictures(tmp_path), {"data/m.csv": rows()})
    (tmp_path / "metadata.csv").symlink_to(tmp_path / "data" / "m.csv")
    assert read(tmp_path) == ONE


@pytest.mark.parametrize("name", GUARDED)
def test_sizes(tmp_path, name, monkeypatch):
    from mmgap.datasets.captions import sidecars, text_files

    monkeypatch.setattr(text_files.content, "__kwdefaults__", {"most": 100})
    monkeypatch.setattr(sidecars, "MOST_BESIDE", 100)
    write(pictures(tmp_path), {name: "x" * 101})
    assert "0.0 MB are read: split it into several files" in told(tmp_path)


def told(root):
    """What is said of a folder, as an error or as notes."""
    try:
        return notes(root)
    except DatasetError as error:
        return str(error)


def test_a_folder_that_cannot_be_looked_into(tmp_path, monkeypatch):
    pictures(tmp_path, ["a.ppm", "closed/b.ppm"])
    really = os.scandir

    def refused(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", refused)
    assert "it cannot be looked into" in reasons(tmp_path)["closed/"]


def test_a_link_to_a_folder_is_named(tmp_path):
    root = pictures(tmp_path / "x", ["a.ppm"])
    pictures(tmp_path / "elsewhere")
    (root / "more").symlink_to(tmp_path / "elsewhere")
    assert reasons(root) == {"more/": "it is a link to a folder, and is not entered"}


def test_one_file_is_not_called_like_a_split(tmp_path):
    a, b, c = ({name: text} for name, text in TEXTS.items())
    write(pictures(tmp_path), {"train.csv": rows(a), "holdout.csv": rows(b), "test.csv": rows(c)})
    assert read(tmp_path) == ONE
    assert "No splits: other files are called like one, but holdout.csv is not." in notes(tmp_path)


def test_folders_that_only_contain_a_split_word(tmp_path):
    for folder in ("crash-test", "dev team"):
        write(pictures(tmp_path / folder, ["a.ppm"]), {"metadata.csv": "file_name,text\na.ppm,x\n"})
    assert len(read(tmp_path)) == 2


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.csv", "labels.tsv"])
def test_categories_without_captions(tmp_path, name):
    lines = [json.dumps({"file_name": picture, "label": k}) for k, picture in enumerate(TEXTS)]
    tables = "\n".join(["file_name\tlabel", *(f"{picture}\t{k}" for k, picture in enumerate(TEXTS))])
    text = "\n".join(lines) if name.endswith("jsonl") else tables
    write(pictures(tmp_path), {name: text})
    assert load(tmp_path).categories == ("0", "1", "2")
    assert load(tmp_path).captions == ()
    assert f"{name} has no captions" in notes(tmp_path)


def test_names_that_only_their_folder_makes_clear(tmp_path):
    for folder in ("x", "y"):
        text = "id,file_name,text\n7,1.ppm,of " + folder
        write(pictures(tmp_path / folder, ["1.ppm", f"{folder}7.ppm"]), {"metadata.csv": text})
    assert read(tmp_path) == {"x/1.ppm": ["of x"], "y/1.ppm": ["of y"]}
