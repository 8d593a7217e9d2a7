"""A small CLIP that ships with the package: with random weights as Liang's cone effect needs them, and trained."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

from mmgap.core.cache import canonical_json
from mmgap.core.messages import quoted
from mmgap.encoders.base import EncoderError
from mmgap.encoders.dual import DualEncoder, Parts
from mmgap.encoders.hugging_face import HuggingFaceEncoder
from mmgap.encoders.model_options import Options, whole_seed
from mmgap.encoders.weights import file_hash, versions

#: The tokenizer of both, and the weights of the trained one; `mmgap.training.tiny_training` makes them.
FILES = Path(__file__).parent / "tiny_clip"

#: Special tokens, and how many tokens a text may have.
START, END, PAD, LENGTH = "<|start|>", "<|end|>", "<|pad|>", 77

_TOWER = {"hidden_size": 128, "intermediate_size": 512, "num_attention_heads": 4}

#: Of the model, as `transformers.CLIPConfig` takes it, but for its tokens: 1.2 M parameters.
CONFIG: dict[str, Any] = {
    "projection_dim": 64,
    "text_config": {**_TOWER, "num_hidden_layers": 2, "max_position_embeddings": LENGTH},
    "vision_config": {**_TOWER, "num_hidden_layers": 3, "image_size": 48, "patch_size": 12},
}

#: Of the image processor: the shorter side to 48 pixels, the middle square, the mean and sd of CLIP.
PROCESSOR: dict[str, Any] = {"size": {"shortest_edge": 48}, "crop_size": {"height": 48, "width": 48}}


class TinyRandom(DualEncoder):
    """A `transformers.CLIPModel` of `CONFIG` with the weights that its own initialisation draws from ``seed``.

    Nothing is downloaded and nothing is trained, so retrieval is at chance; what it shows is the gap that exists
    before training (Liang et al. 2022, section 2): each tower maps everything into a narrow cone of its own.
    """

    def __init__(self, seed: int, name: str, options: Options, tokenizer: Path = FILES) -> None:
        super().__init__(name, options)
        self.seed, self.tokenizer = seed, tokenizer

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return the seed, the configuration, and the releases whose initialisation drew the weights."""
        config = canonical_json({"model": CONFIG, "processor": PROCESSOR})
        return {
            "encoder_family": "tiny-random",
            "weights_seed": self.seed,
            "model_config": hashlib.sha256(config.encode()).hexdigest(),
            "tokenizer": file_hash(self.tokenizer / "tokenizer.json"),
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
        from transformers import AutoTokenizer, CLIPConfig, CLIPImageProcessorPil, CLIPModel

        tokenizer = AutoTokenizer.from_pretrained(self.tokenizer, local_files_only=True, trust_remote_code=False)
        tokens = {
            "vocab_size": len(tokenizer),
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        }
        text = {**CONFIG["text_config"], **tokens}
        config = CLIPConfig(**{**CONFIG, "text_config": text}, logit_scale_init_value=math.log(self.logit_scale()))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            model = CLIPModel(config)
        return Parts(model, CLIPImageProcessorPil(**PROCESSOR), tokenizer, text_limit=LENGTH)


def random(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> TinyRandom:
    """Return ``tiny-random``, with the weights of ``seed``, or ``tiny-random:SEED``.

    Raises:
        EncoderError: SEED is no whole number from 0 to 2⁶³ − 1, or an option is wrong.
    """
    name = "tiny-random" if argument is None else f"tiny-random:{argument}"
    if argument is not None:
        seed = whole_seed(argument, name, 2**63 - 1)
    return TinyRandom(seed, name, Options.choose(device, dtype, batch_size, cpu=64))


def trained(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> HuggingFaceEncoder:
    """Return ``tiny``: the same model, trained on textured glyphs with English captions; it knows no flat pictogram and
    no Spanish. Its card lies beside its weights.

    Raises:
        EncoderError: an argument, or a wrong option.
    """
    if argument is not None:
        raise EncoderError(f"tiny takes no argument, got {quoted(argument)!r}; random weights are tiny-random:SEED")
    return HuggingFaceEncoder(str(FILES), None, "tiny", Options.choose(device, dtype, batch_size, cpu=64))
