"""The engine against slow numpy models, and against itself on other ranks and threads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.csrc.engine_harness import (
    ALL_TO_ALL,
    CLEAR,
    FIXED_NUMBER_PRE,
    FIXED_PROBABILITY,
    NEURON,
    NORMAL,
    OBJECT,
    PRE,
    RECORD,
    RECORD_INPUTS,
    SYNAPSE,
    TRANSMIT,
    UNIFORM,
    UPDATE,
    Emulated,
    Rule,
    Synapse,
    cells,
)  # fmt: skip

CUTS = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]


def spiking_network(kernel: str = "cell", size: int = 83, delays: tuple[int, int] = (2, 5), **cut: int):
    """Two populations; excitation with individual weights, inhibition with one for all, different delays."""
    net = Emulated(window=min(delays), longest=max(delays), **cut)
    a = net.population(size, kernel, cells(size, net.real), cleared=["input"], spiking=True, stream=10)
    b = net.population(
        size // 2, kernel, cells(size // 2, net.real, 2) | {"weight": -0.03}, cleared=["input"], spiking=True, stream=20
    )
    w = Synapse(SYNAPSE, kind=NORMAL, a=0.05, b=0.02, low=0.0, high=0.2, stream=3)
    rule = Rule(FIXED_PROBABILITY, False, probability=0.3)
    projections = [
        net.project(a, a, "deliver", [Synapse(NEURON, "input"), w], rule, delays[0]),
        net.project(
            a, b, "deliver", [Synapse(NEURON, "input"), w], Rule(FIXED_NUMBER_PRE, number=20, stream=8), delays[1]
        ),
        net.project(
            b,
            b,
            "deliver_shared",
            [Synapse(NEURON, "input"), Synapse(OBJECT, "weight")],
            Rule(ALL_TO_ALL, False),
            delays[0],
        ),
    ]
    transmissions = [(TRANSMIT, p) for p in projections]
    net.program((CLEAR, a), (CLEAR, b), *transmissions, (RECORD_INPUTS, 0), (UPDATE, a), (UPDATE, b), (RECORD, 0))
    return net, (a, b), projections


class SlowCells:
    """The kernel `cell`, one array operation at a time."""

    def __init__(self, size: int, real: type, seed: int = 1) -> None:
        self.real = real
        self.__dict__.update(cells(size, real, seed))

    def update(self) -> np.ndarray:
        active = self.refractory <= 0
        decay = self.real(1) / self.real(self.tau)
        self.v = np.where(active, self.v + (self.drive - self.v) * decay + self.input, self.v)
        self.refractory = np.where(active, self.refractory, self.refractory - 1)
        spikes = np.flatnonzero(active & (self.v > 1))
        self.v[spikes], self.refractory[spikes] = 0, 2
        return spikes


@pytest.mark.parametrize("word", [4, 8])
def test_spikes_agree_bitwise_with_a_slow_model(word: int) -> None:
    size, steps, delays = 83, 120, (2, 5)
    net, (a, b), projections = spiking_network(size=size, delays=delays, word=word)
    recorders = [net.record_spikes(p) for p in (a, b)]
    assert net.run(steps) == 0, net.message()

    cell = {a: SlowCells(size, net.real, 1), b: SlowCells(size // 2, net.real, 2)}
    pre_post_delay = [(a, a, delays[0]), (a, b, delays[1]), (b, b, delays[0])]
    tables = []
    for number, (_, post, _) in zip(projections, pre_post_delay, strict=True):
        target, source, weight = net.synapses(number, post, None if number == projections[2] else 0)
        if number == projections[2]:
            weight = np.full(len(target), -0.03, net.real)
        tables.append([(target[source == s], weight[source == s]) for s in range(size)])
    past: list[dict[int, np.ndarray]] = []
    for step in range(steps):
        for population in cell.values():
            population.input[:] = 0
        for table, (pre, post, delay) in zip(tables, pre_post_delay, strict=True):
            for source in past[step - delay][pre] if step >= delay else ():
                target, weight = table[source]
                cell[post].input[target] += weight
        past.append({number: population.update() for number, population in cell.items()})

    for population, recorder in zip((a, b), recorders, strict=True):
        expected = [(step, index) for step in range(steps) for index in past[step][population]]
        assert len(expected) > 100
        np.testing.assert_array_equal(net.spikes(recorder), expected)
        np.testing.assert_array_equal(net.state(population, "v"), cell[population].v)


def fingerprint(net: Emulated, populations: tuple[int, ...], projections: list[int], steps: int) -> list[bytes]:
    recorders = [net.record_spikes(p) for p in populations]
    assert net.run(steps) == 0, net.message()
    parts = [net.spikes(r) for r in recorders]
    parts += [net.state(p, name) for p in populations for name in ("v", "input", "refractory")]
    parts += [array for p in projections[:2] for array in net.synapses(p, populations[p > 0])]
    assert all(len(spikes) > 50 for spikes in parts[: len(recorders)])
    return [np.ascontiguousarray(part).tobytes() for part in parts]


@pytest.mark.parametrize("word", [4, 8])
def test_noisy_network_has_the_same_bits_on_all_ranks_and_threads(word: int) -> None:
    prints = [fingerprint(*spiking_network("noisy_cell", 301, word=word, ranks=r, threads=t), 60) for r, t in CUTS]
    assert all(other == prints[0] for other in prints)


def test_the_way_in_which_steps_are_cut_into_calls_does_not_matter() -> None:
    whole, _, _ = spiking_network("noisy_cell")
    parts, _, _ = spiking_network("noisy_cell")
    a, b = whole.record_spikes(0), parts.record_spikes(0)
    whole.run(31)
    for steps in (1, 0, 7, 2, 1, 20):
        parts.run(steps)
    np.testing.assert_array_equal(whole.spikes(a), parts.spikes(b))
    assert whole.lib.distann_step(parts.nets[0]) == 31


def rate_network(gather: str = "gather_sum", rule: Rule | None = None, size: int = 67, delay: int = 3, **cut: int):
    net = Emulated(window=2, longest=delay, **cut)
    generator = np.random.default_rng(3)
    fields = {
        "drive": generator.uniform(-1, 1, size).astype(net.real),
        "input": np.zeros(size, net.real),
        "r": generator.uniform(0, 1, size).astype(net.real),
    }
    p = net.population(size, "rate", fields, cleared=["input"])
    r = net.publish(p, "r")
    assert net.publish(p, "r") == r
    w = Synapse(SYNAPSE, kind=UNIFORM, a=-0.3, b=0.4, stream=5)
    j = net.project(
        p,
        p,
        gather,
        [w, Synapse(PRE, published=r), Synapse(NEURON, "input")],
        rule or Rule(FIXED_PROBABILITY, False, probability=0.4),
        delay,
    )
    net.program((CLEAR, p), (TRANSMIT, j), (UPDATE, p))
    net.refresh()
    return net, p, j


def lanes(values: np.ndarray) -> np.ndarray:
    """Sum of the values over eight lanes and a tree, as documented in rows.hpp."""
    total = np.zeros(8, values.dtype)
    for j, value in enumerate(values):
        total[j % 8] += value
    x = total[:4] + total[4:]
    return (x[0] + x[2]) + (x[1] + x[3])


@pytest.mark.parametrize("word", [4, 8])
@pytest.mark.parametrize("gather", ["gather_sum", "gather_min", "gather_max", "gather_mean"])
@pytest.mark.parametrize("dense", [False, True])
def test_rates_agree_bitwise_with_a_slow_model(word: int, gather: str, dense: bool) -> None:
    delay, steps = 3, 11
    rule = Rule(ALL_TO_ALL) if dense else Rule(FIXED_PROBABILITY, False, probability=0.05)
    net, p, j = rate_network(gather, rule, word=word, delay=delay, threads=2)
    post, pre, w = net.synapses(j, p)
    r = net.state(p, "r")
    drive, past = net.state(p, "drive"), [r] * delay
    rows = [np.flatnonzero(post == i) for i in range(len(r))]
    assert dense or any(len(row) == 0 for row in rows)
    reduce = {
        "gather_sum": lanes,
        "gather_min": np.min,
        "gather_max": np.max,
        "gather_mean": lambda x: lanes(x) / net.real(len(x)),
    }[gather]
    for _ in range(steps):
        psp = w * past[-delay][pre]
        total = np.array([net.real(0) + reduce(psp[row]) if len(row) else net.real(0) for row in rows])
        past.append(past[-1] + net.real(0.25) * (drive + total - past[-1]))
    assert net.run(steps) == 0
    np.testing.assert_array_equal(net.state(p, "r"), past[-1])


@pytest.mark.parametrize("word", [4, 8])
def test_rates_have_the_same_bits_on_all_ranks_and_threads(word: int) -> None:
    results = []
    for r, t in CUTS:
        net, p, j = rate_network(word=word, ranks=r, threads=t)
        assert net.run(15) == 0
        results.append([a.tobytes() for a in (net.state(p, "r"), *net.synapses(j, p))])
    assert all(other == results[0] for other in results)


@pytest.mark.parametrize("ranks", [1, 2])
def test_refresh_publishes_what_python_wrote(ranks: int) -> None:
    size, delay = 40, 3
    for everywhere, seen in ((1, [2.0, 2.0, 2.0]), (0, [1.0, 1.0, 2.0])):
        net = Emulated(ranks=ranks, window=1, longest=delay)
        fields = {"r": np.ones(size)}
        p = net.population(size, None, fields)
        q = net.population(size, None, {"input": np.zeros(size)}, cleared=["input"])
        r = net.publish(p, "r")
        one = Synapse(SYNAPSE, a=1.0)
        j = net.project(
            p, q, "gather_sum", [one, Synapse(PRE, published=r), Synapse(NEURON, "input")], Rule(ALL_TO_ALL), delay
        )
        net.program((CLEAR, q), (TRANSMIT, j))
        net.refresh()
        net.run(4)
        for rank in range(ranks):
            net.arrays[p][rank]["r"][:] = 2.0
        net.refresh(everywhere)
        for value in seen:
            net.run(1)
            np.testing.assert_array_equal(net.state(q, "input"), np.full(size, value * size))


def plastic_network(**cut: int):
    """Events that change their synapses and read the sender's published state."""
    net = Emulated(window=2, longest=4, **cut)
    size = 150
    p = net.population(size, "noisy_cell", cells(size, net.real), cleared=["input"], spiking=True)
    r = net.publish(p, "r")
    synapse = [
        Synapse(SYNAPSE, kind=UNIFORM, a=0.0, b=0.1, stream=1),
        Synapse(NEURON, "input"),
        Synapse(SYNAPSE, a=1.0),
        Synapse(PRE, published=r),
    ]
    j = net.project(p, p, "deliver_plastic", synapse, Rule(FIXED_PROBABILITY, False, probability=0.1), 4)
    net.program((CLEAR, p), (TRANSMIT, j), (UPDATE, p))
    net.refresh()
    return net, p, j


def test_events_change_their_synapses_alike_everywhere() -> None:
    results = []
    for r, t in CUTS:
        net, p, j = plastic_network(ranks=r, threads=t)
        assert net.run(50) == 0
        use = net.synapses(j, p, 1)[2]
        assert use.min() < 0.8 and use.max() <= 1.0
        results.append([net.state(p, "v").tobytes(), use.tobytes()])
    assert all(other == results[0] for other in results)


def test_transmission_is_switched_off_and_on() -> None:
    net, p, j = rate_network()
    net.lib.distann_set_transmission(net.nets[0], j, 0)
    net.run(2)
    assert not net.state(p, "input").any()
    net.lib.distann_set_transmission(net.nets[0], j, 1)
    net.run(1)
    assert net.state(p, "input").any()


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 33])
@pytest.mark.parametrize(("ranks", "threads"), [(1, 2), (3, 2)])
def test_small_populations_leave_workers_without_neurons(size: int, ranks: int, threads: int) -> None:
    net = Emulated(ranks=ranks, threads=threads)
    fields = cells(size, net.real)
    fields["drive"][:] = 30.0
    p = net.population(size, "cell", fields, cleared=["input"], spiking=True)
    j = net.project(p, p, "deliver", [Synapse(NEURON, "input"), Synapse(SYNAPSE, a=0.5)], Rule(ALL_TO_ALL, False))
    recorder = net.record_spikes(p)
    net.program((CLEAR, p), (TRANSMIT, j), (UPDATE, p))
    assert net.run(2) == 0
    np.testing.assert_array_equal(net.spikes(recorder), [(0, i) for i in range(size)] or np.empty((0, 2)))
    np.testing.assert_array_equal(net.state(p, "input"), np.full(size, 0.5 * max(size - 1, 0)))
    for rank in range(ranks):  # `once` runs for every worker, with or without neurons
        counts = net.arrays[p][rank]["steps"][: threads * 8].reshape(threads, 8)
        np.testing.assert_array_equal(counts[:, 0], 2)


def test_padding_never_spikes() -> None:
    net = Emulated()
    fields = cells(5, net.real)
    p = net.population(5, "cell", fields, spiking=True)
    net.arrays[p][0]["drive"][:16] = 100.0
    recorder = net.record_spikes(p)
    net.program((UPDATE, p))
    net.run(1)
    assert net.spikes(recorder)[:, 1].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("word", [4, 8])
def test_draws_depend_on_the_neuron_and_the_step_alone(word: int) -> None:
    size, results = 1100, []
    for ranks, threads in CUTS:
        net = Emulated(ranks=ranks, threads=threads, word=word)
        p = net.population(size, "dice", {"uniform": np.zeros(size, net.real), "normal": np.zeros(size, net.real)})
        net.program((UPDATE, p))
        net.run(3)
        results.append((net.state(p, "uniform"), net.state(p, "normal")))
    for uniform, normal in results:
        np.testing.assert_array_equal(uniform, results[0][0])
        np.testing.assert_array_equal(normal, results[0][1])
    uniform, normal = results[0]
    assert 0 < uniform.min() < 0.02 and 0.98 < uniform.max() < 1 and abs(normal.mean()) < 0.15
    assert 0.9 < normal.std() < 1.1 and len(np.unique(uniform)) == size


def test_a_large_population_is_tiled() -> None:
    """Targets are 16-bit numbers: neurons beyond 65536 lie in tiles of their own."""
    size, sources = 140_000, 4
    net = Emulated(threads=1)
    pre = cells(sources, net.real)
    pre["drive"][:] = 30.0
    a = net.population(sources, "cell", pre, spiking=True)
    b = net.population(size, None, {"input": np.zeros(size)}, cleared=["input"])
    w = Synapse(SYNAPSE, kind=UNIFORM, a=0.0, b=1.0, stream=2)
    j = net.project(a, b, "deliver", [Synapse(NEURON, "input"), w], Rule(FIXED_PROBABILITY, probability=0.5))
    net.program((CLEAR, b), (TRANSMIT, j), (UPDATE, a))
    net.run(2)
    post, _, values = net.synapses(j, b)
    expected = np.zeros(size)
    np.add.at(expected, post, values)
    np.testing.assert_array_equal(net.state(b, "input"), expected)
    assert net.lib.distann_bytes(net.nets[0], j) == len(post) * 10 + 3 * 4 * (sources + 1)


def test_one_packet_repeated_stands_in_for_all_ranks() -> None:
    """A network of four times the size on one process: everybody's packet is a copy of rank 1's."""
    size, ranks, rank = 64, 4, 1
    net = Emulated(ranks=ranks)
    fields = cells(size, net.real)
    fields["drive"][:] = np.where(np.arange(size) % 3, 0.0, 30.0)
    p = net.population(size, "cell", fields, cleared=["input"], spiking=True)
    r = net.publish(p, "r")
    j = net.project(p, p, "deliver", [Synapse(NEURON, "input"), Synapse(SYNAPSE, a=0.5)], Rule(ALL_TO_ALL))
    k = net.project(
        p,
        p,
        "gather_sum",
        [Synapse(SYNAPSE, a=1.0), Synapse(PRE, published=r), Synapse(NEURON, "input")],
        Rule(ALL_TO_ALL),
    )
    net.program((CLEAR, p), (TRANSMIT, j), (TRANSMIT, k), (UPDATE, p))
    alone = net.nets[rank]
    buffers = np.zeros((ranks, net.capacity // 8), np.int64)

    def step() -> None:
        net.lib.distann_pack(alone, net.pointer_once(buffers[0]), net.capacity)
        buffers[1:] = buffers[0]
        assert net.lib.distann_unpack(alone, net.pointer_once(buffers), net.capacity) == 0, net.message(rank)

    net.lib.distann_refresh(alone, 1)
    step()
    net.lib.distann_advance(alone, 1, math.inf)
    step()
    local = net.arrays[p][rank]["r"][:16].sum()
    net.lib.distann_advance(alone, 1, math.inf)
    own = np.arange(16, 32)
    spikes = ranks * np.count_nonzero(own % 3 == 0)
    np.testing.assert_allclose(net.arrays[p][rank]["input"][:16], 0.5 * spikes + ranks * local, rtol=1e-14)
