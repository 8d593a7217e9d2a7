"""What the tests of Dockerfile, compose.yaml and Makefile share: the README's commands, and a folder to measure."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2]


def readme_install() -> str:
    """The README's install command: that of its tests, without the tests."""
    found = re.search(r"<!-- tests -->\s+```bash\n(.+?)\n```", (ROOT / "README.md").read_text())
    install, _, last = found[1].rpartition(" && ") if found else ("", "", "")
    assert last == ".venv/bin/pytest", "README.md: no command behind <!-- tests -->"
    return install


def readme_comparison() -> str:
    """The README's first command that compares encoders: that of the practices."""
    found = re.search(r"^mmgap compare-encoders .*", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert found, "README.md compares no encoders"
    return found[0]


def draw(folder: Path) -> Path:
    """Make ``folder`` with four pictures, spaces in their names, and captions.csv; returns it."""
    folder.mkdir(parents=True)
    lines = ["filename,category,caption"]
    for n, (name, colour) in enumerate({"red": "#c22", "green": "#2a2", "blue": "#22c", "grey": "#777"}.items()):
        picture = Image.new("RGB", (64, 48), "white")
        ImageDraw.Draw(picture).ellipse((4, 4, 24 + 10 * n, 40), fill=colour)
        picture.save(folder / f"a {name} disc.png")
        lines.append(f"a {name} disc.png,{'warm' if n % 2 else 'cold'},a {name} disc on white")
    (folder / "captions.csv").write_text("\n".join(lines) + "\n")
    return folder


def rows(out: Path) -> list[dict[str, Any]]:
    """The rows in a folder of reports, which has a report, too."""
    assert (out / "scratch" / "report.md").is_file()
    return [json.loads(path.read_text()) for path in (out / "rows").glob("*.json")]
