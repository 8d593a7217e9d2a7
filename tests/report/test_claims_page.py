"""The page of claims: a sentence, a sign and a picture each, in both languages and all formats."""

import csv

import pytest

from mmgap.analysis.claim import Claim, Region, judged
from mmgap.analysis.claim_evidence import Found
from mmgap.analysis.estimates import Estimate
from mmgap.report.claims_page import claims_document, write_claims
from mmgap.report.figures.claim_forest import claim_forest
from tests.support.made_up_rows import row

LOWERS, COSTS = (
    "Training with the contrastive loss lowers the gap.",
    "The antipodal term costs at most 2 points of R@1.",
)
GAP = Claim("gap", LOWERS, "A", "change of the corrected gap", Region(high=0.0), list)
RECALL = Claim("recall", COSTS, "B", "change of R@1, mean of both ways", Region(low=-0.02), list, "points")


@pytest.fixture
def board():
    rows = (row(),)
    holds, fails, unsure = Estimate(-0.3, -0.4, -0.2, 3), Estimate(0.3, 0.2, 0.4, 3), Estimate(0.0, -0.1, 0.1, 3)
    return {
        "gap": [
            judged(GAP, Found(name, effect, rows)) for name, effect in (("x · y", holds), ("a_b", fails), ("c", unsure))
        ],
        "recall": [judged(RECALL, Found("x · y", unsure, rows))],
        "nothing": [],
    }


def test_sentences_signs_and_effects(board):
    document = claims_document(board, "en", {})
    lead, sentences = document.blocks[:2]
    assert lead.text.startswith(
        "Rows here speak of 2 claims. They hold wherever they are decided: 0. They hold nowhere: 0."
    )
    assert (
        sentences.texts[0]
        == "1. Training with the contrastive loss lowers the gap. Holds 1×, does not hold 1×, undecided 1×."
    )
    matrix, gap, recall = document.tables
    assert matrix.rows == (("x · y", "✓", "?"), ("a_b", "✗", ""), ("c", "?", ""))
    assert gap.rows[0][:5] == ("x · y", "−0.300 [−0.400, −0.200]", "0.143", "3", "holds")
    assert recall.rows[0][:3] == ("x · y", "0.0 [−10.0, 10.0]", "14.3")
    assert gap.rows[0][5].endswith(".json")


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_formats_are_written_with_pictures(board, tmp_path, language):
    page = write_claims(board, tmp_path, language)
    assert {file.suffix for file in tmp_path.glob("claims.*")} == {".html", ".md", ".tex"}
    assert sorted(file.name for file in (tmp_path / "figures").iterdir()) == sorted(
        f"claims-{name}-{language}{suffix}" for name in ("gap", "recall") for suffix in (".png", ".svg")
    )
    text = page.read_text(encoding="utf-8")
    said = {"en": "lowers the gap", "es": "reduce la brecha"}[language]
    assert said in text
    assert said in (tmp_path / "claims.md").read_text(encoding="utf-8")
    with (tmp_path / "tables" / "claims.csv").open(encoding="utf-8") as file:
        assert len(list(csv.reader(file))) == 4


def test_the_region_is_shaded_and_every_effect_drawn(board):
    figure = claim_forest(RECALL, board["recall"], "en")
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    assert axes.patches[0].get_x() == pytest.approx(-2)
    assert axes.patches[0].get_x() + axes.patches[0].get_width() == pytest.approx(high)
    assert low < -10
    assert high > 10
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x · y"]
