"""What a report says of one index of images and texts: whether a text query finds images, and what helps."""

from __future__ import annotations

from mmgap.analysis.mixed_findings import MixedFindings, mixed_findings
from mmgap.core.messages import N_, counted
from mmgap.report import values
from mmgap.report.blocks import Block, Heading, Paragraph
from mmgap.report.section import Section, SectionMaterial, metric_tables
from mmgap.report.translation import translated
from mmgap.rows.row import MetricDict


def _tables(material: SectionMaterial) -> list[Block]:
    """Of each encoder and dataset a verdict and its figure; then every metric."""
    blocks: list[Block] = []
    for found in material.results:
        blocks += [Heading(found.title, 3), Paragraph(_verdict(found, material.language))]
        if gallery := material.gallery(*found.rows):
            blocks.append(gallery)
    return [*blocks, *metric_tables(material)]


def _verdict(found: MixedFindings, language: str) -> str:
    before = found.as_is["metrics"]
    said = translated(
        "Among the first 10 that a text query finds, {share} % are images; its own image comes first of all for"
        " {first} %.",
        language,
        share=_shown(before["mixed_t2i_share10"]),
        first=_shown(before["mixed_t2i_r1"]),
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
        share=_shown(best["mixed_t2i_share10"]),
        first=_shown(best["mixed_t2i_r1"]),
    )
    return f"{said} {translated(helped, language)}"


def _shown(metric: MetricDict) -> str:
    """``5.6 [4.1, 7.2]`` in per cent."""
    parts = (metric["value"], metric["ci_low"], metric["ci_high"])
    value, low, high = ("" if part is None else values.fixed(100 * part, 1) for part in parts)
    return f"{value} [{low}, {high}]" if low else value


MIXED_SEARCH = Section(
    "mixed_search",
    N_("One index of images and texts"),
    order=17,
    figures=("mixed_search",),
    results=mixed_findings,
    tables=_tables,
    question="retrieval",
)
