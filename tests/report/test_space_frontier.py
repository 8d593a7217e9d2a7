"""The section of spaces: a verdict first, a table, the frontier; readable in both languages."""

import pytest

from mmgap import spaces
from mmgap.analysis.row_items import read_all
from mmgap.analysis.space_changes import space_changes
from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.blocks import Heading, Paragraph, Table
from mmgap.report.figures.space_frontier import frontier_of_recall, frontier_of_spoiled
from mmgap.report.footnotes import Notes
from mmgap.report.section import SectionMaterial
from mmgap.report.sections.changed_spaces import SPACES
from tests.report.test_training_pictures import no_text_leaves_or_covers
from tests.support.made_scorer import LessBank
from tests.support.made_up_spaces import space_rows


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setitem(spaces.registry._entries, "less-bank", LessBank)
    return Cache(tmp_path / "cache")


def blocks(cache, folder, language="en"):
    rows = space_rows(cache)
    found = space_changes(rows, folder, cache)
    return SPACES.tables(SectionMaterial("spaces", rows, found, {}, language, Notes()))


def test_where_the_interval_of_what_is_closed_includes_0_nothing_is_said_to_be_closed(cache, tmp_path):
    rows = space_rows(cache)
    (found,) = space_changes(rows, tmp_path, cache)
    for entry in found.entries:
        entry["gap_removed"] = {"value": 0.2, "low": -0.1, "high": 0.5}
    _, verdict, *_ = SPACES.tables(SectionMaterial("spaces", rows, [found], {}, "en", Notes()))
    assert verdict.text.startswith("On tiny · glyphs-en, centre closes nothing of the gap beyond doubt. Removing hubs")


def test_the_verdict_comes_first_and_says_what_was_gained_and_lost(cache, tmp_path):
    heading, verdict, table, *_ = blocks(cache, tmp_path)
    assert heading == Heading("What each space changes: tiny · glyphs-en", 3)
    assert isinstance(verdict, Paragraph)
    assert verdict.text.startswith("On tiny · glyphs-en, closing 96 % of the gap (centre) changed R@1 T→I by 0.0 ["), (
        verdict.text
    )
    assert "Removing hubs (less-bank) changed R@1 T→I by +" in verdict.text
    assert "R@1 T→I rose in 1 of 4 spaces and fell in 2" in verdict.text
    assert verdict.text.endswith("It rose in less-bank.")
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["centre", "shift:0.5", "shift", "less-bank"]
    removed = {row[0]: row[1] for row in table.rows}
    assert removed["shift"] == "87.5 [85.0, 88.8]"
    assert removed["less-bank"] == "—"
    assert next(row[2] for row in table.rows if row[0] == "less-bank").endswith("]*")


def test_the_frontier_names_every_line_once_and_nothing_covers_anything(cache):
    rows = read_all(space_rows(cache), cache)
    figure = frontier_of_recall(rows, "tiny · glyphs-en", "en")
    for axes in figure.axes:
        named = sorted(text.get_text() for text in axes.texts if text.get_text())
        assert named == ["centre", "less-bank", "shift −18"]  # what lies below the panel has its value beside it
    no_text_leaves_or_covers(figure)
    no_text_leaves_or_covers(frontier_of_recall(rows, "tiny · glyphs-en", "es"))


def test_spoiled_vectors_have_a_panel_for_each_way_of_spoiling(cache):
    figure = frontier_of_spoiled(read_all(space_rows(cache), cache), "tiny · glyphs-en", "en")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0].startswith("T→I, noise: ")
    assert len(titles) == 8
    no_text_leaves_or_covers(figure)


def test_a_report_shows_both_figures_and_keeps_the_changes(cache, tmp_path):
    path = write_report(space_rows(cache), tmp_path / "report", cache=cache)
    text = path.with_name("report.html").read_text()
    assert "frontier-en" in text
    assert "frontier_spoiled-en" in text
    assert list((tmp_path / "report" / "spaces").glob("tiny-glyphs-en-*.json"))
    spanish = write_report(space_rows(cache), tmp_path / "es", language="es", cache=cache).read_text()
    assert "closing" not in spanish
    assert "brecha" in spanish
