"""Scenes in words: noun phrases in English and Spanish, with gender and number."""

from __future__ import annotations

from mmgap.datasets.glyphs.scenes import COUNTS, RELATIONS, Scene, Thing
from mmgap.datasets.glyphs.vocabulary import COLOURS, NOUNS

_ENGLISH = {
    "plain": "{}",
    "small": "small {}",
    "large": "large {}",
    "striped": "striped {}",
    "spotted": "spotted {}",
    "two": "two {}",
    "three": "three {}",
    "four": "four {}",
    "circle": "{} in a circle",
    "square": "{} in a square",
    "crossed": "crossed-out {}",
    "above": "{} above {}",
    "below": "{} below {}",
    "left": "{} left of {}",
    "right": "{} right of {}",
}
_SPANISH = {
    "plain": "{}",
    "small": "{} pequeñ{o}",
    "large": "{} grande",
    "striped": "{} a rayas",
    "spotted": "{} de lunares",
    "two": "dos {}",
    "three": "tres {}",
    "four": "cuatro {}",
    "circle": "{} en un círculo",
    "square": "{} en un cuadrado",
    "crossed": "{} tachad{o}",
    "above": "{} encima de {}",
    "below": "{} debajo de {}",
    "left": "{} a la izquierda de {}",
    "right": "{} a la derecha de {}",
}


def keywords(scene: Scene, language: str) -> list[str]:
    """Return the phrase that names everything a caption tells, then the nouns' further keywords.

    Where two things are shown, their bare nouns stand in place of the further keywords.
    """
    nouns = [NOUNS[noun] for noun, _ in scene.things]
    if scene.kind in RELATIONS:
        rest = [(noun.english if language == "en" else noun.spanish)[0] for noun in nouns]
    else:
        rest = list(nouns[0].english_other if language == "en" else nouns[0].spanish_other)
    return [english(scene) if language == "en" else spanish(scene), *rest]


def english(scene: Scene) -> str:
    """Return ``"two red houses"``, ``"small blue fish"``, ``"red ball above green box"``."""
    number = scene.kind in COUNTS
    return _ENGLISH[scene.kind].format(*(f"{colour} {NOUNS[noun].english[number]}" for noun, colour in scene.things))


def spanish(scene: Scene) -> str:
    """Return ``"dos casas rojas"``, ``"pez azul pequeño"``, ``"pelota roja encima de caja verde"``."""
    number = scene.kind in COUNTS
    ending = "o" if NOUNS[scene.things[0][0]].gender == "m" else "a"
    return _SPANISH[scene.kind].format(*(_spanish(thing, number) for thing in scene.things), o=ending)


def _spanish(thing: Thing, number: bool) -> str:
    noun, colour = NOUNS[thing[0]], COLOURS[thing[1]]
    return f"{noun.spanish[number]} {(colour.masculine if noun.gender == 'm' else colour.feminine)[number]}"
