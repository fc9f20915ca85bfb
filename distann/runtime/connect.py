"""From a projection's rule to what the engine builds: only the rows of the neurons that this rank owns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.build import Kernels
from distann.codegen.ir import Axis, Field, Kernel, Role
from distann.codegen.lower_synapse import SynapseKernels
from distann.codegen.tree import symbols
from distann.model import rules
from distann.model.distance import Distance
from distann.model.explicit import Matrix
from distann.model.specs import Given, ProjectionSpec
from distann.runtime.delays import Delays
from distann.runtime.edges import read_edges
from distann.runtime.formula import describe_formula
from distann.runtime.partition import Partition
from distann.runtime.state import PopulationState
from distann.runtime.structs import PROJECTIONS, Keeper, distribution, stream, values_of

__all__ = ["Connection", "describe", "local_rows"]

KINDS = {
    rules.AllToAll: "DISTANN_ALL_TO_ALL",
    rules.OneToOne: "DISTANN_ONE_TO_ONE",
    rules.FixedProbability: "DISTANN_FIXED_PROBABILITY",
    rules.FixedNumberPre: "DISTANN_FIXED_NUMBER_PRE",
    rules.FixedNumberPost: "DISTANN_FIXED_NUMBER_POST",
    rules.FixedTotalNumber: "DISTANN_FIXED_TOTAL_NUMBER",
    rules.PairwiseProbability: "DISTANN_PAIRWISE_PROBABILITY",
    rules.Explicit: "DISTANN_EXPLICIT",
    rules.Edges: "DISTANN_EXPLICIT",
}


# Draws of a projection's stream: initial values of synapses count from 1, its statements and its delays have these.
STATEMENTS = {
    "transmission": 96, "axonal": 96, "emission": 96, "postsynaptic": 128, "learning": 160, "continuous": 192,
    "relaxation": 224, "creating": 253, "pruning": 254,
}  # fmt: skip
DELAYS = 255


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """All that the construction of one projection reads.

    Attributes
    ----------
    spec : ProjectionSpec
    number : int
        Of the projection.
    kernels : SynapseKernels
    compiled : Kernels
        The libraries that have them, and what formulas are made of.
    populations : list of PopulationState
    published : mapping
        From (population, field) to the number under which the engine keeps it for other neurons.
    own : mapping of str to ndarray
        The projection's values that are not one a synapse.
    initial : mapping of str to float, RandomDistribution, Distance or Matrix
        What the values of the synapses start with.
    delays : Delays
    axons : int
        The engine's number of the presynaptic axons, if they do anything.
    meeting : bool
        Synapses learn when all ranks know what the neurons have become.
    made : tuple or None
        Weight and delay of synapses that are made while the network runs; None where none is.
    """

    spec: ProjectionSpec
    number: int
    kernels: SynapseKernels
    compiled: Kernels
    populations: list[PopulationState]
    published: Mapping[tuple[int, str], int]
    own: Mapping[str, NDArray[Any]]
    initial: Mapping[str, Given]
    delays: Delays
    axons: int = -1
    meeting: bool = False
    made: tuple[Given, Given] | None = None

    @property
    def partition(self) -> Partition:
        """Of the postsynaptic population."""
        layout = self.populations[self.spec.post.population].layout
        assert layout is not None
        return layout.partition


def local_rows(ranks: NDArray[np.uint32] | None, own: Partition) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the elements of this rank that receive the projection, ascending, and their positions on the post side."""
    if ranks is None:
        element = np.arange(own.local, dtype=np.uint32)
        return element, element + np.uint32(own.begin)
    position = np.flatnonzero((ranks >= own.begin) & (ranks < own.end))
    position = position[np.argsort(ranks[position], kind="stable")]
    return (ranks[position] - np.uint32(own.begin)).astype(np.uint32), position.astype(np.uint32)


def describe(keeper: Keeper, c: Any, connection: Connection) -> None:
    """Fill the ``distann_projection`` that the engine builds."""
    spec, kernel = connection.spec, connection.kernels.transmission
    element, row = local_rows(spec.post.ranks, connection.partition)
    c.pre, c.post = spec.pre.population, spec.post.population
    c.shortest, c.longest = connection.delays.shortest, connection.delays.longest
    c.window = connection.delays.window
    _describe_values(keeper, c.delay, spec.delay, stream(PROJECTIONS, connection.number, DELAYS), connection, "delays")
    c.kernel, c.fields = connection.compiled[kernel.name], _fields(keeper, kernel, connection)
    c.stream = stream(PROJECTIONS, connection.number, STATEMENTS["transmission"])
    # What comes next cannot be summed while synapses learn, where that comes before the values of other neurons do.
    c.inputs, c.axons = (_inputs(kernel) if connection.meeting else 0), connection.axons
    for name, routine in connection.kernels.named().items():
        if name != "transmission":
            _describe_routine(keeper, getattr(c, name), name, routine, connection)
    _describe_rule(keeper, c.rule, connection)
    if connection.made is not None:
        _describe_made(keeper, c, connection.made, connection)
    c.rule.n_rows, c.rule.element, c.rule.row = len(element), keeper.pointer(element), keeper.pointer(row)
    if isinstance(spec.rule, rules.Explicit):
        _describe_explicit(keeper, c, _own_rows(spec.rule, row), kernel)
    elif isinstance(spec.rule, rules.Edges):
        _describe_explicit(keeper, c, read_edges(spec.rule, spec, row), kernel)


def _describe_made(keeper: Keeper, c: Any, made: tuple[Given, Given], connection: Connection) -> None:
    """Say what synapses have that are made while the network runs."""
    fields = connection.kernels.transmission.fields
    c.changes = 1
    delays, weights = (stream(PROJECTIONS, connection.number, draw) for draw in (DELAYS, 1 + _position("w", fields)))
    _describe_values(keeper, c.created_weight, made[0], weights, connection, "weights")
    _describe_values(keeper, c.created_delay, made[1], delays, connection, "delays")
    c.weight = _position("w", [field for field in fields if field.axis is Axis.SYNAPSE])


def _position(name: str, fields: Sequence[Field]) -> int:
    """Return where a field is, -1 if it is not there."""
    return next((position for position, field in enumerate(fields) if field.name == name), -1)


def _describe_values(
    keeper: Keeper, c: Any, value: Given, stream_number: int, connection: Connection, what: str
) -> None:
    """Fill a ``distann_distribution`` for values of whatever kind a connector takes."""
    if isinstance(value, Distance):
        distribution(keeper, c, 0.0, stream_number)
        c.kind = keeper.constant("DISTANN_FORMULA")
        c.formula = describe_formula(keeper, value, connection.spec, what, connection.compiled)
        c.min, c.max = value.bounds
    elif isinstance(value, Matrix):
        distribution(keeper, c, 0.0, stream_number)
        c.kind, c.values = keeper.constant("DISTANN_MATRIX"), keeper.pointer(value.values)
    else:
        distribution(keeper, c, value, stream_number)


def _inputs(kernel: Kernel) -> int:
    """Return how many inputs continuous transmission adds to; 0 if it reads inputs too, not known beforehand."""
    read = set() if kernel.psp is None else symbols(kernel.psp)
    inputs = {field.name for field in kernel.fields if field.role is Role.INPUT} | set(kernel.writes)
    return 0 if read & inputs else len(dict.fromkeys(kernel.writes))


def _fields(keeper: Keeper, kernel: Kernel, connection: Connection) -> Any:
    described = keeper.new("distann_field[]", max(1, len(kernel.fields)))
    for position, field in enumerate(kernel.fields):
        _describe_field(keeper, described[position], field, position, connection)
    return described


def _describe_routine(keeper: Keeper, c: Any, name: str, kernel: Kernel, connection: Connection) -> None:
    c.kernel, c.fields = connection.compiled[kernel.name], _fields(keeper, kernel, connection)
    c.stream = stream(PROJECTIONS, connection.number, STATEMENTS[name])
    c.equations = int(bool(kernel.body))
    c.posts = int(kernel.plasticity is not None and bool(kernel.plasticity.post))


def _describe_field(keeper: Keeper, c: Any, field: Field, position: int, connection: Connection) -> None:
    side = {"pre": connection.spec.pre, "post": connection.spec.post}.get(field.owner)
    name = field.name if side is None else field.name.split(".", 1)[1]
    c.axis = keeper.constant(f"DISTANN_{field.axis.name}")
    if field.axis in (Axis.SYNAPSE, Axis.SEGMENT):
        draws = stream(PROJECTIONS, connection.number, 1 + position)
        _describe_values(keeper, c.initial, connection.initial[name], draws, connection, "weights")
    elif field.axis is Axis.PRE:
        c.published = connection.published[connection.spec.pre.population, name]
    else:
        array = connection.own[name] if side is None else connection.populations[side.population].arrays[name]
        c.data = keeper.pointer(array, writable=True)


def _describe_rule(keeper: Keeper, c: Any, connection: Connection) -> None:
    spec, rule = connection.spec, connection.spec.rule
    c.kind = keeper.constant(KINDS[type(rule)])
    c.stream = stream(PROJECTIONS, connection.number)
    same = spec.pre.population == spec.post.population
    c.self_connections = int(getattr(rule, "allow_self_connections", True) or not same)
    c.n_pre, c.pre = spec.pre.size, keeper.pointer(spec.pre.ranks)
    c.n_post, c.post = spec.post.size, keeper.pointer(spec.post.ranks)
    if isinstance(rule, rules.FixedProbability):
        c.probability = rule.probability
    if isinstance(rule, rules.PairwiseProbability):
        c.formula = describe_formula(keeper, rule.probability, spec, "probability", connection.compiled)
        c.radius = rule.max_distance
    if isinstance(rule, rules.FixedNumberPre | rules.FixedNumberPost | rules.FixedTotalNumber):
        c.number = rule.number
    c.multapses = int(getattr(rule, "allow_multapses", False))


def _own_rows(rule: rules.Explicit, row: NDArray[np.uint32]) -> rules.Explicit:
    """Return the rows of this rank, by their positions on the postsynaptic side."""
    begin, count = rule.row[row], np.diff(rule.row)[row]
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    slots = np.repeat(begin - starts[:-1], count) + np.arange(starts[-1])
    values, delays = (None if given is None else given[slots] for given in (rule.values, rule.delays))
    return rules.Explicit(starts, rule.pre[slots], values, delays)


def _describe_explicit(keeper: Keeper, c: Any, own: rules.Explicit, kernel: Kernel) -> None:
    """Hand over the rows of this rank; their values are the weights."""
    c.rule.explicit_row, c.rule.explicit_pre = keeper.pointer(own.row), keeper.pointer(own.pre)
    if own.delays is not None:
        values_of(keeper, c.delay, own.delays)
    for position, field in enumerate(kernel.fields):
        if field.name == "w" and field.axis is Axis.SYNAPSE and own.values is not None:
            values_of(keeper, c.fields[position].initial, own.values)
