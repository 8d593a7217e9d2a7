"""What a demanding reader wants of every picture, read from the drawn objects: scales, marks, names, shapes."""

import numpy as np
import pytest

from mmgap.analysis.explained_variance import explained_by
from mmgap.analysis.row_items import RowItems
from mmgap.report.figures import comparison_heatmaps as heat
from mmgap.report.figures import plane_maps as maps
from mmgap.report.figures.comparison_dumbbells import cosine_of_each
from mmgap.report.figures.comparison_top1 import top1
from mmgap.report.figures.heatmap_marks import BEST, OWN
from mmgap.report.figures.histograms import FILLS, SIGNS, densities
from mmgap.report.figures.loss_points import SHAPES as VERDICTS
from mmgap.report.figures.measured_space import cosines, pair_map, similarity
from tests.support.made_up_practices import BEFORE, CLIP, arrays, metrics, twenty
from tests.support.made_up_rows import items, row


def pair(first, second):
    sides = ((BEFORE, first), (CLIP, second))
    return [RowItems(row("practices", encoder, metrics=metrics(held)), held) for encoder, held in sides]


def marked(axes, name):
    return next(one for one in axes.collections if one.get_gid() == name)


def panels(figure):
    return [axes for axes in figure.axes if axes.images]


@pytest.mark.parametrize("draw", [heat.image_text_of_both, heat.image_image_of_both, heat.text_text_of_both])
def test_compared_heat_maps_share_one_scale_that_holds_all_of_both(draw):
    both = pair(twenty(0.05), twenty())
    first, second = panels(draw(both, "t", "en"))
    assert first.images[0].get_clim() == second.images[0].get_clim()
    low, high = first.images[0].get_clim()
    name = draw.__name__.removesuffix("_of_both")
    held = [one.arrays[name] for one in both]
    if name != "image_text":
        held = [matrix[~np.eye(len(matrix), dtype=bool)] for matrix in held]
    assert low == pytest.approx(min(matrix.min() for matrix in held))
    assert high == pytest.approx(max(matrix.max() for matrix in held))
    assert [axes.get_title(loc="left")[0] for axes in (first, second)] == ["A", "B"]
    assert BEFORE[:10] in first.get_title(loc="left"), "before stands before with"


def test_a_self_similarity_leaves_its_diagonal_out():
    (axes,) = panels(heat.image_image(twenty(), "t", "en"))
    shown = np.ma.filled(axes.images[0].get_array(), np.nan)
    assert np.isnan(np.diag(shown)).all()
    assert np.isfinite(shown).sum() == 20 * 19
    assert len([text for text in axes.texts if text.get_text()]) == 20 * 19


@pytest.mark.parametrize("n", [20, 21])
def test_fields_say_their_cosines_up_to_twenty(n):
    (axes,) = panels(heat.image_text(arrays([f"{i}.jpg" for i in range(n)], ["k"] * n), "t", "en"))
    assert len(axes.texts) == (400 if n == 20 else 0)


@pytest.mark.parametrize("n", [20, 90])
def test_own_pairs_and_the_best_of_each_row_are_marked(n):
    held = arrays([f"{i}.jpg" for i in range(n)], [f"k{i % 3}" for i in range(n)], strength=0.3)
    (axes,) = panels(heat.image_text(held, "t", "en"))
    order = heat.order(held)
    shown = held["image_text"][np.ix_(order, order)]
    best = np.floor(marked(axes, BEST).get_offsets() + 0.5).astype(int) if n > 60 else None
    places = np.round(marked(axes, BEST).get_offsets() - ([0.36, -0.36] if best is None else [0, 0])).astype(int)
    np.testing.assert_array_equal(places, np.stack([shown.argmax(axis=1), np.arange(n)], axis=1))
    lines = marked(axes, OWN).get_segments()
    if n == 20:
        middles = np.array([(line.min(axis=0) + line.max(axis=0)) / 2 for line in lines])
        np.testing.assert_allclose(middles, np.stack([np.arange(n)] * 2, axis=1))
    else:
        np.testing.assert_allclose(lines[0], np.stack([np.arange(n)] * 2, axis=1))


def test_a_map_names_its_components_and_their_share_of_the_variance():
    held = twenty()
    axes = maps.map_pca(held, "t", "en").axes[0]
    vectors = gram_root(held)
    centred = vectors - vectors.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False) ** 2
    np.testing.assert_allclose(explained_by(held, held["map_pca"]), values[:2] / values.sum(), rtol=1e-4)
    shares = [f"{100 * share:.1f} % of the variance" for share in values[:2] / values.sum()]
    assert [axes.get_xlabel(), axes.get_ylabel()] == [
        f"principal component {n}, {share}" for n, share in enumerate(shares, 1)
    ]
    tsne = maps.map_tsne(held, "t", "en").axes[0]
    assert (tsne.get_xlabel(), tsne.get_ylabel()) == ("t-SNE 1", "t-SNE 2")


def gram_root(held):
    """Vectors of these cosines, images before captions."""
    cross = held["image_text"]
    gram = np.block([[held["image_image"], cross], [cross.T, held["text_text"]]]).astype(np.float64)
    values, vectors = np.linalg.eigh(gram)
    return vectors * np.sqrt(np.clip(values, 0, None))


def test_maps_say_how_many_of_how_many_they_show():
    held = items() | {"cluster": np.arange(500), "map_explained": np.array([0.25, 0.125])}
    figure = pair_map(held, "t", "en")
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any(f"{len(held['map_image'])} of 500 images" in text for text in words)
    assert figure.axes[0].get_xlabel() == "principal component 1, 25.0 % of the variance"
    held.pop("map_explained")  # an older row
    assert pair_map(held, "t", "en").axes[0].get_xlabel() == "principal component 1"
    practice = maps.map_umap(twenty(), "t", "en")
    assert "all 20 images and 20 texts" in practice.texts[-1].get_text()
    words = [text.get_text() for text in similarity(held, "t", "en").axes[0].texts]
    assert any("of 500 images" in text for text in words)


@pytest.mark.parametrize(
    ("values", "ends"), [((0.1, 0.35), (0, 0.5)), ((-0.2, 0.7), (-0.25, 0.75)), ((-0.9, 1), (-1, 1))]
)
def test_heat_maps_of_one_kind_of_encoder_share_a_scale(values, ends):
    held = items()
    n = len(held["similarity"])
    held["similarity"] = np.linspace(*values, n * n).reshape(n, n)
    assert similarity(held, "t", "en").axes[0].images[0].get_clim() == ends


def test_matched_and_unmatched_differ_in_ground_hatching_and_line():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    held = {name: np.array([1, 3, 1]) for name in ("image", "text", "matched", "unmatched")}
    densities(axes, np.linspace(-1, 1, 4), held, 1)
    hatched = [patch for patch in axes.patches if patch.get_hatch()]
    assert len(hatched) == 1
    assert FILLS["matched"][0] > 0.3 > FILLS["unmatched"][0]
    assert len(set(SIGNS.values())) == 4


def test_a_peak_does_not_press_the_rest_flat_and_says_how_high_it_is():
    held = items()
    edges = np.linspace(-1, 1, 201)
    wide, spike = np.zeros(200, dtype=np.int64), np.zeros(200, dtype=np.int64)
    wide[60:140], spike[150] = 10, 800
    held |= {"edges": edges} | {f"histogram_{name}": wide for name in ("image", "matched", "unmatched")}
    held["histogram_text"] = spike
    axes = cosines(held, "t", "en").axes[0]
    assert axes.get_ylim()[1] < 10 * 1.25, "the flat ones are 1.25 high, the spike 100"
    assert any(text.get_text().startswith("↑ ") for text in axes.texts)


def test_top1_bars_of_all_and_by_category_under_both_encoders():
    both = pair(twenty(0.05), twenty())
    axes = top1(both, "t", "en").axes[0]
    kinds = np.repeat(np.arange(4), 5)
    for container, one in zip(axes.containers, both, strict=True):
        hits = one.arrays["top1_image"]
        wanted = [hits.mean(), *(hits[kinds == kind].mean() for kind in range(4))]
        np.testing.assert_allclose([bar.get_width() for bar in container], 100 * np.array(wanted))
    assert {bool(container[0].get_hatch()) for container in axes.containers} == {True, False}
    assert axes.get_yticklabels()[0].get_text() == "all images (n = 20)"


def test_the_cosine_of_each_image_stands_under_both_encoders():
    both = pair(twenty(0.05), twenty())
    axes = cosine_of_each(both, "t", "en").axes[0]
    before, after = (line for line in axes.get_lines() if len(line.get_xdata()) == 20)
    np.testing.assert_allclose(before.get_xdata(), both[0].arrays["diagonal"], rtol=1e-6)
    np.testing.assert_allclose(after.get_xdata(), both[1].arrays["diagonal"], rtol=1e-6)
    assert before.get_marker() != after.get_marker()
    many = arrays([f"{i}.jpg" for i in range(60)], ["k"] * 60)
    axes = cosine_of_each(pair(many, many), "t", "en").axes[0]
    assert len(axes.collections[0].get_offsets()) == 60


def test_verdicts_differ_by_shape():
    assert len({shape for shape, _ in VERDICTS.values()}) == len({sign for _, sign in VERDICTS.values()}) == 4


def test_in_dark_mode_a_heat_map_keeps_its_colours_and_words_without_a_colour_are_light(tmp_path):
    from urllib.parse import unquote

    from mmgap.report.figures.style import ON_DARK, save
    from mmgap.report.writers.inlined_pictures import picture_address

    figure = heat.image_text_of_both(pair(twenty(0.05), twenty()), "t", "en")
    for suffix in (".png", ".svg"):
        save(figure, tmp_path / f"map{suffix}")
    shown = unquote(picture_address(tmp_path / "map.png", tmp_path / "map.svg"))
    assert shown.startswith("data:image/svg+xml,"), "pixels would be turned round"
    assert "fill:var(--ink)" in shown
    assert ON_DARK in shown, "what stands on colours does not change"
    assert "prefers-color-scheme:dark" in shown


def test_the_names_beside_an_answer_stay_on_the_sheet():
    from types import SimpleNamespace

    from mmgap.analysis.estimates import Estimate
    from mmgap.report.figures.answer_frontier import draw

    names = [f"two-towers:mobilenet-v2,minilm,procrustes:flickr{n}" for n in range(4)]
    points = {
        name: (Estimate(0.1 * n, 0.1 * n - 0.02, 0.1 * n + 0.02, 1), Estimate(0.2, 0.1, 0.3, 1))
        for n, name in enumerate(names)
    }
    figure = draw(SimpleNamespace(points=points, start=None, title="t"), "en")
    named = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    assert len(named) == 4
    assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in named)
