"""Metrics that other packages add to the catalogue: computed of a space beside mmgap's own."""

from __future__ import annotations

from mmgap.metrics.catalogue import MeasuredSpace, computed


def added_metrics(space: MeasuredSpace) -> tuple[dict[str, float], dict[str, str]]:
    """Compute every metric of the catalogue that says how.

    Args:
        space: unit vectors and which text belongs to which image.

    Returns:
        Its value by name; and of those that a space has not, the reason by name.
    """
    values, omitted = {}, {}
    for name, compute in computed().items():
        try:
            values[name] = float(compute(space))
        except ValueError as error:
            omitted[name] = str(error)
    return values, omitted
