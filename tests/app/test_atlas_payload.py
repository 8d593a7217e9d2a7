"""What the page is sent: every point, packed small, with words only where there are few and only where asked for."""

import base64
import json

import numpy as np
import pytest

from mmgap.app.atlas.atlas_payload import MOST_EXACT, MOST_NAMED, atlas_payload, packed, packed_places
from mmgap.app.atlas.embedding_maps import Embeddings
from tests.support.made_atlases import CATEGORIES, cones, pictures

TYPES = {"f4": "<f4", "u1": "<u1", "u2": "<u2", "u4": "<u4"}


def unpacked(packed):
    values = np.frombuffer(base64.b64decode(packed["data"]), TYPES[packed["type"]])
    return values * packed["step"] + packed["low"] if "step" in packed else values


@pytest.fixture(scope="module")
def captioned(tmp_path_factory):
    return Embeddings(pictures(tmp_path_factory.mktemp("folder"))).atlas(None, "pca")


def test_numbers_come_back_as_they_were():
    for values in (np.array([1.5, -2], np.float32), np.array([7, 2**32 - 1], np.uint32), np.empty(0, np.float32)):
        np.testing.assert_array_equal(unpacked(packed(values)), values)


def test_places_of_many_points_are_within_half_a_step():
    values = np.random.default_rng(0).normal(size=MOST_EXACT + 1).astype(np.float32)
    sent = packed_places(values)
    assert sent["type"] == "u2"
    np.testing.assert_allclose(unpacked(sent), values, atol=0.51 * np.ptp(values) / 65535)
    np.testing.assert_array_equal(unpacked(packed_places(values[:-1])), values[:-1])
    np.testing.assert_array_equal(unpacked(packed_places(np.ones(MOST_EXACT + 1))), 1)


def test_ten_thousand_points_are_all_there_with_their_pairs_and_numbers(tmp_path):
    atlas = Embeddings(cones(tmp_path, 2500, captions=3)).atlas(None, "pca")
    sent = atlas_payload(atlas, "en", captions=True)
    assert (sent["images"], sent["texts"]) == (2500, 7500)
    np.testing.assert_array_equal(unpacked(sent["owner"]), np.repeat(np.arange(2500), 3))
    one = sent["maps"][0]
    np.testing.assert_array_equal(np.stack([unpacked(one["x"]), unpacked(one["y"])], 1), atlas.maps[0].places.points)
    np.testing.assert_array_equal(unpacked(one["rank"]), atlas.maps[0].embedding.columns.rank)
    np.testing.assert_array_equal(unpacked(one["hubness"]), atlas.maps[0].embedding.columns.hubness)


def test_very_many_points_cost_a_few_bytes_each_and_have_no_words(tmp_path):
    atlas = Embeddings(cones(tmp_path, MOST_NAMED // 2 + 1, 2), ranks=False).atlas(None, "pca")
    sent = atlas_payload(atlas, "en", captions=True)
    assert (sent["names"], sent["captions"], sent["owner"]) == (None, None, None)
    assert len(json.dumps(sent)) < 6 * (MOST_NAMED + 2)  # two numbers of two bytes, in base64


def test_captions_go_along_only_when_asked_for(captioned):
    assert atlas_payload(captioned, "en", captions=True)["captions"][1] == "a plain picture, number 1"
    without = json.dumps(atlas_payload(captioned, "en", captions=False))
    assert "plain picture" not in without


def test_categories_are_named_once_and_are_those_of_the_images(captioned):
    sent = atlas_payload(captioned, "en", captions=False)["categories"]
    assert sorted(sent["names"]) == sorted(CATEGORIES)
    of = [sent["names"][code] for code in unpacked(sent["of"])]
    assert of == list(captioned.source.categories)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_map_is_told_in_words_with_the_gap_of_the_full_space(captioned, language):
    sent, columns = (
        atlas_payload(captioned, language, captions=False)["maps"][0],
        captioned.maps[0].embedding.columns,
    )
    assert f"{columns.corrected.value:.3f} [{columns.corrected.low:.3f}, {columns.corrected.high:.3f}]" in sent["said"]
    assert f"{100 * columns.recall['t2i']:.1f} %" in sent["said"]
    assert "24" in sent["alternative"]
    assert sent["title"].endswith("· PCA")


def test_layouts_of_neighbours_say_that_their_distances_mean_nothing(captioned):
    layout = Embeddings(captioned.source).atlas(None, "tsne")
    assert "distances, sizes and axes mean nothing" in atlas_payload(layout, "en", captions=False)["maps"][0]["note"]
