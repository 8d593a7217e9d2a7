import io

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from mmgap.analysis.epoch_curves import by_loss
from mmgap.analysis.row_items import RowItems, key_of
from mmgap.analysis.training_families import PICTURED, families
from mmgap.core.cache import Cache
from mmgap.report.figures.figure_entries import figures
from mmgap.report.figures.film import LAST
from mmgap.report.figures.galleries import galleries
from mmgap.report.figures.histogram_evolution import FRAMES, animation, evenly, evolution
from mmgap.report.figures.loss_comparison import loss_histograms, losses
from mmgap.report.figures.picture_subjects import Subject
from mmgap.report.figures.style import save
from mmgap.report.figures.training_curves import curves
from mmgap.report.figures.training_lines import Line, name_ends, panel
from mmgap.report.figures.training_panels import Grid, titled_panels
from mmgap.report.sections import section_of
from tests.support.made_up_rows import files, items, row, with_items
from tests.support.made_up_training import LOSSES, curve_items, split_items, train_row


def together(names=LOSSES, epochs=3):
    return [RowItems(row("train", "tiny", loss=loss), curve_items(loss, epochs)) for loss in names]


def drawn_values(figure):
    return np.concatenate([np.ravel(line.get_xydata()) for axes in figure.axes for line in axes.get_lines()])


def headings(figure):
    return [axes.get_title(loc="left") or axes.texts[-1].get_text() for axes in figure.axes if axes.axison]


def names(axes):
    return [text.get_text() for text in axes.texts]


def ticks(axes):
    """The figures beside and below a panel that are seen."""
    for axis, (low, high) in ((axes.yaxis, axes.get_ylim()), (axes.xaxis, axes.get_xlim())):
        labels = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        yield from (label for label in labels if label.get_visible())


def no_text_leaves_or_covers(figure):
    """Every text lies inside the figure, and no two of them cover each other."""
    figure.draw_without_rendering()
    shown = [text for axes in figure.axes for text in (axes._left_title, axes.xaxis.label, *axes.texts)]
    shown += [text for axes in figure.axes for text in ticks(axes)]
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in (*figure.texts, *shown) if text.get_text()]
    width, height = figure.bbox.width, figure.bbox.height
    for name, box in boxes:
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, name
    for i, (name, box) in enumerate(boxes):
        for other, another in boxes[:i]:
            assert not box.padded(-1).overlaps(another.padded(-1)), (name, other)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("epochs", [1, 12])
def test_no_words_cover_each_other_or_leave_the_sheet(language, epochs):
    own = curve_items("ce+anti+var", epochs)
    for draw, arrays in ((curves, own), (evolution, own), (losses, together()), (loss_histograms, together())):
        title = "two-towers:mobilenet-v2,minilm · flickr8k · " + 9 * "ce+anti+"
        no_text_leaves_or_covers(draw(arrays, title, language))
    long = together([f"ce+0.{i}5*intra+1.5*inter" for i in range(9)])
    no_text_leaves_or_covers(loss_histograms(long, "t", language))
    no_text_leaves_or_covers(losses(long, "t", language))
    film = animation(own, "t", language)
    film.draw(film.frames - 1)
    no_text_leaves_or_covers(film.figure)


def test_curves_hold_every_panel_and_each_term():
    figure = curves(curve_items("ce+anti+var"), "t", "en")
    assert headings(figure) == [
        "loss",
        "learning rate",
        "logit scale",
        "gap",
        "misalignment",
        "uniformity",
        "R@1 any-of, %",
        "effective rank",
        "‖mean‖",
    ]
    loss, *_, recall, rank, _ = figure.axes
    assert set(names(loss)) == {"chance, ln N", "total", "ce", "anti", "var"}
    level = next(line for line in loss.get_lines() if len(set(line.get_ydata())) == 1)
    assert level.get_ydata()[0] == pytest.approx(np.log(90))
    assert set(names(recall)) == {"T→I", "I→T"}
    assert set(names(rank)) == {"images", "texts"}
    assert max(recall.get_lines()[0].get_ydata()) > 50  # per cent


def test_a_loss_of_one_term_is_one_line():
    figure = curves(curve_items("ce"), "t", "en")
    assert names(figure.axes[0]) == ["chance, ln N"]
    assert len(figure.axes[0].get_lines()) == 2


def test_the_steps_run_over_the_epochs():
    figure = curves(curve_items("ce", epochs=4, steps_per_epoch=5), "t", "en")
    steps = figure.axes[1].get_lines()[0].get_xdata()
    np.testing.assert_allclose(steps, np.arange(1, 21) / 5)


def test_what_is_not_finite_reaches_no_picture():
    arrays = curve_items("ce+anti", epochs=6)
    for name in arrays:
        if name.startswith(("curve_", "step_")):
            arrays[name] = arrays[name].copy()
            arrays[name][2] = np.nan
            arrays[name][-1] = np.inf
    arrays["chance"] = np.array([np.nan])
    arrays["curve_rank_text"][:] = np.nan
    figure = curves(arrays, "t", "en")
    assert np.isfinite(drawn_values(figure)).all()
    assert names(figure.axes[7]) == ["images"]
    assert "chance, ln N" not in names(figure.axes[0])
    assert headings(evolution(arrays, "t", "en"))[2] == "epoch 2"
    one = RowItems(row("train", "tiny", loss="ce"), arrays)
    assert np.isfinite(drawn_values(losses([one], "t", "en"))).all()


def test_evolution_shows_both_ends_on_the_same_axes():
    figure = evolution(curve_items(epochs=20), "t", "en")
    assert headings(figure)[0].startswith("initial, gap 0.95")
    assert headings(figure)[-1].startswith("epoch 20, gap 0.5")
    assert len(headings(figure)) == 8
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1
    assert len(headings(evolution(curve_items(epochs=1), "t", "es"))) == 2
    alone = {name: array[:1] if name.startswith(("epoch", "curve")) else array for name, array in curve_items().items()}
    alone["epoch_edges"] = curve_items()["epoch_edges"]
    assert headings(evolution(alone, "t", "es")) == ["inicial, brecha 0.95"]


def test_the_film_has_a_frame_an_epoch_and_holds_the_last(tmp_path):
    arrays = curve_items(epochs=5)
    save(animation(arrays, "t", "en"), tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as film:
        assert film.format == "GIF"
        assert film.n_frames == 6
        lengths = []
        for number in range(6):
            film.seek(number)
            lengths.append(film.info["duration"])
        assert film.info["loop"] == 0
    assert lengths[-1] == LAST > lengths[0] == lengths[1]
    save(animation(arrays, "t", "en"), tmp_path / "b.gif")
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_a_long_film_is_thinned():
    film = animation(curve_items(epochs=250, steps_per_epoch=1, n=20), "t", "en")
    assert film.frames == FRAMES
    film.draw(film.frames - 1)
    assert headings(film.figure)[0].startswith("epoch 250")
    with Image.open(io.BytesIO(type(film)(film.figure, 1, film.draw).gif())) as one:
        assert one.n_frames == 1


def test_all_losses_have_a_named_line_in_both_panels():
    gap, recall, *less = losses(together(), "t", "en").axes
    assert set(names(gap)) == set(names(recall)) == set(LOSSES)
    ends = {text.get_text(): text.xy[1] for text in gap.texts}
    assert ends["ce+anti"] == min(ends.values())
    colours = {line.get_color() for line in gap.get_lines()}
    assert len(colours) == len(LOSSES)
    assert all(set(names(axes)) == set(LOSSES) - {"ce"} for axes in less)
    assert [axes.get_title(loc="left") for axes in less] == [
        "Δ gap against ce",
        "Δ R@1 any-of, points against ce",
    ]
    own = {loss: items["curve_gap"] for loss, items in by_loss(together(), ["curve_gap"]).items()}
    anti = next(line for line in less[0].get_lines() if line.get_color() == colour_of(gap, "ce+anti"))
    np.testing.assert_allclose(anti.get_ydata(), own["ce+anti"] - own["ce"])


def colour_of(axes, name):
    return next(text.get_color() for text in axes.texts if text.get_text() == name)


def test_without_ce_there_is_nothing_to_set_against():
    assert len(losses(together(("ce+anti", "cyclip")), "t", "en").axes) == 2


def test_three_frames_are_no_film():
    (film,) = figures(["animation"], "train")
    assert [film.can_be_drawn(curve_items("ce", epochs)) for epochs in (2, 4, 5, 12)] == [False, False, True, True]


def test_a_row_without_curves_stays_out():
    whole, other = together(("ce", "ce+anti"))
    bare = {name: array for name, array in other.arrays.items() if not name.startswith("curve")}
    rows = [whole, RowItems(other.row, bare)]
    assert list(by_loss(rows, ["epochs", "curve_gap"])) == ["ce"]
    assert set(names(losses(rows, "t", "en").axes[0])) == {"ce"}
    assert headings(loss_histograms(together(("ce", "cyclip")), "t", "en"))[1:] == ["ce, gap 0.56", "cyclip, gap 0.61"]


def test_names_at_equal_ends_stand_apart_and_inside():
    figure, ((axes,),) = titled_panels(Grid(1, 1, 3, 1, 0.4, 1.2, 0.2, 0.2), "t", "s")
    lines = [Line(np.arange(3), np.full(3, 0.5), f"loss {i}", "#000000") for i in range(9)]
    name_ends(axes, panel(axes, "p", lines))
    no_text_leaves_or_covers(figure)
    name_ends(axes, [])
    assert len(axes.texts) == 9


@pytest.mark.usefixtures("stub")
def test_rows_and_families_have_their_pictures(tmp_path, cache):
    rows = [train_row(cache, loss, arrays=items() | curve_items(loss, 6)) for loss in ("ce", "ce+anti")]
    initial = with_items(cache, row("train", "tiny", loss="initial"), items())
    (family,) = families([initial, *rows])
    made = galleries([initial, *rows], tmp_path, "es", cache, compared=[family.pictured])
    drawn = files(tmp_path / "figures")
    assert sum(name.endswith("animation-es2.gif") for name in drawn) == 2
    assert sum("-curves-" in name for name in drawn) == 6
    assert initial["key"] not in made  # nothing was trained: epoch 0 of the others shows it
    key = key_of(*family.pictured)
    both = made[key].figures
    assert [figure.path.name.split("-")[-2] for figure in both] == ["losses", "loss_histograms"]
    assert all("train-tiny-glyphs-en-captions-first-s0" in figure.path.name for figure in both)
    assert both[0].caption.startswith("tiny · glyphs-en, semilla 0. Brecha y Recall@1")
    moving = [figure for figure in made[rows[0]["key"]].figures if figure.moves]
    assert [figure.path.suffix for figure in moving] == [".gif"]
    assert "(500" not in moving[0].caption
    assert galleries([initial, *rows], tmp_path, "es", Cache(tmp_path / "none"), compared=[family.pictured]) == made


def test_a_subject_of_several_rows_hands_out_their_losses(cache):
    rows = [train_row(cache, loss, arrays=split_items()) for loss in ("ce", "ce+var", "cyclip")]
    subject = Subject(tuple(rows))
    found = subject.items(cache)
    assert [one.row["cell"]["loss"] for one in found] == ["ce", "ce+var", "cyclip"]
    assert found[2].row["cell"]["encoder"] == "tiny"
    np.testing.assert_array_equal(found[1].arrays["owner"], np.arange(60))
    assert subject.title == "tiny · glyphs-en"
    assert subject.key != key_of(*rows[:2])
    assert Subject(rows[:1]).title == "tiny · glyphs-en · ce"
    assert [kind.name for kind in subject.kinds if kind.can_be_drawn(found)] == ["loss_frontier"]


def test_more_losses_than_can_be_told_apart_stay_out():
    rows = [row("train", "tiny", loss=f"ce+{i}*var") for i in range(PICTURED + 3)]
    (family,) = families(rows)
    assert len(family.pictured) == PICTURED
    assert len(family.members) == PICTURED + 3


def test_every_picture_can_be_drawn_from_a_row(tmp_path):
    arrays = items() | curve_items("ce", 6)
    several = [RowItems(one.row, one.arrays | split_items()) for one in together(epochs=2)]
    section = section_of("train")
    kinds = [*figures(section.figures, "train"), *figures(section.figures, "train", several=True)]
    assert [kind.name for kind in kinds] == list(section.figures)
    for kind in kinds:
        held, bare = (several, [RowItems(row(), {})]) if kind.several else (arrays, {})
        assert kind.can_be_drawn(held), kind.name
        assert not kind.can_be_drawn(bare), kind.name
        assert kind.suffixes == ((".gif",) if kind.moves else (".png", ".svg") if kind.vector else (".png",))


def test_epochs_are_chosen_evenly():
    assert evenly(1, 8) == [0]
    assert evenly(30, 3) == [0, 14, 29]
