"""What an examination says of single faults, row by row, and of what cannot be told."""

import numpy as np
import pytest

from mmgap.diagnosis.examination import examine
from mmgap.diagnosis.finding import MOST_ROWS
from mmgap.diagnosis.finding_kinds import KINDS
from tests.support.real_vectors import real_pairs


def kinds(found, *severities):
    return [one.kind for one in found.findings if not severities or one.severity in severities]


def finding(found, kind):
    return next(one for one in found.findings if one.kind == kind)


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    items = rng.normal(size=(300, 32))
    x, y = (items + 0.5 * rng.normal(size=(2, 300, 32))).astype(np.float32)
    return x / np.linalg.norm(x, axis=1)[:, None], y / np.linalg.norm(y, axis=1)[:, None]


def test_clean_pairs_are_clean(pairs):
    found = examine(*pairs)
    assert found.findings == ()
    assert found.paired
    assert not found.severe
    assert [one.kind for one in found.untold] == ["swapped_modalities"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_every_precision_is_read(pairs, dtype):
    assert examine(*(side.astype(dtype) for side in pairs)).findings == ()


def test_rows_without_a_direction_are_named(pairs):
    x, y = (side.copy() for side in pairs)
    x[[3, 7], 2] = np.nan
    y[11] = 0
    found = examine(x, y)
    assert finding(found, "nonfinite").rows == (3, 7)
    assert finding(found, "zero_rows").rows == (11,)
    assert "images: 2 of 300 rows" in finding(found, "nonfinite").message
    assert kinds(found) == ["nonfinite", "zero_rows"], "the other rows are examined as if these were not there"


@pytest.mark.parametrize("shift", [1, -2, 150, 299])
def test_a_constant_shift_is_named_with_its_size(pairs, shift):
    found = examine(np.roll(pairs[0], shift, axis=0), pairs[1])
    told = finding(found, "shifted_rows").message
    size = shift if shift <= 150 else shift - 300
    assert f"{size:+d} rows" in told
    assert kinds(found) == ["shifted_rows"]
    assert found.severe


def test_a_missing_row_shifts_those_behind_it(pairs):
    x, y = np.delete(pairs[0], 120, axis=0), pairs[1][:-1]
    rows = finding(examine(x, y), "shifted_rows").rows
    assert abs(rows[0] - 120) <= 3
    assert rows[-1] >= 295


def test_texts_shift_among_several_captions(pairs):
    rng = np.random.default_rng(1)
    owner = np.repeat(np.arange(300), 3)
    y = pairs[1][owner] + 0.1 * rng.normal(size=(900, 32)).astype(np.float32)
    y /= np.linalg.norm(y, axis=1)[:, None]
    assert kinds(examine(pairs[0], y, owner), "severe", "warning") == []
    assert "shifted_rows" in kinds(examine(pairs[0], np.roll(y, 3, axis=0), owner), "severe")


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (np.arange(300)[::-1], "backwards"),
        (np.array(sorted(range(300), key=str)), "as text"),
        (np.concatenate([np.arange(300)[k::4] for k in range(4)]), "4 processes"),
        (np.random.default_rng(5).permutation(300), "no better than chance"),
    ],
)
def test_other_orders_are_recognised(pairs, order, words):
    found = examine(pairs[0][order], pairs[1])
    assert kinds(found) == ["shuffled_rows"]
    assert words in finding(found, "shuffled_rows").message


def test_towers_that_know_nothing_of_each_other_cannot_be_told_from_shuffled_ones(pairs):
    rng = np.random.default_rng(3)
    found = examine(pairs[0], rng.normal(size=(300, 32)).astype(np.float32))
    assert "shuffled_rows" not in kinds(found)
    assert "shuffled_rows" in [one.kind for one in found.untold]


def test_a_run_of_shuffled_rows_is_found_where_it_is(pairs):
    x = pairs[0].copy()
    x[100:150] = np.random.default_rng(2).permutation(x[100:150])
    rows = finding(examine(x, pairs[1]), "shuffled_rows").rows
    assert len(set(rows) & set(range(100, 150))) >= 42
    assert len(set(rows) - set(range(100, 150))) <= 4


def test_precisions_in_one_file(pairs):
    x = pairs[0].copy()
    x[40:60] = x[40:60].astype(np.float16)
    found = examine(x, pairs[1])
    assert finding(found, "mixed_sources").rows == tuple(range(40, 60))
    assert not found.severe
    assert kinds(examine(x.astype(np.float16), pairs[1].astype(np.float16))) == [], "all rows alike are no mix"


def test_norms_in_two_groups_and_scaled_files(pairs):
    x = pairs[0].copy()
    x[200:] *= 3
    found = examine(x, pairs[1])
    assert finding(found, "norms").rows == tuple(range(200, 300))
    assert "mixed_sources" in kinds(found)
    assert kinds(examine(100 * pairs[0], pairs[1]), "warning") == ["norms"]
    lengths = np.random.default_rng(0).lognormal(0, 0.3, (2, 300, 1)).astype(np.float32)
    both = examine(pairs[0] * lengths[0], pairs[1] * lengths[1])
    assert kinds(both, "severe", "warning") == []
    assert kinds(both, "note") == ["norms", "norms"]


def test_shared_captions_are_no_fault_and_copied_vectors_are(pairs):
    rng = np.random.default_rng(4)
    group = rng.integers(0, 200, 300)
    x = pairs[1][group] + 0.1 * rng.normal(size=(300, 32)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1)[:, None]
    assert kinds(examine(x, pairs[1][group]), "severe", "warning") == []
    y = pairs[1].copy()
    y[10:20] = y[30:40]
    found = finding(examine(pairs[0], y), "duplicates")
    assert set(range(10, 20)) <= set(found.rows)


def test_pairs_that_are_there_twice(pairs):
    x, y = (np.concatenate([side, side[:5]]) for side in pairs)
    found = finding(examine(x, y), "duplicates")
    assert found.rows == tuple(range(300, 305))
    assert found.severity == "warning"


def test_texts_that_became_one_vector(pairs):
    y = pairs[1].copy()
    cut = np.random.default_rng(0).choice(300, 45, replace=False)
    y[cut] = y[0]
    found = examine(pairs[0], y)
    assert kinds(found) == ["truncated_texts"]
    assert set(cut) <= set(finding(found, "truncated_texts").rows)


def test_collapse_and_shared_components(pairs):
    x, y = pairs
    point = np.ones(32, dtype=np.float32)
    assert "collapse" in kinds(examine(np.tile(point, (300, 1)), y), "severe")
    assert "collapse" in kinds(examine(point + 1e-4 * x, y), "severe")
    assert "collapse" in kinds(examine(np.outer(x[:, 0], point) + 0.1, y), "severe")
    assert "shared_component" in kinds(examine(x + point, y), "warning")
    assert "collapse" not in kinds(examine(x + point, y))


def test_logit_scales(pairs):
    found = examine(*pairs, scale=0.01)
    assert kinds(found) == ["logit_scale"]
    assert "temperature" in finding(found, "logit_scale").message
    assert kinds(examine(*pairs, scale=100.0)) == []


def test_modalities_are_exchanged_where_counts_or_names_tell(pairs):
    x, y = pairs
    assert "swapped_modalities" in kinds(examine(x, y, names=("text_embeds", "image_embeds")), "severe")
    assert "swapped_modalities" in kinds(examine(np.repeat(y, 3, axis=0), x), "severe")
    assert "swapped_modalities" in kinds(examine(np.repeat(y, 3, axis=0), x, np.repeat(np.arange(300), 3)), "severe")
    assert "swapped_modalities" not in kinds(examine(x, y, names=("img", "txt")))


def test_sides_that_do_not_fit_are_examined_each(pairs):
    x, y = pairs
    y = y.copy()
    y[3] = 0
    found = examine(x[:200], y)
    assert kinds(found) == ["zero_rows"]
    assert not found.paired
    assert any("200 images and 300 texts" in one.message for one in found.untold)
    assert not examine(x, y[:, :16]).paired
    assert not examine(x, y, np.arange(300) + 5).paired, "an owner beyond the images"


def test_many_rows_are_cut_short(pairs):
    x = np.zeros((5000, 8), dtype=np.float32)
    found = finding(examine(x, x), "zero_rows")
    assert len(found.rows) == MOST_ROWS
    assert "5000 of 5000" in found.message


@pytest.mark.parametrize("bad", [np.zeros((0, 4)), np.zeros(4), np.zeros((3, 4), dtype=int)])
def test_what_is_no_matrix_is_refused(bad):
    with pytest.raises(ValueError, match="expected floating rows"):
        examine(bad, np.ones((3, 4)))


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_few_rows_end_in_no_error(n):
    rng = np.random.default_rng(n)
    found = examine(*rng.normal(size=(2, n, 6)), scale=10.0)
    assert all(one.kind in KINDS for one in found.findings)


def test_real_vectors():
    x, y = real_pairs()
    assert examine(x, y, scale=100.0).findings == ()
    random = examine(*real_pairs("features_clip_random.npy"))
    assert random.findings == ()
    assert {"shifted_rows", "shuffled_rows"} <= {one.kind for one in random.untold}
    assert kinds(examine(x, np.roll(y, 7, axis=0))) == ["shifted_rows"]
