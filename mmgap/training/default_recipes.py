"""The recipe of each family of encoders where nobody asks for another: chosen on validation splits, never on test."""

from __future__ import annotations

from typing import Any

from mmgap.training.recipe import TrainingError

#: Family → what differs from the defaults of `mmgap.training.recipe.Recipe`, which are the thesis's.
USUAL: dict[str, dict[str, Any]] = {
    "tiny-random": {
        "tuning": "full",
        "epochs": 30,
        "batch_size": 128,
        "rate": 1e-3,
        "schedule": "cosine",
        "warmup": 0.05,
        "beta2": 0.98,
        "weight_decay": 0.1,
        "clip": 1.0,
        "scale_start": 50.0,
        "shift": 3,
    },
    "tiny": {
        "tuning": "full",
        "epochs": 2,
        "batch_size": 128,
        "pairs": 3072,
        "rate": 1e-3,
        "schedule": "cosine",
        "warmup": 0.1,
        "weight_decay": 0.1,
        "clip": 1.0,
    },
    "clip-vit-l-14": {"checkpointing": True},
    "two-towers": {
        "tuning": "head",
        "epochs": 20,
        "batch_size": 500,
        "rate": 3e-3,
        "schedule": "cosine",
        "warmup": 0.1,
        "feature_dropout": 0.2,
    },
}


def usual(spec: str) -> dict[str, Any]:
    """What a recipe for this encoder says unasked; a trained encoder goes on as its base would.

    >>> usual("two-towers:mobilenet-v2,minilm,random")["tuning"], usual("clip-vit-l-14"), usual("clip-vit-b-32")
    ('head', {'checkpointing': True}, {})
    """
    family, _, argument = spec.partition(":")
    return usual(_base(argument)) if family == "trained" else dict(USUAL.get(family, {}))


def _base(source: str) -> str:
    """The encoder that a trained one began with; an absent folder is named when the encoder itself is asked for.

    Raises:
        TrainingError: its description cannot be read, or leads back to itself.
    """
    from mmgap.core.paths import MissingDataError
    from mmgap.encoders import EncoderError
    from mmgap.training.trained_bases import beginning

    try:
        return beginning(source)
    except MissingDataError:
        return ""
    except EncoderError as error:
        raise TrainingError(str(error)) from error
