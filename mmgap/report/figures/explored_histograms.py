"""What a page draws when the histograms over the epochs are explored: four curves, and a slider of the epochs."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmgap.analysis.cosine_histograms import HistogramScale, density
from mmgap.evaluation.item_arrays import Items
from mmgap.report.figures.histogram_evolution import FRAMES, evenly, of_epoch
from mmgap.report.figures.histograms import KINDS
from mmgap.report.figures.page_plots import axis, rounded
from mmgap.report.translation import translated

#: The dashes of each curve, in Plotly's names.
_DASHES = {"image": "solid", "text": "dash", "matched": "solid", "unmatched": "dot"}


def evolution(items: Items, title: str, language: str) -> dict[str, Any]:
    """Return the densities after every epoch, as `mmgap.report.figures.histogram_evolution.evolution` draws some.

    Args:
        items: of a trained row, see there.
        title: what was trained.
        language: "en" or "es".
    """
    chosen = evenly(len(items["epochs"]), FRAMES)
    scale = HistogramScale.of(items["epoch_edges"], [of_epoch(items, i) for i in chosen])
    steps, middles = [], np.zeros(0)
    for i in chosen:
        heights = []
        for counts in of_epoch(items, i).values():
            coarse, found = density(scale.edges, counts, scale.step) if counts.sum() else _nothing(scale)
            middles = (coarse[1:] + coarse[:-1]) / 2
            heights.append(rounded(found))
        epoch = int(items["epochs"][i])
        steps.append({"name": translated("epoch {n}", language, n=epoch), "y": heights})
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": translated(called, language).replace("\n", " "),
            "x": rounded(middles),
            "y": heights,
            "line": {
                "color": colour,
                "shape": "hvh",
                "dash": _DASHES[name],
                "width": 3 if name == "matched" else 1.5,
            },
            **({"fill": "tozeroy"} if name == "matched" else {}),
        }
        for (name, called, colour, _), heights in zip(KINDS, steps[0]["y"], strict=True)
    ]
    layout = {
        "xaxis": axis(translated("cosine", language), range=list(scale.ends)),
        "yaxis": axis(translated("density", language), range=[0, scale.height]),
    }
    return {"title": title, "data": data, "layout": layout, "slider": translated("epoch", language), "steps": steps}


def _nothing(scale: HistogramScale) -> tuple[np.ndarray, np.ndarray]:
    """A histogram that holds nothing: no height anywhere."""
    edges = scale.edges[:: scale.step]
    coarse = edges if edges[-1] == scale.edges[-1] else np.append(edges, scale.edges[-1])
    return coarse, np.zeros(len(coarse) - 1)
