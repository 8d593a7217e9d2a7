"""Every formula of the pages and notes is one that the site can set, and the renderer says so where one is not."""

import re

import pytest

from tests.support.site import written_pages

pytest.importorskip("sphinx", reason="pip install 'mmgap[docs]'")
latex2mathml = pytest.importorskip("docutils.utils.math.latex2mathml")
import entry_notes  # noqa: E402 - of docs/_ext

#: Of ``\\frac12 x`` the renderer makes 12 over x: arguments stand in braces.
BARE = re.compile(r"\\t?frac[^{]")
BLOCKS = [
    (page, formula)
    for page in written_pages()
    for formula in re.findall(r"^```math\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
]


def test_there_are_formulas():
    assert len(BLOCKS) > 40


@pytest.mark.parametrize(("page", "formula"), BLOCKS, ids=[page.stem for page, _ in BLOCKS])
def test_a_formula_of_a_page_can_be_set(page, formula):
    assert "<math" in latex2mathml.tex2mathml(formula, as_block=True)
    assert BARE.search(formula) is None


def test_formulas_of_notes_can_be_set():
    for note in entry_notes.notes("metrics"):
        assert "<math" in latex2mathml.tex2mathml(note["formula"], as_block=True)
        assert BARE.search(note["formula"]) is None


def test_a_bar_with_an_index_stands_over_its_letter():
    from docutils import nodes
    from mathml import _mathml

    markup = "".join(_mathml(nodes.math(text=r"\bar x_i - \bar y"), False).split())
    assert '<msub><mover><mi>x</mi><mostretchy="false">‾</mo></mover><mi>i</mi></msub>' in markup
    assert '<mover><mi>y</mi><mostretchy="false">‾</mo></mover>' in markup


def test_a_bar_of_a_norm_is_not_stretched():
    from docutils import nodes
    from mathml import _mathml

    markup = _mathml(nodes.math(text=r"\lVert x \rVert"), False)
    assert markup.count('stretchy="false">‖') == 2
