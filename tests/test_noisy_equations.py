"""White noise by every method, as kernels draw it: the stationary variance of an Ornstein-Uhlenbeck process."""

from __future__ import annotations

import numpy as np
import pytest

import distann

SIZE, TAU, SIGMA, MEAN = 40_000, 10.0, 0.5, 3.0
METHODS = ("explicit", "milstein", "midpoint", "rk4", "semiimplicit", "implicit", "exponential", "exact")
# All in one neuron. The exact one is driven by a variable without noise; the last is not linear.
NEURON = distann.Neuron(
    parameters=f"tau = {TAU} : population\nsigma = {SIGMA}",
    equations=[
        *(f"tau * d{name}/dt = {MEAN} - {name} + tau * sigma * xi : {name}" for name in METHODS if name != "exact"),
        f"tau * dexact_/dt = {MEAN} * drive - exact_ + tau * sigma * xi : exact",
        "dnot_linear/dt = 0.1 - 0.1 * sinh(not_linear) + 0.2 * xi : implicit",
        "tau * ddrive/dt = 1.0 - drive : exact",
        "r = exact_",
    ],
    name="noisy",
)


def after(dt: float) -> dict[str, np.ndarray]:
    """Return the variables after more than 20 time constants."""
    net = distann.Network(dt=dt, seed=11)
    population = net.create(SIZE, NEURON)
    net.compile()
    net.simulate(250.0)
    return {name: population.get(name) for name in population.variables}


def variance(method: str, dt: float) -> float:
    """Of the fixed point of ``x1 = R x0 + spread * sqrt(dt) N`` for deviations from the mean."""
    z = -dt / TAU
    rk4 = 1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24
    factor, spread = {
        "explicit": (1 + z, 1.0), "milstein": (1 + z, 1.0), "midpoint": (1 + z + z**2 / 2, 1 + z / 2),
        "rk4": (rk4, (rk4 - 1) / z), "semiimplicit": (1 / (1 - z), 1 / (1 - z)), "implicit": (1 / (1 - z), 1 / (1 - z)),
        "exponential": (np.exp(z), np.sqrt(np.expm1(2 * z) / (2 * z))), "exact": (0.0, np.sqrt(TAU / 2 / dt)),
    }[method]  # fmt: skip
    return float((SIGMA * spread) ** 2 * dt / (1 - factor**2))


@pytest.mark.filterwarnings("ignore:population")  # of the steps that this test makes on purpose
@pytest.mark.parametrize("dt", [0.5, 5.0, 15.0, 50.0])
def test_stationary_variance(dt: float) -> None:
    found = after(dt)
    for method in METHODS:
        values = found["exact_" if method == "exact" else method]
        if dt > 20.0 and method in ("explicit", "milstein", "midpoint", "rk4"):
            assert np.abs(values).max() > 100.0  # beyond the limit of the method
            continue
        expected = variance(method, dt)
        assert values.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / SIZE)), method
        assert values.mean() == pytest.approx(MEAN, abs=5 * np.sqrt(expected / SIZE)), method
    # Exponential and exact know the variance of the process itself, whatever the step.
    assert variance("exponential", dt) == pytest.approx(SIGMA**2 * TAU / 2, rel=1e-12)


def test_equations_that_are_not_linear_keep_their_distribution() -> None:
    # The stationary density is exp(-2 U / s^2), U being the potential of the drift.
    values = after(0.5)["not_linear"]
    x = np.linspace(-6.0, 6.0, 4001)
    density = np.exp(-2 * (0.1 * np.cosh(x) - 0.1 * x) / 0.2**2)
    density /= density.sum()
    mean = density @ x
    assert values.mean() == pytest.approx(mean, abs=0.02)
    assert values.var() == pytest.approx(density @ (x - mean) ** 2, rel=0.06)  # 0.05 of it is the step's
