"""Plugins of this repository, nothing else."""

pytest_plugins = ["pytester", "fixtures.browser", "fixtures.libraries", "fixtures.reports", "fixtures.threads"]
