"""A data set that is named brings encoders: none is downloaded, the slow ones wait for a card, and that is said."""

import pytest
from PIL import Image

from mmgap.core.paths import MissingDataError
from mmgap.encoders.weights import locate, no_download

EXPERIMENTS = """
import pytest

@pytest.mark.experiment("measure", axes=("encoder", "dataset"))
def test_measure(cell, record): record("gap", 1)

@pytest.mark.experiment("another", axes=("encoder", "dataset"))
def test_another(cell, record): record("gap", 1)
"""


@pytest.fixture
def project(pytester, monkeypatch):
    for variable, folder in (("MMGAP_CACHE", "cache"), ("MMGAP_DATA", "data"), ("MMGAP_WEIGHTS", "weights")):
        monkeypatch.setenv(variable, str(pytester.mkdir(folder)))
    monkeypatch.setenv("HF_HOME", str(pytester.path / "hub"))
    pytester.makepyfile(**{"benchmarks/test_some": EXPERIMENTS})
    photos = pytester.mkdir("photos")
    for n in range(3):
        Image.new("RGB", (40, 40), (60 * n, 30, 200)).save(photos / f"{n}.png")
    (photos / "captions.csv").write_text("filename,caption\n0.png,zero\n1.png,one\n2.png,two\n")
    return pytester


def run(project, *options):
    return project.runpytest_subprocess("benchmarks", "--dataset", "folder:photos", "--color", "no", *options)


def test_what_is_left_out_is_said_with_the_option_that_runs_it(project):
    result = run(project)
    result.stdout.fnmatch_lines_random(
        [
            "*1 × clip-vit-l-14 is left out on the CPU*--device cuda, or --encoder clip-vit-l-14 to measure it all*",
            "*1 × model 'openai/clip-vit-base-patch32'*is not downloaded unasked, because nobody named clip-vit-b-32;*",
            "*--encoder clip-vit-b-32 downloads it*hf download openai/clip-vit-base-patch32*",
        ]
    )
    said = result.stdout.str()
    assert "tiny" not in said.partition("outside the selection")[0]
    assert "another" not in said


def test_naming_the_encoder_asks_the_hub_for_it(project, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = run(project, "--encoder", "clip-vit-b-32", "-k", "measure")
    result.stdout.fnmatch_lines(["*neither in*nor in the hub's cache*"])
    result.stdout.no_fnmatch_line("*is not downloaded unasked*")


def test_the_block_is_left_again(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    with no_download("it is a test"), pytest.raises(MissingDataError, match="because it is a test") as refused:
        locate("nobody/nothing")
    assert "hf download nobody/nothing" in str(refused.value)
    with pytest.raises(MissingDataError, match="neither in"):
        locate("nobody/nothing")
