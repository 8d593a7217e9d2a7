"""What every encoder is: two functions from items to raw vectors, and a fingerprint that costs no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from mmgap.core.identity import FIRST, identity

if TYPE_CHECKING:
    import numpy as np
    import torch
    from PIL.Image import Image

    from mmgap.datasets import Dataset
    from mmgap.spaces.maps import Scorer


class EncoderError(ValueError):
    """An encoder that cannot be built or used as asked; the message names it and the cure."""


class TrainingError(ValueError):
    """A training that cannot be done as asked, or that went wrong; the message names the cure."""


@runtime_checkable
class Encoder(Protocol):
    """Images and texts to raw (un-normalised) float32 vectors of one width.

    An encoder is cheap to make: its model is loaded at the first call of ``encode_*``, so that a cell whose row
    or vectors lie in the cache imports no model library.
    """

    #: The spec it was made from, ``"two-towers:mobilenet-v2,minilm,random"``.
    name: str

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return everything that changes a vector (weights revision or hash, processor, dtype, pooling, image size and
        resize mode, device kind, library majors …) as JSON-ready values. Imports no model library.

        ``modality``: ``"image"`` or ``"text"`` may leave out what only the other one goes through.

        Raises:
            MissingDataError: the weights are not on this machine.
        """
        ...

    def logit_scale(self) -> float | None:
        """Return the trained logit scale e^τ, or None where the model has none."""
        ...

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """Return (N, d) float32; images are RGB PIL images, read one batch at a time, with a progress bar when long."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (M, d) float32."""
        ...


#: Batches whose texts are sorted by their tokens together: they are counted when the first is read, ahead of the model.
RUN = 8


@runtime_checkable
class InBatches(Protocol):
    """An `Encoder` that says how many items it takes at a time: large data sets are encoded in parts of whole batches,
    each kept, so that its vectors are those of one call to the bit."""

    def items_a_batch(self, modality: str) -> int:
        """Return how many images (``"image"``) or texts (``"text"``) a forward pass takes."""
        ...


@dataclass(frozen=True, eq=False)
class Vectors:
    """Raw, un-normalised vectors of a dataset.

    Attributes:
        images: (N, d) float32; saved ones float64 where float32 has not their range.
        texts: (M, d) likewise.
        seconds: that getting them took, the encoder's loading included.
        from_cache: nothing was computed.
        texts_cut: texts that were longer than the model reads.
        notes: what a reader of a result must know of the encoder, and of the space.
        scorer: of the vectors, where their space has scores of its own; None: their dot products.
    """

    images: np.ndarray
    texts: np.ndarray
    seconds: float = 0.0
    from_cache: bool = False
    texts_cut: int = 0
    notes: tuple[str, ...] = ()
    scorer: Scorer | None = None


@runtime_checkable
class OwnVectors(Protocol):
    """An `Encoder` whose vectors of a data set come another way than item by item: saved, or made of another's."""

    def vectors_of(self, dataset: Dataset, embed: Callable[[Encoder], Vectors]) -> Vectors:
        """Return the raw vectors of a data set; ``embed`` gives those of an encoder beneath, from the cache."""
        ...


@runtime_checkable
class NeedsFitting(Protocol):
    """An `Encoder` with a part that is fitted on data, by `mmgap.evaluation.fitted_space`, before it encodes."""

    @property
    def raw(self) -> Encoder:
        """The encoder without that part."""
        ...

    @property
    def to_fit(self) -> tuple[str, str | None] | None:
        """The space of `mmgap.spaces` to fit and the data set's spec, None for the measured one's; None: no need."""
        ...

    def fitted_by(self, projection: Any, data: str) -> Encoder:
        """Return the encoder with what was fitted on a data set."""
        ...


@runtime_checkable
class Trainable(Protocol):
    """Three methods by which any `Encoder` can be trained: its two towers, and what they take.

    The towers are the very modules that ``encode_images`` and ``encode_texts`` go through, in evaluation mode and on
    the encoder's device, so that what is trained is what it encodes with; before anything is trained both ways are
    compared on a few items. What changed is saved under the names of their parameters and put into a fresh encoder of
    the same spec, its ``name``; one with an attribute ``seed`` is loaded as ``NAME:SEED``.

    With these three it is trained, saved, loaded, trained again and its needs are estimated. An encoder that has more
    to say (layers that adapters belong to, how whole models are written …) inherits from
    `mmgap.encoders.trainable.TrainableEncoder`, as mmgap's own families do, and overrides what differs.

    >>> import torch
    >>> class Mine:
    ...     name = "mine"
    ...     def __init__(self):
    ...         self.image, self.text = torch.nn.Linear(3, 4), torch.nn.EmbeddingBag(256, 4)
    ...     def towers(self):
    ...         return self.image, self.text
    ...     def image_inputs(self, images):
    ...         return torch.stack([torch.tensor(image.resize((1, 1)).getpixel((0, 0))) / 255 for image in images])
    ...     def text_inputs(self, texts):
    ...         return torch.tensor([list(text.encode()[:9].ljust(9)) for text in texts])
    >>> isinstance(Mine(), Trainable)
    True
    """

    def towers(self) -> tuple[torch.nn.Module, torch.nn.Module]:
        """Return the image and the text tower: from rows of what the other two give to (n, d) vectors of one width.

        A tower that is a `mmgap.encoders.tower_modules.HeadedTower` has a head that can be trained by itself.
        """
        ...

    def image_inputs(self, images: Sequence[Image]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """Return a tensor on the CPU with one row an image, or several by name; the tower gets the same of a batch."""
        ...

    def text_inputs(self, texts: Sequence[str]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """Return what the text tower takes of all texts of a split."""
        ...


class Changes(Protocol):
    """What a training changed of an encoder, as the encoder's family needs it to come up with the trained one."""

    def after(self, fingerprint: dict[str, Any]) -> dict[str, Any]:
        """Return the fingerprint of an encoder, or of a part of it, with what was changed."""
        ...

    def touched(self, modality: str) -> bool:
        """Return whether anything below the head of a tower was trained."""
        ...

    def put_into(self, model: Any, modality: str) -> Any:
        """Put what was trained below the head of a tower into its model, and return the model.

        Raises:
            EncoderError: it is damaged, or belongs to another model.
        """
        ...

    def projection_file(self) -> Path:
        """Return the file of the trained heads, as `mmgap.spaces.PairMap.save` writes it.

        Raises:
            EncoderError: it is damaged.
        """
        ...


def identity_of(encoder: Encoder) -> dict[str, Any]:
    """Return what stands for an encoder's code in keys: as `mmgap.encoders.load` found it, else that of its class."""
    known = getattr(encoder, "mmgap_identity", None)
    return identity(type(encoder)) if known is None else dict(known)


def identified(encoder: Encoder, found: dict[str, Any]) -> None:
    """Let an encoder, and the one beneath its projection, carry what stands for its code.

    What it carries already, that of the encoder it was trained from, stays as ``base``.
    """
    known = getattr(encoder, "mmgap_identity", FIRST)
    told = found if known in (FIRST, found) else {**found, "base": known}
    try:
        encoder.mmgap_identity = told  # type: ignore[attr-defined]
    except AttributeError:  # one with slots, or frozen: its class has to do
        return
    if isinstance(raw := getattr(encoder, "raw", None), Encoder):
        identified(raw, found)
