"""From image space to text space: a random matrix, a saved one, or one fitted on training pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.encoders.base import EncoderError
from mmgap.encoders.weights import file_hash
from mmgap.paths import MissingDataError

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.two_towers import TwoTowers

#: Seed of ``random`` where none is given, as in the practices that this protocol follows.
SEED = 42


class Projection:
    """What stands in the third place of ``two-towers:IMAGE,TEXT,PROJECTION``.

    Args:
        source: ``"none"`` (vectors stay as they are), ``"random"`` or ``"random:SEED"``, or a file:
            ``.safetensors`` with ``weight`` (d_text, d_image) and optionally ``bias`` (d_text,), or ``.npy`` of the
            weight alone.

    Raises:
        EncoderError: none of these.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        name, _, seed = source.partition(":")
        self.seed: int | None = None
        self.file: Path | None = None
        if name == "random":
            if seed and not seed.isdecimal():
                raise EncoderError(f"projection {source!r}: the seed must be a whole number of at least 0")
            self.seed = int(seed or SEED)
        elif source != "none":
            self.file = Path(source).expanduser()
            if self.file.suffix not in (".safetensors", ".npy"):
                raise EncoderError(
                    f"unknown projection {source!r}: none, random, random:SEED or a file (.safetensors, .npy)"
                )

    def fingerprint(self) -> dict[str, Any]:
        """The kind, and the seed or the content of the file."""
        if self.file is not None:
            return {"kind": "file", "content": file_hash(self._present())}
        return {"kind": "none"} if self.seed is None else {"kind": "random normal", "seed": self.seed}

    def __call__(self, images: np.ndarray, width: int) -> np.ndarray:
        """Image vectors (N, d_image) in a text space of ``width`` dimensions, float32; there is no call for ``none``.

        Raises:
            EncoderError: the saved matrix does not fit the two towers.
        """
        weight, bias = self._matrix(images.shape[1], width)
        if weight.shape != (width, images.shape[1]) or bias.shape != (width,):
            raise EncoderError(
                f"projection {self.source}: weight {weight.shape} and bias {bias.shape} do not fit: images have"
                f" {images.shape[1]} dimensions and texts {width}, so weight is ({width}, {images.shape[1]})"
            )
        return (images.astype(np.float64) @ weight.T.astype(np.float64) + bias).astype(np.float32)

    def _matrix(self, image_width: int, text_width: int) -> tuple[np.ndarray, np.ndarray]:
        if self.seed is not None:
            return random_weight(image_width, text_width, self.seed), np.zeros(text_width)
        file = self._present()
        if file.suffix == ".npy":
            weight = np.load(file, allow_pickle=False)
            return weight, np.zeros(weight.shape[0])
        from safetensors.numpy import load_file

        arrays = load_file(file)
        if "weight" not in arrays:
            raise EncoderError(f"projection {file} holds {', '.join(sorted(arrays)) or 'nothing'}, but no 'weight'")
        return arrays["weight"], arrays.get("bias", np.zeros(len(arrays["weight"])))

    def _present(self) -> Path:
        assert self.file is not None
        if not self.file.is_file():
            raise MissingDataError(f"projection file {self.file} not found: make it with fit_projection")
        return self.file


def random_weight(image_width: int, text_width: int, seed: int = SEED) -> np.ndarray:
    """(d_text, d_image) float64, normal with sd 1/√d_image, so that lengths are kept on average.

    Drawn as ``np.random.seed(seed); np.random.normal(0, sd, (d_image, d_text))`` draws it, without touching the
    global state; images are multiplied from the left.
    """
    generator = np.random.RandomState(seed)
    return generator.normal(0, 1 / np.sqrt(image_width), (image_width, text_width)).T


def fit_projection(encoder: TwoTowers, train: Dataset, path: Path, *, alpha: float = 1.0) -> Path:
    """Fit a ridge from image vectors to text vectors on training pairs, and save it as a projection.

    Args:
        encoder: ``two-towers:IMAGE,TEXT,none``: raw vectors of both towers.
        train: the ``train`` split; every caption of an image is a pair.
        path: a ``.safetensors`` file to write.
        alpha: strength of the ridge.

    Returns:
        The path, for ``two-towers:IMAGE,TEXT,PATH``.

    Raises:
        EncoderError: another split than ``train`` (its items would leak into a result), an encoder that projects
            already, or another kind of file.
    """
    from safetensors.numpy import save
    from sklearn.linear_model import Ridge

    from mmgap.cache import canonical_json, write_atomic
    from mmgap.encoders.embed import embed

    if train.split != "train":
        raise EncoderError(f"a projection is fitted on the train split, got {train.name} {train.split!r}")
    if encoder.projection.source != "none":
        raise EncoderError(f"{encoder.name} projects already: fit from two-towers:IMAGE,TEXT,none")
    if path.suffix != ".safetensors":
        raise EncoderError(f"a projection is saved as .safetensors, got {path.name}")
    vectors = embed(encoder, train)
    ridge = Ridge(alpha=alpha).fit(vectors.images[train.owner], vectors.texts)
    arrays = {"weight": ridge.coef_.astype(np.float32), "bias": ridge.intercept_.astype(np.float32)}
    about = canonical_json({"alpha": alpha, "fitted_on": train.fingerprint(), "towers": encoder.fingerprint()})
    write_atomic(path, save({k: np.ascontiguousarray(v) for k, v in arrays.items()}, metadata={"about": about}))
    return path
