"""What holds for every loss: gradients, invariances, precision, the checks of its input; and identities of some."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmgap import losses
from mmgap.testing import check_loss
from mmgap.testing.loss_checks import LossSubject

ALL = list(losses.registry)
TAGS = {name: losses.tags_of(losses.registry.get(name)) for name in ALL}


def units(n, d, seed, dtype=torch.float64):
    v = torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return (v / v.norm(dim=1, keepdim=True)).to(dtype)


def called(name):
    """The loss of this name, which gets what it needs besides vectors."""
    return LossSubject.of(name)


def rotation(d, seed):
    return torch.linalg.qr(torch.randn(d, d, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)))[0]


@pytest.mark.parametrize("check", check_loss.checks)
@pytest.mark.parametrize("name", ALL)
def test_contract(name, check):
    check_loss.checks[check](LossSubject.of(name))


def test_tags_of_mmgaps_own():
    assert all(tags.symmetric for tags in TAGS.values())
    assert {name for name, tags in TAGS.items() if not tags.rotation_invariant} == {"barlow"}
    assert {name for name, tags in TAGS.items() if tags.at_least == 2} == {
        "var",
        "uniform",
        "infoloob",
        "opl",
        "margin",
        "cu",
        "xuniform",
        "barlow",
    }
    assert {name for name, tags in TAGS.items() if tags.uses_scale} == {
        "ce",
        "cyclip",
        "siglip",
        "infoloob",
        "imsep",
    }
    assert {name: tags.needs for name, tags in TAGS.items() if tags.needs} == {"imsep": ("caption_cosines",)}
    assert {name: tags.learned for name, tags in TAGS.items() if tags.learned} == {
        "ce": ("tilt",),
        "siglip": ("bias",),
    }


@pytest.mark.parametrize("name", ["intra(alpha=0.5)", "inter(alpha=0.5,reduction=sum)", "anti(alpha=0.5)"])
@pytest.mark.parametrize(
    "options", ["var(over=rows)", "cyclip(reduction=row)", "align(alpha=1)", "margin(m=1.8)", "cu(t=0.5)"]
)
def test_gradients_with_options(name, options):
    loss = losses.parse(f"{name}-0.3*{options}")
    x, y = units(5, 4, 1).requires_grad_(), units(5, 4, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, y: loss(x, y, logit_scale=2.0), (x, y))


@pytest.mark.parametrize("name", ALL)
def test_equal_rows_have_finite_gradients_in_float32(name):
    dtype = torch.float32
    x = units(40, 6, 1, dtype)
    x[7] = x[3]
    y = x.clone()
    y[:20] = y[5]  # equal pairs, equal rivals, and |0| in the orthogonal terms below
    x[30], x[31], y[32] = torch.eye(6, dtype=dtype)[:3]
    x, y = x.requires_grad_(), y.requires_grad_()
    called(name)(x, y).backward()
    assert torch.isfinite(x.grad).all()
    assert torch.isfinite(y.grad).all()


@given(seed=st.integers(0, 2**31), n=st.integers(2, 9), d=st.integers(2, 6))
@pytest.mark.parametrize("name", ALL)
def test_invariances(name, seed, n, d):
    """The order of the pairs, a joint rotation and the names of the two sides change nothing."""
    function = called(name)
    x, y = units(n, d, seed), units(n, d, seed + 1)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    q = rotation(d, seed)
    value = function(x, y, logit_scale=4.0)
    rotated = [(x @ q, y @ q)] if TAGS[name].rotation_invariant else []
    reordered = {name: values[order][:, order] for name, values in function.needed(n).items()}
    torch.testing.assert_close(function(x[order], y[order], logit_scale=4.0, **reordered), value, rtol=1e-9, atol=1e-9)
    for same in ((y, x), *rotated):
        torch.testing.assert_close(function(*same, logit_scale=4.0), value, rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 2**31), n=st.integers(2, 12), d=st.integers(2, 6), alpha=st.floats(-2, 2))
def test_antipodal_closed_form_equals_the_double_sum(seed, n, d, alpha):
    x, y = units(n, d, seed), units(n, d, seed + 1)
    double_sum = sum((v @ v.T).sum() - (v @ v.T).diagonal().sum() for v in (x, y)) / n**2 - 2 * alpha / n
    torch.testing.assert_close(losses.anti(x, y, alpha=alpha), double_sum, rtol=1e-10, atol=1e-12)


def test_antipodal_terms_take_no_square_matrix():
    n = 200_000  # its N×N matrix would hold 160 GB
    x = units(n, 3, 1, torch.float32)
    assert torch.isfinite(losses.anti(x, x))


@pytest.mark.parametrize("alpha", [0.0, 0.7])
def test_inter_without_absolute_value_is_the_centroids_product(alpha):
    """SCIENCE I5: on non-negative cosines `inter` is (2/N²)(N² m_x·m_y − (1+α) Σ s_ii)."""
    x, y = units(8, 5, 1).abs(), units(8, 5, 2).abs()
    expected = 2 * (x.mean(0) @ y.mean(0) - (1 + alpha) * (x * y).sum() / 64)
    torch.testing.assert_close(losses.inter(x, y, alpha=alpha), expected)


def test_cyclic_terms_are_independent_of_the_scale_of_the_logits():
    """The paper's own form, mean((L·S − L·Sᵀ)²)/L²·N, for two scales."""
    x, y = units(6, 4, 1), units(6, 4, 2)
    for scale in (1.0, 100.0):
        s = scale * x @ y.T
        torch.testing.assert_close((s - s.T).square().mean() / scale**2 * 6, losses.cyclip_inter(x, y, reduction="row"))
        s = scale * x @ x.T - scale * y @ y.T
        torch.testing.assert_close(s.square().mean() / scale**2 * 6, losses.cyclip_intra(x, y, reduction="row"))


def test_cyclic_terms_vanish_where_they_should():
    x, q = units(6, 4, 1), rotation(4, 2)
    assert losses.cyclip_intra(x, x @ q) == pytest.approx(0, abs=1e-28)  # one Gram matrix
    assert losses.cyclip_inter(x, x @ q) > 1e-3  # not symmetric
    symmetric = (q + q.T) / 2
    assert losses.cyclip_inter(x, x @ symmetric) == pytest.approx(0, abs=1e-28)
    assert losses.cyclip_intra(x, x @ symmetric) > 1e-3


def test_barlow_sees_neither_the_gap_nor_the_lengths_but_the_axes():
    x, y = units(12, 4, 1), units(12, 4, 2)
    moved = x * torch.tensor([1.0, 3.0, 0.5, 2.0]) + 7
    torch.testing.assert_close(losses.barlow(moved, y), losses.barlow(x, y))
    q = rotation(4, 3)
    assert abs(losses.barlow(x @ q, y @ q) - losses.barlow(x, y)) > 1e-2


def test_centroids_leave_what_lies_between_the_sides():
    """A gap that is at right angles to everything halves the pairs' centroids, and changes no direction."""
    x = torch.nn.functional.pad(units(8, 4, 1), (0, 1)) * 0.6
    gap = torch.tensor([0.0, 0, 0, 0, 0.8], dtype=torch.float64)
    torch.testing.assert_close(losses.cu(x + gap, x - gap), losses.cu(x / 0.6, x / 0.6))


def test_captions_that_are_alike_are_no_rivals_within_a_modality():
    """Equal captions leave the pair alone with rivals of cosine 0, whatever lies between the vectors."""
    x, y = units(4, 6, 1), units(4, 6, 2)
    alike = torch.ones(4, 4, dtype=torch.float64)
    matched = 5.0 * (x * y).sum(1)
    expected = (torch.log(matched.exp() + 3) - matched).mean()
    torch.testing.assert_close(losses.imsep(x, y, caption_cosines=alike, logit_scale=5.0), expected)


def test_poles_are_where_xuniform_is_least():
    pole = torch.eye(3, dtype=torch.float64)[:1].repeat(4, 1)
    assert losses.xuniform(pole, -pole) == pytest.approx(-8)


def test_a_pair_of_opposite_sides_has_a_finite_gradient():
    x = units(5, 4, 1).requires_grad_()
    gradient = torch.autograd.grad(losses.cu(x, -x.detach()), x)[0]
    assert torch.isfinite(gradient).all()


def test_batch_size():
    """Default reductions keep their scale when every pair stands twice; row- and sum-scaled ones grow."""
    x, y = units(50, 8, 1), units(50, 8, 2)
    twice = torch.cat([x, x]), torch.cat([y, y])
    for name in ("cyclip_inter", "cyclip_intra", "align", "centroid"):
        torch.testing.assert_close(losses.registry.get(name)(*twice), losses.registry.get(name)(x, y))
    for name in ("intra", "inter", "anti", "var"):
        torch.testing.assert_close(losses.registry.get(name)(*twice), losses.registry.get(name)(x, y), rtol=0, atol=0.1)
    assert losses.cyclip_inter(*twice, reduction="row") == pytest.approx(
        2 * float(losses.cyclip_inter(x, y, reduction="row"))
    )
    assert losses.intra(*twice, reduction="sum") > 4 * losses.intra(x, y, reduction="sum")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ALL)
def test_half_precision_is_computed_in_float32(name, dtype):
    x, y = units(32, 16, 1, dtype).requires_grad_(), units(32, 16, 2, dtype).requires_grad_()
    function = called(name)
    value = function(x, y)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value.double(), function(x.double(), y.double()), rtol=1e-4, atol=1e-6)
    value.backward()
    assert x.grad.dtype == dtype
    assert torch.isfinite(x.grad).all()


@pytest.mark.parametrize("name", ALL)
def test_autocast_changes_nothing(name):
    x, y = units(32, 16, 1, torch.float32), units(32, 16, 2, torch.float32)
    function = called(name)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = function(x, y)
        assert (x @ y.T).dtype == torch.bfloat16
    assert inside.dtype == torch.float32
    assert inside == function(x, y)


@pytest.mark.parametrize("name", ALL)
def test_float32_agrees_with_float64(name):
    x, y = units(64, 32, 1, torch.float32), units(64, 32, 2, torch.float32)
    function = called(name)
    torch.testing.assert_close(function(x, y).double(), function(x.double(), y.double()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_one_pair(name):
    x = units(1, 4, 1)
    function = called(name)
    if TAGS[name].at_least == 2:
        with pytest.raises(ValueError, match=f"{name}: needs at least 2 pair"):
            function(x, x)
    else:
        expected = {"siglip": 0.6931471805599453}  # its only logit is 10·1 − 10
        assert float(function(x, x)) == pytest.approx(expected.get(name, 0), abs=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_refuses_bad_shapes(name):
    function = losses.registry.get(name)
    with pytest.raises(ValueError, match=rf"{name}: x and y must share one shape .* got \(4, 3\) and \(5, 3\)"):
        function(units(4, 3, 1), units(5, 3, 2))
    with pytest.raises(ValueError, match="share one shape"):
        function(units(4, 3, 1)[0], units(4, 3, 1)[0])
    with pytest.raises(ValueError, match="needs at least"):
        function(torch.zeros(0, 3), torch.zeros(0, 3))
    with pytest.raises(TypeError, match=f"{name}: y must be a floating torch tensor, got torch.int64"):
        function(units(4, 3, 1), torch.zeros(4, 3, dtype=torch.int64))
    with pytest.raises(TypeError, match="x must be a floating torch tensor, got ndarray"):
        function(units(4, 3, 1).numpy(), units(4, 3, 1))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("intra", {"reduction": "avg"}, "reduction must be 'mean' or 'sum', got 'avg'"),
        ("cyclip_inter", {"reduction": "sum"}, "reduction must be 'pair' or 'row'"),
        ("var", {"over": "columns"}, "over must be 'all' or 'rows'"),
        ("align", {"alpha": 0.5}, "alpha must be at least 1"),
    ],
)
def test_refuses_bad_options(name, options, message):
    with pytest.raises(ValueError, match=message):
        losses.registry.get(name)(units(4, 3, 1), units(4, 3, 2), **options)
