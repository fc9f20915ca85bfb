"""The engine's means of control: words between ranks, conditions, the past that a checkpoint keeps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.csrc.engine_harness import NEURON, PRE, SYNAPSE, TRANSMIT, UPDATE, Emulated, Rule, Synapse
from tests.csrc.test_engine_network import CUTS, spiking_network


def flying(net: Emulated, rank: int, population: int) -> tuple[np.ndarray, np.ndarray]:
    n = net.lib.distann_flying(net.nets[rank], population)
    back, indices = np.zeros(n, np.int32), np.zeros(n, np.uint32)
    pointers = (net.pointer(back, "int32_t *"), net.pointer(indices, "uint32_t *"))
    assert net.lib.distann_read_flying(net.nets[rank], population, *pointers) == 0
    return back, indices


def set_flying(net: Emulated, rank: int, population: int, back: Any, indices: Any) -> int:
    given = np.asarray(back, np.int32), np.asarray(indices, np.uint32)
    pointers = (net.pointer(given[0], "int32_t *"), net.pointer(given[1], "uint32_t *"))
    return net.lib.distann_write_flying(net.nets[rank], population, *pointers, len(given[0]))


@pytest.mark.parametrize(("ranks", "threads"), CUTS)
def test_spikes_in_flight_are_those_of_the_last_steps(ranks: int, threads: int) -> None:
    """They go to a network of another cut, which then goes on as this one does."""
    net, (a, b), _ = spiking_network(ranks=ranks, threads=threads)
    recorder = net.record_spikes(a)
    net.run(20)
    expected = [(20 - step, index) for step, index in net.spikes(recorder) if step >= 20 - 5]
    assert len(expected) > 10
    for rank in range(ranks):
        assert list(zip(*flying(net, rank, a), strict=True)) == expected
    other, _, _ = spiking_network(ranks=2, threads=1)
    for population in (a, b):
        for name in ("input", "v", "r", "refractory"):
            whole, first = net.state(population, name), other.first[population]
            for rank in range(2):
                own = whole[first[rank] : first[rank + 1]]
                other.arrays[population][rank][name][: len(own)] = own
        for rank in range(2):
            assert set_flying(other, rank, population, *flying(net, 0, population)) == 0
            other.lib.distann_set_step(other.nets[rank], 20)
    for one in (net, other):
        assert one.run(20) == 0
    for population in (a, b):
        assert np.array_equal(net.state(population, "v"), other.state(population, "v"))


@pytest.mark.parametrize(
    ("back", "indices", "reason"),
    [
        ([6], [0], "older than the longest delay"), ([0], [0], "older than the longest delay"),
        ([1], [83], "or of no neuron"), ([1, 2], [0, 0], "oldest first"), ([2, 2], [3, 3], "oldest first"),
    ],
)  # fmt: skip
def test_spikes_that_cannot_be_in_flight(back: list[int], indices: list[int], reason: str) -> None:
    net, (a, _), _ = spiking_network()
    net.run(10)
    before = flying(net, 0, a)
    assert set_flying(net, 0, a, back, indices) == 1 and reason in net.message()
    assert all(np.array_equal(x, y) for x, y in zip(before, flying(net, 0, a), strict=True))


def test_the_past_of_a_published_field() -> None:
    net = Emulated(window=2, longest=4, ranks=2)
    p = net.population(40, "rate", {"input": np.zeros(40), "r": np.arange(40.0), "slope": np.arange(40.0)})
    published = net.publish(p, "r")
    gather = [Synapse(NEURON, "input"), Synapse(PRE, "r", published), Synapse(SYNAPSE, a=0.0)]
    net.project(p, p, "gather_sum", gather, Rule(0), 2)
    net.program((TRANSMIT, 0), (UPDATE, p))
    net.refresh()
    net.run(6)
    past = np.zeros((4, 40))
    for rank in range(2):
        assert net.lib.distann_read_past(net.nets[rank], published, net.pointer(past)) == 0
        assert np.array_equal(past[0], net.state(p, "r"))
        past[2] = -1.0
        assert net.lib.distann_write_past(net.nets[rank], published, net.pointer(past)) == 0
        again = np.zeros((4, 40))
        net.lib.distann_read_past(net.nets[rank], published, net.pointer(again))
        assert np.array_equal(again, past)


def test_words_reach_all_ranks_once() -> None:
    net, _, _ = spiking_network(ranks=3)
    net.lib.distann_notify(net.nets[1], 2)
    net.lib.distann_notify(net.nets[2], 4)
    net.run(2)
    assert [net.lib.distann_heard(one) for one in net.nets] == [6, 6, 6]
    net.run(2)
    assert [net.lib.distann_heard(one) for one in net.nets] == [0, 0, 0]


def test_a_word_ends_a_run_of_one_rank_after_its_window() -> None:
    net, _, _ = spiking_network()
    net.lib.distann_notify(net.nets[0], 1)
    assert net.run(100) == 0 and net.lib.distann_step(net.nets[0]) == 2 and net.lib.distann_heard(net.nets[0]) == 1
    assert net.run(100) == 0 and net.lib.distann_step(net.nets[0]) == 102


@pytest.mark.parametrize(("ranks", "threads"), CUTS)
@pytest.mark.parametrize("every", [0, 1])
def test_conditions_on_spikes(ranks: int, threads: int, every: int) -> None:
    net, (a, _), _ = spiking_network(ranks=ranks, threads=threads)
    recorder = net.record_spikes(a)
    for one in net.nets:
        condition = net.ffi.new("distann_condition *", {"population": a, "all": every})
        assert net.lib.distann_add_condition(one, condition) == 0
        assert net.lib.distann_watch(one, net.ffi.new("int32_t[]", [0]), 1, 1) == 0
    done = 0
    while done < 40 and not net.lib.distann_stopped(net.nets[0]):
        if ranks == 1:
            net.run(40)
            done = net.lib.distann_step(net.nets[0])
        else:
            for one in net.nets:
                net.lib.distann_advance(one, 2, math.inf)
            assert net.exchange() == 0
            done += 1
    assert {net.lib.distann_step(one) for one in net.nets} == {done}
    stopped = {net.lib.distann_stopped(one) for one in net.nets}
    spikes = net.spikes(recorder)
    if every:
        assert stopped == {0} and done == 40  # never do all spike at once
    else:
        assert stopped == {1} and spikes[0][0] == done - 1


def test_conditions_that_are_not_there() -> None:
    net, _, _ = spiking_network()
    condition = net.ffi.new("distann_condition *", {"population": 7})
    assert net.lib.distann_add_condition(net.nets[0], condition) == -1
    assert net.lib.distann_watch(net.nets[0], net.ffi.new("int32_t[]", [3]), 1, 0) == 1
    assert net.lib.distann_set_update(net.nets[0], 9, 0) == 1
