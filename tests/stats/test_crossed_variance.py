"""What the distances along the gap vary with: slow sums, unbiasedness and coverage by simulation."""

import numpy as np
import pytest

from mmgap.metrics.language_entries import SOURCES
from mmgap.stats import variance_shares
from mmgap.stats.crossed_variance import variance_components

#: Standard deviations of language, style, concept, language × concept, style × concept.
DEVIATIONS = np.array([0.6, 0.4, 0.5, 1.0, 0.7])


def drawn(rng, n=80, styles=4, languages=10, deviations=DEVIATIONS, levels=None):
    language, style, concept, named, pictured = deviations
    of_style, of_language = levels or (style * rng.normal(size=styles), language * rng.normal(size=languages))
    of_concept = concept * rng.normal(size=(n, 1))
    images = 3 + of_style + of_concept / 2 + pictured * rng.normal(size=(n, styles))
    texts = -1 + of_language - of_concept / 2 + named * rng.normal(size=(n, languages))
    return images, texts


def slow_components(images, texts):
    """Analysis of variance, sum by sum."""

    def layout(values):
        rows, columns = len(values), len(values[0])
        if columns == 1:
            return 0.0, 0.0
        grand = sum(map(sum, values)) / rows / columns
        row = [sum(line) / columns for line in values]
        column = [sum(line[j] for line in values) / rows for j in range(columns)]
        between = rows * sum((one - grand) ** 2 for one in column) / (columns - 1)
        rest = sum((values[i][j] - row[i] - column[j] + grand) ** 2 for i in range(rows) for j in range(columns)) / (
            (rows - 1) * (columns - 1)
        )
        return (between - rest) / rows, rest

    n, s, m = len(images), len(images[0]), len(texts[0])
    style, style_concept = layout(images)
    language, language_concept = layout(texts)
    both = [sum(images[i]) / s - sum(texts[i]) / m for i in range(n)]
    mean = sum(both) / n
    spread = sum((one - mean) ** 2 for one in both) / (n - 1)
    return language, style, spread - style_concept / s - language_concept / m, language_concept, style_concept


@pytest.mark.parametrize(("styles", "languages"), [(4, 10), (1, 5), (3, 1), (1, 1)])
def test_components_are_those_of_slow_sums(styles, languages):
    images, texts = drawn(np.random.default_rng(0), 20, styles, languages)
    found = variance_components(images, texts)
    assert found == pytest.approx(slow_components(images.tolist(), texts.tolist()), abs=1e-12)


def test_components_are_unbiased():
    rng = np.random.default_rng(1)
    found = np.array([variance_components(*drawn(rng, 40)) for _ in range(2000)])
    wrong = np.abs(found.mean(0) - DEVIATIONS**2) / (found.std(0) / np.sqrt(len(found)))
    assert wrong.max() < 4


def test_intervals_cover_the_shares_of_fixed_languages_and_styles():
    """Concepts are drawn anew, languages and styles stay; their variances are those between what they are."""
    rng = np.random.default_rng(2)
    levels = DEVIATIONS[1] * rng.normal(size=4), DEVIATIONS[0] * rng.normal(size=10)
    truth = np.array([levels[1].var(ddof=1), levels[0].var(ddof=1), *DEVIATIONS[2:] ** 2])
    truth /= truth.sum()
    covered = np.zeros(5)
    for _ in range(300):
        found = variance_shares(*drawn(rng, 60, levels=levels))
        covered += [found[name].low <= share <= found[name].high for name, share in zip(SOURCES, truth, strict=True)]
    assert (covered / 300 > 0.9).all(), covered / 300


def test_shares_add_up_and_lie_in_their_intervals():
    found = variance_shares(*drawn(np.random.default_rng(3)))
    assert sum(one.value for one in found.values()) == pytest.approx(1)
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found.values())
    assert list(found) == list(SOURCES)


@pytest.mark.parametrize(
    ("images", "texts", "words"),
    [
        (np.ones((2, 2)), np.ones((2, 2)), "n ≥ 3"),
        (np.ones((5, 2)), np.ones((4, 2)), "n ≥ 3"),
        (np.ones(5), np.ones((5, 2)), "n ≥ 3"),
        (np.full((5, 2), np.nan), np.ones((5, 2)), "images"),
        (np.ones((5, 2)), np.ones((5, 2)), "nothing varies"),
    ],
)
def test_what_cannot_be_is_named(images, texts, words):
    with pytest.raises(ValueError, match=words):
        variance_shares(images, texts)
