"""What a cell is expected to take: the median of the rows that have most in common with it."""

from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from mmgap.rows.cell import Cell
from mmgap.rows.durations import KINDS, Durations

CELL = st.builds(
    lambda experiment, encoder, dataset, loss, seed, n: Cell(
        experiment, encoder, dataset, loss, seed, (("n", n),)
    ).to_dict(),
    st.sampled_from("ab"), st.sampled_from([None, "x", "y"]), st.sampled_from("de"), st.sampled_from("lm"),
    st.integers(0, 1), st.integers(0, 1),
)  # fmt: skip


def slow(rows, cell):
    """Kind by kind, row by row."""
    for kind in KINDS:
        alike = [r["time"]["total"] for r in rows if all(r["cell"].get(name) == cell.get(name) for name in kind)]
        if alike:
            return median(alike)
    return None


@given(st.lists(st.tuples(CELL, st.floats(0, 1e4))), CELL)
def test_it_is_the_median_of_the_nearest_kind(measured, cell):
    rows = [{"cell": one, "status": "ok", "time": {"total": seconds}} for one, seconds in measured]
    assert Durations(rows).expected(cell) == slow(rows, cell)


def test_rows_that_are_not_ok_or_have_no_time_do_not_count():
    cell = Cell("a").to_dict()
    rows = [
        {"cell": cell, "status": status, "time": {"total": 5.0} if timed else {}}
        for status, timed in (("failed", True), ("oom", True), ("running", False), ("ok", False))
    ]
    assert Durations(rows).expected(cell) is None
