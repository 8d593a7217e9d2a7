import pytest

from mmgap.analysis.groups import groups, pool_size
from mmgap.report.blocks import Column, Table
from mmgap.report.footnotes import Notes
from mmgap.report.metric_table import WIDTH
from mmgap.report.section import SectionMaterial
from mmgap.report.sections import section_of
from tests.support.made_up_rows import failed, metric, row, space_metrics


def made(rows, experiment="measure", language="en"):
    notes = Notes()
    return section_of(experiment).tables(SectionMaterial(experiment, rows, (), {}, language, notes)), notes.texts


def cell(table, header, line=0):
    names = [column.header for column in table.columns]
    return table.rows[line][names.index(header)]


def test_columns_stand_in_the_thesis_order():
    (main, *others), _ = made([row()])
    (recalls,) = (table for table in others if table.name == "measure-retrieval")
    assert [column.header for column in main.columns] == [
        "dataset",
        "encoder",
        "captions",
        "gap",
        "gap, corrected",
        "misalignment",
        "uniformity",
        "R@1 T→I (pool 90, own pair)",
        "R@5 T→I (pool 90, own pair)",
        "R@10 T→I (pool 90, own pair)",
        "images / texts",
    ]
    own = [f"R@{k} I→T (pool 90, own pair)" for k in (1, 5, 10)]
    ways = [f"R@{k} {way} (own pair)" for way in ("T→I", "I→T") for k in (1, 5, 10)]
    first = [*own, "R@1 T→I (pool 90)", "R@1 I→T (pool 90)", *ways]
    assert [c.header for c in recalls.columns][3 : 3 + len(first)] == first
    assert [c.header for c in recalls.columns[3:] if c.chosen] == first[:WIDTH]
    assert main.rows[0][3:5] == ("0.851", "0.849 [0.84, 0.86]")
    assert cell(main, "R@1 T→I (pool 90, own pair)") == "60.6"
    assert cell(recalls, "R@1 I→T (own pair)") == "40.6"
    assert main.rows[0][-1] == "500 / 500"


def test_every_metric_stands_in_exactly_one_column():
    found, _ = made([row()])
    metrics = [column.header for table in found for column in table.columns if column.numeric]
    assert len(metrics) == len(set(metrics)) == len(space_metrics()) + 1  # and the counts of items
    assert "my_own_metric" in metrics
    assert "duplicate captions" in metrics
    questions = ["apart", "retrieval", "others", "trust"]
    assert [table.name for table in found] == ["measure-main", *(f"measure-{question}" for question in questions)]
    assert [table.question for table in found] == ["apart", *questions]


def test_missing_metric_is_a_dash_and_unknown_pools_are_used():
    small = {name: m for name, m in space_metrics().items() if "pool" not in name}
    (main, *_), _ = made([row(), row(dataset="arasaac-es", metrics=small)])
    assert cell(main, "R@1 T→I (pool 90, own pair)", 0) == "—"
    assert cell(main, "R@1 T→I (pool 90, own pair)", 1) == "60.6"
    assert pool_size(["t2i_r1_pool20", "t2i_r1_pool50"]) == 50
    assert pool_size(["t2i_r1_pool20", "t2i_r1_pool90", "t2i_r1_pool500"]) == 90
    (alone, *_), _ = made([row(metrics=small)])
    assert not any("pool" in column.header for column in alone.columns)


def test_seeds_are_averaged_and_counted():
    rows = [row(seed=seed, metrics=space_metrics(gap)) for seed, gap in enumerate((0.80, 0.85, 0.90))]
    (main, *_), _ = made([*rows, row(dataset="arasaac-es")])
    assert cell(main, "gap", 1) == "0.850 ± 0.050"
    assert [cell(main, "seeds", line) for line in (0, 1)] == ["1", "3"]
    assert len(main.rows) == 2


def test_losses_stand_in_the_thesis_order_with_its_figures_below():
    rows = [
        row("train", "clip-vit-l-14", "arasaac-en", loss, variant={"tuning": "dora"})
        for loss in ("zz", "ce+anti", "ce", "initial")
    ]
    (main, *others), _ = made(rows, "train")
    losses = [cell(main, "loss", i) for i in range(len(main.rows))]
    printed = "thesis, table 5.6"
    assert losses == ["initial", printed, "ce", printed, "ce+anti", printed, "zz"]
    assert [cell(main, name, 3) for name in ("gap", "R@1 T→I (pool 90, own pair)", "dataset")] == ["0.68", "82.2", ""]
    assert main.caption.endswith("Everywhere in this table: tuning = dora.")
    assert all(printed not in line for table in others for line in table.rows)


def test_training_free_rows_stand_above_the_printed_initial_ones():
    (main, *_), _ = made([row("measure", "clip-vit-l-14", "arasaac-es")], language="es")
    assert [line[1] for line in main.rows] == ["clip-vit-l-14", "tesis, tabla 5.7"]
    assert cell(main, "DESALINEAMIENTO", 1) == "1.52"


def test_other_spaces_carry_no_printed_figures():
    (main, *_), _ = made([row("train", "clip-vit-b-32", "arasaac-en", "ce")], "train")
    assert len(main.rows) == 1


def test_footnotes_are_shared_and_numbered():
    rows = [row(notes=["a", "b\nb"]), row(dataset="arasaac-es", notes=["c", "a"]), row(dataset="x")]
    (main, *_), notes = made(rows)
    assert notes == ["c", "a", "b b"]  # as they are met: arasaac stands first
    assert [cell(main, "notes", i) for i in range(3)] == ["1, 2", "2, 3", ""]


def test_unknown_experiments_get_a_plain_table():
    rows = [
        row("cones", None, None, seed=s, variant={"architecture": a}, metrics={"cone": metric(0.5 + s / 10)})
        for a in ("resnet", "vit")
        for s in (0, 1)
    ]
    (only,), _ = made(rows, "cones")
    assert [column.header for column in only.columns] == ["architecture", "cone", "seeds"]
    assert only.rows == (("ResNet", "0.550 ± 0.071", "2"), ("ViT", "0.550 ± 0.071", "2"))


def test_different_metrics_make_different_tables_and_many_of_one_cell_stand_below_each_other():
    many = {f"m{i}": metric(float(i) / 7) for i in range(WIDTH + 1)}
    rows = [
        row("theory", None, None, variant={"table": "5.1"}, metrics={"u": metric(1.5, unit="s")}),
        row("theory", None, None, variant={"table": "5.3"}, metrics=many, notes=["why"]),
        row("theory", None, None, variant={"table": "5.3"}, metrics=many, seed=1),
    ]
    (first, second), _ = made(rows, "theory")
    assert [column.header for column in first.columns] == ["table", "u, s"]
    assert "table = 5.3" in second.caption
    assert "notes 1" in second.caption
    assert [line[0] for line in second.rows] == [*many, "seeds"]


def theory_row(*metrics, notes=()):
    found = {name: metric(value, n=100) for name, value in metrics}
    return row("theory", None, None, variant={"table": "5.2"}, metrics=found, notes=notes)


def test_theory_tables_stand_beside_the_print_and_keep_their_reasons_inside():
    figures = [("theta_deg-90.gap", 1.39), ("theta_deg-90.gap.sd", 0.01), ("theta_deg-90.gap.reproduced", 0.0)]
    reading = [("theta_deg-90.gap.reading", 1.4), ("theta_deg-90.gap.reading.sd", 0.01)]
    (only,), notes = made([theory_row(*figures, *reading, notes=["5.2 theta_deg=90 gap: why not", "mind"])], "theory")
    assert only.name == "theory-table-5-2"
    assert only.rows == (("θ = 90°", "gap", "1.40", "1.390 ± 0.010", "no: why not (1.400 ± 0.010)"),)
    assert notes == ["mind"]
    (es,), _ = made([theory_row(*figures[:2], ("theta_deg-90.gap.reproduced", 1.0))], "theory", "es")
    assert es.rows[0][-1] == "sí"
    assert es.caption.startswith("Tabla 5.2 de la tesis")


def test_a_long_table_has_all_columns_and_chooses_the_first():
    many = {f"m{i}": metric(1.5 + i) for i in range(2 * WIDTH)}
    (only,), _ = made([row("x", variant={"v": v}, metrics=many) for v in (1, 2)], "x")
    assert [column.header for column in only.columns if column.numeric] == list(many)
    assert [column.header for column in only.columns if column.numeric and column.chosen] == list(many)[:WIDTH]
    assert only.name == "x"


def test_names_of_tables_do_not_shift_when_more_is_measured():
    one, more = {"u": metric(1.5)}, {"w": metric(1.5)}
    first, _ = made([row("x", variant={"v": "b"}, metrics=one)], "x")
    both, _ = made([row("x", variant={"v": "b"}, metrics=one), row("x", variant={"v": "a"}, metrics=more)], "x")
    assert [table.name for table in first] == ["x-b"]
    assert {table.name for table in both} == {"x-a", "x-b"}


def test_variants_are_ordered_as_numbers():
    (only,), _ = made([row("d", None, None, variant={"dim": d}, metrics={"m": metric(1.5)}) for d in (100, 20, 3)], "d")
    assert [line[0] for line in only.rows] == ["3", "20", "100"]


def test_a_row_without_metrics_shows_nothing():
    assert made([failed()])[0] == []


def test_groups_keep_the_seeds_in_order():
    (group,) = groups([row(seed=2), row(seed=0)])
    assert [one["cell"]["seed"] for one in group.rows] == [0, 2]


def test_a_crooked_table_is_refused():
    with pytest.raises(ValueError, match="'t': a row of 2 cells under 1 columns"):
        Table("t", "", (Column("a"),), (("1", "2"),))
