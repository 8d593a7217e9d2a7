"""Fitted spaces on disk: what was saved is the same again, and what is no such file is one clear line."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from mmgap import spaces
from mmgap.spaces import Fitted, Pairs, SpaceError
from tests.support.made_scorer import LessBank

pytestmark = pytest.mark.usefixtures("one_thread")


def pairs(split="train", n=40, seed=0):
    rng = np.random.default_rng(seed)
    return Pairs("made-up", split, rng.normal(size=(n, 6)) + 1, rng.normal(size=(n, 6)), np.arange(n))


@pytest.mark.parametrize("spec", [*spaces.registry.names(), "shift:0.5,renormalise=no+cca", "centre+less-bank"])
def test_saved_and_loaded_again(monkeypatch, tmp_path, spec):
    monkeypatch.setitem(spaces.registry._entries, "less-bank", LessBank)
    fitted, test = spaces.parse(spec).fit(pairs(), pairs("validation", seed=1)), pairs("test", seed=2)
    again = spaces.load(fitted.save(tmp_path / "s.safetensors", spec))
    assert (again.notes, again.strength, again.pairs) == (fitted.notes, fitted.strength, fitted.pairs)
    for found, wanted in zip(
        again.transform(test.images, test.texts), fitted.transform(test.images, test.texts), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


@pytest.fixture
def saved(tmp_path):
    return spaces.parse("centre").fit(pairs()).save(tmp_path / "s.safetensors", "centre")


def test_a_file_that_is_none(saved, tmp_path):
    with pytest.raises(SpaceError, match=r"a fitted space is a \.safetensors file, got s\.npy"):
        spaces.load(saved.rename(saved.with_suffix(".npy")))
    with pytest.raises(SpaceError, match=r"gone\.safetensors cannot be read: No such file.*fit it again"):
        spaces.load(tmp_path / "gone.safetensors")
    np.save(tmp_path / "v.npy", np.ones((3, 4)))
    with pytest.raises(SpaceError, match=r"v\.safetensors is damaged .*fit it again"):
        spaces.load((tmp_path / "v.npy").rename(tmp_path / "v.safetensors"))
    save_file({"other": np.ones(3)}, tmp_path / "o.safetensors")
    with pytest.raises(SpaceError, match=r"o\.safetensors holds no fitted space, but other"):
        spaces.load(tmp_path / "o.safetensors")
    with pytest.raises(SpaceError, match="cannot be read as 'cetnre': unknown space 'cetnre'"):
        spaces.load(spaces.parse("centre").fit(pairs()).save(tmp_path / "c.safetensors", "cetnre"))
    with pytest.raises(SpaceError, match=r"cannot be read as 'centre\+zca'"):
        spaces.load(spaces.parse("centre").fit(pairs()).save(tmp_path / "d.safetensors", "centre+zca"))


def test_one_flipped_byte(saved):
    content = bytearray(saved.read_bytes())
    content[-5] ^= 1
    saved.write_bytes(content)
    with pytest.raises(SpaceError, match=r"is damaged \(its SHA-256 is another"):
        spaces.load(saved)


def test_numbers_that_are_not_finite(tmp_path):
    broken = spaces.PairMap(spaces.Affine(np.array([1.0, np.nan])))
    with pytest.raises(SpaceError, match="its weight is not of finite numbers"):
        spaces.load(Fitted(broken).save(tmp_path / "n.safetensors", "centre"))
