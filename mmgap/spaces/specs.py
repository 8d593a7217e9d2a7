"""The spelling of spaces, ``shift:0.75,side=text+cca:0.1``: steps from left to right, options behind a colon."""

from __future__ import annotations

import re

from mmgap.core import spec_options
from mmgap.spaces.affine import SpaceError
from mmgap.spaces.space import Space

#: Names that others know a space by.
ALIASES = {"i0t": "centre", "gr-clip": "centre"}


def steps(spec: str) -> list[tuple[str, str]]:
    """Return the name and the options of each step, as they are written.

    >>> steps("shift:0.75,side=text + cca:1e+1")
    [('shift', '0.75,side=text'), ('cca', '1e+1')]
    """
    found = [step.strip().partition(":") for step in re.split(r"\+(?=\s*[A-Za-z_]|\s*$)", spec)]
    return [(ALIASES.get(name.strip(), name.strip()), options) for name, _, options in found]


def made(kind: type[Space], name: str, given: str) -> Space:
    """Return one step: its class with the options that are given.

    Raises:
        SpaceError: an option or a value that it does not have.
    """
    return spec_options.made(kind, name, given, "space", SpaceError)
