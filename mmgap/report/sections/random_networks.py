"""What a report says of random networks: the cone of an initialisation, and what depth does to it."""

from mmgap.report.section import Section

CONES = Section("cones", "experiment cones", order=70, figures=("cone", "cone_cosines"))
DEPTH = Section("depth", "experiment depth", figures=("depth",))
