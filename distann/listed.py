"""The connectors whose synapses are listed: by a matrix, by arrays, by a function of the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.edge_files import FileConnectors
from distann.errors import ConfigurationError, FileError, RepeatedPairError
from distann.given import check_hints
from distann.io.extras import extra
from distann.model import RandomDistribution
from distann.model.explicit import Explicit, real_numbers

__all__ = ["LILConnectivity", "ListedConnectors"]


class LILConnectivity:
    """Synapses that a function lists, row by row.

    Parameters
    ----------
    dt : float, optional
        Accepted for compatibility.
    """

    def __init__(self, dt: float = 1.0) -> None:
        self.rows: list[tuple[int, NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []

    def add(self, post_rank: int, pre_ranks: ArrayLike, w: ArrayLike, d: ArrayLike = 0.0) -> None:
        """Add synapses of one postsynaptic neuron.

        Parameters
        ----------
        post_rank : int
            In the population.
        pre_ranks : sequence of int
            In the population, each once.
        w : float or sequence of float
            Weights: one, or one for each.
        d : float or sequence of float
            Delays in ms: one, or one for each.

        Raises
        ------
        ConfigurationError
            For lists of different lengths, a neuron that occurs twice, or what is not a number.
        """
        pre = integers(pre_ranks, "presynaptic ranks").reshape(-1)
        if len(np.unique(pre)) < len(pre):
            raise ConfigurationError(f"a presynaptic neuron is listed twice for the postsynaptic neuron {post_rank}.")
        values = []
        for given, what in ((w, "weights"), (d, "delays")):
            numbers = real_numbers(given, what).reshape(-1)
            if len(numbers) not in (1, len(pre)):
                raise ConfigurationError(
                    f"{len(pre)} presynaptic neurons and {len(numbers)} {what} are given for the postsynaptic neuron "
                    f"{post_rank}."
                )
            values.append(np.array(np.broadcast_to(numbers, pre.shape)))
        self.rows.append((int(integers(post_rank, "a postsynaptic rank")), pre, values[0], values[1]))

    push_back = add

    def entries(self) -> list[NDArray[Any]]:
        """Return ``post, pre, w, d`` of all synapses, as flat arrays."""
        if not self.rows:
            return [np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0)]
        post, pre, w, d = zip(*self.rows, strict=True)
        return [np.repeat(post, [len(row) for row in pre]), *(np.concatenate(part) for part in (pre, w, d))]


class ListedConnectors(FileConnectors):
    """The part of the connectors that list synapses; a mixin of `Connectors`."""

    def from_matrix(
        self: Any,
        weights: Any,
        delays: Any = 0.0,
        pre_post: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect as a matrix says.

        Parameters
        ----------
        weights : array or nested list, shape (postsynaptic, presynaptic)
            ``None`` where there is no synapse. The FIRST axis is postsynaptic.
        delays : float, RandomDistribution or array of the same shape
            ms.
        pre_post : bool
            Whether the matrices have the shape (presynaptic, postsynaptic) instead.
        storage_format, storage_order : str, optional
            Hints.

        Raises
        ------
        ConfigurationError
            For another shape, rows of different lengths, or what is not a number.
        """
        check_hints(storage_format, storage_order)
        shape = (self.post.size, self.pre.size)
        values = self._oriented(_with_gaps(weights, "weights"), shape, pre_post, "weights")
        post, pre = np.nonzero(~np.isnan(values))
        given = None
        if np.ndim(delays) > 0 or isinstance(delays, list):
            ms = self._oriented(_with_gaps(delays, "delays"), shape, pre_post, "delays")[post, pre]
            given, delays = real_numbers(ms, "delays"), 0.0
        rule = Explicit.from_entries(post, pre, values[post, pre], given, self.post.size)
        return self._connect(rule, 0.0, delays, True)

    def _oriented(
        self: Any, values: NDArray[np.float64], shape: tuple[int, int], pre_post: bool, what: str
    ) -> NDArray[np.float64]:
        """Return a matrix with the postsynaptic axis first."""
        if values.ndim == 2 and pre_post:
            values = values.T
        if values.shape != shape:
            swapped = values.shape == shape[::-1]
            hint = f" It is transposed: say pre_post={not pre_post}." if swapped else ""
            raise ConfigurationError(
                f"projection '{self.name}': the matrix of {what} has the shape {values.shape} as (postsynaptic, "
                f"presynaptic), but these sides have {shape}.{hint}"
            )
        return values

    def from_sparse(
        self: Any,
        weights: Any,
        delays: Any = 0.0,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect as a scipy sparse matrix says.

        Parameters
        ----------
        weights : scipy sparse matrix, shape (presynaptic, postsynaptic)
            Its stored entries are the weights. The FIRST axis is presynaptic.
        delays : float, RandomDistribution, or scipy sparse matrix with the same entries
            ms.
        storage_format, storage_order : str, optional
            Hints.

        Raises
        ------
        ConfigurationError
            When the shape is not (presynaptic, postsynaptic), or the delays belong to other synapses.
        """
        check_hints(storage_format, storage_order)
        expected = (self.pre.size, self.post.size)
        sparse_delays = delays if hasattr(delays, "tocoo") else None
        for matrix in (weights, *([sparse_delays] if sparse_delays is not None else [])):
            if tuple(getattr(matrix, "shape", ())) != expected:
                raise ConfigurationError(
                    f"projection '{self.name}': the matrix has the shape {getattr(matrix, 'shape', None)}, "
                    f"but (presynaptic, postsynaptic) is {expected}: the first axis is presynaptic."
                )
        rule = Explicit.from_sparse(weights, sparse_delays)
        return self._connect(rule, 0.0, delays if sparse_delays is None else 0.0, True)

    def from_matrix_market(
        self: Any,
        filename: str,
        delays: Any = 0.0,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect as a Matrix Market file says; the first index of an entry is presynaptic. Needs scipy.

        Parameters are those of `from_sparse`.

        Raises
        ------
        FileError
            When the file cannot be read.
        ConfigurationError
            When its shape is not (presynaptic, postsynaptic).
        """
        check_hints(storage_format, storage_order)
        matrix = _matrix_market(str(filename))
        return self.from_sparse(matrix, delays, storage_format, storage_order)

    def from_coo(
        self: Any,
        post: ArrayLike,
        pre: ArrayLike,
        w: Any = 1.0,
        d: Any = 0.0,
        allow_multapses: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect pairs that are listed.

        Parameters
        ----------
        post, pre : array_like of int, shape (synapses,)
            Ranks in the populations, also where a side is a view.
        w : float, RandomDistribution, or array_like of float, shape (synapses,)
            Weights.
        d : the same
            Delays, ms.
        allow_multapses : bool
            Whether a pair may be listed several times, so that it has several synapses.
        force_multiple_weights : bool
            Store a weight for each synapse even when all are one number.
        storage_format, storage_order : str, optional
            Hints.

        Raises
        ------
        ConfigurationError
            For ranks that do not exist, pairs that occur twice, lists of different lengths.
        """
        check_hints(storage_format, storage_order)
        ranks = [integers(side, what).reshape(-1) for side, what in ((post, "'post'"), (pre, "'pre'"))]
        if len(ranks[0]) != len(ranks[1]):
            raise ConfigurationError(f"'post' has {len(ranks[0])} ranks, but 'pre' has {len(ranks[1])}.")
        weights, delays = (self._listed(given, len(ranks[0]), what) for given, what in ((w, "'w'"), (d, "'d'")))
        rule = self._explicit(ranks, weights, delays, allow_multapses)
        several = force_multiple_weights or weights is not None
        return self._connect(rule, 0.0 if weights is not None else w, 0.0 if delays is not None else d, several)

    @staticmethod
    def _listed(given: Any, count: int, what: str) -> NDArray[np.float64] | None:
        """Return values that are given one a synapse, or None where one holds for all."""
        if isinstance(given, RandomDistribution | str) or np.ndim(given) == 0:
            return None
        values = real_numbers(given, what).reshape(-1)
        if len(values) != count:
            raise ConfigurationError(f"{what} has {len(values)} values for {count} synapses.")
        return values

    def _explicit(
        self: Any,
        ranks: list[NDArray[np.int64]],
        weights: NDArray[np.float64] | None,
        delays: NDArray[np.float64] | None,
        allow_multapses: bool,
    ) -> Explicit:
        """Return the rule of synapses between neurons of given ranks, [post, pre]."""
        post, pre = (self._positions(side, which) for side, which in zip(ranks, ("post", "pre"), strict=True))
        repeated = "keep" if allow_multapses else "refuse"
        try:
            return Explicit.from_entries(post, pre, weights, delays, self.post.size, repeated=repeated)
        except RepeatedPairError as error:
            named = int(self.post.ranks[error.post]), int(self.pre.ranks[error.pre])
            raise RepeatedPairError(*named) from None

    def _positions(self: Any, ranks: NDArray[np.int64], which: str) -> NDArray[np.int64]:
        """Return the positions of neurons on a side."""
        known: NDArray[np.int64] = getattr(self, which).ranks
        if not len(ranks):
            return ranks
        order = np.argsort(known, kind="stable")
        at = np.minimum(np.searchsorted(known, ranks, sorter=order), max(0, len(known) - 1))
        wrong = np.ones(len(ranks), bool) if not len(known) else known[order[at]] != ranks
        if wrong.any():
            raise ConfigurationError(
                f"projection '{self.name}': there is no {which}synaptic neuron of rank {int(ranks[wrong][0])} among "
                f"its {len(known)}."
            )
        positions: NDArray[np.int64] = order[at]
        return positions

    def from_function(
        self: Any,
        method: Callable[..., Any],
        storage_format: str | None = None,
        storage_order: str | None = None,
        **arguments: Any,
    ) -> Any:
        """Connect as a function of yours says.

        Parameters
        ----------
        method : callable
            Called as ``method(pre, post, **arguments)``; returns a `LILConnectivity`. Every rank calls it, and must get
            the same: seed the random numbers that it draws.
        storage_format, storage_order : str, optional
            Hints.
        **arguments
            Handed to the function.

        Raises
        ------
        ConfigurationError
            When it returns something else, ranks that do not exist, or a pair twice.
        """
        check_hints(storage_format, storage_order)
        listed = method(self.pre, self.post, **arguments)
        if not isinstance(listed, LILConnectivity):
            name = getattr(method, "__name__", "the function")
            raise ConfigurationError(f"{name}() returns a LILConnectivity; got {type(listed).__name__}.")
        post, pre, w, d = listed.entries()
        one = len(np.unique(d)) <= 1
        rule = self._explicit([post, pre], w, None if one else d, False)
        return self._connect(rule, 0.0, float(d[0]) if one and len(d) else 0.0, True)

    connect_from_matrix = from_matrix
    connect_from_sparse = from_sparse
    connect_from_matrix_market = from_matrix_market
    connect_from_coo = from_coo
    connect_from_function = from_function
    connect_with_func = from_function


def integers(given: Any, what: str) -> NDArray[np.int64]:
    """Return ranks as integers.

    Raises
    ------
    ConfigurationError
        When they are something else.
    """
    values = np.asarray(given)
    if values.size and values.dtype.kind not in "iu":
        raise ConfigurationError(f"{what} are integers; got {values.dtype}.")
    if values.size and values.min() < 0:
        raise ConfigurationError(f"{what} are 0 or more; got {values.min()}.")
    return values.astype(np.int64)


def _with_gaps(given: Any, what: str) -> NDArray[np.float64]:
    """Return a matrix of numbers in which NaN stands for None, where there is no synapse."""
    try:
        values = np.asarray(given)
    except ValueError:  # rows of different lengths
        return real_numbers(given, what)
    if values.dtype != object or values.ndim != 2:
        return real_numbers(values, what)
    absent = np.frompyfunc(lambda value: value is None, 1, 1)(values).astype(bool)
    return np.where(absent, np.nan, real_numbers(np.where(absent, 0.0, values).tolist(), what))


def _matrix_market(path: str) -> Any:
    try:
        return extra("scipy.io", "from_matrix_market()", "examples").mmread(path)
    except (OSError, ValueError) as problem:
        raise FileError(path, f"it is damaged, or is no Matrix Market file: {problem}.") from None
