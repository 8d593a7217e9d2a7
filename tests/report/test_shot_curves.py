"""The section of adapters: a verdict, accuracy and gain by shots, the curves; leaks are marked, in both languages."""

import numpy as np
import pytest

from mmgap.analysis.adapter_findings import adapter_findings
from mmgap.analysis.row_items import read_all
from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.blocks import Heading, Paragraph, Table
from mmgap.report.figures.shot_curves import shot_curves
from mmgap.report.footnotes import Notes
from mmgap.report.section import SectionMaterial
from mmgap.report.sections.few_shot_gains import ADAPTERS
from mmgap.rows.row import row_key
from tests.report.test_training_pictures import no_text_leaves_or_covers
from tests.support.made_up_rows import metric, row, with_items

SHOTS = (1, 2, 16)
LEGACY = "tip-adapter:select=test,protocol=legacy"
#: Adapter → points over zero-shot at 1, 2 and 16 shots, in no order.
MADE = {
    "gda": (0.0, 1.0, 9.0),
    "clap": (-4.0, 2.0, 11.0),
    LEGACY: (5.0, 9.0, 14.0),
    "zero-shot": None,
    "lp++": (-9, -6, -5),
}


def adapter_row(adapter, gains):
    metrics = {"accuracy_zero_shot": metric(0.4, 0.35, 0.45, "share", True)}
    for place, count in enumerate(SHOTS):
        gain = 0.0 if gains is None else gains[place]
        share = 0.4 + gain / 100
        metrics[f"accuracy_shots{count}"] = metric(share, share - 0.05, share + 0.05, "share", True)
        if gains is not None:
            metrics[f"gain_shots{count}"] = metric(gain, gain - 2, gain + 2, "points", True)
        if adapter == LEGACY:
            metrics[f"leak_shots{count}"] = metric(3.0, 1.0, 5.0, "points", False)
    made = row("adapters", "tiny", metrics=metrics)
    made["cell"]["adapter"] = adapter
    made["key"] = row_key(made["cell"], made["inputs"])
    return made


def adapter_rows(cache):
    items = {"hit_zero_shot": np.ones(9), "cluster": np.arange(9)}
    return [with_items(cache, adapter_row(adapter, gains), items) for adapter, gains in MADE.items()]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_the_verdict_says_what_is_gained_and_what_leaks(cache, tmp_path):
    rows = adapter_rows(cache)
    (found,) = adapter_findings(rows, tmp_path, cache)
    heading, verdict, accuracies, gains, *_ = ADAPTERS.tables(
        SectionMaterial("adapters", rows, [found], {}, "en", Notes())
    )
    assert heading == Heading("tiny · glyphs-en", 3)
    assert verdict == Paragraph(
        "Zero-shot gives 40.0 [35.0, 45.0] % of the images their class. With 16 shots a class clap gains most of 3"
        " adapters: +11.0 [9.0, 13.0] points; 2 gain and 1 lose beyond their interval."
        f" {LEGACY} is LEAKY: +3.0 [1.0, 5.0] points of its accuracy with 16 shots come of tuning on the test images."
    )
    assert isinstance(accuracies, Table)
    assert [column.header for column in accuracies.columns] == ["adapter", "1 shot", "2 shots", "16 shots"]
    assert [line[0] for line in accuracies.rows] == ["zero-shot", f"{LEGACY} (LEAKY)", "gda", "lp++", "clap"]
    assert accuracies.rows[0] == ("zero-shot", "40.0 [35.0, 45.0]", "", "")
    assert [line[0] for line in gains.rows] == ["gda", "lp++", "clap"]
    assert gains.rows[0][1:] == ("0.0 [−2.0, 2.0]", "+1.0 [−1.0, 3.0]", "+9.0 [7.0, 11.0]")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_curves_name_every_adapter_and_nothing_covers_anything(cache, language):
    figure = shot_curves(read_all(adapter_rows(cache), cache), "tiny · glyphs-en", language)
    named = [text.get_text() for axes in figure.axes for text in axes.texts]
    leaky = "LEAKY" if language == "en" else "CON FUGA"
    assert {"clap 51.0", "gda 49.0", "lp++ 35.0", f"tip-adapter {leaky} 54.0"} <= set(named)
    assert named.count("zero-shot 40.0") == 2
    no_text_leaves_or_covers(figure)


def test_zero_shot_alone_is_a_line(cache):
    rows = [adapter_row("zero-shot", None)]
    items = [with_items(cache, rows[0], {"hit_zero_shot": np.ones(3)})]
    no_text_leaves_or_covers(shot_curves(read_all(items, cache), "tiny · glyphs-en", "en"))


def test_a_report_shows_the_section_and_keeps_it(cache, tmp_path):
    path = write_report(adapter_rows(cache), tmp_path / "report", cache=cache)
    assert "## Few-shot classification" in path.read_text()
    assert "adapters-en" in path.with_name("report.html").read_text()
    assert list((tmp_path / "report" / "adapters").glob("tiny-glyphs-en-*.json"))
    spanish = write_report(adapter_rows(cache), tmp_path / "es", language="es", cache=cache).read_text()
    assert "Clasificación con pocos ejemplos" in spanish
    assert "shots a class" not in spanish
