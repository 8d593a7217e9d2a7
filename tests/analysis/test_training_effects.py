import json

import numpy as np
import pytest

from mmgap.analysis.loss_contrasts import adjust, changes
from mmgap.analysis.training_effects import effects, verdict
from mmgap.analysis.training_families import PICTURED, families
from mmgap.core.cache import Cache
from mmgap.report import write_report
from mmgap.report.footnotes import Notes
from mmgap.report.section import SectionMaterial
from mmgap.report.sections.training import effect_blocks, p_value, sentence, shown
from mmgap.stats import contrast, holm
from tests.support.made_up_rows import failed, files, metric, row, with_items
from tests.support.made_up_training import LOSSES, curve_items, split_items, train_row

METRICS = ("gap_corrected", "t2i_r1_pool90_own", "t2i_r1_pool90", "i2t_r1_pool90_own", "i2t_r1_pool90")
GAP, T2I = METRICS[:2]


def made(rows, cache, folder):
    (found,) = effects(rows, folder, cache)
    return found


def sentences(found, language="en"):
    return [sentence(entry, found.metrics[:2], language) for entry in found.contrasts]


def shown_blocks(found, language="en"):
    notes = Notes()
    return effect_blocks(SectionMaterial("train", (), [found], {}, language, notes)), notes.texts


def slow_difference(a, b, owner):
    """Mean of b − a over queries, and the spread of it over resampled images, by plain loops."""
    rng = np.random.default_rng(1)
    images = sorted(set(owner))
    drawn = []
    for _ in range(400):
        chosen = rng.choice(images, len(images)).tolist()
        picked = [b[q] - a[q] for image in chosen for q in range(len(owner)) if owner[q] == image]
        drawn.append(sum(picked) / len(picked))
    return sum(y - x for x, y in zip(a, b, strict=True)) / len(a), np.quantile(drawn, [0.025, 0.975])


def test_changes_are_those_of_a_slow_loop_over_images_and_their_captions():
    before, after = split_items(0.9, 0.4, n=30, captions=3), split_items(0.6, 0.6, n=30, captions=3, seed=5)
    rng = np.random.default_rng(2)
    after[T2I] = np.clip(after[T2I] + np.repeat(0.2 * rng.normal(size=30), 3), 0, 1)
    found = changes({0: before}, {0: after}, METRICS)
    expected = contrast(before[T2I], after[T2I], clusters=before["owner"], shares=True)
    mean, (low, high) = slow_difference(before[T2I], after[T2I], before["owner"])
    assert found[T2I]["difference"] == pytest.approx(mean, abs=1e-12)
    assert [found[T2I]["low"], found[T2I]["high"]] == pytest.approx([low, high], abs=0.25 * (high - low))
    assert (found[T2I]["low"], found[T2I]["high"]) == (expected.difference.low, expected.difference.high)
    assert found[T2I]["p_value"] == expected.p_value
    assert found[GAP]["difference"] == pytest.approx(-0.3, abs=1e-12)
    assert found[GAP]["a"] == pytest.approx(0.9)
    assert found[GAP]["low"] < -0.3 < found[GAP]["high"] < 0
    alone = contrast(before[T2I], after[T2I], shares=True).difference
    assert found[T2I]["high"] - found[T2I]["low"] > 1.3 * (alone.high - alone.low)  # captions of an image go together


def test_images_that_share_a_caption_go_together():
    before, after = split_items(recall=0.4, n=40), split_items(recall=0.5, n=40, seed=1)
    after["i2t_r1_pool90"] = np.clip(
        after["i2t_r1_pool90"] + np.repeat(0.2 * np.random.default_rng(0).normal(size=10), 4), 0, 1
    )
    apart = changes({0: before}, {0: after}, METRICS)["i2t_r1_pool90"]
    after["cluster"] = np.arange(40) // 4
    together = changes({0: before}, {0: after}, METRICS)["i2t_r1_pool90"]
    assert together["difference"] == apart["difference"]
    assert together["high"] - together["low"] > 1.5 * (apart["high"] - apart["low"])


def test_seeds_widen_the_interval_by_how_much_they_differ():
    before = {s: split_items(0.9, n=40, seed=s) for s in (0, 1, 2)}
    after = {s: split_items(gap, n=40, seed=9 + s) for s, gap in ((0, 0.5), (1, 0.6), (2, 0.7))}
    change = changes(before, after, [GAP])[GAP]
    assert change["difference"] == pytest.approx(-0.3)
    assert change["sd"] == pytest.approx(0.1)
    assert change["seeds"] == 3
    assert change["high"] - change["low"] > 2 * 4 * 0.1 / 3**0.5
    one = changes({0: before[0]}, {0: after[0]}, [GAP])[GAP]
    assert one["sd"] is None
    assert one["seeds"] == 1


def test_runs_are_paired_by_their_seed():
    before = {s: split_items(0.9 + s / 10, n=20, seed=s) for s in (0, 1)}
    after = {s: split_items(0.5 + s / 10, n=20, seed=s) for s in (0, 1)}
    assert changes(before, after, [GAP])[GAP]["sd"] == pytest.approx(0, abs=1e-12)
    once = changes({0: before[0]}, after, [GAP])[GAP]
    assert once["seeds"] == 2
    assert once["sd"] == pytest.approx(0.1 * 2**-0.5)
    assert changes(before, {1: after[1], 5: after[0]}, [GAP])[GAP]["seeds"] == 1
    with pytest.raises(ValueError, match="none in common"):
        changes({s + 7: items for s, items in before.items()}, after, [GAP])


def test_a_metric_without_arrays_is_left_out_and_odd_arrays_are_named():
    before, after = split_items(), split_items(0.4)
    del after["i2t_r1_pool90"]
    assert list(changes({0: before}, {0: after}, METRICS)) == list(METRICS[:4])
    with pytest.raises(ValueError, match="another number of items"):
        changes({0: before}, {0: split_items(n=61)}, METRICS)
    after[T2I][3] = np.nan
    with pytest.raises(ValueError, match="item 3 is nan"):
        changes({0: before}, {0: after}, METRICS)


def test_p_values_are_corrected_over_all_that_a_table_claims():
    entries = [
        {
            "against": against,
            "changes": {GAP: {"p_value": p, "p_floor": 0.0}, T2I: {"p_value": p / 2, "p_floor": 0.001}},
        }
        for against, p in (("initial", 0.01), ("initial", 0.04), ("initial", 0.002), ("ce", 0.04))
    ]
    adjust(entries)
    found = [entry["changes"][name]["p_value_holm"] for entry in entries[:3] for name in (GAP, T2I)]
    assert found == [*holm([0.01, 0.005, 0.04, 0.02, 0.002, 0.001])]
    assert entries[3]["changes"][GAP]["p_value_holm"] == 0.04
    assert [entry["changes"][T2I]["p_at_floor"] for entry in entries] == [False, False, True, False]


def test_a_p_at_the_floor_of_its_test_is_shown_as_a_bound(tmp_path, cache):
    one = made([train_row(cache, loss) for loss in ("initial", "ce")], cache, tmp_path)
    (_, table, *_), _ = shown_blocks(one)
    assert table.rows[0][2].endswith(" (≤ 0.004)")  # of sign flips, four changes at their floor
    assert "≤" not in table.rows[0][1]  # of a t, which has none
    three = made([train_row(cache, loss, s) for loss in ("initial", "ce") for s in (0, 1, 2)], cache, tmp_path / "b")
    (_, table, *_), _ = shown_blocks(three)
    assert not any("≤" in cell for cell in table.rows[0])


def test_every_loss_stands_against_initial_and_against_ce(tmp_path, cache):
    rows = [train_row(cache, loss, seed) for loss in ("initial", *LOSSES) for seed in (0, 1, 2)]
    found = made(rows, cache, tmp_path)
    assert list(found.against("initial")) == list(LOSSES)
    assert list(found.against("ce")) == list(LOSSES[1:])
    assert found.against("initial")["ce"][GAP]["difference"] == pytest.approx(0.55 - 0.95)
    assert found.against("ce")["ce+anti"][GAP]["difference"] == pytest.approx(0.26 - 0.55)
    (heading, cheapest, against_initial, against_ce, bullets, links), notes = shown_blocks(found)
    assert heading.text == "What each loss did: tiny · glyphs-en"
    assert cheapest.text.startswith("What closes the gap at the least cost: ")
    assert [c.header for c in against_initial.columns] == [
        "loss",
        "Δ gap, corrected (p)",
        "Δ R@1 T→I (pool 90, own pair), points (p)",
        "Δ R@1 T→I (pool 90), points (p)",
        "Δ R@1 I→T (pool 90, own pair), points (p)",
        "Δ R@1 I→T (pool 90), points (p)",
        "seeds",
    ]
    assert [line[0] for line in against_initial.rows] == list(LOSSES)
    assert "before training" in against_initial.caption
    assert "± sd" in against_initial.caption
    assert against_ce.rows[0][1].startswith("-0.23")
    assert "] ± 0.000" in against_ce.rows[0][1]
    assert against_ce.rows[0][-1] == "3"
    assert len(bullets.texts) == 2 * len(LOSSES) - 1
    assert bullets.texts[0].startswith("ce against initial: gap, corrected lower, -0.400 [")
    assert "R@1 T→I (pool 90, own pair) higher, 40." in bullets.texts[0]
    assert links.targets[0][0].startswith("training/tiny-glyphs-en-")
    assert len(notes) == 2


def test_the_sentences_follow_the_intervals_and_nothing_else(tmp_path, cache):
    rows = []
    for seed in (0, 1, 2):
        rows.append(train_row(cache, "initial", seed, split_items(0.9, 0.5, seed=seed)))
        rows.append(train_row(cache, "ce", seed, split_items(0.9, 0.5, seed=seed + 3)))
        rows.append(train_row(cache, "ce+anti", seed, split_items(0.95, 0.3, seed=seed + 6)))
    same, worse, anti = sentences(made(rows, cache, tmp_path))
    assert same.startswith("ce against initial: gap, corrected cannot be told, ")
    assert "R@1 T→I (pool 90, own pair) cannot be told, " in same
    assert worse.startswith("ce+anti against initial: gap, corrected higher, 0.050 [")
    assert anti.startswith("ce+anti against ce: ")
    assert "R@1 T→I (pool 90, own pair) lower, -18" in anti
    assert sentences(made(rows, cache, tmp_path), "es")[1].startswith(
        "ce+anti frente a inicial: BRECHA, corregida más alta, "
    )


@pytest.mark.parametrize(
    ("seeds", "ending"), [(1, "(this one training; other seeds not tried)."), (2, "no verdict on the loss).")]
)
def test_fewer_than_three_seeds_give_no_verdict(seeds, ending, tmp_path, cache):
    rows = [train_row(cache, loss, seed) for loss in ("initial", "ce") for seed in range(seeds)]
    (text,) = sentences(made(rows, cache, tmp_path))
    assert text.endswith(ending)
    assert "lower" not in text
    assert text.startswith("ce against initial: gap, corrected -0.400 [")


def test_verdicts():
    ends = ((-2, -1), (1, 2), (-1, 1), (-1, 0), (0, 0))
    found = [verdict({"low": low, "high": high, "seeds": 3}) for low, high in ends]
    assert found == ["lower", "higher", "open", "open", "open"]
    assert verdict({"low": 1, "high": 2, "seeds": 2}) == "none"


def test_numbers_as_they_are_shown():
    change = {"difference": -0.12345, "low": -0.134, "high": -0.114, "sd": None}
    assert shown(change, GAP) == "-0.123 [-0.13, -0.11]"
    assert shown({**change, "sd": 0.0042}, T2I) == "-12.3 [-13.4, -11.4] ± 0.4"
    assert [p_value(p) for p in (1.0, 0.0351, 0.0005)] == ["1.000", "0.035", "0.0005"]


def test_without_initial_or_without_ce_the_others_are_compared(tmp_path, cache):
    only = made([train_row(cache, "ce"), train_row(cache, "ce+anti")], cache, tmp_path)
    assert [text.partition(":")[0] for text in sentences(only)] == ["ce+anti against ce"]
    (_, table, *_), _ = shown_blocks(only)
    assert [line[0] for line in table.rows] == ["ce+anti"]
    without = made([train_row(cache, "initial"), train_row(cache, "ce+anti")], cache, tmp_path / "b")
    assert list(without.against("initial")) == ["ce+anti"]
    assert without.against("ce") == {}
    alone = made([train_row(cache, "ce+anti")], cache, tmp_path / "c")
    assert sentences(alone) == []


def test_arrays_that_are_gone_are_named_and_earlier_figures_stay(tmp_path, cache):
    rows = [train_row(cache, loss) for loss in ("initial", "ce")]
    empty = Cache(tmp_path / "empty")
    gone = made(rows, empty, tmp_path)
    made_blocks, notes = shown_blocks(gone)
    assert gone.contrasts == []
    assert len(made_blocks) == 1
    assert notes == [
        "tiny · glyphs-en: the arrays of initial, ce are no longer in the cache, so that changes are"
        " missing: measure again with --refresh all."
    ]
    gone.write(tmp_path)
    assert not (tmp_path / gone.file).exists()
    whole = made(rows, cache, tmp_path)
    whole.write(tmp_path)
    again = made(rows, empty, tmp_path)
    assert again.contrasts == whole.contrasts
    assert again.gone == []
    anew = [{**one, "started_at": "2030-01-01T00:00:00Z"} for one in rows]
    assert made(anew, empty, tmp_path).contrasts == []
    made(anew, empty, tmp_path).write(tmp_path)
    assert not (tmp_path / whole.file).exists()


def test_a_loss_more_changes_the_correction_of_the_others(tmp_path, cache):
    rows = [train_row(cache, loss) for loss in ("initial", "ce")]
    first = made(rows, cache, tmp_path)
    first.write(tmp_path)
    second = made([*rows, train_row(cache, "ce+anti")], cache, tmp_path)
    p_values = [found.against("initial")["ce"][GAP]["p_value_holm"] for found in (first, second)]
    assert p_values[1] >= p_values[0]
    recalls = [found.against("initial")["ce"][T2I]["p_value_holm"] for found in (first, second)]
    assert recalls == pytest.approx([4 * 0.001, 8 * 0.001])  # four recalls of a loss, all at the floor of sign flips
    second.write(tmp_path)
    third = made(rows, cache, tmp_path)
    assert third.against("initial")["ce"][GAP]["p_value_holm"] == p_values[0]


@pytest.mark.parametrize("content", ["not json", "[]", '{"format": 0}'])
def test_a_file_that_somebody_edited_is_made_again(tmp_path, cache, content):
    rows = [train_row(cache, loss) for loss in ("initial", "ce")]
    path = tmp_path / made(rows, cache, tmp_path).file
    path.parent.mkdir()
    path.write_text(content)
    found = made(rows, cache, tmp_path)
    found.write(tmp_path)
    assert json.loads(path.read_text())["contrasts"] == found.contrasts


def test_rows_of_other_data_are_not_compared(tmp_path, cache):
    rows = [train_row(cache, loss) for loss in ("initial", "ce")]
    rows[1] = {**rows[1], "inputs": {**rows[1]["inputs"], "image_ids": "others"}}
    found = made(rows, cache, tmp_path)
    assert found.contrasts == []
    assert shown_blocks(found)[1] == ["tiny · glyphs-en: not compared: ce, initial: image_ids."]


def test_rows_of_other_code_are_not_compared_and_those_of_other_losses_are(tmp_path, cache):
    rows = [train_row(cache, loss) for loss in ("initial", "ce")]
    code = {"experiment": {"version": 1}, "encoder": {"version": 1}}
    for one, loss in zip(rows, ({}, {"loss:ce": {"version": 1}}), strict=True):
        one["inputs"] = {**one["inputs"], "identities": {**code, **loss}}
    assert list(made(rows, cache, tmp_path / "a").against("initial")) == ["ce"]
    rows[1]["inputs"] = {**rows[1]["inputs"], "identities": {**code, "experiment": {"version": 2}}}
    found = made(rows, cache, tmp_path / "b")
    assert found.contrasts == []
    assert "experiment" in found.problems[0]


def test_bad_arrays_are_a_note_and_rows_without_any_are_none(tmp_path, cache):
    bad = split_items()
    bad[T2I][0] = np.inf
    rows = [train_row(cache, "initial"), train_row(cache, "ce", arrays=bad), row("train", "tiny", loss="ce+var")]
    found = made(rows, cache, tmp_path)
    assert found.contrasts == []
    assert found.gone == []
    assert "item 0 is inf" in found.problems[0]


def test_small_sets_are_compared_over_all_of_them(tmp_path, cache):
    metrics = {"gap": metric(0.5), "t2i_r1": metric(0.5, unit="share"), "i2t_r1": metric(0.5, unit="share")}
    rows = []
    for loss, gap in (("initial", 0.9), ("ce", 0.5)):
        arrays = {name.replace("_pool90", ""): array for name, array in split_items(gap, n=20).items()}
        rows.append(train_row(cache, loss, arrays=arrays, metrics=metrics))
    found = made(rows, cache, tmp_path)
    assert found.metrics == ("gap_corrected", "t2i_r1_own", "t2i_r1", "i2t_r1_own", "i2t_r1")
    assert list(found.against("initial")["ce"]) == list(found.metrics)


def test_families_by_encoder_dataset_and_recipe():
    head, full = {"captions": "first", "tuning": "head"}, {"captions": "first", "tuning": "full"}
    rows = [
        row("train", "tiny", loss="initial", variant={"captions": "first"}),
        row("train", "tiny", loss="initial", variant=head, seed=1),
        *(row("train", "tiny", loss=loss, variant=variant) for variant in (head, full) for loss in ("cyclip", "ce")),
        row("train", "tiny", "glyphs-es", "ce", variant=head),
        row("measure", "tiny", "glyphs-es", "ce"),
        failed(experiment="train", encoder="tiny", dataset="glyphs-fr", loss="ce"),
        row("train", "other", loss="initial"),
    ]
    found = families(rows)
    assert [family.title for family in found] == [
        "tiny · glyphs-en · tuning = full",
        "tiny · glyphs-en · tuning = head",
        "tiny · glyphs-es · tuning = head",
    ]
    assert [list(family.members) for family in found] == [["initial", "ce", "cyclip"]] * 2 + [["ce"]]
    untrained = [family.initial and family.initial.cell["variant"] for family in found]
    assert untrained == [{"captions": "first"}, head, None]
    assert len({family.stem for family in found}) == 3
    assert found[1].stem.startswith("tiny-glyphs-en-tuning-head-")


@pytest.mark.usefixtures("stub")
def test_the_report_holds_the_effects(tmp_path, cache):
    rows = [train_row(cache, loss) for loss in ("initial", "ce", "ce+anti")]
    rows.append(failed(experiment="train", encoder="tiny", dataset="glyphs-en", loss="cyclip"))
    for language, heading in (("en", "What each loss did"), ("es", "Qué hizo cada pérdida")):
        text = write_report(rows, tmp_path / language, language=language, cache=cache).read_text()
        assert f"### {heading}: tiny · glyphs-en" in text
        assert text.index(heading) < text.index("R@1 T→I" if language == "en" else "Recall@1 T→I")
        assert "EncoderError" in text
        tables = {path.name for path in (tmp_path / language / "tables").glob("train-effects-*.tex")}
        assert {name.rpartition("-against-")[2] for name in tables} == {"initial.tex", "ce.tex"}
        assert len(files(tmp_path / language / "training")) == 1
        assert ".gif" not in (tmp_path / language / "report.tex").read_text()
        assert not any("[U+" in path.read_text() for path in (tmp_path / language).rglob("*.tex"))
        page = (tmp_path / language / "report.html").read_text()
        assert page.count('.gif" alt=') == 2
    path = write_report(rows, tmp_path / "en", cache=Cache(tmp_path / "empty"))
    again = path.with_name("report.html").read_text()
    assert "ce against initial: gap, corrected -0.400 [" in again


@pytest.mark.usefixtures("stub")
def test_losses_that_no_picture_shows_are_counted(tmp_path, cache):
    arrays = split_items() | curve_items("ce", 1)
    rows = [train_row(cache, f"ce+{i}*var", arrays=arrays) for i in range(PICTURED + 2)]
    text = write_report(rows, tmp_path, cache=cache).read_text()
    assert "pictures of all losses show the first 12 of 14" in text


def test_training_recalls_of_the_train_split_stand_beside_the_printed_ones(cache):
    from mmgap.report.tables import tables

    where = {"encoder": "clip-vit-l-14", "dataset": "coco", "variant": {"tuning": "dora"}}
    rows = [train_row(cache, loss, arrays=split_items(), **where) for loss in ("ce+intra", "initial", "ce")]
    main, *others = tables("train", rows, "en", Notes())
    headers = [column.header for column in main.columns]
    column = headers.index("R@1 T→I (train split, pool 90, own pair)")
    assert column == headers.index("R@10 T→I (pool 90, own pair)") + 1
    assert [line[headers.index("loss")] for line in main.rows[::2]] == ["initial", "ce", "ce+intra"]
    assert [line[column] for line in main.rows] == ["99.0", "61.62", "99.0", "98.64", "99.0", "99.23"]
    assert [line[headers.index("R@1 T→I (pool 90, own pair)")] for line in main.rows[1::2]] == [
        "65.13",
        "76.82",
        "74.35",
    ]
    shown_elsewhere = [column.header for table in others for column in table.columns]
    assert "R@1 T→I (train split, pool 90, own pair)" not in shown_elsewhere
    assert {"logit scale", "best epoch", "epochs", "co-positives, %"} <= set(shown_elsewhere)


def test_rows_without_items_need_no_cache(tmp_path):
    rows = [row("train", "tiny", loss=loss) for loss in ("initial", "ce")]
    assert made(rows, Cache(tmp_path / "none"), tmp_path).contrasts == []


def test_arrays_kept_by_one_seed_alone_count_as_gone(tmp_path, cache):
    rows = [train_row(cache, "initial"), train_row(cache, "ce"), {**train_row(cache, "ce", 1)}]
    lost = Cache(tmp_path / "lost")
    for one in rows[:2]:
        with_items(lost, one, split_items())
    assert made(rows, lost, tmp_path).gone == ["ce"]
