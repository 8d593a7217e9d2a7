"""What the playground's address says: one value a control, each checked, the default where it makes no sense."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from mmgap.core.messages import N_, Message, quoted

#: Least and greatest value of each number.
LIMITS: dict[str, tuple[float, float]] = {
    "n": (2, 2000),
    "seed": (0, 2**32 - 1),
    "dim": (2, 768),
    "angle": (0, 180),
    "kappa_image": (0, 100_000),
    "kappa_text": (0, 100_000),
    "correlation": (0, 1),
    "scale": (0.01, 100),
    "rate": (0.001, 10),
    "step": (0, 500),
}

#: What is said of a value that was replaced.
REPLACED = N_("{name}={value} makes no sense here; {usual} is taken instead")
REPLACED_WHY = N_("{name}={value}: {why}; {usual} is taken instead")

#: Letters of the longest loss expression that is read.
LONGEST_LOSS = 400


@dataclass(frozen=True)
class PlaygroundState:
    """One state of the playground; its fields are the names of the address.

    Attributes:
        n: pairs.
        seed: of the draw.
        dim: dimensions d.
        angle: degrees between the centres of the two cones.
        kappa_image, kappa_text: concentrations κ; 0 is the uniform distribution.
        correlation: ρ of the normals behind a text and its image, 0 unpaired to 1 matched.
        loss: canonical expression of `mmgap.losses`.
        scale: logit scale e^τ.
        rate: of the descent.
        step: of the descent that is shown.
        preset: id of the printed row that these values are of, or empty.
    """

    n: int = 500
    seed: int = 0
    dim: int = 3
    angle: float = 90.0
    kappa_image: float = 200.0
    kappa_text: float = 200.0
    correlation: float = 0.0
    loss: str = "ce"
    scale: float = 20.0
    rate: float = 0.01
    step: int = 0
    preset: str = ""

    def query(self) -> str:
        """Return the address's query that says this state: what differs from the default, in one order.

        >>> PlaygroundState(n=90, loss="ce+anti").query()
        'n=90&loss=ce%2Banti'
        """
        return urlencode({name: _spelled(value) for name, value in asdict(self).items() if value != _DEFAULTS[name]})


_DEFAULTS = asdict(PlaygroundState())
_WHOLE = {field.name for field in fields(PlaygroundState) if field.type == "int"}


def read_state(
    query: Mapping[str, str], presets: Mapping[str, PlaygroundState] | None = None
) -> tuple[PlaygroundState, list[Message]]:
    """Return the state of an address's query, and what of it was replaced, a line each.

    Args:
        query: names and values; names that are no control's are passed over.
        presets: the states that ``preset`` may name. Its values stand where the query says none of its own; where one
            of them is said otherwise, the state is no longer that preset.
    """
    said: list[Message] = []
    presets = presets or {}
    asked = query.get("preset", "")
    if asked and asked not in presets:
        said.append(_replaced("preset", asked, N_("none")))
    start = presets.get(asked, PlaygroundState())
    values: dict[str, Any] = {}
    for name, usual in asdict(start).items():
        text = query.get(name)
        if text is None or name == "preset":
            continue
        try:
            values[name] = _value(name, text)
        except ValueError as error:
            said.append(_replaced(name, text, _spelled(usual), str(error) if name == "loss" else ""))
    state = replace(start, **values)
    return replace(state, preset=asked if is_still(state, presets.get(asked)) else ""), said


def is_still(state: PlaygroundState, preset: PlaygroundState | None) -> bool:
    """Return whether a state is a preset's but for the draw and the descent: its seed, rate and step."""
    free: dict[str, Any] = {name: _DEFAULTS[name] for name in ("seed", "rate", "step", "preset")}
    return preset is not None and replace(state, **free) == replace(preset, **free)


def checked_loss(text: str) -> str:
    """Return the canonical expression of a loss that two sets of vectors suffice for.

    Raises:
        ValueError: it is no sum of losses, an option is wrong, or a term asks for more than vectors; the message is
            the parser's.
    """
    from mmgap.losses import parse  # torch comes with the terms

    if len(text) > LONGEST_LOSS:
        raise ValueError(f"a loss of {len(text)} letters is too long; write at most {LONGEST_LOSS}")
    try:
        loss = parse(text)
    except LookupError as error:
        raise ValueError(error.args[0]) from None
    if loss.needs:
        raise ValueError(f"{loss.name} needs {', '.join(loss.needs)}, which drawn vectors do not have")
    return loss.name


def _value(name: str, text: str) -> float | int | str:
    if name == "loss":
        return checked_loss(text)
    value, (low, high) = float(text), LIMITS[name]
    if not math.isfinite(value) or not low <= value <= high or (name in _WHOLE and value != int(value)):
        raise ValueError
    return int(value) if name in _WHOLE else value + 0.0  # not −0


def _spelled(value: float | str) -> str:
    return value if isinstance(value, str) else repr(value).removesuffix(".0")


def _replaced(name: str, text: str, usual: str, why: str = "") -> Message:
    shown = {"name": name, "value": quoted(text, 40), "usual": usual}
    if why:
        return Message(REPLACED_WHY, **shown, why=quoted(why, 300))
    return Message(REPLACED, **shown)
