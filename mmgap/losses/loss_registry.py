"""The losses by name: each is a file of its name and a line here; the stub ``__init__.pyi`` has their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmgap.core.registry import Registry

if TYPE_CHECKING:
    from mmgap.losses.term import LossFunction

#: Functions ``(x, y, *, logit_scale=…, **options) -> 0-d tensor``. Raise an entry's version (``version=2``) when its
#: values change; ``shown`` are the sums in the grid that stand for it, where it is nothing to train by alone.
registry: Registry[LossFunction] = Registry("loss", group="mmgap.losses")
registry.lazy("ce", "mmgap.losses.ce:ce")
registry.lazy("intra", "mmgap.losses.intra:intra", shown=("ce+intra",))
registry.lazy("inter", "mmgap.losses.inter:inter", shown=("ce+intra+inter",))
registry.lazy("var", "mmgap.losses.var:var", shown=("ce+var",))
registry.lazy("anti", "mmgap.losses.anti:anti", shown=("ce+anti", "ce+anti+var"))
registry.lazy("cyclip_inter", "mmgap.losses.cyclip_inter:cyclip_inter", shown=())
registry.lazy("cyclip_intra", "mmgap.losses.cyclip_intra:cyclip_intra", shown=())
registry.lazy("cyclip", "mmgap.losses.cyclip:cyclip")
registry.lazy("siglip", "mmgap.losses.siglip:siglip", shown=())
registry.lazy("align", "mmgap.losses.align:align", shown=())
registry.lazy("uniform", "mmgap.losses.uniform:uniform", shown=())
registry.lazy("infoloob", "mmgap.losses.infoloob:infoloob", shown=())
registry.lazy("opl", "mmgap.losses.opl:opl", shown=())
registry.lazy("margin", "mmgap.losses.margin:margin", shown=())
registry.lazy("centroid", "mmgap.losses.centroid:centroid", shown=())
registry.lazy("cu", "mmgap.losses.cu:cu", shown=("ce+align+cu",))
registry.lazy("xuniform", "mmgap.losses.xuniform:xuniform", shown=("ce+align+uniform+xuniform",))
registry.lazy("barlow", "mmgap.losses.barlow:barlow", shown=("ce+0.024*barlow",))
registry.lazy("imsep", "mmgap.losses.imsep:imsep", shown=("ce+0.5*imsep",))
