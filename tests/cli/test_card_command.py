"""``mmgap card``: pages, JSON, languages, exit status, rows, and files that are no vectors."""

import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from tests.card.test_row_card import PUBLISHED
from tests.support.made_cards import pairs


def card(*arguments):
    return CliRunner().invoke(app, ["card", *map(str, arguments)])


@pytest.fixture
def files(tmp_path, monkeypatch):
    x, y, owner = pairs(60, each=2)
    broken = x.copy()
    broken[5, 3] = np.inf
    for name, array in (
        ("a", x),
        ("b", y[::2]),
        ("five", y),
        ("owner", owner),
        ("shifted", np.roll(y[::2], 1, axis=0)),
        ("broken", broken),
        ("short", y[:50]),
        ("texts", y[::2]),
        ("images", x),
    ):
        np.save(tmp_path / f"{name}.npy", array)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_by_itself_writes_a_page_and_a_summary(files):
    found = subprocess.run(
        [sys.executable, "-m", "mmgap", "card", "a.npy", "b.npy"],
        capture_output=True,
        text=True,
        check=False,
        cwd=files,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("Card of a.npy,b.npy\nIs there a gap?\n  Yes: ")
    for words in (
        "Which recall is this?",
        "What does a cosine of 0.25 mean here?",
        "Nothing that could be told",
        "nnn",
    ):
        assert words in found.stdout, words
    assert found.stdout.index("Is something broken?") < found.stdout.index("Does it matter for retrieval?")
    assert found.stdout.endswith("card.html\n")
    assert "Fitting spaces" in found.stderr
    page = (files / "card.html").read_text(encoding="utf-8")
    assert "What closing the gap would change" in page


def test_the_page_is_there_before_spaces_are_fitted(files, monkeypatch):
    seen = []

    def fitted(vectors, seed=0):
        seen.append((files / "card.html").read_text(encoding="utf-8"))
        raise ValueError("enough")

    monkeypatch.setattr("mmgap.card.spaces_part.spaces_part", fitted)
    assert card("a.npy", "b.npy").exit_code == 2
    assert "Which recall is this?" in seen[0]


def test_json_has_every_part_and_no_page_unless_asked(files):
    found = card("a.npy", "five.npy", "--owner", "owner.npy", "--json", "--no-spaces", "--pool", 1000, "--cosine", 0.5)
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert (told["images"], told["texts"], told["dimensions"]) == (60, 120, 12)
    assert told["thresholds"]["pool"] == 1000
    assert told["thresholds"]["asked"]["cosine"] == 0.5
    assert told["spaces"] is None
    assert {line["definition"] for line in told["recalls"]} == {"any", "share", "r_precision", "map_at_r", "own"}
    assert not (files / "card.html").exists()
    assert card("a.npy", "b.npy", "--json", "--no-spaces", "--output", "my/page.html").exit_code == 0
    assert (files / "my" / "page.html").is_file()


def test_spaces_are_in_the_json(files):
    told = json.loads(card("a.npy", "b.npy", "--json").stdout)
    assert [line["space"] for line in told["spaces"]["lines"]] == ["shift:1", "centre", "zca", "nnn"]


def test_the_prevalence_is_that_of_the_images_where_they_are_few(files):
    assert json.loads(card("a.npy", "b.npy", "--json", "--no-spaces").stdout)["thresholds"]["pool"] == 60


def test_severe_findings_show_and_fail_only_where_asked(files):
    found = card("a.npy", "shifted.npy", "--no-spaces")
    assert found.exit_code == 0, found.output
    assert found.stdout.splitlines()[1] == "Is something broken?"
    assert "shifted against each other" in found.stdout
    assert card("a.npy", "shifted.npy", "--no-spaces", "--strict").exit_code == 1
    assert card("a.npy", "b.npy", "--no-spaces", "--strict").exit_code == 0
    assert card("a.npy", "short.npy", "--strict").exit_code == 1


def test_faulty_rows_and_files_that_do_not_fit_have_a_card(files):
    found = card("broken.npy", "b.npy", "--no-spaces")
    assert "Left out: 1 image and 1 text" in found.stdout
    found = card("a.npy", "short.npy")
    assert found.exit_code == 0
    assert "nothing says which text belongs to which image (60 images, 50 texts)" in found.stdout
    found = card("texts.npy", "images.npy", "--no-spaces", "--json")
    assert [one["kind"] for one in json.loads(found.stdout)["findings"]] == ["swapped_modalities"]


def test_spanish(files):
    found = card("a.npy", "b.npy", "--language", "es")
    assert found.stdout.startswith("Ficha de a.npy,b.npy\n¿Hay brecha?\n  Sí: ")
    assert "¿Importa para la recuperación?" in found.stdout
    assert '<html lang="es">' in (files / "card.html").read_text(encoding="utf-8")


def test_a_row_without_its_vectors_is_told_as_far_as_it_goes(files):
    (path,) = PUBLISHED.glob("measure-two-towers-mobilenet-v2-minilm-cca-flickr8k-captions*.json")
    found = card(path)
    assert found.exit_code == 0, found.output
    assert "The vectors of this row are not at hand" in found.stdout
    assert (files / "card.html").is_file()


def test_a_data_set_by_an_encoder(files):
    found = card("--dataset", "vectors:a.npy,b.npy", "--encoder", "vectors", "--json", "--no-spaces")
    assert json.loads(found.stdout)["images"] == 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "one of these"),
        (("a.npy", "b.npy", "--demo"), "one of these"),
        (("--dataset", "glyphs-en"), "belong together"),
        (("absent.npy", "b.npy"), "absent.npy"),
        (("row.json", "b.npy"), "stands alone"),
        (("absent.json",), "absent.json"),
        (("a.npy", "b.npy", "--owner", "a.npy", "--no-spaces", "--output", "a.npy/page.html"), "a.npy"),
    ],
)
def test_bad_input_is_one_line_and_status_two(files, arguments, words):
    found = card(*arguments)
    assert found.exit_code == 2, found.output
    assert words in found.stderr
    assert found.stderr.splitlines()[-1].startswith("mmgap: ")


def test_a_single_usable_pair_is_refused(files):
    x = np.full((3, 4), np.nan)
    x[0] = 1
    np.save("one.npy", x)
    found = card("one.npy", "one.npy")
    assert found.exit_code == 2
    assert "at least 2 of each are needed" in found.stderr
