"""One model, three formats: whatever a text holds, each shows it as it is."""

import re
from html.parser import HTMLParser
from pathlib import PurePosixPath

import pytest

from mmgap.report.blocks import (
    Bullets,
    Column,
    Document,
    Figure,
    Footnotes,
    Gallery,
    Heading,
    Links,
    Paragraph,
    Table,
    one_line,
    shorten,
)
from mmgap.report.writers import html, latex, markdown

HOSTILE = [
    "a|b",
    "<script>alert(1)</script>",
    "$x$ & _y_ 50 % #1 ~ ^ {z} \\end{document}",
    "two\nlines\ttab\x00nul",
    "[click](javascript:alert(1))",
    "![i](u)",
    "`code` *b* __init__ snake_case",
    "\"'><img src=x onerror=alert(1)>",
    "[first] in a row",
    "# no heading",
    "1. no list",
    "漢字 → ± é κ",
]


def document(*blocks):
    return Document("Title & <b>", "en", blocks)


def table(*cells):
    return Table("t", "caption | <i>", (Column("h|_<", numeric=False), Column("n")), tuple((c, "1") for c in cells))


class Reader(HTMLParser):
    """Collects tags, and the texts of table cells."""

    def __init__(self):
        super().__init__()
        self.tags, self.cells, self.open = [], [], False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open = tag in ("td", "th")
        if self.open:
            self.cells.append("")

    def handle_endtag(self, tag):
        self.open = self.open and tag not in ("td", "th")

    def handle_data(self, data):
        if self.open:
            self.cells[-1] += data


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_the_text_and_no_other_tag(text):
    reader = Reader()
    reader.feed(html.write(document(table(text), Paragraph(text), Bullets((text,)), Footnotes((text,)))))
    own = Reader()
    own.feed(html.write(document(table("plain"), Paragraph("p"), Bullets(("b",)), Footnotes(("f",)))))
    assert reader.cells[2].strip() == one_line(text)
    assert {"img", "i", "b"}.isdisjoint(reader.tags)
    assert reader.tags == own.tags  # the page's own scripts and no other


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_keeps_one_line_of_as_many_cells(text):
    lines = markdown.table(table(text, "next")).splitlines()
    assert len(lines) == 4
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {3}


def test_markdown_disarms_markup():
    assert markdown.escape("<script>") == "&lt;script&gt;"
    assert markdown.escape("[click](u)") == "\\[click\\](u)"
    assert markdown.escape("0.85 [0.84, 0.86]") == "0.85 [0.84, 0.86]"
    assert markdown.escape("[a]: u") == "\\[a]: u"
    assert markdown.escape("_y_ snake_case") == "\\_y\\_ snake_case"
    assert markdown.escape("# no heading") == "\\# no heading"
    assert markdown.escape("1. no list") == "1\\. no list"
    assert markdown.escape("- no list") == "\\- no list"
    assert markdown.escape("-1.818") == "-1.818"
    assert markdown.escape("$x$ `c` a|b") == "\\$x\\$ \\`c\\` a\\|b"


@pytest.mark.parametrize("text", HOSTILE)
def test_latex_has_no_bare_special_character(text):
    plain, sign, named = r"[^&%$#_^~\\<>{}|\"\n]", r"\\[&%$#_{}]", r"\\(?:\^|text[a-z]+|ldots)\{\}"
    allowed = rf"(?:{plain}|{sign}|{named}|\\ensuremath\{{[<>]\}}|\$\\[a-z]+\$)*"
    assert re.fullmatch(allowed, latex.escape(text)), latex.escape(text)


def test_latex_rows_never_begin_with_an_argument():
    (content,) = latex.table_files(table("[first]", "*star")).values()
    rows = content.splitlines()
    assert any(line.strip().startswith("{[}first]") for line in rows)
    assert any(line.strip().startswith("{*}star") for line in rows)


def test_latex_names_what_its_fonts_lack():
    assert latex.escape("漢 → é") == "[U+6F22] $\\rightarrow$ é"


def test_latex_tables_are_cut_where_a_page_ends():
    found = latex.table_files(table(*["x"] * (latex.LINES + 1)))
    assert list(found) == ["t.tex", "t-2.tex"]
    assert [content.count("x ") for content in found.values()] == [latex.LINES, 1]
    written = latex.write(document(table(*["x"] * (latex.LINES + 1))))
    assert "\\fittable{tables/t.tex}" in written
    assert "\\fittable{tables/t-2.tex}" in written


def test_every_block_in_every_format():
    figure = Figure(PurePosixPath("figures/a.png"), "what it shows", "alt text", PurePosixPath("figures/a.svg"))
    plain = Figure(PurePosixPath("figures/b c.png"), "more", "alt")
    one = document(
        Links("also", (("HTML", "report.html"), ("LaTeX", "report.tex"))),
        Heading("Section"),
        Heading("Sub", 3),
        Paragraph("words"),
        Bullets(("first", "second")),
        Footnotes(("note three",), start=3),
        table("cell"),
        Table("empty", "", (Column("only"),), ()),
        Gallery((figure, plain)),
    )
    md, tex, page = markdown.write(one), latex.write(one), html.write(one)
    assert md.startswith("# Title &amp; &lt;b&gt;\n")
    assert "\n## Section\n" in md
    assert "\n### Sub\n" in md
    assert "3. note three" in md
    assert "also: [HTML](report.html), [LaTeX](report.tex)." in md
    assert "![alt text](figures/a.png)\n\nwhat it shows ([as SVG](figures/a.svg))" in md
    assert "figures/b%20c.png" in md
    assert "\\section*{Section}" in tex
    assert "\\subsection*{Sub}" in tex
    assert "\\item[3.] note three" in tex
    assert "{figures/a.png}" in tex
    assert "report.html" not in tex
    assert '<ol start="3"><li>note three</li></ol>' in page
    assert 'src="figures/a.svg" alt="alt text"' in page
    assert 'also: <a href="report.tex">LaTeX</a>.' in page  # a page does not lead to itself
    for block in one.tables:
        for content in latex.table_files(block).values():
            assert content.startswith("\\begin{tabular}")
            assert "\\toprule" in content


def test_helpers():
    assert one_line("a\n\tb\x00c ") == "a b c"
    assert shorten("abcdefgh", 5) == "ab…gh"
    assert shorten("abc", 3) == "abc"
    assert len(shorten("x" * 50, 1)) == 1
