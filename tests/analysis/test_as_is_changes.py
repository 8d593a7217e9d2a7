"""What a space changed of the vectors as they are, of two rows."""

from mmgap.analysis.as_is_changes import RECALLS, gap_removed, paired_changes
from mmgap.analysis.row_items import read_all
from mmgap.core.cache import Cache
from tests.support.made_up_rows import row
from tests.support.made_up_spaces import space_row, space_rows


def test_a_gap_that_was_not_there_cannot_be_removed():
    assert gap_removed(space_row(None, 0.0, 0.5), space_row("shift", 0.0, 0.5)) is None
    assert gap_removed(row(metrics={}), space_row("shift", 0.1, 0.5)) is None


def test_a_clear_change_stays_clear_among_sixty_spaces(tmp_path):
    """Sign flips can tell no p below 0.001, which sixty spaces in two directions would bring above 5 %."""
    cache = Cache(tmp_path / "cache")
    before, after = read_all([space_rows(cache)[0], space_rows(cache)[-1]], cache)
    assert paired_changes(before, after, RECALLS)[RECALLS[0]]["p_value"] * 120 < 0.05
