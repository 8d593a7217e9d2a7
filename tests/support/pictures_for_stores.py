"""Small collections of pictures, for tests of what is made of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from mmgap.datasets import Dataset
from mmgap.datasets.images import ImageFiles


def noise(size: tuple[int, int] = (20, 14), seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def draw(folder: Path, count: int = 5) -> list[str]:
    """Paths of ``count`` different PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [str(folder / f"{k}.png") for k in range(count)]
    for k, file in enumerate(files):
        noise((20 + k, 14), k).save(file)
    return files


def dataset(files: list[str], collection: tuple[str, ...] = (), **more) -> Dataset:
    """The files as a data set with one caption each, ids their names."""
    facts = {"name": "made-up", "split": "test", "revision": "0", "language": "en", "licence": "mine"}
    ids = tuple(Path(file).name for file in files)
    captions = tuple(f"captión of {i}" for i in ids)
    images = ImageFiles(tuple(files), collection)
    parts = {"image_ids": ids, "images": images, "captions": captions, "owner": np.arange(len(ids))}
    return Dataset(**(facts | parts | more))
