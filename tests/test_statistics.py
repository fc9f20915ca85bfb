"""Statistics of spikes, against numpy and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from distann import ConfigurationError
from distann.runtime.spikes import Spikes
from distann.statistics import histogram, mean_fr, raster_plot


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
    found = histogram(spikes, 0.5, window, bins)
    # numpy's last bin is closed: an edge more takes what lies on it.
    expected = np.histogram(spikes.times[inside], [*edges, edges[-1] + 1])[0][:-1]
    assert found.tolist() == expected.tolist() and found.dtype == np.int64
    each = histogram(spikes, 0.5, window, bins, per_neuron=True)
    assert each.shape == (4, len(found)) and np.array_equal(each.sum(axis=0), found)
    for row, rank in enumerate(spikes.ranks):
        own = spikes.times[inside & (spikes.ids == rank)]
        assert each[row].tolist() == np.histogram(own, [*edges, edges[-1] + 1])[0][:-1].tolist()


@pytest.mark.parametrize("bins", [0.0, -1.0, float("nan")])
def test_bins_have_a_width(bins: float) -> None:
    with pytest.raises(ConfigurationError, match="the width of a bin is a positive number of ms"):
        histogram(random_spikes(np.arange(3)), 1.0, (0, 10), bins)


def test_raster_plot() -> None:
    spikes = Spikes(np.array([3, 1]), np.array([2, 7]), np.arange(4))
    t, n = raster_plot(spikes, 0.1)
    assert np.allclose(t, [0.2, 0.7], rtol=1e-15) and n.tolist() == [3, 1]


def test_mean_firing_rate() -> None:
    spikes = Spikes(np.zeros(30, np.int64), np.arange(30), np.arange(10))
    assert mean_fr(spikes, 500.0) == 6.0
    assert mean_fr(spikes, 0.0) == 0.0
    assert mean_fr(Spikes(*(np.empty(0, np.int64) for _ in range(3))), 100.0) == 0.0
