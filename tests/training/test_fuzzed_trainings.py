"""Flipped, cut, spliced and rewritten files of a training: named in one line, or read as what was written."""

import json
import random
import shutil
import warnings

import numpy as np
import pytest
import torch

from mmgap import encoders
from mmgap.core.cache import CacheWarning
from mmgap.core.integrity import SEAL
from mmgap.encoders import EncoderError
from mmgap.encoders.projection import SavedProjection
from mmgap.spaces import PairMap
from mmgap.spaces.affine import SpaceError
from mmgap.training import artifact
from mmgap.training.checkpoint import NAME, Checkpoint
from mmgap.training.history import History
from mmgap.training.recipe import Recipe
from mmgap.training.run import trained
from tests.support import mutated_files
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two towers, adapters in the one, heads on both: every kind of file that a training leaves."""
    folder = tmp_path_factory.mktemp("fuzzed")
    recipe = Recipe("ce", tuning="lora", towers="text", train_heads=True, epochs=2, batch_size=5, rate=1e-2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_CACHE", str(folder / "cache"))
        path = trained(small.family("towers", folder / "models"), small.splits(), recipe)
        yield shutil.copytree(path, folder / "whole")


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "out")


def everything(folder):
    """All that is read of a training, in a form that compares."""
    about = artifact.about(folder)
    weights = {name: value.numpy().tobytes() for name, value in artifact.weights(folder).items()}
    history = {name: values.tobytes() for name, values in artifact.history(folder).arrays().items()}
    artifact.check(folder)
    return {**vars(about), "weights": weights, "names": sorted(artifact.names(folder)), "history": history}


def told(read, errors):
    """What a reader gives, or its one line."""
    try:
        return read()
    except errors as error:
        assert "\n" not in str(error)  # noqa: PT017 - whatever the reader does is looked at
        return str(error)


FILES = [artifact.ABOUT, artifact.WEIGHTS, artifact.HISTORY, artifact.PROJECTION]
FILES += [f"{artifact.ADAPTER}/text/adapter_config.json", f"{artifact.ADAPTER}/text/adapter_model.safetensors"]


@pytest.mark.parametrize("name", FILES)
def test_a_finished_training(made, folder, name):
    wanted, content, draw = everything(made), (made / name).read_bytes(), random.Random(name)
    refused = 0
    for mutated in mutated_files.of(content, draw, 60):
        (folder / name).write_bytes(mutated)
        found = told(lambda: everything(folder), EncoderError)
        if isinstance(found, str):
            assert name in found
            refused += 1
        else:
            assert found == wanted
    assert refused > 40


@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_never_becomes_a_key(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[-9] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(EncoderError, match=name):
        encoders.load(f"trained:{folder}")


def test_a_damaged_projection_never_becomes_a_key(folder):
    file = folder / artifact.PROJECTION
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(SpaceError, match=r"projection\.safetensors is damaged"):
        SavedProjection(file).fingerprint()


def test_a_description_without_a_seal_ends_in_no_traceback(folder):
    """Of the first format, or changed by hand: what cannot be known to be wrong may be taken, nothing breaks."""
    plain = {name: value for name, value in json.loads((folder / artifact.ABOUT).read_text()).items() if name != SEAL}
    draw = random.Random(1)
    for mutated in mutated_files.of(json.dumps(plain).encode(), draw, 120):
        (folder / artifact.ABOUT).write_bytes(mutated)
        found = told(lambda: encoders.load(f"trained:{folder}").fingerprint(), (EncoderError, ValueError, OSError))
        assert isinstance(found, (dict, str))


def test_a_training_that_says_it_started_from_itself(folder):
    plain = {name: value for name, value in json.loads((folder / artifact.ABOUT).read_text()).items() if name != SEAL}
    (folder / artifact.ABOUT).write_text(json.dumps({**plain, "base": f"trained:{folder}"}))
    with pytest.raises(EncoderError, match="says that it was trained on itself"):
        encoders.load(f"trained:{folder}")


def test_files_without_seals(made, folder):
    """As an earlier mmgap left them: damage that shows is named, and nothing else is raised."""
    file = folder / artifact.ABOUT
    plain = {name: v for name, v in json.loads(file.read_text()).items() if name not in (SEAL, "files", "training")}
    file.write_text(json.dumps({**plain, "format": 1}))
    assert everything(folder)["files"] == {}
    for name in (artifact.WEIGHTS, artifact.HISTORY):
        content, draw = (made / name).read_bytes(), random.Random(name)
        for mutated in mutated_files.of(content, draw, 40):
            (folder / name).write_bytes(mutated)
            assert isinstance(told(lambda: everything(folder), EncoderError), (dict, str))
        (folder / name).write_bytes(content)


def history():
    found = History(alarms=["COLLAPSE ALARM: of ünïcode"], copositives=[0.1, 0.2])
    for step in range(4):
        found.step({"loss": 1.0 - step, "gap": 0.5})
    for epoch in range(3):
        curves = {f"curve_{name}": np.array(0.1 * epoch) for name in ("gap", "t2i_r1", "i2t_r1")}
        found.epoch({**curves, "epoch_image": np.arange(4)})
    return found


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint, and what it is put into."""
    weights = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2)}
    state = {f"{name}|{what}": torch.zeros_like(value) for name, value in weights.items() for what in ("m", "v")}
    state |= {"a|step": torch.tensor(3.0), "b|step": torch.tensor(3.0)}
    made = Checkpoint(2, weights, {name: 2 * value for name, value in weights.items()}, state, history(), "key")
    return made.save(tmp_path / "run"), weights


def parts(found):
    groups = (found.weights, found.best, found.optimiser)
    tensors = [{name: (str(v.dtype), v.tolist()) for name, v in group.items()} for group in groups]
    curves = {name: values.tolist() for name, values in found.history.arrays().items()}
    return [found.epoch, found.key, *tensors, curves, found.history.alarms]


def test_a_checkpoint(checkpoint):
    file, weights = checkpoint
    content, wanted = file.read_bytes(), parts(Checkpoint.load(file.parent, "key", weights))
    refused = 0
    for mutated in mutated_files.of(content, random.Random(2), 200):
        file.write_bytes(mutated)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = Checkpoint.load(file.parent, "key", weights)
        if found is None:
            refused += 1
            assert [w.category for w in caught] == [CacheWarning]
            assert NAME in str(caught[0].message)
        else:
            assert parts(found) == wanted
    assert refused > 150


def test_a_checkpoint_of_something_else(checkpoint):
    file, weights = checkpoint
    assert Checkpoint.load(file.parent, "another", weights) is None
    with pytest.warns(CacheWarning, match="does not hold what is trained"):
        assert Checkpoint.load(file.parent, "key", {**weights, "a": torch.ones(3, 2)}) is None


def test_a_checkpoint_without_a_seal(checkpoint):
    """As an earlier mmgap wrote it."""
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    file, weights = checkpoint
    with safe_open(file, framework="pt") as opened:
        about = {name: value for name, value in opened.metadata().items() if name != SEAL}
    wanted = parts(Checkpoint.load(file.parent, "key", weights))
    save_file(load_file(file), file, metadata=about)
    assert parts(Checkpoint.load(file.parent, "key", weights)) == wanted
    content = file.read_bytes()
    for mutated in mutated_files.of(content, random.Random(3), 100):
        file.write_bytes(mutated)
        with warnings.catch_warnings(action="ignore", category=CacheWarning):
            found = Checkpoint.load(file.parent, "key", weights)
        assert found is None or parts(found)[1] == "key"


def test_a_flipped_byte_never_changes_what_a_resumed_training_gives(tmp_path, monkeypatch):
    """The checkpoint after epoch 1 is damaged: the training starts anew, and ends with the same bytes."""
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    spec, recipe = small.family("towers", tmp_path), Recipe("ce", tuning="head", epochs=2, batch_size=5)
    wanted = {path.name: path.read_bytes() for path in trained(spec, small.splits(), recipe).iterdir()}

    def kill(epoch, told):
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(spec, small.splits(), recipe, on_epoch=kill, refresh=True)
    [file] = (tmp_path / "cache").rglob(NAME)
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(bytes(content))
    (file.parent / artifact.ABOUT).unlink()
    epochs = []
    with pytest.warns(CacheWarning, match=r"is damaged .*starts anew"):
        folder = trained(spec, small.splits(), recipe, on_epoch=lambda epoch, told: epochs.append(epoch))
    assert epochs == [0, 1, 2]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == wanted


@pytest.mark.parametrize("suffix", [".safetensors", ".npy"])
def test_a_saved_projection(tmp_path, suffix):
    file = tmp_path / f"map{suffix}"
    weight = np.arange(12, dtype=np.float32).reshape(3, 4)
    if suffix == ".npy":
        np.save(file, weight)
    else:
        PairMap.of({"weight": weight, "text_weight": weight}).save(file, "Straße", 14.5)

    def read():
        found = PairMap.load(file)
        return {name: array.tolist() for name, array in found.arrays().items()}, PairMap.scale_of(file)

    wanted, refused = read(), 0
    for mutated in mutated_files.of(file.read_bytes(), random.Random(4), 120):
        file.write_bytes(mutated)
        found = told(read, SpaceError)
        if isinstance(found, str):
            refused += 1
            assert file.name in found
        elif suffix == ".safetensors":  # .npy is somebody else's file, and has no seal
            assert found == wanted
    assert refused > 50
