"""Uncertainty: intervals over images, contrasts over images and seeds, the gap beyond its noise, several p-values.

One rule holds throughout: what is resampled is a cluster of images that share a caption, with all of its captions.
Simulated coverage of every interval: `benchmarks/test_coverage.py`.
"""

from mmgap.stats.clusters import Clusters
from mmgap.stats.contrasts import Contrast, contrast
from mmgap.stats.gap_changes import GapRun, gap_change, gap_replicates
from mmgap.stats.gaps import GapEstimate, gap_estimate, gap_sums
from mmgap.stats.interval import Interval
from mmgap.stats.means import mean_interval, seed_interval
from mmgap.stats.multiple import holm
from mmgap.stats.shares import share_interval
from mmgap.stats.sign_flips import flip_p_value, paired_p_value
from mmgap.stats.uniformities import Kernels, uniformity_interval

__all__ = [
    "Clusters",
    "Contrast",
    "GapEstimate",
    "GapRun",
    "Interval",
    "Kernels",
    "contrast",
    "flip_p_value",
    "gap_change",
    "gap_estimate",
    "gap_replicates",
    "gap_sums",
    "holm",
    "mean_interval",
    "paired_p_value",
    "seed_interval",
    "share_interval",
    "uniformity_interval",
]
