"""Rows, trainings and cached vectors: what comes from outside counts by its source, mmgap's own by its version."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from PIL import Image
from typer.testing import CliRunner

from mmgap import datasets, encoders, losses, spaces
from mmgap.cli.main import app
from mmgap.core.cache import Cache
from mmgap.encoders.embed import embed
from mmgap.harness.cell_inputs import CellInputs
from mmgap.harness.grid import Protocol
from mmgap.harness.key_inputs import key_inputs
from mmgap.rows.cell import Cell
from mmgap.rows.row import MEASURE_VERSION, row_key
from mmgap.training.data_splits import Splits
from mmgap.training.recipe import Recipe
from mmgap.training.run import training_key

CELL = Cell("measure", "tiny-random", "glyphs-en", None, 0, (("captions", "first"),))
TRAIN = replace(CELL, loss="ce+0.5*var")

#: A project of one's own: an encoder, a data set and an experiment, none of them written where it is registered.
ENCODER = """
import numpy as np

class Sizes:
    name = "sizes"

    def fingerprint(self, modality=None): return {"encoder_family": "sizes"}
    def logit_scale(self): return None

    def encode_images(self, images):
        print("image", file=open("encoded", "a"))
        return np.array([[+image.width, *image.getpixel((0, 0))] for image in images], dtype=np.float32)

    def encode_texts(self, texts):
        print("text", file=open("encoded", "a"))
        return np.array([[len(text), 1, 2, 3] for text in texts], dtype=np.float32)
"""
DATA = """
import numpy as np
from PIL import Image
from mmgap.datasets import Dataset

def load(argument, *, split):
    pictures = tuple(Image.new("RGB", (8, 8), (100 +k, 9, 9)) for k in range(4))
    return Dataset("mine", split, "1", tuple("abcd"), pictures, tuple("abcd"), np.arange(4))
"""
EXPERIMENT = """
import pytest

@pytest.mark.experiment("sums", axes=("encoder", "dataset"))
def test_sum(cell, dataset, vectors, record):
    record("sum", +float(vectors.images.sum() + vectors.texts.sum()))
"""
CONFTEST = """
pytest_plugins = ["mmgap.harness.fixtures"]
from mmgap import datasets, encoders
import my_data, my_encoder

encoders.registry.register("sizes")(lambda argument, **options: my_encoder.Sizes())
datasets.registry.lazy("mine", "my_data:load")
"""


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    pytester.makepyfile(my_encoder=ENCODER, my_data=DATA, test_mine=EXPERIMENT, conftest=CONFTEST)
    return pytester


def measured(project):
    """How the cell ended, and how often each modality was encoded until now."""
    result = project.runpytest_subprocess("--encoder", "sizes", "--dataset", "mine")
    log = project.path / "encoded"
    return result.parseoutcomes(), sorted(log.read_text().split())


@pytest.mark.parametrize(
    ("module", "text", "encoded"),
    [
        ("my_encoder", ENCODER, ["image", "image", "text", "text"]),
        ("my_data", DATA, ["image", "image", "text"]),  # its texts say what they said before
        ("test_mine", EXPERIMENT, ["image", "text"]),
    ],
)
def test_a_flipped_sign_is_measured_again(project, module, text, encoded):
    assert measured(project) == ({"passed": 1}, ["image", "text"])
    assert measured(project) == ({"skipped": 1}, ["image", "text"])
    project.makepyfile(**{module: text.replace("+", "-", 1)})
    assert measured(project) == ({"passed": 1}, encoded)
    found = [json.loads(path.read_text()) for path in (project.path / "reports" / "rows").glob("*.json")]
    assert len(found) == 2
    name = {"my_encoder": "encoder", "my_data": "dataset", "test_mine": "experiment"}[module]
    told = [row["inputs"]["identities"][name] for row in found]
    assert told[0]["source"] != told[1]["source"]
    assert f"{module}.py" in told[0]["file"]
    assert len({row["metrics"]["sum"]["value"] for row in found}) == 2


def test_an_experiment_with_a_version_is_not_measured_again_for_a_comment(project):
    versioned = EXPERIMENT.replace('"sums", ', '"sums", version=3, ')
    project.makepyfile(test_mine=versioned)
    assert measured(project)[0] == {"passed": 1}
    project.makepyfile(test_mine=f"{versioned}\n# a comment")
    assert measured(project)[0] == {"skipped": 1}
    project.makepyfile(test_mine=versioned.replace("version=3", "version=4"))
    assert measured(project)[0] == {"passed": 1}


def test_every_experiment_that_ships_has_a_version(request):
    """A comment in their files changes no key."""
    root = request.config.rootpath
    code = (
        "import importlib, pathlib, sys; sys.path.insert(0, '.')\n"
        "for path in sorted(pathlib.Path('benchmarks').glob('test_*.py')):\n"
        "    module = importlib.import_module(f'benchmarks.{path.stem}')\n"
        "    for name, f in vars(module).items():\n"
        "        for mark in getattr(f, 'pytestmark', []):\n"
        "            if mark.name == 'experiment': print(name, mark.kwargs.get('version'))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    versions = dict(line.split() for line in told.splitlines())
    assert {"test_measure", "test_train", "test_practice", "test_initialisation", "test_cone"} <= set(versions)
    assert all(version.isdecimal() for version in versions.values()), versions


def key(cell=CELL, about=None):
    return row_key(cell.to_dict(), key_inputs(CellInputs(cell, {"split": "test"}), about or {"version": 1}))


@pytest.fixture
def versions(monkeypatch):
    """Raise the version of an entry."""
    yield lambda registry, name: monkeypatch.setitem(registry._versions, name, 2)
    monkeypatch.undo()
    key()


def test_the_inputs_of_a_resumed_cell_load_no_torch():
    code = "import sys; from mmgap.harness.cell_inputs import CellInputs\n"
    code += "from mmgap.harness.key_inputs import key_inputs; from mmgap.rows.cell import Cell\n"
    code += "cell = Cell('train', 'tiny-random', 'glyphs-en', 'ce+var', space='shift')\n"
    code += "key_inputs(CellInputs(cell), {'version': 1})\n"
    code += "print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "False"


def test_the_inputs_say_by_which_code():
    inputs = key_inputs(CellInputs(TRAIN, {"split": "test"}), {"version": 7})
    first = {"version": 1}
    told = {"experiment": {"version": 7}, "dataset": first, "encoder": first, "loss:ce": first, "loss:var": first}
    assert inputs["identities"] == told
    assert inputs["measure_version"] == MEASURE_VERSION


@pytest.mark.parametrize(
    ("registry", "name", "place"),
    [
        (encoders.registry, "tiny-random", CELL),
        (datasets.registry, "glyphs-en", CELL),
        (losses.registry, "var", TRAIN),
    ],
    ids=["encoder", "dataset", "loss"],
)
def test_each_version_changes_the_key_of_a_row(versions, registry, name, place):
    before = key(place)
    versions(registry, name)
    assert key(place) != before


def test_the_experiment_and_the_measuring_code_change_the_key_of_a_row(monkeypatch):
    before = key()
    assert key(about={"version": 2}) != before
    monkeypatch.setattr("mmgap.harness.key_inputs.MEASURE_VERSION", MEASURE_VERSION + 1)
    assert key() != before


def test_a_protocol_takes_a_version():
    assert (Protocol("a").version, Protocol("a", version=2).version) == (None, 2)
    assert "version" not in Protocol("a", version=2, pool=90).constants
    with pytest.raises(ValueError, match="whole number"):
        Protocol("a", version=0)


@pytest.mark.parametrize(
    ("registry", "name"),
    [(encoders.registry, "tiny-random"), (datasets.registry, "glyphs-en"), (losses.registry, "var")],
    ids=["encoder", "dataset", "loss"],
)
def test_each_version_changes_the_key_of_a_training(versions, registry, name):
    def made():
        splits = Splits.of("glyphs-en", lambda data: data)
        return training_key(encoders.load("tiny-random"), splits, Recipe("ce+var"))

    before = made()
    assert "identities" not in json.dumps(before), "trainings from before there were versions stay"
    versions(registry, name)
    assert made() != before


@pytest.mark.parametrize(
    ("registry", "name"),
    [(encoders.registry, "tiny-random"), (datasets.registry, "glyphs-en")],
    ids=["model", "data"],
)
def test_each_version_changes_the_key_of_vectors(versions, registry, name, tmp_path):
    def cached():
        data = datasets.load("glyphs-en").select(range(3))
        return embed(encoders.load("tiny-random"), data, cache=Cache(tmp_path)).from_cache

    assert [cached(), cached()] == [False, True]
    versions(registry, name)
    assert [cached(), cached()] == [False, True]


def test_a_projection_is_part_of_its_encoders_identity(versions, monkeypatch):
    from mmgap.evaluation.fitted_space import FittedSpace

    data = datasets.load("glyphs-en", split="train").select(range(3))
    projection = FittedSpace("cca", encoders.load("two-towers:mobilenet-v2,minilm,none"), "glyphs-en")
    monkeypatch.setattr(projection, "_train", data, raising=False)
    monkeypatch.setattr(projection, "_validation", data, raising=False)
    before = projection.fingerprint()
    versions(spaces.registry, "cca")
    assert projection.fingerprint() == {**before, "identities": {"space:cca": {"version": 2}}}


def test_towers_beneath_a_projection_carry_their_version(versions):
    versions(encoders.registry, "two-towers")
    made = encoders.load("two-towers:mobilenet-v2,minilm,random")
    assert made.mmgap_identity == made.raw.mmgap_identity == {"version": 2}


def test_train_trains_again_when_a_loss_from_outside_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    records = ["filename,category,caption,split"]
    for k in range(12):
        Image.new("RGB", (48, 48), (20 * k, 9, 9)).save(tmp_path / f"{k}.png")
        records.append(f"{k}.png,,picture {k},{'train' if k < 8 else 'validation'}")
    (tmp_path / "metadata.csv").write_text("\n".join(records))
    text = "from mmgap.losses.term import loss\n\n@loss()\ndef mine(x, y, *, logit_scale=1.0):\n"
    text += "    return +(x - y).square().sum(1).mean()\n"

    def epochs(written, out):
        file = tmp_path / "my_loss.py"
        file.write_text(written)
        space = {"__name__": "my_loss"}
        exec(compile(written, str(file), "exec"), space)
        monkeypatch.setitem(losses.registry._entries, "mine", space["mine"])
        command = ["train", "--encoder", "tiny-random", "--dataset", f"folder:{tmp_path}", "--loss", "mine"]
        command += ["--recipe", "tuning=head,epochs=1,batch_size=8", "--out", str(tmp_path / out)]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        return done.output.count("epoch 1 ")

    assert [epochs(text, "first"), epochs(text, "again")] == [1, 0]
    assert epochs(text.replace("+", "-"), "flipped") == 1
