"""The definitions of recall in words, and who prints which."""

from __future__ import annotations

from mmgap.card.card_parts import RecallLine
from mmgap.core.messages import N_, Message

#: Definition → its name.
NAMES = {
    "any": N_("any hit"),
    "share": N_("share of the right ones found"),
    "r_precision": N_("R-precision"),
    "map_at_r": N_("mAP@R"),
    "own": N_("own pair"),
}

#: A sentence each: what counts, and who prints it.
SENTENCES = {
    "any": N_(
        "Any hit: a query counts as answered where any of its right items is among the first k. CLIP_benchmark and most"
        " papers print it as R@k, torchmetrics as RetrievalHitRate, sentence-transformers as accuracy@k, MTEB as"
        " hit_rate_at_k."
    ),
    "share": N_(
        "Share found: which part of its right items a query has among the first k. torchmetrics (RetrievalRecall),"
        " sentence-transformers (recall@k) and MTEB (recall_at_k, by pytrec_eval) print it; with c captions an image it"
        " is at most k/c, so that with five captions a perfect model has 20 at k = 1."
    ),
    "r_precision": N_(
        "R-precision: the share of right items among the first R, where a query has R right ones. ECCV Caption,"
        " pytorch-metric-learning and torchmetrics (RetrievalRPrecision) print it."
    ),
    "map_at_r": N_(
        "mAP@R: the mean over the first R places of the precision up to each right item. ECCV Caption and"
        " pytorch-metric-learning print it."
    ),
    "own": N_(
        "Own pair: only the image that a text came with is right, and any of an image's own texts. open_clip prints it"
        " while it trains, Liang et al. (2022) for one caption an image; a caption that g images share costs it."
    ),
    "pool": N_(
        "In pools: the same ranking among n images drawn at random, as an exact expectation. The thesis of 2024 prints"
        " pools of 90, older papers COCO's 1K, others its 5K; a smaller pool is easier."
    ),
}


def definition_name(line: RecallLine) -> Message:
    """Return the definition with its k and its pool.

    >>> from mmgap.stats.interval import Interval
    >>> definition_name(RecallLine("any", "t2i", 5, 90, Interval(0.5, 0.4, 0.6, 0.95, 9, "")))
    'R@5, any hit, pool 90'
    """
    name = Message(NAMES[line.definition])
    if line.k is None:
        return name
    if line.pool is None:
        return Message("R@{k}, {definition}", k=line.k, definition=name)
    return Message("R@{k}, {definition}, pool {pool}", k=line.k, definition=name, pool=line.pool)
