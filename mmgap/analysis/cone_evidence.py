"""How narrow the cone of one modality is, with an interval, and in which dimensions the gap lies: from rows alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

from scipy.stats import norm

from mmgap.analysis.claim_evidence import Evidence, Found, difference
from mmgap.analysis.estimates import Estimate
from mmgap.core.cache import canonical_json
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row

#: Families of data sets by what their pictures are.
PICTOGRAMS, PHOTOS = ("arasaac", "openmoji", "emoji"), ("coco", "flickr8k")

_Z = float(norm.ppf(0.975))


def mean_cosine(row: Row, modality: str) -> Estimate | None:
    """Return the mean cosine of different items of a modality with an interval of at least 95 % over images.

    It is a U-statistic of order 2, whose variance is at most ``2s²/n`` with s the standard deviation of the cosines:
    ``Var U = (4(n − 2)ζ₁ + 2ζ₂)/(n(n − 1))``, ζ₂ = s² and 2ζ₁ ≤ ζ₂. Rows hold mean, s and the number of clusters of
    images that share a caption, so no array is needed; where ζ₁ is smaller, the interval holds more often than it says.

    Args:
        row: of a measured space.
        modality: "image" or "text".

    Source: Hoeffding (Annals of Mathematical Statistics, 1948), section 5.
    """
    metrics = row["metrics"]
    mean, spread, clusters = (
        metrics.get(name) for name in (f"cosine_{modality}_mean", f"cosine_{modality}_std", "uniformity")
    )
    if mean is None or spread is None or clusters is None or not clusters["n"]:
        return None
    reach = _Z * spread["value"] * math.sqrt(2 / clusters["n"])
    return Estimate(mean["value"], max(mean["value"] - reach, -1.0), min(mean["value"] + reach, 1.0), 1)


def share_of_few(row: Row, dimensions: int) -> Estimate | None:
    """Return the share of the squared gap in its largest coordinates with an interval of at least 95 % over images.

    The error of the gap vector is at most 1.96 times its root mean square, the floor, with a probability of 95 % (a sum
    of squares of normal variables exceeds that most often where it is one square). It turns the vector by an angle of
    at most ``θ = arcsin(1.96·floor/gap)``; a share is ``cos² φ`` of the angle φ to those coordinates, and lies between
    ``cos²(φ + θ)`` and ``cos²(φ − θ)``.

    Source: Székely & Bakirov (Probability Theory and Related Fields, 2003), of such sums.
    """
    share, gap, floor = (row["metrics"].get(name) for name in (f"gap_share_top{dimensions}", "gap", "gap_floor"))
    if share is None or gap is None or floor is None or gap["value"] <= 0:
        return None
    angle, turn = math.acos(math.sqrt(share["value"])), math.asin(min(1.0, _Z * floor["value"] / gap["value"]))
    low, high = math.cos(min(angle + turn, math.pi / 2)) ** 2, math.cos(max(angle - turn, 0.0)) ** 2
    return Estimate(share["value"], low, high, 1)


def gap_in_few(evidence: Evidence, dimensions: int) -> Iterator[Found]:
    """Share of the squared gap in so many coordinates, of every space that was measured as it is."""
    for group in evidence.measured:
        row = group.rows[0]
        if (share := share_of_few(row, dimensions)) is not None:
            yield Found(f"{row['cell']['encoder']} · {row['cell']['dataset']}", share, (row,))


def spanish_cones(evidence: Evidence) -> Iterator[Found]:
    """Mean cosine of Spanish texts less that of English ones: one encoder, one family of data sets."""
    for told, found in _by_family(evidence).items():
        encoder, family = told
        if {"en", "es"} <= found.keys():
            yield from _differences(f"{encoder} · {family}, es − en", found["es"], found["en"], "text")


def pictogram_cones(evidence: Evidence) -> Iterator[Found]:
    """Mean cosine of pictograms less that of photos, by one encoder; of several languages the first in the alphabet."""
    families = _by_family(evidence)
    for (encoder, drawn), (other, taken) in product(families, repeat=2):
        if encoder == other and drawn.startswith(PICTOGRAMS) and taken.startswith(PHOTOS):
            rows = [found[min(found)] for found in (families[encoder, drawn], families[encoder, taken])]
            title = f"{encoder} · {rows[0]['cell']['dataset']} − {rows[1]['cell']['dataset']}"
            yield from _differences(title, rows[0], rows[1], "image")


def _differences(title: str, row: Row, other: Row, modality: str) -> Iterator[Found]:
    ends = mean_cosine(row, modality), mean_cosine(other, modality)
    if ends[0] is not None and ends[1] is not None:
        yield Found(title, difference(ends[0], ends[1]), (row, other))


def _by_family(evidence: Evidence) -> dict[tuple[str, str], dict[str, Row]]:
    """(encoder, data set without its language) → language → the row of the vectors as they are.

    What was fitted or trained on some of the data is left out: its cones are those of the fit.
    """
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for row in evidence.rows:
        cell, projection = row["cell"], row["inputs"].get("projection")
        as_it_is = cell["experiment"] == "measure" or (cell["experiment"] == "train" and cell["loss"] == INITIAL)
        if not as_it_is or cell.get("space") or "fitted_on" in canonical_json(projection):
            continue
        family, language = _divided(str(cell["dataset"]))
        members = found.setdefault((str(cell["encoder"]), family), {})
        if language not in members or cell["experiment"] == "measure":
            members[language] = row
    return found


def _divided(dataset: str) -> tuple[str, str]:
    """Data set without its language, and that: ``arasaac-es:both`` is of ``arasaac:both`` in ``es``."""
    name, colon, options = dataset.partition(":")
    family, dash, language = name.rpartition("-")
    return (family + colon + options, language) if dash else (dataset, "")
