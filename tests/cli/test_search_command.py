"""``mmgap search``: what it prints, the page that it opens, and what it refuses in one line."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mmgap.cli.main import app
from tests.support import made_up_copies
from tests.support.made_atlases import HOSTILE, cones, pictures

pytestmark = pytest.mark.usefixtures("one_thread")

ARASAAC = ("arasaac-es", "--encoder", "tiny-random")


def run(*arguments):
    return CliRunner().invoke(app, ["search", *(str(argument) for argument in arguments)])


def found(*arguments):
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    made_up_copies.arasaac(tmp_path / "data" / "arasaac", 60)
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path / "data"))


@pytest.fixture
def files(tmp_path):
    cones(tmp_path, 20, captions=2)
    return tmp_path / "images.npy", f"{tmp_path}/texts.npy,{tmp_path}/owner.npy"


def test_words_give_a_table_before_and_after_a_space_in_either_language():
    result = run(*ARASAAC, "un perro en la nieve", "--space", "centre", "--top", 3, "--language", "es")
    assert result.exit_code == 0, result.output
    assert "tal cual: puntuación" in result.output
    assert "centre: puntuación" in result.output
    assert [line.split()[0] for line in result.output.splitlines() if line.lstrip()[:1].isdigit()] == ["1", "2", "3"]


def test_a_keyword_comes_first_unless_that_is_switched_off():
    caption = found(*ARASAAC, "x", "--top", 1)["found"]["as is"][0]["caption"]
    word = caption.removeprefix("Una imagen de ").split(",")[0]
    assert found(*ARASAAC, word.upper(), "--top", 1)["found"]["as is"][0]["keyword"]
    assert not any(one["keyword"] for one in found(*ARASAAC, word, "--no-exact")["found"]["as is"])


def test_an_image_finds_texts_and_is_told_its_label():
    told = found(*ARASAAC, "--image", 3, "--labels", "dog, cat", "--top", 2)
    assert {one["modality"] for one in told["found"]["as is"]} == {"text"}
    assert {one["label"] for one in told["labels"]["as is"]} == {"dog", "cat"}


def test_an_own_picture_finds_texts(tmp_path):
    Image.new("RGB", (20, 30), "red").save(tmp_path / "own.png")
    assert len(found(*ARASAAC, "--picture", tmp_path / "own.png", "--top", 4)["found"]["as is"]) == 4


def test_a_row_of_saved_vectors_finds_the_largest_cosines(files, tmp_path):
    images, texts = np.load(files[0]), np.load(tmp_path / "texts.npy")
    cosines = images @ texts[7] / np.linalg.norm(images, axis=1) / np.linalg.norm(texts[7])
    told = found(*files, "--row", 7, "--top", 5)["found"]["as is"]
    assert [one["row"] for one in told] == np.argsort(-cosines)[:5].tolist()
    np.testing.assert_allclose([one["score"] for one in told], np.sort(cosines)[::-1][:5], rtol=1e-4)


def test_hostile_names_captions_and_words_are_one_line_each(tmp_path):
    pictures(tmp_path)
    result = run(tmp_path / "hostile", "\u202e<b>\x00\x1b[31m" + "a" * 10_000, "--encoder", "tiny", "--top", 3)
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
    assert found(tmp_path / "hostile", "--image", "picture '0' &amp; \"more\".png", "--top", 24)["found"]["as is"]
    assert max(len(line) for line in result.output.splitlines()) < 400
    assert HOSTILE[:20] in run(tmp_path / "hostile", "plain", "--encoder", "tiny", "--top", 24).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a dog", "--image", "3"], "one thing is asked at a time"),
        (["a dog", "--labels", "cat"], "--labels are for a picture"),
        (["--image", "../../etc/passwd"], "There is no image ../../etc/passwd"),
        (["--picture", "nowhere.png"], "no such file"),
        (["--space", "nowhere"], "unknown space 'nowhere'"),
        (["a dog", "--page", "--json"], "leave --page out"),
        (["   "], "the query is empty: say what the picture should show"),
    ],
)
def test_what_cannot_be_asked_is_one_line(arguments, said):
    result = run(*ARASAAC, *arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_data_set_without_a_name_is_not_the_working_folder():
    result = run("", "a dog")
    assert result.exit_code != 0
    assert "the data set has no name" in result.output


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ([], "top=10&lang=es"),
        (["un perro", "--page", "--mixed"], "q=un+perro&top=10&what=both&lang=es"),
        (["--image", "3", "--page", "--top", "24"], "image=3&top=24&lang=es"),
    ],
)
def test_the_whole_app_is_served_and_opens_on_the_search(arguments, query, monkeypatch):
    served = []
    monkeypatch.setattr("mmgap.app.shell.server.serve", lambda *given: served.append(given))
    result = run(*ARASAAC, *arguments, "--language", "es", "--port", "0", "--no-browser")
    assert result.exit_code == 0, result.output
    made, path, port, browser, _ = served[0]
    assert (path, port, browser) == (f"/search?{query}", 0, False)
    rules = {rule.rule for rule in made.server.url_map.iter_rules()}
    assert {"/atlas/map", "/playground/readings", "/picture/<key>/<int:place>"} <= rules


def test_the_page_is_asked_by_a_picture_of_the_command_alone(tmp_path, monkeypatch):
    served = []
    monkeypatch.setattr("mmgap.app.shell.server.serve", lambda *given: served.append(given))
    Image.new("RGB", (20, 30), "red").save(tmp_path / "own.png")
    result = run(*ARASAAC, "--picture", tmp_path / "own.png", "--page", "--no-browser")
    assert result.exit_code == 0, result.output
    assert "picture=" in served[0][1]
    assert "own.png" not in served[0][1]
    (tmp_path / "text.png").write_text("no picture")
    result = run(*ARASAAC, "--picture", tmp_path / "text.png", "--page", "--no-browser")
    assert result.exit_code != 0
    assert "text.png: not a picture" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("glyphs-en", " "), "the query is empty"),
        (("glyphs-en", "--image", "0", "--labels", "a,,b"), "--labels 'a,,b'"),
    ],
)
def test_an_empty_query_is_refused_before_anything_is_encoded(monkeypatch, words, said):
    monkeypatch.setattr("mmgap.cli.search._opened", lambda *_: pytest.fail("the data set was opened"))
    found = run(*words)
    assert found.exit_code == 2
    assert said in found.stderr
