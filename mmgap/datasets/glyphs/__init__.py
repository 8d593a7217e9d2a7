"""Glyphs: pictograms drawn by this package, with keywords in English and Spanish; the data set that ships inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, overload

import numpy as np

from mmgap.core.messages import N_
from mmgap.datasets.base import Dataset, digest
from mmgap.datasets.glyphs.glyph_records import records, things
from mmgap.datasets.glyphs.scenes import Scene, scenes
from mmgap.datasets.glyphs.shapes import SHAPES
from mmgap.datasets.keywords import PROMPTS, keyword_caption, options, unique_keywords

if TYPE_CHECKING:
    from PIL.Image import Image

#: Raise it when the drawing code changes a pixel; shapes, words and scenes are hashed themselves.
DRAWING_VERSION = 1

#: Side of an image in pixels.
SIZE = 64

NOTES = (
    N_(
        "Glyphs are drawn by code; a test image shows each thing in a colour that it never has in training. Captions"
        " name thing, colour, size, pattern, count, frame and relation, not position, tilt, facing or scenery."
    ),
)


def english(argument: str | None = None, *, split: str) -> Dataset:
    """Return ``glyphs-en``: see `load`."""
    return load("en", argument, split=split)


def spanish(argument: str | None = None, *, split: str) -> Dataset:
    """Return ``glyphs-es``: see `load`."""
    return load("es", argument, split=split)


def load(language: str, argument: str | None = None, *, split: str) -> Dataset:
    """Return the glyphs of one split: 60 things × 10 colours in six scenes each, and pairs of things in a relation.

    Captions are the prompt and all keywords, as for ARASAAC. The splits hold out combinations of thing and colour
    (`mmgap.datasets.glyphs.scenes`), and are the same in both languages and styles. About 6 % of the captions belong
    to two images each. The classes are the 60 things, of images that show one.

    Args:
        language: ``"en"`` or ``"es"``.
        argument: options with a comma between them: ``textured`` (lit, grainy, before scenery, instead of flat on
            white), ``keywords=first`` (only the phrase, without the further keywords).
        split: one of `SPLITS`.

    Raises:
        DatasetError: an unknown option.

    >>> load("es", split="test").captions[0]
    'Una imagen de pez rojo, animal marino'
    """
    name, given = options(f"glyphs-{language}", argument, ("keywords=first", "textured"))
    style = "textured" if "textured" in given else "flat"
    found = zip(scenes(), records(language), _words(language), strict=True)
    chosen = [(scene, record, words) for scene, record, words in found if split in ("all", scene.split)]
    return Dataset(
        name=name,
        split=split,
        revision=_revision(style),
        image_ids=tuple(str(scene.number) for scene, _, _ in chosen),
        images=GlyphImages(tuple(scene for scene, _, _ in chosen), style),
        captions=tuple(keyword_caption(w, language, first="keywords=first" in given) for _, _, w in chosen),
        owner=np.arange(len(chosen)),
        language=language,
        licence="Apache-2.0, part of mmgap",
        categories=tuple(record["categories"][0] for _, record, _ in chosen),
        prompt=PROMPTS[language],
        labels={"classes": tuple(things(scene, language) for scene, _, _ in chosen)},
        notes=(*NOTES, *((N_("Captions hold the first keyword only."),) if "keywords=first" in given else ())),
    )


@dataclass(frozen=True)
class GlyphImages(Sequence["Image"]):
    """Glyphs that are drawn when they are read, (size, size) RGB."""

    scenes: tuple[Scene, ...]
    style: str = "flat"
    size: int = SIZE

    def __len__(self) -> int:
        return len(self.scenes)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> GlyphImages: ...
    def __getitem__(self, index: int | slice) -> Image | GlyphImages:
        if isinstance(index, slice):
            return GlyphImages(self.scenes[index], self.style, self.size)
        from PIL import Image as pillow

        return pillow.frombytes("RGB", (self.size, self.size), _drawn(self.scenes[index], self.style, self.size))


@lru_cache(maxsize=8192)  # the splits that a training reads again and again, 12 KB a picture
def _drawn(scene: Scene, style: str, size: int) -> bytes:
    from mmgap.datasets.glyphs.styles import draw

    return draw(scene, style, size).tobytes()


@cache
def _words(language: str) -> list[list[str]]:
    """The keywords of each glyph."""
    return [unique_keywords(keyword["keyword"] for keyword in record["keywords"]) for record in records(language)]


@cache
def _revision(style: str) -> str:
    content = [(scene.split, *pair) for scene, *pair in zip(scenes(), records("en"), records("es"), strict=True)]
    return digest([DRAWING_VERSION, SIZE, style, SHAPES, content])
