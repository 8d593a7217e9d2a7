"""What stands in words above and below a map: the gap in the full space, what the plane holds, what it cannot show."""

from __future__ import annotations

import numpy as np

from mmgap.app.atlas.embedding_maps import Drawn
from mmgap.app.atlas.plane_places import KINDS
from mmgap.core.messages import Message, quoted
from mmgap.report.translation import translated


def embedding_title(drawn: Drawn, language: str) -> str:
    """Return what is drawn: the vectors as they are, a space, or an encoder."""
    title = drawn.embedding.title
    return translated(title, language) if isinstance(title, Message) else quoted(title)


def map_title(drawn: Drawn, language: str) -> str:
    """Return what is drawn and how, ``cca · PCA``."""
    return f"{embedding_title(drawn, language)} · {KINDS[drawn.kind]}"


def axis_titles(drawn: Drawn, language: str) -> list[str]:
    """Return the titles of both axes; empty ones where axes mean nothing."""
    if drawn.places.explained is None:
        return ["", ""]
    return [
        translated("principal component {n} ({share} %)", language, n=k + 1, share=f"{100 * share:.1f}")
        for k, share in enumerate(drawn.places.explained)
    ]


def map_said(drawn: Drawn, language: str) -> str:
    """Return in one line what the numbers say: the corrected gap, R@1, the share of the variance in the plane."""
    columns, parts = drawn.embedding.columns, []
    if columns.corrected is not None:
        value, low, high = (
            f"{each:.3f}" for each in (columns.corrected.value, columns.corrected.low, columns.corrected.high)
        )
        parts.append(
            translated(
                "gap, corrected, in all {d} dimensions {value} [{low}, {high}]",
                language,
                d=drawn.embedding.x.width,
                value=value,
                low=low,
                high=high,
            )
        )
    elif columns.gap is not None:
        parts.append(
            translated(
                "gap in all {d} dimensions {value}", language, d=drawn.embedding.x.width, value=f"{columns.gap:.3f}"
            )
        )
    if columns.recall:
        t2i, i2t = (f"{100 * columns.recall[way]:.1f}" for way in ("t2i", "i2t"))
        parts.append(translated("R@1 among all, own pairs: T→I {t2i} %, I→T {i2t} %", language, t2i=t2i, i2t=i2t))
    elif columns.gap is not None:
        parts.append(translated("ranks and hubs of so many are not measured", language))
    if drawn.places.explained is not None:
        share = f"{100 * drawn.places.explained.sum():.1f}"
        parts.append(translated("the plane holds {share} % of the variance", language, share=share))
    return " · ".join(parts)


def map_note(drawn: Drawn, language: str) -> str:
    """Return what one must not read out of this map, and what its axes were fitted on."""
    if drawn.places.explained is not None:
        return translated(
            "Axes: the first two principal components of all images and texts of this map together, vectors of unit"
            " length. Points are nowhere further apart than in the full space; they may be nearer.",
            language,
        )
    return translated(
        "{map} keeps neighbours together, images and texts laid out at once; its distances, sizes and axes mean"
        " nothing. Whether there is a gap, and how wide, is told by the full space, not by this map.",
        language,
        map=KINDS[drawn.kind],
    )


def map_alternative(drawn: Drawn, n: int, language: str) -> str:
    """Return the map in words, for whom it cannot be seen: where the centres lie, and how wide the points spread."""
    points = drawn.places.points.astype(np.float64)
    images, texts = points[:n], points[n:]
    if not len(texts):
        return translated("A map of {n} images.", language, n=f"{n:,}")
    centres = images.mean(axis=0), texts.mean(axis=0)
    spread = np.mean(
        [np.linalg.norm(part - centre, axis=1).mean() for part, centre in zip((images, texts), centres, strict=True)]
    )
    return translated(
        "A map of {n} images and {m} texts. Their centres are {apart} apart in the map; points lie {spread} from the"
        " centre of their own modality on average.",
        language,
        n=f"{n:,}",
        m=f"{len(texts):,}",
        apart=f"{np.linalg.norm(centres[0] - centres[1]):.3g}",
        spread=f"{spread:.3g}",
    )
