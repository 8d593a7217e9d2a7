"""Draw the pictures of these pages, from made-up vectors or the small CLIP: ``python docs/how-to/draw.py [NAME …]``."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pictures_of_recall
import pictures_of_training
import pictures_of_vectors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from mmgap.core.atomic import write_atomic
from mmgap.report.figures.style import STYLE

HERE = Path(__file__).parent

#: Page → what draws it, and how many panels it has.
PICTURES: dict[str, tuple[Callable[[list[Axes]], None], int]] = {
    "batch-size": (pictures_of_training.batch_size, 1),
    "close-the-gap": (pictures_of_vectors.close_the_gap, 2),
    "collapse": (pictures_of_training.collapse, 1),
    "compare-models": (pictures_of_recall.compare_models, 2),
    "fine-tune-worse": (pictures_of_training.fine_tune_worse, 1),
    "half-precision": (pictures_of_training.half_precision, 1),
    "how-many-pairs": (pictures_of_recall.how_many_pairs, 1),
    "hubs": (pictures_of_vectors.hubs, 2),
    "languages": (pictures_of_recall.languages, 1),
    "logit-scale": (pictures_of_training.logit_scale, 3),
    "long-captions": (pictures_of_recall.long_captions, 1),
    "low-cosines": (pictures_of_vectors.low_cosines, 2),
    "negative-cosines": (pictures_of_vectors.negative_cosines, 2),
    "normalise": (pictures_of_vectors.normalise, 1),
    "one-index": (pictures_of_vectors.one_index, 1),
    "prompts": (pictures_of_recall.prompts, 1),
    "recall-definitions": (pictures_of_recall.recall_definitions, 1),
    "rows-out-of-step": (pictures_of_vectors.rows_out_of_step, 2),
    "several-captions": (pictures_of_recall.several_captions, 1),
}


def png(name: str) -> bytes:
    """Return the picture of a page as a file of few colours; equal ones give equal bytes."""
    draw, panels = PICTURES[name]
    buffer, small = io.BytesIO(), io.BytesIO()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2 if panels > 1 else 6.0, 2.2), layout="constrained", facecolor="white")
        draw(list(figure.subplots(1, panels, squeeze=False)[0]))
        figure.savefig(buffer, format="png", dpi=115, metadata={"Software": None})
    Image.open(buffer).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or PICTURES:
        write_atomic(HERE / f"{chosen}.png", png(chosen))
