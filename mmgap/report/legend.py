"""What each metric means: a line of the legend with its range, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.metrics.catalogue import described
from mmgap.report.labels import label
from mmgap.report.translation import translated


def legend(metrics: Iterable[tuple[str, bool | None]], language: str) -> list[str]:
    """Return one line for each kind of metric that occurs, in the order given; those that nobody explained have none.

    Args:
        metrics: (name, higher_is_better) of each.
        language: "en" or "es".

    >>> legend([("l2i", None), ("my_own", True)], "en")
    ['L2I [0, 2]: mean distance of the pairs.']
    """
    lines: dict[str, str] = {}
    for name, better in metrics:
        metric = described(name)
        if not metric.help or metric.help in lines:
            continue
        called = translated(metric.legend, language) or label(name, language)
        meaning = f"{translated(metric.help, language)}{_direction(better, language)}"
        lines[metric.help] = f"{called} {metric.range}: {meaning}."
    return list(lines.values())


def _direction(better: bool | None, language: str) -> str:
    """``"; higher is better"``, ``"; lower is better"`` or nothing."""
    return (
        ""
        if better is None
        else f"; {(translated('higher is better', language) if better else translated('lower is better', language))}"
    )
