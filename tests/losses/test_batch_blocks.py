"""A batch too large for its (N, N) matrix is computed in blocks of rows: same values, same gradients, linear memory."""

import pytest
import torch

from mmgap import losses
from mmgap.losses import batch_blocks, registry
from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.testing.loss_checks import NEEDED

NAMES = sorted(registry)


def batch(n, d=6, dtype=torch.float64):
    generator = torch.Generator().manual_seed(n)
    x, y = torch.randn(2, n, d, generator=generator, dtype=dtype) + torch.eye(2, d, dtype=dtype)[:, None]
    return [torch.nn.functional.normalize(v, dim=1).requires_grad_() for v in (x, y)]


def needed(expression, n):
    return {need: NEEDED[need](n) for need in losses.parse(expression).needs}


def value_and_gradients(expression, pair, needs):
    loss = losses.parse(expression).double()
    scale = torch.tensor(7.0, dtype=torch.float64, requires_grad=True)
    value = loss(*pair, logit_scale=scale, **needs)
    wanted = [*pair, scale, *loss.parameters()]
    return [value.detach(), *torch.autograd.grad(value, wanted, allow_unused=True)]


@pytest.mark.parametrize("entries", [1, 23, 23 * 4, 23 * 22])
@pytest.mark.parametrize("name", [*NAMES, "ce(tilt=0.2)", "var(over=rows)", "cyclip(reduction=row)", "intra(alpha=1)"])
def test_blocks_give_the_values_and_gradients_of_the_whole(name, entries, monkeypatch):
    pair = batch(23)
    needs = needed(name, 23)
    whole = value_and_gradients(name, pair, needs)
    monkeypatch.setattr(batch_blocks, "ENTRIES", entries)
    for found, expected in zip(value_and_gradients(name, pair, needs), whole, strict=True):
        assert (found is None) == (expected is None)
        if expected is not None:
            torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def kept_for_the_gradient(name, n):
    """Numbers that the graph of a loss keeps."""
    total = 0

    def count(saved):
        nonlocal total
        total += saved.numel()
        return saved

    pair, needs = batch(n), needed(name, n)
    with torch.autograd.graph.saved_tensors_hooks(count, lambda saved: saved):
        losses.parse(name).double()(*pair, logit_scale=7.0, **needs)
    return total


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_grows_with_the_batch_and_not_with_its_square(name, monkeypatch):
    monkeypatch.setattr(batch_blocks, "ENTRIES", 256)
    n, d = 512, 6
    assert kept_for_the_gradient(name, n) < 8 * n * d < n**2


def test_one_block_keeps_its_matrix():
    assert kept_for_the_gradient("ce", 512) > 512**2


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (0, 2), (2, 4), (4, 5)])
def test_a_block_is_rows_of_the_matrix(start, stop):
    matrix = torch.arange(25.0).view(5, 5)
    block = RowBlock(start, stop, 5)
    rows = block.rows(matrix)
    own = torch.eye(5, dtype=torch.bool)[start:stop]
    torch.testing.assert_close(rows, matrix[start:stop])
    torch.testing.assert_close(block.pairs(rows), rows[own])
    torch.testing.assert_close(block.others(rows).sort(1).values, rows[~own].view(-1, 4))
    torch.testing.assert_close(rows.gather(1, block.places(rows)[:, None])[:, 0], block.pairs(rows))


def test_every_row_is_in_one_block(monkeypatch):
    monkeypatch.setattr(batch_blocks, "ENTRIES", 21)
    found = over_rows(lambda block: torch.tensor([block.start, block.stop]), 10)
    assert found.tolist() == [[0, 2], [2, 4], [4, 6], [6, 8], [8, 10]]
