"""The index of a search: it finds what all dot products say, and is kept whole, checked and told apart."""

import numpy as np
import pytest

from mmgap.app.search.vector_index import VectorIndex, digest_of
from mmgap.core.cache import Cache
from mmgap.core.integrity import CacheWarning

pytest.importorskip("faiss")


@pytest.fixture
def rows():
    found = np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path)


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_an_index_finds_the_largest_dot_products_in_their_order(rows, cache, kind):
    queries = np.random.default_rng(1).normal(size=(20, 16)).astype(np.float32)
    scores, items = VectorIndex.of(rows, kind, cache=cache).search(queries, 10)
    slow = [sorted(range(300), key=lambda i, q=q: -float(q @ rows[i]))[:10] for q in queries]
    assert np.mean(items == slow) > (0.999 if kind == "flat" else 0.95)
    np.testing.assert_allclose(scores, np.take_along_axis(queries @ rows.T, items, axis=1), atol=1e-5)


def test_a_second_index_comes_from_the_cache(rows, cache, monkeypatch):
    first = VectorIndex.of(rows, "hnsw", cache=cache).search(rows[:5], 3)
    monkeypatch.setattr("mmgap.app.search.vector_index.built_index", None)
    second = VectorIndex.of(rows, "hnsw", cache=cache).search(rows[:5], 3)
    np.testing.assert_array_equal(first, second)


def test_vectors_space_and_kind_are_in_the_key(rows, cache):
    for other, kind, space in (
        (rows, "flat", ""),
        (rows, "hnsw", ""),
        (rows, "flat", "centre"),
        (rows[:9], "flat", ""),
    ):
        VectorIndex.of(other, kind, space, cache)
    assert len(list(cache.root.rglob("*.safetensors"))) == 4


def test_a_damaged_index_is_built_again_and_said(rows, cache):
    VectorIndex.of(rows, "flat", cache=cache)
    file = next(cache.root.rglob("*.safetensors"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.warns(CacheWarning, match="damaged"):
        scores, _ = VectorIndex.of(rows, "flat", cache=cache).search(rows, 1)
    np.testing.assert_allclose(scores[:, 0], 1, atol=1e-5)


def test_more_than_there_are_gives_all_there_are(rows, cache):
    assert VectorIndex.of(rows[:1], "flat", cache=cache).search(rows[:2], 5)[1].tolist() == [[0], [0]]


def test_no_rows_and_unknown_kinds_are_refused(rows, cache):
    with pytest.raises(ValueError, match="at least one vector"):
        VectorIndex.of(rows[:0], "flat", cache=cache)
    with pytest.raises(ValueError, match="flat, hnsw"):
        VectorIndex.of(rows, "ivfpq", cache=cache)


def test_a_digest_sees_every_byte_and_the_shape(rows):
    other = rows.copy()
    other[-1, -1] += 1e-3
    assert len({digest_of(rows), digest_of(other), digest_of(rows.reshape(-1)), digest_of(rows, rows)}) == 4
