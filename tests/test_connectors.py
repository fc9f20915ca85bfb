"""Connectors: who is connected to whom, with which weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse, stats

from distann import (
    ConfigurationError,
    DiscreteUniform,
    Exponential,
    LogNormal,
    Network,
    Normal,
    Population,
    Projection,
    RandomDistribution,
    Uniform,
)
from distann.given import FORMATS
from tests.toys import CELL, cells, dense, pairs

# The toys have targets that a test does not use.
pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

Connect = Callable[[Projection], Any]
SPREAD = Uniform(0.0, 1.0)


def connected(
    connect: Connect, pre: int = 30, post: int = 40, seed: int = 5, same: bool = False
) -> tuple[Network, Projection]:
    """Return a compiled network of two populations, or of one with itself, and its projection."""
    net = Network(seed=seed)
    source = net.create(pre, CELL)
    projection = net.connect(source, source if same else net.create(post, CELL), "exc")
    assert connect(projection) is projection
    net.compile()
    return net, projection


def in_degrees(projection: Projection, post: int) -> np.ndarray:
    return np.bincount(projection.synapses().post, minlength=post)


# ---- all to all, one to one -------------------------------------------------------------------------------------


def test_all_to_all() -> None:
    _, projection = connected(lambda p: p.all_to_all(SPREAD))
    assert pairs(projection) == [(post, pre) for post in range(40) for pre in range(30)]
    assert projection.nb_synapses == 1200 and projection.size == 40


@pytest.mark.parametrize("allowed", [False, True])
def test_all_to_all_with_itself(allowed: bool) -> None:
    _, projection = connected(lambda p: p.all_to_all(SPREAD, allow_self_connections=allowed), same=True)
    expected = [(post, pre) for post in range(30) for pre in range(30) if allowed or post != pre]
    assert pairs(projection) == expected


def test_self_connections_matter_within_one_population_only() -> None:
    _, projection = connected(lambda p: p.all_to_all(SPREAD), pre=4, post=4)
    assert projection.nb_synapses == 16


@pytest.mark.parametrize(("pre", "post"), [(30, 30), (30, 17), (17, 30)])
def test_one_to_one(pre: int, post: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, projection = connected(lambda p: p.one_to_one(SPREAD), pre, post)
    assert pairs(projection) == [(i, i) for i in range(min(pre, post))]


def test_one_to_one_with_itself_is_the_identity() -> None:
    _, projection = connected(lambda p: p.one_to_one(SPREAD), same=True)
    assert pairs(projection) == [(i, i) for i in range(30)]


def test_one_to_one_warns_of_sizes() -> None:
    net = Network(seed=1)
    projection = net.connect(net.create(91, CELL), net.create(92, CELL), "exc")
    with pytest.warns(UserWarning, match="connects 91 neurons to 92 one by one: the first 91 are connected"):
        projection.one_to_one()


# ---- random -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("probability", [0.0, 0.02, 0.3, 0.9, 1.0])
def test_fixed_probability(probability: float) -> None:
    _, projection = connected(lambda p: p.fixed_probability(probability, SPREAD), 200, 300)
    found = pairs(projection)
    assert len(set(found)) == len(found) == projection.nb_synapses
    if probability in (0.0, 1.0):
        assert len(found) == 60000 * probability
    else:
        assert stats.binomtest(len(found), 60000, probability).pvalue > 1e-3
        table = np.histogram2d(*zip(*found, strict=True), bins=(4, 4), range=((0, 300), (0, 200)))[0]
        assert stats.chisquare(table.ravel()).pvalue > 1e-3  # no region is preferred


@pytest.mark.parametrize("allowed", [False, True])
def test_fixed_probability_with_itself(allowed: bool) -> None:
    connect = lambda p: p.fixed_probability(1.0, SPREAD, allow_self_connections=allowed)  # noqa: E731
    _, projection = connected(connect, same=True)
    assert projection.nb_synapses == (900 if allowed else 870)


@pytest.mark.parametrize("number", [0, 1, 7, 29, 30, 100])
def test_fixed_number_pre(number: int) -> None:
    _, projection = connected(lambda p: p.fixed_number_pre(number, SPREAD))
    found = pairs(projection)
    assert len(set(found)) == len(found)
    assert (in_degrees(projection, 40) == min(number, 30)).all()
    assert projection.size == (40 if number else 0)


@pytest.mark.parametrize(
    ("allowed", "number", "expected"), [(False, 29, 29), (False, 30, 29), (True, 30, 30), (False, 5, 5)]
)
def test_fixed_number_pre_with_itself(allowed: bool, number: int, expected: int) -> None:
    connect = lambda p: p.fixed_number_pre(number, SPREAD, allow_self_connections=allowed)  # noqa: E731
    _, projection = connected(connect, same=True)
    assert (in_degrees(projection, 30) == expected).all()
    assert len(set(pairs(projection))) == 30 * expected
    assert allowed or all(post != pre for post, pre in pairs(projection))


def test_fixed_number_pre_prefers_nobody() -> None:
    _, projection = connected(lambda p: p.fixed_number_pre(20, SPREAD), 50, 3000)
    out = np.bincount(projection.synapses().pre, minlength=50)
    # Draws without replacement vary less than independent ones, by (1 - 20/50).
    assert stats.chi2.sf(((out - 1200.0) ** 2 / (1200.0 * 0.6)).sum() * 49 / 50, 49) > 1e-3


def test_connectivity_depends_on_the_seed_alone() -> None:
    def synapses(seed: int) -> list[np.ndarray]:
        return list(connected(lambda p: p.fixed_probability(0.2, SPREAD), seed=seed)[1].synapses())

    first, again, other = synapses(3), synapses(3), synapses(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert len(first[0]) != len(other[0]) or not np.array_equal(first[1], other[1])


def test_two_projections_draw_differently() -> None:
    net = Network(seed=5)
    pop = net.create(40, CELL)
    a, b = (net.connect(pop, pop, "exc").fixed_probability(0.3, SPREAD) for _ in range(2))
    net.compile()
    assert set(pairs(a)) != set(pairs(b))


# ---- views ------------------------------------------------------------------------------------------------------

PRE, POST = [9, 2, 17, 5], [11, 3, 8]


def between_views(connect: Connect) -> Projection:
    net, pop = cells(20)
    projection = net.connect(pop[PRE], pop[POST], "exc")
    connect(projection)
    net.compile()
    return projection


def test_views_on_both_sides() -> None:
    projection = between_views(lambda p: p.all_to_all(SPREAD))
    assert set(pairs(projection)) == {(post, pre) for post in POST for pre in PRE}
    assert projection.post_ranks.tolist() == sorted(POST)
    assert [row.tolist() for row in projection.pre_ranks] == [sorted(PRE)] * 3
    assert projection.pre.ranks.tolist() == PRE and projection.post.ranks.tolist() == POST


def test_one_to_one_follows_the_order_of_views() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        projection = between_views(lambda p: p.one_to_one(SPREAD))
    assert set(pairs(projection)) == set(zip(POST, PRE[:3], strict=True))


def test_matrix_follows_the_order_of_views() -> None:
    matrix = np.arange(1.0, 13.0).reshape(4, 3)
    projection = between_views(lambda p: p.from_sparse(sparse.csr_matrix(matrix)))
    for i, pre in enumerate(PRE):
        for j, post in enumerate(POST):
            assert dense(projection, 20, 20)[post, pre] == matrix[i, j]
    assert np.array_equal(projection.connectivity_matrix(), matrix.T)


def test_self_connections_of_overlapping_views() -> None:
    net, pop = cells(20)
    projection = net.connect(pop[[4, 3, 9]], pop[[9, 4]], "exc").all_to_all(SPREAD)
    net.compile()
    assert set(pairs(projection)) == {(9, 4), (9, 3), (4, 3), (4, 9)}


def test_random_rules_on_views() -> None:
    projection = between_views(lambda p: p.fixed_number_pre(2, SPREAD))
    assert projection.nb_synapses_per_dendrite.tolist() == [2, 2, 2]
    assert {pre for _, pre in pairs(projection)} <= set(PRE)


# ---- matrices ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.lil_matrix, sparse.coo_array])
def test_first_axis_of_a_sparse_matrix_is_presynaptic(kind: Any) -> None:
    matrix = sparse.random_array((30, 40), density=0.2, rng=np.random.default_rng(1)).toarray()
    _, projection = connected(lambda p: p.from_sparse(kind(matrix)))
    assert np.array_equal(projection.connectivity_matrix(), matrix.T)
    assert projection.nb_synapses == np.count_nonzero(matrix)


def test_stored_zeros_are_synapses() -> None:
    matrix = sparse.coo_array(([0.0, 2.0], ([3, 4], [5, 6])), shape=(30, 40))
    _, projection = connected(lambda p: p.from_sparse(matrix))
    assert pairs(projection) == [(5, 3), (6, 4)]
    assert [row.tolist() for row in projection.w] == [[0.0], [2.0]]


def test_wrong_matrices() -> None:
    net = Network(seed=1)
    projection = net.connect(net.create(3, CELL), net.create(4, CELL), "exc")
    with pytest.raises(ConfigurationError, match=r"\(presynaptic, postsynaptic\) is \(3, 4\)"):
        projection.from_sparse(sparse.csr_matrix((4, 3)))
    with pytest.raises(ConfigurationError, match="sparse matrix is expected; got ndarray"):
        projection.from_sparse(np.zeros((3, 4)))
    with pytest.raises(ConfigurationError):
        projection.from_sparse(None)
    projection.from_sparse(sparse.csr_matrix((3, 4)))  # a refused call leaves it unconnected


# ---- weights ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distribution", "reference"),
    [
        (Uniform(-1.0, 3.0), stats.uniform(-1.0, 4.0)),
        (Normal(2.0, 0.5), stats.norm(2.0, 0.5)),
        (LogNormal(0.1, 0.4), stats.lognorm(0.4, scale=np.exp(0.1))),
        (Exponential(4.0), stats.expon(scale=0.25)),
    ],
)
def test_weights_follow_the_distribution(distribution: RandomDistribution, reference: Any) -> None:
    _, projection = connected(lambda p: p.all_to_all(distribution), 100, 100)
    assert stats.kstest(projection.synapses().w, reference.cdf).pvalue > 1e-3


def test_discrete_and_clipped_weights() -> None:
    _, projection = connected(lambda p: p.all_to_all(DiscreteUniform(2, 4)), 50, 60)
    values, counts = np.unique(projection.synapses().w, return_counts=True)
    assert values.tolist() == [2.0, 3.0, 4.0] and stats.chisquare(counts).pvalue > 1e-3
    _, projection = connected(lambda p: p.all_to_all(Normal(0.0, 1.0, min=-0.5, max=0.5)), 50, 60)
    w = projection.synapses().w
    assert w.min() == -0.5 and w.max() == 0.5  # clipped, not drawn again
    assert stats.binomtest(np.count_nonzero(w == 0.5), 3000, stats.norm.sf(0.5)).pvalue > 1e-3


def test_constant_weight_is_one_number() -> None:
    _, projection = connected(lambda p: p.all_to_all(1.5))
    assert projection.w == 1.5 and isinstance(projection.w, float)
    assert (projection.synapses().w == 1.5).all()
    projection.w = 2.5
    assert projection.w == 2.5
    with pytest.raises(ConfigurationError, match="force_multiple_weights=True"):
        projection.w = np.ones(1200)
    with pytest.raises(ConfigurationError, match="force_multiple_weights=True"):
        projection.w = Uniform(0.0, 1.0)


@pytest.mark.parametrize("rule", ["all_to_all", "one_to_one", "fixed_probability", "fixed_number_pre"])
def test_constant_weight_of_each_synapse_on_request(rule: str) -> None:
    arguments = {"fixed_probability": [0.5], "fixed_number_pre": [3]}.get(rule, [])
    connect = lambda p: getattr(p, f"connect_{rule}")(*arguments, weights=1.5, force_multiple_weights=True)  # noqa: E731
    _, projection = connected(connect, 30, 30)
    assert (projection.synapses().w == 1.5).all()
    assert len(projection.w) == projection.size and (projection.w[0] == 1.5).all()


# ---- arguments --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["all_to_all", "one_to_one", "fixed_probability", "fixed_number_pre", "from_sparse"])
def test_both_names(name: str) -> None:
    assert getattr(Projection, f"connect_{name}") is getattr(Projection, name)


def unconnected() -> tuple[Population, Projection]:
    net, pop = cells(20)
    return pop, net.connect(pop, pop, "exc")


@pytest.mark.parametrize("weights", [None, {}, (1.0, 2.0), float("nan"), float("inf"), True])
def test_wrong_weights(weights: Any) -> None:
    with pytest.raises(ConfigurationError, match="weights are a finite number, a distribution"):
        unconnected()[1].all_to_all(weights)


@pytest.mark.parametrize("delays", [None, {}, -1.0, float("nan"), float("inf"), (1.0, 2.0)])
def test_wrong_delays(delays: Any) -> None:
    with pytest.raises(ConfigurationError, match="delays are a number of ms"):
        unconnected()[1].all_to_all(1.0, delays=delays)


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan"), "half", None])
def test_wrong_probability(probability: Any) -> None:
    with pytest.raises(ConfigurationError, match="'probability'"):
        unconnected()[1].fixed_probability(probability, 1.0)


@pytest.mark.parametrize("number", [-1, 2.0, "two", None, True])
def test_wrong_number(number: Any) -> None:
    with pytest.raises(ConfigurationError, match="'number' is an integer"):
        unconnected()[1].fixed_number_pre(number, 1.0)


@pytest.mark.parametrize("storage_format", FORMATS)
def test_hints_are_accepted(storage_format: str) -> None:
    projection = unconnected()[1]
    assert projection.all_to_all(1.0, storage_format=storage_format, storage_order="pre_to_post") is projection


def test_unknown_hints() -> None:
    with pytest.raises(ConfigurationError, match="unknown storage_format 'cssr'; did you mean 'csr'"):
        unconnected()[1].all_to_all(1.0, storage_format="cssr")
    with pytest.raises(ConfigurationError, match="unknown storage_order 'post'"):
        unconnected()[1].all_to_all(1.0, storage_order="post")


def test_a_second_connector_is_refused() -> None:
    _, projection = unconnected()
    projection.one_to_one()
    with pytest.raises(ConfigurationError, match="is connected already"):
        projection.all_to_all(1.0)
