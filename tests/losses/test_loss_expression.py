"""Sums of losses: how they are written, read, computed and refused."""

import copy
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
        ("ce(alpha=1)", "ce has no option 'alpha'; it takes none"),
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
