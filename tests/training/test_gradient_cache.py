"""The cached gradient is the plain one: every loss, dropout, uneven chunks, a frozen tower, a learned scale."""

import pytest
import torch
from torch import nn

from mmgap import losses
from mmgap.testing.loss_checks import caption_cosines
from mmgap.training.gradient_cache import ChunkedInputs, RandomState, cached_backward, plain_backward

pytestmark = pytest.mark.usefixtures("one_thread")


class Towers(nn.Module):
    """Two small towers with dropout, a learned scale, and whatever the loss learns."""

    def __init__(self, expression, dropout=0.3):
        super().__init__()
        torch.manual_seed(0)
        self.image = nn.Sequential(nn.Linear(6, 9), nn.Dropout(dropout), nn.Tanh(), nn.Linear(9, 5))
        self.text = nn.Sequential(nn.Linear(4, 9), nn.Dropout(dropout), nn.Tanh(), nn.Linear(9, 5))
        self.log_scale = nn.Parameter(torch.tensor(1.5))
        self.loss = losses.parse(expression)
        self.double()

    def criterion(self, x, y):
        return self.loss(x, y, logit_scale=self.log_scale.exp(), caption_cosines=caption_cosines(len(x)))

    def sides(self, images, texts, chunk):
        unit = nn.functional.normalize
        return (
            ChunkedInputs(lambda v: unit(self.image(v), dim=1), images.split(chunk)),
            ChunkedInputs(lambda v: unit(self.text(v), dim=1), texts.split(chunk)),
        )


def gradients(model, backward, images, texts, chunk):
    model.zero_grad()
    torch.manual_seed(7)
    loss = backward(*model.sides(images, texts, chunk), model.criterion)
    return loss, {name: p.grad for name, p in model.named_parameters()}


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(1)
    return (torch.randn(n, d, generator=generator, dtype=torch.float64) for n, d in ((23, 6), (23, 4)))


@pytest.mark.parametrize(
    "expression", [*sorted(losses.registry), "ce+intra+inter", "ce+anti-0.5*var", "ce(tilt=0.2)+imsep"]
)
@pytest.mark.parametrize("chunk", [1, 4, 23, 50])
def test_equals_the_plain_gradient(expression, chunk, batch):
    images, texts = batch
    model = Towers(expression)
    plain, expected = gradients(model, plain_backward, images, texts, chunk)
    cached, found = gradients(model, cached_backward, images, texts, chunk)
    assert cached == pytest.approx(float(plain), abs=1e-12)
    learned = [name for name in expected if expected[name] is not None]
    assert len(learned) >= 8
    for name in learned:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-9, atol=1e-9)


def test_dropout_is_really_on_and_replayed(batch):
    images, texts = batch
    model = Towers("ce")
    torch.manual_seed(7)
    first = cached_backward(*model.sides(images, texts, 5), model.criterion)
    second = cached_backward(*model.sides(images, texts, 5), model.criterion)
    assert first != second


def test_random_numbers_go_on_after_a_replay():
    torch.manual_seed(0)
    state = RandomState.now()
    first = torch.rand(3)
    following = RandomState.now()
    with state.replayed():
        assert torch.equal(torch.rand(3), first)
    assert torch.equal(RandomState.now().cpu, following.cpu)


def test_a_frozen_tower_gets_no_gradient(batch):
    images, texts = batch
    model = Towers("ce+var")
    model.text.requires_grad_(False)
    _, expected = gradients(model, plain_backward, images, texts, 4)
    _, found = gradients(model, cached_backward, images, texts, 4)
    assert all(found[name] is None for name in found if name.startswith("text"))
    for name in (name for name in found if name.startswith("image")):
        torch.testing.assert_close(found[name], expected[name], rtol=1e-9, atol=1e-9)


def test_gradients_add_up(batch):
    images, texts = batch
    model = Towers("ce", dropout=0.0)
    _, once = gradients(model, cached_backward, images, texts, 6)
    once = {name: grad.clone() for name, grad in once.items()}
    cached_backward(*model.sides(images, texts, 6), model.criterion)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, 2 * once[name], rtol=1e-9, atol=1e-9)


def test_activations_of_one_chunk_at_a_time(batch):
    """The largest graph alive belongs to one chunk: counted by the tensors that autograd saves."""
    images, texts = batch
    model = Towers("ce")

    def peak(backward, chunk):
        alive = most = 0

        def pack(tensor):
            nonlocal alive, most
            alive += tensor.numel()
            most = max(most, alive)
            return tensor

        def unpack(tensor):
            nonlocal alive
            alive -= tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
            backward(*model.sides(images, texts, chunk), model.criterion)
        return most

    whole, small = peak(plain_backward, 1), peak(cached_backward, 1)
    assert small < 0.6 * whole
