"""Correlated trains: rates, pairwise correlation, time constant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from distann import ConfigurationError, HomogeneousCorrelatedSpikeTrains, Network

SIZE, DT = 250, 1.0


def counts(steps: int, **arguments: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return how many neurons spike in each step, and how often each neuron does."""
    net = Network(dt=DT, seed=11)
    pop = net.create(HomogeneousCorrelatedSpikeTrains(SIZE, **arguments))
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(steps * DT)
    spikes = monitor.get()
    return np.bincount(spikes.times, minlength=steps), np.bincount(spikes.ids, minlength=SIZE)


def moments(mu: float, sigma: float) -> tuple[float, float]:
    """Mean and variance of max(x, 0), by quadrature."""
    density = stats.norm(mu, sigma).pdf
    low, high = max(0.0, mu - 12 * sigma), max(0.0, mu + 12 * sigma)
    first, second = (integrate.quad(lambda x, n=n: x**n * density(x), low, high, limit=200)[0] for n in (1, 2))
    return first, second - first**2


def covariance(mu: float, sigma: float, rho: float) -> float:
    """Covariance of max(x, 0) and max(y, 0), x and y being normal with the correlation rho."""

    def given(z: float) -> float:
        m, s = mu + sigma * rho * z, sigma * np.sqrt(1 - rho**2)
        mean = m * stats.norm.cdf(m / s) + s * stats.norm.pdf(m / s)
        return max(mu + sigma * z, 0.0) * mean * stats.norm.pdf(z)

    return integrate.quad(given, -9, 9, limit=300, points=[-mu / sigma])[0] - moments(mu, sigma)[0] ** 2


@pytest.mark.parametrize(
    ("rate", "corr", "tau"), [(20.0, 0.3, 20.0), (10.0, 1.0, 5.0), (50.0, 0.01, 50.0), (1.0, 2.0, 2.0)]
)
def test_the_normal_variable_has_the_moments_asked_for(rate: float, corr: float, tau: float) -> None:
    pop = HomogeneousCorrelatedSpikeTrains(1, rate, corr, tau)
    mean, variance = moments(pop.mu, pop.sigma)
    assert mean == pytest.approx(rate, rel=1e-6)
    assert variance == pytest.approx(corr * rate / (2 * tau / 1000.0), rel=1e-5)
    assert pop.rates == pytest.approx([rate]) and pop.corr == pytest.approx([corr])


def test_the_extremes() -> None:
    for corr in (0.0, 1e-9, 1e3, 1e6):
        pop = HomogeneousCorrelatedSpikeTrains(1, 5.0, corr, 10.0)
        assert pop.rates == pytest.approx([5.0], rel=2e-3) and pop.corr == pytest.approx([corr], rel=1e-2)
    assert HomogeneousCorrelatedSpikeTrains(1, 0.0, 0.5, 10.0).rates.tolist() == [0.0]


def test_rate_correlation_and_time_constant() -> None:
    steps, rate, corr, tau = 150_000, 30.0, 0.4, 10.0
    together, each = counts(steps, rates=rate, corr=corr, tau=tau)
    seconds = steps * DT / 1000.0
    # The mean of a fluctuating rate is known to within sqrt(2 tau variance / duration).
    spread = np.sqrt(corr * rate / seconds)
    assert abs(each.mean() / seconds - rate) < 4 * spread
    assert stats.chisquare(each).pvalue > 1e-3  # all neurons alike
    pop = HomogeneousCorrelatedSpikeTrains(1, rate, corr, tau)
    per_step, pairs = together - together.mean(), SIZE**2
    lags = np.array([1, 2, 5, 10, 20, 30])
    found = np.array([(per_step[lag:] * per_step[:-lag]).mean() / pairs for lag in lags]) * (1000.0 / DT) ** 2
    expected = np.array([covariance(pop.mu, pop.sigma, np.exp(-lag * DT / tau)) for lag in lags])
    assert np.abs(found - expected).max() < 0.06 * expected[0]
    assert expected[0] == pytest.approx(corr * rate / (2 * tau / 1000.0) * np.exp(-DT / tau), rel=0.05)
    fitted = optimize.curve_fit(lambda lag, a, tau: a * np.exp(-lag / tau), lags * DT, found, (found[0], 5.0))[0][1]
    assert fitted == pytest.approx(tau, rel=0.2)


def test_without_correlation_they_are_poisson() -> None:
    together, _ = counts(4000, rates=40.0, corr=0.0, tau=10.0)
    p = 40.0 * DT / 1000.0
    assert stats.chi2.sf(((together - SIZE * p) ** 2).sum() / (SIZE * p * (1 - p)), len(together)) > 1e-3


def test_schedule() -> None:
    together, _ = counts(3000, rates=[0.0, 100.0, 20.0], corr=[0.5, 0.0, 0.0], tau=5.0, schedule=[0.0, 1000.0, 2000.0])
    rates = together.reshape(3, 1000).mean(axis=1) / SIZE * 1000.0
    assert rates[0] == 0.0 and rates[1:] == pytest.approx([100.0, 20.0], rel=0.05)


def test_update_and_refractory_period() -> None:
    net = Network(dt=1.0, seed=2)
    pop = net.create(HomogeneousCorrelatedSpikeTrains(20, 1e6, 0.0, 10.0, refractory=4.0))
    monitor = net.monitor(pop, "spike")
    net.compile()
    net.simulate(11.0)
    assert [train.tolist() for train in monitor.get().values()] == [[0, 5, 10]] * 20
    pop.update(0.0, 0.0)
    net.simulate(50.0)
    assert len(monitor.get().ids) == 0 and pop.rates.tolist() == [0.0]


@pytest.mark.parametrize(
    "arguments",
    [(-1.0, 0.1, 10.0), (5.0, -0.1, 10.0), (5.0, 0.1, 0.0), ("fast", 0.1, 1.0), ([1.0, 2.0], [1, 2, 3], 1.0)],
)
def test_what_cannot_be(arguments: Any) -> None:
    with pytest.raises(ConfigurationError, match="correlated trains have a rate"):
        HomogeneousCorrelatedSpikeTrains(3, *arguments)
