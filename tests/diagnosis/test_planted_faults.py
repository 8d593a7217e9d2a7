"""A small version of the experiment `benchmarks/test_diagnosis.py`: made vectors, few sets of each kind."""

import pytest

from benchmarks.workloads.diagnosis_counts import clean_trials, planted_trials
from benchmarks.workloads.planted_faults import PLANTERS
from mmgap.diagnosis.finding_kinds import KINDS


def test_every_kind_is_planted():
    assert tuple(PLANTERS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_planted_faults_are_found(kind):
    trials = [trial for trial in planted_trials(kind, 10, seed=7, real=0, most=250) if trial.planted.detectable]
    assert len(trials) >= 3
    missed = [(trial.planted.fault, trial.about) for trial in trials if not trial.hit]
    assert len(missed) <= len(trials) // 8, missed


def test_clean_sets_raise_no_alarm():
    alarms = [(trial.about, trial.alarms) for trial in clean_trials(30, seed=7, real=0, most=1000) if trial.alarms]
    assert len(alarms) <= 1, alarms
