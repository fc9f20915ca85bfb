"""Random terms in equations: distributions, independence, and values that threads do not change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import distann

Array = NDArray[Any]
SIZE, STEPS = 1000, 100
MEANS = np.linspace(-3.0, 3.0, SIZE)

NEURON = distann.Neuron(
    parameters="mu = 0.0\nsigma = 2.0 : population\np = 0.2",
    equations="""
        normal = Normal(0.0, 1.0)
        other = Normal(0.0, 1.0)
        uniform = Uniform(-1.0, 3.0)
        difference = Uniform(0.0, 1.0) - Uniform(0.0, 1.0)
        scaled = Normal(mu, sigma)
        clipped = Normal(0.0, 1.0, -0.5, 1.0)
        dice = DiscreteUniform(1, 6)
        waiting = Exponential(0.5)
        skewed = LogNormal(0.3, 0.5)
        shaped = Gamma(1.5, beta = 2.0)
        capped = Gamma(1.5, max = 1.0)
        wins = Binomial(9, 0.3)
        dnoise/dt = xi
        bounded = 0.0 : min = Uniform(0.0, 1.0)
        dwalk/dt = Normal(0.0, 1.0) : rk4
        shared = Normal(0.0, 1.0) : population
        shared_uniform = Uniform(0.0, 1.0) : population
        copied = shared
        fresh = 0.0
        jump = 0.0
    """,
    spike="Uniform(0.0, 1.0) < p",
    reset="fresh = Uniform(0.0, 1.0)\njump = Normal(1.0, 3.0)",
    name="Drawing",
)
LOCAL = (
    "normal", "other", "uniform", "difference", "scaled", "clipped", "dice", "waiting", "skewed", "shaped", "capped",
    "wins", "noise", "bounded", "walk", "copied", "fresh", "jump",
)  # fmt: skip


def run(threads: int = 1, seed: int = 7) -> dict[str, Any]:
    """Two populations of the neuron; everything that the first records, `normal` of the second as `second`."""
    net = distann.Network(dt=0.25, seed=seed)
    net.config(num_threads=threads)
    population, second = net.create(SIZE, NEURON), net.create(SIZE, NEURON)
    population.mu = MEANS
    monitor, beside = net.monitor(population, [*LOCAL, "spike"]), net.monitor(second, "normal")
    net.compile()
    globals_ = []
    for _ in range(STEPS):
        net.step()
        globals_.append((population.shared, population.shared_uniform))
    found: dict[str, Any] = monitor.get()
    found["shared"], found["shared_uniform"] = np.array(globals_).T
    found["second"] = beside.get()
    return found


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    return run()


CONTINUOUS = {
    "normal": stats.norm(0, 1),
    "other": stats.norm(0, 1),
    "uniform": stats.uniform(-1, 4),
    "difference": stats.triang(0.5, -1, 2),  # not 0: each occurrence is a draw of its own
    "waiting": stats.expon(scale=2.0),
    "skewed": stats.lognorm(0.5, scale=np.exp(0.3)),
    "shaped": stats.gamma(1.5, scale=2.0),
    "bounded": stats.uniform(0, 1),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_distribution(drawn: dict[str, Any], name: str) -> None:
    expected, values = CONTINUOUS[name], drawn[name].ravel()
    assert stats.kstest(values, expected.cdf).pvalue > 1e-3
    size = len(values)
    assert abs(values.mean() - expected.mean()) < 4 * expected.std() / np.sqrt(size)
    fourth = expected.stats("k").item() + 2
    assert abs(values.var() / expected.var() - 1) < 4 * np.sqrt(fourth / size)


def test_arguments_that_are_parameters(drawn: dict[str, Any]) -> None:
    standard = (drawn["scaled"] - MEANS) / 2.0
    assert stats.kstest(standard.ravel(), "norm").pvalue > 1e-3


def test_bounds_of_a_distribution_clip(drawn: dict[str, Any]) -> None:
    values = drawn["clipped"].ravel()
    assert values.min() == -0.5 and values.max() == 1.0
    for bound, probability in ((-0.5, stats.norm.cdf(-0.5)), (1.0, stats.norm.sf(1.0))):
        share = (values == bound).mean()
        assert share == pytest.approx(probability, abs=4 * np.sqrt(0.25 / values.size))


def test_whole_numbers(drawn: dict[str, Any]) -> None:
    counts = np.unique_counts(drawn["dice"].ravel())
    assert counts.values.tolist() == [1, 2, 3, 4, 5, 6]
    assert stats.chisquare(counts.counts).pvalue > 1e-3


def correlation(a: Array, b: Array) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize(
    ("first", "second"), [("normal", "other"), ("normal", "second"), ("uniform", "bounded"), ("normal", "scaled")]
)
def test_occurrences_and_populations_are_independent(drawn: dict[str, Any], first: str, second: str) -> None:
    noise = drawn[second] - MEANS if second == "scaled" else drawn[second]
    assert abs(correlation(drawn[first], noise)) < 4 / np.sqrt(SIZE * STEPS)


@pytest.mark.parametrize("lag", [1, 2, 8, 16])
@pytest.mark.parametrize("axis", [0, 1])
def test_steps_and_neurons_are_independent(drawn: dict[str, Any], axis: int, lag: int) -> None:
    values = drawn["normal"] if axis == 0 else drawn["normal"].T
    assert abs(correlation(values[lag:], values[:-lag])) < 4 / np.sqrt(SIZE * STEPS)
    assert len(np.unique(drawn["normal"])) == SIZE * STEPS


def test_one_draw_of_a_step_is_used_in_all_its_stages(drawn: dict[str, Any]) -> None:
    # With the same number in the four stages, rk4 adds dt times that number.
    increments = np.diff(drawn["walk"], axis=0, prepend=0.0) / 0.25
    assert stats.kstest(increments.ravel(), "norm").pvalue > 1e-3


def test_population_wide_draws(drawn: dict[str, Any]) -> None:
    assert np.array_equal(drawn["copied"], np.repeat(drawn["shared"][:, None], SIZE, axis=1))
    assert stats.kstest(drawn["shared"], "norm").pvalue > 1e-3
    assert stats.kstest(drawn["shared_uniform"], "uniform").pvalue > 1e-3
    assert len(np.unique(drawn["shared"])) == STEPS


def test_draws_in_the_spike_condition(drawn: dict[str, Any]) -> None:
    spikes = drawn["spike"]
    counts = np.bincount(spikes.ids, minlength=SIZE)
    trials = SIZE * STEPS
    assert abs(counts.sum() - 0.2 * trials) < 4 * np.sqrt(trials * 0.2 * 0.8)
    assert counts.var() == pytest.approx(STEPS * 0.2 * 0.8, rel=0.2)


def test_draws_in_the_reset(drawn: dict[str, Any]) -> None:
    spikes = drawn["spike"]
    fresh, jump = (drawn[name][spikes.times, spikes.ids] for name in ("fresh", "jump"))
    assert len(np.unique(fresh)) == len(fresh)
    assert stats.kstest(fresh, "uniform").pvalue > 1e-3
    assert stats.kstest((jump - 1.0) / 3.0, "norm").pvalue > 1e-3
    assert abs(correlation(fresh, jump)) < 4 / np.sqrt(len(fresh))
    silent = np.ones((STEPS, SIZE), bool)
    silent[spikes.times, spikes.ids] = False
    assert not drawn["fresh"][silent].any()


def test_threads_do_not_change_a_draw(drawn: dict[str, Any]) -> None:
    other = run(threads=2)
    for name, values in drawn.items():
        if name == "spike":
            assert np.array_equal(values.ids, other[name].ids) and np.array_equal(values.times, other[name].times)
        else:
            assert np.array_equal(values, other[name]), name


def test_another_seed_draws_other_numbers(drawn: dict[str, Any]) -> None:
    assert abs(correlation(drawn["normal"], run(seed=8)["normal"])) < 4 / np.sqrt(SIZE * STEPS)
