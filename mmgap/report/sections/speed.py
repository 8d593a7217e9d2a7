"""What a report says of speed and memory, each against a plain way to do the same."""

from mmgap.report.section import Section

SPEED = Section("speed", "experiment speed")
MEMORY = Section("memory", "experiment memory")
TRAINING_MEMORY = Section("training_memory", "experiment training_memory")
