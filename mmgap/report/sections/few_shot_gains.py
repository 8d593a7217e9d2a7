"""What a report says of adapters: what a few images of each class add to zero-shot classification."""

from __future__ import annotations

from mmgap.adapters import ZERO_SHOT
from mmgap.analysis.adapter_findings import FOLDER, AdapterFindings, adapter_findings, leaky, spec_of
from mmgap.core.messages import N_, counted
from mmgap.report import values
from mmgap.report.blocks import MISSING, Block, Column, Table
from mmgap.report.section import Section, SectionMaterial, metric_tables
from mmgap.report.translation import translated
from mmgap.rows.row import MetricDict, Row, slug

_NOTE = N_(
    "Gains are in percentage points over zero-shot on the same images, with 95 % intervals over images and draws of the"
    " shots, each for itself. Options of adapters are constants unless their name says select=val, which chooses them"
    " on as many validation images as there are shots."
)


def _tables(material: SectionMaterial) -> list[Block]:
    """Of each encoder and dataset a verdict, the figure, accuracies and gains; then every metric."""
    language = material.language
    blocks: list[Block] = []
    for found in material.results:
        blocks += material.opened(found.title, [_verdict(found, language)], found.rows)
        blocks.append(_table(f"adapters-accuracy-{slug(found.title)}", found, "accuracy", language))
        if any(found.gains(count) for count in found.shots):
            blocks.append(_table(f"adapters-gain-{slug(found.title)}", found, "gain", language))
            material.notes.note(_NOTE, language)
    return [*blocks, *metric_tables(material)]


def _verdict(found: AdapterFindings, language: str) -> str:
    """What zero-shot reaches, which adapter gains most at most shots, how many gain at all, what leaks are worth."""
    said = [
        translated(
            "Zero-shot gives {share} % of the images their class.",
            language,
            share=values.of_metric(found.zero_shot, 1, 100),
        )
    ]
    count = max((count for count in found.shots if found.gains(count)), default=0)
    if gains := found.gains(count):
        (first, gain), (up, down) = next(iter(gains.items())), found.beyond_doubt(count)
        said.append(
            translated(
                "With {count} shots a class {adapter} gains most of {n} adapters: {gain} points; {up} gain and {down}"
                " lose beyond their interval.",
                language,
                count=count,
                adapter=first,
                n=len(gains),
                gain=_points(gain),
                up=up,
                down=down,
            )
        )
    for row in filter(leaky, found.rows):
        if leak := row["metrics"].get(f"leak_shots{found.shots[-1]}"):
            said.append(
                translated(
                    "{adapter} is LEAKY: {leak} points of its accuracy with {count} shots come of tuning on the test"
                    " images.",
                    language,
                    adapter=spec_of(row),
                    leak=_points(leak),
                    count=found.shots[-1],
                )
            )
    return " ".join(said)


def _table(name: str, found: AdapterFindings, what: str, language: str) -> Table:
    """A line an adapter, a column for each number of shots.

    Zero-shot, which takes none, has one figure; leaky adapters, whose gain is not one, are among the accuracies alone.
    """
    columns = [Column(translated("adapter", language), numeric=False)]
    columns += [Column(translated(counted("{n} shot", "{n} shots", n=count), language)) for count in found.shots]
    lines = []
    for row in found.rows:
        shown = [row["metrics"].get(f"{what}_shots{count}") for count in found.shots]
        if spec_of(row) == ZERO_SHOT and what == "accuracy":
            lines.append((ZERO_SHOT, _cell(found.zero_shot, what), *[""] * (len(shown) - 1)))
        elif any(shown) and not (leaky(row) and what == "gain"):
            lines.append((_named(row, language), *(_cell(one, what) for one in shown)))
    title = (
        translated("Accuracy by shots of each class, %", language)
        if what == "accuracy"
        else translated("Points over zero-shot by shots of each class", language)
    )
    return Table(name, title, tuple(columns), tuple(lines), detail=True)


def _named(row: Row, language: str) -> str:
    return f"{spec_of(row)} ({translated('LEAKY', language)})" if leaky(row) else spec_of(row)


def _cell(metric: MetricDict | None, what: str) -> str:
    if metric is None:
        return MISSING
    return values.of_metric(metric, 1, 100) if what == "accuracy" else _points(metric)


def _points(metric: MetricDict) -> str:
    """``+5.6 [4.1, 7.2]``."""
    return values.change(metric["value"], metric["ci_low"], metric["ci_high"], factor=1)


ADAPTERS = Section(
    "adapters",
    N_("Few-shot classification"),
    order=18,
    figures=("adapters",),
    results=adapter_findings,
    folder=FOLDER,
    tables=_tables,
    question="use",
)
