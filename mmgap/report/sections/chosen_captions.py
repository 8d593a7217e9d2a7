"""The list image → chosen caption: whose caption each encoder takes for each image, right or wrong."""

from __future__ import annotations

from typing import Any

from mmgap.analysis.encoder_comparisons import Study
from mmgap.report.blocks import MISSING, Column, Table, one_line
from mmgap.report.translation import translated
from mmgap.report.values import fixed

#: Images that the list holds at most: the first of the data set.
MOST = 500


def choice_table(study: Study, language: str) -> Table | None:
    """Return one line an image: the image whose caption each encoder finds nearest, a mark for right or wrong.

    Captions are named by their image: a report holds ids and figures, never a caption of a data set. The encoders stand
    in the order of the study, what is before a change before what is with it. None where there are no captions.
    """
    sides = [entry for entry in study.results.values() if any("top1" in image for image in entry["images"])]
    if not sides:
        return None
    listed = sides[0]["images"]
    columns = [Column(translated("image", language), numeric=False)]
    for entry in sides:
        encoder = one_line(str(entry["encoder"]))
        chosen = translated("caption that {encoder} chooses", language, encoder=encoder)
        columns += [Column(chosen, numeric=False), Column(translated("cosine with its own", language))]
    lines = []
    for number, image in enumerate(listed[:MOST]):
        line = [one_line(image["id"])]
        for entry in sides:
            line += _choice(entry["images"][number], language) if number < len(entry["images"]) else [MISSING] * 2
        lines.append(tuple(line))
    caption = translated("Image → chosen caption, named by its image: ✓ right, ✗ wrong", language)
    right = [
        f"{one_line(str(entry['encoder']))} "
        + translated("{right} of {all} right", language, right=_right(entry), all=len(entry["images"]))
        for entry in sides
    ]
    caption = f"{caption}. {'; '.join(right)}."
    if len(listed) > MOST:
        caption += f" {translated('{shown} of {all} images', language, shown=MOST, all=len(listed))}."
    return Table("", caption, tuple(columns), tuple(lines))


def _right(entry: dict[str, Any]) -> int:
    return sum(bool(image.get("top1_correct")) for image in entry["images"])


def _choice(image: dict[str, Any], language: str) -> list[str]:
    """``✓ dog.jpg`` and the cosine; ✗ with a word where right and wrong ones tie."""
    if "top1" not in image:
        return [MISSING, MISSING]
    mark = "✓" if image["top1_correct"] else f"✗ ({translated('tie', language)})" if image["top1"] > 0 else "✗"
    cosine = MISSING if image["diagonal"] is None else fixed(image["diagonal"], 3)
    return [f"{mark} {one_line(image['best_match_id'])}", cosine]
