"""The sections of a report: one entry for each experiment, here or in another package (``mmgap.sections``)."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.core.registry import Registry
from mmgap.report.section import Section

#: Experiment → its section.
registry: Registry[Section] = Registry("section", "mmgap.sections")

registry.lazy("measure", "mmgap.report.sections.measure:MEASURE")
registry.lazy("practices", "mmgap.report.sections.encoder_comparison:PRACTICES")
registry.lazy("train", "mmgap.report.sections.training:TRAIN")
registry.lazy("initialisation", "mmgap.report.sections.training:INITIALISATION")
registry.lazy("theory", "mmgap.report.sections.theory:THEORY")
registry.lazy("cones", "mmgap.report.sections.random_networks:CONES")
registry.lazy("depth", "mmgap.report.sections.random_networks:DEPTH")
registry.lazy("dimensions", "mmgap.report.sections.theory:DIMENSIONS")
registry.lazy("coverage", "mmgap.report.sections.coverage:COVERAGE")
registry.lazy("coverage_of_shares", "mmgap.report.sections.coverage:OF_SHARES")
registry.lazy("coverage_of_contrasts", "mmgap.report.sections.coverage:OF_CONTRASTS")
registry.lazy("coverage_of_gap_changes", "mmgap.report.sections.coverage:OF_GAP_CHANGES")
registry.lazy("speed", "mmgap.report.sections.speed:SPEED")
registry.lazy("memory", "mmgap.report.sections.speed:MEMORY")
registry.lazy("training_memory", "mmgap.report.sections.speed:TRAINING_MEMORY")


def section_of(experiment: str) -> Section:
    """Return an experiment's section; one that nobody wrote has its name for a title, and tables of its metrics."""
    return registry.get(experiment) if experiment in registry else Section(experiment, experiment.replace("_", " "))


def sections_of(experiments: Iterable[str]) -> list[Section]:
    """Return the sections of these experiments in the order of the report."""
    return sorted(map(section_of, set(experiments)), key=lambda section: (section.order, section.experiment))
