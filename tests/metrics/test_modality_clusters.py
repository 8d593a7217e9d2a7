import numpy as np
import pytest

from mmgap.metrics import modality_clusters

pytestmark = pytest.mark.usefixtures("one_thread")


def spaces(gap, n=60):
    """Three classes in both modalities, images and texts ``gap`` apart along a dimension of their own."""
    rng = np.random.default_rng(0)
    classes = np.arange(n) % 3
    sides = []
    for sign in (1, -1):
        v = np.c_[np.eye(3)[classes] + 0.05 * rng.normal(size=(n, 3)), np.full(n, sign * gap)]
        sides.append(v / np.linalg.norm(v, axis=1, keepdims=True))
    return (*sides, classes)


def test_classes_are_found_without_a_gap_and_lost_with_one():
    x, y, classes = spaces(0.0)
    assert modality_clusters(x, y, labels=(classes, classes)).v_measure == pytest.approx(1)
    assert modality_clusters(x, y).v_measure < 0.05
    x, y, classes = spaces(3.0)
    assert modality_clusters(x, y, labels=(classes, classes)).v_measure < 0.8
    assert modality_clusters(x, y).v_measure == pytest.approx(1)


def test_equals_the_entropies():
    """V = 2·I/(H + H') of the counts, from the same clusters."""
    from sklearn.cluster import KMeans

    x, y, classes = spaces(0.6)
    truth = np.concatenate([classes, classes])
    made = KMeans(3, n_init=10, random_state=4).fit_predict(np.concatenate([x, y]))
    joint = np.histogram2d(truth, made, bins=(3, 3))[0] / len(truth)

    def entropy(p):
        p = p[p > 0]
        return -(p * np.log(p)).sum()

    of_class, of_cluster = entropy(joint.sum(1)), entropy(joint.sum(0))
    expected = 2 * (of_class + of_cluster - entropy(joint.ravel())) / (of_class + of_cluster)
    assert modality_clusters(x, y, labels=(classes, classes), seed=4).v_measure == pytest.approx(expected, abs=1e-9)


def test_bad_labels():
    x, y, classes = spaces(0.0)
    with pytest.raises(ValueError, match="one for each of 60 images and 60 texts"):
        modality_clusters(x, y, labels=(classes, classes[1:]))
    with pytest.raises(ValueError, match="at least 2 classes"):
        modality_clusters(x, y, labels=(np.zeros(60), np.zeros(60)))


def test_chance_is_far_above_nothing_for_many_classes():
    rng = np.random.default_rng(1)
    v = rng.normal(size=(120, 5))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    classes = rng.integers(0, 40, 120)
    found = modality_clusters(v, v[::-1], labels=(classes, rng.integers(0, 40, 120)))
    assert found.chance > 0.3
    assert found.v_measure == pytest.approx(found.chance, abs=0.1)
