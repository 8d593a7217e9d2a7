"""Linear maps between two spaces by name, fitted on pairs: ``fit("ridge", train, validation)``."""

from __future__ import annotations

from mmgap.core.registry import Registry
from mmgap.spaces.fitting import Fitted, Pairs, fit
from mmgap.spaces.maps import Affine, Method, PairMap, SpaceError
from mmgap.spaces.second_moments import Moments

#: Raise an entry's version (``version=2``) when what it fits changes.
registry: Registry[Method] = Registry("projection", group="mmgap.spaces")
registry.lazy("ridge", "mmgap.spaces.ridge:METHOD")
registry.lazy("cca", "mmgap.spaces.cca:METHOD")
registry.lazy("procrustes", "mmgap.spaces.procrustes:METHOD")

__all__ = ["Affine", "Fitted", "Method", "Moments", "PairMap", "Pairs", "SpaceError", "fit", "registry"]
