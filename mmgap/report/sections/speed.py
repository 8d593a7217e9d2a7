"""What a report says of speed and memory, each against a plain way to do the same."""

from mmgap.core.messages import N_
from mmgap.report.blocks import Block, Paragraph
from mmgap.report.section import Section, SectionMaterial, metric_tables
from mmgap.report.translation import translated


def _tables(material: SectionMaterial) -> list[Block]:
    """What a ratio is, and the tables."""
    said = translated(
        "A ratio is the time of mmgap over that of the other way, for the same work: below 1 mmgap takes less.",
        material.language,
    )
    return [Paragraph(said), *metric_tables(material)]


SPEED = Section("speed", N_("Speed, side by side"), tables=_tables, question="trust")
MEMORY = Section("memory", N_("Memory beyond the input"), question="trust")
TRAINING_MEMORY = Section("training_memory", N_("Memory of a training step"), question="trust")
LARGE_BATCH = Section(
    "large_batch",
    N_("Losses of large batches: one step, and the gradient against float64 at a logit scale"),
    question="trust",
)
