"""In short real trainings, the evaluator, the callback and the metric give what mmgap measures of the same vectors."""

import csv
import json

import numpy as np
import pytest
import torch

import mmgap
from mmgap.integrations import CrossModalEvaluator, GapCallback
from mmgap.integrations.pair_metrics import SHOWN, pair_metrics, same_words
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")

COUNT = 24


def pictures():
    return [small_models.images(1 + k % 5)[-1].rotate(15 * k) for k in range(COUNT)]


def words():
    return [f"picture {k} {'of a cat' * (k % 3)}" for k in range(COUNT)]


def wanted(images, texts, **keywords):
    """What `mmgap.measure` says, by the names that are shown."""
    found = mmgap.measure(images, texts, **keywords)
    return {name: found[name] for name in SHOWN if name in found}


def without_ends(found, prefix=""):
    return {k.removeprefix(prefix): v for k, v in found.items() if not k.endswith(("_low", "_high"))}


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    return small_models.clip(tmp_path_factory.mktemp("models") / "clip")


def sentence_model(folder):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


def trained_sentences(model, evaluator, columns, out, steps):
    pytest.importorskip("datasets", reason="sentence-transformers' Trainer needs datasets: pip install datasets")
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    arguments = SentenceTransformerTrainingArguments(
        str(out),
        max_steps=steps,
        per_device_train_batch_size=8,
        learning_rate=1e-3,
        eval_strategy="steps",
        eval_steps=steps // 2,
        save_strategy="steps",
        save_steps=steps // 2,
        load_best_model_at_end=True,
        metric_for_best_model=f"eval_{evaluator.name}_t2i_r1",
        greater_is_better=True,
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = SentenceTransformerTrainer(
        model,
        arguments,
        train_dataset=Dataset.from_dict(columns),
        loss=MultipleNegativesRankingLoss(model),
        evaluator=evaluator,
    )
    trainer.train()
    return trainer


@pytest.mark.parametrize("sides", ["images", "texts"])
def test_the_evaluator_in_the_trainer_of_sentence_transformers(clip_folder, tmp_path, sides):
    model = sentence_model(clip_folder)
    images, texts = (pictures() if sides == "images" else [f"a {text}" for text in words()]), words()
    evaluator = CrossModalEvaluator(images, texts, name="dev", batch_size=5)
    trainer = trained_sentences(model, evaluator, {"anchor": images, "positive": texts}, tmp_path / "out", 4)
    logged = [entry for entry in trainer.state.log_history if "eval_dev_t2i_r1" in entry]
    assert [entry["step"] for entry in logged] == [2, 4]
    assert trainer.state.best_metric == max(entry["eval_dev_t2i_r1"] for entry in logged)
    found = evaluator(model)
    measured = wanted(model.encode(images), model.encode(texts))
    assert without_ends(found, "dev_") == pytest.approx(measured, rel=1e-5, abs=1e-6)
    assert found["dev_t2i_r1_low"] <= found["dev_t2i_r1"] <= found["dev_t2i_r1_high"]
    with next((tmp_path / "out").rglob(evaluator.csv_file)).open() as stream:
        lines = list(csv.DictReader(stream))
    assert [float(line["t2i_r1"]) for line in lines] == [entry["eval_dev_t2i_r1"] for entry in logged]


def test_the_evaluator_by_itself(clip_folder, tmp_path):
    model, images, texts = sentence_model(clip_folder), pictures(), [t for t in words() for _ in range(2)]
    owner = np.arange(COUNT).repeat(2)
    evaluator = CrossModalEvaluator(images, texts, owner)
    found = evaluator(model, str(tmp_path), epoch=1, steps=7)
    pairs = same_words(texts, owner)
    measured = wanted(model.encode(images), model.encode(texts), owner=owner, relevance=pairs)
    assert without_ends(found) == pytest.approx(measured, rel=1e-5, abs=1e-6)
    assert evaluator.primary_metric in found
    evaluator(model, str(tmp_path), epoch=2, steps=9)
    with (tmp_path / evaluator.csv_file).open() as stream:
        lines = list(csv.DictReader(stream))
    assert [(line["epoch"], line["steps"]) for line in lines] == [("1", "7"), ("2", "9")]
    assert float(lines[0]["gap"]) == found["gap"]
    for bad in ({"owner": [0]}, {"owner": [COUNT] * 48}, {"primary": "ndcg"}, {"owner": None}):
        with pytest.raises(ValueError, match=r"owner|primary"):
            CrossModalEvaluator(images, texts, **{"owner": owner, **bad})


def clip_batches(folder):
    """Batches as a CLIP model takes them, each with its words and pictures."""
    from transformers import AutoImageProcessor, AutoTokenizer

    tokenizer, images = AutoTokenizer.from_pretrained(str(folder)), AutoImageProcessor.from_pretrained(str(folder))
    told = tokenizer(words(), return_tensors="pt", padding="max_length", truncation=True, max_length=24)
    whole = {**told, **images(pictures(), return_tensors="pt")}
    return [{name: rows[i : i + 9] for name, rows in whole.items()} for i in range(0, COUNT, 9)]


@pytest.mark.parametrize("attached", [True, False])
def test_the_callback_in_the_trainer_of_transformers(clip_folder, tmp_path, attached, caplog):
    from transformers import CLIPModel, Trainer, TrainerCallback, TrainingArguments

    class Sink(TrainerCallback):
        def __init__(self):
            self.seen = []

        def on_log(self, args, state, control, logs=None, **kwargs):
            self.seen.append(dict(logs))

    batches, sink = clip_batches(clip_folder), Sink()
    rows = [dict(zip(batch, one, strict=True)) for batch in batches for one in zip(*batch.values(), strict=True)]
    arguments = TrainingArguments(
        str(tmp_path),
        max_steps=4,
        per_device_train_batch_size=8,
        learning_rate=1e-3,
        eval_strategy="steps",
        eval_steps=2,
        save_strategy="no",
        metric_for_best_model="mmgap_t2i_r1",
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
        label_names=[],
        remove_unused_columns=False,
    )

    def collate(rows):
        return {name: torch.stack([row[name] for row in rows]) for name in rows[0]} | {"return_loss": True}

    model = CLIPModel.from_pretrained(str(clip_folder))
    callback = GapCallback(batches)
    trainer = Trainer(
        model,
        arguments,
        train_dataset=rows,
        eval_dataset=rows,
        data_collator=collate,
        callbacks=[sink] if attached else [sink, callback],
    )
    if attached:
        assert callback.attach(trainer) is callback
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "eval_mmgap_gap" in entry]
    assert [entry["step"] for entry in logged] == [2, 4]
    assert sum("eval_mmgap_gap" in entry for entry in sink.seen) == (2 if attached else 0)
    assert ("attach" in caplog.text) != attached
    model.eval()
    with torch.no_grad():
        image = torch.cat([model.get_image_features(pixel_values=b["pixel_values"]).pooler_output for b in batches])
        text = torch.cat(
            [
                model.get_text_features(input_ids=b["input_ids"], attention_mask=b["attention_mask"]).pooler_output
                for b in batches
            ]
        )
    last = {k.removeprefix("eval_mmgap_"): v for k, v in logged[-1].items() if k.startswith("eval_mmgap_")}
    assert without_ends(last) == pytest.approx(wanted(image, text), rel=1e-5, abs=1e-6)
    model.train()
    assert callback.measured(model) == pytest.approx(last, rel=1e-5, abs=1e-6)
    assert model.training
    assert callback.measured(model) == GapCallback(lambda model: (image, text)).measured(model)
    json.dumps(trainer.evaluate(), allow_nan=False)


def test_a_callback_that_cannot_measure_says_so():
    with pytest.raises(TypeError, match="not a generator"):
        GapCallback(batch for batch in [])
    with pytest.raises(ValueError, match="no batch of pairs"):
        GapCallback([]).measured(torch.nn.Linear(1, 1))


def test_pair_metrics_are_those_of_measure_whatever_the_norm():
    x, y = np.random.default_rng(0).normal(size=(2, 40, 6))
    found = pair_metrics(x * 7, y)
    assert without_ends(found) == wanted(x * 7, y)
    assert pair_metrics(x, y, owner=np.arange(40)) == pair_metrics(x, y)
