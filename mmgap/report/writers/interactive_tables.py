"""What makes a page's tables sort and filter: DataTables as itables bundles it (MIT), put into the page as text.

Where itables is not installed the tables are plain; all of their numbers are there.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

#: The last lines of the bundle that is a module: its names become properties of the window.
_EXPORT = re.compile(r"export\s*\{([^}]*)\};?")


def bundle() -> tuple[str, str]:
    """Return the script and the style of DataTables, both empty where itables is not installed.

    The script is one for ``<script>`` without a module: a page from ``file://`` cannot import.
    """
    found = importlib.util.find_spec("itables")
    if found is None or not found.origin:
        return "", ""
    folder = Path(found.origin).parent / "html"
    script, style = (folder / f"dt_bundle.{kind}" for kind in ("js", "css"))
    if not script.is_file() or not style.is_file():
        return "", ""  # another release keeps them elsewhere: the tables are plain
    code = _EXPORT.sub(lambda match: _assigned(match[1]), script.read_text(encoding="utf-8"))
    return f"(() => {{{code}\n}})();".replace("</script", "<\\/script"), style.read_text(encoding="utf-8")


def _assigned(names: str) -> str:
    """``a as B, c`` as assignments to the window."""
    pairs = ([name.strip() for name in part.split(" as ")] for part in names.split(",") if part.strip())
    return "".join(f"window.{'DataTable' if pair[-1] == 'default' else pair[-1]}={pair[0]};" for pair in pairs)
