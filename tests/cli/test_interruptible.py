"""Ctrl-C at any moment: a real process that gets a real signal ends with exit status 130 and says nothing."""

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

#: As pip writes the script of an entry point.
SCRIPT = "import sys; from {module} import {function}; sys.exit({function}())"
#: What a module does that signals its own process: while it is loaded, and where Python lets nothing be raised.
SIGNAL = "import os, signal, time, weakref\ndef interrupt(*_):\n    os.kill(os.getpid(), signal.SIGINT)\n"
WAIT = "time.sleep(600)\n"
LOADING = SIGNAL + "interrupt()\n" + WAIT
THING = "class Thing: ...\nthing = Thing()\n"
IN_A_CALLBACK = SIGNAL + THING + "watched = weakref.ref(thing, interrupt)\ndel thing\n" + WAIT
IN_A_FINALIZER = SIGNAL + "class Thing:\n    __del__ = interrupt\nThing()\n" + WAIT
IN_TEXT = SIGNAL + "exec('interrupt(); time.sleep(600)')\n"
AT_EXIT = SIGNAL + "import atexit\natexit.register(interrupt)\n"


def entry_point():
    """The module and the function that the command is."""
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["scripts"]["mmgap"]
    return dict(zip(("module", "function"), declared.split(":"), strict=True))


def run(folder, command, *, python=("-m", "mmgap"), handler=signal.SIG_DFL, **modules):
    """Run the command where these modules stand before all others."""
    for name, code in modules.items():
        (folder / f"{name}.py").write_text(code)
    return subprocess.run(
        [sys.executable, *python, *command.split()],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
        # a shell that starts tests in the background has Ctrl-C ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, handler),
    )  # fmt: skip


CLASSIFY = "classify a.npy b.txt --classes c.npy"


@pytest.mark.parametrize(
    "code", [LOADING, IN_A_CALLBACK, IN_A_FINALIZER, IN_TEXT], ids=["loading", "callback", "finalizer", "text"]
)
@pytest.mark.parametrize(
    ("command", "module"),
    [("--version", "typer"), ("--help", "typer"), ("doctor a.npy b.npy", "numpy"), (CLASSIFY, "torch")],
)
def test_while_modules_are_loaded(tmp_path, command, module, code):
    found = run(tmp_path, command, **{module: code})
    assert (found.returncode, found.stdout, found.stderr) == (130, "", "")


def test_the_script_that_is_installed_is_no_other(tmp_path):
    found = run(tmp_path, "--version", python=("-c", SCRIPT.format(**entry_point())), typer=LOADING)
    assert (found.returncode, found.stdout, found.stderr) == (130, "", "")


@pytest.mark.parametrize("command", ["--version", "list"])
def test_when_all_is_said(tmp_path, command):
    plain = run(tmp_path, command)
    found = run(tmp_path, command, sitecustomize=AT_EXIT)
    assert plain.returncode == 0
    assert (found.returncode, found.stdout, found.stderr) == (130, plain.stdout, "")


def test_what_else_cannot_be_raised_is_still_told(tmp_path):
    code = "class Thing:\n    def __del__(self):\n        raise ZeroDivisionError('of a finalizer')\nThing()\n"
    found = run(tmp_path, "--version", typer=code + LOADING)
    assert found.returncode == 130
    assert "ZeroDivisionError: of a finalizer" in found.stderr
    assert "KeyboardInterrupt" not in found.stderr


def test_where_it_is_ignored_it_stays_so(tmp_path):
    found = run(tmp_path, "--version", handler=signal.SIG_IGN, sitecustomize=AT_EXIT + "interrupt()\n")
    assert found.returncode == 0
    assert found.stdout.startswith("mmgap ")
    assert found.stderr == ""
