"""Sums of losses: how they are written, read, computed and refused."""

import copy
import math
import pickle
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmgap import losses
from mmgap.core.registry import UnknownNameError
from mmgap.losses.expression import LossExpressionError, Part, read, write


@pytest.fixture
def pair():
    g = torch.Generator().manual_seed(0)
    x, y = (torch.nn.functional.normalize(torch.randn(6, 4, generator=g, dtype=torch.float64)) for _ in "xy")
    return x, y


def test_sum_of_weighted_terms(pair):
    loss = losses.parse(" ce + .5*intra\t- 1E-1 * var")
    expected = losses.ce(*pair, logit_scale=7.0) + 0.5 * losses.intra(*pair) - 0.1 * losses.var(*pair)
    torch.testing.assert_close(loss(*pair, logit_scale=7.0), expected)
    torch.testing.assert_close(loss(*pair, logit_scale=torch.tensor(7.0, dtype=torch.float64)), expected)
    assert list(loss) == [("ce", 1.0), ("intra", 0.5), ("var", -0.1)]
    assert repr(loss) == "LossSum('ce+0.5*intra-0.1*var')"


def test_parts_and_their_total(pair):
    loss = losses.parse("ce-2*anti")
    parts = loss.parts(*pair, logit_scale=3.0)
    assert set(parts) == {"ce", "anti"}
    torch.testing.assert_close(parts["anti"], losses.anti(*pair))  # without its weight
    torch.testing.assert_close(loss.total(parts), loss(*pair, logit_scale=3.0))


def test_options_reach_their_term(pair):
    loss = losses.parse("intra(reduction=sum, alpha=.5) + 2*var( over = rows )")
    expected = losses.intra(*pair, reduction="sum", alpha=0.5) + 2 * losses.var(*pair, over="rows")
    torch.testing.assert_close(loss(*pair), expected)
    assert loss.name == "intra(alpha=0.5,reduction=sum)+2*var(over=rows)"
    torch.testing.assert_close(losses.parse("var(beta=-1)")(*pair), -losses.var(*pair))
    torch.testing.assert_close(losses.parse("ce()")(*pair), losses.ce(*pair))
    assert "var, over='rows'" in str(loss.terms["var"])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ce", "ce"),
        ("+1.0*ce", "ce"),
        ("var+anti+ce", "ce+anti+var"),
        ("intra + inter + ce", "ce+intra+inter"),
        ("-0.50*var+ce", "ce-0.5*var"),
        ("-var", "-var"),
        ("1e-7*centroid", "1e-07*centroid"),
        ("200*margin(m=2.00)+align", "align+200*margin(m=2)"),
    ],
)
def test_canonical_name(written, name):
    assert losses.canonical(written) == losses.parse(written).name == name
    assert losses.canonical(name) == name


TERMS = st.lists(st.sampled_from([n for n in losses.registry if n != "cyclip"]), min_size=1, unique=True)


@given(TERMS, st.data())
def test_what_is_written_is_read_again(names, data):
    weights = [data.draw(st.floats(-1e6, 1e6, allow_subnormal=False)) for _ in names]
    parts = [Part(weight, name) for name, weight in zip(names, weights, strict=True)]
    again = read(write(parts))
    assert {part.name: part.weight for part in again} == dict(zip(names, weights, strict=True))
    assert write(again) == losses.canonical(write(parts[::-1]))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "empty loss expression"),
        ("  ", "empty loss expression"),
        ("ce++var", r"expected a term, as in '0.5\*intra', got '\+var'"),
        ("ce+-var", "expected a term"),
        ("ce+", "expected a term, .* got the end"),
        ("ce var", r"expected '\+' or '-' between terms, got 'var'"),
        ("ce*0.5", r"expected '\+' or '-' between terms, got '\*0.5'"),
        ("0.5 ce", "expected a term"),
        ("0.5**ce", "expected a term"),
        ("ce+(var)", "expected a term"),
        ("1e999*ce", "weight of 'ce' is not finite"),
        ("ce+0.5*ce", "'ce' stands twice"),
        ("ce+cyclip", "'cyclip' holds 'ce' already"),
        ("cyclip+0.5*cyclip_intra", "'cyclip' holds 'cyclip_intra' already"),
        ("var(rows)", "expected key=value between the brackets, got 'rows'"),
        ("var(over=rows,)", "expected key=value"),
        ("var(over=rows,over=all)", "'over' is given twice"),
    ],
)
def test_malformed_expressions(written, message):
    with pytest.raises(LossExpressionError, match=message):
        losses.parse(written)
    with pytest.raises(LossExpressionError, match=message):
        losses.canonical(written)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("var(over=columns)", "var: over must be 'all' or 'rows', got 'columns'"),
        ("var(under=rows)", "var has no option 'under'; its options are beta, over"),
        ("ce(alpha=1)", "ce has no option 'alpha'; its options are tilt"),
        ("centroid(alpha=1)", "centroid has no option 'alpha'; it takes none"),
        ("imsep(caption_cosines=1)", "imsep has no option 'caption_cosines'; it takes none"),
        ("intra(alpha=much)", "intra: alpha must be a number, got 'much'"),
        ("ce(logit_scale=10)", "ce has no option 'logit_scale'"),
    ],
)
def test_bad_options(written, message):
    with pytest.raises(ValueError, match=message):
        losses.parse(written)


def test_unknown_term():
    with pytest.raises(UnknownNameError, match="unknown loss 'intre'; did you mean 'intra' or 'inter'"):
        losses.parse("ce+intre")
    with pytest.raises(TypeError, match="expression is text"):
        losses.parse(None)
    with pytest.raises(AttributeError, match=r"No mmgap.losses attribute nothing"):
        losses.nothing  # noqa: B018


def test_bias_of_siglip_is_learned(pair):
    loss = losses.parse("siglip(bias=-5)+0.1*var")
    (bias,) = loss.parameters()
    assert bias.item() == -5
    torch.testing.assert_close(
        loss(*pair, logit_scale=4.0), losses.siglip(*pair, logit_scale=4.0, bias=-5) + 0.1 * losses.var(*pair)
    )
    loss(*pair).backward()
    assert bias.grad != 0
    assert next(losses.parse("siglip").parameters()).item() == -10
    assert not list(losses.parse("ce+intra").parameters())


class TestTilt:
    def test_written_it_is_learned_and_starts_there(self, pair):
        loss = losses.parse("ce(tilt=0.25)+0.1*var")
        assert loss.name == "ce(tilt=0.25)+0.1*var"
        assert {name: p.item() for name, p in loss.learned.items()} == {"ce.tilt": 0.25}
        loss(*pair, logit_scale=4.0).backward()
        assert loss.learned["ce.tilt"].grad != 0

    def test_left_out_nothing_is_learned(self):
        loss = losses.parse("ce")
        assert (loss.learned, loss.scales(torch.tensor(20.0))) == ({}, {})

    @pytest.mark.parametrize("scale", [1.0, 14.3, torch.tensor(100.0, dtype=torch.float64)])
    def test_a_tilt_of_0_is_plain_cross_entropy_to_the_last_bit(self, scale, pair):
        plain = losses.ce(*pair, logit_scale=scale)
        assert losses.ce(*pair, tilt=0.0, logit_scale=scale) == plain
        assert losses.parse("ce(tilt=0)")(*pair, logit_scale=scale) == plain

    def test_each_direction_has_a_scale_of_its_own(self):
        scales = losses.parse("ce(tilt=0.5)").scales(torch.tensor(20.0))
        assert {name: value.item() for name, value in scales.items()} == pytest.approx(
            {"i2t": 20 * math.exp(0.5), "t2i": 20 * math.exp(-0.5)}
        )

    def test_sides_that_change_places_turn_it_round(self, pair):
        x, y = pair
        torch.testing.assert_close(losses.ce(x, y, tilt=0.3), losses.ce(y, x, tilt=-0.3))

    def test_its_gradient(self, pair):
        tilt, scale = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.3, 4.0))
        assert torch.autograd.gradcheck(lambda t, s: losses.ce(*pair, tilt=t, logit_scale=s), (tilt, scale))


class TestNeeds:
    def test_a_sum_names_what_its_terms_ask_for_and_hands_it_to_them_alone(self, pair):
        loss = losses.parse("ce+0.5*imsep+0.1*var")
        assert loss.needs == ("caption_cosines",)
        assert losses.parse("ce+var").needs == ()
        given = {"caption_cosines": torch.eye(len(pair[0]), dtype=torch.float64)}
        parts = loss.parts(*pair, logit_scale=4.0, **given)
        assert parts["ce"] == losses.ce(*pair, logit_scale=4.0)
        assert parts["imsep"] == losses.imsep(*pair, logit_scale=4.0, **given)
        assert loss(*pair, logit_scale=4.0, **given) == loss.total(parts)
        assert losses.parse("ce")(*pair, **given) == losses.ce(*pair)

    def test_without_it_the_error_names_it_and_the_cure(self, pair):
        for loss in (losses.parse("ce+0.5*imsep"), losses.imsep):
            with pytest.raises(
                ValueError, match=r"imsep: needs caption_cosines .*: give them by name, caption_cosines=…"
            ):
                loss(*pair)
        with pytest.raises(TypeError, match="imsep: caption_cosines must be a torch tensor or RowProducts, got list"):
            losses.imsep(*pair, caption_cosines=[[1.0]])

    def test_its_shape_is_that_of_the_batch(self, pair):
        n = len(pair[0])
        with pytest.raises(ValueError, match=rf"imsep: caption_cosines must be \({n}, {n}\).*got \(3, 3\)"):
            losses.imsep(*pair, caption_cosines=torch.eye(3))


def test_copies_and_pickles(pair):
    loss = losses.parse("siglip+0.5*intra(reduction=sum)")
    for twin in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert twin.name == loss.name
        assert twin(*pair) == loss(*pair)


def test_a_loss_of_ones_own(pair, monkeypatch):
    monkeypatch.setattr(losses.registry, "_entries", dict(losses.registry._entries))

    @losses.registry.register("hinge")
    def hinge(x, y, *, gain: float = 1.0, logit_scale=None):
        return gain * (1 - (x * y).sum(1)).clamp(min=0).mean()

    loss = losses.parse("hinge(gain=2)+ce")
    assert loss.name == "ce+hinge(gain=2)"
    torch.testing.assert_close(loss(*pair), losses.ce(*pair) + hinge(*pair, gain=2))


def test_names_cost_neither_torch_nor_numpy():
    code = (
        "import sys, mmgap.losses as losses; losses.registry.names(); losses.canonical('var+0.5*ce(a=1)');"
        "dir(losses); print(sorted({'torch', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
