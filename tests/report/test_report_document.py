import shlex

import pytest

from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.blocks import Bullets, Footnotes, Gallery, Heading, Paragraph
from mmgap.report.document import build, duration, rerun_words
from mmgap.rows.row import cell_slug
from tests.support.made_up_rows import failed, files, row, with_items


def of(document, kind):
    return [block for block in document.flat if isinstance(block, kind)]


def headings(document):
    return [block.text for block in of(document, Heading)]


def test_questions_follow_each_other_with_a_part_for_each_experiment():
    rows = [
        row("zebra"),
        row("theory", None, None, variant={"table": "5.1"}),
        row("measure"),
        row("train", loss="ce"),
    ]
    document = build(rows, {}, "en")
    assert [fold.title for fold in document.folds] == [
        "What encoders give: glyphs, English",
        "How far apart are images and texts?",
        "Does retrieval work?",
        "What else was measured?",
        "Can I trust it?",
    ]
    first, apart, *_, trust = ([b.text for b in fold.blocks if isinstance(b, Heading)] for fold in document.folds)
    titles = ["The gap of encoders on data", "What training with each loss changes"]
    assert first == []
    assert apart[:2] == titles
    assert trust == [
        "How to read the tables",
        "Where and when",
        *titles,
        "Theory: Power Spherical spaces",
        "zebra",
    ]
    assert [fold.open for fold in document.folds] == [True] + [False] * 4


def test_failed_cells_are_shown_with_the_words_that_repeat_them():
    rows = [row(), failed(dataset="arasaac-es"), row(dataset="flickr8k", status="running", metrics={})]
    document = build(rows, {}, "en")
    broken = next(block.texts for block in of(document, Bullets) if "EncoderError" in block.texts[0])
    assert "EncoderError: no weights here — to run it again: pytest benchmarks" in broken[0]
    assert broken[0].startswith(f"{cell_slug(rows[1]['cell'])} (failed)")
    assert "(unfinished) the process died before the cell ended" in broken[1]
    told = [block.text for block in of(document, Paragraph)]
    assert "3 cells: 1 ok, 1 failed, 1 unfinished; 10.5 s of computing." in told


def test_rerun_words_survive_a_shell():
    words = rerun_words(failed(encoder="two-towers:a b,c", loss="ce+0.5*intra"))
    assert shlex.split(words)[:4] == ["pytest", "benchmarks", "-k", "measure"]
    axes = ["--encoder", "two-towers:a b,c", "--dataset", "glyphs-en", "--loss", "ce+0.5*intra"]
    assert shlex.split(words)[6:] == axes
    assert "--loss" not in rerun_words(failed(loss="initial"))


def test_a_long_error_is_cut_and_an_unknown_one_is_a_dash():
    long = failed()
    long["error"]["message"] = "x" * 999
    document = build([long, {**failed(dataset="b"), "error": None}], {}, "en")
    texts = next(block.texts for block in of(document, Bullets) if "(failed)" in block.texts[0])
    assert "x…" in texts[0]
    assert len(texts[0]) < 500
    assert "(failed) — — to run" in texts[1]


def test_provenance_says_each_thing_once_and_counts_what_differs():
    other = row(dataset="arasaac-es", started_at="2025-01-03T00:00:00Z")
    other["provenance"]["device"] = "cuda"
    other["provenance"]["gpus"] = ["a", "b"]
    (table,) = (table for table in build([row(), other], {}, "en").tables if table.name == "provenance")
    lines = dict(table.rows)
    assert lines["libraries"] == "mmgap 0.1.0, torch 2.9"
    assert lines["measured (UTC)"] == "2025-01-02T03:04:05Z – 2025-01-03T00:00:00Z"
    assert lines["device"] in ("cpu (1)", "cuda (1)")
    assert lines["graphics cards"] == "a, b"
    assert "pid" not in lines


def test_footnotes_and_galleries_stand_in_their_section():
    one = row(notes=["mind this"])
    document = build([one], {one["key"]: Gallery(())}, "en")
    assert of(document, Footnotes)[0].texts == ("mind this",)
    assert "tiny-random · glyphs-en" in headings(document)
    assert len(of(document, Gallery)) == 1


def test_nothing_measured_says_so():
    document = build([], {}, "es", title="Mío")
    assert document.title == "Mío"
    assert of(document, Paragraph)[0].text.startswith("No hay filas")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (59.0, "59.0 s"),
        (59.99, "1 min 0 s"),
        (250, "4 min 10 s"),
        (3595, "59 min 55 s"),
        (3599.8, "1 h 0 min"),
        (7290, "2 h 1 min"),
    ],
)
def test_duration(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.usefixtures("stub")
def test_write_report_makes_three_formats_from_the_newest_rows(tmp_path, monkeypatch):
    cache = Cache(tmp_path / "cache")
    old = row(started_at="2020-01-01T00:00:00Z", metrics={"gap": {**row()["metrics"]["gap"], "value": 1.75}})
    path = write_report(
        [with_items(cache, row(notes=["a|b <i>"])), old, failed(dataset="arasaac-es")], tmp_path / "out", cache=cache
    )
    assert path == tmp_path / "out" / "report.md"
    md, tex, page = ((tmp_path / "out" / f"report.{kind}").read_text() for kind in ("md", "tex", "html"))
    assert "1.750" not in md
    assert "1.750" not in page
    assert "| gap, corrected |" in md
    assert "0.849 [0.84, 0.86]" in md
    assert '>gap, corrected</th><td class="number">0.849 [0.84,\u00a00.86]</td>' in page  # one row stands on its side
    assert "[1 note](report.html#trust)" in md
    assert "a|b &lt;i&gt;" in page
    assert "\\textbar{}" in tex
    assert "EncoderError" in md
    tables = files(tmp_path / "out" / "tables", "*.tex")
    assert all(f"tables/{name}" in tex for name in tables)
    assert {name.removesuffix(".csv") for name in files(tmp_path / "out" / "tables", "*.csv")} <= {
        name.removesuffix(".tex") for name in tables
    }
    for figure in (name for name in files(tmp_path / "out" / "figures") if not name.endswith(".json")):
        assert f'id="{figure.rpartition(".")[0]}"' in page
    assert "[3 pictures](report.html#where)" in md
    assert files(tmp_path / "out" / "figures")
    assert not files(tmp_path / "out", ".*")


def test_write_report_in_spanish(tmp_path):
    path = write_report([row()], tmp_path, language="es", cache=Cache(tmp_path / "cache"))
    page = path.with_name("report.html").read_text()
    assert "BRECHA INTERMODAL" in page
    assert "DESALINEAMIENTO" in page
    assert "AGRUPAMIENTO" in page
    assert "Recall@1 T→I (grupos de 90)" in page
    assert "Recall@1 T→I (grupos de 90, solo su pareja)" in page
    assert "Además: " in path.read_text()


def test_unknown_language(tmp_path):
    with pytest.raises(ValueError, match="language"):
        write_report([row()], tmp_path, language="fr")


@pytest.mark.usefixtures("stub")
def test_a_report_of_the_same_rows_is_left_alone_where_asked(tmp_path, monkeypatch):
    rows, cache = [row(), row(dataset="arasaac-es")], Cache(tmp_path / "cache")

    def written(rows, **options):
        path = write_report(rows, tmp_path / "out", cache=cache, **options)
        path.write_text(path.read_text() + "touched")
        return path.read_text().count("touched")

    assert written(rows) == 1
    assert written(rows[::-1], if_new=True) == 2
    assert written(rows) == 1
    assert written(rows, if_new=True, language="es") == 1
    assert written(rows[:1], if_new=True, language="es") == 1
    assert written([{**rows[0], "started_at": "2999-01-01T00:00:00Z"}], if_new=True, language="es") == 1
