"""Kernels against the slow interpreter of `tests.reference`, step by step: built-in neurons, and random models.

The random models are those of hypothesis, 40 in one network. On three ranks all compute the same bytes as on one.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

import distann
from distann import Network, Neuron, Population
from tests.ranks import run_ranks
from tests.reference.interpreter import Interpreter
from tests.reference.random_models import random_neurons

Array = NDArray[Any]
STEPS, SEED, PRE, SIZE = 200, 17, 4, 37
BUILT_IN = distann.list_standard_neurons()
GIVEN: dict[str, dict[str, Any]] = {
    "Izhikevich": {"i_offset": np.linspace(0.0, 12.0, SIZE), "noise": 1.5},
    "GIF_curr": {"I_ext": np.linspace(300.0, 500.0, SIZE)},
    "GIF_curr_exp": {"I_ext": np.linspace(300.0, 500.0, SIZE)},
    "HH_cond_exp": {"i_offset": np.linspace(0.0, 1.5, SIZE)},
    "LeakyIntegrator": {"B": np.linspace(-0.5, 0.5, SIZE)},
}
CURRENTS = np.linspace(0.0, 1.2, SIZE)
LARGEST = {
    "IF_cond": 0.05, "EIF": 0.02, "HH": 0.05, "GIF": 40.0, "Izh": 10.0, "IF_curr": 2.0, "model": 0.3, "Leaky": 0.3,
}  # fmt: skip


class Run:
    """A network with a population of each neuron, all recorded, and the same in the interpreter."""

    def __init__(self, neurons: list[Neuron], dt: float) -> None:
        self.dt, self.net = dt, Network(dt=dt, seed=SEED)
        rng = np.random.default_rng(4)
        self.trains = [sorted(rng.choice(STEPS, 30, replace=False) * dt) for _ in range(PRE)]
        self.rates = rng.uniform(0.0, 1.0, PRE)
        self.populations = [self.net.create(SIZE, neuron) for neuron in neurons]
        source = self.net.create(distann.SpikeSourceArray(self.trains))
        constant = self.net.create(PRE, Neuron(parameters="level = 0.0", equations="r = level"))
        constant.level, constant.r = self.rates, self.rates
        self.slow, self.monitors, self.weights = [], [], []
        for number, population in enumerate(self.populations):
            given = self._given(population.neuron_type)
            population.set(given)
            self.slow.append(Interpreter(population.neuron_type, SIZE, dt, given, SEED, number))
            self.weights.append(self._connect(population, source, constant))
            spikes = ["spike"] if population.neuron_type.spiking else []
            self.monitors.append(self.net.monitor(population, [*population.variables, *spikes]))
        self.net.compile()

    def _given(self, neuron: Neuron) -> dict[str, Any]:
        if neuron.name.startswith("model"):
            return {"a": np.linspace(-0.8, 0.9, SIZE), "t_own": np.linspace(3.0, 9.0, SIZE), "k": 0.6}
        if neuron.name in GIVEN:
            return GIVEN[neuron.name]
        return {"i_offset": CURRENTS, "tau_refrac": np.linspace(0.0, 3.0, SIZE)}

    def _connect(self, population: Population, source: Population, constant: Population) -> dict[str, Array]:
        name = population.neuron_type.name
        largest = next(most for prefix, most in LARGEST.items() if name.startswith(prefix))
        weights = {}
        for target in population.targets:
            rng = np.random.default_rng(len(self.weights))
            weights[target] = np.round(rng.uniform(0.0, largest, (SIZE, PRE)) * 1024) / 1024
            pre = source if population.neuron_type.spike else constant
            self.net.connect(pre, population, target).from_sparse(csr_matrix(weights[target].T))
        return weights

    def arriving(self, number: int, step: int) -> dict[str, Array]:
        spiking = self.populations[number].neuron_type.spike is not None
        before = np.array([(step - 1) * self.dt in train for train in self.trains], float)
        heard = before if spiking else self.rates
        return {("g_" if spiking else "in_") + target: w @ heard for target, w in self.weights[number].items()}

    @functools.cached_property
    def recorded(self) -> list[dict[str, Any]]:
        """What each population has recorded in all steps."""
        self.net.simulate(STEPS * self.dt)
        return [monitor.get(force_dict=True) for monitor in self.monitors]

    def digest(self) -> str:
        """Return a digest of all that was recorded."""
        found = hashlib.sha256()
        for name, values in ((name, values) for records in self.recorded for name, values in records.items()):
            parts = (values.ids, values.times) if name == "spike" else (values,)
            for part in parts:
                found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()

    def check(self) -> int:
        """Compare every variable and spike of every step; return how many populations have spiked at some time."""
        spiked = 0
        for number, all_records in enumerate(self.recorded):
            records, slow = dict(all_records), self.slow[number]
            spikes = records.pop("spike", None)
            found: list[tuple[int, int]] = []
            # Monitors of inputs have seen what arrived, before it decays.
            expected: dict[str, list[Any]] = {name: [] for name in records if not name.startswith("g_")}
            for step in range(STEPS):
                out = slow.step(self.arriving(number, step))
                found += [(step, int(neuron)) for neuron in np.flatnonzero(out)]
                for name, values in expected.items():
                    values.append(slow.state[name])
            text = self.populations[number].neuron_type.equations
            for name, values in expected.items():
                largest = np.abs(values).max()  # where v passes through 0 its own size says nothing
                np.testing.assert_allclose(
                    records[name], values, rtol=1e-12, atol=1e-12 * largest, err_msg=f"{text}\n{name}"
                )
            if spikes is not None:
                assert list(zip(spikes.times.tolist(), spikes.ids.tolist(), strict=True)) == found
                spiked += len(found) > 0
        return spiked


@functools.cache
def built_in_run(dt: float) -> Run:
    return Run(BUILT_IN, dt)


@pytest.mark.parametrize("dt", [0.1, 0.25])
def test_built_in_neurons(dt: float) -> None:
    assert built_in_run(dt).check() == 10


TOGETHER = 40  # models of a network


@functools.cache
def random_run(group: int) -> Run:
    return Run(random_neurons(200)[TOGETHER * group : TOGETHER * (group + 1)], 0.5)


@pytest.mark.parametrize("group", range(5))
def test_random_models(group: int) -> None:
    assert random_run(group).check() > 0


ON_RANKS = """
import json, pathlib, sys
from distann import Neuron
from distann.runtime.startup import start
from tests.test_against_interpreter import BUILT_IN, Run

groups = json.loads(pathlib.Path(sys.argv[1]).read_text())
digests = [Run(BUILT_IN, 0.1).digest()]
digests += [Run([Neuron(**texts) for texts in group], 0.5).digest() for group in groups]
if start().rank == 0:
    print(*digests)
"""


def test_all_of_them_on_three_ranks(tmp_path: Path) -> None:
    parts = ("parameters", "equations", "spike", "reset", "refractory", "functions", "name")
    models = [{part: getattr(neuron, part) for part in parts} for neuron in random_neurons(200)]
    groups = [models[first : first + TOGETHER] for first in range(0, 200, TOGETHER)]
    (tmp_path / "models.json").write_text(json.dumps(groups))
    done = run_ranks(ON_RANKS, 3, args=[str(tmp_path / "models.json")], timeout=280)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [built_in_run(0.1).digest(), *(random_run(group).digest() for group in range(5))]
