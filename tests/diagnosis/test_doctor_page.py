"""The page of docs/doctor names every kind, its links exist, its example runs."""

from pathlib import Path

from mmgap.diagnosis.finding_kinds import KINDS
from tests.support.doc_pages import check_examples, missing_links

PAGE = Path(__file__).parents[2] / "docs" / "doctor" / "README.md"


def test_the_page_holds():
    assert missing_links(PAGE) == []
    check_examples(PAGE)
    text = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
