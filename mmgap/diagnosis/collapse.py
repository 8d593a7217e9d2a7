"""``collapse``: vectors that no longer tell the items apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.finding import Finding, Told, Untold
from mmgap.diagnosis.spectrum import Spectrum
from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: With fewer dimensions or distinct rows than this, few dimensions are no collapse.
LEAST = 16

#: An effective rank below this, of at least `LEAST` possible, is a line or a plane. Eigenvalues that fall like k⁻²,
#: which is steeper than those of any encoder known, have one of 5.
RANK = 3.0

#: Differences between rows, as a share of the squared norm, that are nothing: cosines of 0.9999 and above on average.
SHARE = 1e-4


def collapse(side: SurveyedRows, spectrum: Spectrum) -> Iterator[Told]:
    """Yield a finding where rows are all but equal, or lie on a line or in a plane of a wide space.

    A single direction that outweighs a healthy rest is `mmgap.diagnosis.shared_component`'s: the rank counts without
    it.
    """
    if side.distinct < 2 and len(side.usable_rows) > 1:
        yield Finding("collapse", "severe", Message("{side}: all {n} rows are equal: {cure}", n=len(side), **_of(side)))
        return
    rounding = (16 * np.finfo(side.vectors.dtype).eps) ** 2
    if spectrum.residual < max(SHARE, rounding):
        yield Finding(
            "collapse",
            "severe",
            Message(
                "{side}: the rows are all but equal, with a mean cosine of {cosine} between them: {cure}",
                cosine=f"{1 - spectrum.residual:.6f}",
                **_of(side),
            ),
        )
        return
    possible = min(side.width, side.distinct - 1)
    if possible < LEAST:
        yield Untold(
            "collapse",
            Message(
                "{side}: whether few dimensions are in use, of {n} that {rows} distinct rows could fill",
                side=side.name,
                n=possible,
                rows=side.distinct,
            ),
        )
        return
    rank, rest = spectrum.effective_rank(), spectrum.effective_rank(without=1)
    used = spectrum.dimensions
    if max(rank, rest) < RANK or used <= max(2, possible / 50):
        yield Finding(
            "collapse",
            "severe",
            Message(
                "{side}: the rows differ in {used} of {possible} possible dimensions (effective rank {rank}): {cure}",
                used=used,
                possible=possible,
                rank=f"{rank:.2f}",
                **_of(side),
            ),
        )


def _of(side: SurveyedRows) -> dict[str, Message]:
    cure = Message(
        "the tower gives the same vector for everything. Look at its input (is it blank, or all padding?), at its"
        " pooling, and at its weights; a training that got here needs a lower learning rate."
    )
    return {"side": side.name, "cure": cure}
