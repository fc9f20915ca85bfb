"""The connectors: each says who is connected to whom, and with which weights and delays."""

from __future__ import annotations

import math
import reprlib
from typing import Any

import numpy as np

from distann.errors import ConfigurationError, closest
from distann.model import RandomDistribution
from distann.model.rules import AllToAll, Explicit, FixedNumberPre, FixedProbability, FixedTotalNumber, OneToOne

__all__ = ["Connectors"]

FORMATS = (
    "lil", "csr", "csr_vector", "csr_scalar", "dense", "ell", "ellr", "sell", "coo", "bsr", "hyb", "dia",
    "auto", "default",
)  # fmt: skip
ORDERS = ("post_to_pre", "pre_to_post")

NUMBERS = (int, float, np.integer, np.floating)

Weights = float | RandomDistribution
Delays = float | RandomDistribution


class Connectors:
    """The connectors of a projection. Each may be called once, before ``compile()``, and returns the projection.

    All take `weights` (a number or a distribution), `delays` (ms, a number or a distribution; rounded half up to steps,
    at least one) and the hints `storage_format` and `storage_order`, which never change results. A weight that is one
    number is stored once (``proj.w`` is a number then) unless `force_multiple_weights` is true.
    """

    def all_to_all(
        self: Any,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect every presynaptic neuron to every postsynaptic one.

        Parameters
        ----------
        weights : float or RandomDistribution
        delays : float or RandomDistribution
            ms.
        allow_self_connections : bool
            Whether a neuron connects to itself; matters when both sides are one population.
        force_multiple_weights : bool
            Store a weight for each synapse even when all are one number.
        storage_format, storage_order : str, optional
            Hints.
        """
        _check_hints(storage_format, storage_order)
        return self._connect(AllToAll(allow_self_connections), weights, delays, force_multiple_weights)

    def one_to_one(
        self: Any,
        weights: Weights = 1.0,
        delays: Delays = 0.0,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect neuron i of one side to neuron i of the other, as far as the smaller side goes.

        Parameters are those of `all_to_all`.
        """
        _check_hints(storage_format, storage_order)
        self._warn_of_sizes()
        return self._connect(OneToOne(), weights, delays, force_multiple_weights)

    def fixed_probability(
        self: Any,
        probability: float,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect each pair with the same probability, independently.

        Parameters
        ----------
        probability : float
            From 0 to 1.

        The others are those of `all_to_all`.
        """
        _check_hints(storage_format, storage_order)
        rule = FixedProbability(probability, allow_self_connections)
        return self._connect(rule, weights, delays, force_multiple_weights)

    def fixed_number_pre(
        self: Any,
        number: int,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = False,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect each postsynaptic neuron to the same number of different presynaptic ones, chosen at random.

        Parameters
        ----------
        number : int
            Presynaptic neurons of each postsynaptic one; all of them when there are not more.

        The others are those of `all_to_all`.
        """
        _check_hints(storage_format, storage_order)
        rule = FixedNumberPre(number, allow_self_connections)
        return self._connect(rule, weights, delays, force_multiple_weights)

    def fixed_total_number(
        self: Any,
        number: int,
        weights: Weights,
        delays: Delays = 0.0,
        allow_self_connections: bool = True,
        allow_multapses: bool = True,
        force_multiple_weights: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect a number of pairs, chosen at random from all pairs.

        Parameters
        ----------
        number : int
            Synapses in all.
        allow_multapses : bool
            Whether a pair can be chosen again, so that it has several synapses. Otherwise all pairs differ.

        The others are those of `all_to_all`.

        Raises
        ------
        ConfigurationError
            When there are not as many pairs.
        """
        _check_hints(storage_format, storage_order)
        rule = FixedTotalNumber(number, allow_self_connections, allow_multapses)
        self._check_pairs(rule)
        return self._connect(rule, weights, delays, force_multiple_weights)

    def from_sparse(
        self: Any,
        weights: Any,
        delays: Delays = 0.0,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect as a scipy sparse matrix says.

        Parameters
        ----------
        weights : scipy sparse matrix, shape (presynaptic, postsynaptic)
            Its stored entries are the weights. The FIRST axis is presynaptic.
        delays : float
            ms.
        storage_format, storage_order : str, optional
            Hints.

        Raises
        ------
        ConfigurationError
            When the shape is not (presynaptic, postsynaptic).
        """
        _check_hints(storage_format, storage_order)
        expected = (self.pre.size, self.post.size)
        if tuple(getattr(weights, "shape", ())) != expected:
            raise ConfigurationError(
                f"projection '{self.name}': the matrix has the shape {getattr(weights, 'shape', None)}, "
                f"but (presynaptic, postsynaptic) is {expected}: the first axis is presynaptic."
            )
        return self._connect(Explicit.from_sparse(weights), 0.0, delays, True)

    connect_all_to_all = all_to_all
    connect_one_to_one = one_to_one
    connect_fixed_probability = fixed_probability
    connect_fixed_number_pre = fixed_number_pre
    connect_fixed_total_number = fixed_total_number
    connect_from_sparse = from_sparse


def _check_hints(storage_format: str | None, storage_order: str | None) -> None:
    if storage_format is not None and storage_format not in FORMATS:
        hint = closest(str(storage_format), FORMATS) or f"choose one of {', '.join(FORMATS)}."
        raise ConfigurationError(f"unknown storage_format '{storage_format}'; {hint}")
    if storage_order is not None and storage_order not in ORDERS:
        raise ConfigurationError(f"unknown storage_order '{storage_order}'; choose one of {', '.join(ORDERS)}.")


def checked_weights(weights: Any) -> Weights:
    """Return weights that are a number or a distribution.

    Raises
    ------
    ConfigurationError
    """
    if isinstance(weights, RandomDistribution):
        return weights
    if isinstance(weights, bool) or not isinstance(weights, NUMBERS) or not math.isfinite(weights):
        raise ConfigurationError(
            f"weights are a finite number or a distribution such as Uniform(0, 1); got {_described(weights)}. For a "
            "matrix of weights there is connect_from_sparse()."
        )
    return float(weights)


def _described(value: Any) -> str:
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else reprlib.repr(value)


def checked_delays(delays: Any) -> Delays:
    """Return delays in ms that are a number or a distribution.

    Raises
    ------
    ConfigurationError
    """
    if isinstance(delays, RandomDistribution):
        return delays
    if isinstance(delays, bool) or not isinstance(delays, NUMBERS) or not 0.0 <= delays < math.inf:
        raise ConfigurationError(
            "delays are a number of ms, 0 or more, or a distribution such as Uniform(1.0, 5.0); "
            f"got {_described(delays)}."
        )
    return float(delays)
