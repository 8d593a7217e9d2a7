"""Killed and taken up again equals never killed, bit for bit: weights, what the optimiser remembers, history."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mmgap.training import artifact
from mmgap.training.checkpoint import NAME
from mmgap.training.recipe import Recipe
from mmgap.training.run import trained
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: small.family(name, folder) for name in ("dual", "towers")}


class Killed(BaseException):
    """What a test kills a training with; nothing catches it."""


def content(folder):
    """Everything that a training leaves: weights, adapters, heads, history.

    A gradient that overflows in half precision, and whose step is left out, has a norm of NaN.
    """
    files = {path.relative_to(folder): load_file(path) for path in folder.rglob("*.safetensors")}
    assert Path(artifact.WEIGHTS) in files
    assert Path(artifact.HISTORY) in files
    return {f"{file}/{name}": value for file, tensors in files.items() for name, value in tensors.items()}


def assert_equal(found, wanted):
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name].dtype == value.dtype, name
        torch.testing.assert_close(found[name], value, rtol=0, atol=0, equal_nan=True, msg=name)


def run(spec, recipe, cache, monkeypatch, kill=None):
    """The folder of a training in a cache of its own; killed after epoch ``kill`` first."""
    monkeypatch.setenv("MMGAP_CACHE", str(cache))
    splits = small.splits(captions=2)
    epochs = []

    def on_epoch(epoch, told):
        epochs.append(epoch)
        if epoch == kill and kill not in epochs[:-1]:
            raise Killed

    if kill is not None:
        with pytest.raises(Killed):
            trained(spec, splits, recipe, on_epoch=on_epoch)
        torch.manual_seed(kill)  # what the process drew before must not matter
    folder = trained(spec, splits, recipe, on_epoch=on_epoch)
    assert epochs == list(range(recipe.epochs + 1))
    return folder


USUAL = {"batch_size": 5, "rate": 5e-3, "epochs": 3, "weight_decay": 0.1, "schedule": "cosine"}
CASES = {
    "dropout of BERT, all weights": ("dual", "ce", {"tuning": "full"}),
    "dropout of adapters, gradient caching": ("dual", "ce+var", {"tuning": "dora", "dropout": 0.3, "chunk": 2}),
    "dropout of features, a learned bias": (
        "towers",
        "siglip",
        {"tuning": "head", "feature_dropout": 0.3, "keep": "best"},
    ),
    "two backbones": ("towers", "ce+anti", {"tuning": "lora", "dropout": 0.2, "keep": "best", "train_heads": True}),
    "half precision": ("dual", "ce", {"tuning": "head", "precision": "float16"}),
    "moved pictures": ("dual", "ce", {"tuning": "last-1", "towers": "image", "shift": 3}),
}


@pytest.mark.parametrize(("case", "kill"), [*zip(CASES, (0, 1, 2, 3, 2, 1), strict=True)])
def test_taken_up_after_any_epoch(case, kill, specs, tmp_path, monkeypatch):
    family, loss, options = CASES[case]
    recipe = Recipe(loss, **USUAL, **options)
    wanted = content(run(specs[family], recipe, tmp_path / "whole", monkeypatch))
    assert wanted["history.safetensors/epochs"].tolist() == [0, 1, 2, 3]
    folder = run(specs[family], recipe, tmp_path / "killed", monkeypatch, kill)
    assert_equal(content(folder), wanted)


def test_another_seed_is_another_training(specs, tmp_path, monkeypatch):
    """So equality above is no accident of numbers that do not move."""
    first, second = (
        content(run(specs["towers"], Recipe("ce", tuning="head", seed=s, **USUAL), tmp_path / str(s), monkeypatch))
        for s in (0, 1)
    )
    assert not torch.equal(
        first["weights.safetensors/image.head.weight"], second["weights.safetensors/image.head.weight"]
    )


def test_patience_is_remembered(specs, tmp_path, monkeypatch):
    recipe = Recipe("ce", tuning="head", patience=1, **{**USUAL, "epochs": 6, "rate": 1e-9})
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path))
    splits = small.splits()

    def kill(epoch, told):
        if epoch == 1:
            raise Killed

    with pytest.raises(Killed):
        trained(specs["towers"], splits, recipe, on_epoch=kill)
    folder = trained(specs["towers"], splits, recipe, on_epoch=lambda epoch, told: pytest.fail("it was over"))
    assert artifact.about(folder).epochs == 1


MID_EPOCH = """
import os, signal, sys
sys.path[:0] = {paths!r}
from tests.support import small_trainings as small
from mmgap.core import threads
from mmgap.training.recipe import Recipe
from mmgap.training.run import trained
from mmgap.training.training_step import TrainingStep

step, done = TrainingStep.__call__, []
def dying(self, *args):
    done.append(1)
    if len(done) == 4:  # the second step of epoch 2
        os.kill(os.getpid(), signal.SIGKILL)
    return step(self, *args)
TrainingStep.__call__ = dying
with threads.one_thread():
    trained({spec!r}, small.splits(captions=2), Recipe("ce", **{options!r}))
"""


def test_killed_in_the_middle_of_an_epoch(specs, tmp_path, monkeypatch):
    options = {**USUAL, "tuning": "lora", "dropout": 0.2}
    wanted = content(run(specs["dual"], Recipe("ce", **options), tmp_path / "whole", monkeypatch))
    cache = tmp_path / "killed"
    paths = [str(Path(__file__).parents[2])]
    code = MID_EPOCH.format(paths=paths, spec=specs["dual"], options=options)
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "MMGAP_CACHE": str(cache)}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(cache.rglob(NAME))) == 1
    assert not list(cache.rglob(artifact.ABOUT))
    monkeypatch.setenv("MMGAP_CACHE", str(cache))
    epochs = []
    splits = small.splits(captions=2)
    folder = trained(specs["dual"], splits, Recipe("ce", **options), on_epoch=lambda epoch, told: epochs.append(epoch))
    assert epochs == [2, 3]
    assert_equal(content(folder), wanted)
    assert np.isfinite(wanted["history.safetensors/step_loss"].numpy()).all()
