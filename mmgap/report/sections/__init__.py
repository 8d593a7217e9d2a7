"""The sections of a report: one entry for each experiment, here or in another package (``mmgap.sections``)."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.core.registry import Registry
from mmgap.report.section import Section

#: Experiment → its section.
registry: Registry[Section] = Registry("section", "mmgap.sections")

for _experiment, _place in (
    ("measure", "measured_spaces:MEASURE"),
    ("mixed_search", "one_index:MIXED_SEARCH"),
    ("spaces", "changed_spaces:SPACES"),
    ("adapters", "few_shot_gains:ADAPTERS"),
    ("languages", "several_languages:LANGUAGES"),
    ("practices", "compared_encoders:PRACTICES"),
    ("transfer", "representation_use:TRANSFER"),
    ("train", "training:TRAIN"),
    ("initialisation", "training:INITIALISATION"),
    ("theory", "theory:THEORY"),
    ("cones", "random_networks:CONES"),
    ("depth", "random_networks:DEPTH"),
    ("dimensions", "theory:DIMENSIONS"),
    ("coverage", "coverage:COVERAGE"),
    ("coverage_of_halves", "coverage:OF_HALVES"),
    ("coverage_of_hubness", "coverage:OF_HUBNESS"),
    ("coverage_of_thresholds", "coverage:OF_THRESHOLDS"),
    ("coverage_of_shares", "coverage:OF_SHARES"),
    ("coverage_of_contrasts", "coverage:OF_CONTRASTS"),
    ("coverage_of_gap_changes", "coverage:OF_GAP_CHANGES"),
    ("diagnosis", "planted_faults:PLANTED"),
    ("diagnosis_of_clean", "planted_faults:CLEAN"),
    ("speed", "speed:SPEED"),
    ("memory", "speed:MEMORY"),
    ("training_memory", "speed:TRAINING_MEMORY"),
    ("large_batch", "speed:LARGE_BATCH"),
):
    registry.lazy(_experiment, f"{__name__}.{_place}")


def section_of(experiment: str) -> Section:
    """Return an experiment's section; one that nobody wrote has its name for a title, and tables of its metrics."""
    return registry.get(experiment) if experiment in registry else Section(experiment, experiment.replace("_", " "))


def sections_of(experiments: Iterable[str]) -> list[Section]:
    """Return the sections of these experiments in the order of the report."""
    return sorted(map(section_of, set(experiments)), key=lambda section: (section.order, section.experiment))
