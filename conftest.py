"""Plugins and hypothesis profiles of this repository, nothing else."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "fixtures.browser", "fixtures.libraries", "fixtures.reports", "fixtures.threads"]

settings.register_profile(
    "mmgap", max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("mmgap"), max_examples=300, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "mmgap"))
