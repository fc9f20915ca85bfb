"""Built-in neurons against scipy's solver, against slow numpy models of `tests.reference`, and against statistics.

All networks here have one structure, so that all share one library of kernels; only sizes and values differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.integrate import solve_ivp
from scipy.sparse import csr_matrix

import distann
from tests.reference import neurons as reference

Array = NDArray[Any]
SPIKING = ("izhikevich", "current", "conductance")
KINDS = {"izhikevich": distann.Izhikevich, "current": distann.IF_curr_exp, "conductance": distann.IF_cond_exp}
FAST, SLOW = 1, 3  # steps of delay of excitation and inhibition
NEURONS, TRAINS = 5, 3


@dataclass
class Everything:
    """A network with a population of each built-in neuron, driven by given spikes."""

    net: distann.Network
    populations: dict[str, distann.Population]
    weights: dict[tuple[str, str], Array]


def dyadic(rng: np.random.Generator, post: int, pre: int, largest: float) -> Array:
    """Weights that are multiples of 1/64: their sums have no rounding, whatever the order."""
    return np.round(rng.uniform(0, largest, (post, pre)) * 64) / 64


def everything(dt: float, trains: list[list[float]] | None = None, poisson: int = 1, seed: int = 5) -> Everything:
    """Make and connect all populations; nothing is compiled yet."""
    net = distann.Network(dt=dt, seed=seed)
    source = net.create(distann.SpikeSourceArray(trains or [[1e6]] * TRAINS))
    made = {name: net.create(NEURONS, neuron) for name, neuron in KINDS.items()}
    leaky = net.create(NEURONS, distann.LeakyIntegrator)
    resting = net.create(distann.PoissonPopulation(poisson, refractory=3.0))
    made |= {"leaky": leaky, "source": source, "poisson": net.create(distann.PoissonPopulation(poisson))}
    made["resting"] = resting
    rng = np.random.default_rng(1)
    weights = {}
    largest = {"izhikevich": 20.0, "current": 8.0, "conductance": 0.5, "leaky": 0.5}
    for name, most in largest.items():
        pre = leaky if name == "leaky" else source
        for target, delay in (("exc", FAST), ("inh", SLOW)):
            weights[name, target] = dyadic(rng, NEURONS, pre.size, most)
            projection = net.connect(pre, made[name], target)
            projection.from_sparse(csr_matrix(weights[name, target].T), delays=delay * dt)
    return Everything(net, made, weights)


# ---- against a solver of differential equations ---------------------------------------------------------------------


def at_the_end(dt: float, duration: float, values: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Run all neurons from the given values; return what the first of each then has."""
    made = everything(dt)
    for name, own in values.items():
        made.populations[name].set(own)
    made.net.compile()
    made.net.simulate(duration)
    return {name: {key: float(made.populations[name].get(key)[0]) for key in own} for name, own in values.items()}


STARTS: dict[str, dict[str, float]] = {
    "izhikevich": {"v": -63.0, "u": -12.0, "i_offset": 3.0},
    "current": {"v": -64.0, "g_exc": 1.5, "g_inh": 0.5, "i_offset": 0.2, "tau_syn_E": 3.0, "tau_syn_I": 7.0},
    "conductance": {"v": -64.0, "g_exc": 0.01, "g_inh": 0.02, "i_offset": 0.2, "tau_syn_E": 3.0},
    "leaky": {"v": -2.0, "B": -1.5},  # no rate, hence no input from itself
}
SLOPES: dict[str, Any] = {
    "izhikevich": (("v", "u"), lambda t, y: [0.04 * y[0] ** 2 + 5 * y[0] + 143 - y[1], 0.02 * (0.2 * y[0] - y[1])]),
    "current": (
        ("v", "g_exc", "g_inh"),
        lambda t, y: [(-65 - y[0]) / 20 + y[1] - y[2] + 0.2, -y[1] / 3, -y[2] / 7],
    ),
    "conductance": (
        ("v", "g_exc", "g_inh"),
        lambda t, y: [(-65 - y[0]) / 20 + y[1] * (0 - y[0]) + y[2] * (-70 - y[0]) + 0.2, -y[1] / 3, -y[2] / 5],
    ),
    "leaky": (("v",), lambda t, y: [(-1.5 - y[0]) / 10]),
}
DURATION = 4.0


@pytest.fixture(scope="module")
def runs() -> list[dict[str, dict[str, float]]]:
    """The same 4 ms in steps that are halved twice."""
    return [at_the_end(dt, DURATION, STARTS) for dt in (0.02, 0.01, 0.005)]


@pytest.mark.parametrize("name", SLOPES)
def test_one_neuron_against_solve_ivp(runs: list[dict[str, dict[str, float]]], name: str) -> None:
    variables, slope = SLOPES[name]
    start = [STARTS[name][variable] for variable in variables]
    solved = solve_ivp(slope, (0, DURATION), start, "DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    for variable, expected in zip(variables, solved, strict=True):
        coarse, half, quarter = (run[name][variable] for run in runs)
        # Two steps of Richardson's extrapolation: what remains of a method of order 1 is of order 3.
        limit = (8 * quarter - 6 * half + coarse) / 3
        assert limit == pytest.approx(expected, rel=3e-7, abs=1e-9), variable
        assert quarter == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(("name", "variable"), [("current", "g_exc"), ("conductance", "g_inh"), ("leaky", "v")])
def test_the_exponential_method_is_exact(runs: list[dict[str, dict[str, float]]], name: str, variable: str) -> None:
    exact = {
        "current": 1.5 * np.exp(-DURATION / 3), "conductance": 0.02 * np.exp(-DURATION / 5),
        "leaky": -1.5 - 0.5 * np.exp(-DURATION / 10),
    }[name]  # fmt: skip
    for run in runs:
        assert run[name][variable] == pytest.approx(exact, rel=1e-12)


# ---- against slow models --------------------------------------------------------------------------------------------

STEPS, DT = 200, 0.5


@pytest.fixture(scope="module")
def driven() -> tuple[Everything, dict[str, Any], list[list[float]]]:
    """Everything, with spikes of three trains and constant currents, for 200 steps."""
    rng = np.random.default_rng(8)
    trains = [sorted(rng.choice(STEPS, 25, replace=False) * DT) for _ in range(TRAINS)]
    made = everything(DT, trains)
    for name in SPIKING:
        made.populations[name].tau_refrac = REST
    made.populations["izhikevich"].i_offset = CURRENT * 4
    made.populations["current"].i_offset = CURRENT * 0.4
    made.populations["conductance"].i_offset = CURRENT * 0.4
    made.populations["leaky"].B = CURRENT
    recorded = {name: made.net.monitor(made.populations[name], ["v", "spike", "g_exc", "g_inh"]) for name in SPIKING}
    recorded["izhikevich_u"] = made.net.monitor(made.populations["izhikevich"], "u")
    recorded["leaky"] = made.net.monitor(made.populations["leaky"], ["v", "r", "sum(exc)"])
    recorded["source"] = made.net.monitor(made.populations["source"], "spike")
    made.net.compile()
    made.net.simulate(STEPS * DT)
    return made, {name: monitor.get() for name, monitor in recorded.items()}, trains


REST = np.array([0.0, 0.4, 0.5, 2.0, 5.25])
CURRENT = np.array([0.0, 1.0, 2.0, 3.0, 4.0])


def slow_model(name: str) -> reference.Spiking:
    size, dt = NEURONS, DT
    shared: dict[str, Any] = {
        "v_rest": -65.0,
        "cm": 1.0,
        "tau_m": 20.0,
        "tau_syn_E": 5.0,
        "tau_syn_I": 5.0,
        "v_thresh": -50.0,
    }
    shared |= {"v_reset": -65.0, "v": np.full(size, -65.0)}
    if name == "izhikevich":
        own: dict[str, Any] = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0, "v_thresh": 30.0, "i_offset": CURRENT * 4}
        return reference.Izhikevich(size, dt, REST, **own, v=np.full(size, -65.0), u=np.full(size, -13.0))
    if name == "current":
        return reference.CurrentBased(size, dt, REST, **shared, i_offset=CURRENT * 0.4)
    return reference.ConductanceBased(size, dt, REST, **shared, e_rev_E=0.0, e_rev_I=-70.0, i_offset=CURRENT * 0.4)


@pytest.mark.parametrize("name", SPIKING)
def test_spiking_neurons_agree_with_slow_models(
    driven: tuple[Everything, dict[str, Any], list[list[float]]], name: str
) -> None:
    made, recorded, trains = driven
    slow = slow_model(name)
    inputs = [reference.Input(made.weights[name, target], delay) for target, delay in (("exc", FAST), ("inh", SLOW))]
    spikes = np.array([[step * DT in train for train in trains] for step in range(STEPS)])
    found = []
    for step in range(STEPS):
        arriving = [each.arrive() for each in inputs]
        np.testing.assert_allclose(recorded[name]["g_exc"][step], slow.g_exc + arriving[0], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(recorded[name]["g_inh"][step], slow.g_inh + arriving[1], rtol=1e-12, atol=1e-12)
        found += [(step, neuron) for neuron in np.flatnonzero(slow.step(*arriving))]
        np.testing.assert_allclose(recorded[name]["v"][step], slow.v, rtol=1e-12, err_msg=f"step {step}")
        if name == "izhikevich":
            np.testing.assert_allclose(recorded["izhikevich_u"][step], slow.u, rtol=1e-12)
        for each in inputs:
            each.pass_through(spikes[step])
    there = recorded[name]["spike"]
    assert list(zip(there.times.tolist(), there.ids.tolist(), strict=True)) == found
    assert len(found) > 10


def test_rate_coded_neurons_agree_with_a_slow_model(
    driven: tuple[Everything, dict[str, Any], list[list[float]]],
) -> None:
    made, recorded, _ = driven
    slow = reference.LeakyIntegrator(NEURONS, DT, 10.0, CURRENT, 0.0)
    inputs = [reference.Input(made.weights["leaky", target], delay) for target, delay in (("exc", FAST), ("inh", SLOW))]
    for step in range(STEPS):
        arriving = [each.arrive() for each in inputs]
        np.testing.assert_allclose(recorded["leaky"]["sum(exc)"][step], arriving[0], rtol=1e-12, atol=1e-12)
        rates = slow.step(*arriving)
        np.testing.assert_allclose(recorded["leaky"]["v"][step], slow.v, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(recorded["leaky"]["r"][step], rates, rtol=1e-12, atol=1e-12)
        for each in inputs:
            each.pass_through(rates)
    assert recorded["leaky"]["r"].max() > 1.0


def test_given_spikes_come_at_their_steps(
    driven: tuple[Everything, dict[str, Any], list[list[float]]],
) -> None:
    _, recorded, trains = driven
    for neuron, train in enumerate(trains):
        assert recorded["source"][neuron].tolist() == [round(time / DT) for time in train]


def test_given_spikes_are_rounded_sorted_and_single() -> None:
    made = everything(0.1, [[0.3, 0.0, 0.3, 0.26], [1.44, 1.46], []])
    spikes = made.net.monitor(made.populations["source"], "spike")
    made.net.compile()
    made.net.simulate(2.0)
    assert {neuron: steps.tolist() for neuron, steps in spikes.get().items()} == {0: [0, 3], 1: [14, 15], 2: []}


# ---- Poisson populations --------------------------------------------------------------------------------------------

TRIALS, SIZE = 2000, 1000


@pytest.fixture(scope="module")
def poisson() -> dict[str, Any]:
    """Spikes of 2000 steps of 1 ms: 500 neurons at 30 Hz and 500 at 90 Hz; 1000 at 30 Hz that rest for 3 steps."""
    made = everything(1.0, poisson=SIZE, seed=12)
    made.populations["resting"].rates = 30.0
    made.populations["poisson"].rates = np.where(np.arange(SIZE) < SIZE // 2, 30.0, 90.0)
    monitors = {name: made.net.monitor(made.populations[name], "spike") for name in ("poisson", "resting")}
    made.net.compile()
    made.net.simulate(float(TRIALS))
    return {name: monitor.get() for name, monitor in monitors.items()}


def trains_of(spikes: Any, neurons: range) -> list[Array]:
    return [spikes[neuron] for neuron in neurons]


@pytest.mark.parametrize(("neurons", "rate"), [(range(500), 0.03), (range(500, 1000), 0.09)])
def test_counts_are_binomial(poisson: dict[str, Any], neurons: range, rate: float) -> None:
    counts = np.array([len(train) for train in trains_of(poisson["poisson"], neurons)])
    trials = TRIALS * len(neurons)
    assert abs(counts.sum() - trials * rate) < 4 * np.sqrt(trials * rate * (1 - rate))
    edges = np.unique(stats.binom.ppf(np.linspace(0.1, 0.9, 9), TRIALS, rate))
    observed = np.histogram(counts, [-1, *(edges + 0.5), TRIALS])[0]
    expected = np.diff([0, *stats.binom.cdf(edges, TRIALS, rate), 1]) * len(counts)
    assert stats.chisquare(observed, expected).pvalue > 1e-3


@pytest.mark.parametrize(("neurons", "rate"), [(range(500), 0.03), (range(500, 1000), 0.09)])
def test_intervals_are_geometric(poisson: dict[str, Any], neurons: range, rate: float) -> None:
    # Of intervals that begin before step 1500 hardly any is cut off by the end of the recording.
    intervals = np.concatenate([np.diff(train)[train[:-1] < 1500] for train in trains_of(poisson["poisson"], neurons)])
    spread = intervals.std() / intervals.mean()
    assert spread == pytest.approx(np.sqrt(1 - rate), abs=0.03)
    firsts = np.array([train[0] for train in trains_of(poisson["poisson"], neurons)])
    edges = np.unique(stats.geom.ppf(np.linspace(0.1, 0.9, 9), rate)) - 1
    expected = np.diff([0, *stats.geom.cdf(edges + 1, rate), 1]) * len(firsts)
    observed = np.histogram(firsts, [-1, *(edges + 0.5), TRIALS])[0]
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_steps_are_independent_and_alike(poisson: dict[str, Any]) -> None:
    spikes = poisson["poisson"]
    per_step = np.bincount(spikes.times[spikes.ids < 500], minlength=TRIALS)
    expected = stats.binom(500, 0.03)
    assert (
        stats.kstest(per_step + np.random.default_rng(0).uniform(-0.5, 0.5, TRIALS), lambda x: smooth(x, expected))[1]
        > 1e-3
    )
    centred = per_step - per_step.mean()
    assert abs((centred[1:] * centred[:-1]).mean()) < 4 * centred.var() / np.sqrt(TRIALS)


def smooth(x: Array, counts: Any) -> Array:
    """Distribution function of a count with a uniform number in (-1/2, 1/2) added."""
    whole = np.floor(x + 0.5)
    return np.asarray(counts.cdf(whole - 1) + counts.pmf(whole) * (x + 0.5 - whole))


def test_a_resting_neuron_is_silent_for_its_period(poisson: dict[str, Any]) -> None:
    intervals = np.concatenate([np.diff(train) for train in trains_of(poisson["resting"], range(SIZE))])
    assert intervals.min() == 4  # three steps without a spike
    # Mean interval: three steps of rest and a geometric time.
    assert intervals[:20000].mean() == pytest.approx(3 + 1 / 0.03, rel=0.03)
