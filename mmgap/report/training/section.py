"""The training's part of the report: what each loss did, and three plain sentences that say whether it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmgap.grid import INITIAL
from mmgap.report import values
from mmgap.report.labels import label, word
from mmgap.report.model import MISSING, Block, Bullets, Column, Gallery, Heading, Links, Table
from mmgap.report.pictures import pair_key
from mmgap.report.tables import Notes
from mmgap.report.training.effects import AGAINST, Effects
from mmgap.report.training.families import PICTURED


@dataclass(frozen=True)
class Claim:
    """A statement about two losses that a difference decides.

    Attributes:
        name: its sentence is the word ``claim_<name>``.
        loss, against: what is set against what.
        metric: place of the metric in `Effects.metrics`.
        sign: of the difference where the statement holds.
    """

    name: str
    loss: str
    against: str
    metric: int
    sign: int


CLAIMS = (
    Claim("ce_gap", "ce", INITIAL, 0, -1),
    Claim("ce_recall", "ce", INITIAL, 1, +1),
    Claim("anti_gap", "ce+anti", "ce", 0, -1),
)


def blocks(found: Sequence[Effects], galleries: Mapping[str, Gallery], language: str, notes: Notes) -> list[Block]:
    """For each encoder, dataset and recipe: the changes, what they say, and the pictures of all losses together.

    Args:
        found: one for each family.
        galleries: key of rows shown together → their pictures.
        language: "en" or "es".
        notes: footnotes are added to it.
    """
    made: list[Block] = []
    number = 0
    for effects in found:
        family = effects.family.title
        made.append(Heading(word("effects", language, family=family), 3))
        for against in AGAINST:
            if effects.against(against):
                number += 1
                made.append(_table(f"train-effects-{number}", effects, against, language))
        made.append(Bullets(tuple(sentence(claim, effects, language) for claim in CLAIMS)))
        if effects.contrasts:
            made.append(Links(word("effects_files", language), ((str(effects.file), str(effects.file)),)))
            notes.numbers([word("effects_how", language)])
        if effects.gone:
            losses = ", ".join(effects.gone)
            notes.numbers([word("effects_gone", language, family=family, losses=losses)])
        notes.numbers(word("effects_problem", language, family=family, why=why) for why in effects.problems)
        if gallery := galleries.get(pair_key(*effects.family.pictured)):
            made.append(gallery)
            if (of := len(effects.family.trained)) > PICTURED:
                notes.numbers([word("first_of", language, family=family, n=PICTURED, of=of)])
    return made


def sentence(claim: Claim, effects: Effects, language: str) -> str:
    """The claim with its verdict: yes or no where the interval leaves out 0, else that it cannot be told."""
    metric = effects.metrics[claim.metric]
    said = word(f"claim_{claim.name}", language, metric=label(metric, language))
    if absent := [loss for loss in (claim.against, claim.loss) if loss not in effects.family.members]:
        why = word("claim_lacks", language, losses=", ".join(_named(loss, language) for loss in absent))
        return word("claim_missing", language, claim=said, why=why)
    change = effects.against(claim.against).get(claim.loss, {}).get(metric)
    if change is None:
        return word("claim_missing", language, claim=said, why=word("claim_no_items", language))
    return word(
        "claim",
        language,
        claim=said,
        verdict=word(f"verdict_{verdict(change, claim.sign)}", language),
        metric=label(metric, language),
        change=shown(change, metric) + _unit(metric, language, " "),
        loss=claim.loss,
        against=_named(claim.against, language),
    )


def verdict(change: Mapping[str, float], sign: int) -> str:
    """Whether a difference has this sign: ``"yes"``, ``"no"``, or ``"open"`` where its interval includes 0."""
    if change["low"] <= 0 <= change["high"]:
        return "open"
    return "yes" if (change["low"] > 0) == (sign > 0) else "no"


def shown(change: Mapping[str, Any], metric: str) -> str:
    """``-0.123 [-0.13, -0.11] ± 0.004``; recall in percentage points."""
    unit = None if metric == "gap" else "share"
    text = values.text(values.Shown(change["difference"], None, change["low"], change["high"], unit))
    if change["sd"] is None:
        return text
    return f"{text} ± {values.fixed(change['sd'] * (100 if unit else 1), 1 if unit else 3)}"


def _table(name: str, effects: Effects, against: str, language: str) -> Table:
    """One line a loss: each metric's change and its p-value."""
    found = effects.against(against)
    seeds = any(change["sd"] is not None for changes in found.values() for change in changes.values())
    columns = [Column(word("loss", language), numeric=False)]
    for metric in effects.metrics:
        columns.append(Column(f"Δ {label(metric, language)}{_unit(metric, language, ', ')}"))
        columns.append(Column(word("p_holm", language)))
    columns += [Column(word("seeds", language))] * seeds
    lines = []
    for loss, changes in found.items():
        line = [loss]
        for metric in effects.metrics:
            change = changes.get(metric)
            line += [shown(change, metric), p_value(change["p_value_holm"])] if change else [MISSING, MISSING]
        lines.append((*line, *[str(len(effects.family.members[loss].rows))] * seeds))
    kind = "effects_initial" if against == INITIAL else "effects_against"
    caption = word(kind, language, against=against, seeds=word("effects_seeds", language) if seeds else "")
    return Table(name, caption, tuple(columns), tuple(lines))


def p_value(value: float) -> str:
    """A p-value to three decimals, none of them taken for 0.

    >>> p_value(0.0351), p_value(0.0005)
    ('0.035', '0.0005')
    """
    return f"{value:.3f}" if value >= 0.0095 else f"{value:.1g}"


def _unit(metric: str, language: str, lead: str) -> str:
    return "" if metric == "gap" else f"{lead}{word('points', language)}"


def _named(loss: str, language: str) -> str:
    return word("initial", language) if loss == INITIAL else loss
