"""Values of synapses as rows: one array for each postsynaptic neuron, without Python lists of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows"]


class Rows(Sequence[NDArray[Any]]):
    """A ragged array. Indexing, iterating and comparing work as with nested lists.

    Parameters
    ----------
    flat : ndarray, shape (synapses,)
        All values, row after row; within a row by ascending presynaptic rank.
    starts : ndarray of int, shape (rows + 1,)
        Where each row begins.
    """

    __slots__ = ("flat", "starts")

    def __init__(self, flat: NDArray[Any], starts: NDArray[np.int64]) -> None:
        self.flat, self.starts = flat, starts

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, index: int) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[NDArray[Any]]: ...
    def __getitem__(self, index: int | slice) -> NDArray[Any] | list[NDArray[Any]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of {len(self)}")
        index %= len(self)
        return self.flat[self.starts[index] : self.starts[index + 1]]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(
            np.array_equal(mine, theirs) for mine, theirs in zip(self, other, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} rows, {len(self.flat)} synapses>"
