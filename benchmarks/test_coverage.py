"""Do the intervals hold what they say? Simulated coverage of every interval that is printed, nominal 95 %."""

from itertools import product

import pytest

SAMPLES = 2000
SHARED = ("no", "as ARASAAC")


def _grid(**values):
    return [dict(zip(values, combination, strict=True)) for combination in product(*values.values())]


@pytest.mark.experiment(
    "coverage",
    version=2,
    variants=_grid(captions_shared=SHARED, dimensions=(2, 32, 512), images=(20, 100, 1000), angle=(0.0, 0.3, 1.0)),
    seeded=False,
    unasked=False,
    samples=SAMPLES,
)
def test_space_coverage(cell, record):
    """Gap, misalignment, uniformity and recalls of two cones that stand ``angle`` radians apart."""
    from .workloads.populations import Cones
    from .workloads.simulated_coverage import space_coverage

    v = dict(cell.variant)
    cones = Cones(v["dimensions"], v["angle"], 1.0, v["captions_shared"] != SHARED[0])
    for name, value in space_coverage(cones, v["images"], SAMPLES).items():
        unit = None if name in ("true_gap", "floor") else "share"
        record(name, value, n=SAMPLES, unit=unit, higher_is_better=None)


@pytest.mark.experiment(
    "coverage_of_halves",
    version=1,
    variants=_grid(images=(40, 200), angle=(0.3, 1.0)),
    seeded=False,
    unasked=False,
    samples=SAMPLES // 4,
)
def test_halves_coverage(cell, record):
    """Gap, uniformity and R@1 of a space that is fitted on one half of the pairs and measured on the other."""
    from .workloads.populations import Cones
    from .workloads.simulated_coverage import halves_coverage

    v = dict(cell.variant)
    for name, value in halves_coverage(Cones(32, v["angle"], 1.0, False), v["images"], SAMPLES // 4).items():
        record(name, value, n=SAMPLES // 4, unit="share", higher_is_better=None)


@pytest.mark.experiment(
    "coverage_of_hubness",
    version=1,
    variants=_grid(captions_shared=SHARED, dimensions=(8, 128), images=(100, 1000), angle=(0.0, 0.7)),
    seeded=False,
    unasked=False,
    samples=SAMPLES // 10,
)
def test_hubness_coverage(cell, record):
    """Hubness both ways of two cones, which are not those by which the method of its interval was chosen."""
    from .workloads.populations import Cones
    from .workloads.simulated_coverage import hubness_coverage

    v = dict(cell.variant)
    cones = Cones(v["dimensions"], v["angle"], 1.0, v["captions_shared"] != SHARED[0])
    for name, value in hubness_coverage(cones, v["images"], SAMPLES // 10).items():
        unit = None if name.startswith("true") else "share"
        record(name, value, n=SAMPLES // 10, unit=unit, higher_is_better=None)


@pytest.mark.experiment(
    "coverage_of_thresholds",
    version=1,
    variants=_grid(captions_shared=SHARED, images=(20, 100, 500), pool=(10, 90)),
    seeded=False,
    unasked=False,
    samples=SAMPLES // 10,
)
def test_threshold_coverage(cell, record):
    """Recall, false alarms and precision at the best threshold, and that threshold itself, of two cones."""
    from .workloads.populations import Cones
    from .workloads.simulated_coverage import threshold_coverage

    v = dict(cell.variant)
    cones = Cones(32, 1.0, 1.0, v["captions_shared"] != SHARED[0])
    for name, value in threshold_coverage(cones, v["images"], v["pool"], SAMPLES // 10).items():
        record(name, value, n=SAMPLES // 10, unit=None if name == "true_cut" else "share", higher_is_better=None)


@pytest.mark.experiment(
    "coverage_of_shares",
    version=1,
    variants=[
        *_grid(captions_shared=SHARED[:1], images=(20, 100, 1000), likeness=(0.0,)),
        *_grid(captions_shared=SHARED[1:], images=(20, 100, 1000), likeness=(0.0, 0.5, 1.0)),
    ],
    seeded=False,
    unasked=False,
    samples=SAMPLES // 4,
)
def test_share_coverage(cell, record):
    """A share, averaged over p = 0.01, 0.02 … 0.99, and at the worst of them; so many samples at each p."""
    from .workloads.simulated_coverage import share_coverage

    v = dict(cell.variant)
    found = share_coverage(v["images"], v["captions_shared"] != SHARED[0], v["likeness"], SAMPLES // 4)
    for name, value in found.items():
        record(name, value, n=SAMPLES // 4, unit="share")


@pytest.mark.experiment(
    "coverage_of_contrasts",
    version=1,
    variants=_grid(
        trainings=(1, 3, 5), images=(100, 400), captions_shared=SHARED, sources=("images", "seeds", "both", "all")
    ),
    seeded=False,
    unasked=False,
    samples=SAMPLES,
)
def test_contrast_coverage(cell, record):
    """A difference of R@k between two losses of equal merit, and how often it is called one."""
    from .workloads.simulated_coverage import contrast_coverage

    v = dict(cell.variant)
    sources = {"images": (1, 0, 0.5), "seeds": (1, 0.2, 0.5), "both": (0.5, 0, 1), "all": (0.5, 0.2, 1)}[v["sources"]]
    if v["trainings"] == 1 and sources[1]:
        sources = (sources[0], 0, sources[2])  # one training each says nothing of seeds
    found = contrast_coverage(v["trainings"], v["images"], v["captions_shared"] != SHARED[0], sources, SAMPLES)
    for name, value in found.items():
        record(name, value, n=SAMPLES, unit="share")


@pytest.mark.experiment(
    "coverage_of_gap_changes",
    version=1,
    variants=_grid(
        trainings=(1, 3), images=(60, 400), dimensions=(3, 64), captions_shared=SHARED, gaps=(
            "0.1 to 0", "0 to 0", "0.5 to 0.4", "0.4 to 0.4",
        ),
    ),
    seeded=False,
    unasked=False,
    samples=SAMPLES,
)  # fmt: skip
def test_gap_change_coverage(cell, record):
    """What a loss changes of the gap, also where it closes it."""
    from .workloads.simulated_coverage import gap_change_coverage

    v = dict(cell.variant)
    before, after = map(float, v["gaps"].split(" to "))
    shared = v["captions_shared"] != SHARED[0]
    found = gap_change_coverage((before, after), v["dimensions"], v["images"], shared, v["trainings"], SAMPLES)
    for name, value in found.items():
        record(name, value, n=SAMPLES, unit="share")
