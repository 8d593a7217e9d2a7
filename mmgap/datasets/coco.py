"""MS-COCO captions: photos with about five English captions each, official or Karpathy's splits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mmgap.core.messages import N_
from mmgap.core.paths import dataset_dir
from mmgap.datasets.base import Dataset, DatasetError, digest
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.keywords import file_sizes, read_json, skipped_note, tidy
from mmgap.datasets.splits import hashed_split

LICENCE = "captions CC BY 4.0, COCO Consortium; photos under the terms of Flickr, each with its own licence"

#: Folders that photos may lie in; which of them are there decides nothing but where a file is found.
OFFICIAL_FOLDERS = ("val2017", "train2017", "val2014", "train2014")
IMAGE_FOLDERS = (*OFFICIAL_FOLDERS, *(f"images/{name}" for name in OFFICIAL_FOLDERS), "images")

#: A photo keeps its number when the releases name it anew: COCO_val2014_000000000139.jpg is 000000000139.jpg of 2017.
_NUMBERED = re.compile(r"(?:COCO_[a-z]+20\d\d_)?(\d{12}\.jpg)")

#: Karpathy and Fei-Fei's splits; "restval" is training data, as all who use them have it.
KARPATHY = "dataset_coco.json"
KARPATHY_SPLITS = {"train": "train", "restval": "train", "val": "validation", "test": "test"}


@dataclass
class Photo:
    """One entry of ``images[]``: its file, where it comes from, and its captions by annotation id."""

    file: str
    official: str
    captions: dict[str, str] = field(default_factory=dict)


def load(argument: str | None, *, split: str) -> Dataset:
    """COCO from ``coco/`` in the data folder: ``annotations/captions_*.json`` and photos in ``val2017/``,
    ``train2017/`` (or 2014), in these below ``images/``, or in ``images/`` itself. A photo of one release is found
    under its name in the other.

    Lin et al. (2014), Chen et al. (2015), https://arxiv.org/abs/1504.00325. Every captions file is read and photos
    listed twice are joined, an annotation that stands in both counts once. Captions are as written, in the order of
    the file; `Dataset.first_captions` keeps the first.

    With Karpathy's ``dataset_coco.json`` (in ``coco/`` or ``coco/annotations/``) its splits and its photos count.
    Without it ``"test"`` is the official val set, and of the train set a hash of the id keeps a tenth for
    ``"validation"``.

    Raises:
        MissingDataError: the folder is not on this machine.
        DatasetError: no captions file, one that is not in COCO's schema, or ``argument`` is given.
    """
    if argument:
        raise DatasetError(f"coco takes no argument, got {argument!r}")
    folder = dataset_dir("coco", fetch="coco")
    annotations = folder / "annotations"
    files = sorted(annotations.glob("captions_*.json"))
    karpathy = next((f for f in (folder / KARPATHY, annotations / KARPATHY) if f.is_file()), None)
    if not files and karpathy is None:
        raise DatasetError(f"coco: no captions_*.json in {annotations}: mmgap data fetch coco brings them")
    skipped: list[tuple[str, str]] = []
    photos = _karpathy(karpathy, skipped) if karpathy else _official(files, skipped)
    here = {name: sizes for name in IMAGE_FOLDERS if (sizes := file_sizes(folder / name))}
    places = _places(folder, here)
    kept: dict[str, tuple[Path, str]] = {}
    for identifier, photo in photos.items():
        place = places.get(photo.file) or places.get(_number(photo.file))
        if place is None:
            skipped.append((identifier, N_("no image file")))
        elif not photo.captions:
            skipped.append((identifier, N_("no caption")))
        else:
            kept[identifier] = place, photo.official if karpathy else _split(photo.official, identifier)
    ids = [i for i, (_, own) in kept.items() if split in ("all", own)]
    captions = {i: list(photos[i].captions.values()) for i in ids}
    return Dataset(
        name="coco",
        split=split,
        revision=digest([[f.read_text(encoding="utf-8") for f in ([karpathy] if karpathy else files)], here]),
        image_ids=tuple(ids),
        images=ImageFiles(tuple(str(kept[i][0]) for i in ids)),
        captions=tuple(text for i in ids for text in captions[i]),
        caption_ids=tuple(own for i in ids for own in photos[i].captions),
        owner=np.repeat(np.arange(len(ids)), [len(captions[i]) for i in ids]),
        language="en",
        licence=LICENCE,
        notes=(_split_note(karpathy), *skipped_note(skipped)),
        skipped=tuple(skipped),
    )


def _places(folder: Path, here: dict[str, dict[str, int]]) -> dict[str, Path]:
    """Where each file lies, by its name and by its number."""
    found: dict[str, Path] = {}
    for place, names in here.items():
        for name in names:
            found.setdefault(name, folder / place / name)
    for name, path in list(found.items()):
        found.setdefault(_number(name), path)
    return found


def _number(name: str) -> str:
    match = _NUMBERED.fullmatch(name)
    return match[1] if match else name


def _split(official: str, identifier: str) -> str:
    if official == "val":
        return "test"
    return "validation" if hashed_split(identifier) == "validation" else "train"


def _split_note(karpathy: Path | None) -> str:
    if karpathy:
        return N_("Splits of Karpathy and Fei-Fei; 'restval' is part of train.")
    return N_(
        "COCO without Karpathy's file: 'test' is the official val set, 'validation' a tenth of the official train set"
        " by a hash of the id."
    )


def _official(files: list[Path], skipped: list[tuple[str, str]]) -> dict[str, Photo]:
    """Photos of the official captions files by id, those of every file joined."""
    photos: dict[str, Photo] = {}
    for file in files:
        content = _json(file)
        if not isinstance(content.get("images"), list) or not isinstance(content.get("annotations"), list):
            raise DatasetError(f"coco: {file} has not COCO's captions schema (images[], annotations[])")
        for position, image in enumerate(content["images"]):
            if not isinstance(image, dict) or not isinstance(image.get("file_name"), str) or "id" not in image:
                skipped.append((f"{file.name} images[{position}]", "no id or file_name"))
            else:
                name = Path(image["file_name"]).name
                photos.setdefault(str(image["id"]), Photo(name, _official_split(image, file)))
        for position, entry in enumerate(content["annotations"]):
            text = entry.get("caption") if isinstance(entry, dict) else None
            photo = photos.get(str(entry.get("image_id"))) if isinstance(entry, dict) else None
            if photo is None or not isinstance(text, str) or not text.strip():
                skipped.append((f"{file.name} annotations[{position}]", "no caption, or no such image"))
            elif photo.captions.setdefault(_own_id(entry, file, position), words := tidy(text)) != words:
                skipped.append((f"{file.name} annotations[{position}]", "its id belongs to another caption"))
    return photos


def _own_id(annotation: dict[str, Any], file: Path, position: int) -> str:
    return str(annotation.get("id", f"{file.name} {position}"))


def _official_split(image: dict[str, Any], file: Path) -> str:
    """ "val" or "train": the photo's own address says it, else the captions file's name."""
    told = f"{image.get('coco_url', '')} {image['file_name']}"
    for name in ("val20", "train20"):
        if name in told:
            return name.removesuffix("20")
    return "train" if "train" in file.stem else "val"


def _karpathy(file: Path, skipped: list[tuple[str, str]]) -> dict[str, Photo]:
    """Photos of Karpathy's file by COCO id, `official` being one of `SPLITS`."""
    images = _json(file).get("images")
    photos: dict[str, Photo] = {}
    for position, image in enumerate(images if isinstance(images, list) else ()):
        try:
            texts = {_sentence_id(s, k): tidy(s["raw"]) for k, s in enumerate(image["sentences"])}
            captions = {own: text for own, text in texts.items() if text}
            photo = Photo(Path(image["filename"]).name, KARPATHY_SPLITS[image["split"]], captions)
            photos.setdefault(str(image["cocoid"]), photo)
        except (AttributeError, KeyError, TypeError):
            skipped.append((f"{file.name} images[{position}]", "no cocoid, filename, split or sentences"))
    if not photos:
        raise DatasetError(f"coco: {file} is not Karpathy's dataset_coco.json: no image has cocoid, filename, split …")
    return photos


def _sentence_id(sentence: dict[str, Any], position: int) -> str:
    """The id of the annotation in COCO, where Karpathy's file says it."""
    own = sentence.get("sentid")
    return str(own) if isinstance(own, int) else f"sentence {position}"


def _json(file: Path) -> dict[str, Any]:
    content = read_json(file, "coco")
    if not isinstance(content, dict):
        raise DatasetError(f"coco: {file} holds {type(content).__name__}, expected an object with images")
    return content
