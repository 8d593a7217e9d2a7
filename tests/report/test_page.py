"""The page in a real browser: tables sort, filter and are copied; folds, a phone, dark mode, the keyboard.

Everything is done without a network: a request to anywhere fails the test.
"""

import csv
import io
import time

import pytest

from mmgap.report.blocks import Column, Document, Fold, Heading, Links, Paragraph, Table
from mmgap.report.writers import html
from tests.support.browser import TIMEOUT

pytest.importorskip("itables", reason="tables are plain without itables")
expect = pytest.importorskip("playwright.sync_api", reason="pip install playwright").expect

COLUMNS = (Column("loss", numeric=False), Column("gap, %"), Column("R@1"), Column("rare", chosen=False))
ROWS = (
    ("ce, plain", "9.5 [8, 11]", "2", "—"),
    ('ce+"anti"', "−10.25 [−12, −8]", "10", "7"),
    ("<b>&_50 %", "100 [99, 101]", "—", "8"),
)
MANY = tuple((f"row {n}", f"{(n * 7919) % 5000} [0, 1]", str(n), str(-n)) for n in range(5000))


def document(*inside):
    shown = Table("first", "What closes most", COLUMNS, ROWS, best=frozenset({(1, 1)}))
    fold = Fold("asked", "Is it so?", (Heading("Part", 3), *inside))
    return Document(
        "A page", "en", [Paragraph("ce+anti closes most.", strong=True), shown, Links("also", (), contents=True), fold]
    )


@pytest.fixture
def shown(chromium, tmp_path):
    """Return a function that opens a document; a script's error or a request to anywhere else fails the test."""
    wrong, contexts = [], []

    def open_page(made, **options):
        (tmp_path / "report.html").write_text(html.write(made), encoding="utf-8")
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else wrong.append(asked.url))
        page.goto((tmp_path / "report.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def require_first_cells(page, cells, table="first"):
    """The page works on what it was asked for in its own time, so that everything here is waited for."""
    expect(page.locator(f"#{table} tbody tr > :first-child")).to_have_text(cells, timeout=TIMEOUT)


def require_count(locator, count):
    expect(locator).to_have_count(count, timeout=TIMEOUT)


def require_open(page, opened=True):
    fold = expect(page.locator("#asked"))
    (fold.to_have_attribute if opened else fold.not_to_have_attribute)("open", "", timeout=TIMEOUT)


def copied(page, kind, table="first"):
    """What the button of a table gives."""
    board = "{writeText: text => (window.told = text, Promise.resolve())}"
    page.evaluate("delete window.told")
    page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{value: {board}, configurable: true}})")
    bar = page.locator(f"xpath=//*[@id='{table}']/ancestor::*[contains(@class,'dt-container')]/following-sibling::*[1]")
    bar.get_by_role("button", name=f"Copy as {kind}").click()
    while (told := page.evaluate("window.told ?? null")) is None:
        page.wait_for_timeout(20)
    return told


def test_a_table_sorts_by_numbers_from_the_keyboard(shown):
    page = shown(document())
    require_first_cells(page, [row[0] for row in ROWS])
    head = page.locator("#first thead th").nth(1)
    head.locator("[tabindex='0'], button").first.focus() if head.get_attribute("tabindex") is None else head.focus()
    for order, cells in (
        ("ascending", ['ce+"anti"', "ce, plain", "<b>&_50 %"]),
        ("descending", ["<b>&_50 %", "ce, plain", 'ce+"anti"']),
    ):
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#first thead th:nth-child(2)[aria-sort='{order}']", timeout=TIMEOUT)
        require_first_cells(page, cells)


def test_hidden_columns_are_shown_when_asked_for(shown):
    page = shown(document())
    heads = page.locator("#first thead th")
    require_count(heads, 3)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="rare").click()
    require_count(heads, 4)


def test_csv_is_what_programs_read(shown):
    page = shown(document())
    lines = list(csv.reader(io.StringIO(copied(page, "CSV"))))
    assert lines[0] == ["loss", "gap, %", "gap, %: low", "gap, %: high", "R@1"]
    assert lines[1] == ["ce, plain", "9.5", "8", "11", "2"]
    assert lines[2] == ['ce+"anti"', "-10.25", "-12", "-8", "10"]
    assert lines[3] == ["<b>&_50 %", "100", "99", "101", ""]


def test_latex_and_markdown_say_every_sign_as_it_is(shown):
    page = shown(document())
    latex = copied(page, "LaTeX")
    assert latex.splitlines()[0] == r"\begin{tabular}{lrr}"
    assert r"  \toprule" in latex.splitlines()
    assert r"\textbf{$-$10.25 [$-$12, $-$8]}" in latex
    assert r"\ensuremath{<}b\ensuremath{>}\&\_50 \% & 100 [99, 101] & --- \\" in latex
    markdown = copied(page, "Markdown")
    assert "| **−10.25 [−12, −8]** |" in markdown
    assert r"\<b\>&\_50 %" in markdown


def test_a_filter_leaves_the_rows_that_hold_its_words(shown):
    page = shown(document(Table("long", "Many", COLUMNS, MANY)))
    page.locator("#asked > summary").click()
    page.locator("#long tbody tr").first.wait_for()  # a long table starts when its fold opens
    page.get_by_role("searchbox").last.fill('"row 4321"')
    require_first_cells(page, ["row 4321"], "long")
    assert len(copied(page, "CSV", "long").splitlines()) == 2


def test_five_thousand_rows_open_at_once_and_their_table_when_asked(shown, tmp_path):
    made = document(Table("long", "Many", COLUMNS, MANY))
    started = time.monotonic()
    page = shown(made)
    print(f"opened after {time.monotonic() - started:.2f} s")  # speed is no assertion
    assert (tmp_path / "report.html").stat().st_size < 15_000_000
    require_count(page.locator("#long tbody tr"), 0)
    page.locator("#asked > summary").focus()
    page.keyboard.press("Enter")
    page.locator("#long tbody tr").first.wait_for()
    require_count(page.locator("#long tbody tr"), 50)
    page.locator("#long thead th").nth(1).click()
    expect(page.locator("#long tbody tr td").nth(1)).to_have_text("0 [0, 1]", timeout=TIMEOUT)


def test_an_address_opens_the_fold_it_names(shown):
    page = shown(document(Table("inner", "In", COLUMNS, ROWS)))
    require_open(page, False)
    page.get_by_role("link", name="Is it so?").click()
    require_open(page)
    require_count(page.locator("#inner tbody tr"), 3)


def test_on_a_phone_every_number_is_reachable_and_the_first_column_stays(shown):
    page = shown(document(), viewport={"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    page.evaluate("document.querySelector('#first').closest('.wide').scrollLeft = 1000")
    last = page.locator("#first tbody tr").first.locator("td").last.bounding_box()
    first = page.locator("#first tbody tr").first.locator(":first-child").first.bounding_box()
    assert last["x"] + last["width"] <= 381
    assert first["x"] >= 0


def test_a_phone_shows_gap_and_recall_without_scrolling(shown):
    columns = (
        Column("study", numeric=False),
        Column("loss", numeric=False),
        Column("gap closed, %"),
        Column("change of R@1, points"),
        Column("seeds", aside=True),
    )
    rows = (
        ("mobilenet-v2 + minilm, random · Flickr8k", "ce+0.5*imsep", "45 [43, 47]", "+1.0 [0.4, 1.5]", "3"),
        ("photos-e5 · OpenMoji, Spanish", "ce+anti+var", "17 [15, 19]", "−1.7 [−4.3, 1.0]", "3"),
    )
    made = Document("A page", "en", [Table("study", "What closes most", columns, rows)])
    page = shown(made, viewport={"width": 380, "height": 800})
    ends = page.evaluate("[...document.querySelectorAll('#study .number')].map(one => one.getBoundingClientRect())")
    seen = [end for end in ends if end["width"]]
    assert len(seen) == 2 * 3  # heads and rows of gap and recall
    assert all(end["right"] <= 380 for end in seen)


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_words_stand_out_from_the_page_in_both_modes(shown, scheme, dark):
    page = shown(document(), color_scheme=scheme)
    paper, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    light = [sum(map(int, colour[4:-1].split(","))) for colour in (paper, ink)]
    assert (light[0] < light[1]) is dark
    assert abs(light[0] - light[1]) > 400


def test_paper_shows_what_is_folded(shown):
    page = shown(document(Table("inner", "In", COLUMNS, ROWS)))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    require_open(page)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    require_open(page, False)


def test_without_the_library_the_tables_are_plain_and_whole(shown, monkeypatch):
    monkeypatch.setattr(html, "bundle", lambda: ("", ""))
    page = shown(document(Table("long", "Many", COLUMNS, MANY)))
    require_count(page.locator("#first thead th"), 4)
    page.locator("#asked > summary").click()
    page.locator("#long tbody tr").first.wait_for()
    require_count(page.locator("#long tbody tr"), 5000)


def test_nothing_of_the_page_asks_a_host():
    text = html.write(document())
    policy = text.partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert "default-src 'none'" in policy
    assert "http" not in policy
