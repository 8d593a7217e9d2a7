"""Sections and figures are found by registry, also those of other packages."""

import pytest

from mmgap.report import write_report
from mmgap.report.blocks import Heading, Paragraph
from mmgap.report.document import build
from mmgap.report.figures import figure_entries
from mmgap.report.figures.figure_entries import figures
from mmgap.report.figures.kinds import FigureKind
from mmgap.report.section import Section
from mmgap.report.sections import registry, section_of, sections_of
from tests.support.made_up_rows import metric, row, with_items


def drawn(items, title, language):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, f"{items['widths'].sum()} {language}")
    return figure


WIDTHS = FigureKind("widths", drawn, "All widths.", "widths", ("widths",), joins=("measure",))


class FakePoint:
    """An entry point as another package's metadata give it."""

    dist = None

    def __init__(self, name, value):
        self.name, self.value, self.module = name, value, value.partition(":")[0]


@pytest.fixture
def outside(monkeypatch):
    """A package that brings an experiment's section and a figure of its own."""
    groups = {
        "mmgap.sections": [FakePoint("width", f"{__name__}:WIDTH")],
        "mmgap.figures": [FakePoint("widths", f"{__name__}:WIDTHS")],
    }
    monkeypatch.setattr("mmgap.core.registry.entry_points_of", lambda group: groups.get(group, []))
    for known in (registry, figure_entries.registry):
        monkeypatch.setattr(known, "_entries", dict(known._entries))
        monkeypatch.setattr(known, "_discovered", False)


def _tables(material):
    return [Paragraph(f"{len(material.rows)} rows, {material.results}")]


WIDTH = Section(
    "width",
    "How wide the vectors are",
    order=5,
    figures=("widths",),
    results=lambda rows, folder, cache: [Written(len(rows))],
    tables=_tables,
    question="apart",
)


class Written:
    compared = ()

    def __init__(self, number):
        self.number = number

    def __repr__(self):
        return f"result of {self.number}"

    def write(self, folder):
        (folder / "widths.json").write_text(str(self.number))


@pytest.mark.usefixtures("outside")
def test_another_package_brings_a_section_with_a_figure(tmp_path, cache):
    import numpy as np

    one = with_items(cache, row("width", metrics={"width": metric(512.0)}), {"widths": np.arange(4)})
    tmp_path.mkdir(exist_ok=True)
    path = write_report([one, row("measure")], tmp_path, cache=cache)
    text = path.read_text()
    assert text.index("## How wide the vectors are") < text.index("## The gap of encoders on data")
    assert "1 rows, \\[result of 1\\]" in text or "1 rows, [result of 1]" in text
    assert "All widths." in path.with_name("report.html").read_text()
    assert len(list((tmp_path / "figures").glob("width-*-widths-en2.png"))) == 1
    assert (tmp_path / "widths.json").read_text() == "1"


@pytest.mark.usefixtures("outside")
def test_a_figure_joins_the_section_of_another_experiment():
    names = [kind.name for kind in figures(section_of("measure").figures, "measure")]
    assert names == ["cosines", "map", "similarity", "widths"]
    assert [kind.name for kind in figures(section_of("cones").figures, "cones")] == ["cone", "cone_cosines"]


def test_every_experiment_of_the_benchmarks_has_a_title_in_both_languages():
    for name in registry:
        section = registry.get(name)
        assert section.experiment == name
        made = {language: build([row(name)], {}, language) for language in ("en", "es")}
        titles = {title_of(document, "trust") for document in made.values()}
        assert len(titles) == 2, name
        assert not any("_" in title for title in titles)


def title_of(document, question):
    """The last heading of a question's fold: that of the only section."""
    (fold,) = (fold for fold in document.folds if fold.anchor == question)
    return [block.text for block in fold.blocks if isinstance(block, Heading) and block.level == 3][-1]


def test_every_figure_that_a_section_names_is_there():
    named = {name for experiment in registry for name in registry.get(experiment).figures}
    assert named == set(figure_entries.registry)


def test_an_experiment_without_a_section_has_tables_of_its_metrics():
    document = build([row("my_own", metrics={"width": metric(512.0)})], {}, "en")
    assert title_of(document, "others") == "my own"
    assert document.tables[0].columns[-1].header == "width"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "below 1 mmgap takes less"), ("es", "por debajo de 1 mmgap tarda menos")]
)
def test_the_section_of_speed_says_what_a_ratio_is(language, words):
    made = row("speed", None, None, variant={"against": "faiss"}, metrics={"ratio": metric(0.5)})
    (fold,) = (fold for fold in build([made], {}, language).folds if fold.anchor == "trust")
    assert [words in block.text for block in fold.blocks if isinstance(block, Paragraph)].count(True) == 1


def test_sections_stand_in_their_order_and_others_by_name():
    found = [
        section.experiment for section in sections_of(["zebra", "cones", "speed", "measure", "train", "ant", "ant"])
    ]
    assert found == ["measure", "train", "cones", "ant", "speed", "zebra"]
