"""The losses by name: each is a file of its name and a line here; the stub ``__init__.pyi`` has their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmgap.core.registry import Registry

if TYPE_CHECKING:
    from mmgap.losses.term import LossFunction

#: Functions ``(x, y, *, logit_scale=…, **options) -> 0-d tensor``. Raise an entry's version (``version=2``) when its
#: values change.
registry: Registry[LossFunction] = Registry("loss", group="mmgap.losses")
registry.lazy("ce", "mmgap.losses.ce:ce")
registry.lazy("intra", "mmgap.losses.intra:intra")
registry.lazy("inter", "mmgap.losses.inter:inter")
registry.lazy("anti", "mmgap.losses.anti:anti")
registry.lazy("var", "mmgap.losses.var:var")
registry.lazy("cyclip_inter", "mmgap.losses.cyclip_inter:cyclip_inter")
registry.lazy("cyclip_intra", "mmgap.losses.cyclip_intra:cyclip_intra")
registry.lazy("cyclip", "mmgap.losses.cyclip:cyclip")
registry.lazy("siglip", "mmgap.losses.siglip:siglip")
registry.lazy("align", "mmgap.losses.align:align")
registry.lazy("uniform", "mmgap.losses.uniform:uniform")
registry.lazy("infoloob", "mmgap.losses.infoloob:infoloob")
registry.lazy("opl", "mmgap.losses.opl:opl")
registry.lazy("margin", "mmgap.losses.margin:margin")
registry.lazy("centroid", "mmgap.losses.centroid:centroid")
