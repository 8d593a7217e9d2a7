"""Theory: vectors whose gap is known. The Power Spherical distribution, its closed forms, and annex E."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
