"""What draws a page's pictures anew when a reader explores them: Plotly (MIT), packed, once in a page.

Plotly's package for Python brings one bundle, the whole of Plotly.js: 4.8 MB, of which a page holds 2.0 MB (gzip in
base64) that the browser unpacks when the first picture is explored. Smaller bundles come by npm alone, which a reader
of a report need not have. Where Plotly is not installed a page has its pictures as they are.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from mmgap.report.writers.packed_text import packed

#: The plots of a page hold no more than this in all, in bytes: later ones are pictures alone.
BUDGET = 5_000_000


def plotly() -> str:
    """Return Plotly.js, packed; empty where its package is not installed."""
    found = importlib.util.find_spec("plotly")
    if found is None or not found.origin:
        return ""
    script = Path(found.origin).parent / "package_data" / "plotly.min.js"
    if not script.is_file():
        return ""  # another release keeps it elsewhere: pictures stay as they are
    return packed(script.read_bytes())


def explored(path: Path) -> str:
    """Return the plot of a JSON file beside a picture, as it was written; empty where none can be drawn."""
    try:
        text = path.read_text(encoding="utf-8")
        plot = json.loads(text)
    except (OSError, ValueError):
        return ""
    return text if isinstance(plot, dict) and {"data", "layout"} <= plot.keys() else ""
