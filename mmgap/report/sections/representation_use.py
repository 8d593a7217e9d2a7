"""What a report says of a representation's use: information, classes, shared captions, layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmgap.analysis.transfer_findings import FOLDER, SIDES, TransferFindings, reaches_its_ceiling, transfer_findings
from mmgap.core.messages import N_
from mmgap.report import values
from mmgap.report.blocks import MISSING, Block, Column, Heading, Paragraph, Table
from mmgap.report.labels import label
from mmgap.report.section import Section, SectionMaterial, metric_tables
from mmgap.report.translation import translated
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row

#: What a line of the table of layers holds.
_AFTER = (*(f"cka_{side}_{where}" for side in SIDES for where in ("first", "last")), "cka_pairs", "information_bound")


def _tables(material: SectionMaterial) -> list[Block]:
    """Of each dataset the verdicts and what rows share; then every metric."""
    blocks: list[Block] = []
    for found in material.results:
        blocks.append(
            Heading(translated("What representations of {what} tell", material.language, what=found.title), 3)
        )
        blocks += [Paragraph(text) for text in _verdicts(found, material.language)]
        blocks += [Paragraph(_two(entry, material.language)) for entry in found.between]
        if found.trained:
            blocks += [Paragraph(_depth(found, material.language)), _layers(found, material.language)]
        if found.compared and (gallery := material.gallery(*found.rows)):
            blocks.append(gallery)
    return [*blocks, *metric_tables(material)]


def _verdicts(found: TransferFindings, language: str) -> list[str]:
    """A paragraph for each encoder as it is."""
    return [
        " ".join(sentence for sentence in (_information(row, language), _captions(row, language)) if sentence)
        for row in found.rows
        if row["cell"]["loss"] == INITIAL
    ]


def _information(row: Row, language: str) -> str:
    metrics = row["metrics"]
    bound, ceiling = metrics["information_bound"], metrics["information_ceiling"]["value"]
    said = translated(
        "{encoder}: images and texts share at least {bound} nats, of at most {ceiling} that this many pairs can show;"
        " information imbalance is {there} from image to text and {back} from text to image (1 tells nothing).",
        language,
        encoder=row["cell"]["encoder"],
        bound=values.of_metric(bound, 2),
        ceiling=values.fixed(ceiling, 2),
        there=values.of_metric(metrics["imbalance_i2t"], 2),
        back=values.of_metric(metrics["imbalance_t2i"], 2),
    )
    if reaches_its_ceiling(row):
        said += " " + translated("The ceiling is reached: the truth may lie far above it.", language)
    return said


def _captions(row: Row, language: str) -> str:
    """How a caption of one image compares with the one that most images share, where there are both."""
    metrics = row["metrics"]
    measured = [least for least in (1, 2, 4) if f"shared{least}_r1_own" in metrics]
    if len(measured) < 2 or measured[0] != 1:
        return ""
    last = measured[-1]
    return translated(
        "A caption that {least} images or more share finds its own image first for {own} %, any of them for"
        " {any} % (a caption of one image: {alone} %), and the gap is {gap} ({before}).",
        language,
        least=last,
        own=values.of_metric(metrics[f"shared{last}_r1_own"], 1, 100),
        any=values.of_metric(metrics[f"shared{last}_r1"], 1, 100),
        alone=values.of_metric(metrics["shared1_r1_own"], 1, 100),
        gap=values.of_metric(metrics[f"shared{last}_gap"], 2),
        before=values.of_metric(metrics["shared1_gap"], 2),
    )


def _depth(found: TransferFindings, language: str) -> str:
    """Whether the last layers change most, and whether the first ones change, too."""
    depth = found.depth
    (low, high), (least, most) = ([values.fixed(end, 2) for end in ends] for ends in (depth.first, depth.last))
    return translated(
        "Training changes the vectors more than the first layer in {image} of {n} trainings for images and in {text}"
        " for texts; the first layer's CKA with that before training is {low} to {high}, the vectors' {least} to"
        " {most}; 1 means unchanged.",
        language,
        n=len(found.trained),
        **depth.more,
        low=low,
        high=high,
        least=least,
        most=most,
    )


def _layers(found: TransferFindings, language: str) -> Table:
    """A line a training: how alike layers are to those before it, and what else it changed."""
    columns = [Column(translated(name, language), numeric=False) for name in ("encoder", "loss")]
    columns += [Column(label(name, language)) for name in _AFTER]
    lines = tuple(
        (str(row["cell"]["encoder"]), str(row["cell"]["loss"]), *(_number(row, name) for name in _AFTER))
        for row in found.trained
    )
    caption = translated("Debiased CKA of layers with those before training, by loss", language)
    return Table(f"transfer-layers-{found.file.stem}", caption, tuple(columns), lines, detail=True)


def _number(row: Row, name: str) -> str:
    found = row["metrics"].get(name)
    return MISSING if found is None else values.minus(values.fixed(found["value"], 2))


def _two(entry: Mapping[str, Any], language: str) -> str:
    return translated(
        "{first} and {second}: CKA of their vectors of the same items is {image} for images and {text} for texts; 1"
        " means alike but for rotation and scale, 0 unrelated.",
        language,
        first=entry["encoders"][0],
        second=entry["encoders"][1],
        image=values.fixed(entry["image"], 2),
        text=values.fixed(entry["text"], 2),
    )


TRANSFER = Section(
    "transfer",
    N_("What a representation is still good for"),
    order=25,
    figures=("layers", "layers_of_several", "information", "shared_captions"),
    results=transfer_findings,
    folder=FOLDER,
    tables=_tables,
    question="use",
)
