"""What an experiment records of an encoder's layers: CKA before and after training, and between the towers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from mmgap import stats
from mmgap.core.messages import N_
from mmgap.core.text_arrays import as_array
from mmgap.encoders.base import EncoderError, TrainingError
from mmgap.encoders.layers import Modality, layer_vectors
from mmgap.metrics.minibatch_similarity import cka_between
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.similarity import cka_permutation_null, linear_cka
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Encoder

MODALITIES: tuple[Modality, ...] = ("image", "text")

#: Shuffles behind the p-value of CKA.
PERMUTATIONS = 200


def record_layers(
    record: Recorder, encoder: Encoder, dataset: Dataset, *, base: Encoder | None, items: int, device: str = "cpu"
) -> None:
    """Record debiased linear CKA of a sample's layers, and keep the pooled vectors of each.

    ``cka_pairs`` is that of image and text vectors, with ``cka_pairs_p`` from shuffled pairs. With a ``base`` also
    ``cka_image_first``, ``cka_image_last`` and the text's: the first layer, and the vectors, before and after training.
    Kept are ``cka_image`` and ``cka_text`` (layers before × after; of one encoder its layers among themselves) and
    ``cka_cross`` (image layers × text layers), with a ``base`` also the pseudo-values (`mmgap.stats.pseudo_values`) of
    CKA at the first layer less that at the last, mean of both towers, ``cka_first_less_last``.

    Args:
        record: the recording door of the cell.
        encoder: whose layers are looked at.
        dataset: of which a sample of ``items`` images with a caption each is shown.
        base: the same before training; None where nothing was trained.
        items: of the sample, spread over the dataset.
        device: where the models are.
    """
    chosen = np.unique(np.linspace(0, len(dataset.image_ids) - 1, items).astype(np.int64))
    sample = dataset.first_captions().select(chosen)
    try:
        layers = {side: _layers(encoder, sample, side, device) for side in MODALITIES}
        before = layers if base is None else {side: _layers(base, sample, side, device) for side in MODALITIES}
    except (TrainingError, EncoderError) as error:
        record.note(N_("Left out: {reason}."), reason=str(error))
        return
    n = len(chosen)
    for side in MODALITIES:
        matrix = cka_between(before[side], layers[side])
        record.keep({f"cka_{side}": matrix, **_kept(layers[side], side)})
        if base is not None:
            record(f"cka_{side}_first", matrix[0, 0], n=n)
            record(f"cka_{side}_last", matrix[-1, -1], n=n)
    shared = relevance_of(sample.relevance("any"), n, n, sample.owner).clusters
    if base is not None and len(np.unique(shared)) > 1:
        record.keep({"cka_first_less_last": stats.pseudo_values(lambda rows: _drop(before, layers, rows), shared)})
    record.keep({"cka_cross": cka_between(layers["image"], layers["text"]), "layer_items": chosen})
    pairs = cka_permutation_null(*(list(layers[side].values())[-1] for side in MODALITIES), permutations=PERMUTATIONS)
    record("cka_pairs", pairs.value, n=n)
    record("cka_pairs_p", pairs.p_value, n=PERMUTATIONS, unit="p")


def _drop(
    before: Mapping[Modality, Mapping[str, np.ndarray]],
    after: Mapping[Modality, Mapping[str, np.ndarray]],
    rows: np.ndarray,
) -> float:
    """CKA before and after training at the first layer less that at the last, mean of both towers, of some items."""
    found = []
    for side in MODALITIES:
        a, b = (list(layers[side].values()) for layers in (before, after))
        found.append(linear_cka(a[0][rows], b[0][rows]) - linear_cka(a[-1][rows], b[-1][rows]))
    return float(np.mean(found))


def _layers(encoder: Encoder, sample: Dataset, side: Modality, device: str) -> dict[str, np.ndarray]:
    return _joined(layer_vectors(encoder, sample, side, device=device))


def _joined(batches: Iterable[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    found = list(batches)
    return {name: np.concatenate([batch[name] for batch in found]) for name in found[0]}


def _kept(layers: Mapping[str, np.ndarray], side: Modality) -> dict[str, np.ndarray]:
    """Vectors of all layers side by side, their widths and their names."""
    return {
        f"layers_{side}": np.concatenate(list(layers.values()), axis=1).astype(np.float32),
        f"layer_widths_{side}": np.array([rows.shape[1] for rows in layers.values()], dtype=np.int64),
        f"layer_names_{side}": as_array(layers),
    }
