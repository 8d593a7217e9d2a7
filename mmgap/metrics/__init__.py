"""Metrics on sets of image and text vectors; each function lives in a small file and is loaded on first use.

They take NumPy arrays or torch tensors. Those that are defined on unit vectors never normalise and refuse rows whose
norm is off; `measure_all` and `mmgap.measure` normalise first and give many numbers at once.
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
