"""What ``mmgap measure`` prints: every metric by what it is about, with its key, its range and which end is good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from mmgap.analysis.seed_means import SeedMean
from mmgap.metrics.catalogue import described
from mmgap.metrics.catalogue_entry import DISTANCE, RECALL
from mmgap.report import values
from mmgap.report.labels import label
from mmgap.report.legend import TIES, legend
from mmgap.report.translation import translated
from mmgap.rows.recall_names import RecallName, recall_name
from mmgap.stats.interval import Interval
from mmgap.stats.sign_flips import FLIPS

_ARROWS = {True: " ↑", False: " ↓", None: ""}
#: A label, a key, a value, a range.
Line: TypeAlias = tuple[str, str, str, str]
#: Stands in a key for the rank of recalls that share a line.
_K = "{k}"


def measured_table(
    metrics: Mapping[str, float],
    shape: str,
    omitted: Mapping[str, str],
    language: str = "en",
    *,
    intervals: Mapping[str, Interval] | None = None,
    notes: Sequence[str] = (),
    meanings: bool = False,
) -> str:
    """Return a table of metrics, at most 80 columns wide, and what is to be said below it.

    Recalls of one kind share a line, a column for each rank; with intervals each has its own.

    Args:
        metrics: as `mmgap.measure` returns them.
        shape: how many images and texts of how many dimensions, in words.
        omitted: what is missing → why.
        language: "en" or "es".
        intervals: of the metrics that are estimates.
        notes: what stands below the table first: how it was measured.
        meanings: whether each metric is explained.
    """
    shown = [name for name in metrics if not _repeats(name, metrics)]
    recalls = {} if intervals else _recalls(shown)
    of_recall = {name for kind in recalls.values() for name in kind.values()}
    families: dict[str, list[Line]] = {}
    for name in shown:
        metric = described(name)
        rows = families.setdefault(metric.family, [])
        if name not in of_recall:
            value = values.text(_shown(metrics[name], metric.unit, (intervals or {}).get(name)))
            better = f"{'' if intervals else metric.range}{_ARROWS[metric.better]}".strip()
            rows.append((label(name, language), name, value, better))
    of_recalls = [(_kind(kind, language), key, "", "") for key, kind in recalls.items()]
    widths = _widths([*of_recalls, *(row for rows in families.values() for row in rows)])
    lines = [shape]
    for family in sorted(families, key=_place):
        if family == RECALL and recalls:
            lines += _recall_lines(recalls, metrics, widths, language)
        else:
            lines.append(translated(family, language))
        for what, key, value, better in families[family]:
            lines.append(_line(what, key, f"{value.rjust(widths[2])}  {better}", widths))
    below = [translated(note, language) for note in notes]
    below += [f"{name}: {translated(reason, language)}" for name, reason in omitted.items()]
    if len(shown) < len(metrics):
        below.append(
            translated(
                "Recalls by own pairs (…_own) equal those that are shown, and have no line of their own.", language
            )
        )
    if meanings:
        below += [*legend([(name, described(name).better) for name in shown], language), translated(TIES, language)]
    else:
        below.append(translated("↑ ↓ which end is good; --meanings says what each number means.", language))
    return "\n".join([*lines, "", *(f"- {line}" for line in below)])


def _place(family: str) -> int:
    """What is read first stands first; the rest as it comes."""
    return [DISTANCE, RECALL].index(family) if family in (DISTANCE, RECALL) else 2


def _recalls(names: Iterable[str]) -> dict[str, dict[int, str]]:
    """Key with `_K` → rank → name, of recalls that differ by their rank alone; text to image first, as asked most."""
    found: dict[str, dict[int, str]] = {}
    for name in names:
        recall = recall_name(name)
        if recall is not None:
            key = name.replace(f"_r{recall.k}", f"_r{_K}", 1)
            found.setdefault(key, {})[recall.k] = name
    return dict(sorted(found.items(), key=lambda kind: _order(recall_name(next(iter(kind[1].values()))))))


def _order(recall: RecallName | None) -> tuple[int, str, bool]:
    assert recall is not None
    return recall.pool or 0, recall.relevance, recall.way == "i2t"


def _recall_lines(
    recalls: Mapping[str, Mapping[int, str]], metrics: Mapping[str, float], widths: Sequence[int], language: str
) -> list[str]:
    """The heading, with a column for each rank, and a line for each kind of recall."""
    ranks = sorted({k for kind in recalls.values() for k in kind})
    rows = []
    for key, kind in recalls.items():
        told = [values.text(_shown(metrics[kind[k]], "share", None)) if k in kind else "—" for k in ranks]
        rows.append((_kind(kind, language), key, *told))
    heads = ("", "", *(f"{translated('R@', language)}{k}" for k in ranks))
    places = _widths([heads, *rows])[2:]
    first, *others = (_line(what, key, _right(told, places), widths) for what, key, *told in (heads, *rows))
    heading = f"{translated(RECALL, language)}, %"
    return [heading + first[len(heading) :], *others]


def _kind(kind: Mapping[int, str], language: str) -> str:
    """What recalls are called that differ by their rank alone, ``T→I (pool 90)``."""
    return label(next(iter(kind.values())), language).partition(" ")[2]


def _widths(rows: Iterable[Sequence[str]]) -> list[int]:
    """How wide columns are."""
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _right(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Numbers beside one another, each to the right of its column."""
    return "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _line(what: str, key: str, rest: str, widths: Sequence[int]) -> str:
    return f"  {what.ljust(widths[0])}  {key.ljust(widths[1])}  {rest}".rstrip()


def _shown(value: float, unit: str | None, interval: Interval | None) -> SeedMean:
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return SeedMean(value, None, low, high, unit, 1 / (1 + FLIPS))


def _repeats(name: str, metrics: Mapping[str, float]) -> bool:
    """Whether it is a recall by own pairs that equals the one by any match, so that a line below says so."""
    recall = recall_name(name)
    if recall is None or recall.relevance != "own":
        return False
    return metrics[name] == metrics.get(str(replace(recall, relevance="")))
