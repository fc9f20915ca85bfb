"""Projections between rate-coded and spiking populations, and gap junctions, against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distann import (
    ConfigurationError,
    CurrentInjection,
    DecodingProjection,
    Network,
    Neuron,
    Population,
    SpikeSourceArray,
    Synapse,
    Uniform,
)
from tests.toys import CELL, RAMP

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads", "ignore:a delay of")

WAVE = Neuron(parameters="phase = 0.0", equations="r = sin(t / 3.0 + phase)", name="Wave")
READER = Neuron(equations="r = sum(exc)", name="Reader")


# ---- currents ---------------------------------------------------------------------------------------------------


def test_a_current_is_the_rate_of_the_step_before() -> None:
    net = Network(dt=0.5, seed=1)
    waves, cells = net.create(6, WAVE), net.create(8, CELL)
    waves.phase = np.arange(6.0)
    projection = net.connect(waves, cells, "exc")  # another input, to which currents are added
    projection.all_to_all(0.25)
    current = CurrentInjection(waves[1:5], cells[[7, 3, 4, 0]], "exc").connect_current()
    monitor = net.monitor(cells, "g_exc")
    net.compile()
    net.simulate(10.0)
    rates = np.sin(np.arange(-1, 19)[:, None] * 0.5 / 3.0 + np.arange(6.0))
    rates[0] = 0.0  # before the first step there was nothing
    expected = np.tile(0.25 * rates.sum(axis=1, keepdims=True), 8)
    expected[:, [7, 3, 4, 0]] += rates[:, 1:5]
    np.testing.assert_allclose(monitor.get(), expected, rtol=1e-13, atol=1e-15)
    assert current.nb_synapses == 4 and current.name == "proj1"


@pytest.mark.parametrize(
    ("pre", "post", "says"),
    [
        ("cells", "cells", "comes from a rate-coded population"),
        ("waves", "waves", "goes to a spiking population"),
        (None, "cells", "comes from a rate-coded population; got None"),
    ],
)
def test_currents_between_other_populations(pre: str | None, post: str, says: str) -> None:
    net = Network(seed=1)
    made: dict[str | None, Any] = {"waves": net.create(3, WAVE), "cells": net.create(3, CELL), None: None}
    with pytest.raises(ConfigurationError, match=says):
        CurrentInjection(made[pre], made[post], "exc")


def test_currents_into_other_numbers_of_neurons() -> None:
    net = Network(seed=1)
    current = CurrentInjection(net.create(3, WAVE), net.create(4, CELL), "exc")
    with pytest.raises(ConfigurationError, match="a current from 3 neurons cannot be injected into 4"):
        current.connect_current()


# ---- decoding ---------------------------------------------------------------------------------------------------

TIMES = [[1.0, 2.0, 7.0], [2.0], [], [3.0, 9.0, 10.0, 11.0, 30.0]]


@pytest.mark.parametrize("window", [0.0, 1.0, 4.0, 20.0])
@pytest.mark.parametrize("delay", [1.0, 3.0])
def test_decoding_counts_spikes_in_a_window(window: float, delay: float) -> None:
    net = Network(seed=1)
    source, readers = net.create(SpikeSourceArray(TIMES)), net.create(3, READER)
    w = np.arange(1.0, 13.0).reshape(3, 4)
    DecodingProjection(source, readers, "exc", window=window).from_matrix(w, delays=delay)
    monitor = net.monitor(readers, "r")
    net.compile()
    net.simulate(50.0)
    spikes = np.zeros((50, 4))
    for neuron, times in enumerate(TIMES):
        spikes[np.asarray(times, int), neuron] = 1
    steps = max(1, int(window))
    expected = np.zeros((50, 3))
    for step in range(50):
        begin, end = step - int(delay) - steps + 1, step - int(delay) + 1
        expected[step] = w @ spikes[max(0, begin) : max(0, end)].sum(axis=0) * 1000.0 / steps / 4
    np.testing.assert_allclose(monitor.get(), expected, rtol=1e-12)


def test_a_decoded_rate_is_in_hertz() -> None:
    net = Network(dt=0.1, seed=1)
    source = net.create(SpikeSourceArray([[float(t) for t in range(0, 1000, 20)]] * 10))  # 50 Hz
    reader = net.create(1, READER)
    DecodingProjection(source, reader, "exc", window=200.0).connect_all_to_all(1.0)
    net.compile()
    net.simulate(900.0)
    assert reader.r[0] == pytest.approx(50.0)


def test_mistakes_of_decoding() -> None:
    net = Network(seed=1)
    cells, readers = net.create(3, CELL), net.create(3, READER)
    with pytest.raises(ConfigurationError, match="'window' is 0 ms or more; got -1"):
        DecodingProjection(cells, readers, "exc", window=-1.0)
    with pytest.raises(ConfigurationError, match="goes to a rate-coded population"):
        DecodingProjection(cells, cells, "exc")
    with pytest.raises(ConfigurationError, match="counted in a window have one delay"):
        DecodingProjection(cells, readers, "exc", window=5.0).all_to_all(1.0, delays=Uniform(1.0, 9.0))


# ---- gap junctions ----------------------------------------------------------------------------------------------


def test_gap_junctions() -> None:
    cell = Neuron(
        parameters="I = 0.0", equations="dv/dt = (I - v) / 10.0 + g_gap", spike="v > 30.0", reset="v = 0.0", name="Gap"
    )
    net = Network(dt=0.1, seed=1)
    cells: Population = net.create(20, cell)
    cells.I = np.linspace(0.0, 60.0, 20)
    junctions = net.connect(cells, cells, "gap", Synapse(psp="w * (pre.v - post.v)"))
    junctions.fixed_probability(0.3, Uniform(0.0, 0.02))
    monitor = net.monitor(cells, ["v", "spike"])
    net.compile()
    w = junctions.connectivity_matrix()
    net.simulate(60.0)
    v, spikes = np.zeros(20), 0
    for recorded in monitor.get("v", keep=True):
        gap = (w * (v[None, :] - v[:, None])).sum(axis=1)
        v = v + 0.1 * ((np.linspace(0.0, 60.0, 20) - v) / 10.0 + gap)
        spikes += np.count_nonzero(v > 30.0)
        v = np.where(v > 30.0, 0.0, v)
        np.testing.assert_allclose(recorded, v, rtol=1e-9, atol=1e-12)
    assert spikes == len(monitor.get("spike").ids) > 10


def test_rates_and_ramps_drive_spiking_cells_through_several_projections() -> None:
    net = Network(seed=1)
    ramps, cells = net.create(5, RAMP), net.create(2, CELL)
    net.connect(ramps, cells, "exc", Synapse(psp="w * pre.r")).all_to_all(0.5)
    net.connect(ramps, cells, "inh", Synapse(psp="w * pre.r * post.gain")).all_to_all(0.1, delays=2.0)
    monitor = net.monitor(cells, ["g_exc", "g_inh"])
    net.compile()
    net.simulate(6.0)
    rates = 5.0 + np.arange(6)  # at the end of the step before
    np.testing.assert_allclose(monitor.get("g_exc")[:, 0], 2.5 * rates)
    np.testing.assert_allclose(monitor.get("g_inh")[:, 0], np.append(5.0, rates[:-1]))
