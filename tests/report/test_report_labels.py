import pytest

from mmgap.metrics import catalogue
from mmgap.metrics.catalogue import described
from mmgap.report import labels
from mmgap.report.legend import legend
from mmgap.report.sections import section_of
from mmgap.report.terms import term
from mmgap.report.translation import LANGUAGES, translated
from tests.support.made_up_rows import space_metrics


def test_thesis_names_in_spanish():
    found = [labels.label(name, "es") for name in ("gap", "misalignment", "uniformity", "t2i_r1")]
    assert found == ["BRECHA INTERMODAL", "DESALINEAMIENTO", "AGRUPAMIENTO", "Recall@1 T→I"]


def test_recall_names_are_read():
    assert labels.label("i2t_r10", "en") == "R@10 I→T"
    assert labels.label("t2i_r1_pool50_own", "en") == "R@1 T→I (pool 50, own pair)"
    assert labels.label("t2i_r1_resampled90_sd", "en") == "R@1 T→I (pool 90, drawn, sd)"


def test_unknown_names_are_themselves_in_both_languages():
    for language in LANGUAGES:
        assert labels.label("a_new_metric", language) == "a_new_metric"
        assert term("weird {axis}", language) == "weird {axis}"
        assert translated(section_of("my_own").title, language) == "my own"


def test_both_languages_say_the_same_things():
    entries = [described(name) for name in catalogue.registry] + [catalogue.RECALLS]
    texts = {text for entry in entries for text in (entry.label, entry.family, entry.help, entry.legend)}
    same = {text for text in texts if translated(text, "es") == text}
    assert same == {"", "RMG", "L2I", "Fréchet²", "recall", "top-1", "I–I, T–T …", "mAP@R", "mAP@R T→I", "mAP@R I→T"}
    assert all(translated(text, "en") == text for text in texts)


def test_unknown_language():
    with pytest.raises(ValueError, match="one of en, es, got 'fr'"):
        translated("Modality gap report", "fr")


def test_legend_has_one_line_a_kind_with_range_and_direction():
    metrics = {name: entry["higher_is_better"] for name, entry in space_metrics().items()}
    lines = legend(metrics.items(), "en")
    assert sum(line.startswith("R@k [0, 100] %:") for line in lines) == 1
    assert next(line for line in lines if line.startswith("R@k")).endswith("higher is better.")
    assert next(line for line in lines if line.startswith("misalignment")).endswith("lower is better.")
    assert any(line.startswith("gap [0, 2]: ") for line in lines)
    assert not any("my_own_metric" in line for line in lines)
    assert described("cosine_text_std").range == "≥ 0"
    assert described("my_own_metric").range == ""
