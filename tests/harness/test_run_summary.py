from mmgap.harness.run_summary import WIDTH, summary
from tests.support.made_up_rows import failed, metric, row, space_metrics

LONG = "two-towers:some-very-long-image-model,an-equally-long-text-model,random"


def test_one_line_a_cell_with_its_status():
    lines = summary([row(), failed(dataset="arasaac-es"), row(dataset="flickr8k", status="running", metrics={})])
    head, _, *body = lines.splitlines()
    assert head.split() == ["encoder", "dataset", "gap", "misal.", "unif.", "T→I@1/90", "I→T@1/90", "status"]
    assert body[0].split()[1:] == ["arasaac-es", "—", "—", "—", "—", "—", "failed"]
    assert body[1].split()[-1] == "unfinished"
    assert body[2].split() == ["tiny-random", "glyphs-en", "0.851", "1.380", "-1.818", "70.6", "70.6", "ok"]


def test_cells_of_several_experiments_stand_under_its_name():
    lines = summary([row(), row("train", loss="ce"), row(dataset="arasaac-es")]).splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["measure", "tiny-random", "tiny-random", "train", "tiny-random"]
    assert [len(line.split()) for line in lines] == [1, 9, 9, 1, 9]


def test_an_experiment_without_the_figures_of_a_space_stands_below_with_its_own():
    top, below = summary([row(), row("mixed_search", metrics={"share": metric(0.5)})]).split("\n\n")
    assert "mixed_search" not in top
    assert below.splitlines()[-1].startswith("mixed_search")
    assert "share 0.500" in below


def test_fits_the_terminal_and_keeps_both_ends_of_names():
    datasets = [f"folder:/a/long/path/to/pictures/{i}" for i in (1, 2)]
    text = summary([row(encoder=LONG, dataset=dataset, loss="ce+0.5*intra") for dataset in datasets])
    assert max(map(len, text.splitlines())) <= WIDTH
    body = text.splitlines()[2:]
    assert body[0] != body[1]
    assert "…" in body[0]


def test_seeds_become_one_line():
    rows = [row(seed=s, metrics=space_metrics(g)) for s, g in enumerate((0.8, 0.9))] + [failed(seed=2)]
    (line,) = summary(rows).splitlines()[2:]
    assert "0.850" in line
    assert line.endswith("2 ok, 1 failed")


def test_other_experiments_stand_below_with_their_first_figures():
    rows = [
        row(),
        row(
            "cones",
            None,
            None,
            variant={"architecture": "vit"},
            metrics={f"metric_{i}": metric(0.5) for i in "012345"},
        ),
        row("speed", None, None, variant={}, metrics={}),
    ]
    text = summary(rows, "es")
    assert max(map(len, text.splitlines())) <= WIDTH
    top, below = text.split("\n\n")
    assert "brecha" in top
    assert "cones architecture=vit" in below
    assert "metric_0 0.500" in below
    assert below.splitlines()[-1].split()[-1] == "—"
    assert "gap" not in summary(rows[1:])


def test_recall_over_the_full_set_where_no_pool_was_measured():
    metrics = {name: m for name, m in space_metrics().items() if "pool" not in name}
    assert "T→I@1 " in summary([row(metrics=metrics)])


def test_nothing():
    assert summary([]) == ""
