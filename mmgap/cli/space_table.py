"""What ``mmgap space compare`` prints: a line for each space, the best of each column marked, and verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tabulate import tabulate

from mmgap.core.counted_things import n_images, n_texts
from mmgap.evaluation.space_comparison import NONE, gain, gap_at_hand, gap_removed
from mmgap.report.values import signed, with_ends
from mmgap.rows.recorder import Recorder
from mmgap.spaces import is_control
from mmgap.stats import Contrast, Interval

#: Column → metric, its factor and decimals, and which end is good.
COLUMNS = {
    "gap": ("gap_corrected", 1, 3, "low"),
    "uniformity": ("uniformity", 1, 2, "low"),
    "R@1 T→I": ("t2i_r1_own", 100, 1, "high"),
    "R@1 I→T": ("i2t_r1_own", 100, 1, "high"),
    "R@5 T→I": ("t2i_r5_own", 100, 1, "high"),
    "R@5 I→T": ("i2t_r5_own", 100, 1, "high"),
    "hubs T→I": ("hubness_t2i", 1, 1, "low"),
    "hubs I→T": ("hubness_i2t", 1, 1, "low"),
    "images in 10": ("mixed_t2i_share10", 100, 1, "high"),
    "own first": ("mixed_t2i_r1", 100, 1, "high"),
}
LEGEND = (
    "Each figure ± half of its 95 % interval, mean of both halves; * the best of its column, controls aside. Verdicts"
    " are of paired queries, with 95 % intervals of all spaces together.",
    "gap: between the means, without sampling noise. R@k: share of queries whose own item is among the first k of the"
    " other modality, %. hubs: skewness of how often an item is among the 10 nearest.",
    "One index of images and texts, asked by texts: images in 10 = share of images among the 10 nearest, % (the rest"
    " are texts); own first = own image before all else, %.",
)
#: Part of the largest removal of the gap from which on a space closes it as well as any.
NEARLY = 0.9
WAYS = {"t2i_r1_own": "R@1 T→I", "i2t_r1_own": "R@1 I→T"}


def space_table(recorded: Mapping[str, Recorder], images: int, texts: int, repeats: int) -> str:
    """Return the table, its legend and the verdicts.

    Args:
        recorded: of `mmgap.evaluation.space_comparison.compare_spaces`.
        images, texts: how many there are.
        repeats: how often they were divided.
    """
    shown = {
        head: column for head, column in COLUMNS.items() if any(column[0] in one.metrics for one in recorded.values())
    }
    best = {}
    for name, _, _, good in shown.values():
        judged = {space: one for space, one in recorded.items() if not is_control(space)}
        values = {space: one.metrics[name]["value"] for space, one in judged.items() if name in one.metrics}
        best[name] = (max if good == "high" else min)(values, key=values.__getitem__)
    lines = [
        [space, *(_cell(one, name, factor, digits, best[name] == space) for name, factor, digits, _ in shown.values())]
        for space, one in recorded.items()
    ]
    table = tabulate(
        lines, headers=["space", *shown], colalign=("left", *["right"] * len(shown)), disable_numparse=True
    )
    controls = [space for space in recorded if is_control(space)]
    how = [
        f"{n_images(images)}, {n_texts(texts)}; fitted on one half,"
        f" measured on the other, both ways round, {repeats} ×.",
        *LEGEND,
    ]
    if controls:
        how.append(f"Control: {', '.join(controls)}. It shows what chance gives, and no verdict rests on it.")
    said = verdicts(recorded)
    return "\n".join([table, "", *said, *([""] if said else []), *(f"- {line}" for line in how)])


def verdicts(recorded: Mapping[str, Recorder]) -> list[str]:
    """Return what closing the gap did to R@1, and which space gained most, from the same queries; controls are passed
    over, and where the interval of the corrected gap includes 0 nothing is said of closing it.

    Closing is judged by the map that costs least among those that remove nearly as much as any (nine tenths). Both
    are chosen among all spaces by the queries that then speak of them, so the intervals hold for all spaces at once.
    """
    before, others = recorded[NONE], [space for space in recorded if space != NONE and not is_control(space)]
    if not others:
        return []
    changes = {
        space: tuple(gain(before, recorded[space], name, 1 - 0.05 / len(others)) for name in WAYS) for space in others
    }

    def told(chosen: Iterable[str]) -> tuple[str, str, str]:
        space = max(chosen, key=lambda one: sum(change.difference.value for change in changes[one]))
        points = (
            f"{way} by {_points(change.difference)}" for change, way in zip(changes[space], WAYS.values(), strict=True)
        )
        return space, " and ".join(points), _verdict(*changes[space])

    found, removed = [], {space: gap_removed(recorded, space) or 0.0 for space in others}
    gap = before.metrics["gap_corrected"]
    if not gap_at_hand(gap):
        ends = with_ends(gap["value"], gap["ci_low"], gap["ci_high"], 3)
        found.append(f"There is no gap that could be closed: without sampling noise it is {ends}.")
    elif (most := max(removed.values())) > 0:
        space, points, verdict = told(one for one in others if removed[one] >= NEARLY * most)
        found.append(f"Closing the gap by {100 * removed[space]:.0f} % ({space}) changed {points} points: {verdict}.")
    space, points, verdict = told(others)
    if all(change.difference.low <= 0 for change in changes[space]):
        return [*found, f"No space gained beyond doubt; the best of them, {space}, changed {points} points: {verdict}."]
    return [*found, f"Best of all, {space} changed {points} points: {verdict}."]


def _verdict(*changes: Contrast) -> str:
    """Return what intervals say: both ways together."""
    gained = any(change.difference.low > 0 for change in changes)
    lost = any(change.difference.high < 0 for change in changes)
    return {(True, True): "one way gained, the other lost", (True, False): "a gain", (False, True): "a loss"}.get(
        (gained, lost), "nothing gained"
    )


def _points(interval: Interval) -> str:
    """``+5.6 [+4.1, +7.2]``; what rounds to 0 has no sign."""
    value, low, high = (signed(round(100 * end, 1), 1) for end in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"


def _cell(one: Recorder, name: str, factor: float, digits: int, best: bool) -> str:
    if name not in one.metrics:
        return "—"
    metric = one.metrics[name]
    low, high = metric["ci_low"], metric["ci_high"]
    text = f"{factor * metric['value']:.{digits}f}".replace("-", "−")
    if low is not None and high is not None:
        text += f" ±{factor * (high - low) / 2:.{digits}f}"
    return f"{text}{'*' if best else ' '}"
