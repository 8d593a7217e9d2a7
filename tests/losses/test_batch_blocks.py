"""A batch too large for its (N, N) matrix is computed in blocks of rows: same values, same gradients, linear memory."""

import pytest
import torch

from mmgap import losses
from mmgap.losses import batch_blocks, registry
from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.row_products import RowProducts
from mmgap.losses.sure_softmax import cross_entropies
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


def test_cross_entropies_have_the_gradient_of_their_formula():
    logits = torch.randn(3, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 20
    assert torch.autograd.gradcheck(lambda v: cross_entropies(v, 2), logits.requires_grad_())
    for sure in (0.0, 300.0, -300.0):  # in float32, whose exponentials end at 88
        row = torch.tensor([[sure, 0.0, 0.0]], requires_grad=True)
        cross_entropies(row, 0).sum().backward()
        wanted = torch.nn.functional.cross_entropy(row.double(), torch.tensor([0]))
        assert cross_entropies(row, 0).item() == pytest.approx(wanted.item(), rel=1e-6, abs=1e-30)
        assert torch.isfinite(row.grad).all()
    alone = torch.tensor([[3.0]], requires_grad=True)
    cross_entropies(alone, 0).sum().backward()
    assert (cross_entropies(alone, 0).item(), alone.grad.item()) == (0, 0)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("entries", [1, 23 * 4, 23 * 23])
def test_caption_cosines_may_come_in_blocks_too(sparse, entries, monkeypatch):
    rows = torch.nn.functional.normalize(torch.randn(23, 9, generator=torch.Generator().manual_seed(1)).double(), dim=1)
    rows = rows * (rows > 0.3) if sparse else rows
    pair, whole = batch(23), {"caption_cosines": rows @ rows.T}
    parts = {"caption_cosines": RowProducts(rows.to_sparse_csr() if sparse else rows)}
    wanted = value_and_gradients("ce+imsep", pair, whole)
    monkeypatch.setattr(batch_blocks, "ENTRIES", entries)
    for found, expected in zip(value_and_gradients("ce+imsep", pair, parts), wanted, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


def test_rows_of_products_have_two_dimensions():
    with pytest.raises(ValueError, match=r"rows must have shape \(N, k\), got \(3,\)"):
        RowProducts(torch.ones(3))


@pytest.mark.parametrize("name", ["ce", "cyclip", "imsep"])
def test_gradients_of_pairs_that_are_found_surely_keep_their_digits(name):
    """Where the loss is nearly 0, p − 1 would be the rounding of p: in float32 a hundredth of the gradient is wrong."""
    pair = batch(40, 128)
    near = torch.nn.functional.normalize(pair[0] + 0.02 * pair[1], dim=1).detach().requires_grad_()
    needs = {"caption_cosines": torch.zeros(40, 40)} if name == "imsep" else {}

    def gradient(x, y):
        x, y = (v.detach().requires_grad_() for v in (x, y))
        value = losses.registry.get(name)(x, y, logit_scale=40.0, **needs)
        return value.item(), torch.stack(torch.autograd.grad(value, [x, y])).double()

    (value, found), (exact_value, exact) = gradient(pair[0].float(), near.float()), gradient(pair[0], near)
    assert exact_value < 1e-3
    assert found.sub(exact).abs().max() <= 2e-5 * exact.abs().max()
    assert value == pytest.approx(exact_value, rel=1e-4)


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (0, 2), (2, 4), (4, 5)])
def test_a_block_is_rows_of_the_matrix(start, stop):
    matrix = torch.arange(25.0).view(5, 5)
    block = RowBlock(start, stop, 5)
    rows = block.rows(matrix)
    own = torch.eye(5, dtype=torch.bool)[start:stop]
    torch.testing.assert_close(rows, matrix[start:stop])
    torch.testing.assert_close(block.pairs(rows), rows[own])
    torch.testing.assert_close(block.others(rows).sort(1).values, rows[~own].view(-1, 4))
    logits = torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(start))
    wanted = torch.nn.functional.cross_entropy(logits, torch.arange(5), reduction="none")
    torch.testing.assert_close(block.cross_entropies(block.rows(logits)), wanted[start:stop])


def test_every_row_is_in_one_block(monkeypatch):
    monkeypatch.setattr(batch_blocks, "ENTRIES", 21)
    found = over_rows(lambda block: torch.tensor([block.start, block.stop]), 10)
    assert found.tolist() == [[0, 2], [2, 4], [4, 6], [6, 8], [8, 10]]
