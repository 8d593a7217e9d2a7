"""The picture of a metric: what moves it, and what does not."""

import io

import matplotlib as mpl
from matplotlib.figure import Figure
from metric_sweeps import PAIRS, Sweep

from mmgap.report.figures.style import INK, MATCHED, STYLE

CAPTION = (
    f"{PAIRS} made-up pairs in 24 dimensions: what the metric answers when images and texts are moved apart, when each"
    " image and its text agree less, and when everything is pushed one way, so that both cones narrow."
)


def drawn(curves: list[tuple[Sweep, tuple[float, ...]]], label: str, share: bool) -> bytes:
    """Return an SVG with a panel for each sweep on one scale; shares are shown in per cent."""
    factor = 100 if share else 1
    values = [factor * value for _, column in curves for value in column]
    low, high = min(values), max(values)
    pad = 0.08 * (high - low) or 0.5
    with mpl.rc_context({**STYLE, "svg.hashsalt": "mmgap", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.2, 2.1), layout="constrained", facecolor="white")
        for panel, (sweep, column) in zip(figure.subplots(1, len(curves), sharey=True), curves, strict=True):
            panel.plot(sweep.values, [factor * value for value in column], color=MATCHED, marker="o", markersize=3)
            panel.set_title(sweep.title, fontsize=9, color=INK)
            panel.set_ylim(low - pad, high + pad)
            panel.set_xticks([sweep.values[0], sweep.values[-1]], ["none", "much"], fontsize=8)
            panel.tick_params(axis="y", labelsize=8)
        figure.axes[0].set_ylabel(f"{label}, %" if share else label, fontsize=8)
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()
