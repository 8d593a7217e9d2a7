"""What a report says of faults that were planted in vectors, and of clean ones, as the doctor sees both."""

from mmgap.core.messages import N_
from mmgap.report.section import Section

PLANTED = Section(
    "diagnosis", N_("Does the doctor find what was planted? The share of the detectable faults"), question="trust"
)
CLEAN = Section("diagnosis_of_clean", N_("What does the doctor find where nothing is wrong?"), question="trust")
