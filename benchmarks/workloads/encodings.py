"""Two ways to the same vectors of the same model: mmgap's encoder, and what others offer for it. Imports torch."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from mmgap import encoders
from mmgap.encoders.tiny import FILES

from .open_clip_twin import open_clip_twin

Way = Callable[[], np.ndarray]

_WORDS = (
    "a",
    "man",
    "rides",
    "the",
    "red",
    "wave",
    "on",
    "his",
    "board",
    "while",
    "two",
    "dogs",
    "play",
    "near",
    "some",
    "bus",
)


def captions(n: int) -> list[str]:
    """``n`` captions of five to thirty words."""
    draw = random.Random(0)
    return [" ".join(draw.choices(_WORDS, k=draw.randint(5, 30))) for _ in range(n)]


def pictures(n: int) -> list[Image.Image]:
    """``n`` pictures of noise, as large as a small photo."""
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 256, (375, 500, 3), dtype=np.uint8)) for _ in range(n)]


def pictures_by_sentence_transformers(device: str) -> tuple[Way, Way]:
    """Pictures by the small CLIP."""
    encoder: Any = encoders.load("tiny", device=device)
    items, other = pictures(6 * encoder.options.batch_size), _sentence_transformer(FILES, device)
    return lambda: encoder.encode_images(items), lambda: _encoded(other, items, encoder.options.batch_size)


def captions_by_sentence_transformers(device: str) -> tuple[Way, Way]:
    """Captions by the small CLIP, which cuts some of them."""
    encoder: Any = encoders.load("tiny", device=device)
    items, other = captions(1000), _sentence_transformer(FILES, device)
    return lambda: encoder.encode_texts(items), lambda: _encoded(other, items, encoder.options.batch_size)


def sentences_by_sentence_transformers(device: str) -> tuple[Way, Way]:
    """Captions by MiniLM, which is 22 million parameters."""
    from mmgap.encoders.model_options import Options
    from mmgap.encoders.towers import TextTower

    tower, items = TextTower("minilm", Options(device)), captions(200)
    other = _sentence_transformer(tower.folder, device)
    return lambda: tower.encode(items), lambda: _encoded(other, items, tower.options.batch_size)


def pictures_by_open_clip(device: str) -> tuple[Way, Way]:
    """Pictures by the small CLIP, with open_clip's transform, in the loop of its examples."""
    from open_clip.transform import image_transform

    encoder: Any = encoders.load("tiny", device=device)
    processor, size = encoder.parts.image_processor, encoder.options.batch_size
    items, twin = pictures(6 * size), open_clip_twin(encoder.parts.model)
    transform = image_transform(
        twin.visual.image_size, is_train=False, mean=processor.image_mean, std=processor.image_std
    )

    def batch(some: list[Image.Image]) -> torch.Tensor:
        return twin.encode_image(torch.stack([transform(item) for item in some]).to(device))

    return lambda: encoder.encode_images(items), lambda: _looped(batch, items, size)


def captions_by_open_clip(device: str) -> tuple[Way, Way]:
    """Captions by the small CLIP, each padded to all 77 tokens as open_clip's models want them."""
    encoder: Any = encoders.load("tiny", device=device)
    tokenizer, size = encoder.parts.tokenizer, encoder.options.batch_size
    items, twin = captions(1000), open_clip_twin(encoder.parts.model)

    def batch(some: list[str]) -> torch.Tensor:
        length = twin.context_length
        tokens = tokenizer(some, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
        return twin.encode_text(tokens["input_ids"].to(device))

    return lambda: encoder.encode_texts(items), lambda: _looped(batch, items, size)


def captions_by_a_bare_loop(device: str) -> tuple[Way, Way]:
    """Captions by the small CLIP, in batches of like length that nobody counts or looks at."""
    encoder: Any = encoders.load("tiny", device=device)
    items, parts, size = captions(1000), encoder.parts, encoder.options.batch_size

    def bare() -> np.ndarray:
        order, out = np.argsort([-len(item) for item in items]), np.empty((len(items), 64), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(items), size):
                some = order[start : start + size]
                tokens = parts.tokenizer(
                    [items[i] for i in some],
                    padding=parts.padding,
                    truncation=True,
                    max_length=parts.text_limit,
                    return_tensors="pt",
                )
                out[some] = parts.model.get_text_features(**tokens.to(device)).pooler_output.cpu().numpy()
        return out

    return lambda: encoder.encode_texts(items), bare


def _looped(batch: Callable[[list[Any]], torch.Tensor], items: list[Any], size: int) -> np.ndarray:
    with torch.inference_mode():
        found = [batch(items[start : start + size]).cpu().numpy() for start in range(0, len(items), size)]
    return np.concatenate(found)


def _sentence_transformer(folder: Path, device: str) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device=device, local_files_only=True)


def _encoded(model: Any, items: list[Any], size: int) -> np.ndarray:
    return model.encode(items, batch_size=size, show_progress_bar=False)
