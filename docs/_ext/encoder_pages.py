"""A page for each registered encoder: what it is, its licence and source, its spec, and when not to use it."""

from collections.abc import Iterator

from described_code import described
from entry_notes import advice, licence, note_of

from mmgap import encoders

REGISTRY = encoders.registry


def names() -> list[str]:
    """Return the names of mmgap's own encoders."""
    return [name for name in REGISTRY if REGISTRY.get(name).__module__.startswith("mmgap.")]


def pages() -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of every page below ``generated/encoders``."""
    for name in names():
        yield f"encoders/{name}.md", _page(name).encode()
    yield "encoders/index.md", _index().encode()


def _page(name: str) -> str:
    note = note_of("encoders", name)
    factory = REGISTRY.get(name)
    parts = [
        f"# `{name}`",
        described(factory.__module__, index=False),
        f"- **Licence**: {licence(note)}\n- **Where it comes from**: {note['source']}",
        advice(note),
        f"```bash\npytest benchmarks/test_measure.py --dataset glyphs-en --encoder {note['spec']}\n```",
        "## In the code",
        described(f"{factory.__module__}:{factory.__qualname__}"),
        "[All encoders](index.md)",
    ]
    return "\n\n".join(parts) + "\n"


def _index() -> str:
    lines = [
        "# Encoders",
        "",
        "What turns images and texts into vectors; a spec is a name, and what stands behind its colon.",
    ]
    lines += ["", "| encoder | as a spec | licence |", "|:--|:--|:--|"]
    for name in names():
        note = note_of("encoders", name)
        lines.append(f"| [`{name}`]({name}.md) | `{note['spec']}` | {licence(note)} |")
    return "\n".join([*lines, "", ":::{toctree}", ":hidden:", "", *names(), ":::", ""])
