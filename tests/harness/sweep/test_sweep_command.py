"""``mmgap sweep``: its plan, submitit on this machine, an interrupt, and what it refuses in one line."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mmgap.rows.row import read_rows


def words(*more, selection):
    return [sys.executable, "-m", "mmgap", "sweep", *more, "--", *selection]


def sweep(*more, selection, **options):
    return subprocess.run(
        words(*more, selection=selection), capture_output=True, text=True, timeout=180, check=False, **options
    )


def test_a_dry_run_says_what_would_run_and_where_it_goes(project, selection):
    done = sweep("--dry-run", "--num-cpus", "2", selection=(*selection, "--device", "cuda"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "6 cells: 6 to run, 0 measured before (CPUs of a cell: 2, GPUs: 1)",
        f"rows: {project / 'reports' / 'rows'}",
        "      3 × tiny-random",
        "      3 × tiny",
    ]
    assert not (project / "log").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "say where: --ray ADDRESS or --slurm FOLDER"),
        (("--ray", "auto", "--slurm", "jobs"), "say where: --ray ADDRESS or --slurm FOLDER"),
        (("--slurm", "jobs", "--slurm-option", "gpu"), "--slurm-option gpu: give NAME=VALUE"),
    ],
)
def test_bad_words_end_in_one_line(project, selection, more, said):
    done = sweep(*more, selection=selection)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert said in done.stderr


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:9", "no Ray cluster at 127.0.0.1:9: "),
        ("ray://there:10001", "give HOST:PORT as ray start prints it"),
    ],
)
def test_a_cluster_that_is_not_there_is_one_line(project, selection, address, said):
    pytest.importorskip("ray", reason="pip install 'mmgap[cluster]'")
    done = sweep("--ray", address, selection=selection)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert said in done.stderr


@pytest.mark.parametrize(("more", "library"), [(("--ray", "auto"), "ray"), (("--slurm", "jobs"), "submitit")])
def test_an_absent_library_is_the_line_that_brings_it(project, selection, more, library):
    code = f"import sys; sys.modules[{library!r}] = None; from mmgap.cli.main import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words(*more, selection=selection)[3:]], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, f"mmgap: {library} is not installed: pip install 'mmgap[cluster]'\n")


def test_submitit_runs_them_as_jobs_and_nothing_twice(project, selection, noted):
    pytest.importorskip("submitit", reason="pip install 'mmgap[cluster]'")
    more = ("--slurm", "jobs", "--jobs", "2", "--cells", "3")
    done = sweep(*more, selection=selection)
    assert done.returncode == 0, done.stderr
    assert "6 measured now, 0 measured before" in done.stdout
    assert sorted(what for what, *_ in noted()) == ["begun"] * 6 + ["ended"] * 6
    assert (project / "reports" / "scratch" / "report.md").exists()
    again = sweep(*more, selection=selection)
    assert (again.returncode, len(noted())) == (0, 12)
    assert "0 measured now, 6 measured before" in again.stdout


def test_an_option_that_slurm_has_not_is_one_line(project, selection):
    pytest.importorskip("submitit", reason="pip install 'mmgap[cluster]'")
    done = sweep("--slurm", "jobs", "--slurm-option", "colour=red", selection=selection)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "--slurm-option: Unknown argument 'colour'" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="an interrupt is sent")
def test_after_an_interrupt_the_same_command_goes_on(project, selection, noted):
    pytest.importorskip("submitit", reason="pip install 'mmgap[cluster]'")
    (project / "seconds").write_text("1.5")
    command = words("--slurm", "jobs", "--jobs", "1", "--cells", "3", selection=selection)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as begun:
        while begun.poll() is None and sum(what == "ended" for what, *_ in noted()) < 2:
            time.sleep(0.1)
        begun.send_signal(signal.SIGINT)
        _, warned = begun.communicate(timeout=180)
    assert begun.returncode == 130, warned
    assert "interrupted; the same command goes on" in warned
    time.sleep(2)  # who measured looks every half second whether it is still wanted
    (project / "seconds").write_text("0")
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    rows, _ = read_rows(project / "reports" / "rows")
    assert (len(rows), {row["status"] for row in rows}) == (6, {"ok"})
    ended = [cell for what, cell, _ in noted() if what == "ended"]
    assert (len(ended), len(set(ended))) == (6, 6)
