"""All numbers of vectors on another device: those of the CPU, without a tensor that NumPy could not read there."""

import numpy as np
import pytest
import torch

from mmgap.card.card_vectors import card_vectors
from mmgap.card.filled_card import filled_card
from mmgap.encoders import EncoderError
from mmgap.evaluation import measuring
from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.measuring_device import device_name, measuring_device, placed
from mmgap.evaluation.picture_arrays import picture_items
from mmgap.evaluation.rounded_measuring import cosine_error, rounding_bounds
from mmgap.metrics import tiles
from tests.support.pretended_device import pretended_device
from tests.support.stored_pairs import made_pair


def test_the_pretended_device_refuses_what_a_gpu_would():
    with pretended_device() as device:
        there = torch.ones(3).to(device)
        assert there.device == device
        assert (there + torch.zeros(3, device=device)).cpu().numpy().tolist() == [1, 1, 1]
        with pytest.raises(RuntimeError, match="numpy"):
            there.numpy()
        with pytest.raises(RuntimeError, match="same device"):
            there + torch.ones(3)


@pytest.mark.parametrize(("texts", "exact_rows"), [(1, 2048), (3, 2048), (1, 0)], ids=["one", "three", "in float32"])
def test_measuring_elsewhere_gives_the_numbers_of_the_cpu(monkeypatch, texts, exact_rows):
    x, y, owner = made_pair(150, 12, texts)
    monkeypatch.setattr(tiles, "TILE", 64)
    for module in (tiles, measuring):
        monkeypatch.setattr(module, "EXACT_ROWS", exact_rows)
    here = measure_all(x, y, owner=owner, pool=20)
    with pretended_device() as device:
        there = measure_all(placed(x, "x", device), placed(y, "y", device), owner=owner, pool=20)
        assert picture_items(there).keys() == picture_items(here).keys()
        assert cosine_error(there) == pytest.approx(cosine_error(here))
    assert there.images.tensor.device == device
    assert there.metrics == pytest.approx(here.metrics, rel=1e-6, abs=1e-9)
    assert there.omitted == here.omitted


def test_a_card_filled_elsewhere_is_that_of_the_cpu():
    x, y, owner = made_pair(130, 8, 2)
    vectors = card_vectors("made", x, y, owner)
    with pretended_device() as device:
        there = filled_card(vectors, pool=20, device=device).plain()
    here = filled_card(vectors, pool=20).plain()
    for card in (here, there):
        assert card.pop("seconds")
    for mine, other in zip(here.pop("hubs"), there.pop("hubs"), strict=True):  # equal items stand in another order
        assert {**mine, "interval": None} == {**other, "interval": None}
        assert mine["interval"] == pytest.approx(other["interval"], abs=0.01)
    assert there == here


@pytest.mark.parametrize("seed", range(8))
def test_exact_numbers_lie_within_the_bounds_of_bfloat16(monkeypatch, seed):
    monkeypatch.setattr(tiles, "TILE", 64)
    x, y, owner = made_pair(70 + 13 * seed, 6 + 5 * seed, 1 + seed % 3, seed=seed)
    exact = measure_all(x, y, owner=owner, pool=10)
    rounded = measure_all(x, y, owner=owner, pool=10, dtype=torch.bfloat16)
    bounds = rounding_bounds(rounded, logit_scale=100.0, pool=10)
    for name, value in exact.metrics.items():
        if name in bounds:
            one = bounds[name]
            assert one.low - 1e-9 <= value <= one.high + 1e-9, name
            assert one.low - 1e-9 <= one.value <= one.high + 1e-9, name
        elif "hub" not in name and "never" not in name:
            assert rounded.metrics[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
    assert "hubness, never_retrieved" in rounded.omitted
    assert not any("hubness" in name or "never" in name for name in rounded.metrics)
    assert {"uniformity_text", "clip_loss", "t2i_r1", "i2t_r5_pool10_own"} <= bounds.keys()
    assert bounds["t2i_r1"].low < bounds["t2i_r1"].high  # equal rows are tied, so that there is something to bound


def test_vectors_that_do_not_lie_row_by_row_measure_alike():
    x, y, _ = made_pair(90, 10)
    wide = np.asfortranarray(np.concatenate([x, y], axis=1))
    assert measure_all(wide[:, :10], wide[:, 10:]).metrics == pytest.approx(measure_all(x, y).metrics, rel=1e-12)
    turned = [torch.from_numpy(np.ascontiguousarray(v.T)).T for v in (x, y)]
    assert measure_all(*turned).metrics == pytest.approx(measure_all(x, y).metrics, rel=1e-12)


def test_names_of_devices(monkeypatch):
    assert measuring_device("auto") == measuring_device("cpu") == torch.device("cpu")
    assert device_name(torch.device("cpu")) == "CPU"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert measuring_device("auto") == torch.device("cuda")
    assert measuring_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(EncoderError, match="'cuda:2' is not there: take cuda:0 to cuda:1"):
        measuring_device("cuda:2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(EncoderError, match=r"'cuda' is not there.*take cpu"):
        measuring_device("cuda")
    for name in ("meta", "gpu", "cuda:x", ""):
        with pytest.raises(ValueError, match="--device must be cpu, cuda, cuda:N or auto"):
            measuring_device(name)
    with pytest.raises(ValueError, match="mps has no float64"):
        measuring_device("mps")
