"""fixed_number_post: exact out-degrees, hypergeometric and binomial in-degrees, nobody preferred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from distann import ConfigurationError, Network, Projection, Uniform
from tests.toys import CELL, pairs

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")


def connected(
    connect: Callable[[Projection], Any], pre: int, post: int, same: bool = False, seed: int = 5
) -> Projection:
    net = Network(seed=seed)
    source = net.create(pre, CELL)
    projection = net.connect(source, source if same else net.create(post, CELL), "exc")
    connect(projection)
    net.compile()
    return projection


def degrees(projection: Projection, pre: int, post: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (out-degrees, in-degrees)."""
    synapses = projection.synapses()
    return np.bincount(synapses.pre, minlength=pre), np.bincount(synapses.post, minlength=post)


@pytest.mark.parametrize("number", [0, 1, 3, 20, 170, 333, 340])
def test_out_degrees_are_exact_and_in_degrees_binomial(number: int) -> None:
    pre, post = 600, 340
    projection = connected(lambda p: p.fixed_number_post(number, 1.0), pre, post)
    found = pairs(projection)
    outgoing, incoming = degrees(projection, pre, post)
    assert (outgoing == number).all() and len(set(found)) == len(found) == pre * number
    if 0 < number < post:
        p = number / post  # every source chooses a target with this probability, whatever the others do
        dispersion = ((incoming - pre * p) ** 2).sum() / (pre * p * (1 - p)) * (post - 1) / post
        assert 1e-4 < stats.chi2.cdf(dispersion, post - 1) < 1 - 1e-4


def test_more_than_there_are() -> None:
    with pytest.warns(UserWarning, match="asks for 50 postsynaptic neurons, but there are 20: all are taken"):
        projection = connected(lambda p: p.fixed_number_post(50, 1.0), 10, 20)
    assert projection.nb_synapses == 200


@pytest.mark.parametrize("number", [1, 40, 250, 299])
def test_self_is_left_out(number: int) -> None:
    projection = connected(lambda p: p.fixed_number_post(number, 1.0), 300, 300, same=True)
    found = pairs(projection)
    outgoing, incoming = degrees(projection, 300, 300)
    assert (outgoing == number).all() and len(set(found)) == len(found)
    assert all(post != pre for post, pre in found)
    # Neighbours are as likely as all others.
    p = number / 299
    near = sum(abs(post - pre) == 1 for post, pre in found)
    assert stats.binomtest(near, 2 * 299, p).pvalue > 1e-4 if number < 299 else near == 598
    assert abs(incoming.mean() - number) < 1e-9


def test_self_is_allowed_on_request() -> None:
    connect = lambda p: p.fixed_number_post(150, 1.0, allow_self_connections=True)  # noqa: E731
    projection = connected(connect, 300, 300, same=True)
    own = sum(post == pre for post, pre in pairs(projection))
    assert stats.binomtest(own, 300, 0.5).pvalue > 1e-4


def test_multapses_are_independent_draws() -> None:
    pre, post, number = 400, 50, 30
    projection = connected(lambda p: p.fixed_number_post(number, 1.0, allow_multapses=True), pre, post)
    outgoing, incoming = degrees(projection, pre, post)
    assert (outgoing == number).all()
    assert stats.chisquare(incoming).pvalue > 1e-4
    table = np.zeros((post, pre), int)
    synapses = projection.synapses()
    np.add.at(table, (synapses.post, synapses.pre), 1)
    observed = np.bincount(np.minimum(table.reshape(-1), 5), minlength=6)
    expected = stats.binom.pmf(np.arange(5), number, 1 / post)
    expected = np.append(expected, 1 - expected.sum()) * table.size
    assert stats.chisquare(observed, expected).pvalue > 1e-4


def test_many_targets_of_few_sources() -> None:
    projection = connected(lambda p: p.fixed_number_post(3000, 1.0), 40, 9000)  # more than the tables hold
    outgoing, _ = degrees(projection, 40, 9000)
    assert (outgoing == 3000).all()
    left = np.bincount(projection.synapses().pre[projection.synapses().post < 4500], minlength=40)
    z = (left - 1500.0) / np.sqrt(3000 * 0.25 * 6000 / 8999)
    assert 1e-4 < stats.chi2.cdf((z**2).sum(), 40) < 1 - 1e-4


def test_views_on_both_sides() -> None:
    net = Network(seed=5)
    pop = net.create(200, CELL)
    pre, post = np.arange(199, 0, -3), np.random.default_rng(1).permutation(200)[:90]
    projection = net.connect(pop[pre], pop[post], "exc").fixed_number_post(11, 1.0)
    net.compile()
    found = pairs(projection)
    assert {p for _, p in found} == set(pre.tolist()) and {p for p, _ in found} <= set(post.tolist())
    assert len(set(found)) == len(found) == 11 * len(pre) and all(post != pre for post, pre in found)


def test_multapses_of_fixed_number_pre() -> None:
    projection = connected(lambda p: p.fixed_number_pre(30, 1.0, allow_multapses=True), 20, 500)
    outgoing, incoming = degrees(projection, 20, 500)
    assert (incoming == 30).all() and stats.chisquare(outgoing).pvalue > 1e-4


@pytest.mark.parametrize("number", [-1, 2.0, "two", None, True])
def test_wrong_number(number: Any) -> None:
    with pytest.raises(ConfigurationError, match="'number' is an integer"):
        connected(lambda p: p.fixed_number_post(number, 1.0), 3, 3)


@pytest.mark.parametrize(("pre", "post", "number"), [(700, 1000, 500), (6000, 2000, 50)])
@pytest.mark.parametrize("multapses", [False, True])
def test_many_synapses_are_drawn_as_few_are(pre: int, post: int, number: int, multapses: bool) -> None:
    """One worker has so many that it draws them again when it needs them; of two, each keeps its own."""
    found = []
    for threads in (1, 2):
        net = Network(seed=5)
        net.config(num_threads=threads)
        projection = net.connect(net.create(pre, CELL), net.create(post, CELL), "exc")
        projection.fixed_number_post(number, 1.0, allow_multapses=multapses)
        net.compile()
        found.append(projection.synapses())
    assert all(np.array_equal(one, two) for one, two in zip(*found, strict=True))
    outgoing, incoming = degrees(projection, pre, post)
    assert (outgoing == number).all()
    p = number / post
    variance = pre * (number / post * (1 - 1 / post) if multapses else p * (1 - p))
    dispersion = ((incoming - pre * p) ** 2).sum() / variance * (1 if multapses else (post - 1) / post)
    assert 1e-4 < stats.chi2.cdf(dispersion, post - 1) < 1 - 1e-4


@pytest.mark.parametrize("connect", [
    lambda p: p.fixed_number_post(300, Uniform(0.0, 1.0), delays=Uniform(0.5, 2.0)),
    lambda p: p.fixed_number_post(300, Uniform(0.0, 1.0), delays=Uniform(0.5, 2.0), allow_multapses=True),
    lambda p: p.fixed_number_pre(375, Uniform(0.0, 1.0), delays=Uniform(0.5, 2.0)),
    lambda p: p.fixed_number_pre(9, Uniform(0.0, 1.0)),
    lambda p: p.fixed_probability(0.075, Uniform(0.0, 1.0), delays=Uniform(0.5, 2.0)),
    lambda p: p.fixed_total_number(1_500_000, Uniform(0.0, 1.0)),
])  # fmt: skip
def test_kept_rows_are_the_rows(connect: Callable[[Projection], Any]) -> None:
    """One worker looks at its rows several times, and keeps as many as memory allows; each of two has its own."""
    found = []
    for threads in (1, 2):
        net = Network(seed=5, dt=0.5)
        net.config(num_threads=threads)
        projection = net.connect(net.create(5000, CELL), net.create(4000, CELL), "exc")
        connect(projection)
        net.compile()
        synapses = projection.synapses()
        found.append((synapses.post, synapses.pre, synapses.w, synapses.delay))
    assert len(found[0][0]) > 30_000
    assert all(np.array_equal(one, two) for one, two in zip(*found, strict=True))
