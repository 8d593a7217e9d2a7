"""Writes the pages that are made of the registries below ``docs/generated``, before Sphinx looks for its sources."""

from pathlib import Path

import api_pages
import dataset_pages
import encoder_pages
import metric_pages
import project_pages

FOLDER = Path(__file__).parents[1] / "generated"
KINDS = (metric_pages, dataset_pages, encoder_pages, api_pages, project_pages)


def write() -> int:
    """Write every page that is new or has changed, take away what nothing makes any more; return how many there are."""
    made = {FOLDER / path: content for kind in KINDS for path, content in kind.pages()}
    for path, content in made.items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for path in [path for path in FOLDER.rglob("*") if path.is_file() and path not in made]:
        path.unlink()
    return len(made)


def setup(app):
    write()
    return {"parallel_read_safe": True, "parallel_write_safe": True}
