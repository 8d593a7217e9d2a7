"""What a report says of measured spaces."""

from mmgap.analysis.study_answers import encoder_studies
from mmgap.core.messages import N_
from mmgap.report.section import Section

MEASURE = Section(
    "measure",
    N_("The gap of encoders on data"),
    order=10,
    figures=("cosines", "map", "similarity"),
    answer=lambda material: encoder_studies(material.rows),
    question="apart",
    pictures="where",
)
