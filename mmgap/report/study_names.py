"""What studies are called where a reader has no specs in mind yet: ``photos · ARASAAC, English``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from babel import Locale, UnknownLocaleError

from mmgap.analysis.study_answers import Study
from mmgap.analysis.training_families import unusual
from mmgap.report.terms import term
from mmgap.report.translation import translated

#: How those write themselves who made the data.
_SPELT = {"arasaac": "ARASAAC", "openmoji": "OpenMoji", "flickr8k": "Flickr8k", "coco": "COCO"}


def study_names(studies: Sequence[Study], language: str) -> list[str]:
    """Return a name for each study, no two of one kind alike: where plain ones would be, specs stand instead.

    Args:
        studies: those that stand together.
        language: "en" or "es".
    """
    plain = [plain_name(study.cell, language) for study in studies]
    counts = Counter((study.kind, name) for study, name in zip(studies, plain, strict=True))
    return [
        name if name and counts[study.kind, name] == 1 else translated(study.title, language)
        for study, name in zip(studies, plain, strict=True)
    ]


def plain_name(cell: Mapping[str, Any], language: str) -> str:
    """Return encoder, data set and unusual variants of a cell in plain words, without options of the first two.

    >>> plain_name({"encoder": "trained:models/photos", "dataset": "arasaac-en:both", "variant": {}}, "en")
    'photos · ARASAAC, English'
    >>> plain_name({"encoder": "vectors", "dataset": "vectors:features_clip.npy", "variant": {}}, "es")
    'features_clip.npy'
    >>> cell = {"encoder": "two-towers:mobilenet-v2,minilm,cca", "dataset": "coco", "variant": {"captions": "all"}}
    >>> plain_name(cell, "es")
    'mobilenet-v2 + minilm, cca · COCO · textos = todas'
    """
    encoder, dataset = (str(cell.get(axis) or "") for axis in ("encoder", "dataset"))
    variants = [f"{term(name, language)} = {term(str(value), language)}" for name, value in unusual(cell)]
    named = [_encoder(encoder) if encoder != "vectors" else "", _dataset(dataset, language), *variants]
    return " · ".join(filter(None, named))


def _encoder(spec: str) -> str:
    family, _, argument = spec.partition(":")
    if family == "two-towers":
        image, _, others = argument.partition(",")
        text, _, joined = others.partition(",")
        return f"{image} + {text}, {joined}"
    return PurePosixPath(argument).name or family


def _dataset(spec: str, language: str) -> str:
    family, _, argument = spec.partition(":")
    if family == "joint":
        parts = [_dataset(part, language).split(", ", 1) for part in argument.split("+")]
        if len({name for name, *_ in parts}) == 1:
            return f"{parts[0][0]}, {' + '.join(rest for _, *others in parts for rest in others)}"
        return " + ".join(", ".join(part) for part in parts)
    if family in ("vectors", "folder"):
        return PurePosixPath(argument.split(",")[0]).name or family
    name, _, code = family.partition("-")
    spoken = _language(code, language)
    return f"{_SPELT.get(name, name)}, {spoken}" if spoken else _SPELT.get(family, family)


def _language(code: str, language: str) -> str:
    """A language by its code, in words; empty where it is none."""
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)?", code):
        return ""
    try:
        return Locale.parse(code, sep="-").get_display_name(language) or ""
    except (UnknownLocaleError, ValueError):
        return ""
