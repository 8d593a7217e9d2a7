"""How an encoder is trained: every choice in one value, checked before any model is loaded, part of the row's key.

Standard library only, so that options can be checked and rows resumed without torch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any, get_args, get_type_hints

from mmgap import losses
from mmgap.encoders.base import TrainingError

#: Part of every key; raised when training gives other weights.
FORMAT = 1

#: How much of a tower is trained; ``last-N`` stands for any N ≥ 1.
TUNINGS = ("full", "head", "last-N", "lora", "dora")


@dataclass(frozen=True)
class Recipe:
    """What `mmgap.training.run.trained` follows.

    The defaults are the thesis's where it prints them: DoRA, batch 90, 10 epochs, a constant rate of 1e-5.

    Attributes:
        loss: expression of `mmgap.losses.parse`.
        seed: of the order of the pairs, of new weights, and of dropout.
        tuning: ``full``; ``head`` (the projections alone, so what lies below is computed once); ``last-N`` (the last
            N blocks and the head); ``lora``, ``dora`` (adapters in every attention and MLP layer, by peft).
        towers: ``both``, ``image`` or ``text``: which ones ``tuning`` speaks of; the others stay frozen.
        train_heads: train both heads beside adapters, too.
        epochs, batch_size: the last, smaller batch of an epoch is left out; fewer pairs than a batch are one batch.
        pairs: of an epoch, drawn anew each time; None takes all.
        rate: of AdamW, at its peak. head_rate: of the heads beside adapters; None takes ``rate``.
        schedule: ``constant`` or ``cosine`` (to zero), after a linear warm-up over the share ``warmup`` of all steps.
        beta2: AdamW's memory of squared gradients.
        weight_decay: of matrices; vectors (biases, norms, the logit scale) have none.
        clip: largest norm of the gradient; None leaves it.
        chunk: items whose activations are held at once (`mmgap.training.gradient_cache`); None holds the batch's.
        precision: ``float32``, or ``bfloat16``/``float16`` under autocast; weights stay float32.
        checkpointing: recompute activations in the backward pass.
        scale: ``learned`` or ``frozen``; scale_start: e^τ at the start, None takes the encoder's (else 1/0.07);
            scale_max: where it is clamped.
        rank, alpha, dropout, targets: of LoRA and DoRA; targets name layers, none are all of attention and MLP.
        feature_dropout: share of a head's inputs that are dropped, at random, while training.
        shift: pixels by which each picture is moved at most, at random, while training; features that a frozen trunk
            gave once stay as they are.
        train_captions: ``all`` (each epoch draws one of an image's captions) or ``first``.
        copositives: ``keep`` pairs with equal captions in one batch, where they are false negatives, or ``apart``.
        start: ``as-is``, or ``amended`` (Liang et al. 2022: each modality shifted so that the gap is closed before
            training; the shift stays).
        keep: weights of the ``last`` epoch, or of the ``best`` by R@1 on validation.
        patience: epochs without a better R@1 on validation before it stops; None never stops early.
        deterministic: torch's deterministic algorithms (on a GPU slower; set CUBLAS_WORKSPACE_CONFIG=:4096:8).

    Raises:
        TrainingError: a value that cannot be, named with what can.
    """

    loss: str
    seed: int = 0
    tuning: str = "dora"
    towers: str = "both"
    train_heads: bool = False
    epochs: int = 10
    batch_size: int = 90
    pairs: int | None = None
    rate: float = 1e-5
    head_rate: float | None = None
    schedule: str = "constant"
    warmup: float = 0.0
    beta2: float = 0.999
    weight_decay: float = 0.0
    clip: float | None = None
    chunk: int | None = None
    precision: str = "float32"
    checkpointing: bool = False
    scale: str = "learned"
    scale_start: float | None = None
    scale_max: float = 100.0
    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.0
    targets: str = ""
    feature_dropout: float = 0.0
    shift: int = 0
    train_captions: str = "all"
    copositives: str = "keep"
    start: str = "as-is"
    keep: str = "last"
    patience: int | None = None
    deterministic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "loss", losses.canonical(self.loss))
        for name in (field.name for field in fields(self) if field.name != "loss"):
            object.__setattr__(self, name, _typed(name, getattr(self, name)))
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise TrainingError(f"{name} must be {', '.join(choices)}, got {getattr(self, name)!r}")
        if (self.tuning not in TUNINGS and not re.fullmatch(r"last-[1-9]\d*", self.tuning)) or self.tuning == "last-N":
            raise TrainingError(f"tuning must be {', '.join(TUNINGS)} (last-2, say), got {self.tuning!r}")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise TrainingError(f"{name} must be from {low:g} to {high:g}, got {value!r}")
        if self.rate <= 0 or (self.head_rate is not None and self.head_rate <= 0):
            raise TrainingError(f"rate and head_rate must be above 0, got {self.rate!r} and {self.head_rate!r}")
        if self.scale_start is not None and self.scale_start > self.scale_max:
            raise TrainingError(f"scale_start must be at most scale_max ({self.scale_max:g}), got {self.scale_start:g}")

    @classmethod
    def of(cls, values: Mapping[str, Any], **fixed: Any) -> Recipe:
        """From names and values, which may be text.

        Raises:
            TrainingError: an unknown name, or a value of another type.

        >>> Recipe.of({"epochs": "3", "clip": "none"}, loss="ce").epochs
        3
        """
        known = [field.name for field in fields(cls) if field.name not in ("loss", "seed")]
        for name in values:
            if name not in known:
                raise TrainingError(f"a recipe has no {name!r}; there are {', '.join(known)} (and --loss, --seeds)")
        return cls(**values, **fixed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for keys and files."""
        return asdict(self)

    def rate_at(self, step: int, steps: int) -> float:
        """The share of the peak rate at step 0 … steps − 1.

        >>> recipe = Recipe("ce", schedule="cosine", warmup=0.5)
        >>> [round(recipe.rate_at(step, 4), 2) for step in range(4)]
        [0.5, 1.0, 1.0, 0.5]
        """
        rising = round(self.warmup * steps)
        if step < rising:
            return (step + 1) / rising
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def recipe_values(entries: Iterable[str]) -> dict[str, str]:
    """Names and values out of ``NAME=VALUE`` and ``NAME=VALUE,NAME=VALUE``; a later one wins.

    Raises:
        TrainingError: an entry without ``=``.

    >>> recipe_values(["epochs=3,rate=1e-4", "epochs=5"])
    {'epochs': '5', 'rate': '1e-4'}
    """
    found = {}
    for word in (word.strip() for entry in entries for word in entry.split(",")):
        name, equals, value = word.partition("=")
        if word and not equals:
            raise TrainingError(
                f"--recipe {word}: expected NAME=VALUE, as in --recipe epochs=3 (several targets are joined by +)"
            )
        if word:
            found[name.strip()] = value.strip()
    return found


_CHOICES = {
    "towers": ("both", "image", "text"),
    "schedule": ("constant", "cosine"),
    "precision": ("float32", "bfloat16", "float16"),
    "scale": ("learned", "frozen"),
    "train_captions": ("all", "first"),
    "copositives": ("keep", "apart"),
    "start": ("as-is", "amended"),
    "keep": ("last", "best"),
}

_RANGES = {
    "seed": (0, 2**31),
    "epochs": (1, 1e6),
    "batch_size": (2, 1e7),
    "pairs": (2, 1e9),
    "rate": (0, 10),
    "head_rate": (0, 10),
    "warmup": (0, 1),
    "beta2": (0, 0.9999999),
    "weight_decay": (0, 100),
    "shift": (0, 1000),
    "clip": (1e-9, 1e9),
    "chunk": (1, 1e7),
    "scale_start": (1e-3, 1e4),
    "scale_max": (1e-3, 1e4),
    "rank": (1, 1e5),
    "alpha": (1e-6, 1e6),
    "dropout": (0, 0.99),
    "feature_dropout": (0, 0.99),
    "patience": (1, 1e6),
}


@cache
def _hints() -> dict[str, Any]:
    return get_type_hints(Recipe)


def _typed(name: str, value: Any) -> Any:
    """``value``, which may be text, as the field's type; ``none`` where the field may be None."""
    hint = _hints()[name]
    kinds = get_args(hint) or (hint,)
    text = str(value).lower()
    if text == "none" and type(None) in kinds:
        return None
    kind = kinds[0]
    try:
        if kind is bool:
            return {"true": True, "false": False, "1": True, "0": False}[text]
        if kind in (int, float) and (isinstance(value, bool) or (kind is int and not _is_whole(value))):
            raise ValueError
        return kind(value)
    except (KeyError, ValueError, TypeError, OverflowError):
        words = {bool: "true or false", int: "a whole number", float: "a number"}
        raise TrainingError(f"{name} must be {words[kind]}, got {value!r}") from None


def _is_whole(value: Any) -> bool:
    """Whether it is a whole number, as text or as it is; of any size, as the ranges say which are too large."""
    return float(value) == int(value) or (isinstance(value, str) and value.strip().lstrip("+-").isdecimal())
