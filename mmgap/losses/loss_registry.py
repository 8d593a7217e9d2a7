"""The losses by name: mmgap's own are the stub's lines ``from .NAME import NAME``, others come by entry points."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mmgap.core.registry import Registry

if TYPE_CHECKING:
    from mmgap.losses.term import LossFunction

#: Raise a loss's version when its values change; where none is said it is 1.
VERSIONS: dict[str, int] = {}

_STUB = Path(__file__).with_name("__init__.pyi").read_text(encoding="utf-8")

#: Functions ``(x, y, *, logit_scale=…, **options) -> 0-d tensor``, each in the file that is named after it.
registry: Registry[LossFunction] = Registry("loss", group="mmgap.losses")
for _name in re.findall(r"^from \.(\w+) import \1 as \1$", _STUB, re.MULTILINE):
    registry.lazy(_name, f"mmgap.losses.{_name}:{_name}", VERSIONS.get(_name))
