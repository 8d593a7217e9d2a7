"""The section of several languages: what was learned in one, what the others make of it; readable in both languages."""

import numpy as np
import pytest

from mmgap.analysis.language_findings import language_findings
from mmgap.analysis.row_items import RowItems
from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.blocks import Heading, Table
from mmgap.report.figures.language_heatmap import language_heatmap
from mmgap.report.footnotes import Notes
from mmgap.report.section import SectionMaterial
from mmgap.report.sections.several_languages import LANGUAGES
from tests.support.made_up_rows import metric, row

#: Learned → measured → R@1.
RECALL = {"en": {"en": 0.5, "es": 0.3, "ja": 0.1}, "es": {"en": 0.35, "es": 0.4, "ja": 0.2}}


def languages_row(learned, loss="ce", seed=0, data="openmoji", lift=0.0):
    metrics = {}
    for code in ("en", "es", "ja"):
        value = RECALL[learned][code] + lift
        metrics |= {
            f"lang_{code}_gap_corrected": metric(0.4, 0.3, 0.5),
            f"lang_{code}_cosine_text_mean": metric(0.2),
            f"lang_{code}_t2i_r1_pool90": metric(value, value - 0.05, value + 0.05, "share", True),
            f"lang_{code}_i2t_r1_pool90": metric(value, value - 0.05, value + 0.05, "share", True),
        }
    metrics["gap_variance_language"] = metric(0.6, 0.5, 0.7, "share")
    made = row("languages", "tiny", f"{data}-{learned}", loss, seed, metrics=metrics)
    made["inputs"]["identities"] = {"encoder": {"version": 1}}
    return made


def blocks(rows, tmp_path, language="en"):
    found = language_findings(rows, tmp_path, Cache(tmp_path))
    return LANGUAGES.tables(SectionMaterial("languages", rows, found, {}, language, Notes()))


def test_a_verdict_stands_first(tmp_path):
    heading, said, learned, measured, shares = blocks([languages_row("en"), languages_row("es")], tmp_path)
    assert heading == Heading("tiny · openmoji · ce", 3)
    assert said.text.startswith(
        "After en was learned, texts in en find 50.0 [45.0, 55.0] % of their images first, with texts in 2 other"
        " languages 20.0 % on average, most in es (30.0 %), least in ja (10.0 %). After es was learned"
    )
    assert learned.rows[0][:3] == ("en", "50.0 [45.0, 55.0]", "20.0")
    assert [line[0] for line in measured.rows] == ["en", "es", "ja"]
    assert shares.rows == (("en", "60.0 [50.0, 70.0]"), ("es", "60.0 [50.0, 70.0]"))


def test_seeds_are_averaged_and_losses_and_drawings_apart(tmp_path):
    rows = [languages_row("en", seed=seed, lift=seed / 10) for seed in (0, 1)]
    rows += [languages_row("en", loss="cyclip"), languages_row("en", data="emoji"), languages_row("es", seed=0)]
    found = {one.title: one for one in language_findings(rows, tmp_path, Cache(tmp_path))}
    assert len(found) == 3
    both = found["tiny · openmoji · ce"]
    assert both.matrix("t2i_r1_pool90")[0] == pytest.approx([0.55, 0.35, 0.15])
    assert (both.pool, list(both.learned), both.languages) == (90, ["en", "es"], ["en", "es", "ja"])


def test_an_encoder_as_it_is_stands_once(tmp_path):
    rows = [languages_row(learned, loss="initial") for learned in ("en", "es")]
    (found,) = language_findings(rows, tmp_path, Cache(tmp_path))
    assert list(found.learned) == ["en"]
    assert blocks(rows, tmp_path)[1].text.startswith("As the encoder is, texts in en find 50.0")
    for one in rows:
        one["inputs"]["identities"]["projection"] = {"version": 1}  # fitted on the language
    assert list(language_findings(rows, tmp_path, Cache(tmp_path))[0].learned) == ["en", "es"]


def test_the_map_shows_recall_of_learned_by_measured_languages():
    rows = [RowItems(languages_row(learned), {}) for learned in ("en", "es")]
    figure = language_heatmap(rows, "title", "en")
    shown = np.asarray(figure.axes[0].images[0].get_array())
    np.testing.assert_allclose(shown, [[50, 30, 10], [35, 40, 20]])
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["en", "es", "ja"]
    assert [patch.get_xy() for patch in figure.axes[0].patches] == [(-0.5, -0.5), (0.5, 0.5)]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_report_has_the_section_and_its_map(tmp_path, language):
    rows = [languages_row(learned) for learned in ("en", "es")]
    file = write_report(rows, tmp_path, language=language, cache=Cache(tmp_path / "cache"))
    text = file.read_text(encoding="utf-8")
    head = {"en": "The same concepts in several languages", "es": "Los mismos conceptos en varios idiomas"}[language]
    assert head in text
    assert list((tmp_path / "figures").glob("*language_heatmap*.png"))
    assert "lang_" not in text


def test_every_table_has_a_name_of_its_own(tmp_path):
    tables = [
        one for one in blocks([languages_row("en"), languages_row("en", "cyclip")], tmp_path) if isinstance(one, Table)
    ]
    assert len({table.name for table in tables}) == len(tables)
