"""Flickr8k: photos with five English captions each, and the split lists of its authors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mmgap.datasets.base import Dataset, DatasetError, digest
from mmgap.datasets.images import ImageFileError, ImageFiles, check_header
from mmgap.datasets.keywords import file_sizes, skipped_note
from mmgap.paths import dataset_dir

LISTS = {
    "train": "Flickr_8k.trainImages.txt",
    "validation": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}
TOKENS = "Flickr8k.token.txt"
LICENCE = "photos of Flickr users; non-commercial research and education only, not to be redistributed"

_LINE = re.compile(r"(?P<image>.+)#(?P<number>\d+)\t(?P<caption>.*\S.*)")


def load(argument: str | None, *, split: str) -> Dataset:
    """Flickr8k from ``flickr8k/`` in the data folder: ``images/``, the token file and the three split lists.

    Hodosh, Young, Hockenmaier, JAIR 47 (2013). Captions are as written; `Dataset.first_captions` keeps number 0.

    Raises:
        MissingDataError: the folder is not on this machine.
        DatasetError: a list or the token file is missing, or ``argument`` is given.
    """
    if argument:
        raise DatasetError(f"flickr8k takes no argument, got {argument!r}")
    folder = dataset_dir("flickr8k")
    texts = {name: _text(folder / name) for name in (TOKENS, *LISTS.values())}
    captions, skipped = _captions(texts[TOKENS])
    lists = {name: texts[file].split() for name, file in LISTS.items()}
    wanted = list(dict.fromkeys(i for name in lists for i in lists[name])) if split == "all" else lists[split]
    here = file_sizes(folder / "images")
    ids = []
    for image in dict.fromkeys(wanted):
        if image in here and image in captions:
            ids.append(image)
        else:
            skipped.append((image, "no image file" if image not in here else "no caption"))
    counts = [len(captions[i]) for i in ids]
    return Dataset(
        name="flickr8k",
        split=split,
        revision=digest([texts, here]),
        image_ids=tuple(ids),
        images=ImageFiles(_paths(folder, ids), _paths(folder, (i for name in lists for i in lists[name] if i in here))),
        captions=tuple(text for i in ids for _, text in sorted(captions[i].items())),
        owner=np.repeat(np.arange(len(ids)), counts),
        language="en",
        licence=LICENCE,
        notes=(*_shape_note(folder, ids), *skipped_note(skipped)),
        skipped=tuple(skipped),
    )


def _paths(folder: Path, ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(folder / "images" / i) for i in ids)


def _text(file: Path) -> str:
    if not file.is_file():
        raise DatasetError(f"flickr8k: {file} is missing; it belongs to the original text archive of the data set")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
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


def _shape_note(folder: Path, ids: list[str]) -> tuple[str, ...]:
    """Photos that are all of one square size were squashed by whoever prepared this copy."""
    sizes: Counter[tuple[int, int]] = Counter()
    for name in ids[:8]:
        try:
            sizes[check_header(folder / "images" / name)] += 1
        except ImageFileError:  # told when it is read
            continue
    if len(sizes) != 1 or len(ids) < 2:
        return ()
    width, height = next(iter(sizes))
    if width != height:
        return ()
    return (
        f"The photos of this copy are squashed to {width}×{height} (aspect ratio not kept): figures are not comparable"
        " with published Flickr8k ones.",
    )
