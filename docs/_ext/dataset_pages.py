"""A page for each registered data set: where it comes from, its licence, what it holds, and when not to use it."""

from collections.abc import Iterator
from functools import cache

from described_code import described
from entry_notes import advice, licence, note_of

from mmgap import datasets
from mmgap.datasets.card import card

REGISTRY = datasets.registry


def names() -> list[str]:
    """Return the names of mmgap's own data sets."""
    return [name for name in REGISTRY if _home(name).startswith("mmgap.")]


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of every page below ``generated/datasets``."""
    for name in names():
        yield f"datasets/{name}.md", _page(name).encode()
    yield "datasets/index.md", _index().encode()


def _home(name: str) -> str:
    factory = REGISTRY.get(name)
    return getattr(factory, "__module__", type(factory).__module__)


def _page(name: str) -> str:
    note = note_of("datasets", name)
    factory = REGISTRY.get(name)
    qualified = getattr(factory, "__qualname__", "")
    parts = [
        f"# `{name}`",
        described(_home(name), index=False),
        f"- **Licence**: {licence(note)}\n- **Where it comes from**: {note['source']}",
        advice(note),
        f"```bash\nmmgap data card {name}{':…' if name in ('folder', 'vectors', 'joint') else ''}\n```",
    ]
    if note.get("card") == name:
        parts += ["## Its card", _card(name)]
    parts.append("## In the code")
    if qualified and "<" not in qualified:
        parts.append(described(f"{_home(name)}:{qualified}", index=name not in _shared()))
    else:
        parts.append(f"`{_home(name)}` makes it for each language.")
    parts.append("[All data sets](index.md)")
    return "\n\n".join(parts) + "\n"


@cache
def _shared() -> frozenset[str]:
    """Return the names whose factory another name has already shown."""
    seen: set[object] = set()
    return frozenset(name for name in names() if REGISTRY.get(name) in seen or seen.add(REGISTRY.get(name)))


def _card(name: str) -> str:
    """The card that ``mmgap data card`` shows, below its first heading."""
    return card(name).partition("\n\n")[2].replace("\n## ", "\n### ")


def _index() -> str:
    lines = [
        "# Data sets, one by one",
        "",
        "[Data sets](../../data-sets.md) says how they are named, fetched and prepared.",
    ]
    lines += ["", "| data set | licence |", "|:--|:--|"]
    lines += [f"| [`{name}`]({name}.md) | {licence(note_of('datasets', name))} |" for name in names()]
    return "\n".join([*lines, "", ":::{toctree}", ":hidden:", "", *names(), ":::", ""])
