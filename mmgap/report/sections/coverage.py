"""What a report says of simulations that count how often an interval holds the truth."""

from mmgap.report.section import Section

COVERAGE = Section("coverage", "experiment coverage")
OF_SHARES = Section("coverage_of_shares", "experiment coverage_of_shares")
OF_CONTRASTS = Section("coverage_of_contrasts", "experiment coverage_of_contrasts")
OF_GAP_CHANGES = Section("coverage_of_gap_changes", "experiment coverage_of_gap_changes")
