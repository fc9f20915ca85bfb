"""Distributions: moments against the textbook, bounds, reproducibility, and refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from distann.errors import ConfigurationError
from distann.model.distributions import (
    Binomial,
    DiscreteUniform,
    Exponential,
    Gamma,
    LogNormal,
    Normal,
    RandomDistribution,
    Uniform,
)

SIZE = 20_000
CONTINUOUS = [
    (Uniform(-2.0, 3.0), stats.uniform(-2.0, 5.0)),
    (Normal(1.0, 2.0), stats.norm(1.0, 2.0)),
    (LogNormal(0.5, 0.25), stats.lognorm(0.25, scale=math.exp(0.5))),
    (Exponential(4.0), stats.expon(scale=0.25)),
    (Gamma(2.5, 0.5), stats.gamma(2.5, scale=0.5)),
]


@pytest.mark.parametrize(("distribution", "law"), CONTINUOUS)
def test_continuous_laws(distribution: RandomDistribution, law: Any) -> None:
    values = distribution.get_values(SIZE, np.random.default_rng(7))
    assert stats.kstest(values, law.cdf).pvalue > 1e-3


def test_discrete_law() -> None:
    values = DiscreteUniform(-1, 3).get_values(SIZE, np.random.default_rng(7))
    kinds, counts = np.unique(values, return_counts=True)
    assert kinds.tolist() == [-1, 0, 1, 2, 3]
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("shape", [3, (2, 5), ()])
def test_shapes(shape: Any) -> None:
    expected = (shape,) if isinstance(shape, int) else shape
    for distribution, _ in CONTINUOUS:
        assert np.shape(distribution.get_values(shape)) == expected


def test_values_outside_of_the_bounds_are_moved_to_them() -> None:
    free = Normal(0.0, 1.0).get_values(1000, np.random.default_rng(3))
    bounded = Normal(0.0, 1.0, min=-0.5, max=1.0).get_values(1000, np.random.default_rng(3))
    assert np.array_equal(bounded, np.clip(free, -0.5, 1.0))
    below = Exponential(1.0, max=0.5).get_values(1000, np.random.default_rng(3))
    assert below.max() == 0.5 and below.min() < 0.1
    above = LogNormal(0.0, 1.0, min=1.0).get_values(1000, np.random.default_rng(3))
    assert above.min() == 1.0 and above.max() > 2.0


def test_generators() -> None:
    given, own = np.random.default_rng(5), np.random.default_rng(5)
    assert np.array_equal(Uniform(0, 1).get_values(4, given), Uniform(0, 1, rng=own).get_values(4))
    assert not np.array_equal(Uniform(0, 1).get_values(4), Uniform(0, 1).get_values(4))
    mine = Uniform(0, 1, rng=np.random.default_rng(1))
    assert np.array_equal(mine.get_values(4, given), np.random.default_rng(1).uniform(0, 1, 4))


@pytest.mark.parametrize(
    ("distribution", "arguments", "bounds"),
    [
        (Uniform(0, 1), (0.0, 1.0), (-math.inf, math.inf)),
        (DiscreteUniform(2, 5), (2.0, 5.0), (-math.inf, math.inf)),
        (Normal(1, 2), (1.0, 2.0), (-math.inf, math.inf)),
        (Normal(1, 2, 0), (1.0, 2.0), (0.0, math.inf)),
        (LogNormal(1, 2, max=3), (1.0, 2.0), (-math.inf, 3.0)),
        (Exponential(3, min=0, max=1), (3.0, 0.0), (0.0, 1.0)),
        (Gamma(3), (3.0, 1.0), (-math.inf, math.inf)),
        (Gamma(3, 2, min=0.5), (3.0, 2.0), (0.5, math.inf)),
        (Binomial(10, 0.5), (10.0, 0.5), (-math.inf, math.inf)),
    ],
)
def test_arguments_and_bounds(distribution: RandomDistribution, arguments: Any, bounds: Any) -> None:
    assert distribution.arguments == arguments and distribution.bounds == bounds
    assert all(type(number) is float for number in (*distribution.arguments, *distribution.bounds))


def test_equality() -> None:
    assert Uniform(0, 1) == Uniform(0.0, 1.0, rng=np.random.default_rng())
    assert hash(Normal(0, 1)) == hash(Normal(0, 1, None, None))
    assert Normal(0, 1) != LogNormal(0, 1)
    assert repr(Normal(0, 1, rng=np.random.default_rng())) == "Normal(mu=0.0, sigma=1.0, min=None, max=None)"


@pytest.mark.parametrize(
    ("kind", "arguments", "reason"),
    [
        (Uniform, (1, 1), "min must be smaller than max"),
        (Uniform, (2, 1), "min must be smaller than max"),
        (Uniform, (-1e308, 1.7e308), "too wide"),
        (Uniform, (0, math.inf), "max is a finite number"),
        (Uniform, (math.nan, 1), "min is a finite number"),
        (Uniform, (0, 10**400), "max is a finite number"),
        (Uniform, ("a", 1), "min is a finite number"),
        (Uniform, (False, True), "min is a finite number"),
        (Uniform, (0, 1, 42), "rng must be a numpy.random.Generator"),
        (DiscreteUniform, (3, 2), "min must not be larger"),
        (DiscreteUniform, (0.5, 2), "min must be an integer"),
        (DiscreteUniform, (0, 2**54), "max must be an integer"),
        (Normal, (0, -1), "sigma must not be negative"),
        (Normal, (0, math.nan), "sigma is a finite number"),
        (Normal, (0, 1, 2, 1), "min must not be larger"),
        (Normal, (0, 1, math.nan), "min is a finite number"),
        (LogNormal, (0, -1), "sigma must not be negative"),
        (LogNormal, (None, 1), "mu is a finite number"),
        (LogNormal, (0, 1, 2, 1), "min must not be larger"),
        (Exponential, (0,), "Lambda must be larger than 0"),
        (Exponential, (-1,), "Lambda must be larger than 0"),
        (Exponential, (1, 2, 1), "min must not be larger"),
        (Gamma, (0,), "alpha and beta must be larger than 0"),
        (Gamma, (1, -1), "alpha and beta must be larger than 0"),
        (Gamma, (1, 1, 2, 1), "min must not be larger"),
        (Binomial, (2.5, 0.5), "n must be an integer"),
        (Binomial, (-1, 0.5), "n must be an integer"),
        (Binomial, (3, 1.5), "p must be between 0 and 1"),
    ],
)
def test_refusals(kind: type[RandomDistribution], arguments: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        kind(*arguments)


def test_degenerate_ones_are_constants() -> None:
    assert DiscreteUniform(3, 3).get_values(4).tolist() == [3, 3, 3, 3]
    assert Normal(2, 0).get_values(2).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("alpha", [0.01, 0.5, 3.0, 400.0])
def test_the_reach_of_gamma_holds_what_single_precision_draws(alpha: float) -> None:
    low, high = Gamma(alpha, 2.0).reach
    quantile = stats.gamma.isf(2.0**-24, alpha, scale=2.0)
    assert low == 0.0 and quantile <= high < 2 * quantile + 4.0
    assert Gamma(alpha, 2.0, max=1.0).reach == (0.0, 1.0) and Binomial(9, 0.5).reach == (0.0, 9.0)


def test_counts() -> None:
    values = Binomial(6, 0.4).get_values(SIZE, np.random.default_rng(7))
    kinds, counts = np.unique(values, return_counts=True)
    assert stats.chisquare(counts, stats.binom.pmf(kinds, 6, 0.4) * SIZE).pvalue > 1e-3 and len(kinds) == 7
