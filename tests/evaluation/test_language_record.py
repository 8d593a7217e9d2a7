"""What is recorded of several languages and drawings, against slow loops over made vectors."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmgap.datasets import Dataset, DatasetError
from mmgap.datasets.parallel_languages import Parallel
from mmgap.evaluation import language_record
from mmgap.evaluation.language_record import record_languages
from mmgap.metrics.catalogue import unit_and_direction
from mmgap.rows.recorder import Recorder

N, D = 30, 8
LANGUAGES = {"en": "made-en:one", "en-gb": "made-en-gb:one", "es": "made-es:one"}
STYLES = {"one": "made-en:one", "two": "made-en:two"}


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1)[:, None]


@pytest.fixture
def made(monkeypatch):
    """Vectors by data set: English words fit, Spanish ones a little, the second style is apart."""
    rng = np.random.default_rng(0)
    concepts = rng.normal(size=(N, D))
    drawn = {style: unit(concepts + 0.3 * rng.normal(size=(N, D)) + apart) for style, apart in (("one", 0), ("two", 1))}
    named = {code: unit(concepts + s * rng.normal(size=(N, D))) for code, s in (("en", 0.3), ("en-gb", 0.3), ("es", 2))}
    vectors = {
        f"made-{code}:{style}": SimpleNamespace(images=drawn[style], texts=named[code])
        for code in named
        for style in drawn
    }
    monkeypatch.setattr(language_record, "embed", lambda encoder, data: vectors[data.name])
    return drawn, named


def load(spec, first=0):
    ids = tuple(map(str, range(first, first + N)))
    return Dataset(spec, "test", "1", ids, [None] * len(ids), ids, np.arange(len(ids)))


def recorded(pool=90, styles=STYLES):
    record = Recorder(unit_and_direction)
    family = Parallel("en", LANGUAGES, "one" if styles else "", styles)
    record_languages(record, None, family, load, pool=pool, seed=0)
    return record


@pytest.mark.usefixtures("made")
def test_names_units_and_directions():
    record = recorded(pool=20)
    assert {name.partition("_")[0] for name in record.metrics} == {"lang", "style", "drawings", "gap"}
    known = record.metrics["lang_en-gb_t2i_r1_pool20"]
    assert (known["unit"], known["higher_is_better"], known["n"]) == ("share", True, N)
    assert record.metrics["style_two_gap_corrected"]["unit"] is None
    assert sum(name.startswith("gap_variance_") for name in record.metrics) == 5


def test_recall_and_cone_of_each_language_and_style(made):
    drawn, named = made
    metrics = recorded().metrics  # fewer than a pool: the full set
    pairs = {f"lang_{code}": ("one", code) for code in named} | {f"style_{style}": (style, "en") for style in drawn}
    for name, (style, code) in pairs.items():
        scores = named[code] @ drawn[style].T
        assert metrics[f"{name}_t2i_r1"]["value"] == pytest.approx((scores.argmax(1) == np.arange(N)).mean())
        assert metrics[f"{name}_i2t_r1"]["value"] == pytest.approx((scores.argmax(0) == np.arange(N)).mean())
        others = [named[code][i] @ named[code][j] for i in range(N) for j in range(N) if i != j]
        assert metrics[f"{name}_cosine_text_mean"]["value"] == pytest.approx(np.mean(others))
        gap = metrics[f"{name}_gap_corrected"]
        assert gap["ci_low"] <= gap["value"] <= gap["ci_high"]
    assert metrics["style_two_gap_corrected"]["value"] > metrics["style_one_gap_corrected"]["value"]


def test_texts_find_their_concept_among_all_drawings(made):
    drawn, named = made
    gallery = np.concatenate([drawn["one"], drawn["two"]])
    found, precise = [], []
    for c, text in enumerate(named["en"]):
        order = np.argsort(-(gallery @ text))
        relevant = np.isin(order, (c, c + N))
        found.append(relevant[0])
        precise.append(relevant[:2].mean())
    metrics = recorded().metrics
    assert metrics["drawings_t2i_r1"]["value"] == pytest.approx(np.mean(found))
    assert metrics["drawings_t2i_rprecision"]["value"] == pytest.approx(np.mean(precise))


@pytest.mark.usefixtures("made")
def test_one_drawing_has_no_figures_of_drawings():
    metrics = recorded(styles={}).metrics
    assert not any(name.startswith(("style_", "drawings_", "gap_variance_style")) for name in metrics)
    assert sum(one["value"] for name, one in metrics.items() if name.startswith("gap_variance_")) == pytest.approx(1)


@pytest.mark.usefixtures("made")
def test_other_concepts_are_refused(monkeypatch):
    other = load("made-es:one", first=1)
    record, family = Recorder(unit_and_direction), Parallel("en", LANGUAGES, "one", STYLES)
    with pytest.raises(DatasetError, match="have not the same pictures"):
        record_languages(
            record, None, family, lambda spec: other if spec == other.name else load(spec), pool=90, seed=0
        )
