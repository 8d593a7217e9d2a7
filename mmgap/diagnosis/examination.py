"""Two sets of vectors looked at from all sides: what is wrong, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmgap.core.counted_things import n_dimensions, n_images, n_texts
from mmgap.core.messages import Message
from mmgap.core.scratch_array import ScratchArray
from mmgap.core.stored_owner import are_images, image_of_each
from mmgap.diagnosis.collapse import collapse
from mmgap.diagnosis.duplicates import duplicate_pairs, duplicates
from mmgap.diagnosis.finding import Finding, Told, Untold
from mmgap.diagnosis.finding_kinds import KINDS
from mmgap.diagnosis.logit_scale import logit_scale
from mmgap.diagnosis.mismatched_run import mismatched_run, odd_side
from mmgap.diagnosis.mixed_sources import mixed_cones, mixed_norms, mixed_precisions, mixed_run
from mmgap.diagnosis.nonfinite import nonfinite
from mmgap.diagnosis.norms import norms
from mmgap.diagnosis.pairing import Pairing, pairing, usable_pairs
from mmgap.diagnosis.shared_component import shared_component
from mmgap.diagnosis.shifted_rows import shifted_rows
from mmgap.diagnosis.shuffled_rows import other_order, shuffled_rows, shuffled_run
from mmgap.diagnosis.spectrum import spectrum_of
from mmgap.diagnosis.surveyed_rows import Numbers, SurveyedRows, survey
from mmgap.diagnosis.swapped_modalities import swapped_modalities
from mmgap.diagnosis.truncated_texts import truncated_texts
from mmgap.diagnosis.zero_rows import zero_rows

#: Fewest usable pairs from which pairing can be told.
_PAIRS = 8


@dataclass(frozen=True)
class Examination:
    """What was found.

    Attributes:
        findings: in the order of `mmgap.diagnosis.finding_kinds.KINDS`.
        untold: what these files do not tell.
        notes: what was only sampled, and what was assumed.
        paired: whether something says which text belongs to which image.
    """

    findings: tuple[Finding, ...]
    untold: tuple[Untold, ...]
    notes: tuple[Message, ...]
    paired: bool

    @property
    def severe(self) -> bool:
        """Whether anything severe was found."""
        return any(finding.severity == "severe" for finding in self.findings)


def examine(
    images: np.ndarray,
    texts: np.ndarray,
    owner: Numbers | None = None,
    *,
    scale: float | None = None,
    names: Sequence[str] = (),
) -> Examination:
    """Look for all that `mmgap.diagnosis.finding_kinds.KINDS` names.

    Rows are read once; what compares rows with rows looks at up to 5,000 of them. Rows that are zero or not finite are
    reported and left out of the rest. Nothing is random: the same vectors give the same answer.

    Args:
        images: (N, d) floating, any numbers.
        texts: (M, d) likewise.
        owner: (M,) the image row of each text; row i belongs to row i where it is None and N = M. Where M is a multiple
            of N, each image's texts may follow each other, which is tried.
        scale: e^τ of the softmax over cosines; looked at where it is given.
        names: of the two files, which may say what is in them.

    Raises:
        ValueError: not two floating matrices.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> items = rng.normal(size=(200, 32))
    >>> x, y = (v / np.linalg.norm(v, axis=1)[:, None] for v in items + rng.normal(size=(2, 200, 32)) / 2)
    >>> examine(x, y).findings
    ()
    >>> [finding.kind for finding in examine(x, np.roll(y, 1, axis=0)).findings]
    ['shifted_rows']
    """
    for name, side in (("images", images), ("texts", texts)):
        if side.ndim != 2 or not side.size or side.dtype.kind != "f":
            raise ValueError(f"{name}: expected floating rows of shape (N, d), got {side.dtype} {side.shape}")
    sides = survey(images, Message("images")), survey(texts, Message("texts"))
    told = [*_alone(*sides), *swapped_modalities(*sides, owner, names)]
    pairs, notes, untold = _paired(*sides, owner)
    told += untold
    if pairs is not None:
        told += _together(pairs, scale)
    elif scale is not None:
        told.append(
            Untold("logit_scale", Message("whether the logit scale is right: nothing says which rows are pairs"))
        )
    findings = sorted(
        (one for one in _explained(told) if isinstance(one, Finding)), key=lambda one: KINDS.index(one.kind)
    )
    cannot = tuple(one for one in told if isinstance(one, Untold))
    return Examination(tuple(findings), cannot, tuple(notes), paired=pairs is not None)


def _explained(told: Sequence[Told]) -> Iterator[Told]:
    """What is left when copied images are explained: those that match no text are no captions that images share."""
    copied = any(isinstance(one, Finding) and one.kind == "duplicates" for one in told)
    for one in told:
        guessed = isinstance(one, Finding) and (one.kind, one.severity) == ("swapped_modalities", "warning")
        if not (copied and guessed):
            yield one


def _alone(images: SurveyedRows, texts: SurveyedRows) -> Iterator[Told]:
    """What each side tells by itself."""
    for side, other in ((images, texts), (texts, images)):
        yield from nonfinite(side)
        yield from zero_rows(side)
        yield from norms(side, other)
        if len(side.usable_rows) < 2:
            continue
        spectrum = spectrum_of(side)
        yield from collapse(side, spectrum)
        yield from shared_component(side, spectrum)
        yield from mixed_precisions(side)
        yield from mixed_norms(side)
        yield from mixed_cones(side)


def _paired(
    images: SurveyedRows, texts: SurveyedRows, owner: Numbers | None
) -> tuple[Pairing | None, list[Message], list[Untold]]:
    """How the sides match, what was assumed for it, and what cannot be told."""
    n, m = len(images), len(texts)
    notes: list[Message] = []
    if images.width != texts.width:
        why = Message("images have {n} and texts {m}", n=n_dimensions(images.width), m=texts.width)
    elif owner is not None and (owner.shape != (m,) or owner.dtype.kind not in "iu" or not are_images(owner, n)):
        why = Message("the owner is not one row of the images for each text ({n}, {m})", n=n_images(n), m=n_texts(m))
    elif owner is None and n != m and (m % n or m < n):
        why = Message("there are {n} and {m}, and no owner", n=n_images(n), m=n_texts(m))
    else:
        of_text = image_of_each(owner, n, m, on_disk=isinstance(texts.norms, ScratchArray))
        if len(usable_pairs(images, texts, of_text)) >= _PAIRS:
            pairs = pairing(images, texts, of_text)
            if owner is None and n != m:
                notes.append(
                    Message("{times} texts follow each other for each image, as nobody says more", times=m // n)
                )
            if len(pairs.asked) < m:
                notes.append(Message("{n} of {m} texts, evenly spaced, were searched with", n=len(pairs.asked), m=m))
            return pairs, notes, []
        why = Message("fewer than {n} pairs are left", n=_PAIRS)
    untold = Message("whether rows are shifted, shuffled, copied or cut: {why}", why=why)
    return None, notes, [Untold("shuffled_rows", untold)]


def _together(pairs: Pairing, scale: float | None) -> Iterator[Told]:
    """What pairs tell."""
    cut = np.zeros(0, dtype=np.int64)
    for told in truncated_texts(pairs):
        cut = np.array(told.rows, dtype=np.int64)
        yield told
    yield from duplicate_pairs(pairs)
    for side in (pairs.images, pairs.texts):
        yield from duplicates(side, pairs, cut)
    yield from _moved(pairs)
    if scale is not None:
        yield from logit_scale(pairs, scale)


def _moved(pairs: Pairing) -> Iterator[Told]:
    """Where rows went: all of them into a known order, by a constant, some of them anywhere, or all of them."""
    ordered = list(other_order(pairs))
    yield from ordered
    if ordered:
        return
    shifted = list(shifted_rows(pairs))
    yield from shifted
    if any(isinstance(one, Finding) for one in shifted):
        return
    run = mismatched_run(pairs)
    if run is None:
        yield from shuffled_rows(pairs)
        return
    side, texts = odd_side(pairs, run), pairs.asked[run.start : run.stop]
    if side is None:
        yield shuffled_run(texts, run.inside, run.outside)
    else:
        yield mixed_run(side, texts if side is pairs.texts else pairs.owner[texts], run.inside, run.outside)
