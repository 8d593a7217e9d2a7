"""Thesis tables 5.1-5.4 (Power Spherical cones on S²) and annex E: a printed figure is reproduced, or says why not."""

import pytest

SEEDS = 100


@pytest.mark.experiment(
    "theory",
    version=1,
    variants=[{"table": table} for table in ("5.1", "5.2", "5.3", "5.4")],
    seeded=False,
    draws=SEEDS,
)
def test_table(cell, record):
    from mmgap.theory.printed_cells import record_cells
    from mmgap.theory.printed_tables import theory_cells

    cells = theory_cells(cell.value("table"), SEEDS)
    record_cells(record, cells)
    assert not [c for c in cells if not c["reproduced"] and c["discrepancy"] is None]


@pytest.mark.experiment("dimensions", version=1, seeded=False)
def test_dimensions(cell, record):
    """The ball vanishes in its cube, volume moves outwards, random directions stand at 90°."""
    from mmgap.theory import ball_volume, cosine_deviation, cube_volume, shell_share

    for dim in (2, 3, 10, 100, 768):
        record(f"d{dim}.ball_in_cube", ball_volume(dim) / cube_volume(dim))
        record(f"d{dim}.outer_5_percent", shell_share(dim, 0.05))
        record(f"d{dim}.cosine_sd", cosine_deviation(dim))
