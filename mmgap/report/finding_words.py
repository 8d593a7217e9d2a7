"""What the doctor's findings are called: a severity and a kind, in words."""

from __future__ import annotations

from mmgap.core.messages import N_
from mmgap.diagnosis.finding import Finding
from mmgap.report.translation import translated

SEVERITIES = {"severe": N_("severe"), "warning": N_("warning"), "note": N_("note")}
KINDS = {
    "nonfinite": N_("NaN or infinity"),
    "zero_rows": N_("zero rows"),
    "norms": N_("norms"),
    "collapse": N_("collapse"),
    "duplicates": N_("duplicates"),
    "shared_component": N_("shared component"),
    "shifted_rows": N_("shifted rows"),
    "shuffled_rows": N_("shuffled rows"),
    "swapped_modalities": N_("swapped modalities"),
    "mixed_sources": N_("mixed sources"),
    "truncated_texts": N_("truncated texts"),
    "logit_scale": N_("logit scale"),
}


def finding_head(finding: Finding, language: str = "en") -> str:
    """Return severity and kind of a finding in a language; its key, for programs, is in JSON.

    >>> finding_head(Finding("shifted_rows", "severe", "…")), finding_head(Finding("norms", "note", "…"), "es")
    ('severe · shifted rows', 'nota · normas')
    """
    return f"{translated(SEVERITIES[finding.severity], language)} · {translated(KINDS[finding.kind], language)}"
