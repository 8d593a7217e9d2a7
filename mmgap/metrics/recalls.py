"""The recalls that `mmgap.measure` returns: three k, both directions, the full set and pools, any-of and own pairs."""

from __future__ import annotations

import numpy as np
import torch

from mmgap.core.defaults import RECALLS_AT
from mmgap.core.messages import N_
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.retrieval import DIRECTIONS, hits, pool_hits


def recall_hits(crossed: Cross, pool: int) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Per-query hits of the full set and of pools, by key; and the reasons for what is left out, by family of keys."""
    ranks = {"i2t": crossed.i2t, "t2i": crossed.t2i}
    found = {f"{direction}_r{k}": hits(ranks[direction], k) for direction in DIRECTIONS for k in RECALLS_AT}
    omitted: dict[str, str] = {}
    for direction in DIRECTIONS:
        try:
            by_k = pool_hits(crossed, direction, pool, RECALLS_AT)
        except ValueError as error:
            omitted[f"{direction}_pool{pool}"] = error.args[0]
            continue
        found |= {f"{direction}_r{k}_pool{pool}": values for k, values in by_k.items()}
    return found, omitted


def recall_hits_both(
    crossed: Cross, pool: int, dtype: torch.dtype | None = None
) -> tuple[dict[str, np.ndarray], dict[str, str], Cross | None]:
    """`recall_hits`, and with ``_own`` those of own pairs alone, from a second pass where they differ, which comes too.

    That pass is ``crossed`` itself where all relevant pairs are own ones, and None where nobody can tell. ``dtype`` is
    what both were asked for.
    """
    found, omitted = recall_hits(crossed, pool)
    relation = crossed.relevance
    if relation.owner is None:
        return found, omitted | {"own": N_("nobody can tell which image owns which text: give `owner`")}, None
    own, crossed_own = found, crossed
    if relation.own is not relation:
        crossed_own = cross(crossed.images, crossed.texts, relation.own, deepest=max(RECALLS_AT), dtype=dtype)
        own, _ = recall_hits(crossed_own, pool)
    return found | {f"{key}_own": values for key, values in own.items()}, omitted, crossed_own
