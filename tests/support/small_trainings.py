"""Small things to train on and with: squares in two colours, every family of encoders, a trainer of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mmgap import encoders, losses
from mmgap.datasets import Dataset
from mmgap.training.batch_order import Order
from mmgap.training.data_splits import Splits
from mmgap.training.distributed import World
from mmgap.training.extra_inputs import extra_inputs
from mmgap.training.loop import Trainer
from mmgap.training.model_inputs import pair_rows
from mmgap.training.recipe import Recipe
from mmgap.training.run import prepared_dual
from mmgap.training.trainable_model import Dual
from mmgap.training.training_pairs import TrainingPairs
from mmgap.training.validation import Watched, encode
from tests.support import small_models

COLOURS = ("red", "green", "blue", "cyan", "pink", "yellow", "white", "black")
RGB = (
    (230, 20, 20),
    (20, 200, 20),
    (20, 20, 230),
    (20, 220, 220),
    (230, 120, 180),
    (230, 230, 20),
    (250,) * 3,
    (9,) * 3,
)


def squares(count: int = 12, split: str = "train", start: int = 0, captions: int = 1, repeats: int = 0) -> Dataset:
    """32 × 32 pictures of two colours, the upper and the lower half, with noise, and captions that name both.

    Args:
        count: pictures.
        split: that it says it is.
        start: number of the first picture: other numbers, other pairs of colours.
        captions: of each picture.
        repeats: the last so many pictures have the captions of the first.
    """
    pictures, texts = [], []
    for k in range(start, start + count):
        upper, lower = k % 8, (k // 8 + 3 * k + 1) % 8
        values = np.full((32, 32, 3), RGB[upper], dtype=np.int64)
        values[16:] = RGB[lower]
        values += np.random.default_rng(k).integers(-9, 10, values.shape)
        pictures.append(Image.fromarray(values.clip(0, 255).astype(np.uint8)))
        texts.append([f"{COLOURS[upper]} on {COLOURS[lower]}" + "!" * k for k in range(captions)])
    if repeats:
        texts[-repeats:] = [texts[0]] * repeats
    return Dataset(
        name="squares",
        split=split,
        revision=f"{count} {start} {captions} {repeats}",
        image_ids=tuple(f"{split}{k}" for k in range(count)),
        images=tuple(pictures),
        captions=tuple(text for some in texts for text in some),
        owner=np.repeat(np.arange(count), captions),
        language="en",
    )


def splits(count: int = 12, **options: int) -> Splits:
    """Train and validation; see `squares`."""
    return Splits(squares(count, **options), squares(6, "validation", start=40))


def family(name: str, folder: Path) -> str:
    """The spec of a small encoder of ``clip``, ``siglip``, ``dual`` or ``towers``, made in ``folder``."""
    if name == "towers":
        return f"two-towers:{small_models.towers(folder)},random"
    return f"hf:{getattr(small_models, name)(folder / name)}"


@dataclass
class Prepared:
    """An encoder, ready to be trained, with all that a `Trainer` takes."""

    spec: str
    recipe: Recipe
    splits: Splits
    folder: Path
    world: World = field(default_factory=World)
    on_epoch: object = None

    def __post_init__(self) -> None:
        self.encoder = encoders.load(self.spec)
        self.dual: Dual = prepared_dual(self.encoder, self.splits, self.recipe)
        images, texts = pair_rows(self.dual, self.encoder, self.splits.train)
        extra = extra_inputs(losses.parse(self.recipe.loss), self.splits.train)
        self.pairs = TrainingPairs(images, texts, Order(self.splits.train, self.recipe, self.world.size), extra)
        validation = self.splits.validation
        first = np.unique(validation.owner, return_index=True)[1]
        rows = pair_rows(self.dual, self.encoder, validation)
        self.watched = Watched(*rows, first, validation.caption_groups, self.recipe.seed)

    def trainer(self, key: str = "key", double: bool = False) -> Trainer:
        """Of these; in float64 if asked."""
        if double:
            self.dual.double()
        made = Trainer(
            self.dual,
            self.pairs,
            self.watched,
            self.recipe,
            self.folder,
            key,
            world=self.world,
            on_epoch=self.on_epoch,
        )
        made.step.loss.to(self.dual.log_scale.dtype)
        return made

    def batch(self, epoch: int = 1, number: int = 0) -> tuple[object, object, dict[str, torch.Tensor]]:
        """What the towers take of one batch, this process's share, and what the loss needs of all of it."""
        return self.pairs.read(self.pairs.order.epoch(epoch)[number], self.world)

    def vectors(self, split: str = "validation") -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors of all images and texts of a split, by the `Dual`."""
        data = getattr(self.splits, split)
        images, texts = pair_rows(self.dual, self.encoder, data)
        return encode(self.dual, images, "image", "cpu").numpy(), encode(self.dual, texts, "text", "cpu").numpy()


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def encoded(spec: str, data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors of a data set by an encoder, nothing kept."""
    encoder = encoders.load(spec)
    return unit(encoder.encode_images(data.images)), unit(encoder.encode_texts(data.captions))


def gradients(
    trainer: Trainer, images: object, texts: object, extra: dict[str, torch.Tensor], seed: int = 3
) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of one step; the parameters are put back."""
    before = {name: p.detach().clone() for name, p in trainer.step.trained.items()}
    torch.manual_seed(seed)
    trainer.dual.train()
    found = trainer.step(images, texts, extra)
    with torch.no_grad():
        for name, p in trainer.step.trained.items():
            p.copy_(before[name])
    return found["loss"], {name: p.grad.clone() for name, p in trainer.step.trained.items() if p.grad is not None}
