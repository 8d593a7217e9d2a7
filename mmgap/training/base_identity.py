"""What a training starts from, as its folder names it: the encoder's spec, and the digest of its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmgap.core.cache import key_digest
from mmgap.encoders import Encoder
from mmgap.encoders.trainable import trainable

#: What of an encoder's fingerprint may differ between the machine that trained and the one that encodes; the releases
#: that drew random weights may not.
_PASSING = {"dtype", "device_kind", "libraries", "numpy", "sentence_transformers"}
_DRAWN = "weights_seed"


def content_of(encoder: Encoder) -> str:
    """Return the digest of an encoder's weights and how vectors are read off them, whatever it runs on.

    The projection of two towers is none of it: what was trained replaces it, and the data it was fitted on may be
    elsewhere.

    Raises:
        TrainingError: the encoder cannot be trained.
    """
    return key_digest(_lasting((trainable(encoder).trunk_encoder() or encoder).fingerprint()))


def spec_of(encoder: Encoder) -> str:
    """Return the spec that makes this very encoder: with the seed of random weights."""
    seed = getattr(encoder, "seed", None)
    return encoder.name if seed is None or ":" in encoder.name else f"{encoder.name}:{seed}"


def _lasting(value: Any) -> Any:
    if isinstance(value, Mapping):
        passing = _PASSING - {"libraries"} if _DRAWN in value else _PASSING
        return {name: _lasting(entry) for name, entry in value.items() if name not in passing}
    return value
