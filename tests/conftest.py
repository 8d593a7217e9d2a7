"""Hypothesis profiles; experiments do without it, and start faster. What this session was told, others are not."""

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "mmgap", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("mmgap"), max_examples=300, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "mmgap"))

# A shell that starts tests in the background has Ctrl-C ignored, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Products of tests are small, and threads that wait for each other on busy cores take ten times as long as one. What
# threads might change is tested where their number is set.
os.environ.setdefault("OMP_NUM_THREADS", "1")

os.environ.pop("PYTEST_ADDOPTS", None)  # else sessions inside tests would start workers, too


def pytest_collection_finish():
    """What was collected and loaded stays to the end: garbage is looked for among what tests make."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _plain_sessions():
    """Sessions inside tests load mmgap as it is: where no bytecode is kept, rewriting its asserts takes a second. They
    do without dash's own plugin, which loads all of dash: half a second.

    It is said when tests run, as workers of xdist read it when they start, and their asserts are rewritten.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_ADDOPTS", "--assert=plain -p no:dash")
        yield
