"""Uncertainty: intervals by resampling images, paired tests between runs, intervals over seeds, the gap's null floor.

One rule holds throughout: the unit that is resampled is the image, and its captions come along.
"""

from mmgap.stats.bootstrap import bootstrap_gap, bootstrap_mean, bootstrap_uniformity
from mmgap.stats.interval import Interval, seed_interval
from mmgap.stats.null import NullGap, null_gap
from mmgap.stats.paired import PairedDifference, holm, paired_difference

__all__ = [
    "Interval",
    "NullGap",
    "PairedDifference",
    "bootstrap_gap",
    "bootstrap_mean",
    "bootstrap_uniformity",
    "holm",
    "null_gap",
    "paired_difference",
    "seed_interval",
]
