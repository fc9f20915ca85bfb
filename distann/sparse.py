"""Random sparse matrices for `Projection.from_sparse`; they need scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError
from distann.io.extras import extra
from distann.listed import integers
from distann.model import RandomDistribution
from distann.model.arguments import number_of
from distann.model.rules import FixedProbability

__all__ = ["sparse_delays_from_weights", "sparse_random_matrix"]


def sparse_random_matrix(pre: Any, post: Any, proba: float, weights: float | RandomDistribution) -> Any:
    """Return a random matrix in which each pair is there with the same probability.

    numpy's global generator draws, which distann seeds alike on all ranks.

    Parameters
    ----------
    pre, post : int, Population or PopulationView
        Sizes.
    proba : float
    weights : float or RandomDistribution

    Returns
    -------
    scipy.sparse.lil_matrix, shape (presynaptic, postsynaptic)
    """
    sizes = [side if isinstance(side, int) else side.size for side in (pre, post)]
    proba = FixedProbability(proba).probability
    targets = [np.flatnonzero(np.random.random(sizes[1]) < proba) for _ in range(sizes[0])]
    rows = np.repeat(np.arange(sizes[0]), [len(row) for row in targets])
    columns = integers(np.concatenate([np.zeros(0, np.int64), *targets]), "ranks")
    return _matrix(_values(weights, len(rows)), rows, columns, (sizes[0], sizes[1]))


def sparse_delays_from_weights(weights: Any, delays: float | RandomDistribution) -> Any:
    """Return delays for the entries of a matrix of weights.

    Parameters
    ----------
    weights : scipy sparse matrix
    delays : float or RandomDistribution
        ms.

    Returns
    -------
    scipy.sparse.lil_matrix, of the same shape
    """
    if not hasattr(weights, "tocoo"):
        raise ConfigurationError(f"a scipy sparse matrix is expected; got {type(weights).__name__}.")
    entries = weights.tocoo()
    return _matrix(_values(delays, len(entries.data)), entries.row, entries.col, weights.shape)


def _values(given: float | RandomDistribution, count: int) -> NDArray[Any]:
    if isinstance(given, RandomDistribution):
        return given.get_values(count, np.random.default_rng(np.random.randint(2**31)))
    return np.full(count, number_of(given, "a weight or a delay"))


def _matrix(values: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]) -> Any:
    sparse = extra("scipy.sparse", "a sparse matrix", "examples")
    return sparse.coo_matrix((values, (rows, columns)), shape=shape).tolil()
