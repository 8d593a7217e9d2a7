"""Adapters by name: a few images of each class improve zero-shot classification, on the vectors of any encoder.

``parse("tip-adapter").fit(shots, classes).logits(images)``; what was fitted on or chosen by cannot be measured.

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> classes = rng.normal(size=(3, 8))
>>> shots = LabelledVectors(classes.repeat(2, axis=0) + rng.normal(size=(6, 8)), np.arange(3).repeat(2))
>>> fitted = parse("gda").fit(shots, classes)
>>> fitted.logits(classes + 0.1).argmax(axis=1).tolist()
[0, 1, 2]
>>> fitted.logits(shots.images[:1])
Traceback (most recent call last):
...
mmgap.adapters.labelled_vectors.AdapterError: LEAK: 1 of the 1 measured vectors are among the shots or validation ...
"""

from __future__ import annotations

from typing import Any

from mmgap.adapters.adapter import SCALE, Adapter, FittedAdapter, Head, Try
from mmgap.adapters.labelled_vectors import AdapterError, LabelledVectors
from mmgap.adapters.prompts import ENSEMBLE, class_vectors
from mmgap.core import spec_options
from mmgap.core.registry import Registry

#: Subclasses of `Adapter`. Raise an entry's version (``version=2``) when what it makes of vectors changes.
registry: Registry[type[Adapter]] = Registry("adapter", group="mmgap.adapters")
registry.lazy("zero-shot", "mmgap.adapters.zero_shot:ZeroShot")
registry.lazy("clip-adapter", "mmgap.adapters.clip_adapter:CLIPAdapter")
registry.lazy("tip-adapter", "mmgap.adapters.tip_adapter:TipAdapter")
registry.lazy("tip-adapter-f", "mmgap.adapters.tip_adapter_f:TipAdapterF")
registry.lazy("tip-x", "mmgap.adapters.tip_x:TipX")
registry.lazy("taskres", "mmgap.adapters.taskres:TaskRes")
registry.lazy("gda", "mmgap.adapters.gda:GDA")
registry.lazy("proker", "mmgap.adapters.proker:ProKeR")
registry.lazy("lp++", "mmgap.adapters.lp_plus_plus:LPPlusPlus")
registry.lazy("clap", "mmgap.adapters.clap:CLAP")

#: The baseline, which needs no shots.
ZERO_SHOT = "zero-shot"

#: Names that others know an adapter by.
ALIASES = {"lp-plus-plus": "lp++"}


def parse(spec: str) -> Adapter:
    """Return the adapter that ``spec`` names; adapters do not compose, so that a ``+`` is part of a name.

    Args:
        spec: ``NAME``, ``NAME:VALUE`` (its first option) or ``NAME:option=value,…``.

    Raises:
        UnknownNameError: no such adapter; the message says which ones are near.
        AdapterError: an option or a value that it does not have; ``select=test`` without ``protocol=legacy``.

    >>> parse("tip-adapter:alpha=1.170,beta=2").spec, parse("lp-plus-plus").spec
    ('tip-adapter:beta=2', 'lp++')
    """
    name, options = _split(spec)
    return spec_options.made(registry.get(name), name, options, "adapter", AdapterError)


def canonical(spec: str) -> str:
    """Return the one spelling of an adapter.

    Raises:
        UnknownNameError, AdapterError: as `parse`.
    """
    return parse(spec).spec


def identities(spec: str) -> dict[str, dict[str, Any]]:
    """Return what stands for the code of an adapter in keys, as ``{"adapter:gda": {"version": 1}}``."""
    name, _ = _split(spec)
    return {f"adapter:{name}": registry.identity(name)}


def _split(spec: str) -> tuple[str, str]:
    """The registered name and the options as they are written."""
    name, _, options = spec.partition(":")
    return ALIASES.get(name.strip(), name.strip()), options


__all__ = [
    "ENSEMBLE",
    "SCALE",
    "ZERO_SHOT",
    "Adapter",
    "AdapterError",
    "FittedAdapter",
    "Head",
    "LabelledVectors",
    "Try",
    "canonical",
    "class_vectors",
    "identities",
    "parse",
    "registry",
]
