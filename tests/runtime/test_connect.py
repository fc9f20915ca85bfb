"""Which rows of a projection a rank builds."""

from __future__ import annotations

import numpy as np
import pytest

from distann.runtime.connect import local_rows
from distann.runtime.partition import partition

VIEW = np.random.default_rng(1).permutation(90)[:37].astype(np.uint32)


@pytest.mark.parametrize("view", [None, VIEW, np.empty(0, np.uint32)])
@pytest.mark.parametrize("ranks", [1, 2, 5, 9])
def test_rows_of_all_ranks_are_those_of_the_view(view: np.ndarray | None, ranks: int) -> None:
    found: dict[int, int] = {}
    for rank in range(ranks):
        own = partition(90, ranks, rank, 1)
        element, row = local_rows(view, own)
        assert element.dtype == row.dtype == np.uint32
        assert (np.diff(element.astype(int)) > 0).all() and (element < own.local).all()
        found |= {own.begin + int(e): int(r) for e, r in zip(element, row, strict=True)}
    chosen = range(90) if view is None else view.tolist()
    assert found == {neuron: position for position, neuron in enumerate(chosen)}
