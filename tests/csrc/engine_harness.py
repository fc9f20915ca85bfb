"""Drives the compiled engine through cffi: a whole network of several ranks in one process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.csrc.engine_library import engine, interface, kernels

OBJECT, NEURON, PRE, SYNAPSE = range(4)
CLEAR, TRANSMIT, RECORD_INPUTS, UPDATE, RECORD = range(5)
CONSTANT, UNIFORM, NORMAL, LOG_NORMAL, EXPONENTIAL, DISCRETE_UNIFORM, GAMMA, BINOMIAL, VALUES = range(9)
ALL_TO_ALL, ONE_TO_ONE, FIXED_PROBABILITY, FIXED_NUMBER_PRE, FIXED_TOTAL_NUMBER, EXPLICIT, FIXED_NUMBER_POST = range(7)


def aligned(values: np.ndarray) -> np.ndarray:
    """A copy on a 64-byte boundary, padded with zeros to a multiple of 16 elements."""
    padded = -(-len(values) // 16) * 16 + 16
    room = np.zeros(padded * values.itemsize + 64, np.uint8)
    shift = -room.ctypes.data % 64
    copy = room[shift : shift + padded * values.itemsize].view(values.dtype)
    copy[: len(values)] = values
    return copy


@dataclass
class Synapse:
    """What a projection's kernel reads: one entry a field, in the kernel's order."""

    axis: int
    data: str = ""
    published: int = 0
    kind: int = CONSTANT
    stream: int = 0
    a: float = 0.0
    b: float = 0.0
    low: float = -np.inf
    high: float = np.inf


@dataclass
class Rule:
    """A connection rule for the whole postsynaptic side; the harness cuts it for each rank."""

    kind: int
    self_connections: bool = True
    stream: int = 7
    probability: float = 0.0
    number: int = 0
    pre: Sequence[int] | None = None
    post: Sequence[int] | None = None
    explicit: list[list[int]] | None = None
    values: list[list[float]] | None = None
    multapses: bool = False


@dataclass
class Emulated:
    """One network, cut among `ranks` ranks of `threads` threads, all in this process."""

    ranks: int = 1
    threads: int = 1
    word: int = 8
    window: int = 1
    longest: int = 1
    seed: int = 42
    capacity: int = 1 << 16
    mailbox: int = 0  # bytes of a packet in memory that the ranks share, if they do
    sizes: list[int] = field(default_factory=list)
    first: list[np.ndarray] = field(default_factory=list)
    arrays: list[list[dict[str, np.ndarray]]] = field(default_factory=list)  # [population][rank][name]
    kept: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ffi, self.lib = interface(), engine()
        self.real = np.float64 if self.word == 8 else np.float32
        self.nets = []
        for rank in range(self.ranks):
            settings = self.ffi.new(
                "distann_settings *",
                [
                    self.lib.DISTANN_ABI,
                    self.word,
                    self.ranks,
                    rank,
                    self.threads,
                    self.window,
                    self.longest,
                    0,
                    0.1,
                    self.seed,
                ],
            )
            net = self.lib.distann_network_new(settings)
            assert net != self.ffi.NULL
            self.nets.append(self.ffi.gc(net, self.lib.distann_network_free))
        if self.mailbox:
            self._share()

    def pointer(self, array: np.ndarray | None, kind: str = "void *") -> Any:
        if array is None:
            return self.ffi.NULL
        self.kept.append(array)
        return self.ffi.cast(kind, array.ctypes.data)

    def message(self, rank: int = 0) -> str:
        return self.ffi.string(self.lib.distann_message(self.nets[rank])).decode()

    def population(
        self,
        size: int,
        kernel: str | None,
        fields: dict[str, Any],
        *,
        cleared: Sequence[str] = (),
        stream: int = 100,
        spiking: bool = False,
    ) -> int:
        """Add a population; scalars among `fields` are one value for all, arrays have one value a neuron."""
        chunks, workers = -(-size // 16), self.ranks * self.threads
        first = np.minimum(np.arange(workers + 1) * chunks // workers * 16, size).astype(np.int64)
        self.sizes.append(size)
        self.first.append(first)
        self.arrays.append([self._local(fields, first, rank) for rank in range(self.ranks)])
        function = self.ffi.NULL
        if kernel == "replay":
            function = self.ffi.cast("void *", self.ffi.addressof(self.lib, "distann_replay_spikes"))
        elif kernel is not None:
            function = kernels(self.word)[kernel].function
        for rank, net in enumerate(self.nets):
            mine = self.arrays[-1][rank]
            if kernel == "replay":
                fields, mine = {"given": mine["given"]}, {"given": self._trains(mine)}
            axes = np.array([OBJECT if np.isscalar(v) else NEURON for v in fields.values()], np.int32)
            number = self.lib.distann_add_population(
                net,
                self.ffi.new(
                    "distann_population *",
                    {
                        "size": size,
                        "first": self.pointer(first, "int64_t *"),
                        "kernel": function,
                        "n_fields": len(fields),
                        "n_cleared": len(cleared),
                        "axes": self.pointer(axes, "int32_t *"),
                        "fields": self._pointers(mine[name] for name in fields),
                        "cleared": self._pointers(mine[name] for name in cleared),
                        "stream": stream,
                        "spiking": spiking,
                    },
                ),
            )
            assert number == len(self.sizes) - 1, self.message(rank)
        return len(self.sizes) - 1

    def _pointers(self, arrays: Any) -> Any:
        addresses = [self.pointer(array) if isinstance(array, np.ndarray) else array for array in arrays]
        pointers = self.ffi.new("void *[]", addresses)
        self.kept.append(pointers)
        return pointers

    def _trains(self, given: dict[str, np.ndarray]) -> Any:
        trains = self.ffi.new("distann_trains *")
        trains.n = len(given["given"])
        trains.steps = self.pointer(given["given_steps"], "int64_t *")
        trains.elements = self.pointer(given["given"], "uint32_t *")
        self.kept.append(trains)
        return trains

    def play(self, rank: int, population: int, name: str, axis: int = NEURON, **table: Any) -> Any:
        """Give a field of one rank's neurons a timetable; returns it."""
        c = self.ffi.new("distann_timetable *", {key: table[key] for key in ("n", "begin", "period")})
        c.onset = self.pointer(np.asarray(table["onset"], np.int64), "int64_t *")
        c.values = self.pointer(np.ascontiguousarray(table["values"], self.real))
        self.kept.append(c)
        field = self.pointer(self.arrays[population][rank][name])
        assert self.lib.distann_play(self.nets[rank], population, field, axis, c) == 0
        return c

    def _local(self, fields: dict[str, Any], first: np.ndarray, rank: int) -> dict[str, np.ndarray]:
        begin, end = first[rank * self.threads], first[(rank + 1) * self.threads]
        local = {}
        for name, values in fields.items():
            if np.isscalar(values):
                local[name] = aligned(np.full(self.threads * 64 // self.word, values, self.real))
            elif name.startswith("given"):
                local[name] = values if values.dtype != np.uint32 else self._given(fields, values, begin, end, local)
            else:
                local[name] = aligned(np.asarray(values)[begin:end])
        return local

    @staticmethod
    def _given(fields: dict[str, Any], indices: np.ndarray, begin: int, end: int, local: dict[str, Any]) -> np.ndarray:
        """A rank replays only its own spikes."""
        own = (indices >= begin) & (indices < end)
        local["given_steps"] = np.ascontiguousarray(fields["given_steps"][own])
        return np.ascontiguousarray(indices[own] - np.uint32(begin))

    def publish(self, population: int, name: str) -> int:
        numbers = {
            self.lib.distann_publish(net, population, self.pointer(self.arrays[population][rank][name]))
            for rank, net in enumerate(self.nets)
        }
        assert len(numbers) == 1
        return numbers.pop()

    def project(
        self,
        pre: int,
        post: int | Sequence[int],
        kernel: str,
        synapse: Sequence[Synapse],
        rule: Rule,
        delay: int | tuple[int, int] = 1,
        delays: Synapse | None = None,
    ) -> int:
        """Add a projection, or with several `post` a bundle; the number of the first, or -1 if any rank refuses.

        A `delay` of two numbers is the range of those that are drawn from `delays`, in ms.
        """
        posts = [post] if isinstance(post, int) else list(post)
        return min(self._project(rank, pre, posts, kernel, synapse, rule, delay, delays) for rank in range(self.ranks))

    def _project(
        self, rank: int, pre: int, posts: list[int], kernel: str, synapse: Sequence[Synapse], rule: Rule, delay: Any,
        delays: Synapse | None,
    ) -> int:  # fmt: skip
        given = self.ffi.new("distann_projection[]", len(posts))
        shortest, longest = (delay, delay) if isinstance(delay, int) else delay
        for member, post in enumerate(posts):
            fields = self.ffi.new("distann_field[]", len(synapse))
            self.kept.append(fields)
            rows = self._rule(rule, pre, post, rank)
            values = self.pointer(rows.pop("values", None), "double *")
            for f, s in enumerate(synapse):
                data = self.arrays[post][rank][s.data] if s.data else None
                fields[f] = {
                    "axis": s.axis,
                    "published": s.published,
                    "data": self.pointer(data),
                    "initial": self._distribution(s, values, member),
                }
            given[member] = {
                "pre": pre,
                "post": post,
                "kernel": kernels(self.word)[kernel],
                "fields": fields,
                "delay": self._distribution(delays or Synapse(SYNAPSE, a=0.1 * shortest), values, member),
                "shortest": shortest,
                "longest": longest,
                "rule": rows,
            }
        return self.lib.distann_add_projections(self.nets[rank], given, len(posts))

    @staticmethod
    def _distribution(s: Synapse, values: Any, member: int) -> dict[str, Any]:
        return {
            "kind": s.kind,
            "stream": s.stream + 1000 * member,
            "a": s.a,
            "b": s.b,
            "min": s.low,
            "max": s.high,
            "values": values,
        }

    def _rule(self, rule: Rule, pre: int, post: int, rank: int) -> dict[str, Any]:
        """The rows of one rank."""
        begin, end = self.first[post][rank * self.threads], self.first[post][(rank + 1) * self.threads]
        side = np.arange(self.sizes[post]) if rule.post is None else np.asarray(rule.post)
        position = np.argsort(side, kind="stable")
        position = position[(side[position] >= begin) & (side[position] < end)]
        pre_side = None if rule.pre is None else np.asarray(rule.pre, np.uint32)
        given: dict[str, Any] = {
            "kind": rule.kind,
            "self_connections": rule.self_connections,
            "stream": rule.stream,
            "probability": rule.probability,
            "number": rule.number,
            "multapses": rule.multapses,
            "n_post": len(side),
            "post": self.pointer(None if rule.post is None else side.astype(np.uint32), "uint32_t *"),
            "n_pre": self.sizes[pre] if pre_side is None else len(pre_side),
            "pre": self.pointer(pre_side, "uint32_t *"),
            "n_rows": len(position),
            "element": self.pointer((side[position] - begin).astype(np.uint32), "uint32_t *"),
            "row": self.pointer(position.astype(np.uint32), "uint32_t *"),
        }
        if rule.explicit is not None:
            rows = [rule.explicit[p] for p in position]
            offsets = np.cumsum([0, *map(len, rows)]).astype(np.int64)
            given["explicit_row"] = self.pointer(offsets, "int64_t *")
            given["explicit_pre"] = self.pointer(
                np.array([p for row in rows for p in row] + [0], np.uint32), "uint32_t *"
            )
        if rule.values is not None:
            given["values"] = np.array([v for p in position for v in rule.values[p]] + [0.0])
        return given

    def program(self, *operations: tuple[int, int]) -> None:
        for net in self.nets:
            given = self.ffi.new("distann_operation[]", list(operations))
            assert self.lib.distann_set_program(net, given, len(operations)) == 0

    def run(self, steps: int) -> int:
        """Advance all ranks; returns the status."""
        if self.ranks == 1:
            return self.lib.distann_advance(self.nets[0], steps, math.inf)
        if self.mailbox:
            return self._run_together(steps)
        for done in range(0, steps, self.window):
            for net in self.nets:
                window = min(self.window, steps - done)
                assert self.lib.distann_advance(net, window, math.inf) == self.lib.DISTANN_EXCHANGE
            if self.exchange():
                return 1
        return 0

    def _run_together(self, steps: int) -> int:
        """Each rank has a thread of its own, as if it were a process."""
        end = self.lib.distann_step(self.nets[0]) + steps
        while self.lib.distann_step(self.nets[0]) < end:

            def advance(net: Any, end: int = end) -> int:
                return self.lib.distann_advance(net, end - self.lib.distann_step(net), math.inf)

            with ThreadPoolExecutor(self.ranks) as pool:
                status = set(pool.map(advance, self.nets))
            assert len(status) == 1
            if status == {self.lib.DISTANN_FAILED} or (status == {self.lib.DISTANN_EXCHANGE} and self.exchange()):
                return 1
        return 0

    def _share(self) -> None:
        memory = np.zeros(self.lib.distann_mailbox_bytes(self.ranks, self.mailbox) + 64, np.uint8)
        self.kept.append(memory)
        for net in self.nets:
            at = memory.ctypes.data + -memory.ctypes.data % 64
            self.lib.distann_set_mailboxes(net, self.ffi.cast("void *", at), self.mailbox)

    def exchange(self) -> int:
        """An Allgather by hand; the buffers start small and grow when a packet does not fit."""
        buffers = np.zeros((self.ranks, self.capacity // 8), np.int64)
        for rank, net in enumerate(self.nets):
            self.lib.distann_pack(net, self.pointer_once(buffers[rank]), self.capacity)
        needed = self.lib.distann_packed_size(self.pointer_once(buffers), self.capacity, self.ranks)
        if needed > self.capacity:
            self.capacity = -(-needed // 8) * 8
            return self.exchange()
        status = {self.lib.distann_unpack(net, self.pointer_once(buffers), self.capacity) for net in self.nets}
        assert len(status) == 1
        return status.pop()

    def pointer_once(self, array: np.ndarray) -> Any:
        return self.ffi.cast("void *", array.ctypes.data)

    def refresh(self, everywhere: int = 1) -> None:
        for net in self.nets:
            assert self.lib.distann_refresh(net, everywhere) == 0
        if self.ranks > 1:
            assert self.exchange() == 0

    def state(self, population: int, name: str) -> np.ndarray:
        """A field of the whole population."""
        first = self.first[population][:: self.threads]
        return np.concatenate(
            [self.arrays[population][rank][name][: first[rank + 1] - first[rank]] for rank in range(self.ranks)]
        )

    def synapses(self, projection: int, post: int, field_number: int | None = 0) -> tuple[np.ndarray, ...]:
        """Post index, pre index and value of every synapse, sorted by (post, pre), equals in storage order."""
        parts = []
        for rank, net in enumerate(self.nets):
            n = self.lib.distann_synapses(net, projection)
            element, pre, value = np.zeros(n, np.uint32), np.zeros(n, np.uint32), np.zeros(n, self.real)
            assert (
                self.lib.distann_read_pairs(
                    net, projection, self.pointer(element, "uint32_t *"), self.pointer(pre, "uint32_t *")
                )
                == 0
            )
            if field_number is not None:
                assert self.lib.distann_read_synapses(net, projection, field_number, self.pointer(value)) == 0
            parts.append((element + self.first[post][rank * self.threads], pre, value))
        post_index, pre_index, values = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.lexsort((pre_index, post_index))
        return post_index[order], pre_index[order], values[order]

    def record_spikes(self, population: int) -> int:
        return max(self.lib.distann_record_spikes(net, population) for net in self.nets)

    def spikes(self, recorder: int) -> np.ndarray:
        """(step, index) of every spike, sorted."""
        parts = []
        for net in self.nets:
            n = self.lib.distann_recorded(net, recorder)
            steps, indices = np.zeros(n, np.int64), np.zeros(n, np.int64)
            assert (
                self.lib.distann_read_spikes(
                    net, recorder, self.pointer(steps, "int64_t *"), self.pointer(indices, "int64_t *")
                )
                == 0
            )
            parts.append(np.stack([steps, indices], axis=1))
        merged = np.concatenate(parts)
        return merged[np.lexsort((merged[:, 1], merged[:, 0]))]

    def record_field(
        self,
        rank: int,
        population: int,
        name: str,
        *,
        axis: int = NEURON,
        inputs: int = 0,
        period: int = 1,
        offset: int = 0,
        elements: Sequence[int] | None = None,
    ) -> int:
        chosen = None if elements is None else np.asarray(elements, np.uint32)
        return self.lib.distann_record_field(
            self.nets[rank],
            population,
            self.pointer(self.arrays[population][rank][name]),
            axis,
            inputs,
            period,
            offset,
            self.pointer(chosen, "uint32_t *"),
            0 if chosen is None else len(chosen),
        )

    def recorded(self, rank: int, recorder: int, width: int) -> np.ndarray:
        rows = self.lib.distann_recorded(self.nets[rank], recorder)
        words = np.zeros((rows, width), self.real)
        assert self.lib.distann_read_rows(self.nets[rank], recorder, self.pointer(words)) == 0
        return words


def cells(size: int, real: Any, seed: int = 1) -> dict[str, Any]:
    """Fields of the kernels `cell` and `noisy_cell`."""
    integer = np.int64 if real is np.float64 else np.int32
    generator = np.random.default_rng(seed)
    return {
        "drive": generator.uniform(0.8, 1.3, size).astype(real),
        "input": np.zeros(size, real),
        "v": generator.uniform(0, 1, size).astype(real),
        "r": np.zeros(size, real),
        "refractory": np.zeros(size, integer),
        "tau": 10.0,
        "steps": 0.0,
    }
