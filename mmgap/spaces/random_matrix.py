"""Images into the space of texts by a random matrix: what the practices before CLIP did, and retrieval at chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.spaces.affine import Affine
from mmgap.spaces.fitted import Fitted
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.space import Space

#: Seed where none is given, as in the practices that this protocol follows.
SEED = 42


@dataclass(frozen=True)
class Random(Space):
    """Take images into the space of texts by a normal matrix with sd 1/√d_image; nothing is fitted.

    Texts stay as they are. Source: Johnson and Lindenstrauss (1984): distances among images are kept about. Use it as
    the floor: whatever a space learns from pairs shows against it, and retrieval is at chance. Not to retrieve.

    Attributes:
        seed: of the matrix.

    >>> import numpy as np
    >>> from mmgap.spaces import parse
    >>> images, texts = parse("random").fit(None).transform(np.ones((3, 6)), np.ones((5, 4)))
    >>> images.shape, texts.shape
    ((3, 4), (5, 4))
    """

    seed: int = SEED
    unequal_widths: ClassVar[bool] = True
    needs_training: ClassVar[bool] = False
    control: ClassVar[bool] = True

    def learn(self, train: Pairs | None, validation: Pairs | None) -> Fitted:
        """Return the map of vectors of any width."""
        return Fitted(RandomMap(self.seed))

    def restored(self, arrays: Mapping[str, np.ndarray]) -> Fitted:
        """Return the same: there is nothing to keep."""
        return self.learn(None, None)


@dataclass(frozen=True)
class RandomMap:
    """The map, drawn when the widths are known."""

    seed: int

    def between(self, image_width: int, text_width: int) -> PairMap:
        """Return the map of images of one width to texts of another."""
        return PairMap(Affine(random_weight(image_width, text_width, self.seed)))

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mapped images and the texts."""
        return self.between(images.shape[1], texts.shape[1]).transform(images, texts)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return none: the seed says all."""
        return {}


def random_weight(image_width: int, text_width: int, seed: int = SEED) -> np.ndarray:
    """(d_text, d_image) float64, normal with sd 1/√d_image, so that lengths are kept on average.

    Drawn as ``np.random.seed(seed); np.random.normal(0, sd, (d_image, d_text))`` draws it, without touching the
    global state; images are multiplied from the left.
    """
    generator = np.random.RandomState(seed)
    return generator.normal(0, 1 / np.sqrt(image_width), (image_width, text_width)).T
