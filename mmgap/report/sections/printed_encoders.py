"""The figures that the practices printed, as lines for the tables beside measured ones."""

from __future__ import annotations

from string import ascii_lowercase

from mmgap.analysis.encoder_comparisons import ROLES
from mmgap.report.blocks import MISSING
from mmgap.report.translation import translated
from mmgap.theory.printed import practices


def printed_encoders(language: str) -> list[tuple[str, ...]]:
    """Dataset, encoder, top-1, diagonal, its range, off-diagonal, gap and items of each printed encoder.

    The range is printed for the cosines before CLIP, the off-diagonal ones of CLIP as a typical interval.
    """
    return [
        (
            _name(number, language),
            _encoder(entry[role]),
            entry[role]["top1"],
            _spread(entry[role]),
            _ends("[{}, {}]", entry.get(f"{role}_range")),
            _ends("{}–{}", entry[role].get("off_diagonal_typical")),
            MISSING,
            f"{entry['images']} / {entry['images']}",
        )
        for number, entry in enumerate(practices())
        for role in ROLES
    ]


def printed_categories(language: str) -> list[tuple[str, ...]]:
    """Category, encoder, images, top-1 and diagonal, where a practice printed them by category."""
    return [
        (category, f"{_name(number, language)}: {_encoder(entry[role])}", MISSING, MISSING, mean)
        for number, entry in enumerate(practices())
        for role in ROLES
        for category, mean in entry[role].get("per_category_diag_mean", {}).items()
    ]


def printed_comparisons(language: str) -> list[tuple[str, ...]]:
    """Dataset, both encoders, matches, points, p, difference, p, relative change, images improved."""
    return [
        (
            _name(number, language),
            *(_encoder(entry[role]) for role in ROLES),
            _ends("{} → {}", found["matches"]),
            found["top1_points"],
            MISSING,
            found["diag_mean"],
            MISSING,
            found["diag_relative_percent"],
            found["images_improved_percent"],
        )
        for number, entry in enumerate(practices())
        if (found := entry.get("improvement"))
    ]


def printed_notes(language: str) -> list[str]:
    """Return what the short names of the printed lines stand for, a footnote for each practice."""
    return [
        translated(
            "{what}: as a practice printed them for {images} photos of its own ({photos}), projection {projection}:"
            " other photos than these, so a difference says nothing of either measurement.",
            language,
            what=_name(number, language),
            photos=entry["name"],
            images=entry["images"],
            projection=entry["preclip"]["projection"],
        )
        for number, entry in enumerate(practices())
    ]


def _name(number: int, language: str) -> str:
    return translated("printed ({what})", language, what=ascii_lowercase[number])


def _encoder(printed: dict[str, str]) -> str:
    """``resnet50 + all-MiniLM-L6-v2``, or the model's name."""
    return printed["model"] if "model" in printed else f"{printed['image']} + {printed['text']}"


def _spread(printed: dict[str, str]) -> str:
    return f"{printed['diag_mean']} ± {printed['diag_std']}" if "diag_mean" in printed else MISSING


def _ends(form: str, ends: list[str] | None) -> str:
    return form.format(*ends) if ends else MISSING
