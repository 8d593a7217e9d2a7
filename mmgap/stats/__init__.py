"""Uncertainty: intervals over images, contrasts over images and seeds, the gap beyond its noise, several p-values.

One rule holds throughout: what is resampled is a cluster of images that share a caption, with all of its captions.
Simulated coverage of every interval: ``benchmarks/test_coverage.py``.
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
