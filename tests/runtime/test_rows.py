"""Rows compare and index like nested lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from distann.runtime.rows import Rows

NESTED = some.lists(some.lists(some.integers(-5, 5).map(float), max_size=4), max_size=6)


def rows_of(nested: list[list[float]]) -> Rows:
    flat = np.array([value for row in nested for value in row])
    return Rows(flat, np.cumsum([0, *map(len, nested)]).astype(np.int64))


@given(NESTED, NESTED)
def test_like_nested_lists(first: list[list[float]], second: list[list[float]]) -> None:
    rows = rows_of(first)
    assert len(rows) == len(first) and [row.tolist() for row in rows] == first
    assert rows == first and rows == rows_of(first)
    assert (rows == second) == (first == second) and (rows != second) == (first != second)
    for index in range(-len(first), len(first)):
        assert rows[index].tolist() == first[index]
    assert [row.tolist() for row in rows[1:-1]] == first[1:-1]
    for index in (len(first), -len(first) - 1):
        with pytest.raises(IndexError):
            _ = rows[index]


def test_rows_are_views() -> None:
    rows = rows_of([[1.0], [2.0, 3.0]])
    rows[1][0] = 9.0
    assert rows.flat.tolist() == [1.0, 9.0, 3.0]


def test_other_things() -> None:
    rows = rows_of([[1.0]])
    assert rows != 3 and rows != "a" and repr(rows) == "<1 rows, 1 synapses>"
    with pytest.raises(TypeError):
        hash(rows)
