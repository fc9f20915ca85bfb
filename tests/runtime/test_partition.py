"""Every neuron has one owner, whatever the number of ranks and threads."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from distann.runtime.partition import CHUNK, partition


@settings(max_examples=200, deadline=None)
@given(size=some.integers(1, 5000), ranks=some.integers(1, 40), threads=some.integers(1, 8))
def test_slices_cover_the_population_once(size: int, ranks: int, threads: int) -> None:
    cuts = [partition(size, ranks, rank, threads) for rank in range(ranks)]
    owned = [neuron for cut in cuts for neuron in range(cut.begin, cut.end)]
    assert owned == list(range(size))
    for cut in cuts:
        assert np.array_equal(cut.first, cuts[0].first) and len(cut.first) == ranks * threads + 1
        assert cut.local == cut.end - cut.begin >= 0
        assert cut.padded % CHUNK == 0 and cut.local <= cut.padded < cut.local + CHUNK
        assert (cut.first[:-1] % CHUNK == 0)[cut.first[:-1] < size].all()


@settings(max_examples=100, deadline=None)
@given(size=some.integers(1, 5000), workers=some.integers(1, 40))
def test_shares_are_equal_up_to_a_chunk(size: int, workers: int) -> None:
    shares = np.diff(partition(size, workers, 0, 1).first)
    assert shares.max() - shares.min() <= 2 * CHUNK


@given(size=some.integers(1, 5000), ranks=some.integers(1, 6), threads=some.integers(1, 6))
def test_workers_are_numbered_through(size: int, ranks: int, threads: int) -> None:
    """The borders depend on the number of workers alone."""
    assert np.array_equal(partition(size, ranks, 0, threads).first, partition(size, threads, 0, ranks).first)
