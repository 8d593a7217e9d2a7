"""What axe-core finds wrong with a page for people who use a keyboard, a screen reader or little contrast."""

from importlib.resources import files

import pytest

FINDINGS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`));
}"""


def serious_findings(page):
    """Return the serious and critical findings, a line each; skip where axe-core is not installed."""
    pytest.importorskip("axe_playwright_python", reason="axe-core comes with pip install axe-playwright-python")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    return page.evaluate(FINDINGS)
