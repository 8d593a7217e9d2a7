"""The cone effect (thesis figures 3.1, 3.3; Liang et al. 2022): random networks, each with a cone of its own."""

import pytest

SEEDS, ITEMS, DATASET = 25, 64, "glyphs-en"
QUOTED = {"resnet": "resnet", "vit": "vit", "text-transformer": "text_transformer"}


@pytest.mark.experiment(
    "cones",
    version=1,
    variants=[{"architecture": name} for name in QUOTED],
    seeded=False,
    data=DATASET,
    items=ITEMS,
    initialisations=SEEDS,
)
def test_cone(cell, record):
    """Items of one initialisation lie close together, and far from those of another."""
    import numpy as np

    from mmgap import datasets, stats
    from mmgap.core.text_arrays import as_array
    from mmgap.encoders.random_cones import ARCHITECTURES, random_cones, seeds_apart
    from mmgap.theory.printed import document

    architecture = cell.value("architecture")
    data = datasets.load(DATASET, captions="first")
    items = [data.images[i] for i in range(ITEMS)] if ARCHITECTURES[architecture] == "image" else data.captions[:ITEMS]
    made = random_cones(architecture, items, range(SEEDS))
    within = stats.seed_interval([cone.mean for cone in made])
    least = stats.seed_interval([cone.minimum for cone in made])
    between = seeds_apart(made)
    record("cosine_mean", within.value, ci=(within.low, within.high), n=SEEDS)
    record("cosine_min", least.value, ci=(least.low, least.high), n=SEEDS)
    record("cosine_between_seeds", between, n=SEEDS)
    quoted = document()["liang_2022_quoted"]
    mean, low = (quoted[f"{which}_within_modality_cosine"][QUOTED[architecture]] for which in ("mean", "min"))
    record.note(
        "Liang et al. (2022) quote a mean of {mean} and a least cosine of {low} for a trained {architecture} on"
        " {samples} COCO items; here networks are small and random, on {items} items of {data}.",
        mean=mean,
        low=low,
        architecture=architecture,
        samples=quoted["samples"],
        items=ITEMS,
        data=DATASET,
    )
    record.keep(
        {
            "vectors": np.stack([cone.vectors for cone in made]),
            "kind": as_array([architecture]),
        }
    )
    assert between < within.low, "each initialisation has a cone of its own"


@pytest.mark.experiment("depth", version=1, seeded=False)
def test_depth(cell, record):
    """Non-linear layers narrow the cone, linear ones do not."""
    from mmgap.encoders.random_cones import cosine_by_depth

    means = {activation: cosine_by_depth(activation) for activation in ("relu", "sigmoid", "tanh", "linear")}
    for activation, by_layer in means.items():
        record(f"{activation}.first", by_layer[0])
        record(f"{activation}.last", by_layer[-1])
    record.keep(means)
    assert all((by_layer[-1] > 0.1) == (activation != "linear") for activation, by_layer in means.items())
