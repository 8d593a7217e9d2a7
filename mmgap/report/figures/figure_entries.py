"""The figures of mmgap's own reports: one entry for each, and the registry through which other packages add theirs."""

from __future__ import annotations

from collections.abc import Iterable

from mmgap.core.registry import Registry
from mmgap.report.figures.comparison_figures import COMPARISON_FIGURES
from mmgap.report.figures.kinds import FigureKind
from mmgap.report.figures.space_figures import SPACE_FIGURES
from mmgap.report.figures.training_figures import TRAINING_FIGURES

#: Every kind of figure by its name.
registry: Registry[FigureKind] = Registry("figure", "mmgap.figures")


def figures(names: Iterable[str], experiment: str, *, several: bool = False) -> list[FigureKind]:
    """Return the figures of these names in their order, then those that join the experiment.

    Args:
        names: as a section names them.
        experiment: whose section it is.
        several: those of several rows, instead of those of one.

    Raises:
        UnknownNameError: no such figure.
    """
    kinds = {name: registry.get(name) for name in names}
    kinds |= {name: registry.get(name) for name in registry if experiment in registry.get(name).joins}
    return [kind for kind in kinds.values() if kind.several is several]


for _kind in (*SPACE_FIGURES, *TRAINING_FIGURES, *COMPARISON_FIGURES):
    registry.register(_kind.name)(_kind)
