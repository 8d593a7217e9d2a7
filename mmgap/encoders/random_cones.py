"""The cone effect: networks with random weights map whatever they see into a narrow cone, another one per seed.

Liang et al., "Mind the gap" (NeurIPS 2022), section 2: the gap between two modalities exists before training,
because each tower starts from its own random weights. Figures 3.1 and 3.3 of the thesis show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.core.progress import progress_bar
from mmgap.core.threads import one_thread
from mmgap.encoders.base import EncoderError
from mmgap.metrics.cosines import cone

if TYPE_CHECKING:
    import torch

#: What each architecture reads.
ARCHITECTURES = {"resnet": "image", "vit": "image", "text-transformer": "text"}

#: Images are seen at this many pixels a side, texts up to this many bytes.
SIDE, LENGTH = 64, 77


@dataclass(frozen=True, eq=False)
class RandomCone:
    """What one random network makes of N items.

    Attributes:
        architecture: one of `ARCHITECTURES`.
        seed: of its weights.
        vectors: (N, d) float32, of unit norm.
        mean, std, minimum: of the N(N−1)/2 cosines between them.
    """

    architecture: str
    seed: int
    vectors: np.ndarray
    mean: float
    std: float
    minimum: float


def random_cones(architecture: str, items: Sequence[Any], seeds: Iterable[int]) -> list[RandomCone]:
    """Return the same items through one freshly initialised network per seed.

    Args:
        architecture: ``"resnet"`` (ResNet-18's plan at half width), ``"vit"`` (6 layers, patches of 16 pixels) or
            ``"text-transformer"`` (CLIP's text model, 6 layers, bytes); each with its own initialisation of
            transformers.
        items: RGB images of any size, or texts, as the architecture reads; at least 2.
        seeds: of the weights.

    Raises:
        EncoderError: an unknown architecture, or fewer than 2 items.
    """
    inputs = network_inputs(architecture, items)
    with one_thread():
        return [random_cone(architecture, seed, inputs) for seed in progress_bar(seeds, architecture)]


def random_cone(architecture: str, seed: int, inputs: dict[str, torch.Tensor]) -> RandomCone:
    """Return one network of ``seed`` on prepared `network_inputs`."""
    import torch

    network = random_network(architecture, seed)
    first = next(iter(inputs.values()))
    with torch.inference_mode():
        batches = [_vectors(network, {k: v[i : i + 32] for k, v in inputs.items()}) for i in range(0, len(first), 32)]
    vectors = torch.nn.functional.normalize(torch.cat(batches).double(), dim=1).float().numpy()
    found = cone(vectors)
    return RandomCone(architecture, seed, vectors, found.mean, found.std, found.minimum)


def random_network(architecture: str, seed: int) -> Any:
    """Return an untrained network, in evaluation mode, with the weights that its own initialisation draws from
    ``seed``."""
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, ResNetConfig, ResNetModel, ViTConfig, ViTModel

    from mmgap.encoders.byte_tokenizer import END, PAD, START, VOCABULARY

    _check(architecture)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if architecture == "resnet":
            widths = [32, 64, 128, 256]
            plan = ResNetConfig(embedding_size=32, hidden_sizes=widths, depths=[2, 2, 2, 2], layer_type="basic")
            return ResNetModel(plan).eval()
        size: dict[str, Any] = {
            "hidden_size": 128,
            "intermediate_size": 512,
            "num_hidden_layers": 6,
            "num_attention_heads": 4,
        }
        if architecture == "vit":
            return ViTModel(ViTConfig(**size, image_size=SIDE, patch_size=16), add_pooling_layer=False).eval()
        tokens: dict[str, Any] = {
            "bos_token_id": START,
            "eos_token_id": END,
            "pad_token_id": PAD,
            "vocab_size": VOCABULARY,
        }
        return CLIPTextModel(CLIPTextConfig(**size, **tokens, max_position_embeddings=LENGTH)).eval()


def network_inputs(architecture: str, items: Sequence[Any]) -> dict[str, torch.Tensor]:
    """Items as the architecture takes them: pixels in [−1, 1] of the squashed image, or the bytes of the text."""
    import torch

    from mmgap.encoders.byte_tokenizer import byte_tokenizer

    _check(architecture)
    if len(items) < 2:
        raise EncoderError(f"a cone needs at least 2 items, got {len(items)}")
    if ARCHITECTURES[architecture] == "text":
        return dict(byte_tokenizer(LENGTH)(list(items), padding=True, truncation=True, return_tensors="pt"))
    squashed = np.stack([np.asarray(image.convert("RGB").resize((SIDE, SIDE))) for image in items])
    return {"pixel_values": torch.from_numpy(squashed).permute(0, 3, 1, 2).float() / 127.5 - 1}


def seeds_apart(cones: Sequence[RandomCone]) -> float:
    """Return the mean cosine of the same kind of network between seeds: every item of one against every item of
    another.

    Near 0 where each seed has a cone of its own; compare `RandomCone.mean`, the mean cosine within one.

    Raises:
        EncoderError: fewer than 2 cones.
    """
    if len(cones) < 2:
        raise EncoderError(f"seeds are compared in pairs, got {len(cones)} cone(s)")
    centres = np.stack([cone.vectors.mean(axis=0, dtype=np.float64) for cone in cones])
    products = centres @ centres.T
    count = len(cones)
    return float((products.sum() - np.trace(products)) / (count * (count - 1)))


def cosine_by_depth(
    activation: str, *, depth: int = 12, width: int = 512, items: int = 200, seed: int = 0
) -> np.ndarray:
    """Return the mean cosine between random vectors after 0, 1, …, ``depth`` random layers, (depth + 1,) float64.

    A layer is ``φ(W·v + b)`` with entries of W and b normal of variance 1/width. Each non-linear layer brings
    vectors closer (Liang et al., theorem 1); without a non-linearity they hardly move.

    Args:
        activation: φ: ``"relu"``, ``"sigmoid"``, ``"tanh"`` or ``"linear"``.
        depth: layers.
        width: dimensions of every layer.
        items: vectors, drawn standard normal.
        seed: of vectors and weights.

    Raises:
        EncoderError: an unknown activation.

    >>> bool(cosine_by_depth("relu", depth=4)[-1] > cosine_by_depth("linear", depth=4)[-1])
    True
    """
    functions: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "relu": lambda v: np.maximum(v, 0),
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "tanh": np.tanh,
        "linear": lambda v: v,
    }
    if activation not in functions:
        raise EncoderError(f"unknown activation {activation!r}; known: {', '.join(functions)}")
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((items, width))
    means = [_mean_cosine(vectors)]
    for _ in range(depth):
        weight = generator.normal(0, width**-0.5, (width, width))
        bias = generator.normal(0, width**-0.5, width)
        vectors = functions[activation](vectors @ weight + bias)
        means.append(_mean_cosine(vectors))
    return np.array(means)


def _mean_cosine(vectors: np.ndarray) -> float:
    return cone(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).mean


def _vectors(network: Any, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    output = network(**batch)
    pooled = getattr(output, "pooler_output", None)
    return output.last_hidden_state[:, 0] if pooled is None else pooled.flatten(1)


def _check(architecture: str) -> None:
    if architecture not in ARCHITECTURES:
        raise EncoderError(f"unknown architecture {architecture!r}; known: {', '.join(ARCHITECTURES)}")
