"""The values of a projection: what the script gives before ``compile()``, the synapses of this rank afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Draw, Expression, Field, Role, SynapseModel
from distann.codegen.lower_synapse import SynapseKernels
from distann.errors import (
    ConfigurationError,
    FileError,
    NotCompiledError,
    UnknownAttributeError,
    ValueShapeError,
)
from distann.model.distributions import RandomDistribution
from distann.model.explicit import Matrix
from distann.model.rules import Edges, Explicit
from distann.model.specs import ProjectionSpec
from distann.runtime.comm import Comm
from distann.runtime.edges import write_edges
from distann.runtime.engine import Learning, Part
from distann.runtime.initial import distribution_of, evaluate, generator
from distann.runtime.order import SynapseOrder
from distann.runtime.partition import Partition
from distann.runtime.rows import Rows
from distann.runtime.state import PYTHON_TYPES, agree, numbers

__all__ = ["LocalSynapses", "ProjectionState", "flattened"]


@dataclass(frozen=True, slots=True, eq=False)
class _Built:
    """The synapses of this rank: in the engine's `part` under a number, with the values `stored` one a synapse."""

    part: Part
    number: int
    stored: tuple[str, ...]
    partition: Partition
    dt: float


class LocalSynapses(NamedTuple):
    """Synapses as flat arrays: ranks in the two populations, and delays in steps."""

    post: NDArray[np.int64]
    pre: NDArray[np.int64]
    delay: NDArray[np.uint32]


class ProjectionState:
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
        self.spec, self.model, self.comm, self.seed, self.number = spec, model, comm, seed, number
        self.own: dict[str, NDArray[Any]] = {}  # values of the projection and of postsynaptic neurons
        # What is declared or given; what is computed from others is so when it is needed.
        self.initial: dict[str, Any] = {f.name: constants[f.name] for f in model.fields if f.role is Role.CONSTANT}
        self.initial["w"] = spec.weights
        self._declared = {field.name: field for field in model.fields}
        self._time = {"dt": dt, "t": 0.0}
        self.learning = Learning()
        self._built: _Built | None = None
        self._order: SynapseOrder | None = None
        self._rows: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        self._seen: tuple[str, int, NDArray[Any]] | None = None  # name, changes of the engine then, values
        self._first: dict[str, NDArray[Any]] = {}  # what changed values of synapses were at first, as they are stored
        self.draws = 0
        self.transmission = True  # whether spikes and values reach the postsynaptic neurons

    @property
    def names(self) -> tuple[str, ...]:
        """What can be read and set."""
        return tuple(f.name for f in self.model.fields if f.role not in (Role.INTERNAL, Role.CONSTANT))

    def field(self, name: str) -> Field:
        """Return the field of that name.

        Raises
        ------
        UnknownAttributeError
            With a suggestion.
        """
        found = self.model.field(name)
        if found is None or found.role is Role.CONSTANT:
            raise UnknownAttributeError(f"projection '{self.spec.name}'", name, self.names)
        return found

    def initial_value(self, field: Field) -> float | RandomDistribution:
        """Return what a value starts with."""
        if field.name in self.initial:
            given: float | RandomDistribution = self.initial[field.name]
            return given
        if field.initial is None:
            return 0.0
        if isinstance(field.initial, Draw):
            return distribution_of(field.initial, self._number)
        return self._number(field.initial)

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
        return frozenset(numbers - (set() if self.spec.shared_weight else {"w"}))

    # ---- compiled -------------------------------------------------------------------------------------------------

    def attach(self, part: Part, number: int, kernels: SynapseKernels, partition: Partition, dt: float) -> None:
        """Take note that the synapses are built: by `part`, for `kernels`, on neurons cut by `partition`."""
        fields = kernels.transmission.fields
        stored = tuple(f.name for axis in (Axis.SYNAPSE, Axis.SEGMENT) for f in fields if f.axis is axis)
        self._built = _Built(part, number, stored, partition, dt)
        self._order, self._rows, self._seen, self._first = None, None, None, {}
        for field in self.model.fields:
            if field.axis is Axis.SYNAPSE and field.role is Role.VARIABLE:
                self._remember(field.name)

    def _remember(self, name: str) -> None:
        """Keep the first values of the synapses, before something changes them."""
        if name not in self._first:
            self._first[name] = self.built.part.read_synapses(self.built.number, self.built.stored.index(name))

    def set_constant(self, name: str, value: float) -> None:
        """Take note that a constant of the network has changed."""
        field = self.model.field(name)
        if field is not None and field.role is Role.CONSTANT:
            self.initial[name] = value
            if name in self.own:
                self.own[name][...] = value

    def reset(self, weights: bool = False, names: Collection[str] | None = None) -> None:
        """Give attributes, or some, their initial values again; weights on request. The connectivity stays."""
        for field in self.model.fields:
            if (field.name == "w" and not weights) or (names is not None and field.name not in names):
                continue
            if field.axis is Axis.SEGMENT:
                self._write(field.name, np.asarray(self.initial_value(field)))
            elif field.axis is not Axis.SYNAPSE:
                self.own[field.name][...] = self.initial_value(field)
            elif field.name in self._first:
                position = self.built.stored.index(field.name)
                self.built.part.write_synapses(self.built.number, position, self._first[field.name])

    @property
    def built(self) -> _Built:
        """What there is after ``compile()``.

        Raises
        ------
        NotCompiledError
        """
        if self._built is None:
            raise NotCompiledError(f"reading the synapses of projection '{self.spec.name}'")
        return self._built

    def count(self) -> int:
        """Return the number of synapses on all ranks."""
        return self.comm.sum(self.built.part.synapses(self.built.number))

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (post, pre) ranks of all synapses, sorted by post, then by pre; on every rank."""
        return self.comm.gather_array(self.order.post), self.comm.gather_array(self.order.pre).astype(np.int64)

    def post_ranks(self) -> NDArray[np.int64]:
        """Return the ranks of the postsynaptic neurons that have synapses, ascending; on every rank."""
        return self.rows()[0]

    @property
    def order(self) -> SynapseOrder:
        """This rank's synapses, sorted by post, then by pre. Not collective."""
        if self._order is None:
            own = self.built.partition
            self._order = SynapseOrder.of(self.built.part, self.built.number, own.begin, own.local)
        return self._order

    def rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the postsynaptic neurons that have synapses, and where those of each begin in `pairs`."""
        if self._rows is None:
            elements, counts = self.order.elements, self.order.counts
            ranks = self.comm.gather_array(elements + self.order.begin)
            starts = np.concatenate([[0], np.cumsum(self.comm.gather_array(counts[elements]))])
            self._rows = ranks, starts
        return self._rows

    def local_synapses(self) -> LocalSynapses:
        """Return this rank's synapses, sorted by post, then by pre. Not collective."""
        delays = self.built.part.delays(self.built.number)[self.order.slots]
        return LocalSynapses(self.order.post, self.order.pre.astype(np.int64), delays)

    def stored_values(self, name: str) -> NDArray[Any]:
        """Return one word for each of `local_synapses`, as it is stored."""
        words = self.built.part.read_stored(self.built.number, self.built.stored.index(name))
        return words[self.order.slots]

    def set_stored_values(self, name: str, words: NDArray[Any]) -> None:
        """Set what `stored_values` returns; `reset` does not lose what there was at first."""
        self._remember(name)
        stored = np.empty_like(words)
        stored[self.order.slots] = words
        self.built.part.write_stored(self.built.number, self.built.stored.index(name), stored)

    def events(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Return the steps of the last spikes, where values depend on them.

        Returns
        -------
        (arrived, last) or None
            Presynaptic ones, one for each of `local_synapses`, and postsynaptic ones, one for each neuron of this rank.
        """
        if not self.built.part.has_events(self.built.number):
            return None
        arrived, last = self.built.part.read_events(self.built.number, self.built.partition.local)
        return arrived[self.order.slots], last

    def set_events(self, arrived: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        """Set what `events` returns."""
        stored = np.empty_like(arrived)
        stored[self.order.slots] = arrived
        self.built.part.write_events(self.built.number, stored, last)

    def local_slots(self, post: int | None = None) -> NDArray[np.int64]:
        """Return where this rank's synapses, or those of a neuron, are in the storage: by post, then by pre."""
        return self.order.slots if post is None else self.order.slots[self.order.row(post)]

    def local_values(self, name: str) -> NDArray[Any]:
        """Return one value for each of this rank's synapses, in their order. Not collective; not to be changed."""
        field, changes = self.field(name), self.built.part.changes
        if self._seen is not None and self._seen[:2] == (name, changes):
            return self._seen[2]
        if name in self.built.stored:
            words = self.built.part.read_synapses(self.built.number, self.built.stored.index(name))[self.order.slots]
        elif field.axis is Axis.NEURON:
            words = np.repeat(self.own[name][: len(self.order.counts)], self.order.counts)
        else:
            words = np.full(len(self.order.slots), self.own[name][0, 0])
        values = np.ascontiguousarray(words, PYTHON_TYPES[field.type])
        if name in self.built.stored:
            self._seen = name, changes, values
        return values

    def one_a_synapse(self, name: str) -> bool:
        """Whether a value is each synapse's own by its declaration; it may be stored once for many."""
        return self._declared[name].axis is Axis.SYNAPSE

    def flat(self, name: str) -> NDArray[Any]:
        """Return one value for each synapse, in the order of `pairs`, on every rank."""
        return self.comm.gather_array(self.local_values(name))

    def pre_of(self, post: int) -> NDArray[np.int64]:
        """Return the presynaptic ranks of one postsynaptic neuron, ascending; on every rank."""
        return self.comm.gather_array(self.order.pre[self.order.row(post)]).astype(np.int64)

    def row(self, name: str, post: int) -> NDArray[Any]:
        """Return the values of one postsynaptic neuron's synapses, on every rank."""
        return self.comm.gather_array(self.local_values(name)[self.order.row(post)])

    def row_delays(self, post: int) -> NDArray[np.float64]:
        """Return the delays of one postsynaptic neuron's synapses, ms, on every rank."""
        steps = self.built.part.delays(self.built.number)[self.order.slots[self.order.row(post)]]
        return self.comm.gather_array(steps * self.built.dt)

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

    def _store(self, name: str, local: NDArray[Any]) -> None:
        """Write one value for each of this rank's synapses, which are in their order."""
        stored = np.empty(len(local))
        stored[self.order.slots] = local
        self.built.part.write_synapses(self.built.number, self.built.stored.index(name), stored)

    def delays(self) -> NDArray[np.float64]:
        """Return the delay of each synapse as it is applied, ms, in the order of `pairs`, on every rank."""
        steps = self.built.part.delays(self.built.number)[self.order.slots]
        return self.comm.gather_array(steps * self.built.dt)

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
        rule = self.spec.rule
        listed = (
            (isinstance(rule, Explicit) and rule.values is not None)
            or (isinstance(rule, Edges) and rule.weights is not None)
            or isinstance(self.spec.weights, Matrix)
        )
        if field.name == "w" and listed:
            raise NotCompiledError(f"access to the weights of projection '{self.spec.name}', which a matrix gives,")

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
