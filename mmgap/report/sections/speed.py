"""What a report says of speed and memory, each against a plain way to do the same."""

from mmgap.core.messages import N_
from mmgap.report.section import Section

SPEED = Section("speed", N_("Speed, side by side"), question="trust")
MEMORY = Section("memory", N_("Memory beyond the input"), question="trust")
TRAINING_MEMORY = Section("training_memory", N_("Memory of a training step"), question="trust")
LARGE_BATCH = Section(
    "large_batch",
    N_("Losses of large batches: one step, and the gradient against float64 at a logit scale"),
    question="trust",
)
