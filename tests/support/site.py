"""The code that makes the site, which lies beside its pages and is no package."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
if str(DOCS / "_ext") not in sys.path:
    sys.path.insert(0, str(DOCS / "_ext"))


def written_pages() -> list[Path]:
    """Return the pages that people wrote: README, CONTRIBUTING and ``docs``, without what a build makes."""
    made = {"_build", "generated"}
    pages = [page for page in sorted(DOCS.rglob("*.md")) if not made & set(page.relative_to(DOCS).parts)]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *pages]
