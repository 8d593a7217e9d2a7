"""Which picture shows a study's answer, and whether it must be drawn; matplotlib is imported only then."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from mmgap.analysis.study_answers import Study
from mmgap.core.cache import key_digest
from mmgap.report.blocks import Figure, Gallery
from mmgap.report.figures.picture_subjects import PRINTED
from mmgap.report.translation import translated

FOLDER = "figures"

#: Crosses of more members are not told apart in one picture: studies of more have none.
MOST = 40

#: Raised when the drawing changes.
DRAWING = 3


def frontiers(studies: Iterable[Study], folder: Path, language: str) -> dict[str, Gallery]:
    """Return the picture of each study that has one, by the study's stem; drawn where it is not there yet.

    A picture is drawn from the rows' own numbers, of which its name holds a digest, so it needs none of their arrays.
    """
    return {study.stem: _gallery(study, folder, language) for study in studies if 1 < len(study.points) <= MOST}


def _gallery(study: Study, folder: Path, language: str) -> Gallery:
    from mmgap.report.figures.answer_frontier import draw
    from mmgap.report.figures.style import save

    points = {name: [[one.value, one.low, one.high] for one in pair] for name, pair in study.points.items()}
    digest = key_digest({"drawing": DRAWING, "points": points, "start": study.start})[:8]
    base = f"{study.stem}-{digest}-{language}"
    files = [PurePosixPath(FOLDER) / f"{base}{suffix}" for suffix in (".png", ".svg", PRINTED)]
    if not all((folder / file).exists() for file in files):
        drawn = draw(study, language)
        for file in files:
            save(drawn, folder / file)
    caption = translated(
        "{what}: corrected gap against R@1, the mean of both ways; crosses are 95 % intervals, arrows lead from where"
        " all began. Better is up and to the left.",
        language,
        what=study.title,
    )
    alt = translated("{what}: gap against R@1", language, what=study.title)
    return Gallery((Figure(files[0], caption, alt, files[1], printed=files[2]),))
