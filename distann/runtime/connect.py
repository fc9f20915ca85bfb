"""From a projection's rule to what the engine builds: only the rows of the neurons that this rank owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Field, Kernel
from distann.model import rules
from distann.model.distributions import RandomDistribution
from distann.model.specs import ProjectionSpec
from distann.runtime.delays import Delays
from distann.runtime.partition import Partition
from distann.runtime.state import PopulationState
from distann.runtime.structs import PROJECTIONS, Keeper, distribution, stream, values_of

__all__ = ["Connection", "describe", "local_rows"]

KINDS = {
    rules.AllToAll: "DISTANN_ALL_TO_ALL",
    rules.OneToOne: "DISTANN_ONE_TO_ONE",
    rules.FixedProbability: "DISTANN_FIXED_PROBABILITY",
    rules.FixedNumberPre: "DISTANN_FIXED_NUMBER_PRE",
    rules.FixedTotalNumber: "DISTANN_FIXED_TOTAL_NUMBER",
    rules.Explicit: "DISTANN_EXPLICIT",
}


DELAYS = 255  # the draw of a projection's stream that belongs to its delays; those of values count from 1


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """All that the construction of one projection reads.

    Attributes
    ----------
    spec : ProjectionSpec
    number : int
        Of the projection.
    kernel : Kernel
        What transmits; `compiled` is its entry in the library.
    compiled : cdata
    populations : list of PopulationState
    published : mapping
        From (population, field) to the number under which the engine keeps it for other neurons.
    own : mapping of str to ndarray
        The projection's values that are not one a synapse.
    initial : mapping of str to float or RandomDistribution
        What the values of the synapses start with.
    delays : Delays
    """

    spec: ProjectionSpec
    number: int
    kernel: Kernel
    compiled: Any
    populations: list[PopulationState]
    published: Mapping[tuple[int, str], int]
    own: Mapping[str, NDArray[Any]]
    initial: Mapping[str, float | RandomDistribution]
    delays: Delays

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
    spec, kernel = connection.spec, connection.kernel
    element, row = local_rows(spec.post.ranks, connection.partition)
    c.pre, c.post = spec.pre.population, spec.post.population
    c.shortest, c.longest = connection.delays.shortest, connection.delays.longest
    distribution(keeper, c.delay, spec.delay, stream(PROJECTIONS, connection.number, DELAYS))
    c.kernel = connection.compiled
    c.fields = keeper.new("distann_field[]", max(1, len(kernel.fields)))
    for position, field in enumerate(kernel.fields):
        _describe_field(keeper, c.fields[position], field, position, connection)
    _describe_rule(keeper, c.rule, connection)
    c.rule.n_rows, c.rule.element, c.rule.row = len(element), keeper.pointer(element), keeper.pointer(row)
    if isinstance(spec.rule, rules.Explicit):
        _describe_explicit(keeper, c, spec.rule, row, kernel)


def _describe_field(keeper: Keeper, c: Any, field: Field, position: int, connection: Connection) -> None:
    side = {"pre": connection.spec.pre, "post": connection.spec.post}.get(field.owner)
    name = field.name if side is None else field.name.split(".", 1)[1]
    c.axis = keeper.constant(f"DISTANN_{field.axis.name}")
    if field.axis is Axis.SYNAPSE:
        draws = stream(PROJECTIONS, connection.number, 1 + position)
        distribution(keeper, c.initial, connection.initial[name], draws)
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
    if isinstance(rule, rules.FixedNumberPre | rules.FixedTotalNumber):
        c.number = rule.number
    c.multapses = int(getattr(rule, "allow_multapses", False))


def _describe_explicit(keeper: Keeper, c: Any, rule: rules.Explicit, row: NDArray[np.uint32], kernel: Kernel) -> None:
    """Hand over the rows of this rank; their values are the weights."""
    begin, count = rule.row[row], np.diff(rule.row)[row]
    starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    slots = np.repeat(begin - starts[:-1], count) + np.arange(starts[-1])
    c.rule.explicit_row = keeper.pointer(starts)
    c.rule.explicit_pre = keeper.pointer(np.ascontiguousarray(rule.pre[slots], np.uint32))
    if rule.delays is not None:
        values_of(keeper, c.delay, np.ascontiguousarray(rule.delays[slots], np.float64))
    for position, field in enumerate(kernel.fields):
        if field.name == "w" and field.axis is Axis.SYNAPSE:
            values_of(keeper, c.fields[position].initial, np.ascontiguousarray(rule.values[slots], np.float64))
