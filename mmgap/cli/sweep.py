"""``mmgap sweep``: the cells of a run of pytest on many machines, by Ray or by Slurm."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.unused_options import refuse_unused
from mmgap.core.counted_things import n_cells

if TYPE_CHECKING:
    from mmgap.harness.sweep.landed_cells import LandedCells
    from mmgap.harness.sweep.sweep_plan import SweepPlan

#: Seconds between two plain lines that say how far a sweep is.
MINUTE = 60.0


def sweep(
    context: typer.Context,
    arguments: Annotated[list[str], typer.Argument(help="What pytest is given, after --: benchmarks -k glyphs …")],
    ray: Annotated[str | None, typer.Option(help="Address of a Ray cluster; auto for this machine's.")] = None,
    slurm: Annotated[Path | None, typer.Option(help="Folder of submitit's files: run as Slurm jobs.")] = None,
    num_gpus: Annotated[
        float | None,
        typer.Option(min=0, help="GPUs of a cell; as many as --device names.", show_default=False),
    ] = None,
    num_cpus: Annotated[float, typer.Option(min=0.1, help="CPUs of a cell.")] = 1.0,
    cells: Annotated[int, typer.Option(min=1, help="Cells that a machine takes at a time.")] = 8,
    jobs: Annotated[int, typer.Option(min=1, help="Slurm: jobs that run at a time.")] = 4,
    slurm_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Slurm: partition=gpu, time=120 … (repeatable)")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which cells would run.")] = False,
    language: Annotated[Language, typer.Option(help="Of the table and the report.")] = Language.en,
) -> None:
    """Measure the cells that pytest's words select on many machines; rows that are there are not measured again.

    Cells of one encoder stay on one machine while others have work. Where machines share the folder of reports and the
    cache, rows and arrays are written there; else they come back. The cells of a machine that is lost run again; after
    Ctrl-C the same command goes on.
    """
    from mmgap.harness.sweep.sweep_plan import SweepPlan

    with one_line_errors():
        if (ray is None) == (slurm is None) and not dry_run:
            raise ValueError("say where: --ray ADDRESS or --slurm FOLDER")
        if slurm is None:
            refuse_unused(context, "is for Slurm: give --slurm FOLDER", "jobs", "slurm_option")
        if any(word.startswith(("-n", "--numprocesses")) for word in arguments):
            warn("-n is left out: --num-cpus and --jobs say how many cells run at a time")
        began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        plan = SweepPlan.of(arguments, Path.cwd(), began)
        cards = len(plan.device.split(",")) if plan.device.startswith("cuda") else 0
        gpus = float(cards if num_gpus is None else num_gpus)
        _show_plan(plan, num_cpus, gpus)
        if dry_run:
            return
        machines: Any
        if ray is not None:
            from mmgap.harness.sweep.ray_nodes import RayNodes

            machines = RayNodes(ray, num_cpus, gpus)
        else:
            from mmgap.harness.sweep.slurm_jobs import SlurmJobs

            assert slurm is not None
            machines = SlurmJobs(slurm, jobs, num_cpus, gpus, dict(_named(option) for option in slurm_option or []))
        landed, interrupted = _run(plan, arguments, machines, cells, began, language.value)
        raise typer.Exit(_end(landed, interrupted, language.value))


def _named(option: str) -> tuple[str, str]:
    name, equals, value = option.partition("=")
    if not (name and equals and value):
        raise ValueError(f"--slurm-option {option}: give NAME=VALUE, as in partition=gpu")
    return name, value


def _show_plan(plan: SweepPlan, cpus: float, gpus: float) -> None:
    """How many cells of each group run, and how many have their row."""
    groups = plan.groups()
    left = sum(map(len, groups.values()))
    takes = f"CPUs of a cell: {cpus:g}, GPUs: {gpus:g}"
    typer.echo(f"{n_cells(len(plan.cells))}: {left} to run, {len(plan.known)} measured before ({takes})")
    typer.echo(f"rows: {plan.reports / 'rows'}")
    for name, nodeids in groups.items():
        typer.echo(f"  {len(nodeids):>5} × {name}")


def _run(
    plan: SweepPlan, arguments: list[str], machines: Any, cells: int, began: str, language: str
) -> tuple[LandedCells, bool]:
    """Run all; second, whether Ctrl-C ended it."""
    from mmgap.harness.landed_rows import heading
    from mmgap.harness.sweep.cell_queue import CellQueue
    from mmgap.harness.sweep.landed_cells import LandedCells
    from mmgap.harness.sweep.sweep_run import tasks
    from mmgap.harness.sweep.told_progress import told_progress

    queue = CellQueue(plan.groups(), cells)
    with told_progress(MINUTE) as progress:
        landed = LandedCells(plan, queue, progress.say, language)
        if queue.over:
            return landed, False
        try:
            with tasks(plan, arguments, Path.cwd(), began) as task, machines:
                progress.say(heading(language))
                progress.follow(landed.words)
                machines.run(queue, landed, task, progress.say)
        except KeyboardInterrupt:
            queue.stop()
            return landed, True
    return landed, False


def _end(landed: LandedCells, interrupted: bool, language: str) -> int:
    """The table, the counts and the report; return the exit status, as pytest's."""
    from mmgap.harness.run_summary import summary
    from mmgap.report import write_report
    from mmgap.rows.row import latest, read_rows

    rows, failed = landed.shown(), 0
    if rows:
        typer.echo("\n" + summary(rows, language) + "\n")
        failed = sum(row["status"] != "ok" for row in rows)
    left = landed.progress.total - landed.progress.done
    counts = [f"{landed.measured.total()} measured now", f"{len(landed.plan.known)} measured before"]
    counts += [f"{n} {what}" for n, what in ((failed, "failed"), (len(landed.lost), "given up"), (left, "left")) if n]
    typer.echo(", ".join(counts))
    for place, count in sorted(landed.measured.items()):
        typer.echo(f"  {count} × on {place}")
    for words, count in sorted(landed.skipped.items()):
        warn(f"{count} × not run: {words}")
    for nodeid, words in landed.lost.items():
        warn(f"given up: {nodeid}: {words}")
    if interrupted:
        warn("interrupted; the same command goes on")
        return 130
    if rows:
        all_rows, refused = read_rows(landed.plan.reports / "rows")
        for reason in refused:
            warn(f"{reason}; not in the report")
        folder = landed.plan.reports / "scratch"
        typer.echo(f"report: {write_report(latest(all_rows), folder, language=language, local=True, if_new=True)}")
    return 1 if failed or landed.lost else 0 if rows else 5
