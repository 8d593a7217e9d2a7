"""The page of claims names every claim, with its sentence and source."""

from pathlib import Path

from mmgap.analysis.gap_claims import registry

PAGE = (Path(__file__).parents[2] / "docs" / "claims" / "README.md").read_text(encoding="utf-8")


def test_every_claim_stands_on_the_page_and_no_other():
    lines = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in lines] == registry.specs()
    for line, name in zip(lines, registry.specs(), strict=True):
        claim = registry.get(name)
        assert f"| {claim.says} | {claim.source} | {claim.measure}: " in line
