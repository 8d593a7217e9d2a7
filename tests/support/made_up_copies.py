"""Small copies of the downloaded data sets, as they lie on disk: for machines that have not the real ones."""

import io
import json
import tarfile
from pathlib import Path

from PIL import Image

from mmgap.datasets.emoji import NAMES, STYLES
from mmgap.datasets.emoji_languages import BY_NPM
from mmgap.datasets.flickr8k import LISTS, TOKENS

#: Caption of photo k, number n: long enough that no hash puts them all in one split.
WORDS = ("dog", "cat", "tree", "house", "boat", "niño", "pájaro", "sun", "moon", "car")


def photo(path: Path, k: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (20 + k % 7, 16), (k * 37 % 256, k * 91 % 256, k * 13 % 256)).save(path)


def write(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def pictogram(identifier: int, *keywords: str, **more) -> dict:
    return {"_id": identifier, "keywords": [{"keyword": keyword, "type": 2} for keyword in keywords], **more}


def arasaac(folder: Path, count: int = 60) -> None:
    """``count`` pictograms in Spanish, every second one in English too."""
    labels = [{"categories": [f"c{k % 3}"], "tags": [f"t{k % 5}", "all"], "synsets": [f"{k:08}-n"]} for k in range(9)]
    spanish = [pictogram(k, f"palabra {k}", WORDS[k % 10], **labels[k % 9]) for k in range(count)]
    english = [pictogram(k, f"word {k}", f"{WORDS[k % 10]}s", **labels[k % 9]) for k in range(0, count, 2)]
    write(folder / "metadata_es.json", spanish)
    write(folder / "metadata_en.json", english)
    for k in range(count):
        photo(folder / "images" / f"{k}.png", k)


def openmoji(folder: Path, count: int = 60) -> None:
    records = []
    for k in range(count):
        words = {"keywords_en": [f"word {k}", WORDS[k % 10]], "keywords_es": [f"palabra {k}"]}
        records.append({"id": f"1F{k:03X}", "image": f"images/{k}.png", "category": f"c{k % 3}", **words})
        photo(folder / records[-1]["image"], k)
    write(folder / "metadata.json", records)


def npm_package(file: Path, contents: dict[str, object]) -> None:
    """A package as ``npm pack`` writes it: everything below ``package/``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w:gz") as archive:
        for name, content in {"package.json": {"name": file.stem}, **contents}.items():
            data = json.dumps(content, ensure_ascii=False).encode()
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def emoji(folder: Path, count: int = 60) -> None:
    """``count`` concepts that all styles draw and all languages name, and in each style and language one more."""
    names: dict[str, object] = {}
    for language in BY_NPM:
        records = [
            {"hexcode": f"1F{k:03X}", "label": f"{language} {k}", "tags": [WORDS[k % 10]], "group": k % 3}
            for k in range(count)
        ]
        part = {"hexcode": "1F1E6", "label": f"regional indicator {language}"}  # of other emoji: without a group
        names[f"{language}/data.json"] = [*records, part]
    npm_package(folder / f"{NAMES}-1.0.0.tgz", names)
    for number, (name, style) in enumerate(STYLES.items()):
        body = '<rect x="{}" width="9" height="9" fill="red"/>'
        icons = {f"icon-{k}": {"body": body.format(k % 7)} for k in range(count)}
        points = {f"1f{k:03x}": f"icon-{k}" for k in range(count)} | {f"1f9{number}": "icon-0"}
        content = {"chars.json": points, "icons.json": {"prefix": name, "icons": icons, "width": 16, "height": 16}}
        npm_package(folder / f"{style.package.removeprefix('@').replace('/', '-')}-1.0.0.tgz", content)


def flickr8k(folder: Path) -> None:
    names = [f"{k}_{k:04x}.jpg" for k in range(12)]
    for k, name in enumerate(names):
        photo(folder / "images" / name, k)
    lines = [f"{name}#{n}\tA {WORDS[n]} of {name} ." for name in names for n in range(5)]
    (folder / TOKENS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    parts = {"train": names[:6], "validation": names[6:9], "test": names[9:]}
    for split, file in LISTS.items():
        (folder / file).write_text("\n".join(parts[split]) + "\n", encoding="utf-8")


def coco_entry(number: int, split: str, year: int) -> dict:
    prefix = f"COCO_{split}2014_" if year == 2014 else ""
    name = f"{prefix}{number:012}.jpg"
    return {"id": number, "file_name": name, "coco_url": f"http://images.cocodataset.org/{split}{year}/{name}"}


def coco_captions(entries: list[dict], each: int = 3) -> dict:
    """A captions file; the annotations of a photo do not stand together, and their ids do not rise."""
    notes = [
        {"id": 10_000 - 10 * entry["id"] - n, "image_id": entry["id"], "caption": f"{WORDS[n]} {entry['id']}. "}
        for n in range(each)
        for entry in entries
    ]
    return {"info": {}, "images": entries, "annotations": notes}


def coco(folder: Path, year: int = 2017, train: int = 40, val: int = 5) -> None:
    """Photos 1 … ``train`` and the ``val`` that follow."""
    parts = {"train": range(1, train + 1), "val": range(train + 1, train + val + 1)}
    for split, numbers in parts.items():
        entries = [coco_entry(number, split, year) for number in numbers]
        write(folder / "annotations" / f"captions_{split}{year}.json", coco_captions(entries))
        for entry in entries:
            photo(folder / f"{split}{year}" / entry["file_name"], entry["id"])


#: Every data set that has to be downloaded, by the folder it lies in.
COPIES = {"arasaac": arasaac, "openmoji": openmoji, "emoji": emoji, "flickr8k": flickr8k, "coco": coco}
