"""Functions that all networks share, and what they compute for arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.codegen.definitions import Definitions, Functions
from distann.codegen.ir import Function
from distann.errors import ConfigurationError, closest
from distann.runtime.initial import evaluate

__all__ = ["FunctionOfArrays", "add_function", "forget_functions", "function_texts", "global_function"]

_texts: list[str] = []


def add_function(text: str, constants: Sequence[str]) -> None:
    """Make a function known to all models that are analysed from now on.

    Raises
    ------
    EquationError, ConfigurationError
        When it cannot be read, or there is one of that name.
    """
    if not isinstance(text, str) or not text.strip():
        raise ConfigurationError(f"a function is a text such as 'f(x) = x**2'; got {text!r}.")
    known = Functions(Definitions(tuple(_texts), tuple(constants)))
    found = Functions(Definitions(tuple(_texts), tuple(constants)), text)
    for function in found.own:
        if function.name in known.names:
            raise ConfigurationError(f"there is a function '{function.name}' already: choose another name.")
    _texts.append(text)


def function_texts() -> tuple[str, ...]:
    """Return the texts of all shared functions."""
    return tuple(_texts)


def forget_functions() -> None:
    """Forget all shared functions."""
    _texts.clear()


def global_function(name: str, constants: Mapping[str, float]) -> FunctionOfArrays:
    """Return the shared function of that name.

    Raises
    ------
    ConfigurationError
        When there is none.
    """
    functions = Functions(Definitions(function_texts(), tuple(constants)), "\n".join(_texts))
    found = {function.name: function for function in functions.own}
    if name not in found:
        hint = closest(name, found) or "define it with add_function('f(x) = ...')."
        raise ConfigurationError(f"there is no function '{name}'; {hint}")
    return FunctionOfArrays(found[name], constants)


class FunctionOfArrays:
    """A user's function, for numbers and arrays of them.

    Parameters
    ----------
    function : Function
    constants : mapping
        Values of the network's constants.
    """

    def __init__(self, function: Function, constants: Mapping[str, float]) -> None:
        self._function, self._constants = function, constants
        self.__name__ = function.name

    def __call__(self, *values: ArrayLike) -> NDArray[np.float64]:
        """Return the function's values, element by element; arguments are numbers, lists or arrays of equal shapes.

        Raises
        ------
        ConfigurationError
            For another number of arguments, or shapes that do not fit together.
        """
        names = self._function.arguments
        if len(values) != len(names):
            self._refuse(f"takes {len(names)} arguments, not {len(values)}")
        given: dict[str, Any] = dict(zip(names, (np.asarray(value, np.float64) for value in values), strict=True))
        try:
            shape = np.broadcast_shapes(*(value.shape for value in given.values()))
        except ValueError:
            self._refuse("takes arrays of equal shapes")
        with np.errstate(all="ignore"):  # the same silence as in the network
            result = evaluate(self._function.body, lambda name: given.get(name, self._constants.get(name, 0.0)), shape,
                              np.random.default_rng(0))  # fmt: skip
        return np.array(np.broadcast_to(np.asarray(result, np.float64), shape))

    def _refuse(self, reason: str) -> NoReturn:
        head = f"{self._function.name}({', '.join(self._function.arguments)})"
        raise ConfigurationError(f"the function {head} {reason}.")

    def __repr__(self) -> str:
        return f"<function {self._function.name}({', '.join(self._function.arguments)})>"
