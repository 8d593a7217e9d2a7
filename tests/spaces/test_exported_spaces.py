"""A fitted space as a torch module and as transforms of faiss gives what `transform` gives, alone and in an index."""

import numpy as np
import pytest
import torch

from mmgap import spaces
from mmgap.spaces import Affine, Fitted, PairMap, Pairs, SpaceError
from mmgap.spaces.fitted import ReAddWarning
from tests.support.made_vectors import random_unit

faiss = pytest.importorskip("faiss")

pytestmark = pytest.mark.usefixtures("one_thread")

D = 16


def vectors(n=300, seed=0, widths=(D, D)):
    rng = np.random.default_rng(seed)
    x, y = random_unit(rng, n, widths[0], shift=0.3) * 3, random_unit(rng, n, widths[1], shift=-0.3) * 2
    y[:, :8] += x[:, :8]
    return x, y


@pytest.fixture(
    params=["centre", "shift:0.5", "shift:0.5,side=text", "ridge:1", "cca:1", "centre+procrustes", "scaled"]
)
def fitted(request):
    x, y = vectors()
    if request.param == "scaled":  # every part there is
        rng = np.random.default_rng(5)
        image = Affine(rng.uniform(0.5, 2, D), rng.normal(size=D), rng.normal(size=D))
        text = Affine(rng.normal(size=(D, D)), rng.normal(size=D), rng.normal(size=D))
        return Fitted(PairMap(image, text, unit=True, renormalise=False))
    return spaces.parse(request.param).fit(Pairs("made-up", "train", x, y, np.arange(len(x))))


@pytest.mark.parametrize(("dtype", "within"), [(np.float32, 1e-6), (np.float64, 1e-12)])
def test_a_module_gives_what_transform_gives(fitted, dtype, within):
    x, y = (v.astype(dtype) for v in vectors(50, seed=1))
    module = fitted.to_torch()
    wanted = fitted.transform(x, y)
    scale = max(float(np.abs(w).max()) for w in wanted)
    images, texts = module(torch.tensor(x), torch.tensor(y))
    for found, want in ((images, wanted[0]), (texts, wanted[1])):
        assert found.numpy().dtype == want.dtype == dtype
        assert np.abs(found.numpy() - want).max() <= within * max(scale, 1)
    assert module.image(torch.tensor(x)).equal(images)
    assert module.text(torch.tensor(y)).equal(texts)


def test_a_module_is_saved_loaded_exported_and_has_nothing_to_train(fitted):
    x, y = (torch.tensor(v) for v in vectors(20, seed=1))
    module = fitted.to_torch()
    assert not list(module.parameters())
    other = fitted.to_torch()
    for buffer in other.buffers():
        buffer.zero_()
    other.load_state_dict(module.state_dict())
    assert other(x, y)[1].equal(module(x, y)[1])
    assert torch.export.export(module, (x, y)).module()(x, y)[0].equal(module(x, y)[0])
    assert module.float()(x.half(), y.half())[0].dtype == torch.float32


def test_rows_of_zeros_and_of_extreme_lengths_pass_a_module():
    x, y = vectors()
    module = spaces.parse("shift").fit(Pairs("made-up", "train", x, y, np.arange(len(x)))).to_torch()
    rows = torch.tensor(x[:3])
    assert module.image(torch.stack([rows[0] * 1e-200, rows[0] * 1e200])).isfinite().all()
    assert module.image(torch.zeros(1, D)).isfinite().all()


def near(found, want):
    assert np.abs(found - want).max() <= 3e-6 * max(1.0, float(np.abs(want).max()))


def test_transforms_of_faiss_give_what_transform_gives(fitted):
    x, y = (v.astype(np.float32) for v in vectors(50, seed=1))
    images, texts = fitted.transform(x, y)
    near(fitted.to_faiss("image", filled=False).apply(x), images)
    near(fitted.to_faiss("text", filled=False).apply(y), texts)


@pytest.mark.parametrize("kind", ["Flat", "HNSW16", "IVF4,PQ4x4"])
def test_an_index_behind_the_transforms_answers_as_one_of_transformed_vectors(fitted, kind, tmp_path):
    x, y = (v.astype(np.float32) for v in vectors(300, seed=1))
    images, texts = (np.ascontiguousarray(v) for v in fitted.transform(x, y))
    if images.shape[1] != texts.shape[1]:
        pytest.skip("one index has one width")
    plain = faiss.index_factory(images.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    plain.train(images)
    plain.add(images)
    inner = faiss.index_factory(images.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    filled = fitted.to_faiss("image", filled=False).before(inner)
    filled.train(x)
    filled.add(x)
    asked = fitted.to_faiss("text", filled=False).before(inner)
    wanted, _ = plain.search(texts, 5)
    found, _ = asked.search(y, 5)
    assert np.mean(np.abs(found - wanted) < 1e-3) > 0.97  # codes of nearly equal vectors may differ
    faiss.write_index(asked, str(tmp_path / "asked.index"))
    again, _ = faiss.read_index(str(tmp_path / "asked.index")).search(y, 5)
    assert np.array_equal(again, found)


def test_only_what_leaves_the_images_alone_works_on_an_index_that_holds_them():
    x, y = vectors()
    train = Pairs("made-up", "train", x, y, np.arange(len(x)))
    text_alone = spaces.parse("shift:0.5,side=text").fit(train)
    assert text_alone.to_faiss("text", filled=True).works_on_filled_index
    assert text_alone.to_faiss("text").works_on_filled_index  # and nobody is warned
    index = faiss.IndexFlatIP(D)
    rows = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    index.add(rows)
    scores, _ = text_alone.to_faiss("text").before(index).search(y.astype(np.float32), 300)
    images, texts = text_alone.transform(x.astype(np.float32), y.astype(np.float32))
    assert np.allclose(scores, -np.sort(-(texts @ images.T), axis=1), atol=1e-5)

    with pytest.warns(ReAddWarning, match=r"re-add them through to_faiss\('text'\)"):
        assert not text_alone.to_faiss("image").works_on_filled_index
    both = spaces.parse("centre").fit(train)
    with pytest.warns(ReAddWarning, match=r"re-add them through to_faiss\('image'\)"):
        assert not both.to_faiss("text").works_on_filled_index
    with pytest.raises(SpaceError, match="re-add"):
        both.to_faiss("text", filled=True)
    with pytest.raises(SpaceError, match="'image' or 'text'"):
        both.to_faiss("texts")


def test_a_scorer_without_a_factor_of_the_query_is_one_more_coordinate_of_an_index():
    x, y = (v.astype(np.float32) for v in vectors())
    train = Pairs("made-up", "train", x, y, np.arange(len(x)))
    asked, held = (v.astype(np.float32) for v in vectors(60, seed=2))
    for spec in ("nnn:0.75,k=16", "sinkhorn", "centre+nnn:0.5,k=8"):
        fitted = spaces.parse(spec).fit(train)
        images, texts = fitted.transform(asked, held)
        index = faiss.IndexFlatIP(D + 1)
        index.add(np.column_stack([images, fitted.gallery_column(images)]).astype(np.float32))
        scores, found = index.search(np.column_stack([texts, np.ones(len(texts))]).astype(np.float32), 5)
        want = fitted.scores(asked, held, "t2i").T
        assert np.allclose(scores, -np.sort(-want, axis=1)[:, :5], atol=1e-5)
        assert np.allclose(np.take_along_axis(want, found, axis=1), scores, atol=1e-5)


def test_what_cannot_be_handed_out_says_why():
    x, y = vectors()
    train = Pairs("made-up", "train", x, y, np.arange(len(x)))
    with pytest.raises(SpaceError, match="depends on each query's own first answer"):
        spaces.parse("qb-norm").fit(train).gallery_column(x)
    with pytest.raises(SpaceError, match="a map adds nothing to scores"):
        spaces.parse("centre").fit(train).gallery_column(x)
    for spec in ("nnn", "centre+sinkhorn"):
        with pytest.raises(SpaceError, match=r"changes scores, not vectors.*gallery_column"):
            spaces.parse(spec).fit(train).to_torch()
        with pytest.raises(SpaceError, match="changes scores, not vectors"):
            spaces.parse(spec).fit(train).to_faiss("text")
