"""The card of a row whose vectors are not at hand: what the row holds, and that the rest is absent."""

from __future__ import annotations

from mmgap.card.card_parts import Card, GapPart, HubLine, RecallLine
from mmgap.core.messages import N_, Message
from mmgap.metrics.retrieval import Direction
from mmgap.rows.recall_names import recall_name
from mmgap.rows.row import MetricDict, Row, cell_slug, notes_of
from mmgap.stats.interval import Interval

ABSENT = N_(
    "The vectors of this row are not at hand: thresholds, the share of the right ones found, R-precision, mAP@R, the"
    " dimensions of the gap, the doctor's findings and what spaces would change are absent."
)

_WAYS: tuple[Direction, ...] = ("t2i", "i2t")


def row_card(row: Row) -> Card:
    """Return the card of a finished row.

    Raises:
        ValueError: the row is of no measured space, or has no result.
    """
    metrics = row["metrics"]
    if row["status"] != "ok" or "gap" not in metrics:
        raise ValueError(f"{cell_slug(row['cell'])}: the row holds no gap of vectors ({row['status']})")
    lines = []
    for name, metric in metrics.items():
        recall = recall_name(name)
        if recall is None or recall.drawn or recall.train or recall.sd or recall.relevance not in ("", "own"):
            continue
        if metric["ci_low"] is None:
            continue
        definition = recall.relevance or "any"
        way: Direction = "t2i" if recall.way == "t2i" else "i2t"
        lines.append(RecallLine(definition, way, recall.k, recall.pool, _interval(metric)))
    inputs = row["inputs"]
    return Card(
        cell_slug(row["cell"]),
        int(inputs.get("n_images", 0)),
        int(inputs.get("n_texts", inputs.get("n_captions", inputs.get("n_images", 0)))),
        int(inputs.get("dimensions", 0)),
        at_hand=False,
        notes=(Message(ABSENT), *notes_of(row)),
        gap=_gap(metrics),
        recalls=tuple(lines),
        hubs=tuple(_hubs(metrics, way) for way in _WAYS if f"never_retrieved_{way}" in metrics),
    )


def _gap(metrics: dict[str, MetricDict]) -> GapPart:
    def value(name: str) -> float | None:
        return metrics[name]["value"] if name in metrics else None

    corrected = metrics.get("gap_corrected")
    misalignment, plain = value("misalignment"), metrics["gap"]["value"]
    return GapPart(
        plain,
        None if corrected is None or corrected["ci_low"] is None else _interval(corrected),
        value("gap_p"),
        misalignment,
        plain**2 / misalignment if misalignment else None,
        (),
        None,
        value("cosine_image_mean") or 0.0,
        value("cosine_text_mean") or 0.0,
    )


def _hubs(metrics: dict[str, MetricDict], way: Direction) -> HubLine:
    hubness = metrics.get(f"hubness_{way}")
    known = hubness is not None and hubness["ci_low"] is not None
    return HubLine(
        way,
        None if hubness is None else hubness["value"],
        _interval(hubness) if known and hubness is not None else None,
        metrics[f"never_retrieved_{way}"]["value"],
        None,
        metrics[f"never_retrieved_{way}"]["n"] or 0,
    )


def _interval(metric: MetricDict) -> Interval:
    low, high = metric["ci_low"], metric["ci_high"]
    assert low is not None
    assert high is not None
    return Interval(metric["value"], low, high, 0.95, metric["n"] or 0, "of the row")
