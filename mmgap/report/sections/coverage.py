"""What a report says of simulations that count how often an interval holds the truth."""

from mmgap.core.messages import N_
from mmgap.report.section import Section

COVERAGE = Section(
    "coverage", N_("Do the intervals of a measured space hold? Simulated coverage, nominal 95 %"), question="trust"
)
OF_HALVES = Section(
    "coverage_of_halves",
    N_("Do the intervals of a space hold that is fitted and measured in halves?"),
    question="trust",
)
OF_HUBNESS = Section(
    "coverage_of_hubness", N_("Do the intervals of hubness hold? Simulated coverage, nominal 95 %"), question="trust"
)
OF_THRESHOLDS = Section(
    "coverage_of_thresholds",
    N_("Do the intervals at a threshold on cosines hold? Simulated coverage, nominal 95 %"),
    question="trust",
)
OF_SHARES = Section(
    "coverage_of_shares", N_("Do the intervals of shares hold? Averaged over p, and at the worst p"), question="trust"
)
OF_CONTRASTS = Section(
    "coverage_of_contrasts", N_("Do the intervals of a difference between losses hold?"), question="trust"
)
OF_GAP_CHANGES = Section(
    "coverage_of_gap_changes", N_("Do the intervals of a change of the gap hold?"), question="trust"
)
