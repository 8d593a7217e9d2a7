"""The separation within modalities of AlignCLIP (Eslami & de Melo, 2025), weighed by how unlike the captions are."""

from __future__ import annotations

import torch

from mmgap.losses.batch_blocks import RowBlock, over_rows
from mmgap.losses.row_products import Given
from mmgap.losses.term import Scale, loss


@loss(symmetric=True, rotation_invariant=True, needs=("caption_cosines",))
def imsep(x: torch.Tensor, y: torch.Tensor, *, caption_cosines: Given, logit_scale: Scale = 100.0) -> torch.Tensor:
    """Return ``½·(CE(L·V_x) + CE(L·V_y))``, ``V_x = x·xᵀ ⊙ D`` with ``<x_i, y_i>`` on its diagonal, V_y alike.

    D = 1 − caption cosines. Each row is a softmax whose right answer is the pair's own other side, and whose wrong
    ones are the other items of the same modality, the less so the more their captions are alike. From AlignCLIP
    (https://arxiv.org/abs/2406.17639); its ratio is ``ce+0.5*imsep``. It helps where the gap comes of cones: a
    modality is spread, and pairs are nearer than what lies within it.

    Reduction: mean over the N rows and over both modalities. Range: [0, ∞); 0 for one pair.

    Args:
        x, y: (N, d) unit rows, row i of both being pair i.
        caption_cosines: (N, N) cosines of the N captions, made without these vectors: by a sentence encoder in the
            paper, by TF-IDF in ``mmgap train`` and `mmgap.training.run.trained`, which can be given another. Of a
            large batch, `mmgap.losses.row_products.RowProducts` of their vectors, which never holds N² numbers.
        logit_scale: e^τ.

    >>> imsep(torch.eye(2), torch.eye(2), caption_cosines=torch.ones(2, 2), logit_scale=1.0)
    tensor(0.3133)
    """
    if caption_cosines.shape != (len(x), len(x)):
        raise ValueError(
            f"imsep: caption_cosines must be ({len(x)}, {len(x)}), a row and a column for each pair of the batch; got"
            f" {tuple(caption_cosines.shape)}"
        )
    matched = (x * y).sum(1)

    def part(block: RowBlock) -> torch.Tensor:
        unlike = 1 - caption_cosines[block.start : block.stop]
        within = [(block.rows(v) @ v.T * unlike).diagonal_scatter(block.rows(matched), block.start) for v in (x, y)]
        return torch.stack([block.cross_entropies(logit_scale * cosines).sum() for cosines in within]).sum()

    return over_rows(part, len(x)).sum() / (2 * len(x))
