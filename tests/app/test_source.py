"""What pages show of a data set: vectors before and after a space, pictures by number, and work in the background."""

import io
import threading

import numpy as np
import pytest
from PIL import Image

from mmgap.app.shell.jobs import KEPT, Jobs
from mmgap.app.shell.pictures import connect_pictures, picture_address
from mmgap.app.shell.server import make_app
from mmgap.app.shell.source import open_source
from mmgap.app.shell.tab import Tab
from mmgap.encoders import EncoderError
from mmgap.encoders.embed import embed
from tests.support import made_up_copies


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    made_up_copies.arasaac(folder / "arasaac", 120)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_DATA", str(folder))
        yield open_source("arasaac-es", "tiny-random")


@pytest.fixture
def saved(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("images", "texts"):
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(40, 8)).astype(np.float32) + 1)
    return open_source(f"vectors:{tmp_path}/images.npy,{tmp_path}/texts.npy")


def test_as_is_are_the_vectors_of_the_encoder(source):
    shown, vectors = source.shown(), embed(source.encoder, source.dataset)
    np.testing.assert_array_equal(shown.after.images, vectors.images)
    np.testing.assert_array_equal(shown.after.texts, vectors.texts)
    assert shown.before is shown.after


def test_a_space_is_fitted_on_train_and_shows_the_same_images(source):
    shown = source.shown("centre")
    assert len(shown.places) == len(source.names)
    gap = np.linalg.norm(shown.after.images.mean(0) - shown.after.texts.mean(0))
    assert 0 < gap < np.linalg.norm(shown.before.images.mean(0) - shown.before.texts.mean(0)) / 2


def test_of_saved_vectors_the_half_is_shown_that_the_space_has_not_seen(saved):
    shown = saved.shown("centre")
    assert len(shown.places) == 20
    np.testing.assert_array_equal(shown.before.images, saved.vectors.images[shown.places])
    np.testing.assert_array_equal(shown.places[shown.owner], saved.dataset.owner[shown.text_places])
    others = np.setdiff1d(np.arange(40), shown.places)
    unit = saved.vectors.images / np.linalg.norm(saved.vectors.images, axis=1, keepdims=True)
    np.testing.assert_allclose(shown.fitted.map.images(unit[others]).mean(0), 0, atol=0.2)


def test_saved_vectors_have_no_words_and_no_pictures(saved):
    assert saved.captions is None
    assert saved.picture(0) is None
    with pytest.raises(EncoderError, match="number of a row"):
        saved.encode_texts(["dog"])


def test_other_texts_get_the_prompt_of_the_captions(source):
    caption = source.captions[0]
    np.testing.assert_allclose(source.encode_texts([caption], prompted=False)[0], source.vectors.texts[0], atol=1e-5)
    before, after = source.dataset.prompt.split("{}") if source.dataset.prompt else ("", "")
    words = caption.removeprefix(before).removesuffix(after)
    np.testing.assert_allclose(source.encode_texts([words])[0], source.vectors.texts[0], atol=1e-5)


def test_pictures_are_found_by_key_and_number_alone(source):
    tab = Tab("first", "First", lambda query, language: "", lambda app: None)
    app = make_app([tab])
    connect_pictures(app, {source.key: source}.get)
    client = app.server.test_client()
    answer = client.get(picture_address(source, 3), headers={"Host": "127.0.0.1"})
    np.testing.assert_array_equal(Image.open(io.BytesIO(answer.data)), source.dataset.images[3])
    for wrong in ("/picture/x/3", f"/picture/{source.key}/99999", f"/picture/{source.key}/-1", "/picture/../etc/1"):
        found = client.get(wrong, headers={"Host": "127.0.0.1"})
        assert found.mimetype != "image/png"


def test_equal_work_is_done_once_and_failures_are_told_and_tried_again():
    jobs, begun, go = Jobs(), [], threading.Event()

    def work(tell):
        begun.append(1)
        tell("half")
        go.wait(120)
        raise ValueError("no <room>")

    first, second = jobs.start("a", work), jobs.start("a", work)
    assert first is second
    go.set()
    assert first.wait(120)
    assert (first.error, first.progress, len(begun)) == ("no <room>", "half", 1)
    assert jobs.start("a", lambda tell: 7).wait(120)
    assert jobs.start("a", lambda tell: 8).result == 7


def test_old_results_are_let_go_of():
    jobs = Jobs()
    for number in range(KEPT + 5):
        assert jobs.start(str(number), lambda tell, number=number: number).wait(120)
    assert jobs.start("0", lambda tell: "again").wait(120)
    assert jobs.start("0", lambda tell: "not again").result == "again"
