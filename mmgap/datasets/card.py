"""A data set on one page: what it holds, where it comes from, what a reader of a result must know."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tabulate import tabulate

from mmgap.datasets import SPLITS, Dataset, DatasetError, load, registry

#: Records left out that are named one by one.
NAMED = 20


def card(spec: str) -> str:
    """Markdown: licence, language, prompt, revision, a table of the splits, notes, and what was left out and why.

    Raises: as `mmgap.datasets.load`.
    """
    whole = load(spec, split="all")
    module = sys.modules[registry.resolve(spec)[0].__module__]
    told = [
        ("licence", whole.licence),
        ("language", whole.language or "not stated"),
        ("prompt", whole.prompt or "none, captions are as written"),
        ("labels", ", ".join(kind for kind, labels in _labels(whole).items() if labels) or "none"),
        ("revision", whole.revision),
    ]
    parts = [f"# {whole.name}", (module.__doc__ or "").strip()]
    parts.append("\n".join(f"- {name}: {value}" for name, value in told))
    parts.append(_splits(spec))
    if whole.notes:
        parts.append("\n".join(["## Notes", "", *(f"- {note}" for note in whole.notes)]))
    if whole.skipped:
        parts.append("\n".join([f"## Left out: {len(whole.skipped)} record(s)", "", *named(whole.skipped)]))
    return "\n\n".join(parts) + "\n"


def named(skipped: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each of the first records that were left out, and one that counts the others."""
    lines = [f"- {identifier}: {reason}" for identifier, reason in skipped[:NAMED]]
    return [*lines, f"- and {len(skipped) - NAMED} more"] if len(skipped) > NAMED else lines


def _labels(dataset: Dataset) -> dict[str, bool]:
    """Kind of label → whether any image has one."""
    return {"category": any(dataset.categories)} | {kind: any(values) for kind, values in dataset.labels.items()}


def _splits(spec: str) -> str:
    lines = []
    for split in SPLITS:
        try:
            data = load(spec, split=split)
        except DatasetError:  # a folder that names no splits has two of the four
            continue
        n, m = len(data.image_ids), len(data.captions)
        categories = len(set(data.categories) - {None})
        lines.append((split, n, m, f"{m / n:.2f}" if n else "—", data.duplicate_captions, categories))
    header = ("split", "images", "captions", "captions per image", "captions of several images", "categories")
    return str(tabulate(lines, headers=header, tablefmt="github"))
