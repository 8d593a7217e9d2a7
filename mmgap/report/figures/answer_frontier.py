"""The picture of a study's answer: the gap against R@1, crosses of intervals, arrows from the start."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from mmgap.analysis.study_answers import AS_IS, Study
from mmgap.core.cache import key_digest
from mmgap.report.blocks import Figure, Gallery, shorten
from mmgap.report.translation import translated
from mmgap.rows.cell import INITIAL

FOLDER = "figures"

#: Raised when the drawing changes.
DRAWING = 1


def frontiers(studies: Iterable[Study], folder: Path, language: str) -> dict[str, Gallery]:
    """Return the picture of each study that has one, by the study's stem; drawn where it is not there yet.

    A picture is drawn from the rows' own numbers, of which its name holds a digest, so it needs none of their arrays.
    """
    return {study.stem: _gallery(study, folder, language) for study in studies if len(study.points) > 1}


def _gallery(study: Study, folder: Path, language: str) -> Gallery:
    from mmgap.report.figures.style import save

    points = {name: [[one.value, one.low, one.high] for one in pair] for name, pair in study.points.items()}
    digest = key_digest({"drawing": DRAWING, "points": points, "start": study.start})[:8]
    base = f"{study.stem}-{digest}-{language}"
    files = [PurePosixPath(FOLDER) / f"{base}{suffix}" for suffix in (".png", ".svg")]
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
    return Gallery((Figure(files[0], caption, alt, files[1]),))


def draw(study: Study, language: str) -> object:
    """Return the matplotlib figure."""
    import matplotlib as mpl
    import numpy as np
    from matplotlib.figure import Figure as Canvas

    from mmgap.report.figures.label_places import names_at_right
    from mmgap.report.figures.style import FAINT, INK, LINES, STYLE, settle

    points = study.points
    colours = {name: INK if name == study.start else LINES[1 + n % (len(LINES) - 1)] for n, name in enumerate(points)}
    with mpl.rc_context(STYLE):
        figure = Canvas(figsize=(7.2, max(3.2, 0.17 * len(points) + 0.9)), layout="constrained")
        axes = figure.subplots()
        start = points.get(study.start or "")
        for name, (gap, recall) in points.items():
            x, y = gap.value, 100 * recall.value
            if start is not None and name != study.start:
                axes.annotate(
                    "",
                    (x, y),
                    (start[0].value, 100 * start[1].value),
                    arrowprops={"arrowstyle": "->", "color": FAINT, "linewidth": 0.7, "shrinkA": 4, "shrinkB": 4},
                )
            if gap.low is not None and gap.high is not None:
                axes.hlines(y, gap.low, gap.high, color=colours[name], linewidth=1.4)
            if recall.low is not None and recall.high is not None:
                axes.vlines(x, 100 * recall.low, 100 * recall.high, color=colours[name], linewidth=1.4)
            axes.plot(x, y, marker="s" if name == study.start else "o", markersize=5, color=colours[name])
        axes.set_title(study.title, loc="left", fontsize=9, fontweight="bold", color=INK, parse_math=False)
        axes.set_xlabel(translated("gap, corrected", language))
        axes.set_ylabel(translated("R@1, mean of both ways, %", language))
        axes.margins(0.06)
        figure.get_layout_engine().set(rect=(0, 0, 0.78, 1))  # type: ignore[union-attr]
        settle(figure)
        places = np.array([[gap.value, 100 * recall.value] for gap, recall in points.values()])
        names = [translated("initial", language) if name == INITIAL else _shown(name, language) for name in points]
        names_at_right(axes, places, names, list(colours.values()))
    return figure


def _shown(name: str, language: str) -> str:
    return translated("as is", language) if name == AS_IS else shorten(name, 28)
