"""Standard output and error that are full, closed, unread or of few signs: one line at most, and no result is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.card.test_row_card import PUBLISHED

FULL = pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no /dev/full: a disk that is always full")
BASH = pytest.mark.skipif(os.name != "posix", reason="descriptors as a POSIX shell hands them on")
#: Commands that print in the block in which bad input becomes a line, and beyond it.
COMMANDS = ["list", "rows export rows", "search a.npy b.npy --row 1", "doctor a.npy b.npy --json"]
IN_BLOCKS = "search a.npy b.npy --row 1 --memory 1kB --json"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        np.save(folder / f"{name}.npy", 3 * rng.normal(size=(30, 8)))
    (folder / "rows").mkdir()
    source = next(PUBLISHED.glob("measure-two-towers-mobilenet-v2-minilm-cca-flickr8k-captions*"))
    (folder / "rows" / "one.json").write_bytes(source.read_bytes())
    return folder


def run(folder, command, redirected="", **environment):
    words = ["bash", "-c", f'"{sys.executable}" -m mmgap {command} {redirected}']
    plain = {name: value for name, value in os.environ.items() if name not in ("PYTHONIOENCODING", "PYTHONUTF8")}
    return subprocess.run(words, cwd=folder, capture_output=True, env=plain | environment, check=False)


@BASH
@FULL
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_behind_standard_output_is_named(files, command):
    found = run(files, command, "> /dev/full")
    assert found.returncode == 2
    last = found.stderr.decode().splitlines()[-1]
    assert last.startswith("mmgap: standard output cannot be written (No space left on device): make room")
    assert b"Errno" not in found.stderr
    assert b"Traceback" not in found.stderr


@BASH
@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_has_stopped_is_no_fault(files, command):
    """Of a pipe whose other end is closed before the command begins, so that the first write fails for certain."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as unread:
        words = [sys.executable, "-m", "mmgap", *command.split()]
        found = subprocess.run(words, cwd=files, stdout=unread, stderr=subprocess.PIPE, check=False)
    assert (found.returncode, found.stderr) == (1, b"")


@pytest.fixture(scope="module")
def told(files):
    """What a search prints that has something to say on stderr."""
    return run(files, IN_BLOCKS)


@BASH
@pytest.mark.parametrize("closed", ["2>&-", pytest.param("2>/dev/full", marks=FULL)])
def test_what_cannot_be_said_on_stderr_costs_no_result(files, told, closed):
    assert b"in blocks" in told.stderr
    found = run(files, IN_BLOCKS, closed)
    assert found.returncode == 0
    assert json.loads(found.stdout) == json.loads(told.stdout)
    assert run(files, "search absent.npy b.npy --row 1", closed).returncode == 2


@BASH
def test_nothing_is_printed_into_a_file_that_takes_the_number_of_a_closed_stream(files):
    done = run(files, "space fit a.npy b.npy --out fitted.safetensors", ">&- 2>&- <&-")
    assert done.returncode == 0
    wanted = run(files, "space fit a.npy b.npy --out wanted.safetensors")
    assert wanted.returncode == 0
    assert (files / "fitted.safetensors").read_bytes() == (files / "wanted.safetensors").read_bytes()


@BASH
@pytest.mark.parametrize("encoding", ["cp1252"])
@pytest.mark.parametrize("command", ["measure --help", "watch rows --once"])
def test_signs_that_an_encoding_lacks_are_written_as_escapes(files, command, encoding):
    found, whole = (run(files, command, PYTHONIOENCODING=one) for one in (encoding, "utf-8"))
    assert found.returncode == 0, found.stderr
    assert b"\\u" in found.stdout
    text = found.stdout.decode(encoding)
    assert len(text.splitlines()) == len(whole.stdout.decode().splitlines())
    if "--help" not in command:  # whose boxes are drawn otherwise
        assert text == whole.stdout.decode().encode(encoding, "backslashreplace").decode(encoding)
