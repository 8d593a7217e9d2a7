"""What a study answers: how much of the gap each loss or space closes, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mmgap.analysis.estimates import Estimate, estimate, mean_of, separable
from mmgap.analysis.gap_closed import Share, gap_closed
from mmgap.analysis.groups import Group, groups, metric_names, pool_size
from mmgap.analysis.loss_frontier import REFERENCE, WAYS
from mmgap.analysis.training_effects import VERDICT_SEEDS, Effects
from mmgap.analysis.training_families import cell_title
from mmgap.core.cache import canonical_json, key_digest
from mmgap.rows.cell import INITIAL, UNCHANGED
from mmgap.rows.recall_names import recall_name, recall_names
from mmgap.rows.row import Row, slug

if TYPE_CHECKING:
    from mmgap.analysis.space_changes import SpaceChanges

#: Of a space's own, in the table of a study; those of recall follow. Of each, less is better.
MEASURES = ("gap_corrected", "misalignment", "uniformity")


@dataclass(frozen=True)
class Change:
    """A change of R@1, the mean of both ways, as a share in [-1, 1] with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 or -1 where the interval leaves out 0, else 0."""
        return (self.low > 0) - (self.high < 0)


@dataclass(frozen=True)
class Answer:
    """What one loss or space does.

    Attributes:
        name: the loss, the space.
        against: what it is set against.
        closed: share of the gap of ``against`` that is gone; None where it has no interval.
        recall: change of R@1, the mean of both ways; None where it was not compared.
        seeds: trainings of each side; 1 for what has no seeds.
        control: whether it only shows what chance gives: it is never the best, nor what closes most of the gap.
    """

    name: str
    against: str
    closed: Share | None
    recall: Change | None
    seeds: int = 1
    control: bool = False

    @property
    def told(self) -> bool:
        """Whether anything can be said of both."""
        return self.closed is not None and self.recall is not None

    @property
    def closes(self) -> bool:
        """Whether it closes some of the gap beyond doubt."""
        return self.closed is not None and self.closed.low > 0


@dataclass(frozen=True)
class Study:
    """One encoder on one data set, or all encoders on one: what was done to it, and what came of it.

    Attributes:
        kind: ``"losses"``, ``"spaces"`` or ``"encoders"``.
        title: which encoder, which data set.
        metrics: columns of its table: `MEASURES` and R@1 both ways by own pairs, in one pool for both.
        members: name → metric → estimate, what came before the others first; a metric that was not measured is absent.
        start: the member that all others come from; None of encoders.
        identity: names its pictures, unlike any other study's.
        answers: of each loss or space, in the order of its members.
        paired: member → metric → its change against one and the same member, paired on the same images; the member
            that all stand against has changes of 0. What was not compared is absent.
        cell: the coordinates that all of its rows share.
    """

    kind: str
    title: str
    metrics: tuple[str, ...]
    members: Mapping[str, Mapping[str, Estimate]]
    start: str | None
    identity: str
    answers: tuple[Answer, ...] = ()
    paired: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    cell: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seeds(self) -> int:
        return max((one.seeds for found in self.members.values() for one in found.values()), default=1)

    @property
    def pool(self) -> int | None:
        """The pool of R@1; None for the full set."""
        return next((known.pool for name in self.metrics if (known := recall_name(name))), None)

    @property
    def stem(self) -> str:
        """A readable file name, unlike any other study's."""
        return f"answer-{slug(self.title)[:80]}-{self.kind}-{self.identity[:8]}"

    def best(self, metric: str) -> set[str]:
        """Return the member that is best by a metric, and all that cannot be told apart from it; none of one alone.
        Controls are passed over.

        Two members are told apart by their changes against the same third, where these were paired; else by
        themselves.
        """
        controls = {answer.name for answer in self.answers if answer.control}
        found = {name: own[metric] for name, own in self.members.items() if metric in own and name not in controls}
        if len(found) < 2:
            return set()
        first = (max if recall_name(metric) else min)(found, key=lambda name: found[name].value)
        return {name for name in found if not self._apart(name, first, metric)}

    @property
    def recalls(self) -> tuple[str, ...]:
        """R@1 of each way."""
        return tuple(name for name in self.metrics if recall_name(name))

    @property
    def points(self) -> dict[str, tuple[Estimate, Estimate]]:
        """Of each member that has both: the corrected gap, and R@1 as the mean of both ways."""
        return {
            name: (own[MEASURES[0]], mean_of([own[recall] for recall in self.recalls]))
            for name, own in self.members.items()
            if MEASURES[0] in own and self.recalls and all(recall in own for recall in self.recalls)
        }

    def most_closing(self) -> Answer | None:
        """Return what closes most of the gap beyond doubt, whatever it costs.

        Of losses those set against the thesis's own training count where there are any, with seeds enough for a
        verdict where some have them.
        """
        return max(self._closing(), key=_share, default=None)

    def free(self) -> Answer | None:
        """Return what closes most of the gap at no cost of R@1 that can be told; None where there is none."""
        found = [one for one in self._closing() if one.recall is not None and one.recall.sign >= 0]
        return max(found, key=_share, default=None)

    def _apart(self, a: str, b: str, metric: str) -> bool:
        changes = [self.paired.get(name, {}).get(metric) for name in (a, b)]
        if changes[0] is not None and changes[1] is not None:
            return a != b and separable(changes[0], changes[1])
        return separable(self.members[a][metric], self.members[b][metric])

    def _closing(self) -> list[Answer]:
        against = [one.against for one in self.answers]
        reference = REFERENCE if REFERENCE in against else self.start
        found = [one for one in self.answers if one.told and one.closes and not one.control]
        found = [one for one in found if one.against == reference]
        sure = [one for one in found if one.seeds >= VERDICT_SEEDS]
        return sure or found


def _share(answer: Answer) -> float:
    return answer.closed.value if answer.closed else 0.0


def losses_study(effects: Effects) -> Study:
    """Return what the losses of one family did: each against `REFERENCE`, and that against the untrained encoder.

    Where there is no `REFERENCE`, each stands against the untrained encoder.
    """
    members = effects.family.members
    metrics = _metrics(list(members.values()))
    measured = {name: _estimates(group, metrics) for name, group in members.items()}
    answers = []
    for name in (name for name in members if name != INITIAL):
        against = REFERENCE if REFERENCE in members and name != REFERENCE else INITIAL
        if changes := effects.against(against).get(name):
            answers.append(_answer(name, against, changes, measured))
    cell = {**effects.family.cell, "loss": None, "seed": None}
    start = INITIAL if INITIAL in members else None
    paired = _paired(effects, metrics)
    return Study("losses", cell_title(cell), metrics, measured, start, key_digest(cell), tuple(answers), paired, cell)


def spaces_study(found: SpaceChanges) -> Study:
    """Return what the spaces of one encoder on one data set did to its vectors as they are.

    Args:
        found: their changes. The gap of the vectors as they are is taken as known, as
            `mmgap.analysis.as_is_changes.gap_removed` says.
    """
    from mmgap.spaces import is_control  # with NumPy, which a report without news does without

    named = {UNCHANGED: Group([found.as_is])} | {str(row["cell"]["space"]): Group([row]) for row in found.rows}
    metrics = _metrics(list(named.values()), pool=False)
    measured = {name: _estimates(group, metrics) for name, group in named.items()}
    answers = []
    for entry in found.entries:
        removed, changes = entry["gap_removed"], entry["changes"]
        closed = Share(removed["value"], removed["low"], removed["high"]) if removed else None
        space = str(entry["space"])
        answers.append(Answer(space, UNCHANGED, closed, _recall(changes, metrics), control=is_control(space)))
    cell = found.as_is["cell"]
    paired = {str(entry["space"]): _changes(entry["changes"], metrics) for entry in found.entries}
    paired[UNCHANGED] = _none(metrics)
    return Study("spaces", found.title, metrics, measured, UNCHANGED, key_digest(cell), tuple(answers), paired, cell)


def encoder_studies(rows: Sequence[Row]) -> list[Study]:
    """Return what encoders measured without any change gave, a study for each data set and way of measuring.

    Args:
        rows: finished ones of one experiment; of groups by other code the newest counts.
    """
    together: dict[str, list[Group]] = {}
    for group in groups(rows):
        if "gap_corrected" in group.rows[0]["metrics"]:
            cell = {**group.cell, "encoder": None, "seed": None}
            together.setdefault(canonical_json(cell), []).append(group)
    found = []
    for members in together.values():
        named = {str(group.cell["encoder"]): group for group in reversed(members)}  # the newest of equal cells is first
        ordered = [group for group in members if named[str(group.cell["encoder"])] is group]
        metrics = _metrics(ordered)
        measured = {str(group.cell["encoder"]): _estimates(group, metrics) for group in ordered}
        cell = {**ordered[0].cell, "encoder": None, "seed": None}
        found.append(Study("encoders", cell_title(cell), metrics, measured, None, key_digest(cell), cell=cell))
    return found


def _paired(effects: Effects, metrics: Sequence[str]) -> dict[str, dict[str, Estimate]]:
    """The changes of all losses against `REFERENCE`, or against the untrained encoder where there is none."""
    reference = REFERENCE if REFERENCE in effects.family.members else INITIAL
    found = {name: _changes(changes, metrics) for name, changes in effects.against(reference).items()}
    if reference != INITIAL and (back := effects.against(INITIAL).get(reference)):
        turned = {
            name: {**one, "difference": -one["difference"], "low": -one["high"], "high": -one["low"]}
            for name, one in back.items()
        }
        found[INITIAL] = _changes(turned, metrics)
    return {**found, reference: _none(metrics)} if found else {}


def _changes(changes: Mapping[str, Mapping[str, Any]], metrics: Sequence[str]) -> dict[str, Estimate]:
    return {
        name: Estimate(one["difference"], one["low"], one["high"], one.get("seeds", 1))
        for name, one in changes.items()
        if name in metrics
    }


def _none(metrics: Sequence[str]) -> dict[str, Estimate]:
    return {name: Estimate(0.0, 0.0, 0.0, 1) for name in metrics if name == MEASURES[0] or recall_name(name)}


def _answer(
    name: str, against: str, changes: Mapping[str, Mapping[str, Any]], measured: Mapping[str, Mapping[str, Estimate]]
) -> Answer:
    change = changes.get("gap_corrected")
    closed = None
    if change:
        before, after = (measured[one].get("gap_corrected") for one in (against, name))
        closed = gap_closed(before, after, change)
    recalls = [one for one in changes if (known := recall_name(one)) and known.relevance == "own"]
    seeds = min((one["seeds"] for one in changes.values()), default=1)
    return Answer(name, against, closed, _recall(changes, recalls), seeds)


def _recall(changes: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> Change | None:
    """The mean change of R@1 of both ways.

    Its interval is that of two changes that go up and down together: as wide as both on average. Where they do not,
    the mean is better known than that, so the interval holds at least as often as it says.
    """
    found = [changes[name] for name in names if recall_name(name) and name in changes]
    if len(found) != len(WAYS):
        return None
    value, low, high = (sum(float(one[part]) for one in found) / len(found) for part in ("difference", "low", "high"))
    return Change(value, low, high)


def _metrics(members: Sequence[Group], *, pool: bool = True) -> tuple[str, ...]:
    names = set(metric_names(members))
    size = pool_size(names) if pool else None
    recalls = recall_names(WAYS, (1,), size, "own")
    if not names.issuperset(recalls):
        recalls = recall_names(WAYS, (1,), size)
    return tuple(name for name in (*MEASURES, *recalls) if name in names)


def _estimates(group: Group, metrics: Sequence[str]) -> dict[str, Estimate]:
    return {name: found for name in metrics if (found := estimate(group.metric(name)))}
