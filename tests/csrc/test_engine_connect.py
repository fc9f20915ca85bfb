"""Connection rules and the two storages of synapses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.csrc.engine_harness import (
    ALL_TO_ALL,
    EXPLICIT,
    FIXED_NUMBER_POST,
    FIXED_NUMBER_PRE,
    FIXED_PROBABILITY,
    NEURON,
    NORMAL,
    ONE_TO_ONE,
    PRE,
    SYNAPSE,
    UNIFORM,
    VALUES,
    Emulated,
    Rule,
    Synapse,
)  # fmt: skip

STORAGES = ["deliver", "gather_sum"]
CUTS = [(1, 1), (1, 2), (2, 2), (3, 1)]


def connect(
    kernel: str, rule: Rule, n_pre: int, n_post: int, *, same: bool = False, weight: Synapse | None = None, **cut: Any
) -> tuple[Emulated, int, int]:
    """A network of one projection; returns it with the numbers of the projection and its target."""
    net = Emulated(**cut)
    pre = net.population(n_pre, None, {"r": np.zeros(n_pre, net.real), "input": np.zeros(n_pre, net.real)})
    post = pre if same else net.population(n_post, None, {"input": np.zeros(n_post, net.real)})
    w = weight or Synapse(SYNAPSE, kind=UNIFORM, a=0.0, b=1.0, stream=5)
    r = net.publish(pre, "r")
    fields = [w, Synapse(PRE, published=r), Synapse(NEURON, "input")]
    return net, net.project(pre, post, kernel, [fields[2], w] if kernel == "deliver" else fields, rule), post


def pairs(*arguments: Any, **keywords: Any) -> np.ndarray:
    net, projection, target = connect(*arguments, **keywords)
    assert projection == 0, net.message()
    post, pre, _ = net.synapses(projection, target)
    return np.stack([post, pre], axis=1)


def grid(n_post: int, n_pre: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(n_post), np.arange(n_pre), indexing="ij"), axis=-1).reshape(-1, 2)


@pytest.mark.parametrize("kernel", STORAGES)
def test_all_to_all(kernel: str) -> None:
    np.testing.assert_array_equal(pairs(kernel, Rule(ALL_TO_ALL), 7, 20), grid(20, 7))
    everything = grid(20, 20)
    without_self = everything[everything[:, 0] != everything[:, 1]]
    np.testing.assert_array_equal(pairs(kernel, Rule(ALL_TO_ALL, False), 20, 20, same=True), without_self)


@pytest.mark.parametrize("kernel", STORAGES)
def test_one_to_one_ends_with_the_shorter_side(kernel: str) -> None:
    for n_pre, n_post in ((5, 20), (20, 5)):
        np.testing.assert_array_equal(pairs(kernel, Rule(ONE_TO_ONE), n_pre, n_post), [(i, i) for i in range(5)])
    assert len(pairs(kernel, Rule(ONE_TO_ONE, False), 9, 9, same=True)) == 0


@pytest.mark.parametrize("kernel", STORAGES)
def test_views_in_any_order_map_to_indices_of_the_population(kernel: str) -> None:
    pre, post = [9, 2, 5], [30, 4, 17]
    found = pairs(kernel, Rule(ONE_TO_ONE, pre=pre, post=post), 12, 33)
    np.testing.assert_array_equal(found, sorted(zip(post, pre, strict=True)))
    found = pairs(kernel, Rule(ALL_TO_ALL, pre=pre, post=post), 12, 33)
    np.testing.assert_array_equal(found, [(i, j) for i in sorted(post) for j in sorted(pre)])
    found = pairs(kernel, Rule(ALL_TO_ALL, False, pre=[9, 2, 5], post=[2, 9, 3]), 12, 12, same=True)
    np.testing.assert_array_equal(found, [(2, 5), (2, 9), (3, 2), (3, 5), (3, 9), (9, 2), (9, 5)])


def test_dense_storage_has_no_indices() -> None:
    net, dense, _ = connect("gather_sum", Rule(ALL_TO_ALL, pre=range(3, 13)), 20, 40)
    values, rows = 40 * 10 * 8, 41 * 8 + 40 * 4
    assert net.lib.distann_bytes(net.nets[0], dense) == values + rows
    net, sparse, _ = connect("gather_sum", Rule(ALL_TO_ALL, pre=[*range(3, 12), 15]), 20, 40)
    assert net.lib.distann_bytes(net.nets[0], sparse) == values + rows + 400 * 4


@pytest.mark.parametrize("kernel", STORAGES)
@pytest.mark.parametrize("probability", [0.003, 0.1, 0.5, 0.97])
def test_fixed_probability_is_independent_bernoulli(kernel: str, probability: float) -> None:
    n_pre, n_post = 400, 500
    found = pairs(kernel, Rule(FIXED_PROBABILITY, probability=probability), n_pre, n_post)
    assert len(np.unique(found, axis=0)) == len(found)
    assert stats.binomtest(len(found), n_pre * n_post, probability).pvalue > 1e-4
    for axis, bins, trials in ((0, n_post, n_pre), (1, n_pre, n_post)):
        degrees = np.bincount(found[:, axis], minlength=bins)
        dispersion = np.sum((degrees - trials * probability) ** 2) / (trials * probability * (1 - probability))
        assert 1e-4 < stats.chi2.cdf(dispersion, bins) < 1 - 1e-4
    gaps = np.diff(found[:, 1])[np.diff(found[:, 0]) == 0]
    if probability == 0.1:
        observed = np.bincount(np.minimum(gaps, 20), minlength=21)[1:]
        expected = probability * (1 - probability) ** np.arange(20) * (1 - 0.2 * np.arange(20) / n_pre)
        expected[-1] += 1 - expected.sum()
        assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-5


@pytest.mark.parametrize("kernel", STORAGES)
def test_probabilities_zero_and_one_are_exact(kernel: str) -> None:
    assert len(pairs(kernel, Rule(FIXED_PROBABILITY, probability=0.0), 50, 60)) == 0
    np.testing.assert_array_equal(pairs(kernel, Rule(FIXED_PROBABILITY, probability=1.0), 50, 60), grid(60, 50))
    assert len(pairs(kernel, Rule(FIXED_PROBABILITY, False, probability=1.0), 50, 50, same=True)) == 50 * 49
    assert len(pairs(kernel, Rule(FIXED_PROBABILITY, probability=1e-300), 50, 60)) == 0


def test_self_is_skipped_without_disturbing_the_probabilities() -> None:
    n, p = 300, 0.2
    found = pairs("deliver", Rule(FIXED_PROBABILITY, False, probability=p), n, n, same=True)
    assert not np.any(found[:, 0] == found[:, 1])
    assert stats.binomtest(len(found), n * (n - 1), p).pvalue > 1e-4
    neighbours = np.count_nonzero(np.abs(found[:, 0] - found[:, 1].astype(np.int64)) == 1)
    assert stats.binomtest(neighbours, 2 * (n - 1), p).pvalue > 1e-4


@pytest.mark.parametrize("kernel", STORAGES)
@pytest.mark.parametrize(("n_pre", "number"), [(1000, 3), (200, 20), (200, 100), (200, 101), (200, 190), (64, 63)])
def test_fixed_number_is_a_uniform_subset(kernel: str, n_pre: int, number: int) -> None:
    n_post = 400
    found = pairs(kernel, Rule(FIXED_NUMBER_PRE, number=number), n_pre, n_post)
    assert len(np.unique(found, axis=0)) == len(found)
    np.testing.assert_array_equal(np.bincount(found[:, 0]), np.full(n_post, number))
    counts, p = np.bincount(found[:, 1], minlength=n_pre), number / n_pre
    dispersion = np.sum((counts - n_post * p) ** 2) / (n_post * p * (1 - p)) * (n_pre - 1) / n_pre
    assert 1e-4 < stats.chi2.cdf(dispersion, n_pre - 1) < 1 - 1e-4


@pytest.mark.parametrize("kernel", STORAGES)
def test_fixed_number_takes_all_when_there_are_no_more(kernel: str) -> None:
    for number in (9, 10, 11):
        found = pairs(kernel, Rule(FIXED_NUMBER_PRE, False, number=number), 10, 10, same=True)
        assert len(found) == 90 and not np.any(found[:, 0] == found[:, 1])
    assert len(pairs(kernel, Rule(FIXED_NUMBER_PRE, number=0), 10, 10)) == 0


@pytest.mark.parametrize("kernel", STORAGES)
@pytest.mark.parametrize("view", [None, [7, 3, 8, 0, 5]])
def test_explicit_values_follow_their_synapses(kernel: str, view: list[int] | None) -> None:
    rows = [[0, 2, 4], [], [1], [0, 1, 2, 3, 4]] + [[i % 5] for i in range(30)]
    values = [[10.0 * i + p for p in row] for i, row in enumerate(rows)]
    rule = Rule(EXPLICIT, explicit=rows, values=values, pre=view, post=range(2, 36))
    for ranks, threads in CUTS:
        net, projection, target = connect(
            kernel, rule, 9, 40, weight=Synapse(SYNAPSE, kind=VALUES, high=321.0), ranks=ranks, threads=threads
        )
        assert projection == 0, net.message()
        expected = sorted(
            (i + 2, view[p] if view else p, min(10.0 * i + p, 321.0)) for i, row in enumerate(rows) for p in row
        )
        np.testing.assert_array_equal(np.stack(net.synapses(projection, target), axis=1), expected)


def test_explicit_rows_may_repeat_a_pair() -> None:
    rule = Rule(EXPLICIT, explicit=[[1, 1]], values=[[3.0, 4.0]])
    net, projection, target = connect("deliver", rule, 2, 1, weight=Synapse(SYNAPSE, kind=VALUES))
    assert net.synapses(projection, target)[2].tolist() == [3.0, 4.0]


@pytest.mark.parametrize("kernel", STORAGES)
@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize("rule", [
    Rule(FIXED_PROBABILITY, False, probability=0.13),
    Rule(FIXED_PROBABILITY, probability=0.4, pre=[5, 90, 33, 2, 61], post=range(99, 1, -2)),
    Rule(FIXED_NUMBER_PRE, False, number=11),
    Rule(FIXED_NUMBER_POST, False, number=11),
    Rule(FIXED_NUMBER_POST, number=40, pre=range(99, 1, -2), post=range(7, 90), multapses=True),
    Rule(ALL_TO_ALL),
])  # fmt: skip
def test_synapses_are_the_same_on_all_cuts(kernel: str, word: int, rule: Rule) -> None:
    weight = Synapse(SYNAPSE, kind=NORMAL, a=1.0, b=0.5, low=0.0, high=2.0, stream=9)
    results = []
    for ranks, threads in CUTS:
        net, j, target = connect(
            kernel, rule, 100, 100, same=True, weight=weight, ranks=ranks, threads=threads, word=word
        )
        results.append([a.tobytes() for a in net.synapses(j, target)])
    assert all(other == results[0] for other in results) and len(results[0][0]) > 400


def test_both_storages_and_precisions_hold_the_same_synapses() -> None:
    rule = Rule(FIXED_PROBABILITY, False, probability=0.2)
    found = []
    for kernel in STORAGES:
        net, j, target = connect(kernel, rule, 90, 90, same=True)
        found.append(net.synapses(j, target))
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)
    single = pairs("deliver", rule, 90, 90, same=True, word=4)
    np.testing.assert_array_equal(single, np.stack(found[0][:2], axis=1))


def test_streams_and_seeds_change_the_network() -> None:
    found = [
        pairs("deliver", Rule(FIXED_PROBABILITY, probability=0.3, stream=stream), 40, 40, seed=seed).tobytes()
        for stream, seed in ((1, 1), (2, 1), (1, 2), (1, 1 << 40 | 1))
    ]
    assert len(set(found)) == 4


@pytest.mark.parametrize("kernel", STORAGES)
def test_values_are_written_in_the_order_in_which_they_are_read(kernel: str) -> None:
    net, j, target = connect(kernel, Rule(FIXED_PROBABILITY, probability=0.3), 80, 90, ranks=2, threads=2)
    before = net.synapses(j, target)
    for rank, alone in enumerate(net.nets):
        n = net.lib.distann_synapses(alone, j)
        post, pre = np.zeros(n, np.uint32), np.zeros(n, np.uint32)
        net.lib.distann_read_pairs(alone, j, net.pointer(post, "uint32_t *"), net.pointer(pre, "uint32_t *"))
        index = post + net.first[target][rank * 2]
        values = (index * 1000.0 + pre).astype(net.real)
        assert net.lib.distann_write_synapses(alone, j, 0, net.pointer(values)) == 0
    post, pre, values = net.synapses(j, target)
    np.testing.assert_array_equal(np.stack([post, pre]), np.stack(before[:2]))
    np.testing.assert_array_equal(values, post * 1000.0 + pre)


def test_a_synapse_takes_two_bytes_and_its_values() -> None:
    net, j, _ = connect("deliver", Rule(ALL_TO_ALL), 100, 50, threads=2)
    assert net.lib.distann_bytes(net.nets[0], j) == 5000 * (2 + 8) + 2 * 101 * 4
    net, j, _ = connect("deliver", Rule(FIXED_PROBABILITY, probability=0.0), 100, 50)
    assert net.lib.distann_bytes(net.nets[0], j) == 0


@pytest.mark.parametrize(("rule", "reason"), [
    (Rule(ALL_TO_ALL, pre=[3, 100]), "outside its population"),
    (Rule(EXPLICIT, explicit=[[0, 10]] * 20), "too large"),
])  # fmt: skip
def test_a_rule_that_points_outside_is_refused(rule: Rule, reason: str) -> None:
    for kernel in STORAGES:
        net, number, _ = connect(kernel, rule, 10, 20, threads=2)
        assert number == -1
        assert reason in net.message()
        assert net.run(1) == 0  # the network is as it was


def test_too_many_synapses_are_an_error_and_no_crash() -> None:
    net = Emulated(threads=2)
    huge = net.population(2**32 - 1, None, {})
    post = net.population(100_000, None, {"input": np.zeros(100_000)})
    fields = [Synapse(SYNAPSE), Synapse(NEURON, "input"), Synapse(NEURON, "input")]
    assert net.project(huge, post, "gather_sum", fields, Rule(ALL_TO_ALL)) == -1
    assert net.message() == "out of memory (building synapses)"
    net.sizes[post] = 100_001
    assert net.project(post, post, "gather_sum", fields, Rule(ALL_TO_ALL, post=[])) == -1
    assert "more presynaptic neurons" in net.message()
    assert net.run(1) == 0


def test_kernels_and_fields_that_do_not_fit_are_refused() -> None:
    net, _, post = connect("deliver", Rule(ALL_TO_ALL), 10, 20)
    w, g = Synapse(SYNAPSE), Synapse(NEURON, "input")
    for fields, delay, reason in (
        ([g, w], 2, "delay"),
        ([g, g], 1, "number of synapse fields"),
        ([g, Synapse(SYNAPSE, kind=VALUES)], 1, "explicit rule"),
        ([w, Synapse(PRE, published=0)], 1, "another population"),
    ):
        assert net.project(post, post, "deliver", fields, Rule(ALL_TO_ALL), delay) == -1
        assert reason in net.message()
