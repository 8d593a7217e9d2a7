"""The printed figures, the rule of reproduction, and tables 5.1-5.4 measured again."""

import subprocess
import sys

import pytest
import torch

from mmgap.report.figures import dimensions as annex_e
from mmgap.report.figures import spheres as sphere
from mmgap.report.figures import style as lettering
from mmgap.report.sections import theory as theory_view
from mmgap.theory import printed
from mmgap.theory import printed_tables as theory_tables


def test_numbers_keep_their_last_place():
    assert printed.printed("5.2")[2] == {"theta_deg": "90", "gap": "1.40"}
    assert printed.printed("5.5")[0]["test_r1"] == "65.13"
    assert [row["loss"] for row in printed.printed("5.6")][-1] == "ce+anti+var"
    assert "Zaragoza" in printed.document()["source"]
    assert list(printed.document()["tables"]) == ["5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7"]
    with pytest.raises(ValueError, match=r"no printed table '5.9'; there are 5.1, 5.2"):
        printed.printed("5.9")


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [("1.40", 1.4, 0.005), ("-0.0163", -0.0163, 0.00005), ("≈0", 0, 0.005), ("84.6", 84.6, 0.05), ("20", 20, 0.5)],
)
def test_reading_a_figure(text, value, half):
    assert printed.value_of(text) == value
    assert printed.half_unit(text) == pytest.approx(half, rel=1e-12)


def test_rule_of_reproduction():
    even = [0.0, 2.0] * 10  # mean 1, sd 1.026
    assert printed.reproduces(even, "4.07")
    assert not printed.reproduces(even, "4.09")
    exact = [1.4] * 20
    assert printed.reproduces(exact, "1.40")
    assert not printed.reproduces(exact, "1.41")
    assert printed.reproduces([1.404] * 20, "1.40")
    assert not printed.reproduces([1.404] * 20, "1.400")
    with pytest.raises(ValueError, match="19 seeds: at least 20"):
        printed.reproduces(even[:19], "1.40")


def test_reading_costs_neither_torch_nor_numpy():
    code = (
        "import sys, mmgap.theory.printed as p; p.printed('5.1'); print(sorted({'torch', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("table", theory_tables.TABLES)
def test_every_cell_is_reproduced_or_explained(table):
    cells = theory_tables.theory_cells(table, seeds=20)
    figures = {(c["row"], c["column"]): c["printed"] for c in cells}
    assert len(figures) == len(cells) == sum(len(row) - 1 for row in printed.printed(table))
    for cell in cells:
        assert cell["seeds"] == 20
        if cell["reproduced"]:
            assert cell["discrepancy"] is cell["reading_mean"] is None
        else:
            assert cell["discrepancy"], cell
    shown = theory_view.as_table(table, cells)
    assert shown.name == f"table-{table.replace('.', '-')}"
    assert [row[4] for row in shown.rows].count("yes") == sum(cell["reproduced"] for cell in cells)


def test_the_named_discrepancy_is_computed_by_both_readings():
    cells = {(c["row"], c["column"]): c for c in theory_tables.theory_cells("5.3", seeds=20)}
    cell = cells["theta_deg=90", "o_inter"]
    assert not cell["reproduced"]
    assert cell["mean"] == pytest.approx(0.14, abs=0.01)
    assert cell["reading_mean"] == pytest.approx(0.02, abs=0.01)
    assert "|·|" in cell["discrepancy"]


def test_a_reading_that_does_not_help_explains_nothing(monkeypatch):
    """The verdict is computed: a figure that no reading gives stays unexplained."""
    monkeypatch.setattr(
        theory_tables,
        "printed",
        lambda table: [{**row, "o_inter": "0.50"} for row in printed.printed(table)],
    )
    cells = theory_tables.theory_cells("5.3", seeds=20)
    inter = [cell for cell in cells if cell["column"] == "o_inter"]
    assert not any(cell["reproduced"] or cell["discrepancy"] for cell in inter)
    verdicts = [row[4] for row in theory_view.as_table("5.3", inter).rows]
    assert verdicts[0] == "no"
    assert verdicts[2].startswith("no: unexplained (0.0")


def test_draws_are_seeded_and_leave_the_generator_alone():
    before = torch.get_rng_state()
    first, again, other = (theory_tables.cones(30, 50, 4, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])
    threads = torch.get_num_threads()
    with pytest.raises(ValueError, match="at least 20"):
        theory_tables.theory_cells("5.2", seeds=2)
    assert torch.get_num_threads() == threads
    with pytest.raises(ValueError, match=r"no theory table '5\.6'"):
        theory_tables.theory_cells("5.6")


@pytest.mark.parametrize("language", ["en", "es"])
def test_figures(tmp_path, language):
    figures = {
        "5.1": sphere.concentrations(kappas=(10, 200), n=50, language=language),
        "5.2": sphere.separations(thetas_deg=(0, 180), n=50, language=language),
        "annex-e": annex_e.high_dimension(language=language),
    }
    assert [axes.get_title().splitlines()[0] for axes in figures["5.1"].axes] == ["κ = 10", "κ = 200"]
    assert [axes.get_title().splitlines()[0] for axes in figures["5.2"].axes] == ["θ = 0°", "θ = 180°"]
    for name, figure in figures.items():
        path = tmp_path / f"{name}.png"
        lettering.save(figure, path)
        assert path.read_bytes().startswith(b"\x89PNG")
