"""What the search page answers: states of addresses, questions of each kind, and what cannot be asked."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmgap.app.search.asked_pictures import PICTURES
from mmgap.app.search.search_answers import SearchAnswers
from mmgap.app.search.search_state import MOST, SearchState, read_state
from mmgap.app.search.search_tab import search_tab
from mmgap.app.shell.page import query_of
from mmgap.app.shell.source import open_source
from mmgap.datasets.images import ImageFileError
from tests.support import made_up_copies
from tests.support.made_atlases import cones


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    made_up_copies.arasaac(folder / "arasaac", 120)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_DATA", str(folder))
        yield open_source("arasaac-es", "tiny-random", split="all", captions="all")


@pytest.fixture(scope="module")
def answers(source):
    return SearchAnswers(source)


def picture(colour="red", form="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, format=form)
    return buffer.getvalue()


@given(
    st.builds(
        SearchState,
        words=st.sampled_from(["", "a dog", "ñandú <b>", "a=b&c"]),
        image=st.sampled_from(["", "3", "a b"]),
        what=st.sampled_from(["", "images", "texts", "both"]),
        space=st.sampled_from(["", "centre"]),
        top=st.integers(1, MOST),
        labels=st.booleans(),
    )
)
def test_an_address_holds_the_whole_state(state):
    assert read_state(query_of(state.query())) == (state, [])


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"what": "everything"}, ["what=everything"]),
        ({"top": "0"}, ["top=0"]),
        ({"top": "101"}, ["top=101"]),
        ({"top": "9" * 5000}, None),
        ({"top": "٣٣٣٣٣٣"}, None),
        ({"space": "no-such"}, ["space=no-such"]),
        ({"space": "x" * 10_000}, None),
        ({"space": "centre:what=1"}, ["space=centre:what=1"]),
    ],
)
def test_what_makes_no_sense_is_told_and_the_usual_shown(query, wrong):
    state, told = read_state(query)
    assert state == SearchState()
    assert len(told) == 1
    assert len(told[0]) < 100
    assert wrong is None or told == wrong


def test_a_long_query_is_cut_and_a_broken_one_mended():
    state, _ = read_state({"q": "a" * 10_000})
    assert len(state.words) == 1000
    assert read_state({"q": "dog\x00\u202e\ud800"})[0].words == "dog ?"


def test_words_find_what_the_cosines_say(source, answers):
    answer = answers.answer(SearchState("perro azul", top=5))
    asked = source.encode_texts(["perro azul"])[0]
    images = source.vectors.images / np.linalg.norm(source.vectors.images, axis=1, keepdims=True)
    cosines = images @ (asked / np.linalg.norm(asked))
    (found,) = answer.found
    assert [hit.place for hit in found.hits] == np.argsort(-cosines)[:5].tolist()
    np.testing.assert_allclose([hit.score for hit in found.hits], np.sort(cosines)[::-1][:5], rtol=1e-4)


def test_a_keyword_finds_its_pictures_first(source, answers):
    caption = source.captions[7]
    word = caption.removeprefix(source.dataset.prompt.partition("{}")[0]).split(",")[0].strip()
    answer = answers.answer(SearchState(word.upper(), top=3))
    (found,) = answer.found
    assert int(source.dataset.owner[7]) in found.exact
    assert found.hits[0].place in found.exact


def test_an_image_finds_texts_and_is_told_its_classes(source, answers):
    answer = answers.answer(SearchState(image=source.names[4], top=3, space="centre"))
    assert [found.column for found in answer.found] == ["as is", "centre"]
    assert {hit.modality for found in answer.found for hit in found.hits} == {"text"}
    assert answer.asked.name == source.names[4]
    for labels in answer.labels.values():
        assert {one.label for one in labels} == {name for name in source.dataset.classes() if name is not None}


def test_both_together_are_ranked_by_one_score(source, answers):
    (found,) = answers.answer(SearchState("no es palabra clave", what="both", top=48)).found
    asked, vectors = source.encode_texts(["no es palabra clave"])[0], source.vectors
    everything = np.concatenate([vectors.images, vectors.texts])
    cosines = everything @ asked / np.linalg.norm(everything, axis=1) / np.linalg.norm(asked)
    first = np.argsort(-cosines)[:48]
    np.testing.assert_allclose([hit.score for hit in found.hits], cosines[first], rtol=1e-4)
    images = len(vectors.images)
    assert {hit.modality for hit in found.hits} == {"image" if place < images else "text" for place in first}


def test_an_own_picture_is_asked_by_its_digest(answers):
    digest = answers.pictures.keep(picture())
    assert answers.pictures.keep(picture()) == digest
    answer = answers.answer(SearchState(picture=digest, top=2))
    assert answer.by == "image"
    assert not answer.problem
    assert {hit.modality for hit in answer.found[0].hits} == {"text"}


def test_only_the_latest_pictures_are_kept(source):
    kept = SearchAnswers(source)
    digests = [kept.pictures.keep(picture((place, 0, 0))) for place in range(PICTURES + 1)]
    assert kept.pictures.get(digests[0]) is None
    assert kept.pictures.get(digests[-1]) is not None
    assert "no longer here" in str(kept.answer(SearchState(picture=digests[0])).problem)


@pytest.mark.parametrize("content", [b"", b"no picture", picture()[:60], b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_is_not_kept(answers, content):
    with pytest.raises(ImageFileError):
        answers.pictures.keep(content)


@pytest.mark.parametrize("image", ["9999", "../../etc/passwd", "/etc/passwd", "-1", "1e3", "٣", "<script>"])
def test_there_is_no_image_but_those_of_the_data_set(answers, image):
    answer = answers.answer(SearchState(image=image))
    assert str(answer.problem).startswith("There is no image")
    assert not answer.found


def test_saved_vectors_are_asked_by_row(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(60, 8)).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "texts.npy", images + 0.01 * rng.normal(size=(60, 8)).astype(np.float32))
    answers = SearchAnswers(open_source(f"vectors:{tmp_path}/images.npy,{tmp_path}/texts.npy", split="all"))
    for space in ("", "centre"):
        for row in (3, 44):
            answer = answers.answer(SearchState(row=str(row), space=space, top=1))
            for found in answer.found:
                assert answer.described[found.hits[0]].row == row
    assert "no row" in str(answers.answer(SearchState(row="x")).problem)
    assert "texts 0 to 59" in str(answers.answer(SearchState(row="60")).problem)


def test_a_picture_that_is_sent_again_is_asked_again(source):
    answers = SearchAnswers(source)
    content = picture("green")
    digest = answers.pictures.keep(content)
    state = SearchState(picture=digest)
    with_it = answers.key(state)
    for place in range(PICTURES):
        answers.pictures.keep(picture((place, 0, 0)))
    assert answers.key(state) != with_it
    answers.pictures.keep(content)
    assert answers.key(state) == with_it


def test_the_own_match_of_an_image_is_known(source, answers):
    answer = answers.answer(SearchState(image="4", top=48))
    own = {row for row, image in enumerate(source.dataset.owner) if image == 4}
    found = {answer.described[hit].row for hit in answer.found[0].hits}
    marked = {one.row for one in answer.described.values() if one.image == answer.own}
    assert marked == own & found
    assert answers.answer(SearchState("perro")).own is None


def test_one_modality_alone_is_said_where_both_were_searched(tmp_path):
    answers = SearchAnswers(cones(tmp_path))
    told = answers.answer(SearchState(row="3", what="both", top=5))
    assert {hit.modality for hit in told.found[0].hits} == {"text"}
    assert "texts alone" in told.notes[0]
    assert "alone" not in answers.answer(SearchState(row="3", what="texts", top=5)).notes[0]


def test_the_page_is_drawn_before_anything_is_encoded(source, monkeypatch):
    monkeypatch.setattr(type(source), "vectors", property(lambda _: pytest.fail("vectors were asked for")))
    made = search_tab(source).layout({"q": "perro", "space": "centre"}, "es")
    assert "¿Qué debe mostrar la imagen?" in str(made)


def test_what_the_first_question_needs_is_there_after_make_ready(source, monkeypatch):
    answers = SearchAnswers(source)
    answers.make_ready()
    monkeypatch.setattr("mmgap.app.search.search_answers.Searcher", lambda *_: pytest.fail("it was made again"))
    assert answers.answer(SearchState("perro", top=1)).found


def test_a_link_out_of_the_folder_is_no_picture(tmp_path):
    secret, folder = tmp_path / "secret.png", tmp_path / "chosen"
    folder.mkdir()
    Image.new("RGB", (8, 8), "red").save(secret)
    for place in range(3):
        Image.new("RGB", (8, 8), (0, 0, place)).save(folder / f"{place}.png")
    (folder / "link.png").symlink_to(secret)
    found = open_source(f"folder:{folder}", "tiny-random", split="all")
    assert sorted(found.names) == ["0.png", "1.png", "2.png"]
