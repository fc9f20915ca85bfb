"""The values of a population: what the script gives before ``compile()``, the arrays of this rank afterwards."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distann.codegen.ir import Axis, Field, NeuronModel, Role, Type
from distann.codegen.nodes import Expression
from distann.codegen.stopping import StopCondition
from distann.errors import (
    ConfigurationError,
    DivergenceError,
    NotCompiledError,
    UnknownAttributeError,
    ValueShapeError,
)
from distann.model.arguments import number_of
from distann.model.distributions import RandomDistribution
from distann.model.specs import PopulationSpec
from distann.runtime.arrays import Inputs, Layout
from distann.runtime.comm import Comm
from distann.runtime.initial import Value, evaluate, generator
from distann.runtime.replay import Replay
from distann.runtime.timetable import Timetable

__all__ = ["PYTHON_TYPES", "PopulationState", "agree", "numbers"]

HIDDEN = (Role.INTERNAL, Role.CONSTANT)  # of these fields a script knows nothing
PYTHON_TYPES = {Type.FLOAT: np.dtype(np.float64), Type.INT: np.dtype(np.int64), Type.BOOL: np.dtype(np.bool_)}


def agree(comm: Comm, name: str, values: NDArray[Any]) -> None:
    """Make sure that every rank assigns the same; collective.

    Raises
    ------
    DivergenceError
        Naming the usual cause.
    """
    if comm.size > 1 and not comm.same(np.ascontiguousarray(values).tobytes()):
        raise DivergenceError(
            f"the ranks assign different values to '{name}'. Usually they come from an unseeded random generator, such "
            "as np.random.default_rng(): give it a seed, or use np.random.random, which distann seeds alike everywhere."
        )


class PopulationState:
    """Parameters and variables of one population. Reading and writing are collective.

    Parameters
    ----------
    spec : PopulationSpec
    model : NeuronModel
    stop : StopCondition or None
    comm : Comm
    seed : int
        Of the network: for initial values that are drawn.
    dt : float
        Step, ms.
    number : int
        Of the population in its network.
    constants : mapping
        Values of the network's constants, as they are at the moment.
    """

    def __init__(
        self,
        spec: PopulationSpec,
        model: NeuronModel,
        stop: StopCondition | None,
        comm: Comm,
        seed: int,
        dt: float,
        number: int,
        constants: Mapping[str, float],
    ) -> None:
        self.spec, self.model, self.comm, self.seed, self.number = spec, model, comm, seed, number
        self.layout: Layout | None = None
        self.replayed: Replay | None = None
        self.played: dict[str, Timetable] = {}
        self.arrays: dict[str, NDArray[Any]] = {}
        self._given: dict[str, Value] = {}
        self.draws = 0  # how many times values were drawn after the first ones
        self._time = {"dt": dt, "t": 0.0}
        self.stop = stop
        self.enabled = True
        self._constants = constants
        self.rate_window: float | None = None  # ms, over which mean firing rates are measured

    @property
    def names(self) -> tuple[str, ...]:
        """What can be read and set: parameters, variables, inputs of spiking neurons."""
        return tuple(f.name for f in self.model.fields if f.role not in HIDDEN and f.name.isidentifier())

    def field(self, name: str) -> Field:
        """Return the field of that name.

        Raises
        ------
        UnknownAttributeError
            With a suggestion.
        """
        found = self.model.field(name)
        if found is None or found.role in HIDDEN:
            raise UnknownAttributeError(f"population '{self.spec.name}'", name, self.names)
        return found

    # ---- reading --------------------------------------------------------------------------------------------------

    def get(self, name: str) -> Any:
        """Return a number, or an array of one number for each neuron of the population, on every rank."""
        field = self.field(name)
        values = self._initial(field) if self.layout is None else self._current(field)
        if field.axis is Axis.OBJECT:
            return PYTHON_TYPES[field.type].type(values).item()
        return np.array(np.broadcast_to(values, self.spec.size), dtype=PYTHON_TYPES[field.type])

    def local(self, name: str) -> NDArray[Any]:
        """Return this rank's own array, without a copy: shape (local neurons,). Not collective.

        Raises
        ------
        NotCompiledError
            Before ``compile()``, when no rank owns anything yet.
        """
        field = self.field(name)
        if self.layout is None:
            raise NotCompiledError(f"reading the local values of population '{self.spec.name}'")
        return self.arrays[name][: 1 if field.axis is Axis.OBJECT else self.layout.partition.local]

    def _current(self, field: Field) -> Any:
        assert self.layout is not None
        if field.axis is Axis.OBJECT:
            return self.arrays[field.name][0, 0]
        return self.comm.gather_array(self.arrays[field.name][: self.layout.partition.local])

    def _initial(self, field: Field) -> Value:
        if field.role is Role.CONSTANT:
            return self._constants[field.name]
        if field.name in self._given:
            return self._given[field.name]
        if field.initial is None:
            return 0.0
        shape = () if field.axis is Axis.OBJECT else self.spec.size
        return evaluate(field.initial, self._lookup, shape, self._rng(field.name, 0))

    def value_of(self, expression: Expression) -> Value:
        """Return the value that an expression of parameters has before the first step."""
        return evaluate(expression, self._lookup, self.spec.size, self._rng("", 0))

    def _lookup(self, name: str) -> Value:
        found = self.model.field(name)
        return self._time[name] if name in self._time or found is None else self._initial(found)

    # ---- writing --------------------------------------------------------------------------------------------------

    def set(self, name: str, value: Any, ranks: NDArray[Any] | None = None) -> None:
        """Set an attribute of all neurons, or of those in `ranks`.

        Parameters
        ----------
        name : str
        value : number, array or RandomDistribution
            One value, or as many as there are neurons to set (flat, or in the geometry of the population).
        ranks : ndarray of int, optional

        Raises
        ------
        UnknownAttributeError, ValueShapeError, DivergenceError
        """
        field = self.field(name)
        values = self._checked(field, value, self.spec.size if ranks is None else len(ranks), ranks is None)
        agree(self.comm, name, values)
        if self.layout is not None:
            self._write(field, values, ranks)
        elif ranks is None or field.axis is Axis.OBJECT:
            self._given[name] = values
        else:
            whole = np.array(np.broadcast_to(self._initial(field), self.spec.size), PYTHON_TYPES[field.type])
            whole[ranks] = values
            self._given[name] = whole

    def _checked(self, field: Field, value: Any, size: int, whole: bool) -> NDArray[Any]:
        if isinstance(value, RandomDistribution):
            self.draws += 1
            value = value.get_values(() if field.axis is Axis.OBJECT else size, self._rng(field.name, self.draws))
        values = numbers(field, value)
        if values.ndim == 0:
            return values
        expected = self.spec.geometry if whole else (size,)
        if field.axis is Axis.OBJECT:
            raise ValueShapeError(field.name, (), values.shape)
        if values.shape not in ((size,), expected):
            raise ValueShapeError(field.name, expected, values.shape)
        return values.reshape(-1)

    def _write(self, field: Field, values: NDArray[Any], ranks: NDArray[Any] | None) -> None:
        assert self.layout is not None
        array, own = self.arrays[field.name], self.layout.partition
        if ranks is None or field.axis is Axis.OBJECT:
            self.layout.fill(array, field, values)
            return
        mine = (ranks >= own.begin) & (ranks < own.end)
        array[ranks[mine] - own.begin] = values[mine] if values.ndim else values

    def _rng(self, name: str, draw: int) -> np.random.Generator:
        return generator(self.seed, self.number, name, draw)

    def set_constant(self, name: str, value: float) -> None:
        """Take note that a constant of the network has changed."""
        field = self.model.field(name)
        if field is not None and field.role is Role.CONSTANT and self.layout is not None:
            self.layout.fill(self.arrays[name], field, value)

    def measure_rate(self, window: float) -> None:
        """Let `r` be the mean firing rate over the last `window` ms, from the first step on.

        Raises
        ------
        ConfigurationError
            For a rate-coded population, after ``compile()``, or for a time that is none.
        """
        if self.model.spike is None:
            kind = "has axonal spikes only" if self.model.spiking else "is rate-coded"
            raise ConfigurationError(f"population '{self.spec.name}' {kind}: it has no spikes to count.")
        if self.layout is not None:
            raise ConfigurationError("the network is compiled: call compute_firing_rate() before compile().")
        number = number_of(window, "a window")
        if number <= 0:
            raise ConfigurationError(f"a window is a positive number of ms; got {window!r}.")
        self.rate_window = number

    def adopt(self, other: PopulationState) -> None:
        """Take over the values that have been given to another population of the same neuron."""
        self._given, self.rate_window = dict(other._given), other.rate_window
        self.replayed = other.replayed.copy() if other.replayed is not None else None
        self.played = {name: timetable.copy() for name, timetable in other.played.items()}

    # ---- given for all time ---------------------------------------------------------------------------------------

    def play(self, name: str, timetable: Timetable) -> None:
        """Let an attribute take the values of a timetable; collective.

        Raises
        ------
        ConfigurationError, DivergenceError
        """
        self._agree_on(name, timetable.content)
        if name in self.played:
            self.played[name].replace(timetable)
        else:
            self.played[name] = timetable

    def replay(self, spikes: Replay) -> None:
        """Let the neurons emit given spikes; collective."""
        self._agree_on("spike_times", spikes.content)
        if self.replayed is not None:
            self.replayed.replace(spikes)
        else:
            self.replayed = spikes

    def _agree_on(self, name: str, content: list[bytes]) -> None:
        agree(self.comm, name, np.frombuffer(b"".join(content), np.uint8))

    def content(self) -> list[bytes]:
        """Return what is given for all time, in bytes; refuses a schedule that does not fit the step."""
        for timetable in self.played.values():
            timetable.steps(self._time["dt"])
        spikes = self.replayed.content if self.replayed is not None else []
        return [part for timetable in self.played.values() for part in timetable.content] + spikes

    # ---- compiled -------------------------------------------------------------------------------------------------

    def allocate(self, layout: Layout, inputs: Inputs) -> None:
        """Make the arrays of this rank and give them their initial values."""
        shared = {self.model.input_field(target) for target in self.model.targets if self.model.spiking}
        self.arrays = {
            field.name: inputs.allocate(self.number, field.name) if field.name in shared else layout.allocate(field)
            for field in self.model.fields
        }
        self.layout = layout
        self.reset()

    def reset(self, names: ArrayLike | None = None) -> None:
        """Give all attributes, or those in `names`, the values that they had before the first step."""
        assert self.layout is not None
        wanted = None if names is None else set(np.atleast_1d(np.asarray(names)).tolist())
        for field in self.model.fields:
            if wanted is None or field.name in wanted:
                self.layout.fill(self.arrays[field.name], field, self._initial(field))


def numbers(field: Field, value: Any) -> NDArray[Any]:
    """Return what an attribute is set to as an array of its type.

    Raises
    ------
    ConfigurationError
        For what is not a number, or not an integer where the attribute is one.
    """
    try:
        values = np.asarray(value)
    except ValueError:  # rows of different lengths
        values = np.asarray(None)
    if values.dtype.kind not in "biuf" and values.size:
        raise ConfigurationError(
            f"'{field.name}' is set to numbers, an array of numbers or a distribution; got {_described(value)}."
        )
    converted = values.astype(PYTHON_TYPES[field.type])
    if field.type is Type.INT and not np.array_equal(converted, values):
        raise ConfigurationError(f"'{field.name}' is declared as an integer; got {_described(value)}.")
    return converted


def _described(value: Any) -> str:
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else reprlib.repr(value)
