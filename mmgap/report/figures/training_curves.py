"""One training over its epochs: loss, rate and scale of the steps, and the validation split after each epoch."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from mmgap.analysis.epoch_curves import epochs_of_steps, terms
from mmgap.core.messages import N_
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.style import FAINT, IMAGE, INK, STYLE, TEXT
from mmgap.report.figures.training_lines import Line, level, name_ends, palette, panel
from mmgap.report.figures.training_panels import Grid, titled_panels
from mmgap.report.labels import label
from mmgap.report.translation import translated

#: Three panels a row, with room for figures at their left and for names at their right.
GRID = Grid(3, 3, 1.45, 1.45, 0.52, 0.78, 0.25, 0.2)


def curves(items: Items, title: str, language: str) -> Figure:
    """Nine panels over the epochs.

    Args:
        items: of a trained row: ``epochs``, ``curve_*``, ``step_*``, ``steps_per_epoch`` and ``chance``; what is not
            finite is left out.
        title: what was trained.
        language: "en" or "es".
    """
    epochs = items["epochs"]
    with mpl.rc_context(STYLE):
        figure, panels = titled_panels(
            GRID, title, translated("Training: its steps, and the validation split after each epoch", language)
        )
        wanted = _panels(items, language)
        ends = {axes: panel(axes, name, lines) for axes, (name, lines) in zip(panels.flat, wanted, strict=True)}
        level(panels[0, 0], float(items["chance"][0]), translated("chance, ln N", language))
        for axes in panels.flat:
            axes.set_xlim(0, max(float(epochs[-1]), 1.0))
        for axes in panels[-1]:
            axes.set_xlabel(translated("epoch", language), fontsize=8)
        for axes, lines in ends.items():
            name_ends(axes, lines)
    return figure


def _panels(items: Items, language: str) -> list[tuple[str, list[Line]]]:
    """The title and the lines of each panel, row by row."""
    steps = epochs_of_steps(items)

    def over(name: str, colour: str, called: str = "", factor: float = 1.0) -> Line:
        curve = factor * np.asarray(items[f"curve_{name}"], dtype=np.float64)
        return Line(items["epochs"], curve, translated(called, language), colour)

    def both(name: str) -> list[Line]:
        return [over(f"{name}_image", IMAGE, N_("images")), over(f"{name}_text", TEXT, N_("texts"))]

    def step(name: str, colour: str, called: str = "", width: float = 1.5) -> Line:
        return Line(steps, items[f"step_{name}"], translated(called, language), colour, width)

    recalls = [over("i2t_r1", IMAGE, N_("I→T"), 100), over("t2i_r1", TEXT, N_("T→I"), 100)]
    scales = [step("scale", INK)]
    if "step_scale_i2t" in items:
        scales = [step("scale_i2t", IMAGE, N_("I→T")), step("scale_t2i", TEXT, N_("T→I"))]
    return [
        (translated("loss", language), _terms(items, steps, language)),
        (translated("learning rate", language), [step("rate", INK)]),
        (label("logit_scale", language), scales),
        (label("gap", language), [step("gap", FAINT, N_("in the batch"), 0.9), over("gap", INK, N_("validation"))]),
        (label("misalignment", language), [over("misalignment", INK)]),
        (label("uniformity", language), [over("uniformity", INK)]),
        (f"{translated('R@1 any-of', language)}, %", recalls),
        (translated("effective rank", language), both("rank")),
        (translated("‖mean‖", language), both("mean")),
    ]


def _terms(items: Items, steps: np.ndarray, language: str) -> list[Line]:
    """The loss, and its terms where there are several."""
    found = terms(items)
    colours = palette(["", *found])
    lines = [Line(steps, items[f"step_{name}"], name, colours[name], 1.0) for name in found]
    return [*lines, Line(steps, items["step_loss"], translated("total", language) if found else "", INK)]
