"""`mmgap classify` on files of vectors, labels and names."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app

NAMES = ("ant", "bee", "cow")
RUN = ("images.npy", "labels.txt", "--classes", "classes.npy", "--shots", "1,4", "--seeds", "2")


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 8))
    labels = np.repeat(np.arange(3), 40)
    np.save("images.npy", (centres[labels] + 1.2 * rng.normal(size=(120, 8))).astype(np.float32))
    np.save("classes.npy", (centres + 0.9).astype(np.float32))
    np.save("labels.npy", labels)
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    (tmp_path / "labels.txt").write_text("\n".join(NAMES[k] for k in labels))
    (tmp_path / "labels.csv").write_text(
        "file,label\n" + "\n".join(f"{i}.png,{NAMES[k]}" for i, k in enumerate(labels))
    )
    return tmp_path


def ran(*words):
    return CliRunner().invoke(app, ["classify", *words])


def test_every_adapter_stands_in_the_table_and_zero_shot_first(files):
    found = ran(*RUN, "--names", "names.txt")
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert lines[2].split()[0] == "zero-shot"
    assert lines[2].count("±") == 1  # no shots, one figure
    assert {line.split()[0] for line in lines[2:12]} >= {"gda", "lp++", "clap", "tip-adapter-f"}
    assert "Points over zero-shot at 4 shots, paired:" in found.stdout
    assert "60 test images of 3 classes" in found.stdout


def test_json_holds_value_and_interval(files):
    found = ran(*RUN, "--names", "names.txt", "--adapter", "gda", "--json")
    told = json.loads(found.stdout)
    assert list(told) == ["zero-shot", "gda"]
    assert set(told["gda"]["accuracy_shots1"]) == {"value", "ci_low", "ci_high"}
    assert told["gda"]["accuracy_zero_shot"] == told["zero-shot"]["accuracy_shots4"]


@pytest.mark.parametrize(("labels", "names"), [("labels.npy", []), ("labels.csv", ["--names", "names.txt"])])
def test_labels_may_be_numbers_or_a_table(files, labels, names):
    one, other = (
        ran("images.npy", *given, "--classes", "classes.npy", "--adapter", "gda", "--shots", "2", "--json")
        for given in ((labels, *names), ("labels.txt", "--names", "names.txt"))
    )
    assert json.loads(one.stdout) == json.loads(other.stdout)


def test_a_leak_is_called_one(files):
    spec = "tip-adapter:select=test,protocol=legacy"
    found = ran(*RUN, "--names", "names.txt", "--adapter", spec)
    assert f"{spec} LEAKY, up to" in found.stdout
    assert "LEAKY: tuned on the images that it is measured on" in found.stdout


def test_an_adapter_that_nothing_is_left_to_choose_by_is_passed_over_with_the_reason(files):
    found = ran(
        *RUN[:-4], "--names", "names.txt", "--shots", "20", "--adapter", "gda:select=val", "--adapter", "proker"
    )
    assert found.exit_code == 0, found.output
    assert "gda:select=val is chosen on validation images, and 20 shots of each class leave none" in found.stderr
    assert [line.split()[0] for line in found.stdout.splitlines()[2:4]] == ["zero-shot", "proker"]
    some = ran(*RUN[:-4], "--names", "names.txt", "--shots", "4,20", "--adapter", "gda:select=val")
    assert some.stdout.splitlines()[3].split()[-1] == "–"
    assert "No value at 20 shots" in some.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((*RUN, "--adapter", "gda", "--names", "no.txt"), "no.txt: no such file"),
        (RUN, "labels.txt: label 0 is 'ant', neither a name of --names nor a number from 0 to 2"),
        ((*RUN, "--names", "names.txt", "--shots", "1,x"), "--shots 1,x: give whole numbers"),
        ((*RUN, "--names", "names.txt", "--adapter", "gdda"), "unknown adapter 'gdda'; did you mean 'gda'"),
        (("images.npy", "names.txt", "--classes", "classes.npy"), "names.txt has 3 labels for 120 images"),
        (("images.npy", "classes.npy", "--classes", "classes.npy"), "classes.npy: labels are whole numbers"),
        ((*RUN, "--names", "labels.txt"), "labels.txt has 120 names, and there are 3 class vectors"),
    ],
)
def test_bad_input_is_one_line(files, words, told):
    found = ran(*words)
    assert found.exit_code == 2
    assert told in found.output
    assert len(found.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "l.txt",
            "\n\n".join(["ant"] * 120),
            "has 239 labels for 120 images: one label an image is needed; 119 of its",
        ),
        ("l.txt", "kind\n" + "ant\n" * 120, "its first line, 'kind', is a heading, call it label"),
        ("l.txt", "ant", "has 1 label for 120 images"),
        ("l.txt", "señal\n".encode("latin-1") * 120, "is no text in UTF-8, nor .npy: save it as UTF-8"),
        ("l.txt", "ant\n".encode("utf-16") * 120, "save it as UTF-8"),
        ("l.csv", "x" * 200_000, "cannot be read as a table (field larger"),
        ("folder", None, "folder: is a folder, and labels are one file"),
        ("absent", None, "absent: no such file"),
        ("", None, "an empty name: no such file"),
    ],
)
def test_labels_that_do_not_fit_say_why(files, name, content, said):
    (files / "folder").mkdir()
    if content is not None:
        (files / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    found = ran("images.npy", name, "--classes", "classes.npy", "--adapter", "gda", "--shots", "2")
    assert found.exit_code == 2
    (line,) = found.stderr.splitlines()
    assert said in line


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_a_table_may_have_any_line_ends_and_fields_of_several_lines(files, ends, mark):
    labels = np.load("labels.npy")
    lines = ["caption,label", *(f'"an insect{ends}of {NAMES[k]}",{NAMES[k]}' for k in labels)]
    (files / "many.csv").write_bytes(mark + ends.join(lines).encode())
    one, other = (
        ran(
            "images.npy",
            given,
            "--classes",
            "classes.npy",
            "--names",
            "names.txt",
            "--adapter",
            "gda",
            *RUN[4:],
            "--json",
        )
        for given in ("many.csv", "labels.txt")
    )
    assert one.exit_code == 0, one.output
    assert json.loads(one.stdout) == json.loads(other.stdout)


def test_more_shots_than_numbers_have_bits_are_refused(files):
    found = ran(*RUN[:4], "--names", "names.txt", "--shots", "9" * 30)
    assert found.exit_code == 2
    assert "give whole numbers from 1" in found.stderr
