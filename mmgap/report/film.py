"""An animation of one figure, drawn anew for each frame and written as a GIF."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
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
        figure: laid out once; every frame is drawn on it.
        frames: how many, at least 1.
        draw: shows one of them, by its number from 0, on the figure.
        dpi: of a frame.
    """

    figure: Figure
    frames: int
    draw: Callable[[int], None]
    dpi: int = 100

    def gif(self) -> bytes:
        """All frames, over and over; the last one is held. Equal films give equal bytes."""
        first, *others = [self._frame(number) for number in range(self.frames)]
        buffer = io.BytesIO()
        durations = [FRAME] * len(others) + [LAST]
        first.save(buffer, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False)
        return buffer.getvalue()

    def _frame(self, number: int) -> Image.Image:
        self.draw(number)
        self.figure.set_dpi(self.dpi)
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        colours = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        return colours.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
