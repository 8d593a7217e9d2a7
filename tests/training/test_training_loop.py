"""The loop learns, tells what it did, stops when numbers end, and keeps what was good."""

import io
import math
import os
import warnings

import numpy as np
import pytest
import torch
import tqdm

from mmgap import losses
from mmgap.core import progress
from mmgap.core.cache import CacheWarning
from mmgap.training import loop
from mmgap.training.artifact import about, history
from mmgap.training.checkpoint import NAME, Checkpoint
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import trained
from mmgap.training.training_step import TrainingStep
from mmgap.training.validation import BINS, alarms, watch
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return small.family("clip", tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def prepared(spec, tmp_path, loss="ce", count=12, **options):
    recipe = Recipe(loss, **{"tuning": "full", "epochs": 2, "batch_size": 5, "rate": 1e-3, **options})
    return small.Prepared(spec, recipe, small.splits(count), tmp_path / "run")


def test_it_learns_and_tells_what_it_did(spec, tmp_path):
    made = prepared(spec, tmp_path, "ce+0.5*var", epochs=12, rate=2e-3, schedule="cosine", warmup=0.25)
    seen = []
    made.on_epoch = lambda epoch, told: seen.append((epoch, len(told.epochs["curve_gap"])))
    arrays = made.trainer().run().arrays()
    assert seen == [(epoch, epoch + 1) for epoch in range(13)]
    assert arrays["step_ce"][-4:].mean() < 0.7 * arrays["step_ce"][:4].mean()
    steps, epochs = 12 * 2, 13
    for name in ("loss", "ce", "var", "rate", "scale", "norm", "gap"):
        assert arrays[f"step_{name}"].shape == (steps,)
        assert arrays[f"step_{name}"].dtype == np.float64
        assert np.isfinite(arrays[f"step_{name}"]).all()
    np.testing.assert_allclose(arrays["step_loss"], arrays["step_ce"] + 0.5 * arrays["step_var"], rtol=1e-5)
    rates = [2e-3 * made.recipe.rate_at(step, steps) for step in range(steps)]
    np.testing.assert_allclose(arrays["step_rate"], rates, rtol=1e-12)
    for name in ("gap", "misalignment", "uniformity", "t2i_r1", "i2t_r1", "scale"):
        assert arrays[f"curve_{name}"].shape == (epochs,)
        assert arrays[f"curve_{name}"].dtype == np.float64
    for side in ("image", "text"):
        assert (arrays[f"curve_rank_{side}"] >= 1).all()
        assert ((arrays[f"curve_mean_{side}"] >= 0) & (arrays[f"curve_mean_{side}"] <= 1 + 1e-6)).all()
    assert arrays["epochs"].tolist() == list(range(13))
    assert arrays["epoch_edges"].shape == (BINS + 1,)
    assert (arrays["epoch_edges"][0], arrays["epoch_edges"][-1]) == (-1, 1)
    for kind, pairs in (("image", 15), ("text", 15), ("matched", 6), ("unmatched", 30)):
        assert arrays[f"epoch_{kind}"].shape == (epochs, BINS)
        assert (arrays[f"epoch_{kind}"].sum(1) == pairs).all()
    assert arrays["copositives"].tolist() == [0.0] * 12
    x, y = made.vectors()
    assert arrays["curve_gap"][-1] == pytest.approx(np.linalg.norm(x.mean(0) - y.mean(0)), abs=1e-5)


def test_the_bar_says_which_epoch_of_how_many_the_loss_and_what_validation_said(spec, tmp_path, monkeypatch):
    told = []

    class Bar(io.StringIO):
        def isatty(self):
            return True

        def write(self, text):
            told.append(text)
            return len(text)

    monkeypatch.setattr(progress, "_terminal", Bar())
    monkeypatch.setattr(loop, "progress_bar", lambda **options: progress.progress_bar(delay=1e-9, **options))
    monkeypatch.setattr(tqdm.tqdm, "update", lambda bar, n=1: (setattr(bar, "n", bar.n + n), bar.refresh()))
    prepared(spec, tmp_path, "ce").trainer().run()
    lines = [line for line in told if "train ce, epoch" in line]
    assert any("epoch 1/2" in line for line in lines)
    last = lines[-1]
    assert "epoch 2/2" in last
    assert "4/4" in last
    assert 0 < last.index("loss=") < last.index("R@1=") < last.index("gap=")


def test_the_first_step_is_that_of_a_bare_loop(spec, tmp_path):
    """Loss, gradient and AdamW's first update, written out."""
    made, other = (prepared(spec, tmp_path, "ce", weight_decay=0.1, clip=0.5) for _ in range(2))
    trainer = made.trainer()
    found = trainer.step(*made.batch(), rate=0.5)
    dual, (images, texts, _) = other.dual, other.batch()
    x, y = dual.images(images), dual.texts(texts)
    logits = dual.scale * x @ y.T
    targets = torch.arange(5)
    both = torch.nn.functional.cross_entropy
    loss = (both(logits, targets) + both(logits.T, targets)) / 2
    loss.backward()
    parameters = [p for p in dual.parameters() if p.grad is not None]
    norm = torch.nn.utils.clip_grad_norm_(parameters, 0.5)
    assert found["loss"] == pytest.approx(loss.item(), rel=1e-6)
    assert found["norm"] == pytest.approx(norm.item(), rel=1e-5)
    assert found["gap"] == pytest.approx((x.mean(0) - y.mean(0)).norm().item(), rel=1e-5)
    after = dict(made.dual.named_parameters())
    for name, p in dual.named_parameters():
        if p.grad is None:
            continue
        decayed = p.detach() * (1 - 0.5e-3 * 0.1 * (p.ndim > 1))
        moved = decayed - 0.5e-3 * p.grad / (p.grad.abs() + 1e-8)
        large = p.grad.abs() > 1e-6  # below, the ε of AdamW is felt
        torch.testing.assert_close(after[name].detach()[large], moved[large], rtol=0, atol=2e-6)


class TestScale:
    def test_it_is_clamped_and_can_come_back(self, spec, tmp_path):
        made = prepared(spec, tmp_path, scale_start=20, scale_max=20.0, rate=0.01, epochs=1, batch_size=2)
        trainer = made.trainer()
        found = trainer.step(*made.batch())
        assert made.dual.log_scale.grad.abs() > 0
        assert found["scale"] <= 20 * (1 + 1e-6)
        made.dual.log_scale.data.fill_(9.0)
        assert float(made.dual.scale.detach()) == pytest.approx(20)
        trainer.step(*made.batch(number=1))
        assert float(made.dual.log_scale.detach()) <= math.log(20) + 1e-6

    def test_it_is_never_above_its_limit(self, spec, tmp_path):
        made = prepared(spec, tmp_path, scale_max=25.0, rate=0.05, tuning="head", epochs=5)
        scales = made.trainer().run().arrays()["step_scale"]
        assert (scales <= 25 * (1 + 1e-6)).all()
        assert len(np.unique(scales)) > 1

    def test_frozen(self, spec, tmp_path):
        made = prepared(spec, tmp_path, scale="frozen", tuning="head", epochs=1)
        start = made.dual.scale.item()
        arrays = made.trainer().run().arrays()
        assert np.unique(np.concatenate([arrays["step_scale"], arrays["curve_scale"]])).size == 1
        assert arrays["curve_scale"][0] == pytest.approx(start, rel=1e-6)

    def test_each_direction_learns_one_of_its_own(self, spec, tmp_path):
        made = prepared(spec, tmp_path, "ce(tilt=0)", tuning="head")
        arrays = made.trainer().run().arrays()
        scale, images, texts = (arrays[f"step_scale{way}"] for way in ("", "_i2t", "_t2i"))
        np.testing.assert_allclose(images * texts, scale**2, rtol=1e-5)
        assert (images != texts).any()
        assert "step_scale_i2t" not in prepared(spec, tmp_path / "plain").trainer().run().arrays()

    def test_the_bias_of_the_sigmoid_learns_too(self, spec, tmp_path):
        made = prepared(spec, tmp_path, "siglip", tuning="head", epochs=1)
        trainer = made.trainer()
        trainer.run()
        (bias,) = trainer.step.loss.parameters()
        assert float(bias.detach()) != -10
        weights = Checkpoint.load(made.folder, "key").weights
        assert torch.equal(weights["loss.terms.siglip.bias"], bias.detach())


class TestKept:
    def recalls(self, monkeypatch, values):
        """R@1 on validation is as given, epoch by epoch."""
        from mmgap.training import validation

        given = iter(values)

        def scripted(*args, **kwargs):
            value = next(given)
            return {**watch(*args, **kwargs), "curve_t2i_r1": np.asarray(value), "curve_i2t_r1": np.asarray(value)}

        monkeypatch.setattr(validation, "watch", scripted)

    @pytest.mark.parametrize(("keep", "wanted"), [("best", 2), ("last", 4)])
    def test_weights_are_those_of_the_epoch_asked_for(self, keep, wanted, spec, tmp_path, monkeypatch):
        self.recalls(monkeypatch, [0.1, 0.2, 0.6, 0.6, 0.5])
        made = prepared(spec, tmp_path, tuning="head", epochs=4, keep=keep)
        seen = []
        made.on_epoch = lambda epoch, told: seen.append(made.dual.image.head.weight.detach().clone())
        told = made.trainer().run()
        assert told.best == 2
        assert torch.equal(made.dual.image.head.weight, seen[wanted])

    def test_the_start_may_be_the_best(self, spec, tmp_path, monkeypatch):
        self.recalls(monkeypatch, [0.9, 0.2, 0.6])
        made = prepared(spec, tmp_path, tuning="head", keep="best")
        before = made.dual.image.head.weight.detach().clone()
        made.trainer().run()
        assert torch.equal(made.dual.image.head.weight, before)

    def test_patience_ends_it(self, spec, tmp_path, monkeypatch):
        self.recalls(monkeypatch, [0.1, 0.5, 0.4, 0.5, 0.3, 0.9])
        made = prepared(spec, tmp_path, tuning="head", epochs=5, patience=2)
        assert len(made.trainer().run().arrays()["epochs"]) == 4


class TestNumbersThatEnd:
    def broken(self, monkeypatch, at, *, value=math.nan, gradient=False):
        """A term ``broken`` whose value, or gradient alone, is ``value`` from step ``at`` on."""
        calls = iter(range(1, 1000))

        class Poison(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.sum() * 0

            @staticmethod
            def backward(ctx, grad):
                return torch.full((5, 16), value)

        def term(x, y, *, logit_scale=None):
            if next(calls) < at:
                return x.sum() * 0
            return Poison.apply(x) if gradient else x.sum() * value

        monkeypatch.setitem(losses.registry._entries, "broken", term)

    @pytest.mark.parametrize(
        ("gradient", "told"), [(False, "the loss is nan"), (True, "the gradient has a norm of nan")]
    )
    @pytest.mark.parametrize("chunk", [None, 2], ids=["whole", "chunks"])
    def test_the_step_is_named_and_the_last_checkpoint_kept(self, gradient, told, chunk, spec, tmp_path, monkeypatch):
        self.broken(monkeypatch, 4, gradient=gradient)
        made = prepared(spec, tmp_path, "ce+broken", tuning="head", epochs=3, chunk=chunk)
        seen = []
        made.on_epoch = lambda epoch, told: seen.append(made.dual.image.head.weight.detach().clone())
        with pytest.raises(
            TrainingError, match=f"{told} at step 2 of epoch 2 .*checkpoint of epoch 1 is in .*lower rate"
        ):
            made.trainer().run()
        kept = Checkpoint.load(made.folder, "key")
        assert kept.epoch == 1
        assert torch.equal(kept.weights["image.head.weight"], seen[1])
        assert all(torch.isfinite(value).all() for value in [*kept.weights.values(), *kept.optimiser.values()])

    def test_infinite_loss(self, spec, tmp_path, monkeypatch):
        self.broken(monkeypatch, 1, value=math.inf)
        made = prepared(spec, tmp_path, "ce+broken", tuning="head")
        with pytest.raises(TrainingError, match=r"the loss is (inf|-inf|nan) at step 1 of epoch 1"):
            made.trainer().run()

    def test_vectors_that_end_with_the_last_step_of_an_epoch(self, spec, tmp_path, monkeypatch):
        made = prepared(spec, tmp_path, tuning="head", epochs=2)
        trainer = made.trainer()
        step, calls = TrainingStep.__call__, iter(range(1, 100))

        def exploding(self, *args):
            found = step(self, *args)
            if next(calls) == 4:
                made.dual.image.head.weight.data.fill_(math.nan)
            return found

        monkeypatch.setattr(TrainingStep, "__call__", exploding)
        with pytest.raises(TrainingError, match=r"image vectors .* not finite, or zero after epoch 2.*epoch 1 is in"):
            trainer.run()
        assert Checkpoint.load(made.folder, "key").epoch == 1

    def test_a_rate_that_explodes(self, spec, tmp_path):
        made = prepared(spec, tmp_path, tuning="full", rate=10.0, epochs=100, weight_decay=100.0)
        with pytest.raises(
            TrainingError, match=r"(not finite, or zero|the loss is|the gradient has).*Try a lower rate"
        ):
            made.trainer().run()
        kept = Checkpoint.load(made.folder, "key")
        again = prepared(spec, tmp_path, tuning="full", rate=10.0, epochs=kept.epoch, weight_decay=100.0)
        assert len(again.trainer().run().arrays()["epochs"]) == kept.epoch + 1
        assert all(torch.isfinite(p).all() for p in again.dual.parameters())


class TestFew:
    def test_fewer_pairs_than_a_batch_are_one(self, spec, tmp_path):
        made = prepared(spec, tmp_path, count=3, batch_size=90, tuning="head")
        assert made.pairs.order.size == 3
        assert made.trainer().run().arrays()["step_loss"].shape == (2,)

    def test_they_are_noted(self, spec):
        splits = small.splits(3)
        folder = trained(spec, splits, Recipe("ce", tuning="head", epochs=1))
        assert "There are 3 pairs: a batch has 3, not 90." in about(folder).notes

    @pytest.mark.parametrize("expression", ["ce+var", "ce+intra+inter", "ce+anti+var", "cyclip", "siglip", "infoloob"])
    def test_two_pairs_are_enough(self, expression, spec, tmp_path):
        made = prepared(spec, tmp_path, expression, count=2, tuning="head", epochs=1)
        assert np.isfinite(made.trainer().run().arrays()["step_loss"]).all()

    def test_a_last_batch_of_one_is_left_out(self, spec, tmp_path):
        made = prepared(spec, tmp_path, "ce+var", count=6, batch_size=5, tuning="head")
        assert made.pairs.order.steps == 1
        assert made.trainer().run().arrays()["step_loss"].shape == (2,)


class TestAlarms:
    def curves(self, rank=5.0, mean=0.5, pairs=30):
        return {"epoch_matched": np.array([0, pairs])} | {
            f"curve_{kind}_{s}": np.asarray(v)
            for kind, v in (("rank", rank), ("mean", mean))
            for s in ("image", "text")
        }

    def test_a_sound_epoch(self):
        assert alarms(self.curves(), self.curves(), 1, 0.5, 90) == []
        assert alarms(self.curves(), self.curves(), 1, None, 90) == []

    @pytest.mark.parametrize(("rank", "mean"), [(1.5, 0.5), (9.0, 0.995)])
    def test_collapse(self, rank, mean):
        found = alarms(self.curves(rank, mean), self.curves(), 3, None, 90)
        assert len(found) == 2
        assert alarms(self.curves(rank, mean), self.curves(rank, mean), 3, None, 90) == []  # it was so before
        assert alarms(self.curves(rank, mean, pairs=9), self.curves(), 3, None, 90) == []  # too few to tell
        assert all("COLLAPSE ALARM: after epoch 3" in alarm for alarm in found)

    def test_chance(self):
        (alarm,) = alarms(self.curves(), self.curves(), 2, 4.49, 90)
        assert "CHANCE ALARM" in alarm
        assert "ln(90) = 4.500" in alarm

    def test_a_training_that_collapses_says_so(self, spec):
        splits = small.splits()
        recipe = Recipe("align+ce", tuning="head", epochs=1, batch_size=4, rate=1e-6, scale_start=0.001, scale="frozen")
        folder = trained(spec, splits, recipe)
        assert any("CHANCE ALARM" in alarm for alarm in history(folder).alarms)
        assert any("CHANCE ALARM" in note for note in about(folder).notes)


@pytest.mark.parametrize(("precision", "chunk"), [("bfloat16", None), ("float16", 2)])
def test_half_precision_is_near_single(precision, chunk, spec, tmp_path):
    half, single = (prepared(spec, tmp_path, precision=p, chunk=chunk) for p in (precision, "float32"))
    found, wanted = (made.trainer().step(*made.batch()) for made in (half, single))
    assert found["loss"] == pytest.approx(wanted["loss"], rel=0.05)
    assert found["loss"] != wanted["loss"]
    assert all(p.dtype == torch.float32 for p in half.dual.parameters())
    assert np.isfinite(half.trainer().run().arrays()["step_loss"]).all()


def test_deterministic_algorithms_for_the_training_alone(spec, tmp_path):
    made = prepared(spec, tmp_path, tuning="head", epochs=1, deterministic=True)
    seen = []
    made.on_epoch = lambda epoch, told: seen.append(torch.are_deterministic_algorithms_enabled())
    made.trainer().run()
    assert seen == [True, True]
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_global_random_numbers_are_left(spec, tmp_path):
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    prepared(spec, tmp_path, tuning="lora", dropout=0.5, epochs=1).trainer().run()
    assert torch.equal(torch.rand(3), wanted)


class TestDisk:
    def full(self, monkeypatch, where, after):
        calls = iter(range(1, 100))
        kept = os.replace

        def failing(*args):
            if next(calls) > after:
                raise OSError(28, "No space left on device")
            return kept(*args)

        monkeypatch.setattr(os, "replace", failing)

    def test_a_full_disk_keeps_the_checkpoint_before(self, spec, tmp_path, monkeypatch):
        made = prepared(spec, tmp_path, tuning="head", epochs=3)
        self.full(monkeypatch, "replace", 2)
        with pytest.raises(
            TrainingError, match=r"epoch 2 could not be written.*that of the epoch before is kept.*MMGAP_CACHE"
        ):
            made.trainer().run()
        assert Checkpoint.load(made.folder, "key").epoch == 1
        assert [path.name for path in made.folder.iterdir()] == [NAME]

    def test_a_disk_that_was_full_from_the_start(self, spec, tmp_path, monkeypatch):
        made = prepared(spec, tmp_path, tuning="head", epochs=3)
        self.full(monkeypatch, "replace", 0)
        with pytest.raises(TrainingError, match="there is none yet"):
            made.trainer().run()

    def test_what_safetensors_calls_a_full_disk(self, spec, tmp_path, monkeypatch):
        import safetensors.torch
        from safetensors import SafetensorError

        made = prepared(spec, tmp_path, tuning="head", epochs=1)
        trainer = made.trainer()

        def failing(*args, **kwargs):
            raise SafetensorError("I/O error: No space left on device (os error 28)")

        monkeypatch.setattr(safetensors.torch, "save_file", failing)
        with pytest.raises(TrainingError, match="No space left"):
            trainer.run()
        assert not list(made.folder.iterdir())

    @pytest.mark.parametrize("tuning", ["head", "lora"])
    def test_full_when_the_encoder_is_saved(self, tuning, spec, tmp_path, monkeypatch):
        """The checkpoint stays, and the next run goes on from it."""
        from mmgap.training import checkpoint

        splits, recipe = small.splits(), Recipe("ce", tuning=tuning, epochs=1, batch_size=5)
        save_whole = checkpoint.save_whole

        def failing(path, *args):
            if path.name == checkpoint.NAME:
                return save_whole(path, *args)
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as context:
            context.setattr(checkpoint, "save_whole", failing)
            with pytest.raises(TrainingError, match=r"could not be written.*checkpoint of the last epoch is kept"):
                trained(spec, splits, recipe)
        epochs = []
        trained(spec, splits, recipe, on_epoch=lambda epoch, told: epochs.append(epoch))
        assert epochs == []


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:5], lambda b: b"", lambda b: b"\xff" * 99])
def test_a_torn_checkpoint_is_named_and_the_training_starts_anew(damage, spec, tmp_path):
    made, again = (prepared(spec, tmp_path, tuning="head", epochs=1) for _ in range(2))
    made.trainer().run()
    file = made.folder / NAME
    file.write_bytes(damage(file.read_bytes()))
    with pytest.warns(CacheWarning, match=r"checkpoint.safetensors is damaged .*starts anew"):
        again.trainer().run()
    assert torch.equal(again.dual.image.head.weight, made.dual.image.head.weight)


def test_another_trainings_checkpoint_is_not_taken_up(spec, tmp_path):
    made, other = (prepared(spec, tmp_path, tuning="head", epochs=1) for _ in range(2))
    made.trainer("a").run()
    seen = []
    other.on_epoch = lambda epoch, told: seen.append(epoch)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CacheWarning)
        other.trainer("b").run()
    assert seen == [0, 1]
