"""``mmgap doctor``: exit status, JSON, languages, and files that are no vectors."""

import json
import pickle

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.diagnosis.finding_kinds import KINDS


def doctor(*arguments):
    return CliRunner().invoke(app, ["doctor", *map(str, arguments)])


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    items = rng.normal(size=(120, 16))
    sides = items + 0.4 * rng.normal(size=(2, 120, 16))
    x, y = (sides / np.linalg.norm(sides, axis=2, keepdims=True)).astype(np.float32)
    broken = x.copy()
    broken[5, 3] = np.inf
    for name, array in (
        ("a", x),
        ("b", y),
        ("shifted", np.roll(y, 1, axis=0)),
        ("broken", broken),
        ("short", y[:100]),
        ("narrow", y[:, :8]),
        ("half", x.astype(np.float16)),
        ("both", np.stack([x, y])),
        ("texts", y),
        ("images", x),
    ):
        np.save(tmp_path / f"{name}.npy", array)
    return tmp_path


def test_nothing_wrong_is_said_with_what_cannot_be_told(files):
    found = doctor(files / "a.npy", files / "b.npy")
    assert found.exit_code == 0, found.output
    assert "Nothing is wrong that could be told (120 × 120, d = 16)." in found.stdout
    assert "cannot be told: whether images and texts are exchanged" in found.stdout


def test_something_severe_is_exit_status_one_in_both_languages(files):
    found = doctor(files / "a.npy", files / "shifted.npy")
    assert found.exit_code == 1
    assert found.stdout.startswith("severe · shifted rows\n  In rows ")
    assert "numpy.roll(images, 1, axis=0)" in found.stdout, "the cure"
    spanish = doctor(files / "a.npy", files / "shifted.npy", "--language", "es")
    assert spanish.stdout.startswith("grave · filas desplazadas\n  En las filas ")
    assert "no se puede saber: " in spanish.stdout


def test_json_has_its_schema(files):
    found = doctor(files / "broken.npy", files / "shifted.npy", "--json")
    assert found.exit_code == 1
    told = json.loads(found.stdout)
    assert list(told) == ["findings"]
    assert [one["kind"] for one in told["findings"]] == ["nonfinite", "shifted_rows"]
    for one in told["findings"]:
        assert list(one) == ["kind", "severity", "message", "rows"]
        assert one["kind"] in KINDS
        assert one["severity"] in ("severe", "warning", "note")
        assert all(isinstance(row, int) for row in one["rows"])
    assert told["findings"][0]["rows"] == [5]
    clean = doctor(files / "a.npy", files / "b.npy", "--json")
    assert json.loads(clean.stdout) == {"findings": []}
    assert clean.exit_code == 0
    assert "cannot be told" in clean.stderr, "for people, beside the JSON"


def test_every_layout_is_read(files, tmp_path):
    from safetensors.numpy import save_file

    x, y = np.load(files / "both.npy")
    np.savez(tmp_path / "one.npz", image_features=x, text_features=np.roll(y, 2, axis=0))
    save_file({"images": x, "texts": y.copy()}, tmp_path / "two.safetensors")
    np.save(tmp_path / "owner.npy", np.arange(120)[::-1].copy())
    assert doctor(files / "both.npy").exit_code == 0
    assert doctor(files / "half.npy", files / "b.npy").exit_code == 0
    assert doctor(tmp_path / "one.npz").exit_code == 1
    assert doctor(tmp_path / "two.safetensors").exit_code == 0
    assert doctor(files / "a.npy", files / "b.npy", "--owner", tmp_path / "owner.npy").exit_code == 1
    np.save(tmp_path / "backwards.npy", y[::-1])
    assert doctor(files / "a.npy", tmp_path / "backwards.npy", "--owner", tmp_path / "owner.npy").exit_code == 0


def test_names_tell_an_exchange(files):
    found = doctor(files / "texts.npy", files / "images.npy", "--json")
    assert [one["kind"] for one in json.loads(found.stdout)["findings"]] == ["swapped_modalities"]
    assert doctor(files / "images.npy", files / "texts.npy").exit_code == 0


def test_sides_that_do_not_fit_end_in_status_two_with_what_each_has(files):
    found = doctor(files / "a.npy", files / "short.npy", "--json")
    assert found.exit_code == 2
    assert json.loads(found.stdout) == {"findings": []}
    assert "120 images but 100 texts" in found.stderr
    assert "images have 16 dimensions" in doctor(files / "a.npy", files / "narrow.npy").stderr
    both = doctor(files / "broken.npy", files / "short.npy")
    assert both.exit_code == 1, "what is severe comes first"
    assert "NaN or infinity" in both.stdout


def test_hostile_files_are_one_line_and_status_two(files, tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}] * 120, dtype=object))
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(np.zeros((120, 16))))
    (tmp_path / "empty.npy").write_bytes(b"")
    np.save(tmp_path / "flat.npy", np.zeros(120))
    np.save(tmp_path / "nothing.npy", np.zeros((0, 16)))
    np.save(tmp_path / "words.npy", np.array([["a", "b"]] * 120))
    np.save(tmp_path / "whole.npy", np.ones((120, 16), dtype=int))
    (tmp_path / "folder.npy").mkdir()
    bad = ("objects", "pickle", "empty", "flat", "nothing", "words", "whole", "folder", "absent")
    for name in bad:
        found = doctor(tmp_path / f"{name}.npy", files / "b.npy")
        assert found.exit_code == 2, (name, found.output)
        assert found.stdout == ""
        assert found.stderr.startswith("mmgap: "), (name, found.stderr)
        assert len(found.stderr.splitlines()) == 1, (name, found.stderr)
        assert name in found.stderr
    assert doctor(files / "a.npy", files / "b.npy", "--scale", 0).exit_code == 2


def test_rows_of_nan_alone_are_named(tmp_path):
    np.save(tmp_path / "nan.npy", np.full((20, 4), np.nan))
    np.save(tmp_path / "zero.npy", np.zeros((20, 4)))
    found = doctor(tmp_path / "nan.npy", tmp_path / "zero.npy", "--json")
    assert [one["kind"] for one in json.loads(found.stdout)["findings"]] == ["nonfinite", "zero_rows"]


def test_scales_are_checked_where_they_are_given(files):
    found = doctor(files / "a.npy", files / "b.npy", "--scale", 0.01)
    assert found.exit_code == 1
    assert "logit scale" in found.stdout
    assert doctor(files / "a.npy", files / "b.npy", "--scale", 30).exit_code == 0
