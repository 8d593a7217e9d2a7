"""The questions that a report answers below its first screen: a fold each, in this order."""

from __future__ import annotations

from mmgap.core.messages import N_
from mmgap.metrics.catalogue import described
from mmgap.metrics.catalogue_entry import COSINES, DISTANCE, RECALL, SPREAD

#: Name of a question, as sections and tables give it → what it asks.
QUESTIONS = {
    "apart": N_("How far apart are images and texts?"),
    "spread": N_("How spread are the vectors?"),
    "retrieval": N_("Does retrieval work?"),
    "where": N_("Where does the gap lie?"),
    "changes": N_("What did each loss and each space do?"),
    "encoders": N_("How do encoders compare?"),
    "use": N_("What else are the vectors good for?"),
    "theory": N_("What do theory and random networks say?"),
    "others": N_("What else was measured?"),
    "trust": N_("Can I trust it?"),
}

#: Of metrics whose family does not say it.
_BY_NAME = {
    "gap_share_top1": "where",
    "gap_share_top5": "where",
    "misalignment_centroid": "where",
    "misalignment_residual": "where",
    "frechet2_covariance": "where",
    "modality_separability": "where",
    "duplicate_captions": "trust",
    "norm_deviation": "trust",
    "texts_cut": "trust",
}

_BY_FAMILY = {DISTANCE: "apart", COSINES: "apart", SPREAD: "spread", RECALL: "retrieval", "robustness": "retrieval"}


def question_of(metric: str) -> str:
    """Return the question that a metric of a measured space helps to answer.

    >>> question_of("rmg"), question_of("t2i_r5_pool90"), question_of("my_own")
    ('apart', 'retrieval', 'others')
    """
    return _BY_NAME.get(metric) or _BY_FAMILY.get(described(metric).family, "others")
