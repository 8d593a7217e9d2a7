"""The gaps of known models, each as printed or published, with its source: the ruler that a card is held against."""

from __future__ import annotations

from dataclasses import dataclass

from mmgap.core.messages import Message, joined

CLIP_16, CLIP_32, CLIP_14 = "CLIP ViT-B/16", "CLIP ViT-B/32", "CLIP ViT-L/14"
TOWERS = "MobileNetV2 + MiniLM"
ENGLISH, SPANISH = Message("ARASAAC, English"), Message("ARASAAC, Spanish")


@dataclass(frozen=True)
class KnownGap:
    """One model on one data set.

    Attributes:
        model, data: in words.
        gap: in [0, 2]; corrected for noise where ``low`` and ``high`` stand, else as its source prints it.
        low, high: ends of its 95 % interval; None where its source has none.
        source: file of a published row, or paper and table.
    """

    model: str
    data: str
    gap: float
    low: float | None
    high: float | None
    source: str

    @property
    def name(self) -> Message:
        """Model and data."""
        return joined(" · ", [self.model, self.data])


def known_gaps() -> tuple[KnownGap, ...]:
    """Return all of them, the smallest first.

    >>> [one.gap for one in known_gaps() if one.name == "CLIP ViT-B/16 · COCO, 500 photos"]
    [0.851]
    """
    return tuple(sorted(_KNOWN, key=lambda one: one.gap))


def nearest(gap: float) -> KnownGap:
    """Return the known model whose gap is nearest."""
    return min(known_gaps(), key=lambda one: abs(one.gap - gap))


def _photos(number: str) -> Message:
    return Message("COCO, {number} photos", number=number)


def _random_weights(model: str) -> Message:
    return Message("{model}, random weights", model=model)


def _random_heads(model: str) -> Message:
    return Message("{model}, random heads", model=model)


def _tuned(model: str) -> Message:
    return Message("{model}, fine-tuned", model=model)


def _row(name: str) -> str:
    return f"reports/published/measure-{name}.json"


def _thesis(table: str, loss: str) -> Message:
    where = "A. C. Lazar Crisan (2024), Universidad de Zaragoza"
    return Message("{where}, table {table}, loss {loss}", where=where, table=table, loss=loss)


_LIANG = Message(
    "Liang et al. (NeurIPS 2022), {file} of {repository} at {commit}",
    file="get_gap_stats.ipynb",
    repository="Weixin-Liang/Modality-Gap",
    commit="8e20cb2",
)

_KNOWN = (
    KnownGap(
        CLIP_16,
        _photos("500"),
        0.851,
        0.844,
        0.857,
        _row("vectors-vectors-features_clip.npy-captions-first-s0-81121bdbaa64a6e2"),
    ),
    KnownGap(
        _random_weights(CLIP_16),
        _photos("500"),
        1.135,
        1.128,
        1.143,
        _row("vectors-vectors-features_clip_random.npy-captions-first-s0-809ee649d05dc521"),
    ),
    KnownGap(
        Message("{model} (ships with mmgap)", model="tiny"),
        "glyphs-en",
        0.533,
        0.522,
        0.543,
        _row("tiny-glyphs-en-captions-first-s0-d25303b10fd1ad47"),
    ),
    KnownGap(
        _random_heads(TOWERS),
        "Flickr8k",
        0.713,
        0.708,
        0.718,
        _row("two-towers-mobilenet-v2-minilm-random-flickr8k-captions-first-s0-b435af3e9bc3686e"),
    ),
    KnownGap(
        f"{TOWERS}, CCA",
        "Flickr8k",
        0.033,
        0.025,
        0.041,
        _row("two-towers-mobilenet-v2-minilm-cca-flickr8k-captions-first-s0-688e9c404ddc5a02"),
    ),
    KnownGap(
        f"{TOWERS}, CCA",
        ENGLISH,
        0.055,
        0.029,
        0.082,
        _row("two-towers-mobilenet-v2-minilm-cca-arasaac-en-captions-first-s0-5609262568d1bfb8"),
    ),
    KnownGap(CLIP_32, _photos("5,000"), 0.822, None, None, _LIANG),
    KnownGap(CLIP_14, "COCO", 0.92, None, None, _thesis("5.5", "initial")),
    KnownGap(_tuned(CLIP_14), "COCO", 0.5, None, None, _thesis("5.5", "ce")),
    KnownGap(CLIP_14, ENGLISH, 1.0, None, None, _thesis("5.6", "initial")),
    KnownGap(_tuned(CLIP_14), ENGLISH, 0.68, None, None, _thesis("5.6", "ce")),
    KnownGap(CLIP_14, SPANISH, 1.0, None, None, _thesis("5.7", "initial")),
    KnownGap(_tuned(CLIP_14), SPANISH, 0.52, None, None, _thesis("5.7", "ce")),
)
