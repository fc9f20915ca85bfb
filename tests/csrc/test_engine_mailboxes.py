"""Ranks that share memory pass packets through it: the same results as ever, and nobody waits for ever."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest

from tests.csrc.engine_harness import Emulated
from tests.csrc.test_engine_network import spiking_network
from tests.csrc.test_engine_record import bombed

CUTS = [(2, 1), (2, 2), (3, 1), (4, 2)]


@pytest.mark.parametrize(("ranks", "threads"), CUTS)
@pytest.mark.parametrize("mailbox", [1024, 1 << 16])
def test_results_are_those_of_one_rank(ranks: int, threads: int, mailbox: int) -> None:
    whole, populations, _ = spiking_network(size=700)
    parts, _, _ = spiking_network(size=700, ranks=ranks, threads=threads, mailbox=mailbox)
    for steps in (1, 40, 0, 7):
        assert whole.run(steps) == parts.run(steps) == 0
    for population in populations:
        for name in ("v", "input"):
            assert np.array_equal(whole.state(population, name), parts.state(population, name))


def test_packets_that_do_not_fit_are_sent() -> None:
    """In a network in which all spike at once."""
    net, (a, _), _ = spiking_network(size=3000, ranks=2, mailbox=1024)
    sent = net.capacity
    net.capacity = 64  # grows with the first packet that is exchanged by hand
    recorder = net.record_spikes(a)
    assert net.run(60) == 0
    assert 64 < net.capacity < sent
    assert len(net.spikes(recorder)) > 0


@pytest.mark.parametrize(("ranks", "threads"), CUTS)
@pytest.mark.parametrize("last", [False, True])
def test_every_rank_learns_of_a_failure(ranks: int, threads: int, last: bool) -> None:
    worker = ranks * threads - 1 if last else 0
    net = bombed(ranks, threads, worker, 3, mailbox=1024)
    assert net.run(2) == 0
    for _ in range(2):
        assert net.run(10) == 1
        for rank in range(ranks):
            assert net.message(rank) == "the bomb went off"
            assert net.lib.distann_failed_rank(net.nets[rank]) == worker // threads


def together(net: Emulated, steps: int, seconds: list[float]) -> None:
    """Let each rank advance by its own clock."""
    threads = [
        threading.Thread(target=net.lib.distann_advance, args=(one, steps, limit))
        for one, limit in zip(net.nets, seconds, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("impatient", [0, 2])
def test_all_end_with_the_window_in_which_one_says_that_it_is_late(impatient: int) -> None:
    net, _, _ = spiking_network(ranks=3, mailbox=1 << 12)
    seconds = [math.inf] * 3
    seconds[impatient] = 0.0
    together(net, 40, seconds)
    assert {net.lib.distann_step(one) for one in net.nets} == {net.window}


@pytest.mark.parametrize("speaker", [0, 1])
def test_a_word_ends_the_run_of_all(speaker: int) -> None:
    net, _, _ = spiking_network(ranks=2, mailbox=1 << 12)
    net.lib.distann_notify(net.nets[speaker], 5)
    together(net, 40, [math.inf] * 2)
    assert {net.lib.distann_step(one) for one in net.nets} == {net.window}
    assert [net.lib.distann_heard(one) for one in net.nets] == [5, 5]
    together(net, 40, [math.inf] * 2)
    assert {net.lib.distann_step(one) for one in net.nets} == {net.window + 40}


def test_a_condition_ends_the_run_of_all() -> None:
    net, (a, _), _ = spiking_network(ranks=2, mailbox=1 << 12)
    for one in net.nets:
        condition = net.ffi.new("distann_condition *", {"population": a, "all": 0})
        assert net.lib.distann_add_condition(one, condition) == 0
        assert net.lib.distann_watch(one, net.ffi.new("int32_t[]", [0]), 1, 1) == 0
    for _ in range(2):  # the second time it has been met
        together(net, 1000, [math.inf] * 2)
        assert [net.lib.distann_stopped(one) for one in net.nets] == [1, 1]
        steps = {net.lib.distann_step(one) for one in net.nets}
        assert len(steps) == 1 and steps.pop() < 1000
