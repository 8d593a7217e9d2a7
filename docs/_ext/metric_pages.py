"""A page for each metric of the catalogue: meaning, formula, range, picture, code, source, and when not to use it."""

from collections.abc import Iterator
from itertools import groupby

from described_code import described
from entry_notes import advice, note_of
from metric_pictures import CAPTION, drawn
from metric_sweeps import curves

from mmgap.metrics import catalogue
from mmgap.metrics.catalogue import Metric
from mmgap.rows.recall_names import recall_name

UNITS = {
    None: "a plain number",
    "share": "share, shown in per cent",
    "points": "points (of a hundred)",
    "count": "count",
    "p": "p of a test",
}
RECALL_FORMULA = r"""\begin{aligned}
\mathrm{R@}k &= \tfrac{1}{Q} \, \#\{ q : \text{a relevant item among the first } k \} \\
\text{pool } n &: \text{ its expectation over all pools of } n \text{ items that hold the query's own}
\end{aligned}"""
PICTURED_RECALLS = ("t2i_r1", "i2t_r1")
DIRECTIONS = {True: "more is better", False: "less is better", None: "neither more nor less is better"}


def metrics() -> list[Metric]:
    """Return mmgap's own entries by name."""
    return [catalogue.described(name) for name in catalogue.registry if catalogue.registry.distribution(name) is None]


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of every page and picture below ``generated/metrics``."""
    found = metrics()
    for metric in found:
        moved = curves(metric.name)
        if moved:
            picture = drawn(moved, metric.label or metric.name, metric.unit == "share")
            yield f"metrics/{metric.name}.svg", picture
        yield f"metrics/{metric.name}.md", _page(metric, bool(moved)).encode()
    for name in PICTURED_RECALLS:
        yield f"metrics/{name}.svg", drawn(curves(name), name, share=True)
    yield "metrics/recalls.md", _recalls().encode()
    yield "metrics/index.md", _index(found).encode()


def _page(metric: Metric, pictured: bool) -> str:
    note = note_of("metrics", metric.name)
    parts = [
        "---\norphan: true\n---",  # two hundred lines would bury the others in the list of pages
        f"# `{metric.name}`",
        f"{_sentence(metric)}",
        f"```math\n{note['formula']}\n```",
        _table(metric),
        advice(note),
    ]
    if pictured:
        parts += [f"![What moves {metric.name}]({metric.name}.svg)", CAPTION]
    parts += ["## In the code", described(note["code"], index=False), "[All metrics](index.md)"]
    return "\n\n".join(filter(None, parts)) + "\n"


def _sentence(metric: Metric) -> str:
    label = metric.label or metric.name
    return f"*{label}*: {metric.help or 'see its family below'}."


def _table(metric: Metric) -> str:
    row = (UNITS.get(metric.unit, metric.unit), metric.range or "–", DIRECTIONS[metric.better], metric.family)
    return f"| unit | range | direction | family |\n|:--|:--|:--|:--|\n| {' | '.join(row)} |"


def _index(found: list[Metric]) -> str:
    lines = [
        "# Metrics",
        "",
        "Every number that rows hold and reports print. [What is measured](../../metrics.md) says how; recalls, whose"
        " names have parameters, share [a page](recalls.md).",
    ]
    families = sorted(found, key=lambda metric: metric.family)
    for family, members in groupby(families, key=lambda metric: metric.family):
        lines += ["", f"## {family[0].upper()}{family[1:]}", "", "| metric | label | range | |", "|:--|:--|:--|:--|"]
        lines += [
            f"| [`{one.name}`]({one.name}.md) | {one.label} | {one.range or '–'} | {_arrow(one.better)} |"
            for one in members
        ]
    return "\n".join([*lines, "", ":::{toctree}", ":hidden:", "", "recalls", ":::", ""])


def _arrow(better: bool | None) -> str:
    return {True: "↑", False: "↓", None: ""}[better]


def _recalls() -> str:
    recall = catalogue.RECALLS
    examples = (
        "t2i_r1",
        "i2t_r5_own",
        "t2i_r1_pool90",
        "t2i_r1_pool90_own",
        "t2i_r1_resampled90",
        "t2i_r1_resampled90_sd",
    )
    assert all(recall_name(name) for name in examples)
    return "\n\n".join(
        [
            "# Recalls",
            f"*R@k*: {recall.help}.",
            f"```math\n{RECALL_FORMULA}\n```",
            _table(recall),
            f"Names are made of parts: `{recall.name}`. For example {', '.join(f'`{name}`' for name in examples)}.",
            "**Do not use it** beside another definition. Papers that count any of five captions, or the share of the"
            " five, or the own pair alone, print three numbers for one model:"
            " [which recall is this](../../how-to/recall-definitions.md).",
            *(f"![What moves {name}]({name}.svg)" for name in PICTURED_RECALLS),
            CAPTION,
            "## In the code",
            described("mmgap.metrics.retrieval:recall_at_k", index=False),
            described("mmgap.metrics.retrieval:expected_recall_at_pool", index=False),
            "[All metrics](index.md)",
            "",
        ]
    )
