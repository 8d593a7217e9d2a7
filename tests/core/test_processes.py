"""Which processes are alive, and since when."""

import os
import subprocess
import sys
import time

import pytest

from mmgap.core.processes import alive, started


def test_a_process_that_has_ended_is_not_alive():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert alive(process.pid)
    process.communicate(b"\n")
    assert not alive(process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a process began")
def test_a_process_began_when_it_was_started():
    before = time.time()
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert before - 2 <= started(process.pid) <= time.time() + 2
    assert started(os.getpid()) < before
    process.communicate(b"\n")
    assert started(process.pid) is None


@pytest.mark.parametrize("number", [2**22 + 1, 2**70])
def test_a_number_that_no_process_has(number):
    assert not alive(number)
    assert started(number) is None
