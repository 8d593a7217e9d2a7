"""``shared_component``: one direction that all rows share, and that carries most of them."""

from __future__ import annotations

from collections.abc import Iterator

from mmgap.core.messages import Message
from mmgap.diagnosis.collapse import LEAST, SHARE
from mmgap.diagnosis.finding import Finding, Told, per_cent
from mmgap.diagnosis.spectrum import Spectrum
from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: Share of the squared norm along the mean row. CLIP's towers have .5 to .8, rows without negative numbers .6 to .8.
MEAN = 0.9

#: Share of the variance along the first direction. Eigenvalues that fall like k⁻² give it .61.
FIRST = 0.75


def shared_component(side: SurveyedRows, spectrum: Spectrum) -> Iterator[Told]:
    """Yield a finding where the mean row, or one direction around it, outweighs all else.

    What is left has to differ: rows that are all but equal are `mmgap.diagnosis.collapse`'s.
    """
    if spectrum.residual < SHARE or side.distinct < 3:
        return
    if spectrum.shared > MEAN:
        yield Finding(
            "shared_component",
            "warning",
            Message(
                "{side}: {share} of the squared norm is the same in every row, so that two rows have a cosine of"
                " {cosine} on average. Subtract the mean row of a training set (mmgap space fit --space centre) before"
                " cosines are read or compared.",
                side=side.name,
                share=per_cent(spectrum.shared),
                cosine=f"{spectrum.shared:.3f}",
            ),
        )
    if min(side.width, side.distinct - 1) >= LEAST and spectrum.largest > FIRST:
        yield Finding(
            "shared_component",
            "warning",
            Message(
                "{side}: one direction carries {share} of the variance; all others together carry the rest. Take it out"
                " (mmgap space fit --space pca-drop), or look for a number in the vectors that is hundreds of times"
                " larger than the others.",
                side=side.name,
                share=per_cent(spectrum.largest),
            ),
        )
