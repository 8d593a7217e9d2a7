"""An animation of one figure, written as a GIF: what stands still is drawn once, what moves for each frame."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

#: Colours of a frame: enough for a chart's lines and the shades of their edges.
COLOURS = 64

#: Of a frame before the last, and of the last: ms.
FRAME, LAST = 450, 3000


@dataclass(frozen=True)
class Film:
    """A figure that moves.

    Attributes:
        figure: with everything that stands still.
        frames: how many, at least 1.
        draw: adds to the figure what one of them shows, by its number from 0, and gives that back.
        dpi: of a frame.
    """

    figure: Figure
    frames: int
    draw: Callable[[int], Sequence[Artist]]
    dpi: int = 100

    def gif(self) -> bytes:
        """Return all frames, over and over; the last one is held. Equal films give equal bytes."""
        self.figure.set_dpi(self.dpi)
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        still = canvas.copy_from_bbox(self.figure.bbox)
        first, *others = [self._frame(canvas, still, number) for number in range(self.frames)]
        buffer = io.BytesIO()
        durations = [FRAME] * len(others) + [LAST]
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)
        return buffer.getvalue()

    def _frame(self, canvas: FigureCanvasAgg, still: Any, number: int) -> Image.Image:
        canvas.restore_region(still)
        moving = self.draw(number)
        for artist in sorted(moving, key=Artist.get_zorder):
            artist.draw(canvas.get_renderer())
        colours = Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")
        for artist in moving:
            artist.remove()
        return colours.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
