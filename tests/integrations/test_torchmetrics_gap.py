"""The metric of torchmetrics measures all batches together, by one process or by two."""

import sys

import numpy as np
import pytest
import torch

from mmgap.integrations.pair_metrics import pair_metrics

torchmetrics = pytest.importorskip("torchmetrics", reason="pip install 'mmgap[torchmetrics]'")
pytestmark = pytest.mark.usefixtures("one_thread")


def made(count=30, texts=1):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, 6, generator=generator), torch.randn(count * texts, 6, generator=generator)


def plain(found):
    return {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize("size", [1, 7, 30])
def test_batches_are_measured_together(size):
    from mmgap.integrations import ModalityGap

    x, y = made()
    metric = ModalityGap()
    for i in range(0, len(x), size):
        metric.update(x[i : i + size], y[i : i + size])
    assert plain(metric.compute()) == pair_metrics(x, y)
    metric.reset()
    metric.update(x, y)
    assert plain(metric.compute()) == pair_metrics(x, y)
    together = torchmetrics.MetricCollection({"pairs": ModalityGap()})
    together.update(x, y)
    assert float(together.compute()["t2i_r1"]) == pair_metrics(x, y)["t2i_r1"]


def test_owners_count_within_their_batch():
    from mmgap.integrations import ModalityGap

    x, y = made(texts=2)
    owner = np.arange(30).repeat(2)
    metric = ModalityGap()
    for i in range(0, 30, 10):
        metric.update(x[i : i + 10], y[2 * i : 2 * i + 20], torch.arange(10).repeat_interleave(2))
    assert plain(metric.compute()) == pair_metrics(x, y, owner)
    for bad in ((x, y), (x[0], y), (x, y, torch.arange(60)), (x, y, torch.zeros(3, dtype=torch.int64))):
        with pytest.raises(ValueError, match=r"expected images|owner is the image"):
            metric.update(*bad)


def process(rank, file, out):
    from mmgap.integrations import ModalityGap

    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=2)
    x, y = made()
    metric = ModalityGap()
    half = slice(0, 13) if rank == 0 else slice(13, 30)
    for start in range(half.start, half.stop, 5):
        part = slice(start, min(start + 5, half.stop))
        metric.update(x[part], y[part])
    torch.save(plain(metric.compute()), f"{out}{rank}.pt")
    torch.distributed.destroy_process_group()


def test_two_processes_measure_as_one(tmp_path):
    torch.multiprocessing.spawn(process, (str(tmp_path / "meet"), str(tmp_path / "found")), nprocs=2)
    x, y = made()
    for rank in (0, 1):
        assert torch.load(tmp_path / f"found{rank}.pt", weights_only=True) == pytest.approx(
            pair_metrics(x, y), rel=1e-12
        )


def test_without_torchmetrics_there_is_a_pip_line(monkeypatch):
    import mmgap.integrations

    monkeypatch.setitem(sys.modules, "torchmetrics", None)
    monkeypatch.delitem(sys.modules, "mmgap.integrations.torchmetrics_wrapper", raising=False)
    with pytest.raises(ImportError, match=r"torchmetrics is not installed: pip install 'mmgap\[torchmetrics\]'"):
        _ = mmgap.integrations.ModalityGap
