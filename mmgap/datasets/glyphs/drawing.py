"""Scenes as maps of fills: which pixel is main colour, which edge, which paper. Styles turn a map into colours."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mmgap.datasets.glyphs.scenes import COUNTS, FRAMES, PATTERNS, RELATIONS, Scene
from mmgap.datasets.glyphs.shapes import Point, ShapePart, parts

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

#: Fills that are the same in every glyph, by index in the map; 0 is the paper.
FIXED = ("paper", "ink", "white", "gold", "wood", "leaf", "metal", "frame", "cross")
#: Shades of a thing's own colour; those of thing k start at ``len(FIXED) + k * len(OWN)``.
OWN = ("main", "dark", "light", "edge", "pattern")

#: Map pixels per image pixel, each way.
SUPERSAMPLING = 4

_CENTRES: dict[str, tuple[Point, ...]] = {
    "two": ((0.27, 0.5), (0.73, 0.5)),
    "three": ((0.5, 0.27), (0.26, 0.72), (0.74, 0.72)),
    "four": ((0.27, 0.27), (0.73, 0.27), (0.27, 0.73), (0.73, 0.73)),
    "above": ((0.5, 0.26), (0.5, 0.74)),
    "below": ((0.5, 0.74), (0.5, 0.26)),
    "left": ((0.26, 0.5), (0.74, 0.5)),
    "right": ((0.74, 0.5), (0.26, 0.5)),
}
_SCALES = {"small": 0.38, "large": 0.94, **dict.fromkeys((*COUNTS, *RELATIONS), 0.43), **dict.fromkeys(FRAMES, 0.58)}


@dataclass(frozen=True)
class Place:
    """Where and how one thing is put: centre and scale in parts of the side, tilt in radians, mirrored or not."""

    centre: Point
    scale: float
    tilt: float
    mirrored: bool

    def point(self, p: Point, side: int) -> tuple[int, int]:
        x, y = (p[0] - 50) / 100 * (-1 if self.mirrored else 1), (p[1] - 50) / 100
        cosine, sine = math.cos(self.tilt), math.sin(self.tilt)
        across, down = cosine * x - sine * y, sine * x + cosine * y
        return round(side * (self.centre[0] + self.scale * across)), round(side * (self.centre[1] + self.scale * down))


def fill_map(scene: Scene, size: int, *, edge: float = 3.6) -> Image:
    """Return the scene as an image of mode L, side ``SUPERSAMPLING * size``, whose values are indices of fills.

    Position, size, tilt and facing vary a little with the scene's number, and no caption tells them.

    Args:
        edge: width of the line around each part, in units of the shapes' 100.
    """
    from PIL import Image as pillow
    from PIL import ImageDraw

    side = SUPERSAMPLING * size
    image = pillow.new("L", (side, side), 0)
    draw = ImageDraw.Draw(image)
    for slot, place in places(scene):
        _paint(draw, parts(scene.things[slot][0]), place, side, slot, edge)
    if scene.kind in PATTERNS:
        image.paste(fill("pattern", 0), mask=_pattern_mask(image, scene.kind))
    if scene.kind in FRAMES:
        _frame(draw, scene.kind, side)
    return image


def fill(name: str, slot: int) -> int:
    """Return the index of a fill in the map."""
    return FIXED.index(name) if name in FIXED else len(FIXED) + slot * len(OWN) + OWN.index(name)


def places(scene: Scene) -> list[tuple[int, Place]]:
    """Return (index of the thing, its place) of everything that is drawn; equal things stand alike."""
    dice = random.Random(f"place {scene.number}")
    tilt = dice.uniform(-0.14, 0.14) + (0.3 * dice.choice((-1, 1)) if scene.again else 0)
    mirrored = dice.random() < 0.5
    scale = _SCALES.get(scene.kind, 0.68) * dice.uniform(0.93, 1.05)
    free = 0.4 * (1 - scale) if scene.kind in ("plain", "small", *PATTERNS) else 0.02
    shift = [dice.uniform(-1, 1) * min(free, 0.16) for _ in range(2)]
    centres = _CENTRES.get(scene.kind, ((0.5, 0.5),))
    return [
        (k if scene.kind in RELATIONS else 0, Place((x + shift[0], y + shift[1]), scale, tilt, mirrored))
        for k, (x, y) in enumerate(centres)
    ]


def _paint(draw: ImageDraw, shape: tuple[ShapePart, ...], place: Place, side: int, slot: int, edge: float) -> None:
    unit = place.scale * side / 100
    line, ink = max(1, round(edge * unit)), fill("edge", slot)
    for part in shape:
        points = [place.point(p, side) for p in part.points]
        if part.width:
            width = max(1, round(part.width * unit))
            if part.outlined:
                _stroke(draw, points, ink, width + 2 * line, smooth=False)
            _stroke(draw, points, fill(part.fill, slot), width, smooth=False)
            continue
        draw.polygon(points, fill=fill(part.fill, slot))
        if part.outlined:
            _stroke(draw, [*points, points[0]], ink, line, smooth=part.smooth)


def _stroke(draw: ImageDraw, points: list[tuple[int, int]], colour: int, width: int, *, smooth: bool) -> None:
    draw.line(points, fill=colour, width=width)
    if not smooth and width > 2:
        r = width / 2
        for x, y in points:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def _frame(draw: ImageDraw, kind: str, side: int) -> None:
    a, b, width = round(0.04 * side), round(0.96 * side), round(0.045 * side)
    if kind == "circle":
        draw.ellipse((a, a, b, b), outline=fill("frame", 0), width=width)
    elif kind == "square":
        draw.rectangle((a, a, b, b), outline=fill("frame", 0), width=width)
    else:
        c, d = round(0.1 * side), round(0.9 * side)
        for line in ([(c, c), (d, d)], [(c, d), (d, c)]):
            _stroke(draw, line, fill("cross", 0), round(0.06 * side), smooth=False)


def _pattern_mask(image: Image, kind: str) -> Image:
    """Where the main colour and the pattern meet."""
    from PIL import ImageChops

    main = fill("main", 0)
    return ImageChops.darker(image.point([255 if k == main else 0 for k in range(256)]), _pattern(kind, image.width))


@cache
def _pattern(kind: str, side: int) -> Image:
    from PIL import Image as pillow
    from PIL import ImageDraw

    image = pillow.new("L", (side, side), 0)
    draw = ImageDraw.Draw(image)
    step = side / 11
    for k in range(-12, 24):
        if kind == "striped":
            draw.line([(k * step, 0), ((k - 11) * step, side)], fill=255, width=round(0.42 * step))
            continue
        for j in range(12):
            x, y, r = (k + 0.5 * (j % 2)) * step, j * step, 0.27 * step
            draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return image
