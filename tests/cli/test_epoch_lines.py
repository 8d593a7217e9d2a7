"""The lines of a training, with a clock that is moved by hand."""

import numpy as np

from mmgap.cli.epoch_lines import EpochLines
from mmgap.training.history import History


def history(alarms=()):
    made = History(alarms=list(alarms))
    names = ("gap", "uniformity", "t2i_r1", "i2t_r1", "scale")
    made.epoch({f"curve_{name}": np.float64(0.25) for name in names} | {"epoch_image": np.ones(3)})
    made.step({"loss": 1.5})
    return made


def test_each_epoch_is_one_of_so_many_and_the_rest_goes_as_the_first_ones():
    lines, seconds = [], iter([100.0, 110.0, 130.0, 160.0])
    tell = EpochLines(4, lambda: next(seconds), lines.append)
    for epoch in range(4):
        tell(epoch, history())
    assert lines[0] == "epoch 0 of 4  gap 0.250  uniformity 0.25  R@1 25.0 / 25.0  scale 0.2"
    assert [line.partition("scale 0.2")[2] for line in lines] == [
        "",
        "  about 00:30 left",  # 10 s each, three to go
        "  about 00:30 left",  # 15 s each, two to go
        "  about 00:20 left",
    ]
    assert "loss 1.500  gap" in lines[1]


def test_a_training_that_is_taken_up_says_nothing_before_it_knows_and_the_last_epoch_leaves_nothing():
    lines, seconds = [], iter([0.0, 4.0, 8.0])
    tell = EpochLines(5, lambda: next(seconds), lines.append)
    for epoch in (3, 4, 5):
        tell(epoch, history())
    assert [line.partition("scale 0.2")[2] for line in lines] == ["", "  about 00:04 left", ""]


def test_an_alarm_stands_below_its_epoch():
    lines = []
    EpochLines(2, lambda: 0.0, lines.append)(1, history(["collapse: epoch 1 has no spread", "older: epoch 0 too"]))
    assert lines[1:] == ["collapse: epoch 1 has no spread"]
