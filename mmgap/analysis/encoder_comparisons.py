"""Which rows of the practices belong together, and the JSON files they make beside the report."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from mmgap.analysis.derived_results import DerivedResults, Version, version, write_results
from mmgap.analysis.encoder_roles import ROLES, order, role
from mmgap.analysis.row_items import read_items
from mmgap.core.cache import Cache, canonical_json, key_digest
from mmgap.rows.row import Row, slug

if TYPE_CHECKING:
    import numpy as np

FOLDER = "practices"

#: Raised when the files, or the rules by which they are made, change: older ones are made again.
FORMAT = 3

COMPARISON = "comparison"

#: A row's key → its arrays, None where they are gone.
Arrays: TypeAlias = "Callable[[str], dict[str, np.ndarray] | None]"

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
        gone: encoders of which a file or a comparison is missing since their arrays are no longer in the cache.
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
    def compared(self) -> list[tuple[Row, ...]]:
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

    def write(self, folder: Path) -> list[Path]:
        """Write the files, each whole or not at all, and remove those of encoders that are no longer part of it."""
        wanted = {folder / file: content for file, content in zip(self.files, self.contents.values(), strict=True)}
        for path, content in wanted.items():
            write_results(path, content)
        for path in (folder / self.folder).glob("*.json"):
            if path not in wanted and path.stem.partition("-")[0] in (*ROLES, COMPARISON):
                path.unlink()
        return list(wanted)


def studies(rows: Iterable[Row], folder: Path, cache: Cache) -> list[Study]:
    """Return the studies of these rows, in the order of their datasets.

    Args:
        rows: finished rows of the practices.
        folder: of the report, where earlier files are looked for.
        cache: where the per-item arrays lie.
    """
    together: dict[str, list[Row]] = {}
    for row in rows:
        together.setdefault(canonical_json({**row["cell"], "encoder": None}), []).append(row)
    found: list[Study] = []
    for _, members in sorted(together.items(), key=lambda entry: (_name(entry[1][0]), entry[0])):
        name = _name(members[0])
        if any(study.folder.name == name for study in found):  # other data under the same readable name
            name = f"{name}-{key_digest({**members[0]['cell'], 'encoder': None})[:8]}"
        found.append(_study(PurePosixPath(FOLDER) / name, members, folder, cache))
    return found


def _name(row: Row) -> str:
    """The dataset, and what else tells this study from the usual one: ``folder-home-me-photos-captions-all``."""
    cell = row["cell"]
    others = [f"{name}-{value}" for name, value in sorted(cell["variant"].items()) if (name, value) != USUAL]
    seed = [f"s{cell['seed']}"] if cell["seed"] else []
    return slug("-".join([str(cell["dataset"])[-80:], *others, *seed])) or "data"


def _study(name: PurePosixPath, rows: list[Row], folder: Path, cache: Cache) -> Study:
    """Compute what is new of a study."""
    study = Study(name, sorted(rows, key=order))

    by_key = {row["key"]: row for row in study.rows}

    @functools.cache
    def arrays(key: str) -> dict[str, np.ndarray] | None:
        return read_items(by_key[key], cache) or None

    files = sorted((folder / name).glob("*.json"))
    results = DerivedResults((path for path in files if path.stem != COMPARISON), FORMAT, _measurement)
    for row in study.rows:
        if found := results.of(version(row), partial(_results, row, arrays)):
            study.results[_stem(row, study)] = found
        else:
            study.miss(row)
    comparisons = DerivedResults((path for path in files if path.stem == COMPARISON), FORMAT, _measurements)
    start = study.rows[0]
    for row in study.rows[1:]:
        if "top1" not in start["metrics"] and "top1" not in row["metrics"]:
            continue  # without captions there is nothing to compare
        if found := comparisons.of((version(start), version(row)), partial(_comparison, study, start, row, arrays)):
            study.comparisons.append(found)
    if comparisons.changed:
        from mmgap.analysis.encoder_changes import adjust

        adjust(study.comparisons)
    return study


def _results(row: Row, arrays: Arrays) -> dict[str, Any] | None:
    if (items := arrays(row["key"])) is None:
        return None
    from mmgap.analysis.encoder_results import results

    return {"format": FORMAT, **results(row, items)}


def _comparison(study: Study, a: Row, b: Row, arrays: Arrays) -> dict[str, Any] | None:
    """A comparison; None, with the reason in the study, where there is none."""
    from mmgap.analysis.encoder_changes import NotComparable, compare, same_data

    items_a, items_b = arrays(a["key"]), arrays(b["key"])
    try:
        if items_a is None or items_b is None:
            same_data(a, b)
            study.miss(*(row for row, items in ((a, items_a), (b, items_b)) if items is None))
            return None
        return {"format": FORMAT, **compare(a, items_a, b, items_b)}
    except NotComparable as error:
        study.problems.append(error.args[0])
        return None


def _stem(row: Row, study: Study) -> str:
    """A row's file: its role, and its encoder where it shares the role."""
    kind = role(row)
    if sum(role(other) == kind for other in study.rows) == 1:
        return kind
    stem = f"{kind}-{slug(str(row['cell']['encoder']))[:80]}"
    return stem if stem not in study.results else f"{stem}-{row['key'][:8]}"


def _measurement(result: dict[str, Any]) -> Version:
    return result["row"], result["started_at"]


def _measurements(comparison: dict[str, Any]) -> tuple[Version, Version]:
    return _measurement(comparison["a"]), _measurement(comparison["b"])
