"""Gradient caching inside the trainer: a real model with dropout has the gradient that it has without."""

import json

import pytest
import torch

from mmgap.training.gradient_cache import ChunkedInputs, cached_backward
from mmgap.training.model_inputs import in_chunks
from mmgap.training.recipe import Recipe
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    """CLIP with dropout in its attention."""
    folder = tmp_path_factory.mktemp("models")
    made = small.family("clip", folder)
    config = json.loads((folder / "clip" / "config.json").read_text())
    for side in ("text_config", "vision_config"):
        config[side]["attention_dropout"] = 0.3
    (folder / "clip" / "config.json").write_text(json.dumps(config))
    return made


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def prepared(spec, tmp_path, loss, **options):
    recipe = Recipe(loss, **{"batch_size": 7, "tuning": "full", **options})
    return small.Prepared(spec, recipe, small.splits(), tmp_path)


@pytest.mark.parametrize(
    ("expression", "chunk"),
    [("ce", 1), ("ce", 7), ("cyclip", 3), ("ce+anti+var", 3), ("siglip", 3), ("ce(tilt=0)+imsep", 3)],
)
def test_the_trainers_gradient_is_that_of_the_batch(expression, chunk, spec, tmp_path, monkeypatch):
    """Dropout as the chunks draw it, so the plain pass encodes the same chunks, all graphs held at once."""
    from mmgap.training import training_step

    made = prepared(spec, tmp_path, expression, chunk=chunk)
    trainer = made.trainer(double=True)
    batch = made.batch()
    loss, found = small.gradients(trainer, *batch)
    monkeypatch.setattr(training_step, "cached_backward", training_step.plain_backward)
    wanted_loss, wanted = small.gradients(trainer, *batch)
    assert loss == pytest.approx(wanted_loss, abs=1e-6)
    assert found.keys() == wanted.keys()
    assert {"log_scale", "image.head.weight"} < wanted.keys()
    assert ("loss.terms.siglip.bias" in wanted) == (expression == "siglip")
    assert ("loss.terms.ce.tilt" in wanted) == ("tilt" in expression)
    for name, gradient in wanted.items():
        assert gradient.dtype == torch.float64
        torch.testing.assert_close(found[name], gradient, rtol=0, atol=1e-9)
    _, other = small.gradients(trainer, *batch, seed=4)
    assert (other["image.head.weight"] - wanted["image.head.weight"]).abs().max() > 1e-6  # dropout is on


@pytest.mark.parametrize("family", ["clip", "dual", "towers"])
def test_without_dropout_it_is_that_of_the_batch_in_one_piece(family, tmp_path):
    """Texts of a batch are padded alike, in chunks and in one piece."""
    spec = small.family(family, tmp_path)
    whole, cached = (prepared(spec, tmp_path, "ce+anti", chunk=chunk) for chunk in (None, 2))
    results = []
    for made in (whole, cached):
        for module in made.dual.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        for config in {id(m.config): m.config for m in made.dual.modules() if hasattr(m, "config")}.values():
            config.attention_probs_dropout_prob = 0.0
        results.append(small.gradients(made.trainer(double=True), *made.batch()))
    assert results[0][0] == pytest.approx(results[1][0], abs=1e-9)
    for name, gradient in results[0][1].items():
        torch.testing.assert_close(results[1][1][name], gradient, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("tuning", "towers"), [("lora", "image"), ("dora", "both"), ("last-1", "text")])
def test_frozen_parts_and_adapters(tuning, towers, spec, tmp_path, monkeypatch):
    from mmgap.training import training_step

    made = prepared(spec, tmp_path, "ce+var", tuning=tuning, towers=towers, chunk=2, dropout=0.2, feature_dropout=0.2)
    trainer, batch = made.trainer(double=True), made.batch()
    loss, found = small.gradients(trainer, *batch)
    monkeypatch.setattr(training_step, "cached_backward", training_step.plain_backward)
    wanted_loss, wanted = small.gradients(trainer, *batch)
    assert loss == pytest.approx(wanted_loss, abs=1e-9)
    assert found.keys() == wanted.keys()
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, rtol=0, atol=1e-9)


def test_chunks_of_mixed_sizes(spec, tmp_path):
    """The two sides may be cut differently, as when a picture weighs more than a text."""
    made = prepared(spec, tmp_path, "ce")
    trainer = made.trainer(double=True)
    dual, (images, texts, _) = made.dual, made.batch()
    dual.eval()
    gradients = []
    for image_chunk, text_chunk in ((7, 7), (2, 5)):
        dual.zero_grad()
        sides = (
            ChunkedInputs(dual.images, in_chunks(images, image_chunk)),
            ChunkedInputs(dual.texts, in_chunks(texts, text_chunk)),
        )
        cached_backward(*sides, lambda x, y: trainer.step.loss(x, y, logit_scale=dual.scale))
        gradients.append({name: p.grad.clone() for name, p in dual.named_parameters() if p.grad is not None})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=0, atol=1e-9)


def test_with_recomputed_activations_too(spec, tmp_path):
    plain, both = (
        prepared(spec, tmp_path, "ce", tuning="dora", dropout=0.3, chunk=3, checkpointing=c) for c in (False, True)
    )
    loss, wanted = small.gradients(plain.trainer(double=True), *plain.batch())
    again, found = small.gradients(both.trainer(double=True), *both.batch())
    assert again == pytest.approx(loss, abs=1e-12)
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, rtol=0, atol=1e-9)
