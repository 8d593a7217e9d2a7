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


def _sentence_transformer(folder: Path, device: str) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device=device, local_files_only=True)


def _encoded(model: Any, items: list[Any], size: int) -> np.ndarray:
    return model.encode(items, batch_size=size, show_progress_bar=False)
