"""The arrays that a row keeps of a measured space: names, dtypes and shapes, for those who write and who read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np

#: The arrays of a row by name, as `mmgap.rows.recorder.Recorder.keep` takes and a figure or a comparison reads them.
Items: TypeAlias = "Mapping[str, np.ndarray]"

#: How one index of images and texts is searched: by all scores, by indexes of faiss.
_SEARCHES = ("", "_flat", "_hnsw", "_ivfpq")

#: Name → dtype and axes: N images, M texts, B bins, n ≤ 200 and m ≤ 40 sampled pairs, U bytes of UTF-8, a name a line.
#: ``neighbours_…`` are N_k: how many queries hold each text (i2t) or image (t2i) among their 10 nearest.
#: Beside them stand the chances of a hit of each query, float64, by the name of the recall that is their mean.
SPACE_ARRAYS: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "edges": ("float64", ("B + 1",)),
    "histogram_image": ("int64", ("B",)),
    "histogram_text": ("int64", ("B",)),
    "histogram_matched": ("int64", ("B",)),
    "histogram_unmatched": ("int64", ("B",)),
    "map_image": ("float32", ("n", 2)),
    "map_text": ("float32", ("n", 2)),
    "map_ids": ("uint8", ("U",)),
    "map_explained": ("float64", (2,)),
    "similarity": ("float32", ("m", "m")),
    "sample_ids": ("uint8", ("U",)),
    "matched_cosine": ("float64", ("M",)),
    "owner": ("int64", ("M",)),
    "cluster": ("int64", ("N",)),
    "neighbours_i2t": ("float64", ("M",)),
    "neighbours_t2i": ("float64", ("N",)),
    "gap_replicates": ("float64", (2, "draws")),
    "gap_interval": ("float64", ("value, low, high, clusters",)),
}

#: What `mmgap.evaluation.mixed_record.record_mixed` keeps of each query, likewise.
MIXED_ARRAYS: dict[str, tuple[str, tuple[str | int, ...]]] = {
    f"mixed_{way}_{name}": ("float64", (side,))
    for way, side in (("t2i", "M"), ("i2t", "N"))
    for name in ("ndcg10", "mrr", *(f"{one}{by}" for one in ("share10", "r1") for by in _SEARCHES))
}

#: What `mmgap.evaluation.robust_record.record_robustness` keeps of each query, likewise; not the wording, whose items
#: are captions that have a sibling.
ROBUST_ARRAYS: dict[str, tuple[str, tuple[str | int, ...]]] = {
    f"{way}_r1_own_{kind}": ("float64", (side,))
    for way, side in (("t2i", "M"), ("i2t", "N"))
    for kind in ("noise", "int8", "binary", "pq")
}

#: What `mmgap.evaluation.transfer_record` and `mmgap.evaluation.layer_record` keep: G groups of images by how many
#: share a caption (the least of each, and its images), L and K layers of both towers with their widths W in all, S
#: sampled pairs; names as in ``map_ids``. T images have a class: their hits by the name of the share, and the cluster
#: of images that share a caption. J pseudo-values (`mmgap.stats.pseudo_values`) by the name of their metric, or of CKA
#: at the first layer less that at the last.
TRANSFER_ARRAYS: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "multiplicity": ("int64", ("G", 2)),
    "multiplicity_gap": ("float64", ("G", "value, low, high")),
    "multiplicity_r1_own": ("float64", ("G", "value, low, high")),
    "multiplicity_r1": ("float64", ("G", "value, low, high")),
    "cka_image": ("float64", ("L before", "L after")),
    "cka_text": ("float64", ("K before", "K after")),
    "cka_cross": ("float64", ("L", "K")),
    "cka_first_less_last": ("float64", ("J",)),
    "layer_items": ("int64", ("S",)),
    **dict.fromkeys(("probe", "probe_cross", "knn5", "zero_shot"), ("float64", ("T",))),
    "class_cluster": ("int64", ("T",)),
    "v_measure_class": ("float64", ("J",)),
    **{
        f"{what}_{side}": (dtype, axes)
        for side, layers in (("image", "L"), ("text", "K"))
        for what, dtype, axes in (
            ("layers", "float32", ("S", "W")),
            ("layer_widths", "int64", (layers,)),
            ("layer_names", "uint8", ("U",)),
        )
    },
}
