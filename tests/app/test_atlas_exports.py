"""An atlas as a file: a table that others read, a page that needs no network and holds what was asked for."""

import re

import numpy as np
import pytest

from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.atlas.html_export import atlas_html, in_script
from mmgap.app.atlas.parquet_export import write_parquet
from tests.support.made_atlases import CATEGORIES, HOSTILE, cones, pictures

parquet = pytest.importorskip("pyarrow.parquet", reason="pip install 'mmgap[app]'")


@pytest.fixture(scope="module")
def captioned(tmp_path_factory):
    return Embeddings(pictures(tmp_path_factory.mktemp("folder"))).atlas(None, "pca")


def test_the_table_has_the_columns_that_embedding_atlas_is_told(captioned, tmp_path):
    """``embedding-atlas FILE --x x --y y --text caption`` takes two columns of numbers and one of text, no null."""
    assert write_parquet(captioned, tmp_path / "atlas.parquet") == 48
    table = parquet.read_table(tmp_path / "atlas.parquet")
    assert {name: str(table.schema.field(name).type) for name in ("x", "y", "caption", "modality")} == {
        "x": "float",
        "y": "float",
        "caption": "string",
        "modality": "string",
    }
    assert all(table[name].null_count == 0 for name in ("x", "y", "caption", "modality", "name", "image"))


def test_the_table_holds_the_points_their_numbers_and_their_words(captioned, tmp_path):
    write_parquet(captioned, tmp_path / "atlas.parquet")
    found, drawn = parquet.read_table(tmp_path / "atlas.parquet").to_pydict(), captioned.maps[0]
    np.testing.assert_array_equal(np.stack([found["x"], found["y"]], axis=1).astype(np.float32), drawn.places.points)
    np.testing.assert_array_equal(found["rank"], drawn.embedding.columns.rank)
    np.testing.assert_array_equal(found["hubness"], drawn.embedding.columns.hubness)
    source = captioned.source
    assert found["modality"] == ["image"] * 24 + ["text"] * 24
    assert found["image"] == [*range(24), *source.dataset.owner]
    assert found["name"] == [source.names[i] for i in found["image"]]
    assert found["category"] == [source.categories[i] for i in found["image"]]
    assert found["caption"] == [*source.captions, *source.captions]


def test_of_several_captions_an_image_has_its_first_and_batches_change_nothing(tmp_path, monkeypatch):
    atlas = Embeddings(cones(tmp_path, 20, captions=3)).atlas("centre", "pca")
    write_parquet(atlas, tmp_path / "whole.parquet")
    monkeypatch.setattr("mmgap.app.atlas.parquet_export.BATCH", 7)
    write_parquet(atlas, tmp_path / "parts.parquet")
    whole, parts = (parquet.read_table(tmp_path / f"{name}.parquet") for name in ("whole", "parts"))
    assert whole.equals(parts)
    after = np.stack([whole["x_after"], whole["y_after"]], axis=1)
    np.testing.assert_array_equal(after, atlas.maps[1].places.points)
    assert "caption" not in whole.column_names  # of saved vectors no words are known


def test_a_table_without_captions_has_none(captioned, tmp_path):
    write_parquet(captioned, tmp_path / "atlas.parquet", captions=False)
    assert "caption" not in parquet.read_schema(tmp_path / "atlas.parquet").names
    assert b"plain picture" not in (tmp_path / "atlas.parquet").read_bytes()


def test_a_page_holds_neither_captions_nor_pictures_unless_asked(captioned):
    without = atlas_html(captioned, "title", "en")
    assert "plain picture" not in without
    assert "data:image/jpeg" not in without
    assert "plain picture" in atlas_html(captioned, "title", "en", captions=True)
    assert atlas_html(captioned, "title", "en", pictures=True).count("data:image/jpeg") == 24


def test_pictures_of_saved_vectors_or_of_too_many_are_refused(captioned, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="has no pictures"):
        atlas_html(Embeddings(cones(tmp_path)).atlas(None, "pca"), "title", "en", pictures=True)
    monkeypatch.setattr("mmgap.app.atlas.html_export.MOST_PICTURES", 23)
    with pytest.raises(ValueError, match="24 pictures are too many"):
        atlas_html(captioned, "title", "en", pictures=True)


def test_hostile_words_stay_inside_their_script_and_title(captioned):
    page = atlas_html(captioned, HOSTILE, "en", captions=True)
    assert page.count("</script>") == 4  # data, Plotly, the page's own, and the one that starts it
    assert "<img src=x" not in page
    assert "<" not in in_script(HOSTILE)


def test_very_many_points_make_a_file_of_a_few_megabytes(tmp_path):
    """60,000 points: what they add to Plotly and the page is 14 bytes each at most."""
    few = len(atlas_html(Embeddings(cones(tmp_path, 60)).atlas(None, "pca"), "title", "en"))
    (tmp_path / "many").mkdir()
    many = Embeddings(cones(tmp_path / "many", 30_000, 4), ranks=False).atlas(None, "pca")
    assert len(atlas_html(many, "title", "en", captions=True)) - few < 14 * 60_000


def test_the_file_opens_without_network_and_shows_hostile_words_as_words(captioned, page, tmp_path):
    path = tmp_path / "atlas.html"
    path.write_text(atlas_html(captioned, HOSTILE, "es", captions=True, pictures=True, colour="category"))
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.wait_for_selector("#atlas-root[data-drawn]")
    assert page.inner_text("h1") == HOSTILE
    assert page.get_attribute("html", "lang") == "es"
    for category in CATEGORIES:
        assert page.locator(".atlas-legend .entry", has_text=category).count() == 1
    page.fill("#atlas-find", "window.taken")
    page.press("#atlas-find", "Enter")
    page.wait_for_selector(".atlas-chosen tbody tr")
    assert page.inner_text(".atlas-chosen td.caption") == HOSTILE
    assert page.locator(".atlas-chosen img").evaluate("(img) => img.decode().then(() => img.naturalWidth)") > 0
    assert page.evaluate("window.taken") is None
    assert not re.search(r"[?&]", page.url)  # a file's state is its own
