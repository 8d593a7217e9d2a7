"""What a report says of random networks: the cone of an initialisation, and what depth does to it."""

from mmgap.core.messages import N_
from mmgap.report.section import Section

CONES = Section(
    "cones",
    N_("The cone effect of random initialisation"),
    order=70,
    figures=("cone", "cone_cosines"),
    question="theory",
)
DEPTH = Section("depth", N_("What depth does to a random network"), figures=("depth",), question="theory")
