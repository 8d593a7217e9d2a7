"""From a map of fills to a picture: ``flat`` as pictograms are printed, ``textured`` as if photographed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from mmgap.datasets.glyphs.drawing import FIXED, OWN, SUPERSAMPLING, fill_map
from mmgap.datasets.glyphs.scenes import Scene, Thing, chance
from mmgap.datasets.glyphs.vocabulary import COLOURS

if TYPE_CHECKING:
    from PIL.Image import Image

STYLES = ("flat", "textured")

RGB = tuple[int, int, int]

_FIXED: dict[str, RGB] = {
    "paper": (255, 255, 255),
    "ink": (20, 20, 24),
    "white": (255, 255, 255),
    "gold": (245, 176, 46),
    "wood": (150, 98, 56),
    "leaf": (86, 166, 74),
    "metal": (168, 176, 184),
    "frame": (20, 20, 24),
    "cross": (222, 30, 36),
}
#: (top, bottom) of what may stand behind a photographed glyph: sky and meadow, wall and table, sand, snow, dusk …
_SCENERY: tuple[tuple[RGB, RGB], ...] = (
    ((150, 190, 225), (96, 140, 70)),
    ((205, 196, 180), (140, 100, 66)),
    ((168, 205, 222), (206, 182, 132)),
    ((120, 128, 140), (176, 182, 190)),
    ((86, 92, 128), (66, 62, 74)),
    ((226, 206, 196), (150, 146, 152)),
    ((64, 96, 84), (50, 74, 52)),
    ((190, 170, 205), (122, 132, 118)),
)


def draw(scene: Scene, style: str = "flat", size: int = 64) -> Image:
    """Return the scene as an RGB image of ``size`` × ``size`` pixels; the same bytes for the same Pillow version."""
    return _flat(scene, size) if style == "flat" else _textured(scene, size)


def _flat(scene: Scene, size: int) -> Image:
    image = fill_map(scene, size)
    image.putpalette(_palette(scene.things, _FIXED["ink"]))
    return image.convert("RGB").reduce(SUPERSAMPLING)


@cache
def _palette(things: tuple[Thing, ...], edge: RGB | None) -> bytes:
    """RGB of every fill; without ``edge`` a thing's edge is a deep shade of its own colour."""
    colours = [_FIXED[name] for name in FIXED]
    for _, colour in things:
        main = COLOURS[colour].rgb
        dark, deep, light = _mix(main, (0, 0, 0), 0.28), _mix(main, (0, 0, 0), 0.55), _mix(main, (255, 255, 255), 0.55)
        own = {"main": main, "dark": dark, "light": light, "edge": edge or deep}
        own["pattern"] = _mix(main, (255, 255, 255), 0.8) if colour != "white" else (150, 156, 170)
        colours += [own[name] for name in OWN]
    return bytes(value for rgb in colours for value in rgb)


def _mix(a: RGB, b: RGB, share: float) -> RGB:
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


def _textured(scene: Scene, size: int) -> Image:
    """Uneven colour, light from the upper left or right, a cast shadow, scenery behind, grain over all."""
    from PIL import Image as pillow
    from PIL import ImageFilter

    noise = _Noise(scene.number, size)
    image = fill_map(scene, size, edge=1.6)
    mask = image.point([0] + [255] * 255).reduce(SUPERSAMPLING)
    image.putpalette(_palette(scene.things, None))
    thing = np.asarray(image.convert("RGB").reduce(SUPERSAMPLING), dtype=np.float32)
    alpha = np.asarray(mask, dtype=np.float32)[..., None] / 255
    solid = np.asarray(mask.filter(ImageFilter.GaussianBlur(size / 20)), dtype=np.float32) / 255
    side = 1 if chance("light", scene.number) % 2 else -1
    slope = solid - np.roll(solid, (size // 24, side * (size // 24)), axis=(0, 1))
    shadow = np.roll(solid, (size // 14, side * (size // 20)), axis=(0, 1))
    lit = thing * (0.8 + 0.5 * slope + 0.34 * noise.smooth(6) + 0.22 * noise.smooth(size // 3))[..., None]
    picture = _scenery(scene, noise, size) * (1 - 0.55 * shadow[..., None])
    picture += alpha * (np.clip(lit, 0, 245) * noise.tint() - picture)
    picture += 26 * (noise.grain() - 0.5)[..., None]
    return pillow.fromarray(picture.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(size / 140))


def _scenery(scene: Scene, noise: _Noise, size: int) -> np.ndarray:
    """Two grounds that meet at an uneven horizon, each mottled; (size, size, 3) float32."""
    top, bottom = _SCENERY[chance("scenery", scene.number) % len(_SCENERY)]
    horizon = size * (0.35 + 0.4 * (chance("horizon", scene.number) % 1000) / 1000)
    rows = np.arange(size, dtype=np.float32)[:, None] + size * 0.16 * (noise.smooth(5) - 0.5)
    below = np.clip((rows - horizon) / (size * 0.05) + 0.5, 0, 1)[..., None]
    ground = np.array(top, np.float32) * (1 - below) + np.array(bottom, np.float32) * below
    return ground * (0.7 + 0.34 * noise.smooth(4) + 0.3 * noise.smooth(size // 4))[..., None]


class _Noise:
    """Fields of noise in [0, 1] for one image, from the bits of NumPy's PCG64, which never change."""

    def __init__(self, seed: int, size: int) -> None:
        self._bits = np.random.PCG64(seed)
        self._size = size

    def _bytes(self, count: int) -> np.ndarray:
        return self._bits.random_raw((count + 7) // 8).view(np.uint8)[:count]

    def grain(self) -> np.ndarray:
        """Return (size, size) float32, every pixel on its own."""
        return self._bytes(self._size**2).reshape(self._size, self._size).astype(np.float32) / 255

    def smooth(self, cells: int) -> np.ndarray:
        """Return (size, size) float32, ``cells`` bumps across."""
        from PIL import Image as pillow

        coarse = pillow.fromarray(self._bytes(cells * cells).reshape(cells, cells))
        return np.asarray(coarse.resize((self._size,) * 2, pillow.Resampling.BICUBIC), dtype=np.float32) / 255

    def tint(self) -> np.ndarray:
        """Return (3,) float32 around 1: the colour of the light."""
        return 0.94 + 0.12 * self._bytes(3).astype(np.float32) / 255
