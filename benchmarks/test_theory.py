"""Thesis tables 5.1-5.4 (Power Spherical cones on S²): every printed figure is reproduced, or its reason is named."""

import pytest

from mmgap.report import markdown, theory_tables


@pytest.mark.parametrize("table", theory_tables.TABLES, ids=lambda table: f"table-{table.replace('.', '-')}")
def test_table(table):
    cells = theory_tables.theory_cells(table)
    shown = theory_tables.as_table(table, cells)
    print(f"\n{shown.caption}\n{markdown.table(shown)}")
    open_cells = [cell for cell in cells if not cell["reproduced"] and cell["discrepancy"] is None]
    assert not open_cells
