"""C structures of the engine from Python values. cffi does not keep alive what a structure points to: `Keeper` does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.build import interface, pointer
from distann.errors import ConfigurationError
from distann.model.distributions import RandomDistribution

__all__ = ["Keeper", "distribution", "stream", "values_of"]

KINDS = {
    "Uniform": "DISTANN_UNIFORM",
    "Normal": "DISTANN_NORMAL",
    "LogNormal": "DISTANN_LOG_NORMAL",
    "Exponential": "DISTANN_EXPONENTIAL",
    "DiscreteUniform": "DISTANN_DISCRETE_UNIFORM",
    "Gamma": "DISTANN_GAMMA",
    "Binomial": "DISTANN_BINOMIAL",
}
POPULATIONS, PROJECTIONS = 0, 1  # what a random stream belongs to


def stream(owner: int, number: int, draw: int = 0) -> int:
    """Return the number of a random stream: two bits for the kind of its owner, 22 for the owner, 8 for its draws."""
    if number >= 1 << 22 or draw >= 1 << 8:
        raise ConfigurationError(
            "a network has at most 4,194,304 populations and projections, a model at most 256 draws."
        )
    return owner << 30 | number << 8 | draw


class Keeper:
    """Makes C objects and keeps them, and the arrays that they point to, for as long as it lives."""

    def __init__(self) -> None:
        self.ffi = interface()
        self._kept: list[Any] = []

    def new(self, kind: str, value: Any = None) -> Any:
        """Return a new C object, such as ``new("distann_rule *")`` or ``new("int32_t[]", [1, 2])``."""
        made = self.ffi.new(kind) if value is None else self.ffi.new(kind, value)
        self._kept.append(made)
        return made

    def pointer(self, array: NDArray[Any] | None, *, writable: bool = False) -> Any:
        """Return the address of an array, NULL for None."""
        if array is None:
            return self.ffi.NULL
        address = pointer(array, array.dtype, writable=writable)
        self._kept += [array, address]
        return address

    def constant(self, name: str) -> int:
        """Return the value of an enumerator of abi.h."""
        return int(self.ffi.integer_const(name))


def distribution(keeper: Keeper, into: Any, value: float | RandomDistribution, stream_number: int) -> None:
    """Fill a ``distann_distribution`` from a number or a distribution."""
    into.stream = stream_number
    into.min, into.max = -math.inf, math.inf
    if isinstance(value, RandomDistribution):
        into.kind = keeper.constant(KINDS[type(value).__name__])
        into.a, into.b = value.arguments
        into.min, into.max = value.bounds
    else:
        into.kind, into.a = keeper.constant("DISTANN_CONSTANT"), float(value)


def values_of(keeper: Keeper, into: Any, values: NDArray[np.float64]) -> None:
    """Fill a ``distann_distribution`` with one value for each synapse of explicit rows."""
    into.kind, into.values = keeper.constant("DISTANN_VALUES"), keeper.pointer(values)
