"""What the adapters of one encoder on one dataset gain over zero-shot classification."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmgap import adapters
from mmgap.analysis.derived_results import write_results
from mmgap.analysis.groups import newest_along
from mmgap.core.cache import Cache, key_digest
from mmgap.rows.row import MetricDict, Row, slug

FOLDER, FORMAT = "adapters", 1
_ACCURACY = re.compile(r"accuracy_shots(\d+)")


@dataclass(frozen=True)
class AdapterFindings:
    """The adapters of one encoder on one dataset.

    Attributes:
        rows: in the order of the registry, zero-shot first where it was measured.
    """

    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """``encoder · dataset``."""
        return " · ".join(str(self.rows[0]["cell"][name]) for name in ("encoder", "dataset"))

    @property
    def shots(self) -> list[int]:
        """Of each class, from few to many."""
        return sorted({count for row in self.rows for count in shots_of(row)})

    @property
    def zero_shot(self) -> MetricDict:
        """Its accuracy on the same images."""
        return self.rows[0]["metrics"]["accuracy_zero_shot"]

    @property
    def compared(self) -> list[tuple[Row, ...]]:
        """All rows: they share their figure."""
        return [self.rows]

    def gains(self, count: int) -> dict[str, MetricDict]:
        """Return adapter → points over zero-shot at so many shots, the largest first; leaky adapters are left out."""
        name = f"gain_shots{count}"
        found = {spec_of(row): row["metrics"][name] for row in self.rows if name in row["metrics"] and not leaky(row)}
        return dict(sorted(found.items(), key=lambda item: -item[1]["value"]))

    def beyond_doubt(self, count: int) -> tuple[int, int]:
        """Return how many adapters gain and how many lose at so many shots, their intervals without 0."""
        gains = self.gains(count).values()
        return sum((one["ci_low"] or 0) > 0 for one in gains), sum((one["ci_high"] or 0) < 0 for one in gains)

    def write(self, folder: Path) -> None:
        """Write ``adapters/<encoder>-<dataset>-….json`` below the report's folder."""
        cell = {name: self.rows[0]["cell"][name] for name in ("encoder", "dataset", "variant")}
        name = f"{slug(self.title)[:100]}-{key_digest(cell)[:8]}.json"
        found = [{"adapter": spec_of(row), "metrics": row["metrics"]} for row in self.rows]
        write_results(folder / PurePosixPath(FOLDER) / name, {"format": FORMAT, **cell, "adapters": found})


def adapter_findings(rows: Iterable[Row], _folder: Path, _cache: Cache) -> list[AdapterFindings]:
    """Return what adapters did, for each encoder and dataset.

    Args:
        rows: finished ones of the experiment; of several seeds the first is taken.
    """
    known = adapters.registry.specs()

    def place(row: Row) -> tuple[int, str]:
        name = spec_of(row).partition(":")[0]
        return known.index(name) if name in known else len(known), spec_of(row)

    return [AdapterFindings(tuple(sorted(found.values(), key=place))) for found in newest_along("adapter", rows)]


def spec_of(row: Row) -> str:
    """Return the adapter of a row."""
    return row["cell"].get("adapter") or adapters.ZERO_SHOT


def leaky(row: Row) -> bool:
    """Return whether it was tuned on what it was measured on."""
    return any(name.startswith("leak_") for name in row["metrics"])


def trained(spec: str) -> bool:
    """Return whether an adapter is trained by steps; one that is no longer registered is not."""
    try:
        return adapters.parse(spec).trained
    except (LookupError, ValueError):
        return False


def shots_of(row: Row) -> list[int]:
    """Return the numbers of shots that a row has accuracies of, from few to many."""
    return sorted(int(found[1]) for name in row["metrics"] if (found := _ACCURACY.fullmatch(name)))
