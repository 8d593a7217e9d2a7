"""What training sees of an item is what the encoder gives it; where it is not, nothing is trained."""

import json
import shutil

import numpy as np
import pytest
import torch

from mmgap import encoders
from mmgap.encoders import EncoderError
from mmgap.encoders.tower_inputs import TokenRows
from mmgap.encoders.trainable import trainable
from mmgap.training.agreement import FARTHEST, ITEMS, Sample
from mmgap.training.model_inputs import pair_rows
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import trained, training_key
from mmgap.training.trainable_model import dual_of
from mmgap.training.tuning import tune
from tests.support import small_models
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def changed(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def padded_left(folder):
    for file in folder.rglob("tokenizer_config.json"):
        changed(file, padding_side="left")
    for file in folder.rglob("tokenizer.json"):
        assert json.loads(file.read_text())["padding"] is None


def prompted(folder, include=True):
    file = folder / "config_sentence_transformers.json"
    changed(file, prompts={"passage": "a text to be found: "}, default_prompt_name="passage")
    changed(folder / "1_Pooling" / "config.json", include_prompt=include)


def pooled_last(folder):
    padded_left(folder)
    file = folder / "1_Pooling" / "config.json"
    known = json.loads(file.read_text())
    modes = {name: False for name in known if name.startswith("pooling_mode_")}
    file.write_text(json.dumps({**known, **modes, "pooling_mode_lasttoken": True, "pooling_mode": "lasttoken"}))


def without_prompt_in_the_mean(folder):
    prompted(folder, include=False)


def sentences(folder, change):
    towers = small_models.towers(folder)
    change(folder / "sentences")
    return f"two-towers:{towers},random"


def dual(folder, change):
    made = small_models.dual(folder / "dual")
    change(made)
    return f"hf:{made}"


def compared(spec, data, **options):
    """The farthest that both ways lie apart; every row of the data set."""
    encoder = encoders.load(spec)
    wanted = small.unit(encoder.encode_images(data.images)), small.unit(encoder.encode_texts(data.captions))
    made = dual_of(encoder)
    tune(made, Recipe("ce", **options))
    rows, every = pair_rows(made, encoder, data), np.arange(len(data.images))
    made.eval()
    with torch.no_grad():
        found = made.images(rows[0].take(every)).numpy(), made.texts(rows[1].take(every)).numpy()
    return max(float(np.linalg.norm(a - b, axis=1).max()) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("change", [padded_left, prompted, pooled_last, without_prompt_in_the_mean])
def test_sentence_models_are_fed_as_they_encode(tmp_path, change):
    spec = sentences(tmp_path, change)
    assert compared(spec, small.squares(8), tuning="full") < 1e-4
    if change is not padded_left:  # and the change is one: without it the vectors are others
        plain = encoders.load(sentences(tmp_path / "plain", lambda folder: None))
        both = [encoder.encode_texts(["red on blue"]) for encoder in (encoders.load(spec), plain)]
        assert np.abs(both[0] - both[1]).max() > 1e-3


def test_padding_on_the_left_is_left_out():
    mask = torch.tensor([[0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1]])
    ids, length = torch.arange(12).reshape(3, 4), torch.tensor([7, 7, 7])
    rows = TokenRows({"input_ids": ids, "attention_mask": mask, "prompt_length": length}, whole=False)
    found = rows.take(np.array([0, 2]))
    assert found["input_ids"].tolist() == [[2, 3], [10, 11]]
    assert found["attention_mask"].tolist() == [[1, 1], [0, 1]]
    assert found["prompt_length"].tolist() == [7, 7]
    nothing = TokenRows({"input_ids": ids, "attention_mask": torch.zeros_like(mask)}, whole=False)
    assert nothing.take(np.array([1]))["input_ids"].shape == (1, 1)


def test_a_dual_encoder_padded_on_the_left_sees_all_of_its_texts(tmp_path):
    assert compared(dual(tmp_path, padded_left), small.squares(8), tuning="full") < 1e-4


@pytest.mark.parametrize("family", ["clip", "siglip", "dual", "towers"])
@pytest.mark.parametrize("tuning", ["dora", "full"])
def test_the_usual_families_agree(tmp_path, family, tuning):
    spec, data = small.family(family, tmp_path), small.squares(20)
    encoder = encoders.load(spec)
    sample = Sample.of(encoder, data)
    assert [len(rows) for rows in sample.rows.values()] == [ITEMS, ITEMS]
    made = dual_of(encoder)
    tune(made, Recipe("ce", tuning=tuning))
    sample.compare(made, *pair_rows(made, encoder, data), "cpu")
    assert compared(spec, data, tuning=tuning) < FARTHEST / 10


@pytest.mark.parametrize("modality", ["image", "text"])
def test_another_way_to_vectors_is_not_trained(tmp_path, modality, monkeypatch):
    spec = small.family("clip", tmp_path)
    method = {"image": "get_image_features", "text": "get_text_features"}[modality]
    from transformers import CLIPModel

    whole = getattr(CLIPModel, method)

    def of_another_layer(self, **inputs):
        output = whole(self, **inputs)
        output.pooler_output = output.pooler_output.roll(1, dims=1)
        return output

    monkeypatch.setattr(CLIPModel, method, of_another_layer)
    message = rf"see other {modality} vectors than it encodes; those of {modality} '.*' lie \d\.\d+ apart"
    with pytest.raises(TrainingError, match=message):
        trained(spec, small.splits(), Recipe("ce", tuning="full", epochs=1, batch_size=6))
    assert not list(tmp_path.rglob("trained.json"))


def test_a_model_without_a_pooled_output_of_its_own(tmp_path):
    from transformers import ChineseCLIPConfig, ChineseCLIPModel, ViTImageProcessorPil

    text = {**small_models.SIZE, "vocab_size": small_models.VOCABULARY, "max_position_embeddings": 24}
    config = ChineseCLIPConfig(
        text_config={**text, "pad_token_id": small_models.PAD},
        vision_config={**small_models.SIZE, **small_models.PICTURE},
        projection_dim=16,
    )
    processor = ViTImageProcessorPil(size={"height": 32, "width": 32})
    folder = small_models._save(tmp_path / "chinese", ChineseCLIPModel, config, processor, 24)
    with pytest.raises(TrainingError, match=r"has no pooled output of its own.*can be measured, but not trained"):
        trained(f"hf:{folder}", small.splits(), Recipe("ce", tuning="full", epochs=1, batch_size=6))


def test_what_encoding_refuses_is_refused_before_training(tmp_path):
    folder = shutil.copytree(small_models.clip(tmp_path / "clip"), tmp_path / "copy")
    changed(folder / "preprocessor_config.json", crop_size={"height": 40, "width": 40}, size={"shortest_edge": 40})
    with pytest.raises(EncoderError, match="made for another model"):
        trained(f"hf:{folder}", small.splits(), Recipe("ce", tuning="full", epochs=1, batch_size=6))


def test_keys_change_for_what_was_fed_otherwise_alone(tmp_path):
    recipe, splits = Recipe("ce", tuning="full"), small.splits()
    plain = {name: small.family(name, tmp_path / name) for name in ("clip", "siglip", "dual", "towers")}
    for spec in (*plain.values(), "tiny-random"):
        encoder = encoders.load(spec)
        assert trainable(encoder).text_rows_key() == {}
        assert "text_rows" not in training_key(encoder, splits, recipe)
    for spec in (sentences(tmp_path / "a", prompted), dual(tmp_path / "b", padded_left)):
        assert training_key(encoders.load(spec), splits, recipe)["text_rows"] == 2
