"""Kernels that change synapses become C++ structs, as `learning.hpp` wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from distann.codegen.ir import ELAPSED, EMITTED, SINCE, Axis, Field, Kernel, Let, Plasticity, Set
from distann.codegen.target import Precision
from distann.codegen.writer import Writer, members, once, touched, written

__all__ = ["delivery_struct", "emission_struct", "row_sweep_struct", "sweep_struct"]

IN_PLACE = (
    "random::{distribution}<real>(place.clock->seed, place.stream + {number}, place.key(), place.source)"
)
ALONE = "random::{distribution}<real>(n.clock->seed, n.stream + {number}, n.clock->step, n.first + i)"
INDENT = "        "
PLACE = "[[maybe_unused]] const Place &place"


def delivery_struct(kernel: Kernel, precision: Precision) -> str:
    """Return the struct of presynaptic spikes."""
    struct, plasticity = _Struct(kernel, precision), _plasticity(kernel)
    kept = [s.name for s in plasticity.arrival if isinstance(s, Let)]
    return struct.text(
        "distann_events",
        {"kept": len(kept), "records": len(plasticity.records)},
        {"replays": plasticity.replayed, "relaxes": bool(plasticity.relax)},
        [
            *struct.relaxations(plasticity),
            "",
            *struct.arrival(plasticity, kept),
            "",
            *struct.synapse("pre(real *values, const real *kept", kernel.body, given={"kept": kept}),
            "",
            *struct.post(plasticity),
        ],
    )


def sweep_struct(kernel: Kernel, precision: Precision) -> str:
    """Return the struct of a sweep over synapses by source."""
    struct, plasticity = _Struct(kernel, precision), _plasticity(kernel)
    since, elapsed = (struct.writer.names[name] for name in (SINCE, ELAPSED))
    head = f"learn(real *values, const real *shared, {_unused(since)}, {_unused(elapsed)}"
    shared = [field.name for field in struct.writer.of_axis(Axis.SEGMENT)]
    return struct.text(
        "distann_events",
        {"records": len(plasticity.records)},
        {"hurried": bool(plasticity.post)},
        [
            *struct.relaxations(plasticity),
            "",
            *struct.synapse(head, kernel.body, given={"shared": shared}),
            "",
            *struct.post(plasticity),
        ],
    )


def row_sweep_struct(kernel: Kernel, precision: Precision) -> str:
    """Return the struct of a sweep over synapses by target."""
    writer = Writer(kernel, precision)
    used = touched(kernel.body)
    loaded = [
        *writer.load(_used(writer, used, Axis.SYNAPSE), "s", INDENT),
        *writer.load(_used(writer, used, Axis.PRE), "pre", INDENT),
        *writer.load(_used(writer, used, Axis.NEURON), "place.post", INDENT),
    ]
    lines = [
        f"struct {kernel.name} {{",
        "    using word = real;",
        *members(writer, "distann_rows"),
        "",
        *once(writer, "distann_rows"),
        "",
        "    void learn(int64_t s, [[maybe_unused]] int64_t pre, [[maybe_unused]] int64_t source, "
        f"{PLACE}) const {{",
        *_time(writer, used),
        *loaded,
        *writer.statements(kernel.body, IN_PLACE.replace("place.source", "source"), INDENT),
        *writer.store(writer.of_axis(Axis.SYNAPSE), written(kernel.body), "s", INDENT),
        "    }",
        "};",
        "",
    ]
    return "\n".join(lines)


def emission_struct(kernel: Kernel, precision: Precision) -> str:
    """Return the struct of postsynaptic spikes."""
    writer, records = Writer(kernel, precision), _plasticity(kernel).records
    neuron = _used(writer, touched(kernel.body), Axis.NEURON)
    lines = [
        f"struct {kernel.name} {{",
        "    using word = real;",
        f"    static constexpr int records = {len(records)};",
        *members(writer, "distann_post_spikes"),
        "",
        *once(writer, "distann_post_spikes"),
        "",
        "    void emit([[maybe_unused]] int64_t i, [[maybe_unused]] real *record, "
        "[[maybe_unused]] const distann_post_spikes &n) const {",
        *writer.load(neuron, "i", INDENT),
        *writer.statements(kernel.body, ALONE, INDENT),
        *writer.store(neuron, written(kernel.body), "i", INDENT),
        *(f"{INDENT}record[{r}] = {writer.names[name]};" for r, name in enumerate(records)),
        "    }",
        "};",
        "",
    ]
    return "\n".join(lines)


class _Struct:
    """The functions of a struct that works on the values of synapses in registers."""

    def __init__(self, kernel: Kernel, precision: Precision) -> None:
        self.kernel, self.writer = kernel, Writer(kernel, precision)
        self.shared = self.writer.of_axis(Axis.SEGMENT)
        self.own = self.writer.of_axis(Axis.SYNAPSE)

    def text(self, argument: str, numbers: dict[str, int], flags: dict[str, bool], functions: list[str]) -> str:
        """Return the struct, with constants that the engine reads, members and functions."""
        numbers = {"synapse_fields": len(self.own), "shared_fields": len(self.shared), **numbers}
        return "\n".join(
            [
                f"struct {self.kernel.name} {{",
                "    using word = real;",
                f"    static constexpr int {', '.join(f'{name} = {n}' for name, n in numbers.items())};",
                f"    static constexpr bool {', '.join(f'{name} = {_cpp(on)}' for name, on in flags.items())};",
                *members(self.writer, argument),
                "",
                *once(self.writer, argument),
                "",
                *functions,
                "};",
                "",
            ]
        )

    def relaxations(self, plasticity: Plasticity) -> list[str]:
        """Return the functions by which event-driven variables relax, shared ones and those of a synapse."""
        since, elapsed = (self.writer.names[name] for name in (SINCE, ELAPSED))
        return [
            *_function(
                f"relax_shared([[maybe_unused]] real *shared, {_unused(since)})",
                self._changes(plasticity.relax_shared, self.shared, "shared"),
            ),
            "",
            *self.synapse(f"relax(real *values, {_unused(elapsed)}", plasticity.relax),
        ]

    def arrival(self, plasticity: Plasticity, kept: Sequence[str]) -> list[str]:
        """Return what runs once for the synapses that share values when a spike arrives; it keeps the values `kept`."""
        used, names = touched(plasticity.arrival), self.writer.names
        emitted = f"{INDENT}const real {names[EMITTED]} = real(double(place.step - delay) * place.clock->dt);"
        arguments = ("real *shared", "real *kept", PLACE, "int64_t delay")
        head = f"arrive({', '.join('[[maybe_unused]] ' + a.removeprefix('[[maybe_unused]] ') for a in arguments)})"
        lines = [
            *_time(self.writer, used),
            *([emitted] if EMITTED in used else []),
            *self.writer.load(_used(self.writer, used, Axis.PRE), "place.pre", INDENT),
            *self._changes(plasticity.arrival, self.shared, "shared"),
            *(f"{INDENT}kept[{k}] = {names[name]};" for k, name in enumerate(kept)),
        ]
        return _function(head, lines)

    def post(self, plasticity: Plasticity) -> list[str]:
        given = {"shared": [field.name for field in self.shared], "record": list(plasticity.records)}
        head = "post(real *values, const real *shared, const real *record"
        return self.synapse(head, plasticity.post, given=given)

    def synapse(
        self, head: str, statements: Sequence[Let | Set], given: dict[str, list[str]] | None = None
    ) -> list[str]:
        """A function of one synapse; `given` are the names that arrays among its arguments hold."""
        used, writer = touched(statements), self.writer
        head = head.replace("(real", "([[maybe_unused]] real").replace(", const", ", [[maybe_unused]] const")
        neuron = _used(writer, used, Axis.NEURON)
        values = [
            f"{INDENT}const real {writer.names[name]} = {array}[{position}];"
            for array, names in (given or {}).items()
            for position, name in enumerate(names)
            if name in used
        ]
        lines = [
            *_time(writer, used),
            *values,
            *writer.load(_used(writer, used, Axis.PRE), "place.pre", INDENT),
            *writer.load(neuron, "place.post", INDENT),
            *self._changes(statements, self.own, "values"),
            *writer.store(neuron, written(statements), "place.post", INDENT),
        ]
        return _function(f"{head}, {PLACE})", lines)

    def _changes(self, statements: Iterable[Let | Set], fields: list[Field], array: str) -> list[str]:
        statements = list(statements)
        used, changed, names = touched(statements), set(written(statements)), self.writer.names
        at = {field.name: f"{array}[{position}]" for position, field in enumerate(fields) if field.name in used}
        return [
            *(f"{INDENT}{'' if n in changed else 'const '}real {names[n]} = {value};" for n, value in at.items()),
            *self.writer.statements(statements, IN_PLACE, INDENT),
            *(f"{INDENT}{value} = {names[n]};" for n, value in at.items() if n in changed),
        ]


def _function(head: str, lines: list[str]) -> list[str]:
    return [f"    void {head} const {{", *lines, "    }"] if lines else [f"    void {head} const {{}}"]


def _plasticity(kernel: Kernel) -> Plasticity:
    assert kernel.plasticity is not None
    return kernel.plasticity


def _unused(name: str) -> str:
    return f"[[maybe_unused]] real {name}"


def _cpp(on: bool) -> str:
    return "true" if on else "false"


def _time(writer: Writer, used: set[str]) -> list[str]:
    return [f"{INDENT}const real {writer.names['t']} = real(place.t());"] if "t" in used else []


def _used(writer: Writer, used: set[str], axis: Axis) -> list[Field]:
    return [field for field in writer.of_axis(axis) if field.name in used]
