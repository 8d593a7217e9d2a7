"""What the options of the commands choose among."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """Of headings and labels."""

    en = "en"
    es = "es"


class Captions(StrEnum):
    """Of each photo."""

    first = "first"
    all = "all"


class Products(StrEnum):
    """In which type cosines are computed."""

    float64 = "float64"
    float32 = "float32"
    bfloat16 = "bfloat16"


class Refresh(StrEnum):
    """What is measured again."""

    missing = "missing"
    failed = "failed"
    all = "all"
