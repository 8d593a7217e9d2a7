"""The address of a mirror: as it is given, or as the environment says it."""

from __future__ import annotations

import os


def mirror_of(given: str | None, option: str, variable: str) -> str | None:
    """Return the address of a mirror without the slash at its end; None where there is none.

    Args:
        given: by the caller.
        option: what a user calls it, ``"--base-url"``.
        variable: of the environment, which counts where nothing is given.

    Raises:
        ValueError: it is no address of the web; the message names where it stands.

    >>> mirror_of("https://example.org/coco/", "--base-url", "MMGAP_COCO_URL")
    'https://example.org/coco'
    """
    address, place = (given, option) if given else (os.environ.get(variable), variable)
    if not address:
        return None
    if not address.lower().startswith(("http://", "https://")):
        raise ValueError(f"{place} {address}: an address begins with http:// or https://")
    return address.rstrip("/")
