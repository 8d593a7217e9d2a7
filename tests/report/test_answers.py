"""What a report opens with: sentences, the compact table, the picture, in both languages."""

import csv
import io
from dataclasses import replace

import pytest

from mmgap.analysis.closing_tally import closing_tally
from mmgap.analysis.estimates import Estimate
from mmgap.analysis.gap_closed import Share
from mmgap.analysis.study_answers import Answer, Change, Study
from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.answer_sentences import headline, sentence
from mmgap.report.answers import opening, table
from mmgap.report.blocks import Bullets, Column, Fold, Links, Paragraph, Table
from mmgap.report.figures.answer_frontier import draw
from mmgap.report.figures.answer_galleries import frontiers
from mmgap.report.shaped_tables import shaped, without_constants
from mmgap.report.study_names import study_names
from mmgap.report.writers import csv as csv_writer
from mmgap.report.writers import latex, markdown
from tests.support.made_up_training import train_row

METRICS = ("gap_corrected", "misalignment", "uniformity", "t2i_r1_pool90_own", "i2t_r1_pool90_own")


def answer(name="ce+anti", closed=(0.62, 0.58, 0.66), recall=(-0.016, -0.025, -0.008), seeds=3, against="ce"):
    return Answer(name, against, closed and Share(*closed), recall and Change(*recall), seeds)


def study(*answers, kind="losses", seeds=3):
    members = {
        name: {
            metric: Estimate(value + n / 10, value + n / 10 - 0.01, value + n / 10 + 0.01, seeds) for metric in METRICS
        }
        for n, (name, value) in enumerate((("initial", 0.6), ("ce", 0.4), ("ce+anti", 0.1)))
    }
    return Study(kind, "tiny · glyphs-en", METRICS, members, "initial", "0123456789", answers)


def test_a_sentence_says_the_share_the_cost_and_the_seeds():
    said = sentence(answer(), study(), "en")
    assert (
        said
        == "ce+anti closes 62 % of the gap that ce leaves [58, 66] and costs 1.6 points of R@1 [0.8, 2.5]; 3 seeds."
    )


@pytest.mark.parametrize(
    ("made", "part"),
    [
        (answer(closed=(-0.2, -0.3, -0.1)), "widens the gap that ce leaves by 20 % [10, 30]"),
        (
            answer(closed=(0.02, -0.1, 0.1)),
            "does not change the gap that ce leaves beyond doubt (2 % closed [−10, 10])",
        ),
        (answer(recall=(0.1, 0.05, 0.15)), "gains 10.0 points of R@1 [5.0, 15.0]"),
        (answer(recall=(0.0, -0.01, 0.01)), "costs no R@1 that can be told (0.0 points [−1.0, 1.0])"),
        (answer(against="initial"), "of the gap before training [58, 66]"),
        (answer(seeds=1), "; 1 seed, which says nothing of others."),
        (answer(seeds=2), "; 2 seeds, too few for a verdict on the loss."),
        (answer(recall=None), "ce+anti closes 62 % of the gap that ce leaves [58, 66]; 3 seeds."),
        (answer(closed=None), "changes the gap by a share that has no interval"),
    ],
)
def test_sentences_of_every_kind(made, part):
    assert part in sentence(made, study(), "en")


def test_a_scorer_has_no_gap():
    assert "has no gap of its own" in sentence(answer("nnn", closed=None, against="as is"), study(kind="spaces"), "en")


def test_the_headline_names_what_closes_most_and_what_costs_nothing():
    dear, free = answer(), answer("ce+var", (0.3, 0.2, 0.4), (0.0, -0.01, 0.01))
    said = headline(study(dear, free), "en")
    assert said == (
        "tiny · glyphs-en: ce+anti closes more than any other: 62 % of the gap that ce leaves [58, 66]. It costs"
        " 1.6 points of R@1 [0.8, 2.5]; 3 seeds. With no cost of R@1 that can be told, ce+var closes 30 % [20, 40]."
    )
    assert headline(study(dear), "en").endswith("Whatever closes it costs R@1.")
    assert headline(study(answer(closed=(0.1, -0.1, 0.2))), "en").endswith("nothing closes the gap beyond doubt.")
    few = headline(study(answer(seeds=1), free), "en")
    assert "ce+var closes more than any other" in few  # three seeds are a verdict, one is none


def test_the_compact_table_marks_the_best_and_names_the_pool():
    made = table(study(answer()), "en")
    heads = ["loss", "gap, corrected", "misalignment", "uniformity", "R@1 T→I", "R@1 I→T"]
    assert [column.header for column in made.columns] == heads
    assert made.rows[0] == ("initial", *["0.600 [0.59, 0.61]"] * 3, *["60.0 [59.0, 61.0]"] * 2)
    assert made.best == {(2, 1), (2, 2), (2, 3), (0, 4), (0, 5)}
    assert "own pair, pool 90" in made.caption
    assert "over images and seeds" in made.caption
    assert "**" in markdown.table(made)
    assert r"\textbf{0.300 [0.29, 0.31]}" in latex.table_files(made)[f"{made.name}.tex"]


def test_studies_of_several_seeds_open_the_report():
    one, three = study(answer(seeds=1), seeds=1), study(answer())
    spaces = study(answer("centre", against="as is"), kind="spaces", seeds=1)
    links = Links("also", ())
    blocks = opening([(spaces, None), (one, None), (three, None)], links, "en")
    assert blocks[0] == Paragraph(headline(three, "en"), strong=True)
    losses, of_spaces = (block for block in blocks if isinstance(block, Table))
    assert [row[4] for row in losses.rows] == ["3", "1"]
    assert [column.header for column in of_spaces.columns][:2] == ["study", "space"]
    assert len(of_spaces.rows) == 1
    folds = [block for block in blocks if isinstance(block, Fold)]
    assert [fold.open for fold in folds] == [True, False, False]
    assert all(isinstance(fold.blocks[0], Bullets) for fold in folds)
    assert opening([], links, "en") == [links]


def test_wins_are_told_with_the_number_of_studies_that_tried():
    often, seldom = answer(), answer("ce+rare", (0.9, 0.8, 0.95))
    studies = [study(often), study(often), study(often, seldom), study(often), study(answer(closed=(0.0, -0.1, 0.1)))]
    slow = {}
    for one in studies:  # the formula, study by study
        if most := one.most_closing():
            tried = sum(any(found.name == most.name for found in other.answers) for other in studies)
            slow[most.name] = (slow.get(most.name, (0, 0))[0] + 1, tried)
    assert {one.name: (one.won, one.tried) for one in closing_tally(studies)} == slow
    assert slow == {"ce+anti": (3, 5), "ce+rare": (1, 1)}
    for language, words in (
        ("en", "ce+anti in 3 of the 5 studies that tried it; ce+rare in 1 of the 1 study that tried it."),
        ("es", "ce+anti en 3 de los 5 estudios que la probaron; ce+rare en 1 de 1 estudio que la probó."),
    ):
        blocks = opening([(one, None) for one in studies], Links("also", ()), language)
        assert any(isinstance(block, Paragraph) and block.text.endswith(words) for block in blocks)
    assert closing_tally([study(often, kind="spaces")]) == []


def test_studies_have_plain_names_that_differ_within_a_kind():
    def of(dataset, kind="losses"):
        cell = {"encoder": "trained:models/photos", "dataset": dataset, "variant": {}}
        title = f"trained:models/photos · {dataset}"
        return replace(study(answer(), kind=kind), title=title, cell=cell)

    alike = [of("openmoji-en"), of("openmoji-en:folder"), of("coco"), of("coco", "spaces"), study(answer())]
    assert study_names(alike, "en") == [
        "trained:models/photos · openmoji-en",
        "trained:models/photos · openmoji-en:folder",
        "photos · COCO",
        "photos · COCO",
        "tiny · glyphs-en",
    ]
    overview = next(
        block for block in opening([(one, None) for one in alike], Links("", ()), "es") if isinstance(block, Table)
    )
    assert [row[-1] for row in overview.rows] == [one.title for one in alike if one.kind == "losses"]
    assert not overview.columns[-1].chosen


@pytest.mark.usefixtures("stub")
def test_the_first_lines_of_the_markdown_answer(tmp_path):
    cache = Cache(tmp_path / "cache")
    losses = ("initial", "ce", "ce+intra", "ce+anti", "ce+var")
    rows = [train_row(cache, loss, seed) for loss in losses for seed in (0, 1, 2)]
    for language, words in (("en", "closes more than any other: "), ("es", "es lo que más brecha cierra: ")):
        path = write_report(rows, tmp_path / language, language=language, cache=cache)
        first = path.read_text().splitlines()[:10]
        assert any((words in line and "R@1" in line) or (words in line and "Recall@1" in line) for line in first), first
        tables = [line for line in path.read_text().splitlines() if line.startswith("| ")]
        assert max(map(len, tables)) <= markdown.WIDE
        page = (path.parent / "report.html").read_text()
        assert page.count("data:image/svg+xml") == 1  # that of the answer; the stub draws no pictures


def test_the_picture_needs_no_arrays_and_is_drawn_once(tmp_path):
    one = study(answer())
    made = frontiers([one], tmp_path, "en")
    (figure,) = made[one.stem].figures
    assert (tmp_path / figure.path).is_file()
    stamp = (tmp_path / figure.vector).stat().st_mtime_ns
    frontiers([one], tmp_path, "en")
    assert (tmp_path / figure.vector).stat().st_mtime_ns == stamp
    drawn = draw(one, "en")
    texts = {text.get_text() for axes in drawn.axes for text in axes.texts}
    assert {"initial", "ce", "ce+anti"} <= texts


COLUMNS = (Column("what", numeric=False), Column("a"), Column("b"), Column("none"))


def test_columns_that_are_the_same_everywhere_are_said_once():
    made = without_constants(Table("t", "All", COLUMNS, (("x", "1", "2", "—"), ("y", "3", "2", "—"))), "en")
    assert [column.header for column in made.columns] == ["what", "a"]
    assert made.caption == "All. Everywhere in this table: b = 2."


def test_a_short_wide_table_lies_on_its_side_with_its_marks():
    columns = (Column("what", numeric=False), *(Column(f"c{n}") for n in range(8)))
    wide = Table("t", "", columns, (("x", *"12345678"), ("y", *"23456789")), best=frozenset({(1, 3)}))
    made = shaped(wide, "en")
    assert [column.header for column in made.columns] == ["what", "x", "y"]
    assert made.rows[2] == ("c2", "3", "4")
    assert made.best == {(2, 2)}


def test_csv_files_hold_numbers():
    made = Table("t", "", COLUMNS, (('a,"b"\nc', "−1.5 [−2, −1]", "7", "—"), ("<i>", "3", "x", "")))
    lines = list(csv.reader(io.StringIO(csv_writer.write(made))))
    assert lines[0] == ["what", "a", "a: low", "a: high", "b", "none"]
    assert lines[1] == ['a,"b" c', "-1.5", "-2", "-1", "7", ""]
    assert lines[2] == ["<i>", "3", "", "", "x", ""]
    assert [float(line[1]) for line in lines[1:]] == [-1.5, 3.0]
