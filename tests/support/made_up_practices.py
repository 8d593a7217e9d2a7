"""Rows and arrays of the practices, made of random vectors as the experiment makes them of real ones."""

import numpy as np

from mmgap.analysis.encoder_comparisons import studies
from tests.support.made_up_rows import metric, row, with_items

BEFORE, CLIP = "two-towers:resnet-50,minilm,random", "clip-vit-b-32"


def as_bytes(names):
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8).copy()


def arrays(names, categories, owner=None, strength=1.0, seed=0, thumbnails=False):
    """Items of N images; ``strength`` says how far a caption's vector follows its image's."""
    rng = np.random.default_rng(seed)
    n, kinds = len(names), list(dict.fromkeys(categories))
    owner = np.arange(n) if owner is None else np.asarray(owner, dtype=np.int64)
    centres = rng.normal(size=(len(kinds), 24))
    images = 0.8 * centres[[kinds.index(name) for name in categories]] + rng.normal(size=(n, 24))
    texts = strength * images[owner] + rng.normal(size=(len(owner), 24)) + 1.5
    images, texts = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (images, texts))
    both = np.concatenate([images, texts])
    centred = both - both.mean(axis=0)
    found = {
        "ids": as_bytes(names),
        "categories": as_bytes(categories),
        "owner": owner,
        "image_image": (images @ images.T).astype(np.float32),
        "image_text": (images @ texts.T).astype(np.float32),
        "text_text": (texts @ texts.T).astype(np.float32),
        "map_pca": (centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T).astype(np.float32),
    }
    if len(owner):
        found["best_caption"] = found["image_text"].argmax(axis=1)
        found["top1_image"] = (owner[found["best_caption"]] == np.arange(n)).astype(np.float64)
    else:
        found["best_caption"], found["top1_image"] = np.zeros(n, dtype=np.int64), np.zeros(n)
    found["diagonal"] = found["image_text"][owner, np.arange(len(owner))]
    found["map_tsne"] = found["map_umap"] = found["map_pca"][:, ::-1].copy()
    if thumbnails:
        found["thumbnails"] = rng.integers(0, 255, size=(n, 48, 48, 3), dtype=np.uint8)
    return found


def metrics(items):
    """What the experiment records of such arrays, in its order."""
    blocks = {"image_within_category": metric(0.5), "image_between_category": metric(0.3)}
    if not len(items["owner"]):
        return blocks
    own = items["owner"][None] == np.arange(len(items["image_image"]))[:, None]
    diagonal, others = items["diagonal"].astype(float), items["image_text"][~own].astype(float)
    top1 = float(items["top1_image"].mean())
    found = {f"{way}_r{k}": metric(top1, unit="share", better=True) for way in ("i2t", "t2i") for k in (1, 5, 10)}
    found["top1"] = metric(top1, max(0, top1 - 0.1), min(1, top1 + 0.1), "share", True)
    for name, how in (("mean", np.mean), ("sd", np.std), ("min", np.min), ("max", np.max)):
        found[f"diagonal_{name}"] = metric(float(how(diagonal)))
    if len(others):
        found |= {"off_diagonal_mean": metric(float(others.mean())), "off_diagonal_sd": metric(float(others.std()))}
    for kind in ("text", "pair"):
        blocks |= {f"{kind}_within_category": metric(0.4), f"{kind}_between_category": metric(0.2)}
    return {**found, **blocks, "gap": metric(0.9), "modality_separability": metric(1.0)}


def practice(cache, items, encoder=CLIP, dataset="folder:/data/my photos", **keywords):
    """A finished row, its arrays in the cache."""
    one = row("practices", encoder, dataset, metrics=metrics(items), **keywords)
    one["inputs"] |= {"n_images": len(items["image_image"]), "n_texts": len(items["owner"])}
    return with_items(cache, one, items)


def twenty(strength=1.0, **keywords):
    """Four categories of five photos, as the printed practices had."""
    kinds = ("Urban Scenes", "Nature", "World Cuisine", "Wildlife")
    names = [f"{kind}/photo {i} of {kind.lower()}.JPG" for kind in kinds for i in range(5)]
    return arrays(names, [kind for kind in kinds for _ in range(5)], strength=strength, **keywords)


def write_results(rows, folder, cache):
    """The files that stand beside a report of these rows."""
    return [path for study in studies(rows, folder, cache) for path in study.write(folder)]
