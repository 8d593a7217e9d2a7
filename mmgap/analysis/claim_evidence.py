"""What rows hold for claims: studies of losses and spaces with their paired changes, and measured spaces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.stats import chi2

from mmgap.analysis.estimates import Estimate, estimate, mean_of
from mmgap.analysis.groups import Group, groups
from mmgap.analysis.loss_frontier import REFERENCE
from mmgap.analysis.space_changes import SpaceChanges, space_changes
from mmgap.analysis.strength_choice import best_of, least_gap
from mmgap.analysis.study_answers import MEASURES, Study, losses_study
from mmgap.analysis.training_effects import Effects, effects
from mmgap.core.cache import Cache
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row

GAP = MEASURES[0]


@dataclass(frozen=True)
class Found:
    """What rows say of a claim on one set of data.

    Attributes:
        data: encoder, data set and what else tells it apart.
        effect: with its 95 % interval over images, and over seeds where there are several.
        rows: behind it.
        trained: whether it is of trainings, which one seed does not decide.
    """

    data: str
    effect: Estimate
    rows: tuple[Row, ...] = ()
    trained: bool = False


@dataclass(frozen=True)
class Evidence:
    """Finished rows and what was derived from them.

    Attributes:
        rows: of any experiments, the newest of each cell.
        folder: of their report, where derived results are kept.
        cache: where their arrays lie.
    """

    rows: tuple[Row, ...]
    folder: Path
    cache: Cache

    @cached_property
    def trainings(self) -> list[tuple[Effects, Study]]:
        """Every family of losses and its study."""
        return [(one, losses_study(one)) for one in effects(self.rows, self.folder, self.cache)]

    @cached_property
    def spaces(self) -> list[SpaceChanges]:
        """What spaces did, of each encoder on each data set."""
        own = [row for row in self.rows if row["cell"]["experiment"] == "spaces"]
        return space_changes(own, self.folder, self.cache)

    @cached_property
    def measured(self) -> list[Group]:
        """Spaces that were measured as they are."""
        own = [row for row in self.rows if row["cell"]["experiment"] == "measure" and not row["cell"].get("space")]
        return groups(own)

    def loss_change(self, loss: str, against: str, metric: str) -> Iterator[Found]:
        """Change of a metric, ``"recall"`` for R@1 as the mean of both ways, by one loss against another.

        Changes against a third loss are put together as if they were independent, so that too little is decided rather
        than too much.
        """
        for made, study in self.trainings:
            found = [_changes(study, name, metric) for name in (loss, against)]
            if found[0] is None or found[1] is None or loss not in study.members or against not in study.members:
                continue
            rows = tuple(row for name in (loss, against) for row in made.family.members[name].rows)
            yield Found(study.title, difference(found[0], found[1]), rows, trained=True)

    def space_change(self, spec: str, metric: str) -> Iterator[Found]:
        """Change of a metric by a space, ``"recall"`` for R@1 as the mean of both ways, against the vectors as they
        are; of a space named without its strength the one that was measured."""
        for made in self.spaces:
            for entry in made.entries:
                if spec not in (entry["space"], entry["line"]):
                    continue
                names = [f"{way}_r1_own" for way in ("t2i", "i2t")] if metric == "recall" else [metric]
                if all(name in entry["changes"] for name in names):
                    parts = [entry["changes"][name] for name in names]
                    change = mean_of([Estimate(one["difference"], one["low"], one["high"], 1) for one in parts])
                    rows = tuple(row for row in made.rows if row["cell"]["space"] == entry["space"])
                    named = made.title if spec == entry["space"] else f"{made.title} · {entry['space']}"
                    yield Found(named, change, (made.as_is, *rows))

    def best_strength(self, line: str) -> Iterator[Found]:
        """The change of R@1, mean of both ways, by a space at the strength that does best: chosen on one half of the
        queries and judged on the other, or, where the arrays are gone, with the interval of the best of all."""
        for made in self.spaces:
            known = list(self._strengths(made, line))
            if known:
                effect = _choice(made, line, "change") or best_of([one.effect for one in known])
                yield Found(made.title, effect, (made.as_is, *(one.rows[-1] for one in known)))

    def best_less_least(self, line: str) -> Iterator[Found]:
        """The change of R@1 at the best of the strengths that leave more of the gap, the vectors as they are among
        them, less that at the strength that leaves least, likewise. Where no strength closes any of it there is nothing
        to tell."""
        for made in self.spaces:
            changes = {one.rows[-1]["cell"]["space"]: one for one in self._strengths(made, line)}
            least = least_gap([entry for entry in made.entries if entry["space"] in changes])
            if least is None:
                continue
            others = [Estimate(0.0, 0.0, 0.0, 1), *(one.effect for space, one in changes.items() if space != least)]
            apart = best_of([difference(one, changes[least].effect) for one in others])
            effect = _choice(made, line, "less_least") or apart
            yield Found(made.title, effect, (made.as_is, *(one.rows[-1] for one in changes.values())))

    def _strengths(self, made: SpaceChanges, line: str) -> Iterator[Found]:
        """The change of R@1 at each strength of a space on one set of data."""
        return (found for found in self.space_change(line, "recall") if found.rows[0] is made.as_is)

    def seeds_spread(self, recall: str) -> Iterator[Found]:
        """Standard deviation of R@1 over trainings that differ by their seed alone, pooled over losses, with its χ²
        interval."""
        for made, study in self.trainings:
            trained = [group for loss, group in made.family.members.items() if loss != INITIAL and len(group.rows) > 1]
            runs = [
                [row["metrics"][recall]["value"] for row in group.rows if recall in row["metrics"]] for group in trained
            ]
            runs = [values for values in runs if len(values) > 1]
            df = sum(len(values) - 1 for values in runs)
            if not df:
                continue
            squares = sum(float(np.var(values, ddof=1)) * (len(values) - 1) for values in runs)
            low, high = (math.sqrt(squares / float(chi2.ppf(q, df))) for q in (0.975, 0.025))
            seeds = min(len(values) for values in runs)
            rows = tuple(row for group in trained for row in group.rows)
            yield Found(study.title, Estimate(math.sqrt(squares / df), low, high, seeds), rows, trained=True)

    def gaps(self, names: Sequence[str]) -> Iterator[Found]:
        """Corrected gap of the encoders and saved vectors whose names hold one of these."""
        for group in self.measured:
            cell = group.cell
            said = f"{cell['encoder']} · {cell['dataset']}"
            if not any(name in said for name in names):
                continue
            if (found := estimate([row["metrics"].get(GAP) for row in group.rows])) is not None:
                yield Found(said, found, tuple(group.rows))


def difference(a: Estimate, b: Estimate) -> Estimate:
    """Return a − b; each end by the square root of the sum of both squared distances, as if they were independent."""
    value = a.value - b.value
    if None in (a.below, a.above, b.below, b.above):
        return Estimate(value, None, None, min(a.seeds, b.seeds))
    if b.value == b.low == b.high == 0:  # the loss that all are set against
        return Estimate(value, a.low, a.high, a.seeds)
    if a.value == a.low == a.high == 0:
        return Estimate(value, -_end(b.high), -_end(b.low), b.seeds)
    down, up = math.hypot(_end(a.below), _end(b.above)), math.hypot(_end(a.above), _end(b.below))
    return Estimate(value, value - down, value + up, min(a.seeds, b.seeds))


def pairs_by_data(left: Iterable[Found], right: Iterable[Found]) -> Iterator[Found]:
    """Return left − right where both are of the same data."""
    there = {one.data: one for one in right}
    for one in left:
        if (other := there.get(one.data)) is not None:
            yield Found(one.data, difference(one.effect, other.effect), (*one.rows, *other.rows), one.trained)


def _changes(study: Study, name: str, metric: str) -> Estimate | None:
    """The change of a member against what all stand against."""
    own = study.paired.get(name, {})
    if metric != "recall":
        return own.get(metric)
    found = [own[recall] for recall in study.recalls if recall in own]
    return mean_of(found) if found and len(found) == len(study.recalls) else None


def _choice(made: SpaceChanges, line: str, name: str) -> Estimate | None:
    """What was kept of the best strength of a line; None where nothing was."""
    for entry in made.choices:
        if entry["line"] == line and (found := entry[name]) is not None:
            return Estimate(found["difference"], found["low"], found["high"], 1)
    return None


def _end(distance: float | None) -> float:
    assert distance is not None
    return distance


__all__ = ["GAP", "REFERENCE", "Evidence", "difference", "pairs_by_data"]
