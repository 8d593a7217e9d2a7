"""``mmgap measure`` of vectors that stay on disk: in parts, by many processes, or as far as a budget goes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import typer

from mmgap.cli.one_line_errors import tell, warn
from mmgap.cli.row_warnings import warn_of_rows
from mmgap.core.messages import N_

#: Why metrics of other packages are left out.
ADDED = N_("is computed of vectors in memory alone: measure without --budget and --ray, or raise --memory")


def both(images: str, texts: str | None) -> str:
    """Return one name of the files of both modalities, as `mmgap.core.vector_files.locate` takes it."""
    return images if texts is None else f"{images},{texts}"


def tell_of_blocks() -> None:
    """Say that vectors are read in blocks."""
    tell("reads these vectors in blocks, as they do not fit in memory")


def in_parts(argument: str, memory: str | None, budget: str | None = None, ray: str | None = None) -> bool:
    """Return whether vectors are measured in parts: asked for, or they need more than ``memory`` in memory, by default
    half of what is free. Where nobody asked and their format is read as a whole only, a warning says so.

    Raises:
        MissingDataError, VectorFileError, ValueError: no such file; no amount of memory.
    """
    from mmgap.core.amounts import bytes_of
    from mmgap.evaluation.streaming.memory_needed import SMALL, memory_needed

    if budget is not None or ray is not None:
        return True
    allowed = None if memory is None else bytes_of(memory)
    needed = memory_needed(argument)
    if allowed is None:
        if needed < SMALL:
            return False
        from mmgap.training.estimate.hardware import free_memory

        allowed = free_memory("cpu") // 2
    if needed <= allowed:
        return False
    from mmgap.core.row_files import check_parts
    from mmgap.core.vector_content import VectorFileError

    try:
        check_parts(argument)
    except VectorFileError as error:
        if memory is not None:
            raise
        warn(f"needs about {needed / 1e9:.1f} GB of memory; {error}")
        return False
    return True


def measured_in_parts(
    argument: str,
    owner: str | None,
    pool: int,
    logit_scale: float,
    budget: str | None,
    ray: str | None,
    *,
    as_json: bool,
    language: str,
    meanings: bool,
) -> None:
    """Measure and print; arguments as those of ``mmgap measure``."""
    from mmgap.cli.measured_table import measured_table
    from mmgap.core.amounts import seconds_of
    from mmgap.core.messages import Message
    from mmgap.core.row_files import open_pair
    from mmgap.evaluation.streaming.ray_strips import runner_at
    from mmgap.evaluation.streaming.sampled_measure import measure_sampled
    from mmgap.evaluation.streaming.streamed_measure import measure_stored
    from mmgap.evaluation.streaming.streaming_state import columns_dir
    from mmgap.evaluation.streaming.time_budget import block_costs
    from mmgap.metrics.catalogue import computed
    from mmgap.training.estimate.plan_text import duration

    seconds = None if budget is None else seconds_of(budget)
    pair = open_pair(argument, owner, columns_dir())
    costs = block_costs(pair)
    added = dict.fromkeys(computed(), ADDED)
    if seconds is not None and costs.exact > seconds:
        drawn, covariances = costs.affordable(seconds)
        tell(
            f"measuring all takes about {duration(costs.exact)}, the budget is {duration(seconds)}: draws"
            f" {drawn:,} of {costs.images:,} images"
        )
        if ray is not None:
            warn("a sample is drawn and measured by this process alone: --ray was left unused")
        sample = measure_sampled(pair, drawn, logit_scale=logit_scale, pool=pool, covariances=covariances)
        n, m, d = sample.shape
        note = Message(
            "A sample: {drawn} of {n} images, drawn at random, and their texts were ranked among all {m} texts and {n}"
            " images. Numbers with an interval are estimates, and the interval (95 %) is for the number of all queries;"
            " the others are of all rows, exactly.",
            drawn=f"{sample.drawn:,}",
            n=f"{n:,}",
            m=f"{m:,}",
        )
        warn_of_rows(sample.metrics["norm_deviation"], (0, 0))
        if as_json:
            ends = {key: [found.low, found.high] for key, found in sample.intervals.items()}
            about = {"images": sample.drawn, "of": n, "level": 0.95, "intervals": ends}
            _print_json({**sample.metrics, "sample": about})
            return
        shape = f"{n} × {m}, d = {d}"
        omitted = sample.omitted | added
        typer.echo(
            measured_table(
                sample.metrics,
                shape,
                omitted,
                language,
                intervals=sample.intervals,
                notes=[note],
                meanings=meanings,
            )
        )
        return
    with runner_at(ray) as runner:
        share = f", shared among {runner.processes} processes" if ray else ""
        tell(f"measured in parts, in about {duration(costs.exact)} on this machine{share}")
        found = measure_stored(pair, logit_scale=logit_scale, pool=pool, runner=runner, tell=tell)
    warn_of_rows(found.metrics["norm_deviation"], found.duplicates)
    if as_json:
        _print_json(found.metrics)
        return
    n, m, d = found.shape
    shape, omitted = f"{n} × {m}, d = {d}", found.omitted | added
    typer.echo(measured_table(found.metrics, shape, omitted, language, meanings=meanings))


def _print_json(metrics: Mapping[str, object]) -> None:
    typer.echo(json.dumps(metrics, indent=1, allow_nan=False))
