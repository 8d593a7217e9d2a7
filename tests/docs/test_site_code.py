"""The examples of the site's own code run."""

import doctest
import importlib

import pytest

from tests.support.site import DOCS

NAMES = sorted(path.stem for path in (DOCS / "_ext").glob("*.py") if ">>>" in path.read_text(encoding="utf-8"))


def test_there_are_examples():
    assert len(NAMES) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_examples_run(name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried
    assert not failed
