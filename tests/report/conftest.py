"""What the tests of reports share: a cache of their own, and drawing that only leaves files."""

import pytest

from mmgap.core.cache import Cache
from mmgap.report.figures import galleries as pictures
from tests.support.made_up_rows import stub_drawing


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setattr(pictures, "_draw", stub_drawing)
