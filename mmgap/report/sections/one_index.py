"""What a report says of one index of images and texts: whether a text query finds images, and what helps."""

from __future__ import annotations

from mmgap.analysis.mixed_findings import FOLDER, MixedFindings, mixed_findings
from mmgap.core.messages import N_, counted
from mmgap.report import values
from mmgap.report.blocks import Block
from mmgap.report.section import Section, SectionMaterial, metric_tables
from mmgap.report.translation import translated


def _tables(material: SectionMaterial) -> list[Block]:
    """Of each encoder and dataset a verdict and its figure; then every metric."""
    blocks: list[Block] = []
    for found in material.results:
        blocks += material.opened(found.title, [_verdict(found, material.language)], found.rows)
    return [*blocks, *metric_tables(material)]


def _verdict(found: MixedFindings, language: str) -> str:
    before = found.as_is["metrics"]
    said = translated(
        "Among the first 10 that a text query finds, {share} % are images; its own image comes first of all for"
        " {first} %.",
        language,
        share=values.of_metric(before["mixed_t2i_share10"], 1, 100),
        first=values.of_metric(before["mixed_t2i_r1"], 1, 100),
    )
    if not found.spaces:
        return said
    best = found.spaces[0]["metrics"]
    helped = counted(
        "Of {n} space, {space}, the NDCG@10 is {ndcg} (before {before}): {share} % are images, the own image comes"
        " first for {first} %.",
        "Of {n} spaces, {space} has the highest NDCG@10 ({ndcg}, before {before}): {share} % are images, the own image"
        " comes first for {first} %. It is the best of them on the measured queries themselves, so another sample would"
        " show it a little lower.",
        n=len(found.spaces),
        space=found.spaces[0]["cell"]["space"],
        ndcg=values.fixed(best["mixed_t2i_ndcg10"]["value"], 2),
        before=values.fixed(before["mixed_t2i_ndcg10"]["value"], 2),
        share=values.of_metric(best["mixed_t2i_share10"], 1, 100),
        first=values.of_metric(best["mixed_t2i_r1"], 1, 100),
    )
    return f"{said} {translated(helped, language)}"


MIXED_SEARCH = Section(
    "mixed_search",
    N_("One index of images and texts"),
    order=17,
    figures=("mixed_search",),
    results=mixed_findings,
    folder=FOLDER,
    tables=_tables,
    question="retrieval",
)
