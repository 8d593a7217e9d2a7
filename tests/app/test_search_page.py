"""The search page in a browser: typing, choosing, one's own picture, hostile words, two people at once."""

import io

import pytest
from PIL import Image

from mmgap.app.search.search_tab import search_tab
from mmgap.app.shell.pictures import connect_pictures
from mmgap.app.shell.server import make_app
from mmgap.app.shell.source import open_source
from mmgap.app.shell.tab import Tab
from tests.support import made_up_copies
from tests.support.axe import serious_findings
from tests.support.browser import opened, settled
from tests.support.made_atlases import HOSTILE, pictures

FOUND = "ol.search-found > li"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    made_up_copies.arasaac(folder / "arasaac", 120)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_DATA", str(folder))
        yield open_source("arasaac-en", "tiny-random", split="all", captions="all")


@pytest.fixture(scope="module")
def address(served, source):
    return serve(served, source)


@pytest.fixture(scope="module")
def hostile(served, tmp_path_factory):
    return serve(served, pictures(tmp_path_factory.mktemp("hostile")))


def serve(served, source):
    tab = search_tab(source)

    def connect(app):
        tab.connect(app)
        connect_pictures(app, {source.key: source}.get)

    return served((Tab(tab.name, tab.title, tab.layout, connect),)) + "/search"


def choose(page, name, content):
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.set_input_files("#search-upload input[type=file]", file)


def columns(page):
    return page.eval_on_selector_all("ol.search-found", "lists => lists.map((list) => list.children.length)")


def test_words_are_typed_and_found_by_keyboard_alone(page, address):
    page.goto(address)
    page.wait_for_selector(".search-offered img")
    settled(page)
    page.wait_for_function("document.activeElement.name === 'q'")
    page.keyboard.type("a red house")
    page.keyboard.press("Enter")
    page.wait_for_selector(FOUND)
    settled(page)
    assert "q=a+red+house" in page.url
    assert columns(page) == [12]
    assert page.get_attribute("#search-words", "value") == "a red house"
    assert page.get_attribute("#search-said", "role") == "status"
    assert page.inner_text("#search-said") == "as is: 12 images"
    assert page.get_attribute("#search-found", "aria-busy") == "false"
    loaded = "[...document.querySelectorAll('.search-found img')].map((one) => one.naturalWidth > 0)"
    page.wait_for_function(f"{loaded}.every(Boolean)")


def test_a_space_stands_beside_and_the_address_holds_all_of_it(page, address):
    page.goto(f"{address}?q=tree&space=centre&top=6&what=both&lang=es")
    page.wait_for_selector(FOUND)
    assert columns(page) == [6, 6]
    values = {name: page.input_value(f"#search-{name}") for name in ("space", "top", "what")}
    assert values == {"space": "centre", "top": "6", "what": "both"}
    assert "puntuación" in page.inner_text(".search-found")


def test_a_picture_leads_to_what_is_said_of_it(page, address):
    page.goto(address)
    page.wait_for_selector(".search-offered img")
    settled(page)
    page.click(".search-offered a")
    page.wait_for_selector(f"{FOUND}.text")
    page.wait_for_selector(".search-asked img")
    page.wait_for_selector(".search-labels li")


def test_an_own_picture_is_asked_by(page, address):
    buffer = io.BytesIO()
    Image.new("RGB", (50, 40), "blue").save(buffer, format="JPEG")
    page.goto(address)
    page.wait_for_selector("#search-upload button")
    settled(page)
    page.set_input_files(
        "#search-upload input[type=file]", {"name": "<b>.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    )
    page.wait_for_url("**picture=*")
    page.wait_for_selector(f"{FOUND}.text")
    assert page.get_attribute(".search-asked img", "src").startswith("data:image/png;base64,")
    page.wait_for_function("document.querySelector('.search-asked img').naturalWidth === 50")


def test_the_button_for_an_own_picture_works_by_keyboard(page, address):
    choosers = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    page.goto(address)
    page.wait_for_selector("#search-upload button")
    for _ in range(60):  # while the page is being put together, the button is drawn anew and a key pressed then is lost
        settled(page)
        page.press("#search-upload button", "Enter")
        page.wait_for_timeout(500)
        if choosers:
            break
    assert choosers


def test_a_file_that_is_no_picture_is_named(page, address):
    page.goto(address)
    page.wait_for_selector("#search-upload button")
    settled(page)
    choose(page, "a.png", b"no")
    page.wait_for_function("document.querySelector('#search-upload-said').textContent.includes('cannot be asked by')")


@pytest.mark.parametrize(
    "query",
    ["q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E", "q=%22%27%3E%3Cscript%3Ealert(1)%3C/script%3E", "q=%E2%80%AEabc%00"],
)
def test_words_are_words(page, address, query):
    page.goto(f"{address}?{query}")
    page.wait_for_selector(FOUND)
    assert page.locator("main script, main img[src='x']").count() == 0
    assert page.evaluate("window.taken") is None


def test_an_example_is_asked_at_one_press(page, address):
    page.goto(address)
    words = page.inner_text(".search-examples a")
    settled(page)
    page.click(".search-examples a")
    page.wait_for_selector(FOUND)
    settled(page)
    assert page.input_value("#search-words") == words
    assert page.inner_text(f"{FOUND} .chance") == "keyword"


def test_names_captions_and_classes_are_words(page, hostile):
    page.goto(hostile)
    page.wait_for_selector(".search-offered img")
    page.goto(f"{hostile}?image=0&what=both&top=48")
    page.wait_for_selector(".search-labels li")
    assert HOSTILE in page.inner_text(".search-asked")
    assert "<b>wood</b>" in page.inner_text(".search-labels")
    assert page.locator(".search-found .own").count() == 1
    assert page.locator("main script, main img[src='x'], main b").count() == 0
    assert page.evaluate("window.taken") is None


def test_ten_thousand_letters_are_cut_and_that_is_said(page, address):
    page.goto(f"{address}?q={'word+' * 2000}")
    page.wait_for_selector(FOUND)
    assert "first 1000 letters" in page.inner_text(".said")


def test_axe_core_finds_nothing_serious_in_light_and_dark(page, address):
    for asked, shown in (("", ".search-offered img"), ("?q=tree&space=centre&what=both", FOUND), ("?image=3", FOUND)):
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.goto(address + asked)
            page.wait_for_selector(shown)
            assert serious_findings(page) == []


def test_what_is_found_is_reached_by_tab(page, address):
    page.goto(f"{address}?q=tree&top=6")
    page.wait_for_selector(FOUND)
    settled(page)
    page.focus("form button")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Ask by this picture: ")
    page.keyboard.press("Enter")
    page.wait_for_selector(".search-asked")


@pytest.mark.parametrize("query", ["image=../../etc/passwd", "picture=../x", "q=a&space=nowhere", "q=a&top=1e9"])
def test_what_cannot_be_asked_is_told(page, address, query):
    page.goto(f"{address}?{query}")
    page.wait_for_selector(".said.wrong")


def test_two_people_see_their_own(chromium, address):
    with opened(chromium) as one, opened(chromium) as other:
        for page, image in ((one, "3"), (other, "7")):
            page.goto(f"{address}?image={image}")
        for page, image in ((one, "3"), (other, "7")):
            page.wait_for_selector(f"{FOUND}.text")
            assert page.get_attribute(".search-asked img", "src").endswith(f"/{image}")


def test_a_phone_needs_no_scrolling_sideways(chromium, address):
    with opened(chromium, viewport={"width": 380, "height": 700}) as page:
        page.goto(f"{address}?q=a+dog&space=centre")
        page.wait_for_selector(FOUND)
        assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_pictures_are_had_by_number_alone(source):
    tab = search_tab(source)
    app = make_app((tab,))
    connect_pictures(app, {source.key: source}.get)
    client = app.server.test_client()
    assert client.get(f"/picture/{source.key}/0").mimetype == "image/png"
    for path in ("120", "-1", "..%2f..%2fetc%2fpasswd", "0/../../x", "1e1"):
        assert client.get(f"/picture/{source.key}/{path}").mimetype == "text/html"  # the app's page, or not found
    assert client.get("/picture/other/0").status_code == 404
