"""The catalogue of metrics: what each is called and means, its unit, range and direction; `described` looks it up.

Another package adds an entry, and with it a column of the report, as an entry point of the group ``mmgap.metrics``
whose name is the metric's and whose object is a `Metric`. The standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mmgap.core.identity import identity
from mmgap.core.messages import N_, quoted
from mmgap.core.registry import Registry
from mmgap.metrics.adapter_entries import ADAPTERS
from mmgap.metrics.catalogue_entry import PER_CENT, RECALL, MeasuredSpace, Metric
from mmgap.metrics.experiment_entries import COMPARISON, JUDGED, MIXED, ROBUSTNESS, SIMULATIONS, TRAINING
from mmgap.metrics.language_entries import LANGUAGES
from mmgap.metrics.space_entries import SPACE
from mmgap.metrics.transfer_entries import TRANSFER
from mmgap.rows.recall_names import PATTERN, recall_name

#: Entries by name; recalls, whose names have parameters, are not among them (`described` knows them).
registry: Registry[Metric] = Registry("metric", group="mmgap.metrics")
for _metric in (
    *SPACE,
    *TRAINING,
    *COMPARISON,
    *JUDGED,
    *MIXED,
    *ROBUSTNESS,
    *TRANSFER,
    *ADAPTERS,
    *LANGUAGES,
    *SIMULATIONS,
):
    registry.register(_metric.name)(_metric)

#: A metric of one language or drawing among several: ``lang_en-gb_gap_corrected``, ``style_noto_t2i_r1``.
PART = re.compile(r"(?P<of>lang|style)_(?P<part>[a-z0-9-]+)_(?P<metric>.+)")

#: What all recalls have in common.
RECALLS = Metric(
    PATTERN,
    unit="share",
    range=PER_CENT,
    better=True,
    family=RECALL,
    help=N_(
        "share of queries with a relevant item among the first k; T→I: a text looks for its image, I→T the other way;"
        " “pool n”: its exact expectation among n items, else over the full set; chance is k/N"
    ),
    legend=N_("R@k"),
)


def described(name: str) -> Metric:
    """Return what is known of a metric; of one that nobody described, its name alone.

    Raises:
        ValueError: an entry of another package that is no `Metric` of this name.

    >>> described("misalignment").range, described("t2i_r1_pool90_own").unit, described("my_own").label
    ('[0, 4]', 'share', '')
    """
    if (part := PART.fullmatch(name)) is not None:
        return replace(described(part["metric"]), name=name, label="")
    if name in registry:
        found = registry.get(name)
        if not isinstance(found, Metric) or found.name != name:
            raise ValueError(f"metric {name!r}: expected Metric({name!r}, …), got {quoted(repr(found))}")
        return found
    recall = recall_name(name)
    if recall is None:
        return Metric(name)
    return replace(RECALLS, name=name, better=None if recall.sd else True)


def unit_and_direction(name: str) -> tuple[str | None, bool | None]:
    """Return in which unit a metric is recorded, and whether more of it is better.

    >>> unit_and_direction("clip_loss"), unit_and_direction("t2i_r1"), unit_and_direction("my_own")
    ((None, False), ('share', True), (None, None))
    """
    known = described(name)
    return known.unit, known.better


def computed() -> dict[str, Callable[[MeasuredSpace], float]]:
    """Return the functions of the metrics that say how they are computed, which other packages added, by name."""
    functions = {name: described(name).function for name in registry}
    return {name: function for name, function in functions.items() if function is not None}


def identities() -> dict[str, dict[str, Any]]:
    """Return what stands for the code of each of `computed` in keys, as ``{"metric:hubness": {"source": …}}``."""
    return {
        f"metric:{name}": identity(function, distribution=registry.distribution(name))
        for name, function in computed().items()
    }


__all__ = [
    "RECALLS",
    "MeasuredSpace",
    "Metric",
    "computed",
    "described",
    "identities",
    "registry",
    "unit_and_direction",
]
