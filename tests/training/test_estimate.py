"""The estimate before a training: counts and memory are those of real models, a named chunk is the largest there is."""

import weakref
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from mmgap import encoders, losses
from mmgap.encoders import model_sources
from mmgap.encoders.blueprint import ModelBlueprint, TowersBlueprint
from mmgap.encoders.dual import DualEncoder, Parts
from mmgap.encoders.model_options import Options
from mmgap.encoders.model_sources import ModelSource
from mmgap.training.estimate import hardware
from mmgap.training.estimate import plan as planning
from mmgap.training.estimate.costs import Costs, step
from mmgap.training.estimate.cures import cures, largest_chunk
from mmgap.training.estimate.drawn_dual import DrawnDual, blueprint_of
from mmgap.training.estimate.hardware import Speed
from mmgap.training.estimate.plan import plan
from mmgap.training.estimate.plan_text import duration, lines, refusal
from mmgap.training.estimate.traced_costs import Cost
from mmgap.training.estimate.training_size import Memory, Size
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.trainable_model import dual_of
from mmgap.training.tuning import tune

pytestmark = pytest.mark.usefixtures("one_thread")

SPEED = Speed(flops=1e12, traffic=1e11, kernel=1e-6)
TOWER = {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 4}


def middling():
    from transformers import CLIPConfig

    tokens = {"vocab_size": 300, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    vision = {**TOWER, "image_size": 32, "patch_size": 8}
    return CLIPConfig(projection_dim=64, text_config={**TOWER, **tokens}, vision_config=vision)


class Real(DualEncoder):
    """A model of a configuration with weights."""

    def __init__(self, config):
        super().__init__("real", Options())
        self.config = config

    def logit_scale(self):
        return None

    def _load(self):
        from transformers import CLIPImageProcessorPil, CLIPModel

        return Parts(CLIPModel(self.config), CLIPImageProcessorPil(), None, 77)


class Box:
    """A saved tensor; it lives as long as its place in the graph."""

    def __init__(self, tensor):
        self.tensor = tensor


class Saved:
    """Bytes that autograd holds for the backward pass, each memory once; parameters and inputs are left out."""

    def __init__(self, known):
        self.known = {tensor.untyped_storage().data_ptr() for tensor in known}
        self.boxes = weakref.WeakSet()
        self.hooks = torch.autograd.graph.saved_tensors_hooks(self.pack, lambda box: box.tensor)

    def pack(self, tensor):
        box = Box(tensor)
        self.boxes.add(box)
        return box

    @property
    def bytes(self):
        storages = [box.tensor.untyped_storage() for box in self.boxes]
        return sum({s.data_ptr(): s.nbytes() for s in storages if s.data_ptr() not in self.known}.values())


def saved_by(config, recipe, modality, items, tokens):
    """What one forward pass of a real model in training saves."""
    dual = dual_of(Real(config))
    tune(dual, recipe)
    dual.train()
    side = config.vision_config.image_size
    pixels = torch.zeros(items, side, side, 3, dtype=torch.uint8)
    text = {name: torch.ones(items, tokens, dtype=torch.int64) for name in ("input_ids", "attention_mask")}
    saved = Saved([*dual.parameters(), *dual.buffers(), pixels, *text.values()])
    with saved.hooks:
        vectors = dual.images(pixels) if modality == "image" else dual.texts(text)
    assert vectors.requires_grad
    return saved.bytes


@pytest.mark.parametrize("modality", ["image", "text"])
@pytest.mark.parametrize("change", [{"tuning": "full"}, {"tuning": "lora"}, {"tuning": "dora"}, {"tuning": "last-2"}])
def test_kept_activations_are_those_of_a_real_model(change, modality):
    config, recipe = middling(), Recipe("ce", **change)
    estimated = Costs(ModelBlueprint({"model": config}, {}), recipe, 20).learning(modality, 8).held
    assert estimated == pytest.approx(saved_by(config, recipe, modality, 8, 20), rel=0.1)


def test_with_checkpointing_blocks_keep_their_inputs():
    config, recipe = middling(), Recipe("ce", tuning="full", checkpointing=True)
    cost = Costs(ModelBlueprint({"model": config}, {}), recipe, 20).learning("image", 8)
    assert cost.held == pytest.approx(saved_by(config, recipe, "image", 8, 20), rel=0.25)
    plain = Costs(ModelBlueprint({"model": config}, {}), Recipe("ce", tuning="full"), 20)
    assert cost.held < 0.2 * plain.learning("image", 8).held
    assert cost.peak > cost.held


@pytest.mark.parametrize(
    "change", [{"tuning": "full"}, {"tuning": "lora", "checkpointing": True}, {"tuning": "last-1"}]
)
def test_equal_blocks_cost_the_same(change, monkeypatch):
    plans, recipe = ModelBlueprint({"model": middling()}, {}), Recipe("ce", **change)
    extended = Costs(plans, recipe, 20).learning("image", 8)
    monkeypatch.setattr(Costs, "_few", 6)
    traced = Costs(plans, recipe, 20).learning("image", 8)
    for name in ("held", "peak", "flops", "traffic", "kernels"):
        assert getattr(extended, name) == pytest.approx(getattr(traced, name), rel=0.01), name


def test_work_of_linear_layers_is_counted_by_hand():
    config = middling()
    cost = Costs(ModelBlueprint({"model": config}, {}), Recipe("ce", tuning="full"), 20).watching("text", 3)
    block = 2 * 20 * (4 * 256**2 + 2 * 256 * 1024) + 4 * 20**2 * 256
    assert cost.flops == pytest.approx(3 * (6 * block + 2 * 256 * 64))


@pytest.mark.parametrize("tuning", ["full", "head", "last-1", "lora", "dora"])
def test_parameters_are_those_of_the_real_encoder(tuning):
    recipe = Recipe("ce", tuning=tuning)
    dual = dual_of(encoders.load("tiny-random"))
    tune(dual, recipe)
    drawn = DrawnDual.of(blueprint_of("tiny-random"), recipe)
    assert drawn.parameters == sum(p.numel() for p in dual.parameters())
    assert drawn.trained == sum(p.numel() for p in dual.parameters() if p.requires_grad)


def test_clip_is_known_without_its_files(monkeypatch, tmp_path):
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(model_sources, "_in_hub_cache", lambda source, revision: None)
    plans = blueprint_of("clip-vit-l-14")
    assert plans.parameters() == {"model": 427_616_513}
    assert blueprint_of("clip-vit-b-32").parameters() == {"model": 151_277_313}
    assert (plans.side, plans.layers("image"), plans.layers("text"), plans.tokens(500)) == (224, 24, 12, 77)


@pytest.mark.parametrize("answer", ["listed", "silent"])
def test_sizes_of_downloads_come_from_the_hub_or_from_the_parameters(answer, monkeypatch):
    import huggingface_hub

    listed = [SimpleNamespace(rfilename=name, size=size) for name, size in (("a.safetensors", 70), ("b.bin", 9))]

    def info(self, *args, **kwargs):
        if answer == "silent":
            raise ConnectionError
        return SimpleNamespace(siblings=listed)

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", info)
    found = ModelSource("owner/name", None).download(5)
    expected = ("hub", 70) if answer == "listed" else ("parameters", 20)
    assert (found.source, found.size) == expected


def test_what_is_here_is_not_downloaded(tmp_path):
    source = ModelSource.of(str(tmp_path))
    assert source.folder == tmp_path
    assert source.download(5) is None


def test_unknown_models_say_how_to_make_them_known(monkeypatch):
    monkeypatch.setattr(model_sources, "_asked", lambda question: None)
    with pytest.raises(TrainingError, match=r"hf download owner/name config\.json"):
        ModelSource("owner/name", None).config()


def two_models():
    from transformers import BertConfig, ResNetConfig

    image = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    text = BertConfig(vocab_size=50, hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=2)
    return ModelBlueprint({"image": image, "text": text}, {})


def test_two_models_are_joined_by_linear_heads():
    heads = DrawnDual.of(two_models(), Recipe("ce", tuning="head"))
    assert heads.trained == (16 * 32 + 32) + (32 * 32 + 32) + 1
    assert heads.parameters == sum(two_models().parameters().values()) + heads.trained


def test_an_encoder_of_two_models_is_followed():
    costs = Costs(two_models(), Recipe("ce", tuning="full"), 20)
    assert costs.width == 32
    assert costs.learning("image", 4).flops > 2 * costs.watching("image", 4).flops
    assert costs.learning("text", 8).held == pytest.approx(2 * costs.learning("text", 4).held, rel=0.01)


def test_encoders_without_two_towers_are_refused():
    with pytest.raises(TrainingError, match="no model with two towers"):
        blueprint_of("two-towers:mobilenet-v2,minilm,none")


@pytest.fixture(scope="module")
def fitting():
    return plan("tiny-random", Recipe("ce+anti", tuning="full", batch_size=16), 100, 30, tokens=12, speed=SPEED)


def test_a_plan_that_fits(fitting):
    assert fitting.fits
    assert fitting.cures == ()
    assert (fitting.steps_per_epoch, fitting.steps, fitting.batch) == (6, 60, 16)
    assert fitting.memory.weights >= 4 * fitting.parameters
    assert fitting.memory.optimiser == 2 * fitting.memory.gradients == 8 * fitting.trained
    assert fitting.activations_otherwise < fitting.memory.activations
    assert fitting.seconds > fitting.flops / SPEED.flops
    assert lines(fitting)[-1] == "It fits."


def test_the_chunk_that_is_named_is_the_largest_that_fits(fitting):
    size, recipe = Size("tiny-random", 6, 100, 2, "cpu", 12), fitting.recipe
    needed = [size.memory(replace(recipe, chunk=chunk)).needed for chunk in range(1, 7)]
    assert needed[-1] > needed[3] > needed[0]
    for free in (needed[3], needed[3] - 1, needed[-1], needed[0]):
        assert largest_chunk(size, recipe, free) == sum(need <= free for need in needed)
    assert largest_chunk(size, recipe, needed[0] - 1) is None


def test_a_plan_that_does_not_fit_is_refused(fitting):
    tight = replace(fitting, free=1 << 20, cures=("--recipe chunk=12", "--recipe tuning=head"))
    assert not tight.fits
    for words in ("It would fit with", "--recipe chunk=12", "--recipe tuning=head", "1.0 MiB"):
        assert words in refusal(tight)
    assert lines(tight)[-1] == refusal(tight)
    assert "No option" in refusal(replace(tight, cures=()))


def test_cures_are_single_changes_else_several_else_none(monkeypatch):
    def memory(self, recipe):
        saved = 30 * recipe.checkpointing + 40 * (recipe.precision == "bfloat16") + (10 if recipe.chunk else 0)
        return Memory(100 - saved - 5 * (recipe.tuning == "head"), *[0] * 9)

    monkeypatch.setattr(Size, "memory", memory)
    size, recipe = Size("tiny-random", 16, 100, 30, "cpu", 12), Recipe("ce", tuning="lora")
    ck, half, chunk = "--recipe checkpointing=true", "--recipe precision=bfloat16", "--recipe chunk=16"
    assert list(cures(size, recipe, 106)) == [chunk, ck, half, "--recipe tuning=head"]
    assert list(cures(size, recipe, 80)) == [ck, half]
    assert list(cures(size, recipe, 40)) == [f"{ck} {half}"]
    assert list(cures(size, recipe, 25)) == [f"{ck} {half} {chunk}"]
    assert list(cures(size, recipe, 5)) == []


def test_a_plan_has_cures_where_it_does_not_fit(monkeypatch):
    monkeypatch.setattr(planning, "cures", lambda size, recipe, free: iter(["--recipe chunk=2"]))
    found = plan("tiny-random", Recipe("ce", tuning="head", batch_size=16), 100, 30, tokens=12, speed=SPEED, free=9)
    assert found.cures == ("--recipe chunk=2",)


def test_frozen_trunks_are_read_once_and_cost_no_activations():
    head = plan("tiny-random", Recipe("ce", tuning="head", batch_size=16), 100, 30, tokens=12, speed=SPEED)
    full = plan("tiny-random", Recipe("ce", tuning="full", batch_size=16), 100, 30, tokens=12, speed=SPEED)
    assert head.memory.activations < 0.1 * full.memory.activations
    forward = sum(Costs.of("tiny-random", full.recipe, 12).watching(name, 1).flops for name in ("image", "text"))
    assert 130 * forward == pytest.approx(head.flops, rel=0.1)


def test_a_chunk_costs_a_second_forward_pass():
    costs = Costs.of("tiny-random", Recipe("ce", tuning="full"), 12)
    plain, cached = (step(costs, Recipe("ce", tuning="full", chunk=chunk), 16).flops for chunk in (None, 4))
    assert 1.25 < cached / plain < 1.4


def test_half_precision_holds_less():
    full, half = (
        Costs.of("tiny-random", Recipe("ce", tuning="full", precision=p), 12) for p in ("float32", "bfloat16")
    )
    assert half.learning("image", 32).held < 0.8 * full.learning("image", 32).held


@pytest.mark.parametrize("expression", sorted(losses.registry))
def test_every_loss_can_be_followed(expression):
    costs = Costs.of("tiny-random", Recipe("ce", tuning="head"), 12)
    assert costs.loss(expression, 256).peak > 0


def test_what_a_loss_needs_of_a_batch_is_counted():
    costs = Costs.of("tiny-random", Recipe("ce", tuning="head"), 12)
    n = 256
    assert costs.loss("imsep", n).peak >= costs.loss("ce", n).peak + 4 * n**2


def test_work_adds_up_and_memory_does_not():
    one, other = Cost(1, 5, 10, 10, 1), Cost(2, 3, 1, 1, 1)
    assert one + other == Cost(2, 5, 11, 11, 2)
    assert one.times(3) == Cost(1, 5, 30, 30, 3)
    assert planning.seconds(Cost(flops=8, traffic=16, kernels=2), Speed(1, 1, 1)) == pytest.approx(32)


def test_durations_in_words():
    words = ["7 seconds", "2 minutes", "1 hour", "2 hours and 30 minutes"]
    assert [duration(s) for s in (7.4, 119.7, 3599.9, 9000)] == words


def test_free_memory_is_the_machines_or_the_containers(tmp_path):
    assert hardware.free_memory("cpu") > 0
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:  7 kB\n")
    assert hardware._machine(tmp_path / "meminfo") == 7 * 1024
    assert hardware._machine(tmp_path / "none") > 1e6
    assert hardware._container(tmp_path) == float("inf")
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("30\n")
    assert hardware._container(tmp_path) == float("inf")
    (tmp_path / "memory.max").write_text("100\n")
    assert hardware._container(tmp_path) == 70


def test_speeds_are_measured(monkeypatch):
    monkeypatch.setattr(hardware, "LONG_ENOUGH", 0.001)
    hardware.measured_speed.cache_clear()
    found = hardware.measured_speed("cpu", "float32")
    hardware.measured_speed.cache_clear()
    assert found.flops > 1e6
    assert found.traffic > 1e6
    assert 0 < found.kernel < 1


class LoadedWhenAsked:
    """Towers that are made at the first question, and a text side that goes through NumPy, as some engines do."""

    def __init__(self):
        self.made = []

    def towers(self):
        if not self.made:
            self.made += [torch.nn.Linear(4, 3), torch.nn.Linear(5, 3)]
        return tuple(self.made)

    def image_inputs(self, images):
        return {"inputs": torch.ones(len(images), 4)}

    def text_inputs(self, texts):
        return {"inputs": torch.from_numpy(torch.ones(len(texts), 5).numpy())}


def test_towers_that_load_while_they_are_drawn_keep_their_weights():
    from torch._subclasses.fake_tensor import FakeTensorMode

    encoder = LoadedWhenAsked()
    blueprint = TowersBlueprint("late", encoder, dict)
    with torch.device("meta"):
        drawn = blueprint.drawn()
    assert {p.device.type for tower in encoder.made for p in tower.parameters()} == {"cpu"}
    assert {p.device.type for p in drawn.text.parameters()} == {"meta"}
    with FakeTensorMode():
        assert blueprint.inputs("text", 7, 9)["inputs"].shape == (7, 5)
