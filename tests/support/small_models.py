"""Small untrained models, written to a folder as the hub would hold them; and images and texts to feed them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mmgap.encoders.byte_tokenizer import END, PAD, START, VOCABULARY, byte_tokenizer

SIZE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
TOKENS = {"vocab_size": VOCABULARY, "bos_token_id": START, "eos_token_id": END, "pad_token_id": PAD}
PICTURE = {"image_size": 32, "patch_size": 8}
TEXTS = ("a cat", "una señal de tráfico", "", "a picture of two dogs that run after a red ball", "x" * 20, "ñ")


def images(count: int = 5) -> list[Image.Image]:
    """RGB images of different sizes, of colour gradients with noise."""
    out = []
    for k in range(count):
        rng = np.random.default_rng(k)
        height, width = 30 + 7 * k, 64 - 5 * k
        ramp = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
        out.append(Image.fromarray(np.roll((ramp * rng.random(3)).astype(np.uint8), k, axis=2)))
    return out


def clip(folder: Path) -> Path:
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    config = CLIPConfig(
        text_config={**SIZE, **TOKENS, "max_position_embeddings": 24},
        vision_config={**SIZE, **PICTURE},
        projection_dim=16,
        logit_scale_init_value=3.0,
    )
    processor = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return _save(folder, CLIPModel, config, processor, 24)


def siglip(folder: Path) -> Path:
    from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel

    config = SiglipConfig(
        text_config={**SIZE, **TOKENS, "max_position_embeddings": 24, "projection_size": 32},
        vision_config={**SIZE, **PICTURE},
    )
    return _save(folder, SiglipModel, config, SiglipImageProcessorPil(size={"height": 32, "width": 32}), 24)


def dual(folder: Path) -> Path:
    from transformers import (
        BertConfig,
        VisionTextDualEncoderConfig,
        VisionTextDualEncoderModel,
        ViTConfig,
        ViTImageProcessorPil,
    )

    text = BertConfig(**SIZE, vocab_size=VOCABULARY, pad_token_id=PAD, max_position_embeddings=24)
    config = VisionTextDualEncoderConfig.from_vision_text_configs(ViTConfig(**SIZE, **PICTURE), text, projection_dim=16)
    return _save(folder, VisionTextDualEncoderModel, config, ViTImageProcessorPil(size={"height": 32, "width": 32}), 24)


def resnet(folder: Path) -> Path:
    """An image classifier, head and all."""
    from transformers import ResNetConfig, ResNetForImageClassification, ViTImageProcessorPil

    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 12], depths=[1, 1], layer_type="basic", num_labels=3)
    return _save(folder, ResNetForImageClassification, config, ViTImageProcessorPil(size={"height": 32, "width": 32}))


def sentences(folder: Path) -> Path:
    """A sentence-transformers model: BERT and mean pooling, nothing normalised."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    config = BertConfig(**SIZE, vocab_size=VOCABULARY, pad_token_id=PAD, max_position_embeddings=24)
    bert = _save(folder / "bert", BertModel, config, None, 24)
    words = Transformer(str(bert), max_seq_length=24)
    SentenceTransformer(modules=[words, Pooling(32)], device="cpu").save(str(folder / "sentences"))
    return folder / "sentences"


def _save(folder: Path, kind, config, processor, length: int = 0) -> Path:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = kind(config)
        for parameter in model.parameters():  # farther from zero than an initialisation: differences show
            parameter.data += 0.05 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    if processor is not None:
        processor.save_pretrained(folder)
    if length:
        byte_tokenizer(length).save_pretrained(folder)
    return folder


def towers(folder: Path) -> str:
    """``IMAGE,TEXT`` of a spec: a small ResNet and a small sentence encoder in ``folder``."""
    return f"{resnet(folder / 'resnet')},{sentences(folder)}"
