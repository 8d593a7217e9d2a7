import itertools

import pytest

from mmgap.rows.recall_names import RecallName, known_recall, recall_name

NAMES = [
    f"{train}{way}_r{k}{pools}{ending}"
    for train, way, k, pools, ending in itertools.product(
        ("", "train_"), ("i2t", "t2i"), (1, 10), ("", "_pool90", "_resampled20"), ("", "_own", "_any", "_strict", "_sd")
    )
]


@pytest.mark.parametrize("name", NAMES)
def test_every_spelling_is_read_and_written(name):
    found = recall_name(name)
    assert str(found) == name
    assert found.train == name.startswith("train_")
    assert found.way in name
    assert (found.pool is None) == ("pool" not in name and "resampled" not in name)


def test_the_parts_of_a_name():
    assert recall_name("train_t2i_r5_pool50_own") == RecallName("t2i", 5, 50, relevance="own", train=True)
    assert recall_name("i2t_r1_resampled90_sd") == RecallName("i2t", 1, 90, drawn=True, sd=True)
    assert recall_name("t2i_r10").plain
    assert recall_name("t2i_r10_pool90").plain
    assert not any(recall_name(name).plain for name in ("t2i_r1_own", "train_t2i_r1", "t2i_r1_resampled9", "t2i_r1_sd"))


@pytest.mark.parametrize(
    "name", ["rmg", "t2i_r", "t2i_r1_pool", "t2i_r1_pool_own", "curve_t2i_r1", "t2i_r1_mine", "i2t_rank", "t2t_r1"]
)
def test_other_names_are_no_recalls(name):
    assert recall_name(name) is None
    with pytest.raises(ValueError, match=f"'{name}' is no recall: expected .*t2i"):
        known_recall(name)
