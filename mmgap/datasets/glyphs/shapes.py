"""The drawings of the glyphs as parts: outlines in a square of 100 × 100 units, y downwards.

A shape is a text, one part a line, painted in that order::

    KIND FILL numbers
    p main 20,50 50,10 80,50      polygon through the points
    c main 20,50 50,10 80,50      closed smooth curve through the points
    o main 50,50 30,20            ellipse: centre, radii
    l main 5 20,50 80,50          line: width, points
    a main 5 50,50 30,20 0,180    arc: width, centre, radii, from and to in degrees

An edge runs around each part, except around lines of ink and where the kind is a capital letter (a mark on a surface).
``main``, ``dark`` and ``light`` are shades of the glyph's own colour, the other fills are the same in every glyph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from mmgap.datasets.glyphs import shapes_living, shapes_made, shapes_sky

#: The text of each shape by the key of its noun.
SHAPES: dict[str, str] = shapes_living.SHAPES | shapes_made.SHAPES | shapes_sky.SHAPES

Point = tuple[float, float]


@dataclass(frozen=True)
class ShapePart:
    """One part: a filled outline (``width`` 0) or a line of that width."""

    fill: str
    points: tuple[Point, ...]
    width: float
    outlined: bool
    smooth: bool


@cache
def parts(key: str) -> tuple[ShapePart, ...]:
    """Return the parts of one shape, curves flattened to points."""
    return tuple(_part(line) for line in SHAPES[key].strip().splitlines())


def _part(line: str) -> ShapePart:
    kind, fill, *words = line.split()
    width = float(words.pop(0)) if kind in "lLa" else 0.0
    points = [_point(word) for word in words]
    if kind.lower() == "c":
        points = _smooth(points)
    elif kind.lower() == "o":
        points = _arc(points[0], points[1], (0, 360))[:-1]
    elif kind == "a":
        points = _arc(*points)
    return ShapePart(
        fill, tuple(points), width, kind.islower() and not (width and fill == "ink"), kind.lower() in "coa"
    )


def _point(word: str) -> Point:
    x, y = word.split(",")
    return float(x), float(y)


def _arc(centre: Point, radii: Point, span: Point) -> list[Point]:
    """Points on an ellipse, about every 15 degrees."""
    steps = max(2, round(abs(span[1] - span[0]) / 15))
    angles = [math.radians(span[0] + (span[1] - span[0]) * k / steps) for k in range(steps + 1)]
    return [(centre[0] + radii[0] * math.cos(t), centre[1] + radii[1] * math.sin(t)) for t in angles]


def _smooth(points: list[Point], steps: int = 5) -> list[Point]:
    """Closed Catmull-Rom curve through the points."""
    out = []
    for k in range(len(points)):
        p = [points[(k + j) % len(points)] for j in (-1, 0, 1, 2)]
        xs, ys = [q[0] for q in p], [q[1] for q in p]
        out += [(_catmull_rom(xs, i / steps), _catmull_rom(ys, i / steps)) for i in range(steps)]
    return out


def _catmull_rom(p: list[float], t: float) -> float:
    a, b, c, d = p
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
