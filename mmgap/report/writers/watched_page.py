"""A report's page that comes anew by itself while it is watched, also from a file.

A page of ``file:`` may not read files, but it may run a script from its folder. ``watched.js`` says of which report it
is; where that is another than the page's own, the page loads itself again, at the place where it was scrolled to and
with the folds that were open. ``report.html`` itself stays what it is: a page that asks for nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

from mmgap.core.atomic import write_atomic
from mmgap.report.report_stamp import STAMP

#: The page, and the script that says of which report the newest one is; no report when watching is over.
PAGE, SAYS = "watched.html", "watched.js"

#: Seconds between two questions.
EVERY = 2

#: What of the page's policy lets it run the script.
_SCRIPTS, _ALLOWED = "script-src 'unsafe-inline'", "script-src 'unsafe-inline' 'self' file:"

_SCRIPT = Path(__file__).with_name("page") / "watched.js"


def write_watched(folder: Path) -> Path:
    """Make the page of the report in a folder that comes anew by itself; its path.

    Raises:
        OSError: there is no report, or nothing can be written.
    """
    digest = (folder / STAMP).read_text()
    page = (folder / "report.html").read_text(encoding="utf-8").replace(_SCRIPTS, _ALLOWED, 1)
    words = {"digest": digest, "says": SAYS, "every": EVERY}
    script = f"<script>\n{_SCRIPT.read_text(encoding='utf-8')}watch({json.dumps(words)});\n</script>\n</body>"
    write_atomic(folder / PAGE, script.join(page.rsplit("</body>", 1)).encode())
    _say(folder, digest)
    return folder / PAGE


def end_watch(folder: Path) -> None:
    """Tell an open page that no other report will come."""
    if (folder / SAYS).exists():
        _say(folder, "")


def _say(folder: Path, digest: str) -> None:
    write_atomic(folder / SAYS, f"watched({json.dumps(digest)});\n".encode())
