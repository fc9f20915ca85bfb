"""Connections, weights and delays that depend on distance, against numpy over all pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from distann import ConfigurationError, Distance, EquationError, KernelError, Network, Projection, Uniform
from tests.toys import CELL

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads", "ignore:a delay of")

Geometry = int | tuple[int, ...]


def connected(
    connect: Callable[[Projection], Any], pre: Geometry, post: Geometry | None = None, **keys: Any
) -> Projection:
    """Return a projection between two populations, or of one with itself."""
    net = Network(seed=5, **keys)
    source = net.create(pre, CELL)
    projection = net.connect(source, source if post is None else net.create(post, CELL), "exc")
    connect(projection)
    net.compile()
    return projection


def places(geometry: Geometry, extent: tuple[float, ...], wrap: bool) -> np.ndarray:
    """Return where the neurons lie, shape (neurons, axes)."""
    axes = geometry if isinstance(geometry, tuple) else (geometry,)
    along = [
        e * (np.arange(n) + 0.5) / n if wrap else e * np.arange(n) / max(n - 1, 1)
        for n, e in zip(axes, extent, strict=True)
    ]
    return np.stack(np.meshgrid(*along, indexing="ij"), axis=-1).reshape(-1, len(axes))


def distances(pre: Geometry, post: Geometry, extent: tuple[float, ...], wrap: bool = False) -> np.ndarray:
    """Return all distances, shape (post, pre)."""
    gap = np.abs(places(post, extent, wrap)[:, None] - places(pre, extent, wrap)[None])
    gap = np.minimum(gap, np.asarray(extent) - gap) if wrap else gap
    return np.sqrt((gap**2).sum(axis=-1))


def matrix(projection: Projection) -> np.ndarray:
    return projection.connectivity_matrix(fill=np.nan)


SHAPES = [(30, 41), ((7, 9), (5, 6)), ((4, 3, 5), (6, 5, 2)), ((1, 8), (5, 1))]


@pytest.mark.parametrize(("pre", "post"), SHAPES)
@pytest.mark.parametrize("wrap", [False, True])
def test_gaussian(pre: Geometry, post: Geometry, wrap: bool) -> None:
    found = matrix(connected(lambda p: p.gaussian(2.0, 0.17, limit=0.03, wrap=wrap), pre, post))
    d = distances(pre, post, (1.0,) * len(np.atleast_1d(pre)), wrap)
    w = 2.0 * np.exp(-(d**2) / (2 * 0.17**2))
    assert np.array_equal(np.isnan(found), w <= 0.03 * 2.0)
    np.testing.assert_allclose(found[~np.isnan(found)], w[w > 0.06], rtol=1e-14)


@pytest.mark.parametrize("amp", [1.5, -1.5])
@pytest.mark.parametrize("limit", [0.0, 0.02])
def test_difference_of_gaussians(amp: float, limit: float) -> None:
    shape = (11, 12)
    found = matrix(connected(lambda p: p.dog(amp, 0.1, 0.5, 0.3, limit=limit), shape))
    d = distances(shape, shape, (1.0, 1.0))
    w = amp * np.exp(-(d**2) / (2 * 0.1**2)) - 0.5 * np.exp(-(d**2) / (2 * 0.3**2))
    expected = np.abs(w) > limit * abs(amp - 0.5)
    np.fill_diagonal(expected, False)
    assert np.array_equal(~np.isnan(found), expected)
    np.testing.assert_allclose(found[expected], w[expected], rtol=1e-12)


def test_self_connections_of_a_gaussian() -> None:
    with_self = matrix(connected(lambda p: p.gaussian(1.0, 0.2, allow_self_connections=True), 20))
    assert (np.diag(with_self) == 1.0).all()


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("max_distance", [np.inf, 2.5])
def test_pairwise_probability(wrap: bool, max_distance: float) -> None:
    pre, post, extent = (20, 30), (25, 16), (4.0, 6.0)
    connect = lambda p: p.pairwise_probability(  # noqa: E731
        "0.8 * exp(-d / 1.5)", Uniform(0.0, 1.0), extent=extent, wrap=wrap, max_distance=max_distance
    )
    found = ~np.isnan(matrix(connected(connect, pre, post)))
    d = distances(pre, post, extent, wrap)
    p = np.where(d <= max_distance, 0.8 * np.exp(-d / 1.5), 0.0)
    assert not found[d > max_distance].any()
    shells = np.minimum((d / 0.25).astype(int), 20)
    for shell in np.unique(shells):
        here = shells == shell
        expected, variance = p[here].sum(), (p * (1 - p))[here].sum()
        assert abs(found[here].sum() - expected) < 4.5 * np.sqrt(variance) + 1e-9
    # Pairs are independent: so vary the numbers of inputs.
    spread = ((found.sum(axis=1) - p.sum(axis=1)) ** 2 / (p * (1 - p)).sum(axis=1)).sum()
    assert 1e-4 < stats.chi2.cdf(spread, len(found)) < 1 - 1e-4


def test_views_keep_the_places_of_their_neurons() -> None:
    net = Network(seed=5)
    pop = net.create((12, 10), CELL)
    pre, post = np.array([50, 3, 117, 64, 65, 66]), np.array([70, 2, 55, 119])
    projection = net.connect(pop[pre], pop[post], "exc")
    projection.pairwise_probability("if d < 0.5: 1.0 else: 0.0", weights="1.0 + d", delays="1.0 + 10 * d", wrap=True)
    net.compile()
    d = distances((12, 10), (12, 10), (1.0, 1.0), wrap=True)[np.ix_(post, pre)]
    found = matrix(projection)
    assert np.array_equal(~np.isnan(found), d < 0.5)
    np.testing.assert_allclose(found[d < 0.5], 1.0 + d[d < 0.5], rtol=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_weights_and_delays_of_any_rule(dtype: str) -> None:
    net = Network(dt=0.1, seed=5)
    net.config(dtype=dtype)
    pre, post = net.create((10, 12), CELL), net.create((8, 8), CELL)
    projection = net.connect(pre, post, "exc")
    projection.fixed_probability(
        0.4, weights="3 * cos(d) ** 2 - log(1 + d)", delays=Distance("0.1 + 2 * d", extent=2.0)
    )
    net.compile()
    synapses = projection.synapses()
    d = distances((10, 12), (8, 8), (1.0, 1.0))[synapses.post, synapses.pre]
    np.testing.assert_allclose(
        synapses.w, 3 * np.cos(d) ** 2 - np.log(1 + d), rtol=1e-6 if dtype == "float32" else 1e-13
    )
    steps = synapses.delay / 0.1
    assert np.abs(steps - (1 + 40 * d)).max() <= 0.501 and np.allclose(steps, np.round(steps))


def test_every_function_of_the_language() -> None:
    text = (
        "exp(d) + expm1(d) + log(1 + d) + log10(1 + d) + log2(1 + d) + log1p(d) + sqrt(d) + cbrt(d) + sin(d) + cos(d)"
        " + tan(d) + asin(d / 9) + acos(d / 9) + atan(d) + sinh(d) + cosh(d) + tanh(d) + asinh(d) + acosh(1 + d)"
        " + atanh(d / 9) + abs(-d) + floor(5 * d) + ceil(5 * d) + round(5 * d) + sign(d - 0.5) + pos(d - 0.5)"
        " + neg(d - 0.5) + atan2(d, 0.3) + modulo(7 * d + 3, 3) + min(d, 0.5) + max(d, 0.5) + power(d, 3) + d ** 0.5"
        " + clip(d, 0.2, 0.4) + ite(d > 0.5 and not d >= 0.9 or d == 0, 1, 2) + ite(d != 0.25, d <= 0.5, 3)"
        " + 2 ** -d + pi"
    )
    found = connected(lambda p: p.all_to_all(text), 11, 13).connectivity_matrix()
    d = distances(11, 13, (1.0,))
    sums = (
        np.exp(d) + np.expm1(d) + np.log(1 + d) + np.log10(1 + d) + np.log2(1 + d) + np.log1p(d) + np.sqrt(d)
        + np.cbrt(d) + np.sin(d) + np.cos(d) + np.tan(d) + np.arcsin(d / 9) + np.arccos(d / 9) + np.arctan(d)
        + np.sinh(d) + np.cosh(d) + np.tanh(d) + np.arcsinh(d) + np.arccosh(1 + d) + np.arctanh(d / 9) + d
        + np.floor(5 * d) + np.ceil(5 * d) + np.trunc(5 * d + 0.5) + np.sign(d - 0.5) + np.maximum(d - 0.5, 0)
        + np.maximum(0.5 - d, 0) + np.arctan2(d, 0.3) + np.fmod(np.trunc(7 * d + 3), 3) + np.minimum(d, 0.5)
        + np.maximum(d, 0.5) + d**3 + np.sqrt(d) + np.clip(d, 0.2, 0.4)
        + np.where(((d > 0.5) & ~(d >= 0.9)) | (d == 0), 1, 2) + np.where(d != 0.25, d <= 0.5, 3) + 2.0**-d + np.pi
    )  # fmt: skip
    rounded = np.abs(5 * d % 0.5 - 0.25) < 0.249  # where ceil and the like do not depend on the last bit
    rounded &= np.abs((7 * d) % 1 - 0.5) < 0.499
    np.testing.assert_allclose(found[rounded], sums[rounded], rtol=1e-13)
    assert rounded.mean() > 0.5


# ---- arrays -----------------------------------------------------------------------------------------------------


def test_arrays_of_weights_and_delays() -> None:
    w, d = np.arange(20.0).reshape(4, 5), 1.0 + np.arange(20.0).reshape(4, 5) % 3
    projection = connected(lambda p: p.all_to_all(w, delays=d), 5, 4)
    assert np.array_equal(projection.connectivity_matrix(), w)
    synapses = projection.synapses()
    assert np.array_equal(synapses.delay, d[synapses.post, synapses.pre])
    net = Network(seed=5)
    pop = net.create(20, CELL)
    projection = net.connect(pop[[9, 2, 17, 5, 6]], pop[[11, 3, 8, 1]], "exc").fixed_probability(0.5, w)
    net.compile()
    found = projection.connectivity_matrix(fill=-1.0)
    assert np.array_equal(found[found >= 0], w[found >= 0]) and 3 < (found >= 0).sum() < 18


def test_one_value_for_each_pair_of_one_to_one() -> None:
    projection = connected(lambda p: p.one_to_one(np.arange(1.0, 7.0), delays=[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]), 6, 6)
    synapses = projection.synapses()
    assert synapses.w.tolist() == [1, 2, 3, 4, 5, 6] and synapses.delay.tolist() == [1, 2, 3, 1, 2, 3]
    assert synapses.pre.tolist() == synapses.post.tolist() == [0, 1, 2, 3, 4, 5]
    projection = connected(lambda p: p.one_to_one(2.0, delays=[1.0, 2.0, 3.0]), 3, 3)
    assert projection.w == 2.0 and projection.synapses().delay.tolist() == [1, 2, 3]


# ---- mistakes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("connect", "error", "says"),
    [
        (lambda p: p.all_to_all("exp(-distance)"), EquationError, "'distance' means nothing here"),
        (lambda p: p.all_to_all("exp(-d"), EquationError, "never closed"),
        (lambda p: p.all_to_all("pre.r * d"), EquationError, "means nothing here"),
        (lambda p: p.all_to_all("d * Uniform(0, 1)"), EquationError, "means nothing here"),
        (lambda p: p.pairwise_probability("d", 1.0, extent=(1.0, 2.0)), ConfigurationError, "2 lengths.* 1 axes"),
        (lambda p: p.pairwise_probability("d", 1.0, extent=-1.0), ConfigurationError, "larger than 0"),
        (lambda p: p.pairwise_probability("d", 1.0, max_distance=-1.0), ConfigurationError, "0 or more"),
        (lambda p: p.gaussian(1.0, 0.0), ConfigurationError, "'sigma' is larger than 0"),
        (lambda p: p.gaussian(1.0, 0.1, limit=-1.0), ConfigurationError, "'limit' is 0 or more"),
        (lambda p: p.gaussian("1", 0.1), ConfigurationError, "'amp' is a finite number"),
        (lambda p: p.all_to_all(1.0, delays="1 / d"), ConfigurationError, "delays are not finite at the distance 0"),
        (lambda p: p.all_to_all(1.0, delays="d - 1"), ConfigurationError, "delays are 0 ms or more"),
        (lambda p: p.all_to_all(np.ones((5, 6))), ConfigurationError, r"\(postsynaptic, presynaptic\) is \(5, 5\)"),
        (lambda p: p.all_to_all(Distance("d", min=2, max=1)), ConfigurationError, "min must not be larger"),
    ],
)
def test_mistakes(connect: Callable[[Projection], Any], error: type[Exception], says: str) -> None:
    net = Network(seed=5)
    pop = net.create(5, CELL)
    with pytest.raises(error, match=says):
        connect(net.connect(pop, pop, "exc"))


def test_populations_with_other_numbers_of_axes() -> None:
    net = Network(seed=5)
    projection = net.connect(net.create((3, 4), CELL), net.create(5, CELL), "exc")
    with pytest.raises(ConfigurationError, match="give both as many axes"):
        projection.gaussian(1.0, 0.1)


@pytest.mark.parametrize(("text", "says"), [("1.5 - d", "must lie between 0 and 1"), ("d - 0.5", "between 0 and 1")])
def test_probabilities_outside(text: str, says: str) -> None:
    with pytest.raises(KernelError, match=says):
        connected(lambda p: p.pairwise_probability(text, 1.0), 5)


def test_weights_that_are_not_finite() -> None:
    with pytest.raises(KernelError, match="not finite at the distance 0"):
        connected(lambda p: p.all_to_all("log(d)", allow_self_connections=True), 5)


def test_functions_are_compiled_only_where_they_are_used(tmp_path) -> None:
    for name, weights in [("number", 1.0), ("formula", "exp(-d)")]:
        net = Network(seed=5)
        net.connect(net.create(3, CELL), net.create(4, CELL), "exc").all_to_all(weights)
        net.compile(directory=str(tmp_path / name))
        assert (tmp_path / name / "functions.cpp").exists() == (name == "formula")
