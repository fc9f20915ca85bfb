"""Synapses that are listed one by one, and values that are given for each pair."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError, RepeatedPairError

__all__ = ["LARGEST", "Edges", "Explicit", "Matrix", "real_numbers"]

LARGEST = 2**32 - 1  # indices of neurons are 32 bits wide


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explicit:
    """Synapses that are given one by one, as compressed rows.

    Attributes
    ----------
    row : ndarray of int64, shape (postsynaptic size + 1,)
        The synapses of postsynaptic position i are those from ``row[i]`` to ``row[i + 1]``.
    pre : ndarray of uint32, shape (number of synapses,)
        Their presynaptic positions, ascending in each row.
    values : ndarray of float64, shape (number of synapses,), optional
        Their weights, where they are listed.
    delays : ndarray of float64, shape (number of synapses,), optional
        Their delays, ms, where they are listed.
    """

    row: NDArray[np.int64]
    pre: NDArray[np.uint32]
    values: NDArray[np.float64] | None = None
    delays: NDArray[np.float64] | None = None

    @classmethod
    def from_sparse(cls, matrix: Any, delays: Any = None) -> Explicit:
        """Take over the stored entries of a sparse matrix; zeros are synapses, and double entries add up.

        Parameters
        ----------
        matrix : any scipy sparse matrix or array, shape (presynaptic size, postsynaptic size)
        delays : the same, optional
            Delays in ms, of the same synapses.

        Raises
        ------
        ConfigurationError
            When it is not a matrix of finite numbers, or the delays are those of other synapses.
        """
        pre, post, values, size = _entries_of(matrix, "weights")
        rule = cls.from_entries(post, pre, values, None, size, repeated="sum")
        if delays is None:
            return rule
        pre, post, ms, size = _entries_of(delays, "delays")
        others = cls.from_entries(post, pre, ms, None, size, repeated="sum")
        if not (np.array_equal(rule.row, others.row) and np.array_equal(rule.pre, others.pre)):
            raise ConfigurationError("the matrix of delays has other entries than that of weights.")
        assert others.values is not None
        return cls(rule.row, rule.pre, rule.values, _checked_delays(others.values))

    @classmethod
    def from_entries(
        cls,
        post: NDArray[Any],
        pre: NDArray[Any],
        values: NDArray[np.float64] | None,
        delays: NDArray[np.float64] | None,
        size: int,
        *,
        repeated: str = "refuse",
    ) -> Explicit:
        """Sort synapses by row.

        Parameters
        ----------
        post, pre : ndarray of int, shape (synapses,)
            Positions.
        values, delays : ndarray of float64, shape (synapses,), optional
            Weights; ms.
        size : int
            Of the postsynaptic side.
        repeated : str
            What becomes of a pair that occurs again: ``"refuse"``, ``"keep"`` both synapses, or ``"sum"`` the weights.

        Raises
        ------
        RepeatedPairError
            On request, for the first pair that is listed again.
        ConfigurationError
            For delays that are negative.
        """
        order = np.lexsort((pre, post))  # stable: synapses of one pair stay in their order
        pre, post = pre[order].astype(np.uint32), post[order].astype(np.int64)
        values = None if values is None else values[order]
        delays = None if delays is None else _checked_delays(delays[order])
        first = np.ones(len(pre), bool)
        first[1:] = (pre[1:] != pre[:-1]) | (post[1:] != post[:-1])
        if not first.all():
            if repeated == "refuse":
                again = int(np.flatnonzero(~first)[0])
                raise RepeatedPairError(int(post[again]), int(pre[again]))
            if repeated == "sum":
                values = None if values is None else np.add.reduceat(values, np.flatnonzero(first))
                pre, post = pre[first], post[first]
        row = np.concatenate([[0], np.cumsum(np.bincount(post, minlength=size))]).astype(np.int64)
        for array in (row, pre, values):
            if array is not None:
                array.flags.writeable = False
        return cls(row, pre, values, delays)

    def __repr__(self) -> str:
        """Equal for equal synapses, so that ranks can compare it."""
        digest = hashlib.sha256(self.row.tobytes() + self.pre.tobytes())
        for array in (self.values, self.delays):
            digest.update(b"none" if array is None else array.tobytes())
        return f"Explicit({len(self.row) - 1} rows, {len(self.pre)} synapses, {digest.hexdigest()[:16]})"


@dataclass(frozen=True, slots=True)
class Edges:
    """Synapses that a file lists, of which each rank reads those of its own neurons, piece by piece.

    Attributes
    ----------
    path : str
    kind : str
        ``"npz"`` or ``"hdf5"``.
    post, pre : str
        Names of the arrays of ranks in the populations.
    weights, delays : str or None
        Names of the arrays of weights and of delays in ms, where the file has them.
    reach : tuple of float
        Smallest and largest delay, ms.
    count : int
        How many synapses are listed.
    allow_multapses : bool
    """

    path: str
    kind: str
    post: str
    pre: str
    weights: str | None
    delays: str | None
    reach: tuple[float, float]
    count: int
    allow_multapses: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Matrix:
    """One value for each pair, whether or not it is connected.

    Attributes
    ----------
    values : ndarray of float64, shape (postsynaptic size, presynaptic size)
    """

    values: NDArray[np.float64]

    @classmethod
    def of(cls, given: Any, shape: tuple[int, int], what: str) -> Matrix:
        """Take over an array.

        Raises
        ------
        ConfigurationError
            When it has another shape, or does not hold finite numbers.
        """
        values = real_numbers(given, what)
        if values.shape != shape:
            swapped = " It is transposed: the first axis is postsynaptic." if values.shape == shape[::-1] else ""
            raise ConfigurationError(
                f"{what} of shape {values.shape} are given, but (postsynaptic, presynaptic) is {shape}.{swapped}"
            )
        values = np.ascontiguousarray(values)
        values.flags.writeable = False
        return cls(values)

    @property
    def reach(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return (float(self.values.min()), float(self.values.max())) if self.values.size else (0.0, 0.0)

    def __repr__(self) -> str:
        """Equal for equal values, so that ranks can compare it."""
        return f"Matrix({self.values.shape}, {hashlib.sha256(self.values.tobytes()).hexdigest()[:16]})"


def real_numbers(given: Any, what: str) -> NDArray[np.float64]:
    """Return a copy of an array as real numbers.

    Raises
    ------
    ConfigurationError
        When it does not hold finite real numbers.
    """
    try:
        values = np.asarray(given)
    except ValueError:  # rows of different lengths
        raise ConfigurationError(f"{what} are an array of numbers; the rows have different lengths.") from None
    if values.size and values.dtype.kind not in "fiub":
        raise ConfigurationError(f"{what} are real numbers; the array holds {values.dtype}.")
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise ConfigurationError(f"{what} are finite numbers; the array holds infinities or NaN.")
    return values


def _entries_of(matrix: Any, what: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64], int]:
    """Return (presynaptic, postsynaptic, value) of the entries of a sparse matrix, and its second length."""
    if not hasattr(matrix, "tocoo") or len(getattr(matrix, "shape", ())) != 2:
        raise ConfigurationError(f"a scipy sparse matrix is expected; got {type(matrix).__name__}.")
    entries = matrix.tocoo()
    values = np.asarray(entries.data)
    if values.dtype.kind not in "fiub":
        raise ConfigurationError(f"{what} are real numbers; the matrix holds {values.dtype}.")
    if not np.isfinite(values).all():
        raise ConfigurationError(f"{what} are finite numbers; the matrix holds infinities or NaN.")
    if max(matrix.shape) > LARGEST:
        raise ConfigurationError(f"a population has at most {LARGEST} neurons, not {matrix.shape}.")
    return entries.row, entries.col, values.astype(np.float64), matrix.shape[1]


def _checked_delays(delays: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(delays) and not (np.isfinite(delays).all() and delays.min() >= 0):
        raise ConfigurationError("delays are numbers of ms, 0 or more; some are negative, infinite or NaN.")
    delays.flags.writeable = False
    return delays
