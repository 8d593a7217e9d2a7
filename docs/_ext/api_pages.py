"""The public surface as pages: each package with the functions and classes that it offers, where they are defined."""

import importlib
from collections.abc import Iterator

from described_code import defined_at, described
from written_pages import REGISTRIES, defined

from mmgap.core.registry import loaded

#: Package → what stands in its place in the list.
PACKAGES = {
    "mmgap": "everything at once",
    "mmgap.metrics": "numbers of sets of vectors",
    "mmgap.losses": "what is minimised",
    "mmgap.spaces": "what changes vectors without training",
    "mmgap.adapters": "classification from a few images",
    "mmgap.datasets": "images and captions",
    "mmgap.encoders": "from images and captions to vectors",
    "mmgap.stats": "intervals and tests",
    "mmgap.theory": "closed forms and the thesis's tables",
    "mmgap.testing": "checks of entries of one's own",
    "mmgap.integrations": "other tools",
}

#: What a name of a package is called where its own ``__all__`` does not say.
ELSEWHERE = {"mmgap": {"measure": "mmgap.evaluation.measuring:measure"}}


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of every page below ``generated/api``."""
    on_entry_pages = {defined(kind, name) for kind, registry in REGISTRIES.items() for name in registry}
    for package in PACKAGES:
        yield f"api/{package}.md", _page(package, on_entry_pages).encode()
    yield "api/index.md", _index().encode()


def offered(package: str) -> list[str]:
    """Return ``"module:object"`` of each function and class that a package offers, by name."""
    places = ELSEWHERE.get(package, {})
    names = importlib.import_module(package).__all__ if package != "mmgap" else list(places)
    found = [places.get(name) or defined_at(package, name) for name in sorted(names)]
    return [path for path in dict.fromkeys(found) if callable(loaded(path))]


def _page(package: str, on_entry_pages: set[str]) -> str:
    parts = [f"# `{package}`", described(package)]
    for path in offered(package):
        shown_elsewhere = path in on_entry_pages
        parts.append(described(path, index=not shown_elsewhere, members=not shown_elsewhere))
    return "\n\n".join(parts) + "\n"


def _index() -> str:
    lines = [
        "# API reference",
        "",
        "What is promised to stay; everything else may move. All of it is typed (`py.typed`).",
    ]
    lines += [
        "",
        "| package | |",
        "|:--|:--|",
        *(f"| [`{name}`]({name}.md) | {what} |" for name, what in PACKAGES.items()),
    ]
    return "\n".join([*lines, "", ":::{toctree}", ":hidden:", "", *PACKAGES, ":::", ""])
