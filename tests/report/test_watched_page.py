"""The page that comes anew by itself, in a real browser, from a file; the report's own page stays what it is."""

from mmgap.report.blocks import Document, Fold, Paragraph
from mmgap.report.report_stamp import STAMP
from mmgap.report.writers import html
from mmgap.report.writers.watched_page import PAGE, SAYS, end_watch, write_watched


def report(folder, words):
    long = [Paragraph(f"{words} {n}") for n in range(300)]
    made = Document("A page", "en", [Paragraph(words), Fold("asked", "Is it so?", tuple(long))])
    (folder / "report.html").write_text(html.write(made), encoding="utf-8")
    (folder / STAMP).write_text(words)
    return write_watched(folder)


def test_it_comes_anew_at_its_place_with_its_folds_open_and_only_when_there_is_another_report(chromium, tmp_path):
    path = report(tmp_path, "first")
    page = chromium.new_page(viewport={"width": 800, "height": 600})
    wrong, loads = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("load", lambda: loads.append(1))
    try:
        page.goto(path.as_uri())
        page.locator("summary").first.click()
        page.evaluate("scrollTo(0, 3000)")
        page.wait_for_timeout(5000)
        assert len(loads) == 1
        report(tmp_path, "second")
        page.get_by_text("second 299").wait_for(state="attached")
        assert page.locator("details[open]").count() == 1
        page.wait_for_function("scrollY === 3000")
        end_watch(tmp_path)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        for _ in range(20):  # what it has asked meanwhile takes a while to tell it on a loaded machine
            asked.clear()
            page.wait_for_timeout(2500)
            if not asked:
                break
        assert asked == []
        assert len(loads) == 2
    finally:
        page.close()
    assert wrong == []


def test_the_reports_own_page_asks_for_nothing(tmp_path):
    report(tmp_path, "first")
    assert SAYS not in (tmp_path / "report.html").read_text()
    assert "file:" not in (tmp_path / "report.html").read_text().partition("<body>")[0]
    assert SAYS in (tmp_path / PAGE).read_text()


def test_without_a_watched_page_there_is_nothing_to_end(tmp_path):
    end_watch(tmp_path)
    assert list(tmp_path.iterdir()) == []
