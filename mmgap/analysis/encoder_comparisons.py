"""Which rows of the practices belong together, and the JSON files they make beside the report.

A file whose row has not changed is not computed again: it outlives the row's arrays, as the pictures do. A row that was
measured again has the same key, but another start.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from mmgap.core.cache import Cache, canonical_json, key_digest, write_atomic
from mmgap.core.checked_json import JsonError, read_json
from mmgap.rows.row import Row, slug

if TYPE_CHECKING:
    import numpy as np

EXPERIMENT = "practices"

FOLDER = "practices"

#: Raised when the files, or the rules by which they are made, change: older ones are made again.
FORMAT = 3

COMPARISON = "comparison"

#: What encoders are, and how their files begin: two towers that were never trained together, and CLIP.
ROLES = ("preclip", "clip")

#: A row's key and its start: what tells it from the same cell measured again.
Version: TypeAlias = tuple[str, str]

#: The variant that goes without saying in a folder's name.
USUAL = ("captions", "first")


@dataclass
class Study:
    """The encoders measured on the same captions of one dataset.

    Attributes:
        folder: of its files, relative to the report's.
        rows: one an encoder, in `order`; the first is what the others are compared with.
        results: file stem → what `results` says of a row.
        comparisons: every later encoder against the first, as far as their arrays were there.
        problems: why encoders could not be compared.
        gone: encoders of which a file, a comparison or a picture is missing since their arrays are no longer in the
            cache.
    """

    folder: PurePosixPath
    rows: list[Row]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    comparisons: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def miss(self, *rows: Row) -> None:
        """Name the encoders of these rows among those whose arrays are gone, each once."""
        names = [str(row["cell"]["encoder"]) for row in rows]
        self.gone += [name for name in names if name not in self.gone]

    @property
    def pairs(self) -> list[tuple[Row, Row]]:
        """The rows that were compared."""
        by_key = {row["key"]: row for row in self.rows}
        return [(by_key[entry["a"]["row"]], by_key[entry["b"]["row"]]) for entry in self.comparisons]

    @property
    def contents(self) -> dict[str, Any]:
        """File stem → what the file holds; several comparisons are a list."""
        found: dict[str, Any] = dict(self.results)
        if self.comparisons:
            found[COMPARISON] = self.comparisons if len(self.comparisons) > 1 else self.comparisons[0]
        return found

    @property
    def files(self) -> list[PurePosixPath]:
        return [self.folder / f"{stem}.json" for stem in self.contents]


def write_results(rows: Iterable[Row], folder: Path | str, cache: Cache) -> list[Path]:
    """Write ``practices/<dataset>/preclip.json``, ``clip.json`` and ``comparison.json`` into ``folder``.

    Args:
        rows: of any experiments; the finished ones of the practices count.
        folder: of the report.
        cache: where their per-item arrays lie.

    Returns:
        The files that stand there now. Two encoders of one role are ``preclip-<encoder>.json`` each; several
        comparisons are a list in the one file.
    """
    folder = Path(folder)
    return [path for study in studies(rows, folder, cache) for path in write(study, folder)]


def studies(rows: Iterable[Row], folder: Path, cache: Cache) -> list[Study]:
    """The studies of the finished rows of the practices, in the order of their datasets.

    Args:
        rows: of any experiments.
        folder: of the report, where earlier files are looked for.
        cache: where the per-item arrays lie.
    """
    together: dict[str, list[Row]] = {}
    for row in rows:
        if row["cell"]["experiment"] == EXPERIMENT and row["status"] == "ok":
            together.setdefault(canonical_json({**row["cell"], "encoder": None}), []).append(row)
    found: list[Study] = []
    for _, members in sorted(together.items(), key=lambda entry: (_name(entry[1][0]), entry[0])):
        name = _name(members[0])
        if any(study.folder.name == name for study in found):  # other data under the same readable name
            name = f"{name}-{key_digest({**members[0]['cell'], 'encoder': None})[:8]}"
        found.append(_study(PurePosixPath(FOLDER) / name, members, folder, cache))
    return found


def write(study: Study, folder: Path) -> list[Path]:
    """Write a study's files, each whole or not at all, and remove those of encoders that are no longer part of it."""
    wanted = {folder / file: content for file, content in zip(study.files, study.contents.values(), strict=True)}
    for path, content in wanted.items():
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomic(path, text.encode())
    for path in (folder / study.folder).glob("*.json"):
        if path not in wanted and path.stem.partition("-")[0] in (*ROLES, COMPARISON):
            path.unlink()
    return list(wanted)


def role(row: Row) -> str:
    """``"preclip"`` for two towers that were never trained together, else ``"clip"``."""
    return ROLES[0] if str(row["cell"]["encoder"]).startswith("two-towers") else ROLES[1]


def order(row: Row) -> tuple[int, str, str]:
    """Where a row stands in its study: encoders from before CLIP first, those of one role as they were measured."""
    return ROLES.index(role(row)), row["started_at"], str(row["cell"]["encoder"])


def _name(row: Row) -> str:
    """The dataset, and what else tells this study from the usual one: ``folder-home-me-photos-captions-all``."""
    cell = row["cell"]
    others = [f"{name}-{value}" for name, value in sorted(cell["variant"].items()) if (name, value) != USUAL]
    seed = [f"s{cell['seed']}"] if cell["seed"] else []
    return slug("-".join([str(cell["dataset"])[-80:], *others, *seed])) or "data"


def _study(name: PurePosixPath, rows: list[Row], folder: Path, cache: Cache) -> Study:
    """Compute what is new of a study."""
    study = Study(name, sorted(rows, key=order))

    @functools.cache
    def arrays(key: str) -> dict[str, np.ndarray] | None:
        return cache.read("items", {"row": key})

    known_results, known_comparisons = _earlier(folder / name)
    for row in study.rows:
        if found := known_results.get(_version(row)) or _results(row, arrays(row["key"])):
            study.results[_stem(row, study)] = found
        else:
            study.miss(row)
    start = study.rows[0]
    for row in study.rows[1:]:
        versions = _version(start), _version(row)
        if versions in known_comparisons:
            study.comparisons.append(known_comparisons[versions])
        elif "top1" in start["metrics"] or "top1" in row["metrics"]:  # without captions there is nothing to compare
            _compare(study, start, row, arrays(start["key"]), arrays(row["key"]))
    if {_versions(entry) for entry in study.comparisons} != set(known_comparisons):
        from mmgap.analysis.encoder_changes import adjust

        adjust(study.comparisons)
    return study


def _results(row: Row, items: dict[str, np.ndarray] | None) -> dict[str, Any] | None:
    if items is None:
        return None
    from mmgap.analysis.encoder_results import results

    return {"format": FORMAT, **results(row, items)}


def _compare(
    study: Study, a: Row, b: Row, items_a: dict[str, np.ndarray] | None, items_b: dict[str, np.ndarray] | None
) -> None:
    """Add a comparison, or the reason why there is none."""
    from mmgap.analysis.encoder_changes import NotComparable, compare, same_data

    try:
        if items_a is None or items_b is None:
            same_data(a, b)
            study.miss(*(row for row, items in ((a, items_a), (b, items_b)) if items is None))
        else:
            study.comparisons.append({"format": FORMAT, **compare(a, items_a, b, items_b)})
    except NotComparable as error:
        study.problems.append(str(error))


def _stem(row: Row, study: Study) -> str:
    """A row's file: its role, and its encoder where it shares the role."""
    kind = role(row)
    if sum(role(other) == kind for other in study.rows) == 1:
        return kind
    stem = f"{kind}-{slug(str(row['cell']['encoder']))[:80]}"
    return stem if stem not in study.results else f"{stem}-{row['key'][:8]}"


def _version(row: Row) -> Version:
    return row["key"], row["started_at"]


def _versions(comparison: dict[str, Any]) -> tuple[Version, Version]:
    a, b = ((comparison[side]["row"], comparison[side]["started_at"]) for side in "ab")
    return a, b


def _earlier(folder: Path) -> tuple[dict[Version, Any], dict[tuple[Version, Version], Any]]:
    """Results by row, and comparisons by both rows, as an earlier report left them."""
    results: dict[Version, Any] = {}
    comparisons: dict[tuple[Version, Version], Any] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            content = read_json(path)
        except JsonError:  # somebody's edit; it is written again
            continue
        for entry in content if isinstance(content, list) else [content]:
            if not isinstance(entry, dict) or entry.get("format") != FORMAT:
                continue
            if path.stem == COMPARISON:
                comparisons[_versions(entry)] = entry
            else:
                results[entry["row"], entry["started_at"]] = entry
    return results, comparisons
