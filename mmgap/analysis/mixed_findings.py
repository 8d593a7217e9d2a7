"""What the spaces of one encoder on one dataset do to search in one index of images and texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmgap.analysis.derived_results import write_results
from mmgap.analysis.groups import newest_along
from mmgap.core.cache import Cache, key_digest
from mmgap.rows.row import Row, slug

FOLDER, FORMAT = "mixed_search", 1

#: By which the spaces are ordered: texts ask, all relevant items count.
ORDERED_BY = "mixed_t2i_ndcg10"


@dataclass(frozen=True)
class MixedFindings:
    """The spaces of one encoder on one dataset.

    Attributes:
        as_is: the row of the vectors as they are.
        spaces: the rows of spaces, those with the best NDCG@10 of texts first.
    """

    as_is: Row
    spaces: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The vectors as they are, then the spaces."""
        return (self.as_is, *self.spaces)

    @property
    def title(self) -> str:
        """``encoder · dataset``."""
        return " · ".join(str(self.as_is["cell"][name]) for name in ("encoder", "dataset"))

    @property
    def compared(self) -> list[tuple[Row, ...]]:
        """All rows: they share their figure."""
        return [self.rows]

    def write(self, folder: Path) -> None:
        """Write ``mixed_search/<encoder>-<dataset>-….json`` below the report's folder."""
        cell = {name: self.as_is["cell"][name] for name in ("encoder", "dataset", "variant")}
        name = f"{slug(self.title)[:100]}-{key_digest(self.as_is['cell'])[:8]}.json"
        found = [{"space": row["cell"].get("space"), "metrics": row["metrics"]} for row in self.rows]
        write_results(folder / PurePosixPath(FOLDER) / name, {"format": FORMAT, **cell, "spaces": found})


def mixed_findings(rows: Iterable[Row], _folder: Path, _cache: Cache) -> list[MixedFindings]:
    """Return what spaces did, for each encoder and dataset whose vectors were also searched as they are.

    Args:
        rows: finished ones of the experiment; of several seeds the first is taken.
    """
    found = []
    for newest in newest_along("space", rows):
        if (as_is := newest.pop(None, None)) is not None:
            ordered = sorted(newest.values(), key=lambda row: -row["metrics"][ORDERED_BY]["value"])
            found.append(MixedFindings(as_is, tuple(ordered)))
    return found
