"""Statistics of spikes, against numpy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from distann import ConfigurationError
from distann.runtime.spikes import Spikes
from distann.statistics import (
    coefficient_of_variation,
    correlation,
    histogram,
    inter_spike_interval,
    mean_fr,
    population_rate,
    raster_plot,
    smoothed_rate,
    spectrum,
)


def random_spikes(ranks: np.ndarray, steps: int = 60) -> Spikes:
    rng = np.random.default_rng(4)
    happens = rng.random((steps, len(ranks))) < 0.2
    times, position = np.nonzero(happens)
    return Spikes(ranks[position], times, ranks)


@pytest.mark.parametrize("bins", [None, 0.5, 1.5, 7.0, 100.0])
@pytest.mark.parametrize("window", [(0, 60), (13, 41), (60, 90), (7, 7)])
def test_histogram_is_that_of_numpy(bins: float | None, window: tuple[int, int]) -> None:
    spikes = random_spikes(np.array([4, 2, 9, 0]))
    width = 1 if bins is None else round(bins / 0.5)
    edges = window[0] + width * np.arange(-(-(window[1] - window[0]) // width) + 1)
    inside = (spikes.times >= window[0]) & (spikes.times < window[1])
    found = histogram(spikes, bins, recording_window=window, dt=0.5)
    # numpy's last bin is closed: an edge more takes what lies on it.
    expected = np.histogram(spikes.times[inside], [*edges, edges[-1] + 1])[0][:-1]
    assert found.tolist() == expected.tolist() and found.dtype == np.int64
    each = histogram(spikes, bins, True, window, 0.5)
    assert each.shape == (4, len(found)) and np.array_equal(each.sum(axis=0), found)
    for row, rank in enumerate(spikes.ranks):
        own = spikes.times[inside & (spikes.ids == rank)]
        assert each[row].tolist() == np.histogram(own, [*edges, edges[-1] + 1])[0][:-1].tolist()


@pytest.mark.parametrize("bins", [0.0, -1.0, float("nan")])
def test_bins_have_a_width(bins: float) -> None:
    with pytest.raises(ConfigurationError, match="the width of a bin is a positive number of ms"):
        histogram(random_spikes(np.arange(3)), bins)


def test_raster_plot() -> None:
    spikes = Spikes(np.array([3, 1]), np.array([2, 7]), np.arange(4))
    t, n = raster_plot(spikes, 0.1)
    assert np.allclose(t, [0.2, 0.7], rtol=1e-15) and n.tolist() == [3, 1]


def test_mean_firing_rate() -> None:
    spikes = Spikes(np.zeros(30, np.int64), np.arange(30), np.arange(10))
    assert mean_fr(spikes, 500.0) == 6.0
    assert mean_fr(spikes, 0.0) == 0.0
    assert mean_fr(Spikes(*(np.empty(0, np.int64) for _ in range(3))), 100.0) == 0.0
    assert mean_fr({0: [3, 9], 1: []}) == 2 / 2 / 0.01


RANKS = np.array([4, 2, 9, 0])


def test_a_dict_will_do() -> None:
    spikes = random_spikes(RANKS)
    plain = {rank: steps.tolist() for rank, steps in spikes.items()}
    for compute in (histogram, smoothed_rate, population_rate, correlation, coefficient_of_variation):
        assert np.array_equal(compute(plain), compute(spikes), equal_nan=True)
    with pytest.raises(ConfigurationError, match="or a dict like it"):
        histogram([1, 2, 3])  # type: ignore[arg-type]


def test_intervals() -> None:
    spikes = random_spikes(RANKS)
    each = inter_spike_interval(spikes, per_neuron=True, dt=0.5)
    assert isinstance(each, dict) and list(each) == RANKS.tolist()
    for rank, steps in spikes.items():
        assert each[rank].tolist() == (np.diff(steps) * 0.5).tolist()
    some = inter_spike_interval(spikes, ranks=[2, 9], dt=0.5)
    assert np.array_equal(some, np.concatenate([each[2], each[9]]))


def test_coefficient_of_variation() -> None:
    spikes = {0: [0, 10, 20, 30], 1: [5], 2: [0, 1, 11, 12, 22], 3: [7, 9]}
    intervals = np.diff(spikes[2])
    found = coefficient_of_variation(spikes)
    assert found[0] == 0.0 and np.isnan(found[[1, 3]]).all()
    assert found[2] == pytest.approx(intervals.std() / intervals.mean())
    assert coefficient_of_variation(spikes, ranks=[2, 0]).tolist() == found[[2, 0]].tolist()


def test_rates_of_each_neuron_by_hand() -> None:
    spikes = {0: [2, 4, 9], 1: [], 2: [5], 3: [0, 9]}
    found = smoothed_rate(spikes, recording_window=(0, 11), dt=0.5)
    expected = np.zeros((4, 11))
    expected[0, 2:4], expected[0, 4:9], expected[3, 0:9] = 1000.0, 400.0, 1000.0 / 4.5
    assert np.allclose(found, expected, rtol=1e-12, atol=0.0)
    part = smoothed_rate(spikes, recording_window=(3, 8), dt=0.5)
    assert np.allclose(part, expected[:, 3:8], rtol=1e-12, atol=0.0)


def test_the_filter_is_an_exponential() -> None:
    spikes = random_spikes(RANKS)
    raw = population_rate(spikes, dt=0.5)
    assert raw.tolist() == (histogram(spikes) / 4 / 0.0005).tolist()
    part = 1.0 - np.exp(-0.5 / 7.0)
    expected = signal.lfilter([part], [1.0, part - 1.0], raw)
    assert np.allclose(population_rate(spikes, smooth=7.0, dt=0.5), expected, rtol=1e-12)
    each = signal.lfilter([part], [1.0, part - 1.0], smoothed_rate(spikes, dt=0.5), axis=1)
    assert np.allclose(smoothed_rate(spikes, smooth=7.0, dt=0.5), each, rtol=1e-12)
    with pytest.raises(ConfigurationError, match="time constant of a filter"):
        population_rate(spikes, smooth=-1.0)


def test_correlation_is_that_of_numpy() -> None:
    spikes = random_spikes(RANKS)
    counts = histogram(spikes, 3.0, True)
    assert np.allclose(correlation(spikes, bins=3.0), np.corrcoef(counts))
    assert np.isnan(correlation({0: [1], 1: []}, bins=1.0)[1]).all()


@pytest.mark.parametrize("segment", [None, 100.0, 33.0, 1e9])
def test_spectrum_is_that_of_scipy(segment: float | None) -> None:
    values = np.random.default_rng(3).normal(size=(777, 2)).cumsum(axis=0)
    length = 777 // 8 if segment is None else min(777, round(segment / 0.5))
    frequency, density = spectrum(values, 0.5, segment)
    expected = signal.welch(values, 2000.0, nperseg=length, detrend="constant", axis=0)
    assert np.allclose(frequency, expected[0]) and np.allclose(density, expected[1])
    with pytest.raises(ConfigurationError, match="two values at least"):
        spectrum([1.0])
