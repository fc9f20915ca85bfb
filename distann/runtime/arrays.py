"""Arrays that kernels can use: 64-byte aligned, padded, of the words of one precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Field, Type
from distann.codegen.target import Precision
from distann.runtime.partition import Partition

__all__ = ["Inputs", "Layout", "aligned", "word_of"]

LINE = 64  # bytes of a cache line


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an array of zeros whose first element lies on a cache line; never empty in memory."""
    size = int(np.prod(shape)) * dtype.itemsize
    memory = np.zeros(size + 2 * LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size].view(dtype).reshape(shape)


def word_of(precision: Precision, field: Field) -> np.dtype[Any]:
    """Return the type of a field's words."""
    return np.dtype(precision.name if field.type is Type.FLOAT else precision.integer_name)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the fields of one population lie in the memory of this rank.

    Attributes
    ----------
    precision : Precision
    partition : Partition
        Of the population; for a projection, of its postsynaptic one.
    """

    precision: Precision
    partition: Partition

    def word(self, field: Field) -> np.dtype[Any]:
        """Return the type of the array's elements."""
        return word_of(self.precision, field)

    def allocate(self, field: Field) -> NDArray[Any]:
        """Return an array for the field: a word a neuron, or a cache line a thread for a value of the whole object."""
        word = self.word(field)
        if field.axis is Axis.OBJECT:
            return aligned((self.partition.threads, LINE // word.itemsize), word)
        return aligned((self.partition.padded,), word)

    def fill(self, array: NDArray[Any], field: Field, value: Any) -> None:
        """Set the array from a number, or from one number for each neuron of the population."""
        if field.axis is Axis.OBJECT or np.ndim(value) == 0:
            array[...] = value
        else:
            array[: self.partition.local] = value[self.partition.begin : self.partition.end]


class Inputs:
    """The arrays that spikes arrive in, of all populations: those of one name lie one after the other.

    So the synapses of one neuron onto several populations can be stored together, and its spike reaches all at once.

    Parameters
    ----------
    precision : Precision
    partitions : sequence of Partition
        Of each population.
    """

    def __init__(self, precision: Precision, partitions: Sequence[Partition]) -> None:
        self._word = np.dtype(precision.name)
        self._first = np.concatenate([[0], np.cumsum([partition.padded for partition in partitions])])
        self._arrays: dict[str, NDArray[Any]] = {}

    def allocate(self, population: int, name: str) -> NDArray[Any]:
        """Return the array of one population's input."""
        if name not in self._arrays:  # what no population uses stays untouched, and costs no memory
            self._arrays[name] = aligned((int(self._first[-1]),), self._word)
        return self._arrays[name][self._first[population] : self._first[population + 1]]
