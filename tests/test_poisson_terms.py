"""Poisson counts in equations: their distribution, and that they belong to the neuron and the step alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from distann import EquationError, Network, Neuron

SIZE = 100_000
RATES = {"small": 0.01, "usual": 2.3, "large": 40.0, "huge": 2000.0}
COUNTS = Neuron(
    parameters="\n".join(f"rate_{name} = {rate} : population" for name, rate in RATES.items())
    + "\nown = 3.7\nown_huge = 900.0",
    equations="\n".join(f"{name} = Poisson(rate_{name})" for name in RATES)
    + """
        of_each = Poisson(own)
        huge_of_each = Poisson(own_huge)
        again = Poisson(rate_usual)
        never = Poisson(0.0 * rate_usual) + Poisson(-1.0)
        of_all = Poisson(5.0) : population
        r = small
    """,
    name="Counts",
)


@pytest.fixture(scope="module")
def counts() -> dict[str, np.ndarray]:
    net = Network(dt=0.1, seed=3)
    pop = net.create(SIZE, COUNTS)
    net.compile()
    net.simulate(0.1)
    return {name: np.asarray(pop.get(name)) for name in pop.variables}


@pytest.mark.parametrize(
    ("name", "rate"), [*RATES.items(), ("of_each", 3.7), ("huge_of_each", 900.0), ("again", RATES["usual"])]
)
def test_the_distribution(counts: dict[str, np.ndarray], name: str, rate: float) -> None:
    values = counts[name]
    assert (values == np.round(values)).all() and values.min() >= 0
    edges = np.unique(stats.poisson.ppf(np.linspace(0.0, 1.0, 30)[1:-1], rate))
    observed = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    expected = np.diff(np.concatenate([[0.0], stats.poisson.cdf(edges, rate), [1.0]])) * SIZE
    assert stats.chisquare(observed, expected).pvalue > 1e-4
    assert values.mean() == pytest.approx(rate, abs=5 * (rate / SIZE) ** 0.5)


def test_every_term_is_a_draw_of_its_own(counts: dict[str, np.ndarray]) -> None:
    usual, again = counts["usual"], counts["again"]
    assert abs(np.corrcoef(usual, again)[0, 1]) < 0.02
    assert abs(np.corrcoef(usual[1:], usual[:-1])[0, 1]) < 0.02


def test_a_rate_of_nothing_gives_nothing(counts: dict[str, np.ndarray]) -> None:
    assert not counts["never"].any()


def test_a_count_of_the_population_is_one(counts: dict[str, np.ndarray]) -> None:
    assert counts["of_all"].ndim == 0 and counts["of_all"] == round(float(counts["of_all"]))


def test_initial_values_are_not_counts() -> None:
    with pytest.raises(EquationError, match="Poisson counts are drawn in equations only"):
        Network().create(1, Neuron(equations="r = 1.0 : init=Poisson(3.0)"))
