"""Folders of models that lack a part, are damaged or hold something else: one line that names file and cure."""

import json
import shutil
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mmgap import encoders
from mmgap.encoders import EncoderError
from mmgap.encoders.dual import pooled
from mmgap.encoders.explained_errors import explained
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    names = ("clip", "siglip", "dual", "resnet", "sentences")
    return {name: getattr(small_models, name)(folder / name) for name in names}


def spec_of(name, folder, made):
    if name == "sentences":
        return f"two-towers:{made['resnet']},{folder},random"
    if name == "resnet":
        return f"two-towers:{folder},{made['sentences']},random"
    return f"hf:{folder}"


def changed(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def without(*patterns):
    def change(folder):
        for pattern in patterns:
            for file in folder.rglob(pattern):
                file.unlink()

    return change


def cut(share):
    def change(folder):
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])

    return change


def pointer(folder):
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")


def fewer_weights(folder):
    weights = load_file(folder / "model.safetensors")
    gone = next(name for name in sorted(weights) if name.endswith(("query.weight", "q_proj.weight")))
    save_file({k: v for k, v in weights.items() if k != gone}, folder / "model.safetensors", {"format": "pt"})


def other_shape(folder):
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in sorted(weights) if name.endswith(("query.weight", "q_proj.weight")))
    weights[name] = weights[name][:, :5].contiguous()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def broken(name):
    return lambda folder: (folder / name).write_text("{")


def code_of_its_own(folder):
    changed(folder / "config.json", model_type="wonder", auto_map={"AutoConfig": "evil.C", "AutoModel": "evil.M"})
    (folder / "evil.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")


def module_of_its_own(folder):
    text = (folder / "modules.json").read_text()
    (folder / "modules.json").write_text(text.replace("sentence_transformers.base.modules.transformer.", "evil."))
    (folder / "evil.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")


def another_size(folder):
    changed(folder / "preprocessor_config.json", size={"height": 40, "width": 40}, do_center_crop=False)


def fewer_words(folder):
    weights = load_file(folder / "model.safetensors")
    for name in [name for name in weights if "token_embedding.weight" in name or "word_embeddings.weight" in name]:
        weights[name] = weights[name][:90].contiguous()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config.get("text_config", config)["vocab_size"] = 90
    (folder / "config.json").write_text(json.dumps(config))


def used(spec):
    encoder = encoders.load(spec)
    encoder.logit_scale()
    encoder.encode_images(small_models.images(2))
    encoder.encode_texts(["a cat", "zwölf Boxkämpfer"])


TOKENIZER = r"lacks the files of its tokenizer.*bring tokenizer\.json"

#: Name → (models it happens to, what is done to a copy of their folder, what is said).
BROKEN = {
    "no tokenizer": (("clip", "siglip", "dual", "sentences"), without("tokenizer*"), TOKENIZER),
    "no vocabulary": (("clip", "dual", "sentences"), without("tokenizer.json"), TOKENIZER),
    "no processor": (("clip", "dual", "resnet"), without("preprocessor_config.json"), r"no preprocessor_config\.json"),
    "cut": (("clip", "resnet", "sentences"), cut(0.5), r"model\.safetensors is damaged or cut short.*bring it again"),
    "empty": (("clip", "sentences"), cut(0), r"model\.safetensors is damaged or cut short"),
    "pointer": (("clip", "resnet", "sentences"), pointer, r"pointer of Git LFS, not the weights: git lfs pull"),
    "fewer weights": (("clip", "siglip", "dual", "sentences"), fewer_weights, r"has no weights for .*would be random"),
    "other shape": (("clip", "sentences"), other_shape, r"cannot be loaded|has no weights for"),
    "torn config": (
        ("clip", "resnet", "sentences"),
        broken("config.json"),
        r"cannot be loaded.*A file of it is damaged",
    ),
    "torn processor": (("clip",), broken("preprocessor_config.json"), r"image processor of .* cannot be loaded"),
    "torn tokenizer": (("clip",), broken("tokenizer.json"), r"tokenizer of .* cannot be loaded"),
    "torn modules": (("sentences",), broken("modules.json"), r"modules\.json cannot be read"),
    "code": (("clip", "resnet"), code_of_its_own, r"code of its own, which is never done here"),
    "module": (("sentences",), module_of_its_own, r"modules\.json names evil\.Transformer, code that is not"),
    "another size": (("clip", "resnet", "siglip"), another_size, r"made for another model"),
    "fewer words": (("clip",), fewer_words, r"the tokenizer is another model's"),
}
CASES = [(what, name) for what, (names, *_) in BROKEN.items() for name in names]
CASES.remove(("another size", "resnet"))  # a convolution takes any size


@pytest.mark.parametrize(("what", "name"), CASES)
def test_a_broken_folder_is_told_in_one_line(made, tmp_path, monkeypatch, what, name):
    monkeypatch.setattr(sys, "stdin", None)  # nothing asks
    _, change, message = BROKEN[what]
    folder = shutil.copytree(made[name], tmp_path / "copy")
    change(folder)
    with pytest.raises(EncoderError, match=message) as caught:
        used(spec_of(name, folder, made))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("hf:{resnet}", "ResNetModel has no get_image_features; it is no dual encoder"),
        ("two-towers:{clip},{sentences},random", "CLIPModel cannot encode images.*model of another modality"),
        ("two-towers:{resnet},{resnet},random", "its texts cannot be read.*model of another modality"),
    ],
)
def test_a_model_of_another_kind(made, spec, message):
    with pytest.raises(EncoderError, match=message):
        used(spec.format(**made))


def test_patches_of_any_shape(tmp_path):
    from transformers import Siglip2Config, Siglip2ImageProcessorPil, Siglip2Model

    text = {**small_models.SIZE, **small_models.TOKENS, "max_position_embeddings": 24, "projection_size": 32}
    config = Siglip2Config(text_config=text, vision_config={**small_models.SIZE, "patch_size": 8, "num_patches": 16})
    processor = Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)
    folder = small_models._save(tmp_path / "naflex", Siglip2Model, config, processor, 24)
    with pytest.raises(EncoderError, match=r"reads pixel_attention_mask and spatial_shapes besides pixels.*fixed size"):
        encoders.load(f"hf:{folder}").encode_images(small_models.images(2))


@dataclass
class Output:
    pooler_output: torch.Tensor | None


def test_what_is_no_vector():
    with pytest.raises(EncoderError, match=r"model gives \(7, 3\) numbers an item, not one vector"):
        pooled(torch.ones(2, 7, 3))
    with pytest.raises(EncoderError, match="it gives no pooled output"):
        pooled(Output(None), "it")


@pytest.mark.parametrize("name", ["clip", "dual", "sentences"])
def test_a_limit_beyond_the_models_is_the_models(made, tmp_path, name):
    folder = shutil.copytree(made[name], tmp_path / "copy")
    changed(folder / "tokenizer_config.json", model_max_length=500)
    if name == "sentences":
        changed(folder / "sentence_bert_config.json", max_seq_length=500)
    encoder, before = (encoders.load(spec_of(name, place, made)) for place in (folder, made[name]))
    texts = ["x" * 100, "a cat"]
    np.testing.assert_array_equal(encoder.encode_texts(texts), before.encode_texts(texts))
    assert encoder.texts_cut == before.texts_cut == 1


def test_positions_that_begin_behind_the_padding(tmp_path):
    """RoBERTa's first position is that of the padding plus one, so it reads fewer tokens than it has positions."""
    from transformers import (
        RobertaConfig,
        VisionTextDualEncoderConfig,
        VisionTextDualEncoderModel,
        ViTConfig,
        ViTImageProcessorPil,
    )

    text = RobertaConfig(**small_models.SIZE, vocab_size=small_models.VOCABULARY, pad_token_id=2)
    text.max_position_embeddings = 24
    vision = ViTConfig(**small_models.SIZE, **small_models.PICTURE)
    config = VisionTextDualEncoderConfig.from_vision_text_configs(vision, text, projection_dim=16)
    processor = ViTImageProcessorPil(size={"height": 32, "width": 32})
    folder = small_models._save(tmp_path / "roberta", VisionTextDualEncoderModel, config, processor, 500)
    encoder = encoders.load(f"hf:{folder}")
    assert encoder.encode_texts(["x" * 100, "a cat"]).shape == (2, 16)
    assert encoder.parts.text_limit == 24 - 3


def test_memory_that_ran_out_stays_what_it_is():
    errors = (
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    )
    for error in errors:
        with pytest.raises(type(error)), explained("it", "nothing can be done"):
            raise error
    for other in (RecursionError("too deep"), EOFError(), KeyError("x"), AssertionError(), StopIteration()):
        with pytest.raises(EncoderError, match="it: nothing can be done"), explained("it", "nothing can be done"):
            raise other


def test_a_table_of_words_has_no_limit(made, tmp_path):
    """A static embedding takes texts of any length, and not as rows of token ids: measured, not trained."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer = small_models.byte_tokenizer(24).backend_tokenizer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        table = StaticEmbedding(tokenizer, embedding_dim=8)
    SentenceTransformer(modules=[table], device="cpu").save(str(tmp_path / "static"))
    tower = encoders.load(f"two-towers:{made['resnet']},{tmp_path / 'static'},random").raw.texts
    assert tower.encode(["x" * 100, "a cat"]).shape == (2, 8)
    assert tower.cut == 0
    with pytest.raises(EncoderError, match="it can be measured, but not trained"):
        tower.tokens(["a cat", "b"])


def test_a_prompt_counts_among_the_tokens(made, tmp_path):
    folder = shutil.copytree(made["sentences"], tmp_path / "copy")
    file = folder / "config_sentence_transformers.json"
    changed(file, prompts={"passage": "a passage: "}, default_prompt_name="passage")
    encoder = encoders.load(spec_of("sentences", folder, made))
    encoder.encode_texts(["x" * 12, "x" * 11])  # behind 11 bytes and between start and end, of 24 tokens
    assert encoder.texts_cut == 1


def test_a_tokenizer_without_padding(made, tmp_path):
    folder = shutil.copytree(made["clip"], tmp_path / "copy")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({k: v for k, v in settings.items() if k != "pad_token"}))
    with pytest.raises(EncoderError, match="Its tokenizer has no padding token"):
        encoders.load(f"hf:{folder}").encode_texts(["a cat", "b"])


def test_half_of_a_vocabulary(made, tmp_path):
    folder = shutil.copytree(made["clip"], tmp_path / "copy")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text('{"a": 0, "b": 1}')
    with pytest.raises(EncoderError, match=TOKENIZER):
        encoders.load(f"hf:{folder}").encode_texts(["a cat", "b"])
