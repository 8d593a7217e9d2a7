"""What closes the gap at the least cost, in a sentence or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmgap.analysis.loss_frontier import REFERENCE, WAYS, Point, least_cost, most_closing, points
from mmgap.analysis.training_effects import Effects
from mmgap.metrics.catalogue import described
from mmgap.report import values
from mmgap.report.terms import term
from mmgap.report.translation import translated


def cheapest(found: Effects, language: str) -> str:
    """Return which loss closes the gap at the least cost and which closes most of it; "" where seeds are too few."""
    told = [point for point in points(found) if point.kind != "none"]
    if not told:
        return ""
    least, most = least_cost(told), most_closing(told)
    if least is None or most is None:
        return translated("No loss closes the gap further than {loss} beyond doubt.", language, loss=REFERENCE)
    if least.kind == "free":
        said = [
            translated(
                "What closes the gap at the least cost: of {n} losses, {loss} closes most of it with no cost of R@1"
                " that can be told. Against {against}: {changes}.",
                language,
                n=len(told),
                loss=least.loss,
                against=REFERENCE,
                changes=_changes(least, language),
            )
        ]
    else:
        said = [
            translated(
                "What closes the gap at the least cost: every loss that closes it costs R@1, least {loss}. Against"
                " {against}: {changes}.",
                language,
                loss=least.loss,
                against=REFERENCE,
                changes=_changes(least, language),
            )
        ]
    if most != least:
        said.append(
            translated(
                "Most of it is closed by {loss}: {changes}.",
                language,
                loss=most.loss,
                changes=_changes(most, language),
            )
        )
    return " ".join(said)


def shown(change: Mapping[str, Any], metric: str) -> str:
    """Return ``-0.123 [-0.13, -0.11] ± 0.004``; recall in percentage points."""
    unit = described(metric).unit
    text = values.interval(change["difference"], change["low"], change["high"], unit)
    if change["sd"] is None:
        return text
    return f"{text} ± {values.fixed(change['sd'] * (100 if unit else 1), 1 if unit else 3)}"


def _changes(point: Point, language: str) -> str:
    recalls = [
        translated(
            "R@1 {way} {change} points",
            language,
            way=term(way, language),
            change=shown(point.recalls[way], f"{way}_r1"),
        )
        for way in WAYS
    ]
    gap = translated("gap {change}", language, change=shown(point.gap, "gap_corrected"))
    return ", ".join([gap, *recalls])
