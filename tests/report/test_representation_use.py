"""The section of transfer: a verdict for each representation first, then its figures; readable in both languages."""

import numpy as np
import pytest

from mmgap.analysis.row_items import RowItems, read_all
from mmgap.analysis.transfer_findings import layers_between, transfer_findings
from mmgap.core.cache import Cache
from mmgap.metrics import linear_cka
from mmgap.report import write_report
from mmgap.report.blocks import Heading
from mmgap.report.figures.information_bars import information_bars
from mmgap.report.figures.layer_heatmaps import layer_maps, layers_of_several
from mmgap.report.figures.shared_captions import shared_captions
from mmgap.report.footnotes import Notes
from mmgap.report.section import SectionMaterial
from mmgap.report.sections.representation_use import TRANSFER
from tests.report.test_training_pictures import no_text_leaves_or_covers
from tests.support.made_up_transfer import arrays, transfer_rows

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def blocks(rows, cache, folder, language="en"):
    found = transfer_findings(rows, folder, cache)
    return TRANSFER.tables(SectionMaterial("transfer", rows, found, {}, language, Notes()))


def test_a_verdict_for_each_representation_stands_first(cache, tmp_path):
    heading, tiny, other, two, depth, layers, *_ = blocks(transfer_rows(cache), cache, tmp_path)
    assert heading == Heading("What representations of glyphs-en tell", 3)
    assert other.text.startswith("other: images and texts share at least 2.00 [1.80, 2.20] nats, of at most 5.60")
    assert "A caption that 4 images or more share finds its own image first for 10.0 [2.0, 30.0] %" in tiny.text
    assert "ceiling is reached" not in tiny.text
    assert depth.text == (
        "Training changes the vectors more than the first layer in 1 of 1 trainings for images and in 1 for texts; the"
        " first layer's CKA with that before training is 0.99 to 0.99, the vectors' 0.61 to 0.61; 1 means unchanged."
    )
    assert layers.rows == (("tiny", "ce", "0.99", "0.61", "0.99", "0.61", "—", "2.00"),)
    assert two.text.startswith("tiny and other: CKA of their vectors of the same items is 0.")


def test_what_was_found_between_encoders_outlives_the_arrays(cache, tmp_path):
    rows = transfer_rows(cache)
    (found,) = transfer_findings(rows, tmp_path, cache)
    (entry,) = found.between
    first, second = (one.arrays for one in read_all(found.rows[:2], cache))
    assert entry["encoders"] == ["tiny", "other"]
    assert entry["text"] == pytest.approx(layers_between(first, second, "text")[-1, -1])
    found.write(tmp_path)
    empty = Cache(tmp_path / "empty")
    assert transfer_findings(rows, tmp_path, empty)[0].between == [entry]
    assert transfer_findings(rows, tmp_path / "elsewhere", empty)[0].between == []


def test_a_bound_at_its_ceiling_is_said(cache, tmp_path):
    _, first, *_ = blocks(transfer_rows(cache, bound=5.2), cache, tmp_path)
    assert "The ceiling is reached: the truth may lie far above it." in first.text


def test_layers_of_two_rows_are_compared_on_the_same_items():
    a, b = arrays(), arrays(count=12)
    found = layers_between(a, b, "image")
    assert found.shape == (4, 12)
    assert found[1, 2] == pytest.approx(linear_cka(a["layers_image"][:, 12:24], b["layers_image"][:, 24:36]))
    assert layers_between(a, arrays(items=30), "image") is None
    assert layers_between({}, {}, "image") is None


def test_maps_show_layers_from_the_first_to_the_vectors(cache):
    figure = layer_maps(arrays(changed=3.0), "tiny · glyphs-en", "en")
    image, _, cross = figure.axes[:3]
    assert [label.get_text() for label in image.get_yticklabels()] == ["1", "2", "3", "vectors"]
    assert (image.get_ylabel(), image.get_xlabel(), cross.get_ylabel()) == ("before", "after", "image")
    no_text_leaves_or_covers(figure)
    as_is = layer_maps(arrays(), "tiny · glyphs-en", "es")
    assert as_is.axes[0].get_ylabel() == as_is.axes[0].get_xlabel() != "layer"


def test_several_are_set_against_the_first(cache):
    rows = read_all(transfer_rows(cache), cache)
    figure = layers_of_several(rows, "tiny → other", "en")
    panels = [axes for axes in figure.axes if axes.images]
    assert [axes.images[0].get_array().shape for axes in panels] == [(4, 4), (4, 4), (4, 12), (4, 12)]
    no_text_leaves_or_covers(figure)


def test_rows_without_the_same_items_have_no_map(cache):
    first, second, *_ = read_all(transfer_rows(cache), cache)
    other = RowItems(second.row, arrays(items=30))
    figure = layers_of_several([first, other], "tiny → other", "en")
    assert not figure.axes
    assert "no other row" in figure.texts[-1].get_text()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_bound_stands_under_its_ceiling(cache, language):
    figure = information_bars(read_all(transfer_rows(cache), cache), "tiny → other", language)
    bound, imbalance = figure.axes
    ceilings = [line.get_xdata()[0] for line in bound.lines if len(line.get_xdata()) == 2]
    assert ceilings == [5.6] * 3
    assert bound.get_xlim()[0] == 0
    assert 1.0 in [line.get_xdata()[0] for line in imbalance.lines]
    no_text_leaves_or_covers(figure)


@pytest.mark.parametrize("language", ["en", "es"])
def test_shared_captions_have_bands(language):
    figure = shared_captions(arrays(), "tiny · glyphs-en", language)
    gap, recall = figure.axes
    assert [label.get_text() for label in gap.get_xticklabels()] == ["1\n(n = 200)", "2–3\n(n = 60)", "4+\n(n = 20)"]
    assert len(gap.collections) == 2
    assert np.asarray(recall.lines[0].get_ydata()) == pytest.approx([20, 22, 40])
    no_text_leaves_or_covers(figure)


def test_a_report_shows_all_figures_and_keeps_the_findings(cache, tmp_path):
    text = write_report(transfer_rows(cache), tmp_path / "report", cache=cache).with_name("report.html").read_text()
    for name in ("layers", "layers_of_several", "information", "shared_captions"):
        assert f"-{name}-en" in text
    assert list((tmp_path / "report" / "transfer").glob("glyphs-en-*.json"))
    spanish = write_report(transfer_rows(cache), tmp_path / "es", language="es", cache=cache).read_text()
    assert "share at least" not in spanish
    assert "comparten al menos" in spanish
