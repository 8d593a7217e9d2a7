"""A long report as Markdown: a page that a forge shows, and parts that hold the rest, each link of them right."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

import pytest

from mmgap.report.blocks import Column, Document, Figure, Fold, Gallery, Links, Paragraph, Table
from mmgap.report.writers import markdown, markdown_pages


def document(length, studies=6, language="en"):
    """Studies and two questions, the first of them long, with a picture, a table and a link each."""

    def inside(name, letters):
        picture = PurePosixPath(f"figures/{name} 1.png")
        rows = tuple((f"row {n}", str(n)) for n in range(30))
        return (
            Paragraph(f"{name} begins. " + "word " * (letters // 5)),
            Table(f"table-{name}", f"Rows of {name}", (Column("a", numeric=False), Column("b")), rows),
            Gallery((Figure(picture, f"Caption of {name}.", name, picture.with_suffix(".svg")),)),
            Links("Further", ((f"page of {name}", f"report.html#{name}"),)),
        )

    folds = [
        Fold(f"study-{n}", f"Study {n}", inside(f"study-{n}", length), open=n == 0, listed=False)
        for n in range(studies)
    ]
    folds += [Fold("long", "A long one?", inside("long", 7_000)), Fold("short", "A short one?", inside("short", 50))]
    links = Links("The same report as", (("HTML", "report.html"), ("Markdown", "report.md")), contents=True)
    return Document("A report", language, [Paragraph("The answer.", strong=True), links, *folds])


def targets(text):
    return [unquote(found) for found in re.findall(r"\]\(([^)]+)\)", text)]


def test_a_short_report_is_one_page():
    made = document(1_000)
    assert markdown_pages.pages(made) == {"report.md": markdown.write(made)}


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_long_report_keeps_its_answer_and_leads_to_its_parts(language):
    made = document(12_000, language=language)
    pages = markdown_pages.pages(made)
    assert sorted(pages) == ["parts/long.md", *(f"parts/study-{n}.md" for n in range(1, 6)), "report.md"]
    assert len(pages["report.md"]) < 20_000
    for name in ("study-0", "short"):
        assert f"{name} begins" in pages["report.md"]
    together = "".join(pages.values())
    for name in (*(f"study-{n}" for n in range(6)), "long", "short"):
        assert together.count(f"{name} begins") == 1
        assert together.count(f"Caption of {name}.") == 1
    assert all(f"parts/study-{n}.md" in targets(pages["report.md"]) for n in range(1, 6))
    assert "parts/long.md" in targets(pages["report.md"])


def test_every_link_leads_to_a_file_of_the_report():
    pages = markdown_pages.pages(document(12_000))
    names = [*(f"study-{n}" for n in range(6)), "long", "short"]
    known = {*pages, "report.html", *(f"tables/table-{name}.csv" for name in names)}
    known |= {f"figures/{name} 1.{kind}" for name in names for kind in ("png", "svg")}
    for page, text in pages.items():
        folder = PurePosixPath(page).parent
        for target in targets(text):
            parts: list[str] = []
            for part in (folder / target.partition("#")[0]).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in known, (page, target)


def test_the_way_back_is_at_the_top():
    part = markdown_pages.pages(document(12_000))["parts/study-3.md"]
    assert part.startswith("# Study 3\n\nPart of: [A report](../report.md).\n")


def test_only_pages_of_a_report_are_taken_for_its_own(tmp_path):
    for name, text in markdown_pages.pages(document(12_000)).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "parts" / "notes.md").write_text("mine", encoding="utf-8")
    (tmp_path / "parts" / "torn.md").write_bytes(b"\xff\xfe")
    found = [path.name for path in markdown_pages.earlier_pages(tmp_path)]
    assert found == ["long.md", *(f"study-{n}.md" for n in range(1, 6))]
