"""Hypothesis profiles; experiments do without it, and start faster. What this session was told, others are not."""

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "mmgap", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("mmgap"), max_examples=300, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "mmgap"))

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # so it is in the background of a shell, and children inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
#: Of sessions inside tests: not what this one was told, else they would start workers, too; and mmgap's own modules
#: are loaded as they are, as rewriting their asserts takes a second each time where no bytecode is kept.
os.environ["PYTEST_ADDOPTS"] = "--assert=plain"
