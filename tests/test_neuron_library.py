"""Built-in neurons against scipy's solver of differential equations, closed forms and statistics; in one library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.special import exprel

import distann
from distann import Network

Array = NDArray[Any]
KINDS = (
    distann.HH_cond_exp, distann.EIF_cond_exp_isfa_ista, distann.GIF_curr, distann.IF_curr_alpha, distann.IF_cond_alpha,
)  # fmt: skip
CURRENTS = {"HH_cond_exp": 0.8, "EIF_cond_exp_isfa_ista": 0.9}  # nA
DURATION = 100.0


def run(dt: float, duration: float, size: int = 1, **given: dict[str, Any]) -> dict[str, Any]:
    """Return what the monitors of all kinds have recorded."""
    net = Network(dt=dt, seed=9)
    populations = {kind.__name__: net.create(size, kind, name=kind.__name__) for kind in KINDS}
    monitors = {}
    for name, population in populations.items():
        population.set(given.get(name, {}))
        shown = "u" if name == "GIF_curr" else "v"
        alpha = ["alpha_exc"] if "alpha" in name else []
        monitors[name] = net.monitor(population, ["spike", shown, *alpha])
    net.compile()
    net.simulate(duration)
    return {name: monitor.get() for name, monitor in monitors.items()}


# ---- membranes against a solver -------------------------------------------------------------------------------------


def hodgkin_huxley(t: float, y: Array) -> list[float]:
    """Traub and Miles' currents, from Brette et al. (2007), appendix B, benchmark 3."""
    v, n, m, h = y
    u = v + 63.0
    rates = {
        "n": (0.032 * 5 / exprel((15 - u) / 5), 0.5 * np.exp((10 - u) / 40)),
        "m": (0.32 * 4 / exprel((13 - u) / 4), 0.28 * 5 / exprel((u - 40) / 5)),
        "h": (0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))),
    }
    gates = [opening * (1 - x) - closing * x for x, (opening, closing) in zip((n, m, h), rates.values(), strict=True)]
    current = 0.01 * (-65 - v) + 6 * n**4 * (-90 - v) + 20 * m**3 * h * (50 - v)
    return [(current + CURRENTS["HH_cond_exp"]) / 0.2, *gates]


def crossings(dt: float) -> dict[str, Array]:
    """Return the times of the spikes of a constant current."""
    given = {name: {"i_offset": current, "tau_refrac": 0.0} for name, current in CURRENTS.items()}
    given["HH_cond_exp"].pop("tau_refrac")
    recorded = run(dt, DURATION, **given)
    return {name: recorded[name]["spike"][0] * dt for name in CURRENTS}


def event(threshold: float, terminal: bool) -> Any:
    """A potential that passes the threshold from below."""

    def above(t: float, y: Array) -> float:
        return float(y[0] - threshold)

    found: Any = above
    found.terminal, found.direction = terminal, 1
    return found


def solved_hodgkin_huxley() -> Array:
    start = [-65.0, 0.0, 0.0, 1.0]
    crossing = event(0.0, terminal=False)
    found = solve_ivp(hodgkin_huxley, (0, DURATION), start, "LSODA", events=crossing, rtol=1e-10, atol=1e-12)
    return np.asarray(found.t_events[0])


def solved_exponential() -> Array:
    """Brette and Gerstner's neuron, from spike to spike."""

    def slope(t: float, y: Array) -> list[float]:
        v, w = y
        current = CURRENTS["EIF_cond_exp_isfa_ista"] - w
        dv = (-70.6 - v + 2.0 * np.exp((v + 50.4) / 2.0)) / 9.3667 + current / 0.281
        return [dv, (4.0 * (v + 70.6) / 1000.0 - w) / 144.0]

    peak = event(-40.0, terminal=True)
    times, t, y = [], 0.0, [-70.6, 0.0]
    while True:
        found = solve_ivp(slope, (t, DURATION), y, events=peak, rtol=1e-10, atol=1e-12)
        if not found.t_events[0].size:
            return np.array(times)
        t = found.t_events[0][0]
        y = [-70.6, found.y_events[0][0][1] + 0.0805]
        times.append(t)


@pytest.mark.parametrize("name", CURRENTS)
def test_spike_times_converge_to_those_of_a_solver(name: str) -> None:
    exact = {"HH_cond_exp": solved_hodgkin_huxley, "EIF_cond_exp_isfa_ista": solved_exponential}[name]()
    coarse, fine = (crossings(dt)[name] for dt in (0.01, 0.005))
    assert len(exact) >= 4 and len(coarse) == len(fine) == len(exact)
    errors = [np.abs(times - exact).max() for times in (coarse, fine)]
    assert errors[1] < 0.6 and errors[1] < 0.6 * errors[0]
    # Of methods of first order the extrapolated times agree within the resolution of the steps.
    assert np.abs(2 * fine - coarse - exact).max() < 0.025


# ---- alpha functions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["IF_curr_alpha", "IF_cond_alpha"])
def test_the_response_to_a_spike_is_an_alpha_function(name: str) -> None:
    dt, weight = 0.01, 0.003
    found = run(dt, 30.0, **{name: {"g_exc": weight}})[name]["alpha_exc"][:, 0]
    t = dt * np.arange(1, len(found) + 1)
    np.testing.assert_allclose(found, weight * t / 5.0 * np.exp(1 - t / 5.0), atol=2e-3 * weight)
    assert found.max() == pytest.approx(weight, rel=2e-3) and dt * (found.argmax() + 1) == pytest.approx(5.0, abs=0.02)


# ---- escape noise ---------------------------------------------------------------------------------------------------


def test_a_neuron_with_escape_noise_fires_at_the_rate_of_its_formula() -> None:
    # Without adaptation, the drive in balance: u = u_r + R I_ext at all times, hence a Poisson process.
    given = {"J_v": 0.0, "I_ext": 375.0, "u_r": -65.0, "u": -65.0 + 10.0 / 250.0 * 375.0, "tau_m": 10.0}
    size, duration, dt = 2000, 50.0, 0.1
    spikes = run(dt, duration, size, GIF_curr=given | {"tau_m": 1e-3, "C_m": 0.025})["GIF_curr"]["spike"]
    rate = len(spikes.ids) / (size * duration) * 1000.0
    assert rate == pytest.approx(10.0, abs=4 * np.sqrt(10.0 / (size * duration / 1000.0)))
