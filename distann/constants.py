"""Constants: numbers of a network that all its models can name, and that can change while it runs."""

from __future__ import annotations

import operator
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.runtime.network import NetworkState
from distann.runtime.session import numbered_network

__all__ = ["Constant"]


class Constant:
    """A number with a name, which the equations of every neuron and synapse of a network can use.

    It computes like the number that it has at the moment. Define it before the models that name it.

    Parameters
    ----------
    name : str
    value : float
    net_id : int
        The `Network.id` of its network; the default one has 0. See `Network.constant` as well.

    Raises
    ------
    ConfigurationError
        When the name is taken or none, the value not a finite number, or there is no such network.
    """

    __slots__ = ("_name", "_network")

    def __init__(self, name: str, value: float, net_id: int = 0) -> None:
        self._join(numbered_network(net_id), name, value)

    @classmethod
    def _in(cls, network: NetworkState, name: str, value: float) -> Constant:
        constant = cls.__new__(cls)
        constant._join(network, name, value)
        return constant

    def _join(self, network: NetworkState, name: str, value: float) -> None:
        network.add_constant(name, value)
        self._network, self._name = network, name
        network.constant_objects.append(self)

    @property
    def name(self) -> str:
        """What equations call it."""
        return self._name

    @property
    def value(self) -> float:
        """Its present value."""
        return self._network.constants[self._name]

    def set(self, value: float) -> None:
        """Change the value, for all equations from the next step on. Collective.

        Raises
        ------
        ConfigurationError
            When it is not a finite number.
        DivergenceError
            When the ranks give different values.
        """
        self._network.set_constant(self._name, value)

    def __float__(self) -> float:
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.value, dtype)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __hash__(self) -> int:
        return hash((id(self._network), self._name))

    def __format__(self, form: str) -> str:
        return format(self.value, form)

    def __repr__(self) -> str:
        return f"Constant({self._name!r}, {self.value!r})"


def _computing(function: Callable[..., Any], swapped: bool = False) -> Callable[..., Any]:
    """Return a method that computes with the value."""

    def method(self: Constant, *others: Any) -> Any:
        numbers = [other.value if isinstance(other, Constant) else other for other in others]
        return function(*numbers, self.value) if swapped else function(self.value, *numbers)

    return method


for _word in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    setattr(Constant, f"__{_word}__", _computing(getattr(operator, _word)))
    setattr(Constant, f"__r{_word}__", _computing(getattr(operator, _word), swapped=True))
for _word in ("eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs"):
    setattr(Constant, f"__{_word}__", _computing(getattr(operator, _word)))
for _function in (int, round):
    setattr(Constant, f"__{_function.__name__}__", _computing(_function))
Real.register(Constant)
