"""How other processes come by an encoder of their own, on devices of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from mmgap.encoders.base import Encoder, EncoderError


@dataclass(frozen=True)
class Copies:
    """An encoder once more in each of several processes.

    Attributes:
        make: takes ``device=`` and returns the encoder; another process finds it by its name, so it is a function of a
            module, or a `functools.partial` of one.
        devices: one for each process.
    """

    make: Callable[..., Encoder]
    devices: tuple[str, ...]

    def followed_by(self, change: Callable[[Encoder], Encoder]) -> Copies:
        """Return those of what ``change`` makes of the encoder; it is found as `make` is."""
        return Copies(partial(_changed, self.make, change), self.devices)


def keep_copies(encoder: Encoder, copies: Copies) -> None:
    """Let an encoder, and the one beneath its projection, know of its copies.

    Raises:
        EncoderError: its class takes no further attribute.
    """
    try:
        encoder.mmgap_copies = copies  # type: ignore[attr-defined]
    except AttributeError as error:  # one with slots, or frozen
        raise EncoderError(
            f"{encoder.name} runs on one device alone ({', '.join(copies.devices)} were asked for): its class takes no"
            " attribute in which to keep how it is made"
        ) from error
    if isinstance(raw := getattr(encoder, "raw", None), Encoder):
        keep_copies(raw, copies.followed_by(_beneath))


def copies_of(encoder: Encoder) -> Copies | None:
    """Return how an encoder is made in other processes; None where it was asked for on one device."""
    return getattr(encoder, "mmgap_copies", None)


def _changed(make: Callable[..., Encoder], change: Callable[[Encoder], Encoder], *, device: str) -> Encoder:
    return change(make(device=device))


def _beneath(encoder: Any) -> Encoder:
    return encoder.raw
