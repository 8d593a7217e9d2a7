"""What ``mmgap space compare`` prints: a line for each space, the best of each column marked, and verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mmgap.core.counted_things import n_images, n_texts
from mmgap.core.messages import N_, Message
from mmgap.evaluation.space_comparison import NONE, gain, gap_at_hand, gap_removed
from mmgap.report.translation import translated
from mmgap.report.values import per_cent, signed, with_ends
from mmgap.rows.recorder import Recorder
from mmgap.spaces import is_control
from mmgap.stats import Contrast, Interval

#: Columns → metric, its factor and decimals, and which end is good; those of a group stand beside one another.
GROUPS = (
    {N_("gap"): ("gap_corrected", 1, 3, "low"), N_("uniformity"): ("uniformity", 1, 2, "low")},
    {"R@1 T→I": ("t2i_r1_own", 100, 1, "high"), "R@1 I→T": ("i2t_r1_own", 100, 1, "high")},
    {"R@5 T→I": ("t2i_r5_own", 100, 1, "high"), "R@5 I→T": ("i2t_r5_own", 100, 1, "high")},
    {N_("hubs T→I"): ("hubness_t2i", 1, 1, "low"), N_("hubs I→T"): ("hubness_i2t", 1, 1, "low")},
    {N_("images in 10"): ("mixed_t2i_share10", 100, 1, "high"), N_("own first"): ("mixed_t2i_r1", 100, 1, "high")},
)
#: Signs of a line of a table, unless the name of a space is longer.
WIDTH = 100
LEGEND = (
    N_(
        "Each figure ± half of its 95 % interval, mean of both halves; * the best of its column, controls aside."
        " Verdicts are of paired queries, with 95 % intervals of all spaces together."
    ),
    N_(
        "gap: between the means, without sampling noise. R@k: share of queries whose own item is among the first k of"
        " the other modality, %. hubs: skewness of how often an item is among the 10 nearest."
    ),
    N_(
        "One index of images and texts, asked by texts: images in 10 = share of images among the 10 nearest, % (the"
        " rest are texts); own first = own image before all else, %."
    ),
)
#: Part of the largest removal of the gap from which on a space closes it as well as any.
NEARLY = 0.9
#: Recalls that verdicts are of.
WAYS = ("t2i_r1_own", "i2t_r1_own")


def space_table(recorded: Mapping[str, Recorder], images: int, texts: int, repeats: int, language: str = "en") -> str:
    """Return the verdicts and the legend below the columns, in as many tables as lines of `WIDTH` signs need.

    Args:
        recorded: of `mmgap.evaluation.space_comparison.compare_spaces`.
        images, texts: how many there are.
        repeats: how often they were divided.
        language: "en" or "es".
    """
    how = Message(
        "{images}, {texts}; fitted on one half, measured on the other, both ways round, {repeats} ×.",
        images=n_images(images),
        texts=n_texts(texts),
        repeats=repeats,
    )
    legend: list[str] = [how, *LEGEND]
    if controls := [space for space in recorded if is_control(space)]:
        named = ", ".join(controls)
        legend.append(Message("Control: {named}. It shows what chance gives, and no verdict rests on it.", named=named))
    said = [translated(sentence, language) for sentence in verdicts(recorded)]
    below = [*said, *([""] if said else []), *(f"- {translated(line, language)}" for line in legend)]
    return "\n".join([*(f"{table}\n" for table in _tables(recorded, language)), *below])


def _tables(recorded: Mapping[str, Recorder], language: str) -> list[str]:
    """The columns: groups side by side while lines are not too long, the others in further tables."""
    first = [translated("space", language), *recorded]
    room = WIDTH - max(map(len, first))
    tables: list[list[list[str]]] = []
    left = 0
    for group in GROUPS:
        columns = [
            [translated(head, language), *_column(recorded, *about)]
            for head, about in group.items()
            if any(about[0] in one.metrics for one in recorded.values())
        ]
        width = sum(2 + max(map(len, column)) for column in columns)
        if width > left or not tables:
            tables.append([first])
            left = room
        tables[-1] += columns
        left -= width
    return [_table(columns) for columns in tables if len(columns) > 1]


def _table(columns: Sequence[Sequence[str]]) -> str:
    """Names to the left, figures to the right, a rule below the heads."""
    widths = [max(map(len, column)) for column in columns]
    heads, *lines = zip(*columns, strict=True)
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join([name.ljust(widths[0]), *map(str.rjust, figures, widths[1:])]).rstrip()
        for name, *figures in (heads, rule, *lines)
    )


def _column(recorded: Mapping[str, Recorder], name: str, factor: float, digits: int, good: str) -> list[str]:
    """A figure for each space, the best of them marked."""
    values = {
        space: one.metrics[name]["value"]
        for space, one in recorded.items()
        if name in one.metrics and not is_control(space)
    }
    best = (max if good == "high" else min)(values, key=values.__getitem__)
    return [_cell(one, name, factor, digits, space == best) for space, one in recorded.items()]


def verdicts(recorded: Mapping[str, Recorder]) -> list[Message]:
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

    def told(chosen: Iterable[str]) -> dict[str, str]:
        space = max(chosen, key=lambda one: sum(change.difference.value for change in changes[one]))
        first, second = (_points(change.difference) for change in changes[space])
        return {"space": space, "t2i": first, "i2t": second, "verdict": _verdict(*changes[space])}

    found, removed = [], {space: gap_removed(recorded, space) or 0.0 for space in others}
    gap = before.metrics["gap_corrected"]
    if not gap_at_hand(gap):
        ends = with_ends(gap["value"], gap["ci_low"], gap["ci_high"], 3)
        found.append(Message("There is no gap that could be closed: without sampling noise it is {ends}.", ends=ends))
    elif (most := max(removed.values())) > 0:
        closing = told(one for one in others if removed[one] >= NEARLY * most)
        found.append(
            Message(
                "Closing the gap by {share} % ({space}) changed R@1 T→I by {t2i} and R@1 I→T by {i2t} points:"
                " {verdict}.",
                share=per_cent(removed[closing["space"]]),
                **closing,
            )
        )
    best = told(others)
    if all(change.difference.low <= 0 for change in changes[best["space"]]):
        return [
            *found,
            Message(
                "No space gained beyond doubt; the best of them, {space}, changed R@1 T→I by {t2i} and R@1 I→T by"
                " {i2t} points: {verdict}.",
                **best,
            ),
        ]
    return [
        *found,
        Message(
            "Best of all, {space} changed R@1 T→I by {t2i} and R@1 I→T by {i2t} points: {verdict}.",
            **best,
        ),
    ]


def _verdict(*changes: Contrast) -> Message:
    """Return what intervals say: both ways together."""
    gained = any(change.difference.low > 0 for change in changes)
    lost = any(change.difference.high < 0 for change in changes)
    return {
        (True, True): Message("one way gained, the other lost"),
        (True, False): Message("a gain"),
        (False, True): Message("a loss"),
        (False, False): Message("nothing gained"),
    }[gained, lost]


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
