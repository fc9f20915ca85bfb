"""What a network will take: from what the script says, before anything is built."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from distann.codegen.ir import Axis, Kernel, Loop
from distann.model import rules
from distann.model.specs import ProjectionSpec
from distann.runtime.delays import delays_of
from distann.runtime.partition import CHUNK

__all__ = ["Estimate", "Share", "expected_synapses", "projection_bytes"]

PROCESS = 120 << 20  # Python with numpy, MPI and the libraries, before there is a network
LINE = 64  # bytes: of a value of a whole population each thread has a copy


def expected_synapses(spec: ProjectionSpec) -> float:
    """Return how many synapses a rule will make: the mean where it draws, all pairs where only building tells."""
    pre, post, rule = spec.pre.size, spec.post.size, spec.rule
    pairs = float(pre * post)
    match rule:
        case rules.OneToOne():
            return float(min(pre, post))
        case rules.FixedProbability():
            return rule.probability * pairs
        case rules.FixedNumberPre():
            return float(min(rule.number, pre) * post)
        case rules.FixedTotalNumber():
            return float(rule.number)
        case rules.Explicit():
            return float(rule.row[-1])
    number = getattr(rule, "number", None)  # of postsynaptic neurons for each presynaptic one
    return pairs if number is None else float(min(number, post) * pre)


def projection_bytes(spec: ProjectionSpec, kernel: Kernel, word: int, dt: float, workers: int) -> float:
    """Return the memory of a projection on all ranks together.

    Parameters
    ----------
    spec : ProjectionSpec
    kernel : Kernel
        What transmits.
    word : int
        Bytes of a value.
    dt : float
        Step, ms.
    workers : int
        Threads of all ranks.
    """
    synapses, delays = expected_synapses(spec), delays_of(spec, dt)
    values = word * sum(field.axis is Axis.SYNAPSE for field in kernel.fields)
    several = delays.longest - delays.shortest + 1
    if kernel.loop is Loop.GATHER_ROWS:
        complete = isinstance(spec.rule, rules.AllToAll) and (
            spec.rule.allow_self_connections or spec.pre.population != spec.post.population
        )
        dense = complete and spec.pre.ranks is None and several == 1 and not spec.changeable
        return synapses * (values + (0 if dense else 4) + (2 if several > 1 else 0)) + 12.0 * spec.post.size
    own = synapses / workers
    many = own > 2 * spec.pre.size  # then all sources have a row, else those with synapses, found by a bit each
    rows = spec.pre.size if many else own
    shared = sum(field.axis is Axis.SEGMENT for field in kernel.fields)
    head = 0 if kernel.plasticity is None else 16 + word * shared
    ends = 2 if several > 1 else 0
    index = rows * (4 + (ends + head) * several) + (0 if many else spec.pre.size / 4)
    return synapses * (2 + values) + workers * index


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a network.

    Attributes
    ----------
    name : str
    shared : float
        Bytes that all ranks have together.
    each : float
        Bytes that every rank has.
    synapses : float
        Expected, on all ranks.
    """

    name: str
    shared: float
    each: float = 0.0
    synapses: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a network will take.

    Attributes
    ----------
    parts : tuple of Share
    ranks, threads : int
        For which it is; threads of a rank.
    memory : float or None
        Bytes of a node.
    ranks_a_node : int
    """

    parts: tuple[Share, ...]
    ranks: int
    threads: int
    memory: float | None
    ranks_a_node: int

    @property
    def synapses(self) -> float:
        """Expected on all ranks."""
        return sum(part.synapses for part in self.parts)

    @property
    def bytes(self) -> float:
        """Of all ranks together."""
        return sum(part.shared + self.ranks * part.each for part in self.parts)

    @property
    def bytes_a_rank(self) -> float:
        """Of one rank of `ranks`."""
        return self.bytes / self.ranks

    @property
    def nodes(self) -> int | None:
        """How many nodes of this memory it takes; None if more nodes do not help, or no memory is given."""
        if self.memory is None:
            return None
        free = self.memory - self.ranks_a_node * sum(part.each for part in self.parts)
        shared = sum(part.shared for part in self.parts)
        return max(1, math.ceil(shared / free)) if free > 0 else None

    def table(self) -> str:
        """Return one line a part: bytes of a rank, bytes of all ranks, synapses expected."""
        width = max(len(part.name) for part in self.parts)
        lines = [f"{'part':<{width}}  a rank      all ranks   synapses"]
        for part in self.parts:
            rank, everything = part.shared / self.ranks + part.each, part.shared + self.ranks * part.each
            synapses = f"{part.synapses:.4g}" if part.synapses else ""
            lines.append(f"{part.name:<{width}}  {readable(rank):<10}  {readable(everything):<10}  {synapses}")
        sizes = f"{readable(self.bytes_a_rank)} a rank, {readable(self.bytes)} in all"
        lines.append(f"{self.ranks} ranks x {self.threads} threads: {sizes}, {self.synapses:.4g} synapses")
        if self.memory is not None:
            what = f"{self.ranks_a_node} ranks and {readable(self.memory)} each"
            nodes = self.nodes
            each = "with fewer ranks a node" if self.ranks_a_node > 1 else "at all"
            lines.append(
                f"nodes of {what}: {nodes}" if nodes is not None else f"it does not fit on nodes of {what}; try {each}"
            )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()


def population_bytes(size: int, axes: Sequence[Axis], word: int, ranks: int, threads: int) -> float:
    """Return the memory of a population's values on all ranks together."""
    own = sum(axis is Axis.NEURON for axis in axes) * word * (size + CHUNK * ranks)
    return float(own + sum(axis is Axis.OBJECT for axis in axes) * LINE * threads * ranks)


def readable(count: float) -> str:
    """Return a number of bytes with three digits and a unit."""
    units = ("B", "KB", "MB", "GB", "TB", "PB")
    power = 0 if count < 1024 else min(int(math.log(count, 1024)), len(units) - 1)
    return f"{count / 1024**power:.3g} {units[power]}"
