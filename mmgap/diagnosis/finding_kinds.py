"""What the doctor can find, in the order in which it is told; the standard library only, as experiments name them."""

from __future__ import annotations

KINDS = (
    "nonfinite",
    "zero_rows",
    "norms",
    "collapse",
    "duplicates",
    "shared_component",
    "shifted_rows",
    "shuffled_rows",
    "swapped_modalities",
    "mixed_sources",
    "truncated_texts",
    "logit_scale",
)
