"""Losses: one function each, summed by expressions such as ``"ce+0.5*intra-0.1*var"``.

Every term is ``f(x, y, *, logit_scale=…, **options) -> 0-d tensor`` on image and text vectors of one shape (N, d),
pair i = row i of both. Terms expect unit rows and never normalise. A term whose value does not depend on the logit
scale accepts and ignores it, so that all are called alike.

Importing this package, and listing or checking names, costs the standard library only; torch comes with a term.

>>> import mmgap.losses
>>> mmgap.losses.canonical("0.50*var + ce")
'ce+0.5*var'
>>> mmgap.losses.parse("ce-0.1*var")
LossSum('ce-0.1*var')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mmgap.core.registry import Registry

if TYPE_CHECKING:
    from mmgap.losses.total import LossSum

#: Functions ``(x, y, *, logit_scale=…, **options) -> 0-d tensor``. Raise an entry's version (``version=2``) when its
#: values change; ``shown`` are the sums in the grid that stand for it, where it is nothing to train by alone.
registry: Registry[Any] = Registry("loss", group="mmgap.losses")
registry.lazy("ce", "mmgap.losses.contrastive:ce")
registry.lazy("intra", "mmgap.losses.orthogonal:intra", shown=("ce+intra",))
registry.lazy("inter", "mmgap.losses.orthogonal:inter", shown=("ce+intra+inter",))
registry.lazy("var", "mmgap.losses.variance:var", shown=("ce+var",))
registry.lazy("anti", "mmgap.losses.orthogonal:anti", shown=("ce+anti", "ce+anti+var"))
registry.lazy("cyclip_inter", "mmgap.losses.cyclic:cyclip_inter", shown=())
registry.lazy("cyclip_intra", "mmgap.losses.cyclic:cyclip_intra", shown=())
registry.lazy("cyclip", "mmgap.losses.cyclic:cyclip")
registry.lazy("siglip", "mmgap.losses.sigmoid:siglip", shown=())
registry.lazy("align", "mmgap.losses.align_uniform:align", shown=())
registry.lazy("uniform", "mmgap.losses.align_uniform:uniform", shown=())
registry.lazy("infoloob", "mmgap.losses.leave_one_out:infoloob", shown=())
registry.lazy("opl", "mmgap.losses.projection:opl", shown=())
registry.lazy("margin", "mmgap.losses.hadsell:margin", shown=())
registry.lazy("centroid", "mmgap.losses.centroids:centroid", shown=())


def parse(expression: str) -> LossSum:
    """The loss that ``expression`` writes: a module ``loss(x, y, logit_scale=…) -> 0-d tensor``.

    Args:
        expression: signed terms, each with an optional weight before it and options behind it:
            ``"ce+0.5*intra-0.1*var"``, ``"ce + 1e-3*cyclip_inter(reduction=row)"``.

    Returns:
        `mmgap.losses.total.LossSum`. Its ``parameters()`` are those that a term learns (the bias of ``siglip``).

    Raises:
        LossExpressionError: it is empty, malformed, names a term twice, or adds a term to one that holds it.
        UnknownNameError: no such term; the message says which ones are near.
    """
    from mmgap.losses.total import LossSum

    return LossSum(expression)


def canonical(expression: str) -> str:
    """The one spelling shared by all expressions of the same sum (order, spaces, ``1*``, ``0.50``); needs no torch.

    Raises:
        LossExpressionError, UnknownNameError: as `parse`. Options are checked by `parse` only.
    """
    from mmgap.losses.expression import read, write

    return write(read(expression))


def identities(expression: str) -> dict[str, dict[str, Any]]:
    """What stands for the code of each term in keys, as ``{"loss:ce": {"version": 1}}``; mmgap's own need no torch.

    Raises:
        LossExpressionError, UnknownNameError: as `parse`.
    """
    from mmgap.losses.expression import read

    return {f"loss:{part.name}": registry.identity(part.name) for part in read(expression)}


def __getattr__(name: str) -> Any:
    if name in registry:
        return registry.get(name)
    raise AttributeError(f"module 'mmgap.losses' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *registry])


__all__ = ["canonical", "identities", "parse", "registry"]
