"""The values of a projection: what the script gives before ``compile()``, what it reads and sets afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Field, Role, SynapseModel
from distann.codegen.nodes import Draw, Expression
from distann.errors import ConfigurationError, FileError, NotCompiledError, ValueShapeError
from distann.model.distributions import RandomDistribution
from distann.model.explicit import Matrix
from distann.model.rules import Edges, Explicit
from distann.model.specs import ProjectionSpec
from distann.runtime.comm import Comm
from distann.runtime.edges import write_edges
from distann.runtime.engine_synapses import Learning, RuleSwitch
from distann.runtime.initial import distribution_of, evaluate, generator
from distann.runtime.rows import Rows
from distann.runtime.state import PYTHON_TYPES, agree, numbers
from distann.runtime.synapses import BuiltSynapses

__all__ = ["ProjectionState", "flattened"]


class ProjectionState(BuiltSynapses):
    """Parameters and variables of one projection. Reading and writing are collective.

    Parameters
    ----------
    spec : ProjectionSpec
    model : SynapseModel
    comm : Comm
    seed : int
        Of the network: for values that are drawn after ``compile()``.
    number : int
        Of the projection in its network.
    dt : float
        Step, ms.
    constants : mapping
        Values of the network's constants, as they are at the moment.

    Attributes
    ----------
    model : SynapseModel
        As it was declared; after ``compile()``, with each value where it really varies.
    """

    def __init__(
        self,
        spec: ProjectionSpec,
        model: SynapseModel,
        comm: Comm,
        seed: int,
        number: int,
        dt: float,
        constants: Mapping[str, float],
    ) -> None:
        super().__init__(spec, model, comm)
        self.seed, self.number = seed, number
        # What is declared or given; what is computed from others is so when it is needed.
        self.initial: dict[str, Any] = {f.name: constants[f.name] for f in model.fields if f.role is Role.CONSTANT}
        self.initial["w"] = spec.weights
        self._declared = {field.name: field for field in model.fields}
        self._time = {"dt": dt, "t": 0.0}
        self.learning = Learning()
        self.draws = 0
        self.transmission = True  # whether spikes and values reach the postsynaptic neurons
        self.axon_transmission = True  # whether axonal spikes do as well
        self.rules = RuleSwitch(), RuleSwitch()  # those that make synapses, and that remove them

    def initial_value(self, field: Field) -> float | RandomDistribution:
        """Return what a value starts with."""
        if field.name in self.initial:
            given: float | RandomDistribution = self.initial[field.name]
            return given
        return 0.0 if field.initial is None else self.value_of(field.initial)

    def initial_values(self) -> dict[str, float | RandomDistribution]:
        """Return what all values start with, by name."""
        return {field.name: self.initial_value(field) for field in self.model.fields}

    def _number(self, expression: Expression) -> float:
        return float(evaluate(expression, self._lookup, (), generator(self.seed, self.number, "initial", 0)))

    def _lookup(self, name: str) -> float:
        if name in self._time:
            return self._time[name]
        value = self.initial_value(self.field(name))
        if isinstance(value, RandomDistribution):
            raise ConfigurationError(
                f"projection '{self.spec.name}': an initial value is computed from '{name}', which is drawn for each "
                "synapse; give it a number, or a distribution of its own."
            )
        return value

    @property
    def shared(self) -> frozenset[str]:
        """Names of the values that start as one number for all synapses."""
        if self.spec.individual:
            return frozenset()
        numbers = {name for name, value in self.initial_values().items() if not isinstance(value, RandomDistribution)}
        if self.spec.changeable:  # what changes is each synapse's own, since a new one begins at the beginning
            numbers &= {field.name for field in self.model.fields if field.role is Role.PARAMETER} - {"w"}
            return frozenset(numbers)
        return frozenset(numbers - (set() if self.spec.shared_weight else {"w"}))

    def value_of(self, expression: Expression) -> float | RandomDistribution:
        """Return the number, or the distribution, that a text gives: it may name parameters."""
        if isinstance(expression, Draw):
            return distribution_of(expression, self._number)
        return self._number(expression)

    # ---- compiled -------------------------------------------------------------------------------------------------

    def set_constant(self, name: str, value: float) -> None:
        """Take note that a constant of the network has changed."""
        field = self.model.field(name)
        if field is not None and field.role is Role.CONSTANT:
            self.initial[name] = value
            if name in self.own:
                self.own[name][...] = value

    def reset(
        self, weights: bool = False, names: Collection[str] | None = None, connectivity: bool = False
    ) -> None:
        """Give attributes, or some, their initial values again; weights and the connectivity on request; collective.

        Where synapses have come and gone, and the connectivity stays, values that are drawn are drawn anew.
        """
        changed = self.spec.changeable and self.changed()
        if changed and connectivity:
            self.reconstruct()
        for field in self.model.fields:
            if (field.name == "w" and not weights) or (names is not None and field.name not in names):
                continue
            if field.axis is Axis.SEGMENT:
                self._write(field.name, np.asarray(self.initial_value(field)))
            elif field.axis is not Axis.SYNAPSE:
                self.own[field.name][...] = self.initial_value(field)
            elif changed and not connectivity:
                self._write(field.name, self._first_values(field))
            elif field.name in self._first:
                position = self.built.stored.index(field.name)
                self.built.part.write_synapses(self.built.number, position, self._first[field.name])

    def _first_values(self, field: Field) -> NDArray[Any]:
        """Return what a value of synapses starts with that are others than at first."""
        drawn = isinstance(self.spec.weights, float | RandomDistribution) and not self._lists_weights
        if field.name == "w" and not drawn:
            raise ConfigurationError(
                f"synapses of projection '{self.spec.name}' have come and gone since its connector gave them weights; "
                "reset(synapses=True) restores those synapses and their weights."
            )
        value = self.initial_value(field)
        if not isinstance(value, RandomDistribution):
            return np.asarray(value)
        return value.get_values(self.count(), generator(self.seed, self.number, f"first {field.name}", 0))

    def one_a_synapse(self, name: str) -> bool:
        """Whether a value is each synapse's own by its declaration; it may be stored once for many."""
        return self._declared[name].axis is Axis.SYNAPSE

    def one_for_many(self, name: str) -> str | None:
        """Say what shares one value: a ``"row"``, the whole ``"projection"``, or nothing, where it is one a synapse."""
        field = self.field(name)
        if field.axis is Axis.OBJECT:
            return "projection"
        return "row" if self._built is not None and self._declared[name].axis is Axis.NEURON else None

    def set_row(self, name: str, post: int, value: Any) -> None:
        """Set the synapses of one postsynaptic neuron: to a number, a distribution, or one value for each.

        Raises
        ------
        ConfigurationError, ValueShapeError, DivergenceError
        """
        field, row = self.field(name), self.order.row(post)
        size = self.comm.sum(row.stop - row.start)
        if isinstance(value, RandomDistribution):
            self.draws += 1
            rng = generator(self.seed, self.number, f"synapses' {name}", self.draws)
            value = value.get_values(() if field.axis is Axis.NEURON else size, rng)
        values = numbers(field, value)
        if values.shape not in ((), (size,)) or (values.ndim and field.axis is Axis.NEURON):
            raise ValueShapeError(name, () if field.axis is Axis.NEURON else (size,), values.shape)
        agree(self.comm, name, values)
        if field.axis is Axis.NEURON:
            own = self.built.partition
            if own.begin <= post < own.end:
                self.own[name][post - own.begin] = values
        elif field.axis is Axis.SYNAPSE:
            self.built.part.settle(self.built.number)  # on all ranks, as it happens where the row is
            if row.stop > row.start:
                self._remember(name)
                local = np.array(self.local_values(name))
                local[row] = values
                self._store(name, local)
        elif field.axis is Axis.SEGMENT:
            raise ConfigurationError(
                f"'{name}' is the same for all synapses of one presynaptic neuron and delay, since nothing else "
                "changes it. To give each its own, call the connector with force_multiple_weights=True."
            )
        else:
            self._refuse_several(name)

    def declare_max_delay(self, ms: float) -> None:
        """Make room for delays that are changed while the network runs."""
        if self._built is not None:
            raise ConfigurationError(f"projection '{self.spec.name}': declare max_delay before compile().")
        self.spec = replace(self.spec, max_delay=ms)

    def save(self, path: str, pre_size: int, post_size: int) -> None:
        """Write all synapses to a file; collective. See `write_edges`."""
        if Path(path).suffix not in (".npz", ".h5", ".hdf5"):
            raise FileError(path, "connectivity is saved as .npz or .h5.")
        post, pre = self.pairs()
        ranks = {"post": post.astype(np.uint32), "pre": pre.astype(np.uint32)}
        arrays = {**ranks, "w": self.flat("w"), "delay": self.delays()}
        problem = ""
        if self.comm.rank == 0:
            try:
                write_edges(path, arrays, (pre_size, post_size), self.spec.name)
            except FileError as error:
                problem = error.reason
        problem = self.comm.bcast(problem)
        if problem:
            raise FileError(path, problem)

    def get(self, name: str) -> Any:
        """Return a number, one value a postsynaptic neuron with synapses, or `Rows`."""
        field = self.field(name)
        if self._built is None:
            self._refuse_given(field)
            return self.initial_value(field)
        if field.axis is Axis.OBJECT:
            return PYTHON_TYPES[field.type].type(self.own[name][0, 0]).item()
        flat, starts = self.flat(name), self.rows()[1]
        return flat[starts[:-1]] if self._declared[name].axis is Axis.NEURON else Rows(flat, starts)

    def set(self, name: str, value: Any) -> None:
        """Set an attribute of all synapses.

        Parameters
        ----------
        name : str
        value : number, RandomDistribution, `Rows` or nested sequence, or flat array
            A number for all; or, after ``compile()``, one value a synapse in the order of `pairs`, or one a row.

        Raises
        ------
        UnknownAttributeError, ValueShapeError, DivergenceError
        """
        field = self.field(name)
        if self._built is None:
            self._set_initial(field, value)
            return
        if isinstance(value, RandomDistribution):
            value = self._drawn(field, value)
        values = flattened(field, value)
        agree(self.comm, name, values)
        if field.axis is Axis.SYNAPSE:
            self._remember(name)
            self._write(name, values)
        elif field.axis is Axis.SEGMENT:
            self._write_shared(field, values, self.pairs()[1], self.delays())
        elif field.axis is Axis.OBJECT:
            if values.ndim:
                self._refuse_several(name)
            self.own[name][...] = values
        else:
            if values.shape == (self.count(),) and self._declared[name].axis is Axis.SYNAPSE:
                values = self._one_a_neuron(field, values)
            self._write_rows(name, values)

    def _drawn(self, field: Field, distribution: RandomDistribution) -> NDArray[Any]:
        """Draw the values of all synapses: the same ones on all ranks, for any number of ranks."""
        if field.axis is Axis.OBJECT:
            self._refuse_several(field.name)
        self.draws += 1
        # Not the name alone: the population of the same number may have an attribute of that name.
        rng = generator(self.seed, self.number, f"synapses' {field.name}", self.draws)
        count = self.count() if field.axis is Axis.SYNAPSE else len(self.post_ranks())
        return distribution.get_values(count, rng)

    def _refuse_several(self, name: str) -> NoReturn:
        hint = ""
        if name == "w" or self._declared[name].axis is Axis.SYNAPSE:
            hint = " To give each its own, call the connector with force_multiple_weights=True."
        raise ConfigurationError(
            f"'{name}' is one number for all synapses of projection '{self.spec.name}'; set it to a number.{hint}"
        )

    def _set_initial(self, field: Field, value: Any) -> None:
        self._refuse_given(field)
        if not isinstance(value, RandomDistribution):
            number = flattened(field, value)
            if number.ndim:
                raise NotCompiledError(f"setting each synapse's '{field.name}'")
            value = float(number)
        elif field.axis is not Axis.SYNAPSE:
            self._refuse_several(field.name)
        self.initial[field.name] = value

    def _write(self, name: str, values: NDArray[Any]) -> None:
        own = len(self.order.slots)
        counts = self.comm.allgather(own)
        if values.ndim and values.shape != (sum(counts),):
            values = self._one_a_row(name, values)
        begin = sum(counts[: self.comm.rank])
        self._store(name, values[begin : begin + own] if values.ndim else np.full(own, values, np.float64))

    def _refuse_given(self, field: Field) -> None:
        """Weights that are listed are laid out by ``compile()``."""
        if field.name == "w" and self._lists_weights:
            raise NotCompiledError(f"access to the weights of projection '{self.spec.name}', which a matrix gives,")

    @property
    def _lists_weights(self) -> bool:
        rule = self.spec.rule
        return (
            (isinstance(rule, Explicit) and rule.values is not None)
            or (isinstance(rule, Edges) and rule.weights is not None)
            or isinstance(self.spec.weights, Matrix)
        )

    def _write_shared(self, field: Field, values: NDArray[Any], *keys: NDArray[Any]) -> None:
        """Set what all synapses share that a neuron reaches after one delay."""
        if values.ndim:
            _refuse_unequal(field, values, np.lexsort(keys), keys)
        self._write(field.name, values)

    def _one_a_neuron(self, field: Field, values: NDArray[Any]) -> NDArray[Any]:
        """Return one value for each postsynaptic neuron, from equal ones of its synapses."""
        _refuse_unequal(field, values, np.arange(len(values)), (self.pairs()[0],))
        return values[self.rows()[1][:-1]]

    def _one_a_row(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        """Return one value for each synapse from one for each row."""
        ranks, starts = self.rows()
        if values.shape != ranks.shape:
            raise ValueShapeError(name, (int(starts[-1]),), values.shape)
        return np.repeat(values, np.diff(starts))

    def _write_rows(self, name: str, values: NDArray[Any]) -> None:
        post = self.post_ranks()
        if values.ndim and values.shape != post.shape:
            raise ValueShapeError(name, post.shape, values.shape)
        own = self.built.partition
        mine = (post >= own.begin) & (post < own.end)
        self.own[name][post[mine] - own.begin] = values[mine] if values.ndim else values


def _refuse_unequal(field: Field, values: NDArray[Any], order: NDArray[Any], keys: Sequence[NDArray[Any]]) -> None:
    """Values that synapses share are given alike."""
    same = np.all([np.diff(key[order]) == 0 for key in keys], axis=0)
    if np.any(np.diff(values[order])[same]):
        whose = "of one presynaptic neuron and delay" if field.axis is Axis.SEGMENT else "onto one postsynaptic neuron"
        raise ConfigurationError(
            f"'{field.name}' is the same for all synapses {whose}, since nothing else changes it; set it to values "
            "that are equal there, or start it from a distribution."
        )


def flattened(field: Field, value: Any) -> NDArray[Any]:
    """Return what an attribute is set to as one number, or as a flat array of numbers."""
    if isinstance(value, Rows):
        value = value.flat
    elif isinstance(value, list | tuple) and value and all(np.ndim(row) == 1 for row in value):
        value = np.concatenate([np.asarray(row) for row in value])
    values = numbers(field, value)
    return values.reshape(-1) if values.ndim else values
