"""Files at the top of the repository as pages of the site, and the playground as the one file that it exports."""

from collections.abc import Iterator
from pathlib import Path

from outside_links import led_inside

from mmgap.app.playground.exported_page import exported

ROOT = Path(__file__).parents[2]
FILES = {"contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}

#: State that the embedded playground opens in: ``ce+anti`` on the cones of its own stories.
STATE = "n=200&loss=ce%2Banti"


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of the pages below ``generated/project``, and of the playground."""
    for name, file in FILES.items():
        text = (ROOT / file).read_text(encoding="utf-8")
        yield f"project/{name}.md", led_inside(text, ".", f"generated/project/{name}").encode()
    yield "extra/playground.html", exported("en", STATE).encode()
