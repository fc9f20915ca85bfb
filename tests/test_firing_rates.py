"""Mean firing rates of spiking neurons: the spikes of a sliding window, through resets, switches and checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distann
from distann import Network, Neuron
from distann.errors import ConfigurationError

CELL = Neuron(parameters="p = 0.2", equations="x = r", spike="Uniform(0.0, 1.0) < p", name="Firing")
LISTENER = Neuron(equations="r = sum(exc)")
SIZE, STEPS, DT = 50, 60, 0.5


def network(window: float | None = 5.0) -> tuple[Network, dict[str, Any], distann.Population]:
    net = Network(dt=DT, seed=8)
    cells, listener = net.create(SIZE, CELL, name="cells"), net.create(SIZE, LISTENER)
    cells.p = np.linspace(0.0, 0.9, SIZE)
    if window is not None:
        cells.compute_firing_rate(window)
    net.connect(cells, listener, "exc", distann.Synapse(psp="w * pre.r")).one_to_one(1.0)
    monitors = {"cells": net.monitor(cells, ["spike", "r", "x"]), "listener": net.monitor(listener, "r")}
    net.compile()
    return net, monitors, cells


def sliding(spikes: Any, steps: int) -> Any:
    """Return the rates of each step in Hz, of windows of ten steps."""
    fired = np.zeros((steps, SIZE))
    fired[spikes.times, spikes.ids] = 1.0
    total = np.cumsum(np.vstack([np.zeros((10, SIZE)), fired]), axis=0)
    return (total[10:] - total[:steps]) * 200.0


def test_rates_are_the_spikes_of_a_window() -> None:
    net, monitors, cells = network()
    net.simulate(STEPS * DT)
    records = monitors["cells"].get()
    expected = sliding(records["spike"], STEPS)
    np.testing.assert_allclose(records["r"], expected, rtol=1e-12)
    np.testing.assert_array_equal(records["x"][1:], records["r"][:-1])  # equations see what was before this step
    np.testing.assert_array_equal(monitors["listener"].get()[1:], records["r"][:-1])
    assert cells.r.max() > 1500.0 and cells.r[0] == 0.0
    net.reset()
    assert not cells.r.any()
    net.simulate(STEPS * DT)
    np.testing.assert_array_equal(monitors["cells"].get("r"), records["r"])


def test_a_population_that_was_switched_off_begins_anew() -> None:
    net, _, cells = network()
    net.simulate(10.0)
    before = cells.r.copy()
    cells.disable()
    net.simulate(10.0)
    assert before.any()
    cells.enable()
    net.simulate(DT)
    assert set(cells.r.tolist()) <= {0.0, 200.0}


def test_a_checkpoint_goes_on_with_the_same_rates(tmp_path: Path) -> None:
    net, monitors, _ = network()
    net.simulate(10.0)
    net.checkpoint(tmp_path / "state.h5")
    monitors["cells"].get()
    net.simulate(10.0)
    expected = monitors["cells"].get("r")
    again, others, _ = network()
    again.restore(tmp_path / "state.h5")
    others["cells"].get()
    again.simulate(10.0)
    np.testing.assert_array_equal(others["cells"].get("r"), expected)


def test_without_a_window_rates_are_zero() -> None:
    net, monitors, cells = network(None)
    net.simulate(10.0)
    assert not monitors["cells"].get("r").any() and "r" not in cells.variables


@pytest.mark.parametrize("window", [0.0, -1.0, "long", float("nan")])
def test_windows_that_are_none(window: Any) -> None:
    with pytest.raises(ConfigurationError, match="a window is"):
        Network().create(1, CELL).compute_firing_rate(window)


def test_when_rates_cannot_be_measured() -> None:
    _, _, cells = network()
    with pytest.raises(ConfigurationError, match="before compile"):
        cells.compute_firing_rate(5.0)
    with pytest.raises(ConfigurationError, match="is rate-coded: it has no spikes to count"):
        Network().create(1, LISTENER).compute_firing_rate(5.0)
