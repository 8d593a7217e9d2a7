import numpy as np
import pytest
import torch

from mmgap.core.messages import Message
from mmgap.metrics.catalogue import unit_and_direction
from mmgap.rows.recorder import Recorder, RecordError


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.5), torch.tensor(0.5), np.array(0.5)])
def test_every_scalar_becomes_a_plain_number(value):
    record = Recorder()
    record("gap", value, ci=(value, value), n=np.int64(3), unit="share", higher_is_better=False)
    metric = record.metrics["gap"]
    assert type(metric["value"]) is float
    assert metric == {"value": 0.5, "ci_low": 0.5, "ci_high": 0.5, "n": 3, "unit": "share", "higher_is_better": False}


def test_unit_and_direction_are_those_of_the_catalogue_where_nobody_says_others():
    record = Recorder(unit_and_direction)
    record("misalignment", 1.0)
    record("t2i_r1_own", 0.5)
    record("t2i_r1", 0.5, unit=None, higher_is_better=None)
    record("gap", 0.95, unit="share", higher_is_better=True)
    record("my_own", 1.0)
    found = {name: (metric["unit"], metric["higher_is_better"]) for name, metric in record.metrics.items()}
    assert found == {
        "misalignment": (None, False),
        "t2i_r1_own": ("share", True),
        "t2i_r1": (None, None),
        "gap": ("share", True),
        "my_own": (None, None),
    }
    alone = Recorder()
    alone("misalignment", 1.0)
    assert alone.metrics["misalignment"]["higher_is_better"] is None, "a recorder of no catalogue knows of none"


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "0.5", None, True, np.float32("nan"), torch.tensor(True)]
)
def test_what_is_no_finite_number_fails_in_the_test(value):
    with pytest.raises(RecordError, match="gap"):
        Recorder()("gap", value)


def test_an_interval_must_be_finite_too():
    with pytest.raises(RecordError, match="upper end"):
        Recorder()("gap", 0.5, ci=(0.1, float("nan")))


@pytest.mark.parametrize("name", ["", "Gap", "1gap", "gap of", "gap|x"])
def test_names_are_lower_case_words(name):
    with pytest.raises(RecordError, match="metric name"):
        Recorder()(name, 1)


def test_nothing_is_recorded_twice():
    record = Recorder()
    record("gap", 1)
    with pytest.raises(RecordError, match="already"):
        record("gap", 1)
    record.keep({"rank": np.zeros(2)})
    with pytest.raises(RecordError, match="already"):
        record.keep({"rank": np.zeros(2)})
    record.note("a")
    record.note("a")
    assert record.notes == ["a"]


def test_a_note_keeps_its_pattern_and_its_values():
    record = Recorder()
    record.note("{n} of {m} images", n=2, m=3)
    record.note(Message("{n} of {m} images", n=2, m=3))
    record.note("a plain {brace}")
    assert record.notes == ["2 of 3 images", "a plain {brace}"]
    assert (record.notes[0].message, record.notes[0].values) == ("{n} of {m} images", {"n": 2, "m": 3})


def test_times_of_a_phase_add_up_also_when_it_fails():
    record = Recorder()
    with record.timed("load"):
        pass
    before = record.time["load"]
    with pytest.raises(ZeroDivisionError), record.timed("load"):
        _ = 1 / 0
    assert record.time["load"] > before
