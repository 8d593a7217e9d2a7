"""Which data sets name and draw the same concepts, and that they do."""

import pytest

from mmgap import datasets
from mmgap.core.paths import MissingDataError
from mmgap.datasets import DatasetError
from mmgap.datasets.parallel_languages import GROUPS, parallel


def test_families_of_one_data_set():
    glyphs = parallel("glyphs-es")
    assert (glyphs.language, glyphs.languages) == ("es", {"en": "glyphs-en", "es": "glyphs-es"})
    assert glyphs.styles == {}
    emoji = parallel("emoji-en-gb:noto")
    assert (emoji.language, emoji.style, len(emoji.languages), len(emoji.styles)) == ("en-gb", "noto", 28, 4)
    assert emoji.languages["ja"] == "emoji-ja:noto"
    assert emoji.styles["twemoji"] == "emoji-en-gb:twemoji"
    assert len(emoji.specs) == 28 + 3
    assert parallel("openmoji-fr:flags").languages["ko"] == "openmoji-ko:flags"
    assert set(GROUPS) <= set(emoji.languages)


@pytest.mark.parametrize(
    "spec",
    ["arasaac-es", "arasaac-en:keywords=first", "coco", "openmoji-en:folder", "openmoji-xx", "folder:a"],
)
def test_others_have_no_concepts_in_common(spec):
    with pytest.raises(DatasetError, match="no other language has the same concepts"):
        parallel(spec)


@pytest.mark.parametrize("spec", ["glyphs-en", "openmoji-en", "emoji-en:noto", "arasaac-en:both,keywords=first"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_the_same_pictures_lie_in_one_split_in_every_language_and_style(spec, split):
    try:
        first = datasets.load(spec, split=split, captions="first")
    except MissingDataError as absent:
        pytest.skip(str(absent))
    for other in parallel(spec).specs:
        data = datasets.load(other, split=split, captions="first")
        assert sorted(data.image_ids) == sorted(first.image_ids)
        assert len(data.captions) == len(data.image_ids)
