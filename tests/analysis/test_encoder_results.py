"""What the practices' JSON says of a category, an image and a pair of encoders, against loops from the definitions."""

import json
import math

import numpy as np
import pytest

from mmgap.analysis.encoder_changes import NotComparable, adjust, compare, relative
from mmgap.analysis.encoder_results import results
from mmgap.report.sections.encoder_tables import _p_value
from tests.support.made_up_practices import BEFORE, CLIP, arrays, metrics, practice, twenty

NAMES = [f"photo {i}.jpg" for i in range(7)]
KINDS = ["b", "a", "b", "", "a", "b", "c"]
OWNER = [0, 0, 1, 2, 3, 4, 5, 5, 6]


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def near(value):
    return pytest.approx(value, abs=1e-6)


def test_categories_against_slow_loops(cache):
    items = arrays(NAMES, KINDS, OWNER)
    items["top1_image"][2] = 0.5
    found = results(practice(cache, items), items)
    assert list(found["categories"]) == ["b", "a", "c"]
    for kind, entry in found["categories"].items():
        own = [i for i in range(7) if KINDS[i] == kind]
        captions = [j for j in range(9) if KINDS[OWNER[j]] == kind]
        diagonal = [float(items["image_text"][OWNER[j], j]) for j in captions]
        assert (entry["n"], entry["n_texts"]) == (len(own), len(captions))
        assert entry["diagonal_mean"] == near(mean(diagonal))
        assert entry["diagonal_sd"] == near(math.sqrt(mean((d - mean(diagonal)) ** 2 for d in diagonal)))
        assert entry["top1_percent"] == near(100 * mean(items["top1_image"][i] for i in own))
        assert entry["top1_count"] == sum(items["top1_image"][i] for i in own)
        for name, matrix, rows, columns in (
            ("image_within", "image_image", own, own),
            ("text_within", "text_text", captions, captions),
        ):
            wanted = mean(float(items[matrix][i, j]) for i in rows for j in columns if i != j)
            assert entry[name] == (None if wanted is None else near(wanted)), (kind, name)
        wanted = mean(float(items["image_text"][i, j]) for i in own for j in captions if OWNER[j] != i)
        assert entry["pair_within"] == (None if wanted is None else near(wanted))


def test_images_against_slow_loops(cache):
    items = arrays(NAMES, KINDS, OWNER)
    items["top1_image"][2] = 0.5
    listed = results(practice(cache, items), items)["images"]
    for i, entry in enumerate(listed):
        assert (entry["id"], entry["category"]) == (NAMES[i], KINDS[i] or None)
        assert entry["diagonal"] == near(mean(float(items["image_text"][i, j]) for j in range(9) if OWNER[j] == i))
        best = max(range(9), key=lambda j: items["image_text"][i, j])
        assert entry["best_match_id"] == NAMES[OWNER[best]]
        assert entry["top1"] == items["top1_image"][i]
        assert entry["top1_correct"] is (entry["top1"] == 1)


def test_the_whole_set_is_what_the_row_recorded(cache):
    items = twenty()
    one = practice(cache, items, BEFORE)
    found = results(one, items)
    assert (found["encoder"], found["role"], found["row"]) == (BEFORE, "preclip", one["key"])
    assert (found["n_images"], found["n_texts"], found["captions"]) == (20, 20, "first")
    assert found["top1"] == {"percent": 100 * items["top1_image"].mean(), "count": items["top1_image"].sum(), "of": 20}
    assert found["recall"]["t2i"].keys() == {"r1", "r5", "r10"}
    assert found["diagonal"]["sd"] == one["metrics"]["diagonal_sd"]["value"]
    assert found["off_diagonal"]["mean"] == one["metrics"]["off_diagonal_mean"]["value"]
    assert found["cosines"]["image_text"] == {"within": 0.4, "between": 0.2}
    assert results(practice(cache, items), items)["role"] == "clip"


def test_images_alone(cache):
    items = arrays(NAMES, KINDS, [])
    found = results(practice(cache, items), items)
    assert not {"top1", "recall", "diagonal", "gap"} & found.keys()
    assert found["categories"]["c"] == {"n": 1, "image_within": None}
    assert found["images"][0] == {"id": "photo 0.jpg", "category": "b"}
    json.dumps(found, allow_nan=False)


def test_an_image_without_a_caption_and_a_category_without_any(cache):
    items = arrays(NAMES, KINDS, [0, 1, 2, 3, 4, 5])  # photo 6, the only c, has none
    found = results(practice(cache, items), items)
    assert found["images"][6]["diagonal"] is None
    assert found["categories"]["c"]["pair_within"] is found["categories"]["c"]["text_within"] is None
    assert "diagonal_mean" not in found["categories"]["c"]
    compared = compare(practice(cache, items, BEFORE), items, practice(cache, items), items)
    assert [entry["id"] for entry in compared["images"]] == NAMES[:6]
    json.dumps([found, compared], allow_nan=False)


def test_comparison_against_slow_loops(cache):
    first, second = arrays(NAMES, KINDS, OWNER, 0.1), arrays(NAMES, KINDS, OWNER, 1.0)
    found = compare(practice(cache, first, BEFORE), first, practice(cache, second), second)
    hits = [items["top1_image"].tolist() for items in (first, second)]
    cosines = [
        [mean(float(items["image_text"][i, j]) for j in range(9) if OWNER[j] == i) for i in range(7)]
        for items in (first, second)
    ]
    gained = {NAMES[i]: cosines[1][i] - cosines[0][i] for i in range(7)}
    assert found["top1"]["points"] == near(100 * (mean(hits[1]) - mean(hits[0])))
    assert found["top1"]["matches"] == [sum(hits[0]), sum(hits[1])]
    low, high = found["top1"]["ci"]
    assert low <= found["top1"]["points"] <= high
    assert 0 < found["top1"]["p_value"] <= 1
    diagonal = [mean(map(float, items["diagonal"])) for items in (first, second)]
    assert [found[side]["diagonal_mean"] for side in "ab"] == near(diagonal)
    assert found["diagonal"]["difference"] == near(diagonal[1] - diagonal[0])
    assert found["diagonal"]["relative_percent"] == pytest.approx(
        100 * (diagonal[1] - diagonal[0]) / abs(diagonal[0]), rel=1e-5
    )
    assert found["images_improved"]["count"] == sum(value > 0 for value in gained.values())
    assert found["images_improved"]["percent"] == near(100 * mean(float(value > 0) for value in gained.values()))
    assert [entry["id"] for entry in found["images"]] == sorted(gained, key=gained.get, reverse=True)
    assert {entry["id"]: entry["improvement"] for entry in found["images"]} == near(gained)
    for kind, entry in found["categories"].items():
        for side, items in (("a", first), ("b", second)):
            own = [float(items["diagonal"][j]) for j in range(9) if KINDS[OWNER[j]] == kind]
            assert entry[f"diagonal_mean_{side}"] == near(mean(own))
            own = [items["top1_image"][i] for i in range(7) if KINDS[i] == kind]
            assert entry[f"top1_{side}"] == near(100 * mean(own))


def test_an_encoder_against_itself_gains_nothing(cache):
    items = twenty()
    found = compare(practice(cache, items), items, practice(cache, items, "clip-vit-l-14"), items)
    top1 = found["top1"]
    assert (top1["points"], top1["p_value"]) == (0.0, 1.0)
    assert top1["ci"] == pytest.approx([-13.68, 13.68], abs=0.01)  # twenty equal answers do not exclude another
    nothing = {"difference": 0.0, "relative_percent": 0.0, "ci": [0.0, 0.0], "p_value": 1.0, "p_floor": 1.0}
    assert found["diagonal"] == nothing
    improved = found["images_improved"]
    assert (improved["percent"], improved["count"], improved["of"]) == (0.0, 0, 20)
    assert improved["ci"] == pytest.approx([0.0, 100 * (1 - 0.025 ** (1 / 20))])  # none of twenty: exact binomial


def test_a_change_from_nothing_is_infinite(cache):
    nothing, something = twenty(), twenty()
    for name in ("diagonal", "image_text", "top1_image"):
        nothing[name] = np.zeros_like(nothing[name])
    found = compare(practice(cache, nothing, BEFORE), nothing, practice(cache, something), something)
    assert found["diagonal"]["relative_percent"] == "∞"
    assert {entry["relative_percent"] for entry in found["categories"].values()} == {"∞"}
    assert found["images"][0]["relative_percent"] == "∞"
    json.dumps(found, allow_nan=False)
    assert relative(0.0, -0.2) == "−∞"
    assert relative(1e-12, 0.3) == "∞"
    assert relative(-0.1, -0.2) == near(-100)


def test_rows_of_other_data_are_refused(cache):
    ours, theirs = arrays(NAMES, KINDS), arrays([*NAMES[:6], "other.jpg"], KINDS)
    one, two = practice(cache, ours, BEFORE), practice(cache, theirs)
    with pytest.raises(NotComparable, match=r"image 'photo 6.jpg' of two-towers\S+ stands where clip\S+ has 'other"):
        compare(one, ours, two, theirs)
    with pytest.raises(NotComparable, match=r"saw 7 images, clip-vit-b-32 20: measure both .*--refresh all"):
        compare(one, ours, two, twenty())
    with pytest.raises(NotComparable, match="other captions"):
        compare(one, ours, two, arrays(NAMES, KINDS, OWNER))
    bare = arrays(NAMES, KINDS, [])
    with pytest.raises(NotComparable, match="without captions"):
        compare(one, bare, two, bare)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("dataset_revision", "2"),
        ("captions", "edited"),
        ("owner", "o"),
        ("image_ids", "i"),
        ("split", "train"),
        ("prompt", "A photo of {}"),
        ("preparation", {"size": 224}),
    ],
)
def test_rows_whose_data_changed_between_them_are_refused(cache, name, other):
    items = twenty()
    one = practice(cache, items, BEFORE, started_at="2025-01-02T03:04:05Z")
    two = practice(cache, items, started_at="2025-02-02T03:04:05Z")
    two["inputs"][name] = other
    said = rf"other data \({name}\).* of two-towers:resnet-50,minilm,random, of 2025-01-02.*, is older.*measured again"
    with pytest.raises(NotComparable, match=said):
        compare(one, items, two, items)
    with pytest.raises(NotComparable, match=said):
        compare(two, items, one, items)
    one["inputs"][name] = other
    assert compare(one, items, two, items)["n_images"] == 20


def test_a_single_image_has_no_interval(cache):
    items = arrays(["a.jpg"], ["k"])
    found = compare(practice(cache, items, BEFORE), items, practice(cache, items, CLIP), items)
    assert found["top1"]["ci"] is found["top1"]["p_value"] is found["images_improved"]["ci"] is None
    assert "off_diagonal_mean" not in metrics(items)
    json.dumps([found, results(practice(cache, items), items)], allow_nan=False)


def test_a_p_at_the_floor_of_its_test_is_shown_as_a_bound():
    shown = [
        _p_value({"p_value": 0.001, "p_floor": 0.001}),
        _p_value({"p_value": 0.001, "p_floor": 0.001, "p_value_holm": 0.003}),
        _p_value({"p_value": 0.002, "p_floor": 0.001, "p_value_holm": 0.004}),
        _p_value({"p_value": 1.0, "p_floor": 1.0}),
        _p_value({"p_value": None}),
    ]
    assert shown == ["≤ 0.001", "≤ 0.003", "0.004", "1.000", "—"]


def test_several_comparisons_are_corrected():
    entries = [{name: {"p_value": p} for name in ("top1", "diagonal")} for p in (0.01, 0.04, None)]
    adjust(entries)
    assert [entry["top1"].get("p_value_holm") for entry in entries] == [0.02, 0.04, None]
    adjust(entries[1:])
    assert [entry["top1"].get("p_value_holm") for entry in entries] == [0.02, None, None]
