"""Which quantity a name promises: ``recall@5``, ``img_r1``, ``ndcg_at_10``, ``uniformity_loss`` …"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Quantities → what their names look like, the more special first. ``{k}`` is where a number of places stands.
_K = r"(?:[@_ \-]*(?:at|@|k|cut)?[@_ =\-]*(\d+))"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("map_at_r", r"mean_average_precision_at_r|map[@_]?(?:at_?)?r(?![a-z0-9])"),
    ("r_precision", r"r[_-]?precision|precision_at_r(?![a-z])"),
    ("rsum", r"r[_-]?sum|recall_sum|mean_recall(?!\w*\d)|average_recall(?!\w*\d)|(?<![a-z])mr(?![a-z0-9])|r_?mean"),
    ("median_rank", r"med(?:ian)?_?(?:r|rank)(?![a-z])|medr"),
    ("mean_rank", r"mean_?(?:r|rank)(?![a-z])|average_rank|meanr"),
    ("mrr", rf"(?:mrr|reciprocal_?rank){_K}?"),
    ("ndcg", rf"(?:n?dcg|discounted_?cumulative){_K}?|normalized_dcg{_K}?"),
    ("map", rf"(?:mean_?average_?precision|average_?precision|(?<![a-z])m?ap(?![a-z])){_K}?"),
    ("class_recall", r"recall_macro|macro_recall|recall_weighted|uar"),
    ("class_precision", r"precision_macro|macro_precision|precision_weighted"),
    ("f1", r"(?<![a-z0-9])f1|f_?score"),
    ("rmg", r"(?<![a-z])rmg|relative_?modality"),
    ("clip_loss", r"clip_?loss|contrastive|info_?nce|cross_?entropy|nt_?xent"),
    ("cka", r"cka|kernel_alignment"),
    ("uniformity", r"uniform"),
    ("clip_score", r"clip_?score|clip_?s(?![a-z])"),
    ("alignment", r"align|l2i"),
    ("gap", r"(?:modality_?)?gap(?![a-z])|centroid|l2m"),
    ("cosine", r"cos|similarit(?:y|ies)(?!_matrix)|positives?|negatives?|anisotropy"),
    ("precision", rf"(?:precision|(?<![a-z])prec|(?<![a-z])p(?=@|_at|_?\d)){_K}?"),
    (
        "recall",
        rf"(?:recall|(?<![a-z])rec|hits?_?rate|hits?|success|acc(?:uracy)?|top|(?<![a-z])r(?=@|_?at|_?\d|k))(?:_?acc(?:uracy)?)?{_K}?",
    ),
)

#: Quantities that retrieval functions return.
RANKING = ("recall", "precision", "mrr", "ndcg", "map", "r_precision", "map_at_r", "rsum", "median_rank", "mean_rank")

#: Those that are ranks, not shares.
RANKS = ("median_rank", "mean_rank")

QUANTITIES = tuple(dict.fromkeys(name for name, _ in _PATTERNS))


@dataclass(frozen=True, order=True)
class Claim:
    """A quantity, with its number of places where that is known."""

    quantity: str
    k: int | None = None

    def __str__(self) -> str:
        return self.quantity if self.k is None else f"{self.quantity}@{self.k}"


def claim_in(name: str) -> Claim | None:
    """Return what a name promises, or None: a name with a number of places, else the first one that stands in it.

    >>> [str(claim_in(name)) for name in ("img_r1", "Recall@10", "ndcg_at_10", "medr", "uniformity", "R@5", "loss")]
    ['recall@1', 'recall@10', 'ndcg@10', 'median_rank', 'uniformity', 'recall@5', 'None']
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    found = []
    for order, (quantity, pattern) in enumerate(_PATTERNS):
        if match := re.search(pattern, plain):
            numbers = [int(one) for one in match.groups() if one]
            found.append((not numbers, match.start(), order, Claim(quantity, *numbers[:1])))
    return min(found)[-1] if found else None


def is_area(name: str) -> bool:
    """Return whether a name is of an area under a curve, which is not the quantity that its name holds besides.

    >>> is_area("nAUC_MRR@5_max"), is_area("mrr@5")
    (True, False)
    """
    return re.search(r"(?<![a-z])n?auc(?![a-z])", name.lower()) is not None


def claims_of(names: str) -> tuple[Claim, ...]:
    """Return what a user says that a function computes: ``recall@1,ndcg@10``.

    Raises:
        ValueError: a name of nothing that is known.
    """
    claims = []
    for name in filter(None, (one.strip() for one in names.split(","))):
        if name == "retrieval":
            claims += [Claim(quantity) for quantity in RANKING]
            continue
        claim = claim_in(name)
        if claim is None:
            raise ValueError(
                f"--claims {name}: not known; choose of retrieval, {', '.join(QUANTITIES)}, with @k for places"
            )
        claims.append(claim)
    return tuple(claims)


def promised(name: str) -> tuple[Claim, ...]:
    """Return what the name of a function promises: one quantity, or nothing."""
    claim = claim_in(name)
    return () if claim is None else (claim,)
