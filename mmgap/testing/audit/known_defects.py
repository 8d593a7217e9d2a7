"""Known defects of published evaluation code, written anew: what `mmgap audit` finds in them shows what it can find.

None of them is right; none is for use. Each says where its kind was seen.
"""

from __future__ import annotations

import numpy as np


def cyclip_recall(image_embeds: np.ndarray, text_embeds: np.ndarray) -> dict[str, float]:
    """Give R@k in per cent as 80 + 0.2·r: room for 5·N ranks, of which N are filled (goel-shashank/CyCLIP)."""
    similarity = image_embeds @ text_embeds.T
    ranks = np.zeros(5 * len(image_embeds))
    for image, row in enumerate(similarity):
        order = np.argsort(-row)
        ranks[5 * image] = min(np.flatnonzero(order == 5 * image + j)[0] for j in range(5))
    return {f"R@{k}": 100 * float((ranks < k).mean()) for k in (1, 5, 10)}


def mean_cosine_of_triangle(embeddings: np.ndarray) -> float:
    """Give half of the mean cosine of different rows: ``triu(G, 1).mean()`` divides by N² (two-effects-one-trigger)."""
    return float(np.triu(embeddings @ embeddings.T, 1).mean())


def ndcg_of_retrieved(similarity: np.ndarray, relevance: np.ndarray, k: int = 10) -> float:
    """Give an NDCG whose ideal knows the first k alone, so that what was missed costs nothing (MixedModalitySearch)."""
    values = []
    for scores, relevant in zip(similarity, relevance, strict=True):
        gains = relevant[np.argsort(-scores)[:k]]
        discount = 1 / np.log2(np.arange(2, len(gains) + 2))
        ideal = np.sort(gains)[::-1] @ discount
        values.append(gains @ discount / ideal if ideal else 0.0)
    return float(np.mean(values))


def recall_of_full_batches(similarity: np.ndarray, batch: int = 8) -> float:
    """Give R@1 with the rows beyond the last full batch never filled (the loop over n // 100 batches of SuS-X)."""
    ranks = np.zeros(len(similarity))
    for number in range(len(similarity) // batch):
        rows = np.arange(number * batch, (number + 1) * batch)
        own = similarity[rows, rows][:, None]
        ranks[rows] = (similarity[rows] > own).sum(axis=1)
    return float((ranks < 1).mean())


def recall_over_captions(similarity: np.ndarray, owner: np.ndarray, k: int = 5) -> float:
    """Give R@k of images divided by the number of texts: a fifth of it where images have five."""
    found = [bool((owner[np.argsort(-row)[:k]] == image).any()) for image, row in enumerate(similarity)]
    return float(np.sum(found) / similarity.shape[1])


def mean_negative_cosine(image_embeds: np.ndarray, text_embeds: np.ndarray) -> float:
    """Give the mean cosine of what does not belong together with those below zero dropped."""
    cosines = image_embeds @ text_embeds.T
    np.fill_diagonal(cosines, 0)
    return float(cosines[cosines > 0].mean())


def recall_of_positive_scores(similarity: np.ndarray) -> float:
    """Give R@1 where scores below zero are cut off before they rank."""
    kept = np.maximum(similarity, 0)
    return float((kept.argmax(axis=1) == np.arange(len(kept))).mean())


def recall_after_centring(image_embeds: np.ndarray, text_embeds: np.ndarray, k: int = 1) -> float:
    """Give R@k of vectors that were centred by the test set's own means: each query changes every other's result."""
    images, texts = (side - side.mean(axis=0) for side in (image_embeds, text_embeds))
    images, texts = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (images, texts))
    order = np.argsort(-(images @ texts.T), axis=1)[:, :k]
    return float((order == np.arange(len(images))[:, None]).any(axis=1).mean())


def recall_one_place_more(similarity: np.ndarray, k: int = 5) -> float:
    """Give R@(k + 1): ranks count from 0, and rank k is a hit."""
    ranks = (similarity > np.diag(similarity)[:, None]).sum(axis=1)
    return float((ranks <= k).mean())


def recall_of_batches(image_embeds: np.ndarray, text_embeds: np.ndarray, batch: int = 8) -> float:
    """Give the mean of R@1 within batches: each query searches a gallery of 8."""
    values = []
    for start in range(0, len(image_embeds), batch):
        cosines = image_embeds[start : start + batch] @ text_embeds[start : start + batch].T
        values.append((cosines.argmax(axis=1) == np.arange(len(cosines))).mean())
    return float(np.mean(values))
