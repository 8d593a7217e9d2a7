"""One claim on every set of data: effects with their intervals beside the region in which it holds."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from mmgap.analysis.claim import FAILS, HOLDS, Claim, Judgement
from mmgap.report.blocks import shorten
from mmgap.report.figures.style import FAINT, GREEN, INK, STYLE, VERMILLION
from mmgap.report.translation import translated

#: By verdict: colour and marker, so that no reader needs the colour.
LOOKS = {HOLDS: (GREEN, "o"), FAILS: (VERMILLION, "X")}
_OPEN = (FAINT, "s")


def claim_forest(claim: Claim, judgements: Sequence[Judgement], language: str) -> Figure:
    """Return a line for each set of data; the region in which the claim holds is shaded.

    Args:
        claim: what is judged.
        judgements: of this claim.
        language: "en" or "es".
    """
    scale = 100.0 if claim.unit == "points" else 1.0
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 1.1 + 0.3 * len(judgements)), layout="constrained")
        axes = figure.subplots()
        for place, one in enumerate(judgements):
            colour, marker = LOOKS.get(one.verdict, _OPEN)
            effect = one.found.effect
            if effect.low is not None and effect.high is not None:
                axes.hlines(place, scale * effect.low, scale * effect.high, color=colour, linewidth=1.6)
            axes.plot(scale * effect.value, place, marker, color=colour, markersize=6)
        low, high = axes.get_xlim()
        ends = [None if end is None else scale * end for end in (claim.region.low, claim.region.high)]
        known = [end for end in ends if end is not None]
        margin = 0.04 * (max([high, *known]) - min([low, *known]))
        low, high = min([low, *known]) - margin, max([high, *known]) + margin
        left, right = (side if end is None else end for side, end in zip((low, high), ends, strict=True))
        axes.axvspan(left, right, color=GREEN, alpha=0.09, linewidth=0)
        axes.set_xlim(low, high)
        axes.set_yticks(
            range(len(judgements)), [shorten(one.found.data, 52) for one in judgements], fontsize=8, parse_math=False
        )
        axes.set_ylim(len(judgements) - 0.5, -0.5)
        unit = translated("points", language) if claim.unit == "points" else ""
        axes.set_xlabel(translated(claim.measure, language) + (f", {unit}" if unit else ""), fontsize=8.5, color=INK)
    return figure
