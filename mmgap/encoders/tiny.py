"""A small CLIP that ships as code: the embedded default, with random weights, as Liang's cone effect needs them."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from mmgap.cache import canonical_json
from mmgap.encoders.base import EncoderError
from mmgap.encoders.byte_tokenizer import END, PAD, START, VOCABULARY
from mmgap.encoders.dual import DualEncoder, Parts
from mmgap.encoders.options import Options
from mmgap.encoders.weights import versions

_TOWER = {"hidden_size": 128, "intermediate_size": 512, "num_hidden_layers": 3, "num_attention_heads": 4}

#: Of the model, as `transformers.CLIPConfig` takes it: 1.2 M parameters.
CONFIG: dict[str, Any] = {
    "projection_dim": 64,
    "text_config": {
        **_TOWER,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 77,
        "bos_token_id": START,
        "eos_token_id": END,
        "pad_token_id": PAD,
    },
    "vision_config": {**_TOWER, "image_size": 64, "patch_size": 8},
}

#: Of the image processor: the shorter side to 64 pixels, the middle square, the mean and sd of CLIP.
PROCESSOR: dict[str, Any] = {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}}


class TinyRandom(DualEncoder):
    """A `transformers.CLIPModel` of `CONFIG` with the weights that its own initialisation draws from ``seed``.

    Nothing is downloaded and nothing is trained, so retrieval is at chance; what it shows is the gap that exists
    before training (Liang et al. 2022, section 2): each tower maps everything into a narrow cone of its own.
    """

    def __init__(self, seed: int, name: str, options: Options) -> None:
        super().__init__(name, options)
        self.seed = seed

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """The seed, the configuration, and the releases whose initialisation drew the weights."""
        config = canonical_json({"model": CONFIG, "processor": PROCESSOR})
        return {
            "encoder_family": "tiny-random",
            "weights_seed": self.seed,
            "model_config": hashlib.sha256(config.encode()).hexdigest(),
            "initialisation": "transformers.CLIPModel",
            "pooling": "projected pooler_output",
            "image_backend": "pil",
            **self.options.fingerprint(),
            "numpy": versions(["numpy"])["numpy"],
        }

    def logit_scale(self) -> float:
        """1/0.07, where CLIP's training starts."""
        return 1 / 0.07

    def _load(self) -> Parts:
        import torch
        from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

        from mmgap.encoders.byte_tokenizer import byte_tokenizer

        config = CLIPConfig(**CONFIG, logit_scale_init_value=math.log(self.logit_scale()))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            model = CLIPModel(config)
        return Parts(model, CLIPImageProcessorPil(**PROCESSOR), byte_tokenizer(), text_limit=77)


def random(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> TinyRandom:
    """``tiny-random``, with the weights of ``seed``, or ``tiny-random:SEED``.

    Raises:
        EncoderError: SEED is no whole number ≥ 0, or an option is wrong.
    """
    name = "tiny-random" if argument is None else f"tiny-random:{argument}"
    if argument is not None:
        if not argument.isdecimal():
            raise EncoderError(f"{name}: the seed must be a whole number of at least 0, got {argument!r}")
        seed = int(argument)
    return TinyRandom(seed, name, Options.choose(device, dtype, batch_size, cpu=64))
