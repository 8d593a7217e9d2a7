"""Flickr8k: photos with five English captions each, and the split lists of its authors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mmgap.core.messages import N_, Message
from mmgap.core.paths import dataset_dir
from mmgap.datasets.base import Dataset, DatasetError, digest
from mmgap.datasets.captions.text_files import TextFileError, content, utf8
from mmgap.datasets.images import ImageFileError, ImageFiles, check_header
from mmgap.datasets.keywords import file_sizes, skipped_note

LISTS = {
    "train": "Flickr_8k.trainImages.txt",
    "validation": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}
TOKENS = "Flickr8k.token.txt"
PHOTO_FOLDERS = ("images", "Flicker8k_Dataset", "Flickr8k_Dataset", "Images")
TEXT_FOLDER = "Flickr8k_text"
LICENCE = "photos of Flickr users; non-commercial research and education only, not to be redistributed"

_LINE = re.compile(r"(?P<image>.+)#(?P<number>\d+)\t(?P<caption>.*\S.*)")


def load(argument: str | None, *, split: str) -> Dataset:
    """Flickr8k from ``flickr8k/`` in the data folder: the photos in ``images/`` (or ``Flicker8k_Dataset/``, as its
    archive has it, or ``Images/``), the token file and the three split lists beside it or in ``Flickr8k_text/``.

    Hodosh, Young, Hockenmaier, JAIR 47 (2013). Captions are as written; `Dataset.first_captions` keeps number 0.

    Raises:
        MissingDataError: the folder is not on this machine.
        DatasetError: a list or the token file is missing, or ``argument`` is given.
    """
    if argument:
        raise DatasetError(f"flickr8k takes no argument, got {argument!r}")
    folder = dataset_dir("flickr8k")
    photos = next((place for name in PHOTO_FOLDERS if (place := folder / name).is_dir()), folder / PHOTO_FOLDERS[0])
    texts = {name: _text(_place(folder, name)) for name in (TOKENS, *LISTS.values())}
    captions, skipped = _captions(texts[TOKENS])
    lists = {name: texts[file].split() for name, file in LISTS.items()}
    wanted = list(dict.fromkeys(i for name in lists for i in lists[name])) if split == "all" else lists[split]
    here = file_sizes(photos)
    ids = []
    for image in dict.fromkeys(wanted):
        if image in here and image in captions:
            ids.append(image)
        else:
            skipped.append((image, N_("no image file") if image not in here else N_("no caption")))
    counts = [len(captions[i]) for i in ids]
    return Dataset(
        name="flickr8k",
        split=split,
        revision=digest([texts, here]),
        image_ids=tuple(ids),
        images=ImageFiles(_paths(photos, ids), _paths(photos, (i for name in lists for i in lists[name] if i in here))),
        captions=tuple(text for i in ids for _, text in sorted(captions[i].items())),
        owner=np.repeat(np.arange(len(ids)), counts),
        language="en",
        licence=LICENCE,
        notes=(*_shape_note(photos, ids), *skipped_note(skipped)),
        skipped=tuple(skipped),
    )


def _paths(photos: Path, ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(photos / i) for i in ids)


def _place(folder: Path, name: str) -> Path:
    """Where one of the texts lies: beside the photos' folder, or in the text archive's own."""
    beside = folder / name
    inside = folder / TEXT_FOLDER / name
    return inside if inside.exists() and not beside.exists() else beside


def _text(file: Path) -> str:
    if not file.exists():
        raise DatasetError(f"flickr8k: {file} is missing; it belongs to the original text archive of the data set")
    try:
        return utf8(content(file))
    except TextFileError as error:
        raise DatasetError(f"flickr8k: {error}") from error
    except ValueError as error:
        raise DatasetError(f"flickr8k: {file} is not UTF-8 text: {error}") from error


def _captions(tokens: str) -> tuple[dict[str, dict[int, str]], list[tuple[str, str]]]:
    """Captions by image and number, and the lines that could not be understood."""
    captions: dict[str, dict[int, str]] = {}
    skipped = []
    for number, line in enumerate(tokens.splitlines(), start=1):
        if match := _LINE.fullmatch(line):
            captions.setdefault(match["image"], {})[int(match["number"])] = match["caption"].strip()
        elif line.strip():
            skipped.append((f"{TOKENS} line {number}", "not IMAGE#NUMBER<tab>CAPTION"))
    return captions, skipped


def _shape_note(photos: Path, ids: list[str]) -> tuple[str, ...]:
    """Photos that are all of one square size were squashed by whoever prepared this copy."""
    sizes: Counter[tuple[int, int]] = Counter()
    for name in ids[:8]:
        try:
            sizes[check_header(photos / name)] += 1
        except ImageFileError:  # told when it is read
            continue
    if len(sizes) != 1 or len(ids) < 2:
        return ()
    width, height = next(iter(sizes))
    if width != height:
        return ()
    return (
        Message(
            "The photos of this copy are squashed to {width}×{height} (aspect ratio not kept): figures are not"
            " comparable with published Flickr8k ones.",
            width=width,
            height=height,
        ),
    )
