"""Spaces by name, between encoding and measuring: ``parse("shift:0.75").fit(train, validation).transform(…)``.

A space works on the vectors of any encoder, and on saved ones.

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> train = Pairs("mine", "train", rng.normal(size=(50, 4)) + 3, rng.normal(size=(50, 4)), np.arange(50))
>>> fitted = parse("centre").fit(train)
>>> images, texts = fitted.transform(train.images, train.texts)
>>> images.shape, bool(np.abs(images.mean(axis=0)).max() < 0.2)
((50, 4), True)
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from mmgap.core.messages import quoted
from mmgap.core.registry import Registry
from mmgap.spaces.affine import Affine, SpaceError, StrengthError
from mmgap.spaces.composition import Composition
from mmgap.spaces.fitted import Fitted
from mmgap.spaces.fitted_files import read_fitted
from mmgap.spaces.maps import Map, PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.second_moments import Moments
from mmgap.spaces.space import Space
from mmgap.spaces.specs import made, steps

#: Subclasses of `Space`. Raise an entry's version (``version=2``) when what it makes of vectors changes.
registry: Registry[type[Space]] = Registry("space", group="mmgap.spaces")
registry.lazy("centre", "mmgap.spaces.centre:Centre")
registry.lazy("shift", "mmgap.spaces.shift:Shift", version=2)
registry.lazy("zscore", "mmgap.spaces.zscore:ZScore")
registry.lazy("whiten", "mmgap.spaces.whiten:Whiten")
registry.lazy("zca", "mmgap.spaces.zca:ZCA")
registry.lazy("pca-drop", "mmgap.spaces.pca_drop:PCADrop")
registry.lazy("gap-drop", "mmgap.spaces.gap_drop:GapDrop")
registry.lazy("project-gap", "mmgap.spaces.project_gap:ProjectGap")
registry.lazy("ridge", "mmgap.spaces.ridge:Ridge")
registry.lazy("cca", "mmgap.spaces.cca:CCA")
registry.lazy("procrustes", "mmgap.spaces.procrustes:Procrustes")
registry.lazy("random", "mmgap.spaces.random_matrix:Random")
registry.lazy("nnn", "mmgap.spaces.nnn:NNN")
registry.lazy("qb-norm", "mmgap.spaces.qb_norm:QBNorm")
registry.lazy("sinkhorn", "mmgap.spaces.sinkhorn:Sinkhorn")


def parse(spec: str) -> Space:
    """Return the space that ``spec`` names; of several steps joined by ``+`` their composition.

    Args:
        spec: ``NAME``, ``NAME:VALUE`` (its first option), ``NAME:option=value,…``, and any number of these joined by
            ``+``: maps first, then at most one scorer.

    Raises:
        UnknownNameError: no such space; the message says which ones are near.
        SpaceError: an option or a value that it does not have; a scorer that is not last.

    >>> parse("shift:delta=0.50,side=text + centre").spec
    'shift:0.5,side=text+centre'
    """
    found = tuple(made(registry.get(name), name, options) for name, options in steps(spec))
    return found[0] if len(found) == 1 else Composition(found, name="+".join(step.name for step in found))


def ladders() -> tuple[str, ...]:
    """Return every registered space at each of its strengths, from weak to strong: what a frontier is drawn of."""
    return tuple(dict.fromkeys(spec for name in registry.specs() for spec in parse(name).ladder()))


def load(path: str | Path) -> Fitted:
    """Return the fitted space that `Fitted.save` wrote, a map, a scorer or a composition.

    Raises:
        SpaceError: the file is damaged, of something else or of another name; one line that says so.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> train = Pairs("mine", "train", rng.normal(size=(50, 4)), rng.normal(size=(50, 4)), np.arange(50))
    >>> load(parse("zca:0.1").fit(train).save("zca.safetensors", "zca:0.1")).strength
    0.1
    """
    path = Path(path)
    arrays, about = read_fitted(path)
    try:
        found = parse(about["spec"]).restored(arrays)
        for name, array in found.arrays().items():
            if name not in arrays or arrays[name].shape != array.shape:
                raise SpaceError(f"holds no {name} of the shape {array.shape}")
    except (LookupError, ValueError, TypeError) as error:
        raise SpaceError(f"fitted space {path} cannot be read as {quoted(about['spec'])!r}: {error}") from error
    return replace(found, strength=about["strength"], pairs=about["pairs"])


def canonical(spec: str) -> str:
    """Return the one spelling of a space.

    Raises:
        UnknownNameError, SpaceError: as `parse`.
    """
    return parse(spec).spec


def is_control(spec: str) -> bool:
    """Return whether a space, or a step of it, shows what chance gives, so that nothing follows from what it does; one
    that is no longer registered does not.

    >>> is_control("random:3"), is_control("random+centre"), is_control("centre")
    (True, True, False)
    """
    try:
        return parse(spec).control
    except (LookupError, ValueError):
        return False


def identities(spec: str) -> dict[str, dict[str, Any]]:
    """Return what stands for the code of each step in keys, as ``{"space:cca": {"version": 1}}``."""
    return {f"space:{name}": registry.identity(name) for name, _ in steps(spec)}


__all__ = [
    "Affine",
    "Fitted",
    "Map",
    "Moments",
    "PairMap",
    "Pairs",
    "Space",
    "SpaceError",
    "StrengthError",
    "canonical",
    "identities",
    "is_control",
    "ladders",
    "load",
    "parse",
    "registry",
]
