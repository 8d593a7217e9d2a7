"""Honest metrics in as many spellings as people have: nothing may be found in any of them."""

import numpy as np
import torch
import torch.nn.functional as F


def recall_argmax(similarity):
    return float((similarity.argmax(axis=1) == np.arange(len(similarity))).mean())


def recall_topk_torch(image_features: torch.Tensor, text_features: torch.Tensor, k: int = 1):
    image_features, text_features = F.normalize(image_features, dim=-1), F.normalize(text_features, dim=-1)
    top = (image_features @ text_features.T).topk(min(k, len(text_features)), dim=1).indices
    return (top == torch.arange(len(top))[:, None]).any(1).float().mean()


def i2t_t2i(sims):
    """As VSE++ prints them: percentages of both directions, median and mean ranks from 1."""

    def one_way(matrix):
        ranks = np.array([np.where(np.argsort(row)[::-1] == i)[0][0] for i, row in enumerate(matrix)])
        recalls = [100.0 * len(np.where(ranks < k)[0]) / len(ranks) for k in (1, 5, 10)]
        return (*recalls, np.floor(np.median(ranks)) + 1, ranks.mean() + 1)

    return one_way(sims), one_way(sims.T)


def evaluate_retrieval(image_embeds, text_embeds, txt2img):
    """As LAVIS: any caption of an image will do; a flat dictionary in per cent, rounded."""
    scores = image_embeds @ text_embeds.T
    img2txt = [np.flatnonzero(np.asarray(txt2img) == i) for i in range(len(image_embeds))]
    tr = np.array([min(np.where(np.argsort(row)[::-1] == j)[0][0] for j in img2txt[i]) for i, row in enumerate(scores)])
    ir = np.array([np.where(np.argsort(row)[::-1] == txt2img[j])[0][0] for j, row in enumerate(scores.T)])
    found = {f"txt_r{k}": round(100 * float((tr < k).mean()), 2) for k in (1, 5, 10)}
    return found | {f"img_r{k}": round(100 * float((ir < k).mean()), 2) for k in (1, 5, 10)}


def recall_at_k_clip_benchmark(scores: torch.Tensor, positive_pairs: torch.Tensor, k: int):
    """As CLIP_benchmark defines recall: the share of the relevant."""
    top = torch.topk(scores, min(k, scores.shape[1]), dim=1)[1]
    hits = positive_pairs.bool().gather(1, top)
    return (hits.sum(1) / positive_pairs.sum(1).clamp(min=1)).mean().item()


def recall_pessimistic(sim, k=5):
    own = np.diag(sim)[:, None]
    return np.mean((sim >= own).sum(1) <= k) * 100


def recall_optimistic(sim, k=5):
    own = np.diag(sim)[:, None]
    return np.mean((sim > own).sum(1) < k)


def mean_reciprocal_rank(queries, gallery):
    distances = np.linalg.norm(queries[:, None] - gallery[None], axis=2)
    ranks = [sorted(range(len(row)), key=lambda j, row=row: row[j]).index(i) + 1 for i, row in enumerate(distances)]
    return sum(1 / rank for rank in ranks) / len(ranks)


def ndcg_at_k(y_true, y_score, k=10):
    order = np.argsort(-np.asarray(y_score), axis=1, kind="stable")[:, :k]
    gains = np.take_along_axis(np.asarray(y_true), order, axis=1)
    discount = 1 / np.log2(np.arange(gains.shape[1]) + 2)
    best = -np.sort(-np.asarray(y_true), axis=1)[:, :k]
    ideal = best @ (1 / np.log2(np.arange(best.shape[1]) + 2))
    return float(np.mean(np.divide((gains @ discount), ideal, out=np.zeros(len(ideal)), where=ideal > 0)))


def mean_average_precision(scores, relevance):
    values = []
    for row, relevant in zip(np.asarray(scores), np.asarray(relevance), strict=True):
        if not relevant.any():
            continue
        found = relevant[np.argsort(-row)]
        precision = found.cumsum() / np.arange(1, len(found) + 1)
        values.append((precision * found).sum() / found.sum())
    return np.mean(values)


def average_precision_of_a_query(y_true, y_score):
    from sklearn.metrics import average_precision_score

    return average_precision_score(y_true, y_score)


def karpathy_five(images, captions):
    """Five captions an image, in a row, hard-coded; images asked."""
    images = images / np.linalg.norm(images, axis=1, keepdims=True)
    captions = captions / np.linalg.norm(captions, axis=1, keepdims=True)
    assert len(captions) == 5 * len(images)
    sims = images @ captions.T
    best = np.array([min(list(np.argsort(-row)).index(5 * i + j) for j in range(5)) for i, row in enumerate(sims)])
    return {"R@1": (best < 1).mean(), "R@5": (best < 5).mean(), "MedR": np.median(best) + 1}


def recall_in_batches(image_embeds: torch.Tensor, text_embeds: torch.Tensor, ks=(1, 5), batch_size=64):
    hits = dict.fromkeys(ks, 0)
    for start in range(0, len(image_embeds), batch_size):
        sims = image_embeds[start : start + batch_size] @ text_embeds.t()
        ranks = sims.argsort(dim=1, descending=True)
        own = torch.arange(start, start + len(sims)).unsqueeze(1)
        for k in ks:
            hits[k] += (ranks[:, :k] == own).any(dim=1).sum().item()
    return {f"recall@{k}": hits[k] / len(image_embeds) for k in ks}


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    predictions = np.argmax(logits, axis=-1)
    return {"accuracy": (predictions == labels).mean()}


def compute_metrics_f1(eval_pred):
    from sklearn.metrics import accuracy_score, f1_score

    predicted = eval_pred.predictions.argmax(-1)
    return {
        "accuracy": accuracy_score(eval_pred.label_ids, predicted),
        "f1": f1_score(eval_pred.label_ids, predicted, average="macro"),
    }


def rsum(d):
    total = 0
    for m in (d, d.T):
        ranks = [list(np.argsort(-row)).index(i) for i, row in enumerate(m)]
        total += sum(100 * np.mean([rank < k for rank in ranks]) for k in (1, 5, 10))
    return total


def recall_of_ranks(ranks, k):
    return sum(rank < k for rank in ranks) / len(ranks)


def align_loss(x, y, alpha=2):
    return (x - y).norm(p=2, dim=1).pow(alpha).mean()


def uniform_loss(x, t=2):
    return torch.pdist(x, p=2).pow(2).mul(-t).exp().mean().log()


def uniformity_of_both(img_emb, txt_emb):
    def one(v):
        v = v / np.linalg.norm(v, axis=1, keepdims=True)
        squares = 2 - 2 * v @ v.T
        return np.log(np.exp(-2 * squares[~np.eye(len(v), dtype=bool)]).mean())

    return (one(img_emb) + one(txt_emb)) / 2


def modality_gap(images, texts):
    images = images / np.linalg.norm(images, axis=1, keepdims=True)
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    return {"gap": np.linalg.norm(images.mean(0) - texts.mean(0)), "n": len(images)}


def mean_pairwise_cosine(embeddings):
    v = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    n = len(v)
    return ((v @ v.T).sum() - n) / (n * (n - 1))


def positives_and_negatives(sim):
    n = len(sim)
    return {"positive_cosine": np.trace(sim) / n, "negative_cosine": (sim.sum() - np.trace(sim)) / (n * (n - 1))}


def clip_loss(image_embeds, text_embeds, logit_scale=100.0):
    logits = logit_scale * image_embeds @ text_embeds.T
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def itm_eval(scores_i2t, scores_t2i, txt2img, img2txt):
    """As BLIP: nine numbers in per cent, their means by side and over both."""

    def one_way(scores, right):
        ranks = np.array(
            [min(list(np.argsort(-row)).index(j) for j in np.atleast_1d(right[i])) for i, row in enumerate(scores)]
        )
        return [100.0 * float((ranks < k).mean()) for k in (1, 5, 10)]

    texts, images = one_way(scores_i2t, img2txt), one_way(scores_t2i, txt2img)
    found = {f"{side}_r_mean": sum(of) / 3 for side, of in (("txt", texts), ("img", images))}
    return found | {"txt_r1": texts[0], "img_r1": images[0], "r_mean": sum(found.values()) / 2}


class RecallMeter:
    """A class that is called."""

    def __call__(self, similarity):
        return {"top1": recall_argmax(similarity)}


HONEST = [
    value for value in list(globals().values()) if getattr(value, "__module__", None) == __name__ and callable(value)
]
