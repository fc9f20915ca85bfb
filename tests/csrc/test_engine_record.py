"""Recording, replayed spikes, time, and failures."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

from tests.csrc.engine_harness import (
    ALL_TO_ALL,
    CLEAR,
    NEURON,
    OBJECT,
    RECORD,
    RECORD_INPUTS,
    SYNAPSE,
    TRANSMIT,
    UPDATE,
    Emulated,
    Rule,
    Synapse,
    cells,
)
from tests.csrc.engine_library import engine, interface  # fmt: skip


def counting(size: int = 50, **cut: int) -> tuple[Emulated, int]:
    """A population whose v is never the same twice."""
    net = Emulated(**cut)
    p = net.population(size, "cell", cells(size, net.real), cleared=["input"], spiking=True)
    net.program((CLEAR, p), (RECORD_INPUTS, 0), (UPDATE, p), (RECORD, 0))
    return net, p


def test_sizes_of_the_interface_agree() -> None:
    sizes = interface().new("int32_t[9]")
    assert engine().distann_abi(sizes) == engine().DISTANN_ABI
    names = "settings population distribution rule field projection operation kernel condition".split()
    assert list(sizes) == [interface().sizeof(f"distann_{name}") for name in names]


@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize(("period", "offset"), [(1, 0), (3, 0), (3, 2), (4, 9), (5, -3)])
def test_fields_are_recorded_every_period(word: int, period: int, offset: int) -> None:
    steps = 17
    net, p = counting(window=3, longest=3, threads=2, word=word)
    chosen = [40, 3, 4, 5, 49, 0, 16, 3]
    before = net.record_field(0, p, "v", inputs=1, period=period, offset=offset)
    after = net.record_field(0, p, "v", period=period, offset=offset, elements=chosen)
    expected: dict[int, list[np.ndarray]] = {before: [], after: []}
    reference, q = counting(word=word)
    for step in range(steps):
        old = reference.state(q, "v")
        reference.run(1)
        if (step - offset) % period == 0:
            expected[before].append(old)
            expected[after].append(reference.state(q, "v")[chosen])
    for part in (1, 5, 11):
        net.run(part)
    np.testing.assert_array_equal(net.recorded(0, before, 50), expected[before])
    np.testing.assert_array_equal(net.recorded(0, after, len(chosen)), expected[after])


def test_each_rank_records_its_own_neurons() -> None:
    net, p = counting(ranks=2, threads=2)
    recorders = [net.record_field(rank, p, "v") for rank in range(2)]
    net.run(4)
    widths = [int(net.first[p][2]), 50 - int(net.first[p][2])]
    rows = [net.recorded(rank, recorders[rank], widths[rank]) for rank in range(2)]
    np.testing.assert_array_equal(np.concatenate([r[-1] for r in rows]), net.state(p, "v"))
    assert [len(r) for r in rows] == [4, 4]


def test_an_object_is_recorded_once() -> None:
    net, p = counting(threads=2)
    recorder = net.record_field(0, p, "steps", axis=OBJECT)
    net.run(3)
    assert net.recorded(0, recorder, 1).tolist() == [[1.0], [2.0], [3.0]]


def test_recorders_are_switched_and_cleared() -> None:
    net, p = counting(window=2, longest=2)
    field, spikes = net.record_field(0, p, "v"), net.record_spikes(p)
    reference, q = counting()
    all_spikes = reference.record_spikes(q)
    reference.run(60)
    lib, alone = net.lib, net.nets[0]
    net.run(20)
    for recorder in (field, spikes):
        lib.distann_record_switch(alone, recorder, 0)
    net.run(20)
    for recorder in (field, spikes):
        lib.distann_record_switch(alone, recorder, 1)
    net.run(20)
    assert lib.distann_recorded(alone, field) == 40
    every = reference.spikes(all_spikes)
    on = (every[:, 0] < 20) | (every[:, 0] >= 40)
    np.testing.assert_array_equal(net.spikes(spikes), every[on])
    for recorder in (field, spikes):
        lib.distann_record_clear(alone, recorder, 0)
        assert lib.distann_recorded(alone, recorder) == 0
    net.run(1)
    np.testing.assert_array_equal(net.recorded(0, field, 50), [net.state(p, "v")])


def test_long_records_span_chunks() -> None:
    size, steps = 30_000, 20
    net, p = counting(size)
    recorder = net.record_field(0, p, "v")
    rows = []
    for _ in range(steps):
        net.run(1)
        rows.append(net.state(p, "v"))
    np.testing.assert_array_equal(net.recorded(0, recorder, size), rows)


def test_a_recorder_of_the_wrong_kind_is_refused() -> None:
    net, p = counting()
    field, spikes = net.record_field(0, p, "v"), net.record_spikes(p)
    null = interface().NULL
    assert net.lib.distann_read_rows(net.nets[0], spikes, null) == 1
    assert net.lib.distann_read_spikes(net.nets[0], field, null, null) == 1
    assert net.lib.distann_read_rows(net.nets[0], 99, null) == 1
    assert net.record_field(0, p, "v", period=0) == -1
    assert "period" in net.message()
    assert net.record_field(0, p, "v", elements=[50]) == -1


def test_spikes_are_sorted_when_the_time_was_set_back() -> None:
    net, p = counting(threads=2)
    recorder = net.record_spikes(p)
    net.run(30)
    net.lib.distann_set_step(net.nets[0], 5)
    net.run(30)
    assert net.lib.distann_step(net.nets[0]) == 35
    spikes = [tuple(spike) for spike in net.spikes(recorder)]
    steps, indices = np.zeros(len(spikes), np.int64), np.zeros(len(spikes), np.int64)
    pointers = net.pointer(steps, "int64_t *"), net.pointer(indices, "int64_t *")
    net.lib.distann_read_spikes(net.nets[0], recorder, *pointers)
    assert list(zip(steps, indices, strict=True)) == sorted(spikes)


def replaying(
    steps: np.ndarray, indices: np.ndarray, size: int, delay: int = 1, **cut: int
) -> tuple[Emulated, int, int]:
    net = Emulated(longest=delay, **cut)
    fields = {"given_steps": steps, "given": indices}
    a = net.population(size, "replay", fields, spiking=True)
    b = net.population(size, None, {"input": np.zeros(size)}, cleared=["input"])
    j = net.project(a, b, "deliver", [Synapse(NEURON, "input"), Synapse(SYNAPSE, a=1.0)], Rule(ALL_TO_ALL), delay)
    net.program((CLEAR, b), (TRANSMIT, j), (UPDATE, a))
    return net, a, b


@pytest.mark.parametrize("threads", [1, 2])
def test_given_spikes_are_replayed(threads: int) -> None:
    given = np.array([(0, 3), (0, 20), (2, 0), (2, 16), (2, 39), (7, 39), (9, 1)])
    steps, indices = given[:, 0].astype(np.int64), given[:, 1].astype(np.uint32)
    net, a, b = replaying(steps, indices, 40, threads=threads)
    recorder = net.record_spikes(a)
    arrived = []
    for _ in range(9):
        net.run(1)
        arrived.append(net.state(b, "input")[0])
    np.testing.assert_array_equal(net.spikes(recorder), given[:-1])
    assert arrived == [0, 2, 0, 3, 0, 0, 0, 0, 1]


def test_spikes_in_flight_keep_their_age_and_can_be_forgotten() -> None:
    steps, indices = np.array([0, 1], np.int64), np.array([5, 6], np.uint32)
    for forget, expected in ((False, [0, 0, 1]), (True, [0, 0, 0])):
        net, _, b = replaying(steps, indices, 40, delay=3)
        net.run(2)
        net.lib.distann_set_step(net.nets[0], 1000)
        if forget:
            net.lib.distann_forget_spikes(net.nets[0])
        arrived = [net.state(b, "input")[0]]
        for _ in range(2):
            net.run(1)
            arrived.append(net.state(b, "input")[0])
        assert arrived == expected


def bombed(ranks: int, threads: int, worker: int, step: int, mailbox: int = 0) -> Emulated:
    net = Emulated(ranks=ranks, threads=threads, window=2, longest=2, mailbox=mailbox)
    p = net.population(100, "bomb", {"worker": float(worker), "step": float(step)})
    net.program((UPDATE, p))
    return net


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("worker", [0, 1])
def test_a_failing_worker_stops_all(threads: int, worker: int) -> None:
    net = bombed(1, threads, worker, 5)
    assert net.run(5) == 0
    assert net.run(10) == (worker < threads)
    if worker < threads:
        assert net.message() == "the bomb went off"
        assert net.lib.distann_failed_rank(net.nets[0]) == 0
        assert net.run(1) == 1  # a spoilt state stays one
        assert net.lib.distann_step(net.nets[0]) < 15


@pytest.mark.parametrize("worker", [1, 4])
def test_every_rank_learns_of_a_failure(worker: int) -> None:
    net = bombed(3, 2, worker, 3)
    assert net.run(2) == 0
    assert net.run(10) == 1
    for rank in range(3):
        assert net.message(rank) == "the bomb went off"
        assert net.lib.distann_failed_rank(net.nets[rank]) == worker // 2


def test_steps_out_of_turn_are_refused() -> None:
    net = bombed(2, 1, -1, -1)
    lib, alone = net.lib, net.nets[0]
    assert lib.distann_advance(alone, -1, math.inf) == lib.DISTANN_FAILED
    assert "negative" in net.message()
    assert lib.distann_advance(alone, 3, math.inf) == lib.DISTANN_EXCHANGE
    assert lib.distann_step(alone) == 2  # a window
    assert lib.distann_advance(alone, 2, math.inf) == lib.DISTANN_FAILED
    assert "exchange" in net.message()
    assert lib.distann_refresh(alone, 1) == 1


def test_packets_of_different_steps_are_noticed() -> None:
    net = bombed(2, 1, -1, -1)
    net.lib.distann_advance(net.nets[0], 2, math.inf)
    net.lib.distann_advance(net.nets[1], 1, math.inf)
    assert net.exchange() == 1
    assert "same steps" in net.message(0)


@pytest.mark.parametrize("capacity", [40, 48, 64])
def test_buffers_grow_when_packets_do_not_fit(capacity: int) -> None:
    reference, q = counting()
    expected = reference.record_spikes(q)
    reference.run(40)
    net, p = counting(ranks=3, threads=2, capacity=capacity)
    recorder = net.record_spikes(p)
    net.lib.distann_publish(net.nets[0], p, net.pointer(net.arrays[p][0]["v"]))
    for rank in (1, 2):
        net.lib.distann_publish(net.nets[rank], p, net.pointer(net.arrays[p][rank]["v"]))
    assert net.run(40) == 0
    assert net.capacity > capacity
    np.testing.assert_array_equal(net.spikes(recorder), reference.spikes(expected))


@pytest.mark.parametrize(
    "change", [{"abi": 1}, {"word": 2}, {"rank": 1}, {"threads": 0}, {"window": 0}, {"longest": 0}]
)
def test_impossible_settings_give_no_network(change: dict[str, int]) -> None:
    settings = {"abi": engine().DISTANN_ABI, "word": 8, "ranks": 1, "rank": 0, "threads": 1, "window": 1}
    settings |= {"longest": 1, "dt": 1.0} | change
    assert engine().distann_network_new(interface().new("distann_settings *", settings)) == interface().NULL


def test_a_forked_process_goes_on_with_threads_of_its_own() -> None:
    net, _ = counting(threads=2)
    assert net.run(3) == 0
    child = os.fork()
    if child == 0:
        os._exit(net.run(4) or net.lib.distann_step(net.nets[0]) - 7)
    assert os.waitpid(child, 0)[1] == 0
    assert net.run(2) == 0


def test_networks_in_one_process_do_not_disturb_each_other() -> None:
    nets = [counting(threads=2) for _ in range(3)]
    for _ in range(20):
        for net, _ in nets:
            net.run(1)
    states = [net.state(p, "v").tobytes() for net, p in nets]
    assert len(set(states)) == 1


@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize("threads", [1, 2])
def test_values_are_played_by_the_step(word: int, threads: int) -> None:
    net = Emulated(threads=threads, word=word)
    p = net.population(40, None, {"v": np.zeros(40, net.real), "all": 0.0})
    rows = np.arange(120.0).reshape(3, 40)
    net.play(0, p, "v", n=3, begin=2, period=6, onset=[1, 2, 5], values=rows)
    table = net.play(0, p, "all", OBJECT, n=3, begin=0, period=0, onset=[0, 2, 4], values=rows[:, 0])
    net.program((UPDATE, p))
    shown, common = [], []
    for step in range(12):
        net.run(1)
        shown.append(net.state(p, "v"))
        common.append([net.arrays[p][0]["all"][thread * 64 // word] for thread in range(threads)])
        if step == 9:
            table.n = 1
    expected = [0, 0, 0, rows[0], rows[1], rows[1], rows[1], rows[2], rows[2], rows[0], rows[1], rows[1]]
    np.testing.assert_array_equal(shown, [np.broadcast_to(row, 40) for row in expected])
    assert [set(values) for values in common] == [{0.0}] * 2 + [{40.0}] * 2 + [{80.0}] * 6 + [{0.0}] * 2


@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize(("window", "period", "offset"), [(1, 1, 0), (3, 4, 1), (5, 2, -1)])
def test_synapses_are_recorded_where_a_window_ends(word: int, window: int, period: int, offset: int) -> None:
    net = Emulated(word=word, window=window, longest=window, threads=2)
    p = net.population(40, "cell", cells(40, net.real), cleared=["input"], spiking=True)
    fields = [Synapse(NEURON, "input"), Synapse(SYNAPSE, kind=1, a=0.0, b=1.0)]
    j = net.project(p, p, "deliver", fields, Rule(ALL_TO_ALL), window)
    net.program((CLEAR, p), (TRANSMIT, 0), (UPDATE, p), (RECORD, 0))
    slots = np.array([7, 1599, 0, 7, 800], np.int64)
    recorder = net.lib.distann_record_synapses(
        net.nets[0], j, 0, period, offset, net.pointer(slots, "int64_t *"), len(slots)
    )
    values = np.zeros(1600, net.real)
    assert net.lib.distann_read_synapses(net.nets[0], j, 0, net.pointer(values)) == 0
    net.run(11)
    rows = len([step for step in range(11) if (step - offset) % period == 0])
    np.testing.assert_array_equal(net.recorded(0, recorder, 5), np.tile(values[slots], (rows, 1)))
    for wrong in ([-1], [1600]):
        array = np.array(wrong, np.int64)
        assert net.lib.distann_record_synapses(net.nets[0], j, 0, 1, 0, net.pointer(array, "int64_t *"), 1) == -1
        assert "not one of this rank" in net.message()
