"""Each planted defect is found, under its own name, and honest functions in many spellings are left alone."""

import numpy as np
import pytest

from mmgap.testing.audit import known_defects, made_problems
from mmgap.testing.audit.audited import audited
from mmgap.testing.audit.defect_definitions import defects_of
from mmgap.testing.audit.geometry_definitions import geometry_definitions
from tests.support.honest_metrics import HONEST

KIND = {
    "cyclip_recall": "unfilled_rows",
    "mean_cosine_of_triangle": "halved_triangle",
    "ndcg_of_retrieved": "ideal_of_top_k",
    "recall_of_full_batches": "unfilled_rows",
    "recall_over_captions": "divided_by_captions",
    "mean_negative_cosine": "below_zero_dropped",
    "recall_of_positive_scores": "below_zero_dropped",
    "recall_after_centring": "test_set_normalisation",
    "recall_one_place_more": "places_off_by_one",
    "recall_of_batches": "within_batches",
}


def test_every_known_defect_is_here():
    made = {
        name for name, one in vars(known_defects).items() if getattr(one, "__module__", "") == known_defects.__name__
    }
    assert made == set(KIND)


@pytest.mark.parametrize("name", KIND)
def test_a_planted_defect_is_found_with_a_small_input_that_shows_it(name):
    found = audited(getattr(known_defects, name))
    one = next(finding for finding in found.findings if finding.kind == KIND[name])
    low, high = one.expected
    assert len(one.problem.images) <= 9
    assert not low - 1e-6 <= one.got <= high + 1e-6


@pytest.mark.parametrize("function", HONEST, ids=lambda one: one.__name__)
def test_nothing_is_found_in_an_honest_function(function):
    found = audited(function)
    assert found.findings == ()
    assert found.computes


def captions_in_torch(image_features, text_features):
    import torch

    similarity = image_features @ text_features.t()
    ranks = torch.zeros(5 * len(similarity))
    for image, row in enumerate(similarity):
        order = row.argsort(descending=True)
        ranks[5 * image] = min((order == 5 * image + j).nonzero()[0, 0] for j in range(5))
    return {"text_recall": [(ranks < k).float().mean().item() for k in (1, 5, 10)]}


def recall_over_texts(sims, k=1):
    """Finds out by itself how many texts an image has, and divides by all of them."""
    images, texts = sims.shape
    hits = [any(j // (texts // images) == i for j in np.argsort(-row)[:k]) for i, row in enumerate(sims)]
    return sum(hits) / texts


def recall_at_1_of_five(sims):
    return sum(np.argmax(row) // 5 == i for i, row in enumerate(sims)) / (5 * len(sims))


def recall_by_dual_softmax(sim):
    weights = np.exp(100 * sim)
    return ((weights / weights.sum(axis=0)).argmax(axis=1) == np.arange(len(sim))).mean()


def uniformity_of_centred(x, t=2):
    x = x - x.mean(axis=0)
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    squares = ((x[:, None] - x) ** 2).sum(-1)
    return np.log(np.exp(-t * squares[np.triu_indices(len(x), 1)]).mean())


def recall_of_first_caption(sim, owner):
    first = [np.flatnonzero(owner == i)[0] for i in range(len(sim))]
    return (sim.argmax(axis=1) == first).mean()


def accuracy_of_the_furthest(logits, labels):
    return (logits.argmin(axis=1) == labels).mean()


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return {"accuracy": (np.argmax(logits, axis=0) == labels).mean()}


def recall_squared(sim):
    return (sim.argmax(axis=1) == np.arange(len(sim))).mean() ** 2 * 0.7


def recall_that_changes_its_input(sim):
    sim -= sim.max()
    return (sim.argmax(axis=1) == np.arange(len(sim))).mean()


def recall_at_random(sim):
    return np.random.default_rng().random()


def recall_of_nothing(sim):
    return float("nan")


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (captions_in_torch, "unfilled_rows"),
        (recall_over_texts, "divided_by_captions"),
        (recall_at_1_of_five, "divided_by_captions"),
        (recall_by_dual_softmax, "test_set_normalisation"),
        (uniformity_of_centred, "test_set_normalisation"),
        (recall_of_first_caption, "first_caption"),
        (accuracy_of_the_furthest, "wrong_sign"),
        (compute_metrics, "one_direction"),
        (recall_squared, "wrong_value"),
        (recall_that_changes_its_input, "changes_input"),
        (recall_at_random, "random"),
        (recall_of_nothing, "not_a_number"),
    ],
)
def test_other_spellings_of_defects_are_found(function, kind):
    assert kind in [one.kind for one in audited(function).findings]


def recall_weighed_by_margins(similarity):
    falling = -np.sort(-similarity, axis=1)
    margins = falling[:, 0] - falling[:, 1]
    return float((margins * (similarity.argmax(axis=1) == np.arange(len(similarity)))).sum() / margins.sum())


def modality_gap_in_sizes(images, texts):
    return float(np.abs(images.mean(axis=0) - texts.mean(axis=0)).sum())


@pytest.mark.parametrize("function", [recall_weighed_by_margins, modality_gap_in_sizes])
def test_a_definition_of_its_own_is_no_accusation(function):
    found = audited(function)
    assert (found.findings, found.computes) == ((), ())
    assert "follows no definition of" in found.untold[0]


@pytest.mark.parametrize("seen", [2, 3])
def test_vectors_too_few_for_a_definition_end_no_audit(seen):
    few = made_problems.vectors(0, seen, 1, 0.5)
    for definition in geometry_definitions():
        for wrong in defects_of(definition):
            if wrong.wrong == "below_zero_dropped":
                assert isinstance(wrong.value(few, ""), float)
