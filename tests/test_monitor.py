"""Monitors: what is recorded when, and what is handed over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distann import (
    ConfigurationError,
    Monitor,
    Network,
    NotCompiledError,
    Population,
    SpikeSourceArray,
    Uniform,
    UnknownAttributeError,
    UnsupportedError,
)
from tests.toys import CELL, RAMP, cells

TRAINS = [[1.0, 4.0, 5.0], [], [0.0, 4.0], [9.0]]


def ramp(geometry: int | tuple[int, ...] = 3, dt: float = 1.0) -> tuple[Network, Population]:
    """Return a network whose r is 6, 7, 8... in steps 0, 1, 2..., plus 100 times the rank."""
    net = Network(dt=dt, seed=1)
    pop = net.create(geometry, RAMP)
    pop.r = 5.0 + 100.0 * np.arange(pop.size)
    return net, pop


def trains() -> tuple[Network, Population, Monitor]:
    net = Network(seed=1)
    source = net.create(SpikeSourceArray(TRAINS))
    return net, source, net.monitor(source, "spike")


def first(monitor: Monitor) -> list[float]:
    """Return what was recorded of the first neuron, as the steps it was recorded in."""
    return (monitor.get("r")[:, 0] - 6.0).tolist()


# ---- variables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "after"])
def test_before_or_after_compile(when: str) -> None:
    net, pop = ramp()
    if when == "before":
        monitor = net.monitor(pop, "r")
        net.compile()
    else:
        net.compile()
        net.simulate(2.0)
        net.reset()
        monitor = Monitor(pop, ["r"])
    net.simulate(4.0)
    expected = 6.0 + np.arange(4)[:, None] + 100.0 * np.arange(3)
    found = monitor.get("r")
    assert np.array_equal(found, expected) and found.dtype == np.float64


def test_a_monitor_made_late_records_from_then_on() -> None:
    net, pop = ramp()
    net.compile()
    net.simulate(3.0)
    monitor = net.monitor(pop, "r")
    net.simulate(2.0)
    assert first(monitor) == [3.0, 4.0]


def test_geometry() -> None:
    net, pop = ramp((2, 3))
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(4.0)
    flat = monitor.get("r", keep=True, reshape=False)
    whole = monitor.get("r")
    assert flat.shape == (4, 6) and whole.shape == (4, 2, 3)
    assert np.array_equal(whole.reshape(4, 6), flat)


def test_types() -> None:
    net, pop = cells(3)
    monitor = net.monitor(pop, ["seen", "total"])
    net.compile()
    net.simulate(3.0)
    found = monitor.get()
    assert found["seen"].shape == (3, 3) and found["total"].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("period", "offset", "expected"),
    [
        (None, None, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (1.0, 0.5, [1, 3, 5, 7, 9]), (1.5, None, [0, 3, 6, 9]),
        (1.7, 1.0, [2, 5, 8]), (4.9, 4.0, [8]), (0.5, 0.0, list(range(10))),
    ],
)  # fmt: skip
def test_period(period: float | None, offset: float | None, expected: list[float]) -> None:
    net, pop = ramp(dt=0.5)
    monitor = net.monitor(pop, "r", period=period, period_offset=offset)
    net.compile()
    net.simulate(1.5)
    net.simulate(3.5)
    assert first(monitor) == expected


@pytest.mark.parametrize(
    ("period", "offset"),
    [(0.0, None), (-1.0, None), (0.4, None), (2.0, 2.0), (2.0, -1.0), ("1", None), (float("nan"), None)],
)
def test_wrong_period(period: Any, offset: Any) -> None:
    net, pop = ramp()
    with pytest.raises(ConfigurationError, match="a monitor's period"):
        net.monitor(pop, "r", period=period, period_offset=offset)


@pytest.mark.parametrize("ranks", [[2], [9, 0, 17], slice(3, 8), slice(None, None, -4), []])
def test_views(ranks: Any) -> None:
    net, pop = ramp(20)
    monitor = net.monitor(pop[ranks], "r")
    net.compile()
    net.simulate(3.0)
    expected = (6.0 + np.arange(3)[:, None] + 100.0 * np.arange(20))[:, ranks]
    assert np.array_equal(monitor.get("r"), expected)


def test_views_keep_their_geometry() -> None:
    net, pop = ramp((4, 5))
    monitor = net.monitor(pop[1:3, ::2], "r")
    net.compile()
    net.step()
    assert np.array_equal(monitor.get("r")[0], pop.r[1:3, ::2])


def test_two_monitors_do_not_disturb_each_other() -> None:
    net, pop = ramp()
    all_steps, some = net.monitor(pop, "r"), net.monitor(pop[:1], "r", period=2.0)
    net.compile()
    net.simulate(3.0)
    assert first(all_steps) == [0.0, 1.0, 2.0]
    net.simulate(2.0)
    assert first(some) == [0.0, 2.0, 4.0] and first(all_steps) == [3.0, 4.0]


# ---- handing over -----------------------------------------------------------------------------------------------


def test_get_empties_unless_asked_to_keep() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(2.0)
    assert len(monitor.get("r", keep=True)) == len(monitor.get("r", keep=True)) == len(monitor["r"]) == 2
    assert monitor.get("r").shape == (0, 3)
    net.simulate(1.0)
    assert first(monitor) == [2.0]


def test_one_or_all() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, ["r", "heard"])
    single = net.monitor(pop, "r")
    net.compile()
    net.simulate(2.0)
    assert isinstance(single.get(keep=True), np.ndarray) and set(single.get(force_dict=True)) == {"r"}
    assert set(monitor.get(keep=True)) == set(monitor.get(["heard", "r"], keep=True)) == {"r", "heard"}
    assert isinstance(monitor.get(["heard"], keep=True), np.ndarray)
    monitor.get("heard")
    assert len(monitor.get("heard")) == 0 and len(monitor.get("r")) == 2


def test_nothing_is_recorded_before_compile() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, "r")
    with pytest.raises(NotCompiledError, match="reading a monitor needs the compiled network"):
        monitor.get("r")
    net.compile()
    assert monitor.get("r").shape == (0, 3)


@pytest.mark.parametrize("when", ["before", "after"])
def test_unknown_variables(when: str) -> None:
    net, pop = cells(3)
    if when == "after":
        net.compile()
    with pytest.raises(UnknownAttributeError, match="did you mean 'seen'"):
        net.monitor(pop, "sean")
    for variable in ("gain", "tau", "axon_spike", ""):
        with pytest.raises(UnknownAttributeError):
            net.monitor(pop, variable)
    monitor = net.monitor(pop, "seen")
    with pytest.raises(UnknownAttributeError, match="the monitor has no attribute 'half'"):
        monitor.get("half")


def test_rates_have_no_spikes() -> None:
    net, pop = ramp()
    with pytest.raises(ConfigurationError, match="is rate-coded: it has no spikes to record"):
        net.monitor(pop, ["r", "spike"])


@pytest.mark.parametrize("thing", [None, "pop0", 3, CELL])
def test_only_populations_are_recorded(thing: Any) -> None:
    with pytest.raises(UnsupportedError, match="a monitor records populations and views of them, projections"):
        Monitor(thing, "v")


# ---- pausing ----------------------------------------------------------------------------------------------------


def test_pause_and_resume() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(2.0)
    monitor.pause()
    monitor.pause()
    net.simulate(3.0)
    monitor.resume()
    net.simulate(1.0)
    assert monitor.times() == {"r": {"start": [0, 5], "stop": [2, 6]}}
    assert first(monitor) == [0.0, 1.0, 5.0]


def test_start_later() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, "r", start=False)
    net.compile()
    net.simulate(2.0)
    monitor.start()
    net.simulate(2.0)
    assert first(monitor) == [2.0, 3.0]


def test_pause_before_compile() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, "r")
    monitor.pause()
    net.compile()
    net.simulate(2.0)
    monitor.resume()
    net.simulate(1.0)
    assert first(monitor) == [2.0]


def test_stop_forgets() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(2.0)
    monitor.stop()
    net.simulate(2.0)
    assert monitor.get("r").shape == (0, 3)


def test_reset_of_the_network_begins_anew_or_goes_on() -> None:
    net, pop = ramp()
    monitor = net.monitor(pop, "r")
    net.compile()
    net.simulate(3.0)
    net.reset()
    net.simulate(2.0)
    assert monitor.times() == {"r": {"start": [0], "stop": [2]}}
    net.reset(monitors=False)
    net.simulate(1.0)
    assert first(monitor) == [0.0, 1.0, 0.0]


# ---- spikes -----------------------------------------------------------------------------------------------------


def test_spikes_behave_as_a_dict() -> None:
    net, _, monitor = trains()
    net.compile()
    net.simulate(10.0)
    spikes = monitor.get("spike")
    assert list(spikes) == [0, 1, 2, 3] and len(spikes) == 4 and 3 in spikes and 4 not in spikes
    assert {rank: steps.tolist() for rank, steps in spikes.items()} == {0: [1, 4, 5], 1: [], 2: [0, 4], 3: [9]}
    assert spikes.times.tolist() == [0, 1, 4, 4, 5, 9] and spikes.ids.tolist() == [2, 0, 0, 2, 0, 3]
    assert repr(spikes) == "<6 spikes of 4 neurons>"
    with pytest.raises(KeyError):
        _ = spikes[4]


def test_spikes_of_a_view() -> None:
    net, source, _ = trains()
    monitor = net.monitor(source[[2, 1]], "spike")
    net.compile()
    net.simulate(10.0)
    spikes = monitor.get()
    assert list(spikes) == [2, 1] and spikes[2].tolist() == [0, 4] and spikes[1].tolist() == []
    assert 0 not in spikes and spikes.ids.tolist() == [2, 2]
    assert monitor.mean_fr(spikes) == 2 / 2 / 0.01
    assert monitor.histogram(spikes, per_neuron=True).tolist() == [[1, 0, 0, 0, 1, 0, 0, 0, 0, 0], [0] * 10]


def test_spikes_are_recorded_at_every_step() -> None:
    net, source, _ = trains()
    monitor = net.monitor(source, "spike", period=5.0)
    net.compile()
    net.simulate(10.0)
    assert len(monitor.get().ids) == 6


def test_raster_plot() -> None:
    net = Network(dt=0.5, seed=1)
    monitor = net.monitor(net.create(SpikeSourceArray(TRAINS)), "spike")
    net.compile()
    net.simulate(10.0)
    t, n = monitor.raster_plot(monitor.get(keep=True))
    assert t.tolist() == [0.0, 1.0, 4.0, 4.0, 5.0, 9.0] and n.tolist() == [2, 0, 0, 2, 0, 3]
    again, _ = monitor.raster_plot()
    assert np.array_equal(t, again)


def test_histogram_is_that_of_numpy() -> None:
    net, pop = cells(30)
    net.connect(pop, pop, "exc").one_to_one()
    net.connect(pop, pop, "inh").one_to_one()
    monitor = net.monitor(pop, "spike")
    net.compile()
    rng = np.random.default_rng(3)
    for _ in range(23):
        pop.drive = rng.random(30)
        net.step()
    spikes = monitor.get()
    for bins in (None, 1.0, 4.0, 23.0, 50.0):
        width = bins or 1.0
        edges = np.arange(0.0, 23.0 + width, width)[: int(np.ceil(23.0 / width)) + 1]
        assert monitor.histogram(spikes, bins=bins).tolist() == np.histogram(spikes.times, edges)[0].tolist()
        each = monitor.histogram(spikes, bins=bins, per_neuron=True)
        expected = np.histogram2d(spikes.ids, spikes.times, (np.arange(31), edges))[0]
        assert np.array_equal(each, expected)
    inside = monitor.histogram(spikes, recording_window=(5, 11))
    assert inside.tolist() == np.histogram(spikes.times, np.arange(5, 13))[0][:-1].tolist()
    with pytest.raises(ConfigurationError, match="width of a bin"):
        monitor.histogram(spikes, bins=0.0)


def test_histogram_has_a_bin_for_silence() -> None:
    net, pop = cells(3)
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(5.0)
    assert monitor.histogram(monitor.get("spike")).tolist() == [0] * 5


def test_mean_firing_rate() -> None:
    net, pop = cells(4, dt=0.5)
    monitor = net.monitor(pop, "spike")
    net.compile()
    assert monitor.mean_fr() == 0.0
    pop.drive = [1.0, 0.0, 0.0, 0.0]
    net.simulate(100.0)
    assert monitor.mean_fr() == pytest.approx(200 / 4 / 0.1)
    monitor.pause()
    net.simulate(100.0)
    monitor.resume()
    net.simulate(50.0)
    assert monitor.mean_fr() == pytest.approx(300 / 4 / 0.15)  # only of the time in which it recorded
    assert monitor.mean_fr(monitor.get()) == pytest.approx(300 / 4 / 0.15)


def test_random_neurons_record_reproducibly() -> None:
    def recorded() -> tuple[np.ndarray, np.ndarray]:
        net, pop = cells(40, seed=11)
        pop.drive = Uniform(0.0, 1.0)
        monitor = net.monitor(pop, "spike")
        net.compile()
        net.simulate(3.0)
        spikes = monitor.get()
        return spikes.ids, spikes.times

    a, b = recorded(), recorded()
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True)) and 0 < len(a[0]) < 120
