"""A real browser and a served app for the tests of pages; without Chromium they skip and say so."""

import shutil
import threading

import pytest

from mmgap.app.shell.server import HOST, make_app

SCREEN = {"width": 1280, "height": 900}

#: Milliseconds that a page may take on a machine that does much else.
PATIENCE = 120_000


@pytest.fixture(scope="session")
def chromium():
    """Return a started Chromium, the system's own, of this process."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """Return a fresh page of a fresh profile; errors of its scripts, and requests to elsewhere, fail the test."""
    context = chromium.new_context(viewport=SCREEN)
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    wrong = watched(opened)
    yield opened
    context.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def kept_page(chromium):
    """Return a function () → a page that lives until the module's tests end; errors of any fail the last of them."""
    context, wrong = chromium.new_context(viewport=SCREEN), []
    context.set_default_timeout(PATIENCE)

    def new():
        opened = context.new_page()
        watched(opened, wrong)
        return opened

    yield new
    context.close()
    assert not wrong, "\n".join(wrong)


def watched(page, wrong=None):
    """The list that takes what goes wrong on a page."""
    wrong = [] if wrong is None else wrong
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("request", lambda asked: None if local(asked.url) else wrong.append(f"asked for {asked.url}"))
    return wrong


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


def local(url):
    return url.startswith((f"http://{HOST}:", "data:", "blob:", "file:"))
