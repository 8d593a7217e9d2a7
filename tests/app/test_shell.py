"""The app's frame and server: tabs, languages, and what they refuse."""

import socket
import urllib.error
import urllib.request
from urllib.parse import quote

import pytest
from dash import html

from mmgap.app.shell.page import query_of
from mmgap.app.shell.server import _listener, make_app
from mmgap.app.shell.tab import Tab


def tab(name):
    return Tab(
        name, name.title(), lambda query, language: html.P(f"{name} {query.get('n')} {language}"), lambda app: None
    )


TABS = (tab("first"), tab("second"))


@pytest.fixture(scope="module")
def address(served):
    return served(TABS)


def test_the_address_says_tab_state_and_language(page, address):
    page.goto(f"{address}/second?n=%3Cb%3E&lang=es")
    page.wait_for_selector("main p")
    assert page.inner_text("main") == "second <b> es"
    assert page.get_attribute("nav a[aria-current]", "href") == "/second?lang=es"
    page.click("#language-en")
    page.wait_for_selector("main p:has-text(' en')")
    assert page.inner_text("main") == "second <b> en"


@pytest.mark.parametrize("path", ["/", "/second?n=1", "/second?lang=xx", '/?lang="><b>'])
def test_a_page_says_its_language_before_its_scripts_run(address, path):
    for query, language in (("", "en"), ("lang=es", "es")):
        asked = f"{address}{quote(path, safe='/?=&')}" + (query and f"{'&' if '?' in path else '?'}{query}")
        with urllib.request.urlopen(asked) as answer:
            assert f'<html lang="{language}">' in answer.read().decode()


def test_another_language_is_said_by_the_whole_page(page, address):
    page.goto(f"{address}/second")
    for language in ("es", "en"):
        page.click(f"#language-{language}")
        page.wait_for_selector(f"main p:has-text(' {language}')")
        page.wait_for_function("(language) => document.documentElement.lang === language", arg=language)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/first?lang=xx", "/first?%00=%ff&n", "/first/../second%2f"])
def test_odd_addresses_show_a_page(page, address, path):
    page.goto(address + path)
    page.wait_for_selector("main p")


def test_another_name_of_this_machine_is_refused(address):
    asked = urllib.request.Request(address, headers={"Host": "elsewhere.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(asked)


def test_browsers_are_told_to_load_nothing_from_elsewhere(address):
    with urllib.request.urlopen(address) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_a_taken_port_says_so():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="--port 0"):
            _listener(taken.getsockname()[1])


def test_an_app_without_tabs_is_refused():
    with pytest.raises(ValueError, match="at least one tab"):
        make_app(())


def test_the_last_of_repeated_names_counts():
    assert query_of("?n=1&n=2&empty=") == {"n": "2", "empty": ""}
