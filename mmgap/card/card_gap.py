"""How far apart images and texts are, as a card tells it: of pairs, or of means and cones alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mmgap.card.card_parts import GapPart
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.gap_dimensions import gap_by_dimension
from mmgap.metrics.unit_rows import UnitRows
from mmgap.stats.gaps import GapEstimate


def gap_part(x: UnitRows, y: UnitRows, metrics: Mapping[str, float], gap: GapEstimate | None) -> GapPart:
    """Return the gap of pairs.

    Args:
        x, y: images and texts.
        metrics: that were measured of them: ``gap``, ``misalignment`` and the mean cosine of each modality.
        gap: its estimate; None where one cluster holds all images.
    """
    misalignment = metrics["misalignment"]
    return GapPart(
        metrics["gap"],
        None if gap is None else gap.corrected,
        None if gap is None else gap.p_value,
        misalignment,
        metrics["gap"] ** 2 / misalignment if misalignment > 0 else None,
        *_dimensions(x, y),
        metrics["cosine_image_mean"],
        metrics["cosine_text_mean"],
    )


def gap_without_pairs(x: UnitRows, y: UnitRows) -> GapPart:
    """Return what the means and cones alone tell."""
    return GapPart(modality_gap(x, y), None, None, None, None, *_dimensions(x, y), x.mean_within, y.mean_within)


def _dimensions(x: UnitRows, y: UnitRows) -> tuple[tuple[tuple[int, float], ...], int | None]:
    """The five dimensions that carry most of gap², each with its share, and the fewest that carry half of it."""
    cut = gap_by_dimension(x, y)
    shares = np.array(cut.shares)
    half = int(np.searchsorted(shares.cumsum(), 0.5)) + 1 if cut.gap_squared > 0 else None
    return tuple(zip(cut.dimensions[:5], cut.shares[:5], strict=True)), half
