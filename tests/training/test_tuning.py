"""Exactly what a tuning names is trained, in every family of encoders; nothing moves before the first step."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from mmgap import encoders
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import prepared_dual
from mmgap.training.trainable_model import dual_of
from mmgap.training.tuning import tune
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")

FAMILIES = ("clip", "siglip", "dual", "towers")
TUNINGS = ("full", "head", "last-1", "lora", "dora")

#: Of the last block and of what follows it, in each tower.
LAST = {
    "clip": r"(vision_model|trunk\.model)\.(encoder\.layers\.1|post_layernorm|final_layer_norm)\.",
    "siglip": r"trunk\.model\.(encoder\.layers\.1|post_layernorm|head|final_layer_norm)\.",
    "dual": r"trunk\.model\.((encoder\.)?layers?\.1|layernorm|pooler)\.",
    "towers": r"trunk\.model\.(encoder\.stages\.1|0\.(auto_model|model)\.(encoder\.layer\.1|pooler))\.",
}


#: What no vector depends on: sentences are means of words, not BERT's own pooled output; a softmax ignores a constant.
UNUSED = {"clip": "k_proj.bias", "siglip": "k_proj.bias|in_proj_bias", "dual": "key.bias", "towers": "pooler|key.bias"}


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: small.family(name, folder) for name in FAMILIES}


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path_factory.getbasetemp() / "tuning-cache"))


def prepared(spec, tmp_path, **recipe):
    return small.Prepared(spec, Recipe("ce", batch_size=4, rate=1e-2, **recipe), small.splits(), tmp_path)


def expected(name, family, tuning, towers):
    """Whether a parameter of the tuned `Dual` is to be trained."""
    if name == "log_scale":
        return True
    tower = name.split(".")[0]
    if towers not in ("both", tower):
        return False
    if tuning in ("lora", "dora"):
        return "lora_" in name
    head = f"{tower}.head." in name
    return tuning == "full" or head or (tuning == "last-1" and re.search(LAST[family], name) is not None)


@pytest.mark.parametrize(
    ("family", "tuning", "towers"),
    [
        *(
            (family, tuning, "both")
            for family in FAMILIES
            for tuning in TUNINGS
            if f"{family} {tuning}" != "siglip head"
        ),
        ("clip", "full", "image"),
        ("clip", "lora", "text"),
        ("siglip", "dora", "image"),
        ("dual", "last-1", "text"),
        ("towers", "dora", "image"),
        ("towers", "head", "text"),
    ],
)
def test_what_is_named_is_trained_and_nothing_else(family, tuning, towers, specs, tmp_path):
    made = prepared(specs[family], tmp_path, tuning=tuning, towers=towers)
    named = dict(made.dual.named_parameters())
    learning = {name for name, p in named.items() if p.requires_grad}
    assert learning == {name for name in named if expected(name, family, tuning, towers)}
    assert len(learning) > 1
    before = {name: value.clone() for name, value in made.dual.state_dict().items()}
    trainer = made.trainer()
    for number in range(2):  # adapters begin with a factor of zero, whose partner has no gradient at first
        made.dual.train()
        trainer.step(*made.batch(number=number))
    moved = {name for name, value in made.dual.state_dict().items() if not torch.equal(value, before[name])}
    assert moved <= learning
    still = learning - moved
    assert all(named[name].grad is None or not named[name].grad.any() for name in still), still
    assert all(re.search(UNUSED[family], name) for name in still), still


@pytest.mark.parametrize("family", FAMILIES)
def test_before_the_first_step_vectors_are_the_encoders(family, specs, tmp_path):
    data = small.splits().validation
    plain = small.encoded(specs[family], data)
    for tuning in ("lora", "dora"):
        found = prepared(specs[family], tmp_path, tuning=tuning).vectors()
        for vectors, wanted in zip(found, plain, strict=True):
            np.testing.assert_allclose(vectors, wanted, atol=2e-6)


def test_standardised_features_leave_vectors_as_they_were(specs, tmp_path):
    plain = dual_of(encoders.load(specs["towers"]))
    made = prepared(specs["towers"], tmp_path, tuning="head")
    assert made.dual.image.mean.ndim == 1
    features = torch.randn(7, 12) * 5 + 3
    torch.testing.assert_close(made.dual.images(features), plain.images(features), atol=1e-6, rtol=0)
    weight, bias = made.dual.image.affine().weight, made.dual.image.affine().bias
    np.testing.assert_allclose(weight, plain.image.head.weight.detach(), atol=1e-6)
    np.testing.assert_allclose(bias, plain.image.head.bias.detach(), atol=1e-6)
    seen = made.pairs.images.take(np.arange(12))
    torch.testing.assert_close(made.dual.image.mean, seen.mean(0))
    torch.testing.assert_close(made.dual.image.spread, seen.std())


def test_heads_learn_beside_adapters_where_asked(specs, tmp_path):
    made = prepared(specs["clip"], tmp_path, tuning="lora", train_heads=True, head_rate=0.1)
    learning = {name for name, p in made.dual.named_parameters() if p.requires_grad}
    assert {"image.head.weight", "text.head.weight"} < learning
    groups = made.trainer().step.optimiser.param_groups
    peaks = {group["peak"]: len(group["params"]) for group in groups}
    assert peaks[0.1] == 2


def test_a_frozen_scale_is_no_parameter_of_the_training(specs, tmp_path):
    made = prepared(specs["clip"], tmp_path, tuning="head", scale="frozen", scale_start=50)
    assert "log_scale" not in made.trainer().step.trained
    assert made.dual.scale.item() == pytest.approx(50)


def test_targets_choose_layers(specs, tmp_path):
    made = prepared(specs["clip"], tmp_path, tuning="lora", targets="q_proj+v_proj", rank=3)
    adapted = {n.split(".lora_")[0] for n, p in made.dual.named_parameters() if "lora_" in n and p.requires_grad}
    assert {name.rpartition(".")[2] for name in adapted} == {"q_proj", "v_proj"}
    assert len(adapted) == 2 * 2 * 2


def test_wrong_targets_are_told_what_there_is(specs, tmp_path):
    with pytest.raises(TrainingError, match=r"no layer called 'query'.*fc1, fc2, k_proj, out_proj, q_proj, v_proj"):
        prepared(specs["clip"], tmp_path, tuning="lora", targets="q_proj+query")
    with pytest.raises(TrainingError, match=r"no layer called 'q_proj'.*convolution.*query"):
        prepared(specs["towers"], tmp_path, tuning="dora", targets="q_proj")


def test_heads_without_weights_cannot_be_trained(specs, tmp_path):
    with pytest.raises(TrainingError, match=r"nothing to train.*last-1, lora, dora or full"):
        prepared(specs["siglip"], tmp_path, tuning="head")


def test_more_blocks_than_there_are(specs, tmp_path):
    with pytest.raises(TrainingError, match="the image tower has 2 blocks; full trains them all"):
        prepared(specs["clip"], tmp_path, tuning="last-3")


def test_all_blocks_leave_the_embeddings(specs, tmp_path):
    made = prepared(specs["clip"], tmp_path, tuning="last-2")
    learning = {name for name, p in made.dual.named_parameters() if p.requires_grad}
    assert any("layers.0" in name for name in learning)
    assert not any("embedding" in name or "pre_lay" in name for name in learning)


def test_towers_without_blocks_or_linear_layers_are_named():
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = nn.Conv2d(3, 4, 3)

    dual = dual_of(encoders.load("tiny-random"))
    dual.image.trunk, dual.backbones = Bare(), {}
    with pytest.raises(TrainingError, match="image tower has no list of blocks"):
        tune(dual, Recipe("ce", tuning="last-1", towers="image"))
    with pytest.raises(TrainingError, match="no linear layer"):
        tune(dual, Recipe("ce", tuning="lora", towers="image"))


def test_saved_vectors_cannot_be_trained(tmp_path):
    np.save(tmp_path / "x.npy", np.eye(3, dtype=np.float32))
    spec = f"vectors:{tmp_path / 'x.npy'},{tmp_path / 'x.npy'}"
    with pytest.raises(TrainingError, match="no model with two towers"):
        prepared_dual(encoders.load(spec), small.splits(), Recipe("ce"))


def test_batch_normalisation_stays_as_it_is(specs, tmp_path):
    made = prepared(specs["towers"], tmp_path, tuning="full")
    made.dual.train()
    norms = [m for m in made.dual.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert not any(norm.training for norm in norms)
    before = [norm.running_mean.clone() for norm in norms]
    made.trainer().step(*made.batch())
    assert all(torch.equal(norm.running_mean, mean) for norm, mean in zip(norms, before, strict=True))


def test_a_frozen_trunk_stays_in_evaluation(specs, tmp_path):
    made = prepared(specs["dual"], tmp_path, tuning="lora", towers="image")
    made.dual.train()
    assert not any(module.training for module in made.dual.text.trunk.modules())
    assert any(m.training for m in made.dual.image.trunk.modules())
    made.dual.eval()
    assert not any(module.training for module in made.dual.modules())


@pytest.mark.parametrize(("family", "tuning"), [("clip", "dora"), ("siglip", "full"), ("dual", "dora")])
def test_recomputed_activations_give_the_same_gradient(family, tuning, specs, tmp_path):
    options = {"tuning": tuning, "dropout": 0.2 if tuning == "dora" else 0.0}
    plain, recomputed = (prepared(specs[family], tmp_path, checkpointing=c, **options) for c in (False, True))
    assert any(getattr(m, "gradient_checkpointing", False) for m in recomputed.dual.modules())
    loss, wanted = small.gradients(plain.trainer(double=True), *plain.batch())
    again, found = small.gradients(recomputed.trainer(double=True), *recomputed.batch())
    assert again == pytest.approx(loss, abs=1e-12)
    assert found.keys() == wanted.keys()
    for name in wanted:
        torch.testing.assert_close(found[name], wanted[name], rtol=0, atol=1e-12)


def test_what_cannot_recompute_is_told(specs):
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = nn.Linear(3, 4)

    made = dual_of(encoders.load(specs["clip"]))
    made.image.trunk, made.text.trunk = Plain(), Plain()
    with pytest.raises(TrainingError, match="leave it out"):
        tune(made, Recipe("ce", tuning="full", checkpointing=True))


@pytest.mark.parametrize("size", [0.0, 1e-38, 1e-25, 1e-21, 1e-17, 1e21])
def test_dora_leaves_out_rows_whose_norm_float32_cannot_square(specs, tmp_path, size, caplog):
    encoder = encoders.load(specs["clip"])
    layer = encoder.parts.model.text_model.get_submodule("encoder.layers.0.mlp.fc1")
    with torch.no_grad():
        layer.weight[3] = size * torch.sign(layer.weight[3])
    dual = prepared_dual(encoder, small.splits(), Recipe("ce", tuning="dora"))
    adapted = {name.split(".lora_")[0] for name, _ in dual.named_parameters() if ".lora_" in name}
    left_out = not any("text" in name and "layers.0.mlp.fc1" in name for name in adapted)
    assert left_out == (size != 1e-17)
    assert ("DoRA leaves out 1 of" in caplog.text) == left_out
    tokens = {"input_ids": torch.tensor([[256, 97, 257]]), "attention_mask": torch.ones(1, 3, dtype=torch.long)}
    dual.texts(tokens).sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in dual.parameters())
