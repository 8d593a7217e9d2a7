"""What is tried on a device: the pass beside bare products in its tiles, and losses of large batches. Imports torch."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from unittest.mock import patch

import numpy as np
import torch

from mmgap import losses
from mmgap.losses import batch_blocks
from mmgap.losses.row_products import RowProducts
from mmgap.losses.term import tags_of
from mmgap.metrics import _torch_reducers
from mmgap.metrics.pass_cross import Cross, cross
from mmgap.metrics.pass_within import within
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.rounded_products import product_error
from mmgap.metrics.tiles import Blocks, full_precision, multiply

from .vectors import cones

#: Of the clip loss in a pass, and of a loss that is timed.
LOGIT_SCALE = 100.0
#: Queries whose ranks are counted again in float64, and scores of a query that are looked at together.
QUERIES, COLUMNS = 200, 65_536


def passes(n: int, d: int, dtype: torch.dtype, device: str) -> tuple[Callable[[], Cross], Callable[[], None]]:
    """All that is read from the three products by the torch reducers, on any device; and the products alone.

    Args:
        n: pairs.
        d: dimensions.
        dtype: of the products, float32 or bfloat16.
        device: where.
    """
    x, y = (v.to(device) for v in cones(n, d))
    asked = {"dtype": dtype, "reducers": _torch_reducers}

    def ours() -> Cross:
        within(x, **asked)
        within(y, **asked)
        return cross(x, y, relevance_of(None, n, n), logit_scale=LOGIT_SCALE, **asked)

    def bare() -> None:
        with torch.no_grad(), full_precision():
            for a, b in ((x, x), (y, y), (x, y)):
                rows, columns = Blocks(a, dtype), Blocks(b, dtype)
                tile = torch.empty(rows.size, columns.size, dtype=rows.tile_dtype, device=device)
                for i in range(rows.count):
                    block = rows[i]
                    for j in range(columns.count):
                        multiply(block, columns[j], tile)
        wait(device)

    return ours, bare


def ranks_outside(found: Cross, dtype: torch.dtype) -> int:
    """How many of `QUERIES` spread queries have ranks that their scores in float64 do not allow: 0 if all is well."""
    x, y = found.images, found.texts
    queries = np.unique(np.linspace(0, len(x) - 1, QUERIES).astype(int))
    chosen = torch.from_numpy(queries).to(x.device)
    wanted = x[chosen].double()
    own = torch.linalg.vecdot(wanted, y[chosen].double())[:, None]
    off = 2 * product_error(x, y, dtype) + 1e-7
    limits = [found.tie + off, found.tie - off, -found.tie - off]
    counts = np.zeros((len(limits), len(queries)), dtype=np.int64)
    for start in range(0, len(y), COLUMNS):
        beyond = wanted @ y[start : start + COLUMNS].double().T - own
        here = (chosen >= start) & (chosen < start + COLUMNS)
        beyond[here, chosen[here] - start] = -torch.inf
        counts += np.stack([(beyond > limit).sum(dim=1).cpu().numpy() for limit in limits])
    fewest, most, widest = counts
    above, tied = found.i2t.above[queries], found.i2t.tied[queries]
    return int(((above < fewest) | (above > most) | (above + tied > widest)).sum())


def loss_step(name: str, n: int, d: int, device: str) -> tuple[float, float | None]:
    """Seconds of a loss forward and backward, once it ran, and MB that a step adds to its vectors where that is told.

    Args:
        name: of the loss.
        n: pairs of the batch.
        d: dimensions.
        device: where; a GPU tells its memory.
    """
    x, y = (v.to(device).requires_grad_() for v in cones(n, d))
    function, needs = losses.registry.get(name), needed(name, y.detach())

    def step() -> None:
        x.grad = y.grad = None
        function(x, y, logit_scale=LOGIT_SCALE, **needs).backward()
        wait(device)

    on_gpu = torch.device(device).type == "cuda"
    with full_precision():
        step()
        if on_gpu:
            x.grad = y.grad = None
            torch.cuda.reset_peak_memory_stats(device)
            before = torch.cuda.memory_allocated(device)
        start = perf_counter()
        step()
        seconds = perf_counter() - start
    return seconds, (torch.cuda.max_memory_allocated(device) - before) / 1e6 if on_gpu else None


def gradient_error(name: str, n: int, d: int, device: str, logit_scale: float) -> float:
    """Largest difference of a float32 gradient, computed in blocks of rows, from the one in float64 at once on the CPU,
    over that one's largest entry."""
    function = losses.registry.get(name)

    def gradient(v: tuple[torch.Tensor, ...]) -> torch.Tensor:
        x, y = (side.clone().requires_grad_() for side in v)
        function(x, y, logit_scale=logit_scale, **needed(name, texts.to(x))).backward()
        return torch.stack([side.grad for side in (x, y) if side.grad is not None]).double().cpu()

    pair = cones(n, d)
    texts = pair[1]
    exact = gradient(tuple(v.double() for v in pair))
    with full_precision(), patch.object(batch_blocks, "ENTRIES", n * max(1, n // 5)):
        found = gradient(tuple(v.to(device) for v in pair))
    return float((found - exact).abs().max() / exact.abs().max())


def needed(name: str, texts: torch.Tensor) -> dict[str, RowProducts]:
    """What a loss needs besides: captions as alike as their vectors, without their mean, are."""
    apart = torch.nn.functional.normalize(texts - texts.mean(0), dim=1)
    return {need: RowProducts(apart) for need in tags_of(losses.registry.get(name)).needs}


def wait(device: str) -> None:
    """Until a device has done what it was told."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
