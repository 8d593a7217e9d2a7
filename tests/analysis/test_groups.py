"""Seeds are averaged, and data compared, only where the same code measured."""

from mmgap.analysis.changed_data import changed_data
from mmgap.analysis.groups import groups
from tests.support.made_up_rows import row


def made(seed=0, measure_version=2, started_at="2025-01-02T03:04:05Z", **identities):
    told = {"experiment": {"version": 1}, "dataset": {"version": 1}, "encoder": {"version": 1}, **identities}
    found = row(seed=seed, started_at=started_at)
    return {**found, "inputs": {**found["inputs"], "measure_version": measure_version, "identities": told}}


def seeds(rows):
    return [[row["cell"]["seed"] for row in group.rows] for group in groups(rows)]


def test_seeds_of_the_same_code_come_together():
    assert seeds([made(1), made(0)]) == [[0, 1]]


def test_seeds_of_other_code_are_groups_of_their_own():
    assert seeds([made(0, measure_version=1), made(1)]) == [[0], [1]]
    for kind in ("experiment", "dataset", "encoder"):
        assert len(groups([made(0), made(1, **{kind: {"version": 2}})])) == 2
    assert len(groups([made(0), made(1, **{"loss:ce": {"source": "a"}})])) == 2


def test_the_newest_group_of_a_cell_comes_first_and_says_what_it_is_of():
    older = [made(0, measure_version=1), made(1, measure_version=1)]
    for rows in ([*older, made(2, started_at="2025-02-01T00:00:00Z")], [made(2, started_at="2025-02-01"), *older]):
        first, second = groups(rows)
        assert (first.measure_version, second.measure_version) == (2, 1)
        assert (first.origin["measure_version"], len(second.rows)) == ("2", 2)
        assert first.newest > second.newest


def test_other_measuring_code_makes_data_incomparable():
    assert changed_data([made(0), made(1)]) == []
    assert changed_data([made(0), made(0, measure_version=1)]) == ["measure_version"]
    assert changed_data([made(0), made(0), made(0, dataset={"version": 2})]) == ["dataset"]
