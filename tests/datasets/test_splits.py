"""The hashed split is stable, near 80/10/10, and keeps what shares a caption together."""

import random

import pytest

from mmgap.datasets.splits import SHARES, hashed_split, linked_groups


def test_shares():
    splits = [hashed_split(f"caption {k}") for k in range(20000)]
    for split, share in SHARES.items():
        assert splits.count(split) / 20000 == pytest.approx(share, abs=0.01)


def test_stable_over_machines_and_spelling():
    assert [hashed_split(f"caption {k}") for k in (4, 5, 8)] == ["train", "validation", "validation"]
    assert [hashed_split(f"  CAPTION {k} ") for k in (4, 5, 8)] == ["train", "validation", "validation"]


def test_seed_changes_the_split():
    words = [f"word {k}" for k in range(200)]
    assert [hashed_split(w) for w in words] != [hashed_split(w, seed=1) for w in words]


def test_linked_groups_against_flooding():
    dice = random.Random(3)
    keys = [dice.sample(range(60), dice.randint(1, 3)) for _ in range(40)]
    labels = linked_groups([map(str, record) for record in keys])
    for start, record in enumerate(keys):
        reached = set(record)
        while True:
            grown = reached.union(*(other for other in keys if reached & set(other)))
            if grown == reached:
                break
            reached = grown
        assert labels[start] == min(map(str, reached))


def test_linked_groups_do_not_depend_on_order():
    keys = [["b", "c"], ["a"], ["c", "a"], ["z"]]
    assert linked_groups(keys) == ["a", "a", "a", "z"]
    assert linked_groups(keys[::-1]) == ["z", "a", "a", "a"]


def test_record_without_keys():
    with pytest.raises(ValueError, match="record 1 has no key"):
        linked_groups([["a"], []])
