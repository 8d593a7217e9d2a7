"""What an encoder that learned one language makes of the others: its rows of the experiment `languages`, together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import fmean

import numpy as np

from mmgap.analysis.derived_results import write_results
from mmgap.analysis.estimates import Estimate, estimate
from mmgap.analysis.groups import Group, groups
from mmgap.core.cache import Cache, canonical_json, key_digest
from mmgap.metrics.catalogue import PART
from mmgap.rows.cell import INITIAL
from mmgap.rows.recall_names import recall_name
from mmgap.rows.row import Row, slug

FOLDER, FORMAT = "languages", 1


@dataclass(frozen=True)
class LanguageFindings:
    """One encoder, one loss, one family of data sets.

    Attributes:
        learned: language that was learned → its rows, one a seed.
    """

    learned: dict[str, Group]

    @property
    def cell(self) -> dict[str, object]:
        """The coordinates of the first."""
        return dict(next(iter(self.learned.values())).cell)

    @property
    def languages(self) -> list[str]:
        """Those that were measured: the learned ones first, in the order of their rows."""
        metrics = next(iter(self.learned.values())).rows[0]["metrics"]
        found = [part["part"] for name in metrics if (part := PART.fullmatch(name)) and part["of"] == "lang"]
        return list(dict.fromkeys([*self.learned, *found]))

    @property
    def pool(self) -> int | None:
        """The pool of R@1; None for the full set."""
        metrics = next(iter(self.learned.values())).rows[0]["metrics"]
        parts = filter(None, map(PART.fullmatch, metrics))
        return next((known.pool for part in parts if (known := recall_name(part["metric"]))), None)

    def recall(self, way: str) -> str:
        """Return the name of R@1 without its language, ``t2i_r1_pool90``."""
        return f"{way}_r1" + ("" if self.pool is None else f"_pool{self.pool}")

    def of(self, learned: str, measured: str, metric: str) -> Estimate | None:
        """Return a metric of one language after another was learned; None where it was not measured."""
        rows = self.learned[learned].rows
        return estimate([row["metrics"].get(f"lang_{measured}_{metric}") for row in rows])

    def others(self, learned: str, metric: str) -> dict[str, float]:
        """Return a metric of each other language in which it was measured after one was learned."""
        found = {name: self.of(learned, name, metric) for name in self.languages if name != learned}
        return {name: one.value for name, one in found.items() if one is not None}

    def mean_of_others(self, learned: str, metric: str) -> float | None:
        """Return the mean over `others`; None where there are none."""
        others = self.others(learned, metric)
        return fmean(others.values()) if others else None

    def share(self, learned: str, metric: str) -> Estimate | None:
        """Return a metric over all languages after one was learned; None where it was not measured."""
        return estimate([row["metrics"].get(metric) for row in self.learned[learned].rows])

    def recorded(self, prefix: str) -> list[str]:
        """Return the metrics over all languages whose names begin so, in the order in which they were recorded."""
        return [name for name in self.rows[0]["metrics"] if name.startswith(prefix)]

    def matrix(self, metric: str) -> np.ndarray:
        """Return (learned, measured) of a metric; NaN where it was not measured."""
        found = [[self.of(learned, measured, metric) for measured in self.languages] for learned in self.learned]
        return np.array([[np.nan if one is None else one.value for one in line] for line in found])

    @property
    def title(self) -> str:
        """``encoder · data · loss``: as it is has no loss."""
        cell = self.cell
        family, _ = _divided(str(cell["dataset"]))
        loss = () if cell["loss"] == INITIAL else (str(cell["loss"]),)
        return " · ".join((str(cell["encoder"]), family, *loss))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The first seed of each learned language."""
        return tuple(group.rows[0] for group in self.learned.values())

    @property
    def learns(self) -> bool:
        """Whether anything was trained or fitted on the language of its data set."""
        first = self.rows[0]
        return first["cell"]["loss"] != INITIAL or "projection" in first["inputs"].get("identities", {})

    @property
    def compared(self) -> list[tuple[Row, ...]]:
        """All rows, which share their figure; one has no map of languages by languages."""
        return [self.rows] if len(self.learned) > 1 else []

    def write(self, folder: Path) -> None:
        """Write ``languages/<encoder>-….json`` below the report's folder."""
        metrics = (self.recall("t2i"), self.recall("i2t"), "gap_corrected", "cosine_text_mean")
        tables = {
            name: {a: dict(zip(self.languages, line, strict=True)) for a, line in zip(self.learned, found, strict=True)}
            for name in metrics
            if not np.isnan(found := self.matrix(name)).any()
        }
        name = f"{slug(self.title)[:100]}-{key_digest(self.cell)[:8]}.json"
        write_results(folder / PurePosixPath(FOLDER) / name, {"format": FORMAT, **self.cell, "languages": tables})


def language_findings(rows: Iterable[Row], _folder: Path, _cache: Cache) -> list[LanguageFindings]:
    """Return what each encoder makes of the languages it did not learn, one entry a loss and family of data sets.

    Of an encoder as it is, whose rows are all alike, the first is taken.

    Args:
        rows: finished ones of the experiment.
    """
    together: dict[str, dict[str, Group]] = {}
    for group in groups(rows):
        family, language = _divided(str(group.cell["dataset"]))
        key = canonical_json({**group.cell, "dataset": family, "seed": None})
        together.setdefault(key, {})[language] = group
    found = [LanguageFindings(_ordered(learned)) for learned in together.values()]
    return [one if one.learns else LanguageFindings(dict(list(one.learned.items())[:1])) for one in found]


def _divided(dataset: str) -> tuple[str, str]:
    """Its family, with its drawing or options, and its language: ``emoji-es:noto`` is ``emoji:noto`` and ``es``."""
    name, colon, argument = dataset.partition(":")
    family, _, language = name.partition("-")
    return family + colon + argument, language


def _ordered(learned: dict[str, Group]) -> dict[str, Group]:
    """English and Spanish first, which the thesis compares, then the others by their codes."""
    return {name: learned[name] for name in sorted(learned, key=lambda name: (name != "en", name != "es", name))}
