"""What mmgap's own objects give stays as it is, or their version is raised: keys hold no more of their code than that.

Golden numbers lie in golden_outputs.json, under the kind and name of the entry and its version. A new entry, or a new
version of one, is added (and nothing that is there is changed) by

    MMGAP_GOLDEN=add pytest tests/test_golden_outputs.py

Data sets whose pictures come from elsewhere have a revision made of their content, and are not here.
"""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest

from mmgap import adapters, datasets, encoders, losses, spaces

pytestmark = pytest.mark.usefixtures("one_thread")

GOLDEN = Path(__file__).with_name("golden_outputs.json")

#: Losses and maps are computed the same way everywhere; a forward pass may round otherwise on another machine.
EXACT, ROUNDED = 1e-6, 2e-4

REGISTRIES = {
    "loss": (losses.registry, "mmgap/losses/loss_registry.py"),
    "dataset": (datasets.registry, "mmgap/datasets/__init__.py"),
    "space": (spaces.registry, "mmgap/spaces/__init__.py"),
    "adapter": (adapters.registry, "mmgap/adapters/__init__.py"),
    "encoder": (encoders.registry, "mmgap/encoders/__init__.py"),
}


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def drawn(shape, seed):
    """Numbers that no release of NumPy draws otherwise."""
    return np.sin(np.arange(1, np.prod(shape) + 1, dtype=np.float64) * (1.7 + seed)).reshape(shape)


def of_loss(name):
    """Its value and gradient, with its usual options and at two logit scales."""
    import torch

    x, y = (torch.from_numpy(unit(drawn((12, 6), seed))).requires_grad_() for seed in (0, 1))
    found = [losses.parse(name)(x, y), losses.parse(name)(x, y, logit_scale=20.0)]
    gradients = torch.autograd.grad(found[1], (x, y))
    return [*(value.item() for value in found), *(side[0, k].item() for side in gradients for k in (0, 1))]


def of_dataset(name):
    """The number of captions of each split, the digest of captions and owners, and of the pixels of a few pictures."""
    counts, digest = [], hashlib.sha256()
    for split in datasets.SPLITS:
        data = datasets.load(name, split=split)
        counts.append(len(data.captions))
        digest.update(json.dumps([data.image_ids, data.captions, data.owner.tolist()], ensure_ascii=False).encode())
        for k in range(0, len(data.images), len(data.images) // 3):
            digest.update(data.images[k].tobytes())
    return [*counts, *digest.digest()[:8]]


def of_space(name):
    """The strength that is chosen where one is, and some entries of the maps."""
    x, width = drawn((60, 5), 0), 7 if spaces.registry.get(name).needs_pairs else 5
    y = x @ drawn((5, width), 1) + 0.5 * drawn((60, width), 2)
    train, held = (
        spaces.Pairs("made-up", split, x[rows], y[rows], np.arange(30))
        for split, rows in (("train", slice(30)), ("validation", slice(30, None)))
    )
    fitted = spaces.parse(name).fit(train, held)
    images, texts = fitted.transform(x[:2], y[:2])
    return [
        *([] if fitted.strength is None else [fitted.strength]),
        *np.abs(images).sum(axis=1),
        *np.abs(texts).sum(axis=1),
        *(unit(images) * unit(texts)).sum(1),
    ]


def of_adapter(name):
    """Some logits after two shots of three classes; CLAP's are taken at a rate that blows no rounding up."""
    shots = adapters.LabelledVectors(drawn((6, 8), 0), np.array([0, 1, 2, 0, 1, 2]))
    fitted = adapters.parse("clap:0.01" if name == "clap" else name).fit(shots, drawn((3, 8), 1), seed=3)
    return fitted.logits(drawn((2, 8), 2)).ravel().tolist()


def of_encoder(name):
    """Some components of the vectors of two pictures and two captions."""
    data = datasets.load("glyphs-en", captions="first").select([0, 100])
    made = encoders.load(name)
    sides = made.encode_images(data.images), made.encode_texts(data.captions)
    return [float(vectors[k, at]) for vectors in sides for k in (0, 1) for at in (0, 17, 40)]


CASES = [
    *(("loss", name, of_loss, EXACT) for name in losses.registry),
    *(("dataset", name, of_dataset, 0) for name in datasets.registry if name.startswith("glyphs-")),
    *(("space", name, of_space, EXACT) for name in spaces.registry),
    *(("adapter", name, of_adapter, ROUNDED) for name in adapters.registry),
    *(("encoder", name, of_encoder, ROUNDED) for name in ("tiny-random", "tiny")),
]


@pytest.mark.parametrize(("kind", "name", "of", "tolerance"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_the_output_changes_with_the_version_alone(kind, name, of, tolerance):
    registry, file = REGISTRIES[kind]
    version = str(registry.identity(name)["version"])
    golden = json.loads(GOLDEN.read_text())
    known = golden.setdefault(f"{kind} {name}", {})
    found = [float(f"{value:.9g}") for value in of(name)]
    if version not in known and os.environ.get("MMGAP_GOLDEN") == "add":
        known[version] = found
        lines = [f"{json.dumps(entry)}: {json.dumps(golden[entry])}" for entry in sorted(golden)]
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    assert version in known, f"no golden output of {kind} {name}, version {version}: MMGAP_GOLDEN=add pytest {__file__}"
    same = len(found) == len(known[version]) and np.allclose(found, known[version], rtol=tolerance, atol=tolerance)
    assert same, f"the output of {kind} {name} changed: raise its version in {file}"


def test_a_changed_output_is_named(monkeypatch):
    import torch

    monkeypatch.delenv("MMGAP_GOLDEN", raising=False)
    monkeypatch.setitem(losses.registry._entries, "align", lambda x, y, logit_scale=1.0: torch.sum(x * y))
    with pytest.raises(AssertionError, match=r"output of loss align changed: raise its version in mmgap/losses"):
        test_the_output_changes_with_the_version_alone("loss", "align", of_loss, EXACT)
    monkeypatch.setitem(losses.registry._versions, "align", 2)
    with pytest.raises(AssertionError, match="no golden output of loss align, version 2"):
        test_the_output_changes_with_the_version_alone("loss", "align", of_loss, EXACT)
