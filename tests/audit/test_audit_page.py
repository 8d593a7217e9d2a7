"""The page of docs/audit names every kind and every example, its links exist, its example runs."""

from pathlib import Path

from mmgap.testing.audit.audit_finding import KINDS
from tests.audit.test_known_defects import KIND
from tests.support.doc_pages import check_examples, missing_links

PAGE = Path(__file__).parents[2] / "docs" / "audit" / "README.md"


def test_the_page_holds():
    assert missing_links(PAGE) == []
    check_examples(PAGE)
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in (*KINDS, *KIND) if f"`{name}`" not in text] == []
