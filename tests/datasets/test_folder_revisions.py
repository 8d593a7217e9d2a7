"""Folders in the layouts of the first release keep their revision, part of every row's key."""

import json
import unicodedata

import pytest

from mmgap import datasets

FILES = ("gatos/niño y gato.ppm", "gatos/b.ppm", "Vögel/grün.ppm", "top.ppm", "images/x.ppm")
TEXTS = ("a boy and a cat", "a cat; black, asleep", 'a "green" bird', "  on  top ", "below images")


def draw(root):
    for k, name in enumerate(FILES):
        path = root / unicodedata.normalize("NFC", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"P6 2 1 255\n" + bytes([k] * 6))


def records():
    parts = (name.rpartition("/") for name in FILES)
    return [(file, category, text) for (category, _, file), text in zip(parts, TEXTS, strict=True)]


def csv_rows(separator=","):
    quoted = [(file, category, '"' + text.replace('"', '""') + '"') for file, category, text in records()]
    return "\n".join(separator.join(row) for row in quoted) + "\n"


def entries(**more):
    return [{"image": name, "caption": text, **more} for name, text in zip(FILES, TEXTS, strict=True)]


def with_splits():
    words = ("train", "Val", "test", "", "other")
    return [entry | {"split": word} for entry, word in zip(entries(), words, strict=True)]


def groups():
    made = {}
    for file, category, text in records():
        made.setdefault(category or "none", []).append({"filename": file, "description": text})
    return made


LAYOUTS = {
    "pictures alone": {},
    "csv with header": {"data.csv": "Filename,category,caption\n" + csv_rows()},
    "csv without header": {"data.csv": csv_rows()},
    "semicolons in Windows-1252": {"data.csv": ("filename;category;caption\n" + csv_rows(";")).encode("cp1252")},
    "tabs in UTF-16": {"x.csv": ("filename\tcategory\tcaption\n" + csv_rows("\t")).encode("utf-16")},
    "no category, separators unquoted": {"a.csv": "file,description\ntop.ppm,a, b, c\nx.ppm,d\nx.ppm,e\ngone.ppm,f\n"},
    "list": {"metadata.json": json.dumps(entries())},
    "list with splits": {"metadata.json": json.dumps(with_splits())},
    "list without captions": {"metadata.json": json.dumps([{"file": n, "label": "k"} for n in FILES[:3]])},
    "several captions": {"all.json": json.dumps([*entries(), {"image": FILES[1], "captions": ["x", "y", "x", ""]}])},
    "groups": {"captions.json": json.dumps(groups(), ensure_ascii=False)},
    "metadata counts": {"metadata.csv": "image,caption\ntop.ppm,one\n", "other.csv": "image,caption\ntop.ppm,two\n"},
    "a broken picture": {"m.json": json.dumps([*entries(), {"image": "no.ppm", "caption": "x"}]), "no.ppm": "no"},
}  # fmt: skip

REVISIONS = {
    "pictures alone": "f2a9583a83756ec85ce67bcf7a1b546001dbb4d95f5af052e47f3719f7b9f8a3",
    "csv with header": "bbba5ffda2e01d9ed1c7ac1c5842ac05d4408c8ebc0f2065df8b4df140ad8ec5",
    "csv without header": "bbba5ffda2e01d9ed1c7ac1c5842ac05d4408c8ebc0f2065df8b4df140ad8ec5",
    "semicolons in Windows-1252": "bbba5ffda2e01d9ed1c7ac1c5842ac05d4408c8ebc0f2065df8b4df140ad8ec5",
    "tabs in UTF-16": "bbba5ffda2e01d9ed1c7ac1c5842ac05d4408c8ebc0f2065df8b4df140ad8ec5",
    "no category, separators unquoted": "aea0080960356ee0438d856332cf08f68f2d706e002bb1bddca63727b2a726fe",
    "list": "bbba5ffda2e01d9ed1c7ac1c5842ac05d4408c8ebc0f2065df8b4df140ad8ec5",
    "list with splits": "f2f7fc5f4ac59c004bd43545f5211f926958da8ac64e34db2e33341488a60fbb",
    "list without captions": "f7b59dc11ab44f64bef1f7ebcb95cc623bcb5dc51c9f3fe650f2aa0ef32c7008",
    "several captions": "2756d1256a5294cb465185ca2b12f07ab8386ca66b29e53a72f17d8f689ce9df",
    "groups": "a88faa324ac19ebbc1e9c39b43515b959eb4115595edb65c1a53fdd3a8c7eef8",
    "metadata counts": "8373838cfa150eb42868e2a6368d3d620a7afe2d82c32da717f2e910176f1e1f",
    "a broken picture": "db3f6f1529c67af4aed187ae9d4d2d67d51f43852ee6116f0a47c49c0c6191d6",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_revision(tmp_path, layout):
    draw(tmp_path)
    for name, content in LAYOUTS[layout].items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert datasets.load(f"folder:{tmp_path}", split="all").revision == REVISIONS[layout]
