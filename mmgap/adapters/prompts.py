"""Class vectors from names: a prompt, or an ensemble of prompts, through the text tower."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mmgap.adapters.labelled_vectors import AdapterError, unit_rows

#: Seven prompts of the authors of Tip-Adapter for ImageNet, chosen from OpenAI's eighty.
ENSEMBLE = (
    "itap of a {}.",
    "a bad photo of the {}.",
    "a origami {}.",
    "a photo of the large {}.",
    "a {} in a video game.",
    "art of the {}.",
    "a photo of the small {}.",
)


def filled(templates: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the texts of all names in the first template, then in the second …

    Raises:
        AdapterError: a template without exactly one ``{}``; no template; no name, or an empty one.

    >>> filled(("a photo of a {}.", "art of the {}."), ["cat", "dog"])
    ['a photo of a cat.', 'a photo of a dog.', 'art of the cat.', 'art of the dog.']
    """
    for template in templates:
        if template.count("{}") != 1:
            raise AdapterError(f"a prompt needs exactly one {{}} where the name goes, got {template!r}")
    if not templates or not names or not all(name.strip() for name in names):
        raise AdapterError("class vectors need a prompt, and names none of which is empty")
    return [template.replace("{}", name) for template in templates for name in names]


def class_vectors(
    encode: Callable[[list[str]], np.ndarray], names: Sequence[str], templates: Sequence[str] = ("a photo of a {}.",)
) -> np.ndarray:
    """Return (C, d) unit class vectors: each prompt's vector made unit, their mean over the prompts made unit again.

    Args:
        encode: texts to (M, d) vectors, such as an encoder's ``encode_texts``.
        names: of the C classes.
        templates: prompts with ``{}`` where the name goes; one, or an ensemble such as `ENSEMBLE`.

    Raises:
        AdapterError: as `filled`; vectors that are zero or not finite.

    >>> class_vectors(lambda texts: np.array([[len(text), 3.0] for text in texts]), ["cat"], ("{}y",)).tolist()
    [[0.8, 0.6]]
    """
    rows = unit_rows(encode(filled(templates, names)), "prompts")
    return unit_rows(rows.reshape(len(templates), len(names), -1).mean(axis=0), "classes")
