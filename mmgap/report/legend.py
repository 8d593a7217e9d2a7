"""What each metric means: a line of the legend with its range, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.core.messages import N_
from mmgap.metrics.catalogue import described
from mmgap.report.labels import label
from mmgap.report.translation import translated

#: How ties count.
TIES = N_(
    "Ties: a query whose best match ties with others counts as its expected value over a random order of the"
    " tied items, so a collapsed space scores exactly chance, k/N."
)

#: Of all metrics.
GENERAL = (
    N_(
        "value [low, high]: 95 % interval over images (those that share a caption count as one); mean ± sd:"
        " standard deviation over the seeds that the column “seeds” counts, images held fixed."
    ),
    N_("Recall and other shares are in per cent; — means not measured."),
    TIES,
    N_("“thesis, table …”: the figures as printed in Lazar Crisan (2024), under the row they belong to."),
)


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
