"""Watched pages of a real browser, and a served app."""

import threading
from contextlib import ExitStack

import pytest

from mmgap.app.shell.server import HOST, make_app
from tests.support.browser import opened


@pytest.fixture
def page(chromium):
    """Return a fresh page of a fresh profile; errors of its scripts, and requests to elsewhere, fail the test."""
    with opened(chromium) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def kept_page(chromium):
    """Return a function () → a page that lives until the module's tests end; errors of any fail the last of them."""
    with ExitStack() as pages:
        yield lambda: pages.enter_context(opened(chromium))


@pytest.fixture(scope="module")
def served():
    """Return a function (tabs, language) → the address of an app that serves them until the module's tests end."""
    from waitress import create_server

    servers = []

    def start(tabs, language="en"):
        server = create_server(make_app(tabs, language).server, host=HOST, port=0, threads=8)
        servers.append(server)
        threading.Thread(target=server.run, daemon=True).start()
        return f"http://{HOST}:{server.effective_port}"

    yield start
    for server in servers:
        server.close()
