"""Claims × data on one page: what holds, what does not, and what these rows cannot decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from mmgap.analysis.claim import FAILS, HOLDS, OPEN, Claim, Judgement
from mmgap.core.atomic import write_atomic
from mmgap.core.messages import N_
from mmgap.report import values
from mmgap.report.blocks import (
    MISSING,
    Block,
    Bullets,
    Column,
    Document,
    Figure,
    Fold,
    Gallery,
    Links,
    Paragraph,
    Table,
)
from mmgap.report.translation import translated
from mmgap.rows.row import row_path

FOLDER = "claims"
_SIGNS = {HOLDS: "✓", FAILS: "✗", OPEN: "?"}
_LEAD = N_(
    "A claim holds where the whole 95 % interval of its effect lies in the region that it names, does not hold where it"
    " lies outside, and is undecided otherwise; a training of fewer than three seeds decides nothing. Each interval"
    " stands for itself. “Could be seen”: the distance from the bound that these rows show with a probability of 80 %."
)


def write_claims(board: Mapping[str, Sequence[Judgement]], folder: Path, language: str = "en") -> Path:
    """Write ``claims.html``, ``claims.md``, ``claims.tex`` and a picture for each claim, and return the page's path.

    Args:
        board: claim → its judgements, as `mmgap.analysis.gap_claims.scoreboard` gives them.
        folder: made where it is absent.
        language: "en" or "es".
    """
    from mmgap.report.figures.claim_forest import claim_forest
    from mmgap.report.figures.style import save
    from mmgap.report.writers import csv, html, latex, markdown

    pictures = {}
    for name, judgements in board.items():
        if judgements:
            place = PurePosixPath("figures") / f"{FOLDER}-{name}-{language}"
            for suffix in (".png", ".svg"):
                path = folder / place.with_name(place.name + suffix)
                path.parent.mkdir(parents=True, exist_ok=True)
                save(claim_forest(judgements[0].claim, judgements, language), path)
            pictures[name] = place
    document = claims_document(board, language, pictures)
    for table in document.tables:
        for name, content in (latex.table_files(table) | csv.table_files(table)).items():
            write_atomic(folder / "tables" / name, content.encode())
    for suffix, text in (
        (".tex", latex.write(document)),
        (".md", markdown.write(document)),
        (".html", html.write(document, folder)),
    ):
        write_atomic(folder / f"{FOLDER}{suffix}", text.encode())
    return folder / f"{FOLDER}.html"


def claims_document(
    board: Mapping[str, Sequence[Judgement]], language: str, pictures: Mapping[str, PurePosixPath]
) -> Document:
    """Return the page: a sentence a claim, all of them by data, then a fold for each with its effects and picture."""
    told = {name: judgements for name, judgements in board.items() if judgements}
    blocks: list[Block] = [Paragraph(_headline(told, language), strong=True)]
    sentences = [f"{n}. {_sentence(judgements, language)}" for n, judgements in enumerate(told.values(), 1)]
    blocks.append(Bullets(tuple(sentences)))
    if told:
        blocks += [Paragraph(translated(_LEAD, language)), _matrix(told, language)]
    files = (("HTML", f"{FOLDER}.html"), ("LaTeX", f"{FOLDER}.tex"), ("Markdown", f"{FOLDER}.md"))
    blocks.append(Links(translated("The same page as", language), files, contents=True))
    for name, judgements in told.items():
        claim = judgements[0].claim
        inside: list[Block] = [_about(claim, language)]
        if (place := pictures.get(name)) is not None:
            png, svg = (place.with_name(place.name + suffix) for suffix in (".png", ".svg"))
            caption = translated(
                "Effects with 95 % intervals; the shaded region is where the claim holds. Circles: it holds; crosses:"
                " it does not; squares: undecided.",
                language,
            )
            inside.append(Gallery((Figure(png, caption, translated(claim.says, language), svg),)))
        title = f"{list(told).index(name) + 1}. {translated(claim.says, language)}"
        blocks.append(Fold(name, title, (*inside, _effects(name, judgements, language))))
    if absent := [name for name in board if name not in told]:
        blocks.append(
            Paragraph(translated("No rows here speak of: {names}.", language, names=", ".join(sorted(absent))))
        )
    return Document(translated("Claims about the gap", language), language, blocks)


def _headline(told: Mapping[str, Sequence[Judgement]], language: str) -> str:
    verdicts = [{one.verdict for one in judgements} - {OPEN} for judgements in told.values()]
    return translated(
        "Rows here speak of {n} claims. They hold wherever they are decided: {holds}. They hold nowhere: {fails}. They"
        " hold on some data and not on others: {both}. They are undecided: {open}.",
        language,
        n=len(told),
        holds=sum(found == {HOLDS} for found in verdicts),
        fails=sum(found == {FAILS} for found in verdicts),
        both=sum(len(found) == 2 for found in verdicts),
        open=sum(not found for found in verdicts),
    )


def _sentence(judgements: Sequence[Judgement], language: str) -> str:
    counts = Counter(one.verdict for one in judgements)
    said = ", ".join(
        f"{translated(verdict, language)} {counts[verdict]}×" for verdict in (HOLDS, FAILS, OPEN) if counts[verdict]
    )
    return f"{translated(judgements[0].claim.says, language)} {said[0].upper()}{said[1:]}."


def _matrix(told: Mapping[str, Sequence[Judgement]], language: str) -> Table:
    """Data down, claims by their number across, a sign in each field."""
    data = list(dict.fromkeys(one.found.data for judgements in told.values() for one in judgements))
    columns = (Column(translated("data", language), numeric=False), *(Column(str(n)) for n in range(1, len(told) + 1)))
    signs = {(name, one.found.data): _SIGNS[one.verdict] for name, found in told.items() for one in found}
    lines = tuple((place, *(signs.get((name, place), "") for name in told)) for place in data)
    caption = translated("Data × claims: ✓ holds, ✗ does not hold, ? undecided, empty: no rows", language)
    return Table("claims", caption, columns, lines)


def _about(claim: Claim, language: str) -> Paragraph:
    factor = 100 if claim.unit == "points" else 1
    low, high = (None if end is None else values.number(factor * end) for end in (claim.region.low, claim.region.high))
    if low is not None and high is not None:
        region = translated("between {low} and {high}", language, low=low, high=high)
    elif high is not None:
        region = translated("below {high}", language, high=high)
    else:
        region = translated("above {low}", language, low=low)
    return Paragraph(
        translated(
            "Source: {source}. Effect: {effect}; the claim holds {region}.",
            language,
            source=translated(claim.source, language),
            effect=translated(claim.measure, language),
            region=region,
        )
    )


def _effects(name: str, judgements: Sequence[Judgement], language: str) -> Table:
    claim = judgements[0].claim
    heads = (N_("effect"), N_("could be seen"), N_("seeds"))
    columns = (
        Column(translated("data", language), numeric=False),
        *(Column(translated(head, language)) for head in heads),
        Column(translated("verdict", language), numeric=False),
        Column(translated("rows", language), numeric=False, chosen=False),
    )
    lines = []
    for one in judgements:
        effect, verdict = one.found.effect, translated(one.verdict, language)
        why = f" ({translated(one.why, language)})" if one.why else ""
        files = [row_path(Path(), row).name for row in one.found.rows]
        lines.append(
            (
                one.found.data,
                _interval(effect.value, effect.low, effect.high, claim.unit),
                MISSING if one.seen is None else _number(one.seen, claim.unit),
                str(effect.seeds),
                verdict + why,
                " ".join(files),
            )
        )
    return Table(f"claim-{name}", "", columns, tuple(lines))


def _interval(value: float, low: float | None, high: float | None, unit: str | None) -> str:
    return values.minus(values.with_ends(value, low, high, *((1, 100) if unit == "points" else (3, 1))))


def _number(value: float, unit: str | None) -> str:
    return _interval(value, None, None, unit)
