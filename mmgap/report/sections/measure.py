"""What a report says of measured spaces."""

from mmgap.report.section import Section

MEASURE = Section("measure", "experiment measure", order=10, figures=("cosines", "map", "similarity"))
