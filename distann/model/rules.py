"""Who is connected to whom: what the connectors say, before any synapse exists."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError
from distann.model.arguments import number_of

__all__ = ["AllToAll", "Explicit", "FixedNumberPre", "FixedProbability", "FixedTotalNumber", "OneToOne", "Rule"]

LARGEST = 2**32 - 1  # indices of neurons are 32 bits wide
MOST_SYNAPSES = 2**53  # of a projection, so that their number is a real one as well


@dataclass(frozen=True, slots=True)
class AllToAll:
    """Every presynaptic neuron with every postsynaptic one.

    Parameters
    ----------
    allow_self_connections : bool
        Whether a neuron connects to itself, where both sides are one population.
    """

    allow_self_connections: bool = False


@dataclass(frozen=True, slots=True)
class OneToOne:
    """Neuron i of one side with neuron i of the other, as far as the smaller side goes."""


@dataclass(frozen=True, slots=True)
class FixedProbability:
    """Each pair with the same probability, independently.

    Parameters
    ----------
    probability : float
    allow_self_connections : bool

    Raises
    ------
    ConfigurationError
        When the probability is not between 0 and 1.
    """

    probability: float
    allow_self_connections: bool = False

    def __post_init__(self) -> None:
        value = number_of(self.probability, "'probability'")
        if not 0 <= value <= 1:
            raise ConfigurationError(f"'probability' is a number from 0 to 1; got {value!r}.")
        object.__setattr__(self, "probability", value)


@dataclass(frozen=True, slots=True)
class FixedNumberPre:
    """Each postsynaptic neuron with the same number of different presynaptic ones, chosen at random.

    Parameters
    ----------
    number : int
        All presynaptic neurons, where there are not more.
    allow_self_connections : bool

    Raises
    ------
    ConfigurationError
        When the number is negative or not an integer.
    """

    number: int
    allow_self_connections: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", _checked_number(self.number, LARGEST))


@dataclass(frozen=True, slots=True)
class FixedTotalNumber:
    """A number of pairs, chosen at random from all.

    Parameters
    ----------
    number : int
        Synapses in all.
    allow_self_connections : bool
    allow_multapses : bool
        Whether a pair can be chosen again, so that it has several synapses.

    Raises
    ------
    ConfigurationError
        When the number is negative or not an integer.
    """

    number: int
    allow_self_connections: bool = True
    allow_multapses: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", _checked_number(self.number, MOST_SYNAPSES))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explicit:
    """Synapses that are given one by one, as compressed rows.

    Attributes
    ----------
    row : ndarray of int64, shape (postsynaptic size + 1,)
        The synapses of postsynaptic position i are those from ``row[i]`` to ``row[i + 1]``.
    pre : ndarray of uint32, shape (number of synapses,)
        Their presynaptic positions, ascending in each row, each once.
    values : ndarray of float64, shape (number of synapses,)
        Their weights.
    delays : ndarray of float64, shape (number of synapses,), optional
        Their delays, ms, where they differ.
    """

    row: NDArray[np.int64]
    pre: NDArray[np.uint32]
    values: NDArray[np.float64]
    delays: NDArray[np.float64] | None = None

    @classmethod
    def from_sparse(cls, matrix: Any) -> Explicit:
        """Take over the stored entries of a sparse matrix; zeros are synapses, and double entries add up.

        Parameters
        ----------
        matrix : any scipy sparse matrix or array, shape (presynaptic size, postsynaptic size)

        Raises
        ------
        ConfigurationError
            When it is not a matrix of finite numbers.
        """
        if not hasattr(matrix, "tocoo") or len(getattr(matrix, "shape", ())) != 2:
            raise ConfigurationError(f"a scipy sparse matrix is expected; got {type(matrix).__name__}.")
        entries = matrix.tocoo()
        values = np.asarray(entries.data)
        if values.dtype.kind not in "fiub":
            raise ConfigurationError(f"weights are real numbers; the matrix holds {values.dtype}.")
        if not np.isfinite(values).all():
            raise ConfigurationError("weights are finite numbers; the matrix holds infinities or NaN.")
        if max(matrix.shape) > LARGEST:
            raise ConfigurationError(f"a population has at most {LARGEST} neurons, not {matrix.shape}.")
        return cls._from_entries(entries.row, entries.col, values.astype(np.float64), matrix.shape[1])

    @classmethod
    def _from_entries(cls, pre: NDArray[Any], post: NDArray[Any], values: NDArray[np.float64], size: int) -> Explicit:
        """Sort the synapses by row."""
        order = np.lexsort((pre, post))  # stable: double entries add up in the order of the matrix
        pre, post, values = pre[order].astype(np.uint32), post[order].astype(np.int64), values[order]
        if len(values):
            first = np.concatenate([[True], (pre[1:] != pre[:-1]) | (post[1:] != post[:-1])])
            values = np.add.reduceat(values, np.flatnonzero(first))
            pre, post = pre[first], post[first]
        row = np.concatenate([[0], np.cumsum(np.bincount(post, minlength=size))]).astype(np.int64)
        for array in (row, pre, values):
            array.flags.writeable = False
        return cls(row, pre, values)

    def __repr__(self) -> str:
        """Equal for equal synapses, so that ranks can compare it."""
        arrays: list[NDArray[Any]] = [self.row, self.pre, self.values]
        arrays += [] if self.delays is None else [self.delays]
        digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays))
        return f"Explicit({len(self.row) - 1} rows, {len(self.pre)} synapses, {digest.hexdigest()[:16]})"


def _checked_number(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value <= most:
        raise ConfigurationError(f"'number' is an integer, at least 0; got {value!r}.")
    return int(value)


Rule = AllToAll | OneToOne | FixedProbability | FixedNumberPre | FixedTotalNumber | Explicit
