import pytest

from mmgap.report import labels
from mmgap.report.legend import explain, legend, value_range
from mmgap.report.sections import section_of
from mmgap.report.words import WORDS
from tests.support.made_up_rows import space_metrics


def test_thesis_names_in_spanish():
    found = [labels.label(name, "es") for name in ("gap", "misalignment", "uniformity", "t2i_r1")]
    assert found == ["BRECHA INTERMODAL", "DESALINEAMIENTO", "AGRUPAMIENTO", "Recall@1 T→I"]


def test_recall_names_are_read():
    assert labels.label("i2t_r10", "en") == "R@10 I→T"
    assert labels.label("t2i_r1_pool50_own", "en") == "R@1 T→I (pool 50, own pair)"
    assert labels.label("t2i_r1_resampled90_sd", "en") == "R@1 T→I (pool 90, drawn, sd)"
    assert labels.is_recall("t2i_r1_pool90")
    assert not labels.is_recall("rmg")


def test_unknown_names_are_themselves_in_both_languages():
    for language in labels.LANGUAGES:
        assert labels.label("a_new_metric", language) == "a_new_metric"
        assert labels.word("weird {axis}", language) == "weird {axis}"
        assert labels.word(section_of("my_own").title, language) == "my own"


def test_both_languages_say_the_same_things():
    assert WORDS["en"].keys() == WORDS["es"].keys()
    assert labels.METRICS["en"].keys() == labels.METRICS["es"].keys()
    for name in labels.METRICS["en"]:
        assert bool(explain(name, "en")) == bool(explain(name, "es")), name


def test_unknown_language():
    with pytest.raises(ValueError, match="one of en, es, got 'fr'"):
        labels.word("title", "fr")


def test_legend_has_one_line_a_kind_with_range_and_direction():
    metrics = {name: entry["higher_is_better"] for name, entry in space_metrics().items()}
    lines = legend(metrics.items(), "en")
    assert sum(line.startswith("R@k [0, 100] %:") for line in lines) == 1
    assert next(line for line in lines if line.startswith("R@k")).endswith("higher is better.")
    assert next(line for line in lines if line.startswith("misalignment")).endswith("lower is better.")
    assert any(line.startswith("gap [0, 2]: ") for line in lines)
    assert not any("my_own_metric" in line for line in lines)
    assert value_range("cosine_text_std") == "≥ 0"
    assert value_range("my_own_metric") == ""
