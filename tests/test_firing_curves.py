"""The f-I curves of the example: against closed forms, and against the same equations solved by scipy."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

EXAMPLE = Path(__file__).parents[1] / "examples" / "firing_curves.py"
Slopes = Callable[[float, Any, float], list[float]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("figure"))
        patch.setenv("MPLBACKEND", "Agg")
        return runpy.run_path(str(EXAMPLE), run_name="__main__")


def curve(found: dict[str, Any], name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    return found["currents"][name], found["rates"][name]


def test_leaky_integrator_to_the_step(found: dict[str, Any]) -> None:
    current, rate = curve(found, "integrate and fire")
    fires = 20 * current > 15
    assert (rate[~fires] == 0).all()
    crossing = 20 * np.log(20 * current[fires] / (20 * current[fires] - 15))  # ms from the reset to the threshold
    steps = np.floor(crossing / 0.02) + 1 + 2.0 / 0.02
    np.testing.assert_allclose(rate[fires], 1000 / (0.02 * steps), rtol=1e-9)


def test_quadratic_integrator(found: dict[str, Any]) -> None:
    # v' = 0.04 v^2 + 5 v + 140 + I from -65 to 30: an integral of 1 / (a v^2 + b v + c).
    current, rate = curve(found, "quadratic")
    fires = 4 * 0.04 * (140 + current) > 25
    assert (rate[~fires] == 0).all()
    root = np.sqrt(4 * 0.04 * (140 + current[fires]) - 25)
    end, start = (2 / root * np.arctan((0.08 * v + 5) / root) for v in (30.0, -65.0))
    np.testing.assert_allclose(1000 / rate[fires], end - start, atol=0.08)  # four steps


def solved(slopes: Slopes, start: list[float], current: float, event: float, reset: Callable[[Any], Any]) -> float:
    """Return the rate in the end of 1 s, Hz, or what it has settled to before."""
    def reached(t: float, values: Any) -> float:
        return float(values[0] - event)

    reached.terminal, reached.direction = True, 1.0  # type: ignore[attr-defined]
    time, values, times = 0.0, np.array(start), []
    while time < 1000.0:
        part = solve_ivp(
            lambda t, v: slopes(t, v, current), (time, 1000.0), values, "LSODA", events=reached, rtol=1e-7, atol=1e-9
        )
        if part.status != 1:
            break
        time, values = float(part.t[-1]), reset(part.y[:, -1])
        times.append(time)
        if len(times) > 2 and abs(times[-1] - 2 * times[-2] + times[-3]) < 1e-4 * (times[-1] - times[-2]):
            return 1000 / (times[-1] - times[-2])
    late = len(times) > 1 and 1000.0 - times[-1] <= 2 * (times[-1] - times[-2])
    return 1000 / (times[-1] - times[-2]) if late else 0.0


def adaptive(t: float, values: Any, current: float) -> list[float]:
    v, w = values
    spike = 2.0 * np.exp((v + 50.4) / 2.0)
    return [(-70.6 - v + spike + 9.3667 / 0.281 * (current - w)) / 9.3667, (0.004 * (v + 70.6) - w) / 144.0]


def izhikevich(a: float) -> Slopes:
    return lambda t, x, current: [0.04 * x[0] ** 2 + 5 * x[0] + 140 - x[1] + current, a * (0.2 * x[0] - x[1])]


def hodgkin_huxley(t: float, values: Any, current: float) -> list[float]:
    """The model of Traub and Miles (1991) with V counted from -63 mV."""
    v, n, m, h = values
    u = v + 63.0
    channels = 6 * n**4 * (-90 - v) + 20 * m**3 * h * (50 - v) + 0.01 * (-65 - v)
    return [
        (channels + current) / 0.2,
        0.032 * (15 - u) / np.expm1((15 - u) / 5) * (1 - n) - 0.5 * np.exp((10 - u) / 40) * n,
        0.32 * (13 - u) / np.expm1((13 - u) / 4) * (1 - m) - 0.28 * (u - 40) / np.expm1((u - 40) / 5) * m,
        0.128 * np.exp((17 - u) / 18) * (1 - h) - 4 / (1 + np.exp((40 - u) / 5)) * h,
    ]


CASES: dict[str, tuple[Slopes, list[float], float, Callable[[Any], Any], float]] = {
    "adaptive exponential": (adaptive, [-70.6, 0.0], -40.0, lambda x: [-70.6, x[1] + 0.0805], 0.1),
    "regular spiking": (izhikevich(0.02), [-65.0, -13.0], 30.0, lambda x: [-65.0, x[1] + 8], 0.0),
    "fast spiking": (izhikevich(0.1), [-65.0, -13.0], 30.0, lambda x: [-65.0, x[1] + 2], 0.0),
    "Hodgkin and Huxley": (hodgkin_huxley, [-65.0, 0.0, 0.0, 1.0], 0.0, lambda x: x + 1e-6, 0.0),
}


@pytest.mark.parametrize("name", CASES)
def test_curves_by_scipy(found: dict[str, Any], name: str) -> None:
    slopes, start, threshold, reset, refractory = CASES[name]
    current, rate = curve(found, name)
    assert (np.diff(rate) >= 0).all() and rate[-1] > 25.0
    for n in (0, 4, 11, 23):
        expected = solved(slopes, start, float(current[n]), threshold, reset)
        expected = expected and 1000 / (1000 / expected + refractory)
        # The error of steps of 0.02 ms, of first order: at 0.5 nA Hodgkin and Huxley's rate is 2 % too low, at 0.005 ms
        # 0.5 %.
        assert rate[n] == pytest.approx(expected, rel=0.035 if name == "Hodgkin and Huxley" else 0.015), current[n]
