"""Does the doctor find what is planted, and nothing where nothing is wrong? 1,000 planted faults, 1,000 clean sets."""

import pytest

from mmgap.diagnosis.finding_kinds import KINDS

#: Faults of each kind, 12 kinds; clean sets.
PLANTED, CLEAN = 84, 1000


@pytest.mark.experiment(
    "diagnosis",
    version=1,
    variants=[{"fault": kind} for kind in KINDS],
    seeded=False,
    unasked=False,
    planted=PLANTED,
)
def test_planted_faults(cell, record):
    """Faults of one kind in made and real vectors: the share found of those that can be told."""
    from mmgap.stats import share_interval

    from .workloads.diagnosis_counts import planted_trials

    trials = list(planted_trials(dict(cell.variant)["fault"], PLANTED))
    hits = [float(trial.hit) for trial in trials if trial.planted.detectable]
    found = share_interval(hits)
    ends = found.low, found.high
    record("found", found.value, ci=ends, n=len(hits), unit="share", higher_is_better=True)
    record("undetectable", len(trials) - len(hits), n=len(trials), unit="count", higher_is_better=None)


@pytest.mark.experiment(
    "diagnosis_of_clean",
    version=1,
    variants=[{"sets": "made and real"}],
    seeded=False,
    unasked=False,
    clean=CLEAN,
)
def test_clean_sets(cell, record):
    """What is found where nothing is wrong: the share of sets with any alarm, and with one of each kind."""
    from mmgap.stats import share_interval

    from .workloads.diagnosis_counts import clean_trials

    trials = list(clean_trials(CLEAN))
    for name, alarms in (
        ("alarms", [float(bool(trial.alarms)) for trial in trials]),
        *((f"alarms_{kind}", [float(kind in trial.alarms) for trial in trials]) for kind in KINDS),
    ):
        found = share_interval(alarms)
        record(name, found.value, ci=(found.low, found.high), n=CLEAN, unit="share", higher_is_better=False)
