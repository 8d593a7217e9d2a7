"""Losses: one function each, summed by expressions such as ``"ce+0.5*intra-0.1*var"``.

Every term is ``f(x, y, *, logit_scale=…, **options) -> 0-d tensor`` on image and text vectors of one shape (N, d),
pair i = row i of both. Terms expect unit rows and never normalise. A term whose value does not depend on the logit
scale accepts and ignores it, so that all are called alike. The order of the pairs changes no value. What else holds
for a loss stands in its decorator (`loss`, `Tags`); `mmgap.testing.check_loss` tests it.

A loss is a file named after it and a line in `mmgap.losses.loss_registry`. Importing this package, and listing or
checking names, needs no torch, which comes with a term.

>>> import mmgap.losses
>>> mmgap.losses.canonical("0.50*var + ce")
'ce+0.5*var'
>>> mmgap.losses.parse("ce-0.1*var")
LossSum('ce-0.1*var')
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
