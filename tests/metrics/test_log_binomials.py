"""Logarithms of binomial coefficients against whole numbers, and what is made of them against fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmgap.metrics.draws import hypergeometric, rivals_drawn
from mmgap.metrics.log_binomials import log_binomial


@given(st.integers(0, 3000), st.data())
def test_they_are_those_of_whole_numbers(n, data):
    k = data.draw(st.integers(0, n))
    assert float(log_binomial(n, k)) == pytest.approx(math.log(math.comb(n, k)), rel=4e-16, abs=4e-15)


@pytest.mark.parametrize(("n", "k"), [(10**6, 2), (10**6, 89), (10**7, 9), (10**7, 10**7 - 9), (10**5, 5 * 10**4)])
def test_they_keep_their_digits_where_there_are_many(n, k):
    assert float(log_binomial(n, k)) == pytest.approx(math.log(math.comb(n, k)), rel=1e-15)


def test_they_come_in_the_shape_of_both():
    found = log_binomial(np.arange(20)[:, None], 1)[1:]
    assert found == pytest.approx(np.log(np.arange(1, 20))[:, None], rel=1e-14, abs=4e-15)


@pytest.mark.parametrize(("total", "draws"), [(499, 89), (19_999, 89), (19_999, 999)])
def test_chances_of_rivals_are_those_of_fractions(total, draws):
    for good in (1, 4, 60, 200):
        for u in range(min(good, 10)):
            ways = math.comb(good, u) * math.comb(total - good, draws - u)
            exact = float(Fraction(ways, math.comb(total, draws)))
            assert float(hypergeometric(u, total, good, draws)) == pytest.approx(exact, rel=2e-12)


def test_images_that_bring_several_rivals_are_drawn_as_fractions_say():
    images, draws, k, counts = 400, 30, 4, (0, 7, 5, 2)  # 7 images bring one rival, 5 two, 2 three
    exact = [Fraction(0)] * k
    for ones in range(k):
        for twos in range(2):
            for threes in range(2):
                if (rivals := ones + 2 * twos + 3 * threes) < k:
                    ways = math.comb(7, ones) * math.comb(5, twos) * math.comb(2, threes)
                    rest = math.comb(images - 14, draws - ones - twos - threes)
                    exact[rivals] += Fraction(ways * rest, math.comb(images, draws))
    found = rivals_drawn(np.array([counts]), k, images, draws)[0]
    assert found == pytest.approx([float(one) for one in exact], rel=1e-12)
