"""Hand-written pages of losses, spaces and adapters: each gets its code below, each index the list of its pages."""

import posixpath
from pathlib import Path

from described_code import described

from mmgap import adapters, losses, spaces

DOCS = Path(__file__).parents[1]
REGISTRIES = {"losses": losses.registry, "spaces": spaces.registry, "adapters": adapters.registry}

#: Folders whose README lists its other pages on the left.
LISTED = (*REGISTRIES, "transfer")


def defined(folder: str, name: str) -> str:
    """Return ``"module:object"`` of an entry.

    >>> defined("losses", "ce"), defined("spaces", "cca")
    ('mmgap.losses.ce:ce', 'mmgap.spaces.cca:CCA')
    """
    thing = REGISTRIES[folder].get(name)
    return f"{thing.__module__}:{getattr(thing, '__qualname__', thing.__name__)}"


def with_code(page: str, text: str) -> str:
    """Return a page with what belongs below it in the site; most pages stay as they are."""
    folder, name = posixpath.split(page)
    if name == "README" and folder in LISTED:
        names = sorted(path.stem for path in (DOCS / folder).glob("*.md") if path.stem != "README")
        return "\n".join([text, ":::{toctree}", ":hidden:", "", *names, ":::", ""])
    if folder in REGISTRIES and name in REGISTRIES[folder]:
        return f"{text}\n\n## In the code\n\n{described(defined(folder, name))}\n"
    return text


def _read(app, page, source):
    source[0] = with_code(page, source[0])


def setup(app):
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
