"""What the doctor's findings are called: a severity and a kind, in words."""

from __future__ import annotations

from mmgap.core.messages import N_
from mmgap.diagnosis.finding import Finding
from mmgap.report.terms import term
from mmgap.report.translation import translated

SEVERITIES = {"severe": N_("severe"), "warning": N_("warning"), "note": N_("note")}


def finding_head(finding: Finding, language: str = "en") -> str:
    """Return severity and kind of a finding in a language; its key, for programs, is in JSON.

    >>> finding_head(Finding("shifted_rows", "severe", "…")), finding_head(Finding("norms", "note", "…"), "es")
    ('severe · shifted rows', 'nota · normas')
    """
    return f"{translated(SEVERITIES[finding.severity], language)} · {term(finding.kind, language)}"
