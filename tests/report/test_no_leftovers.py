"""What a reader must not meet in a report, in either language, on the rows that are published: kinds, not instances."""

import re
from collections import Counter
from pathlib import Path

import pytest

from mmgap import encoders
from mmgap.analysis.groups import groups
from mmgap.core.cache import Cache
from mmgap.diagnosis.finding_kinds import KINDS
from mmgap.report.blocks import Bullets, Fold, Footnotes, Gallery, Heading, Links, Paragraph, Table
from mmgap.report.document import build
from mmgap.report.labels import label
from mmgap.report.sections import sections_of
from mmgap.report.terms import term
from mmgap.rows.row import latest, migrated, read_rows

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"

#: Of each experiment so many cells are enough to meet every kind of block.
FEW = 12

#: A name as code has it: words joined by underscores.
RAW = re.compile(r"\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b")

#: Packages that mmgap is set beside: their names are the same in every language, underscores and all.
PACKAGES = ("align_uniform", "CLIP_benchmark", "open_clip", "sentence-transformers", "torchmetrics")

#: What may stand in a Spanish report as it is: others' words (licences, categories), and files.
FOREIGN = re.compile(r"Licen|CC BY|\.(npy|csv|json)|clases tienen menos")


@pytest.fixture(scope="module")
def rows():
    found = [migrated(row) for row in latest(read_rows(PUBLISHED)[0])]
    return sorted(found, key=lambda row: (row["cell"]["experiment"], row["started_at"]))


@pytest.fixture(scope="module")
def documents(rows, tmp_path_factory):
    """Language → the document of a few cells of every experiment."""
    taken, some, folder = Counter(), [], tmp_path_factory.mktemp("report")
    for row in rows:
        experiment = row["cell"]["experiment"]
        taken[experiment] += 1
        some += [row] * (taken[experiment] <= FEW or experiment in ("train", "transfer"))
    cache, results = Cache(folder / "cache"), {}
    for section in sections_of(row["cell"]["experiment"] for row in some):
        own = [row for row in some if row["cell"]["experiment"] == section.experiment]
        results[section.experiment] = section.results(own, folder, cache)
    return {language: build(some, {}, language, results=results) for language in ("en", "es")}


def blocks(found):
    for block in found:
        yield block
        if isinstance(block, Fold):
            yield from blocks(block.blocks)


def texts(document):
    """Every text with what it is of."""
    for block in blocks(document.blocks):
        match block:
            case Heading():
                yield "heading", block.text
            case Fold():
                yield "heading", block.title
            case Paragraph():
                yield "paragraph", block.text
            case Bullets() | Footnotes():
                yield from (("item", text) for text in block.texts)
            case Table():
                yield "caption", block.caption or block.name
                yield from (("column", column.header) for column in block.columns)
                yield from (("cell", cell) for row in block.rows for cell in row)
            case Links():
                yield "links", block.lead
            case Gallery():
                yield from (("figure", figure.caption) for figure in block.figures)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_published_metric_is_called_something(rows, language):
    names = {name for row in rows for name in row["metrics"]}
    assert len(names) > 300
    raw = {name: label(name, language) for name in names if RAW.search(label(name, language))}
    assert raw == {}
    assert not [name for name in names if "." in name and re.search(r"\w\.\w", label(name, language))]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_kind_of_fault_is_called_something(language):
    """As the experiments on the doctor record them: a fault that was planted, and an alarm where there is none."""
    called = {kind: (term(kind, language), label(f"alarms_{kind}", language)) for kind in KINDS}
    assert not [kind for kind, said in called.items() if any(map(RAW.search, said))]
    assert len({words for said in called.values() for words in said}) == 2 * len(KINDS)


def test_every_word_of_a_variant_is_said_in_spanish(rows):
    """Numbers, specs of encoders and what is the same in both languages apart."""
    words = {str(part) for row in rows for pair in row["cell"]["variant"].items() for part in pair}
    words = {word for word in words if re.search(r"[a-z]{2}", word) and ":" not in word} - {*encoders.registry.names()}
    assert "captions" in words
    same = {word for word in words if term(word, "es") == word}
    assert same <= {"no", "ResNet", "ViT", *PACKAGES}


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_heading_and_no_table_is_empty(documents, language):
    found = list(blocks(documents[language].blocks))
    assert all(text.strip() for kind, text in texts(documents[language]) if kind in ("heading", "column", "paragraph"))
    assert all(block.rows and block.columns for block in found if isinstance(block, Table))
    assert all(block.texts for block in found if isinstance(block, (Bullets, Footnotes)))
    for before, after in zip(found, [*found[1:], None], strict=True):
        if isinstance(before, Heading):  # has something under it: its own block, or a heading of a deeper level
            assert not isinstance(after, (Fold, type(None))), before
            assert not isinstance(after, Heading) or after.level > before.level, before


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_key_of_the_code_is_shown(documents, language):
    raw = {
        (kind, text)
        for kind, text in texts(documents[language])
        if kind in ("heading", "column", "cell", "caption") and (" " in text or kind != "caption")
        if (found := RAW.search(text))
        and found[0] not in ("features_clip", "features_clip_random", "x86_64", *PACKAGES)
    }
    assert raw == set()


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_is_never_many(documents, language):
    many = {
        "en": "cells|rows|images|texts|captions|spaces|columns|trainings|seeds|points|shots|epochs|classes|items",
        "es": "celdas|filas|imágenes|textos|espacios|columnas|entrenamientos|semillas|puntos|ejemplos|épocas|clases",
    }[language]
    wrong = [text for _, text in texts(documents[language]) if re.search(rf"(?<![\d.,–-])\b1 ({many})\b", text)]
    assert wrong == []


def test_no_english_is_left_in_spanish(documents):
    english = re.compile(r"\b(the|of|and|with|which|are|is|its|where|only|each|for)\b")
    left = {text for _, text in texts(documents["es"]) if english.search(text) and not FOREIGN.search(text)}
    assert left == set()


def test_no_title_says_what_goes_without_saying(documents):
    for language, usual in (("en", "captions = first"), ("es", "textos = el primero")):
        assert not [text for kind, text in texts(documents[language]) if kind == "heading" and usual in text]
        assert not [text for _, text in texts(documents["es"]) if "captions =" in text]


def test_encoders_stand_as_they_come_about(rows):
    order = [group.cell["encoder"] for group in groups(rows) if group.cell["dataset"] == "glyphs-en"]
    places = {
        name: order.index(name)
        for name in ("two-towers:mobilenet-v2,minilm,random", "tiny-random", "tiny")
        if name in order
    }
    assert list(places) == sorted(places, key=places.__getitem__)
    assert {"tiny-random", "tiny"} <= places.keys()
