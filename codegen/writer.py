"""What the C++ structs of all kernels share: names, members, statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from distann.codegen.cpp import Printer, comment, identifiers
from distann.codegen.ir import ELAPSED, EMITTED, PLASTIC, SINCE, Axis, Field, Kernel, Let, Loop, Set, Type
from distann.codegen.nodes import Expression, Iteration, Propagator
from distann.codegen.target import Precision
from distann.codegen.tree import symbols

__all__ = ["Writer", "members", "of_spikes", "once", "touched", "written"]

BY_ARRAY = (Loop.GATHER_ROWS, Loop.SWEEP_ROWS, Loop.CHOOSE_PAIRS)  # each value of the synapses is an array of its own
BY_SYNAPSE = (Loop.DELIVER_AND_LEARN, Loop.SWEEP_SEGMENTS, Loop.SWEEP_ROWS)
ONCE = "random::{distribution}<real>(n.clock->seed, n.stream + {number}, n.clock->step, 0)"


class Writer:
    """The names and printers of one kernel."""

    def __init__(self, kernel: Kernel, precision: Precision) -> None:
        statements = (*kernel.once, *kernel.body, *kernel.reset, *of_spikes(kernel))
        lets = [statement for statement in statements if isinstance(statement, Let)]
        self.kernel, self.suffix = kernel, precision.suffix
        self.fields = {field.name: field for field in kernel.fields}
        known = [kernel.name, "t", "dt", SINCE, ELAPSED, EMITTED, PLASTIC]
        records = kernel.plasticity.records if kernel.plasticity else ()
        local = dict.fromkeys([*(name for let in lets for name in _declared(let)), *records])
        self.names = identifiers([*known, *self.fields, *local])
        self.types = {name: field.type for name, field in self.fields.items()} | {
            let.name: let.type for let in lets
        }
        self.types[PLASTIC] = Type.BOOL
        self.read = touched(statements, (kernel.spike, kernel.psp, *kernel.rates))
        self.number = {field.name: number for number, field in enumerate(kernel.fields)}

    def printer(self, draw: str) -> Printer:
        return Printer(self.names, self.types, self.suffix, draw)

    def of_axis(self, *axes: Axis) -> list[Field]:
        return [field for field in self.kernel.fields if field.axis in axes]

    def statements(
        self, statements: Iterable[Let | Set], draw: str, indent: str, declare: bool = True
    ) -> list[str]:
        """Assignments to local variables, each under the user's line."""
        printer, lines, last = self.printer(draw), [], ""
        for statement in statements:
            source = comment(statement.source)
            if source and source != last:
                lines.append(f"{indent}// {source}")
            last = source
            if isinstance(statement.value, Propagator):
                lines.append(indent + printer.propagator(statement.name, statement.value))
                continue
            if isinstance(statement.value, Iteration):
                lines += [indent + line for line in printer.iteration(statement.value)]
                continue
            name, kind = self.names[statement.name], self.types.get(statement.name, Type.FLOAT)
            new = (
                f"const {'bool' if kind is Type.BOOL else 'real'} "
                if declare and isinstance(statement, Let)
                else ""
            )
            lines.append(f"{indent}{new}{name} = {self._value(printer, statement, kind)};")
        return lines

    def _value(self, printer: Printer, statement: Let | Set, kind: Type) -> str:
        if kind is Type.BOOL:
            return printer.condition(statement.value)
        if kind is Type.INT:
            return f"integer({printer.number(statement.value)})"
        return printer.number(statement.value)

    def load(self, fields: Iterable[Field], index: str, indent: str) -> list[str]:
        """Local variables with the values of one element."""
        lines = []
        for field in fields:
            const = "" if field.name in self.kernel.writes else "const "
            name = self.names[field.name]
            value = f"{name}_at[{index}]"
            lines.append(
                f"{indent}{const}{_local(field)} {name} = {value}{' != 0' if field.type is Type.BOOL else ''};"
            )
        return lines

    def store(self, fields: Iterable[Field], written: Iterable[str], index: str, indent: str) -> list[str]:
        names = set(written)
        return [
            f"{indent}{self.names[f.name]}_at[{index}] = {self.names[f.name]};"
            for f in fields
            if f.name in names
        ]


def _declared(let: Let) -> tuple[str, ...]:
    """Return the names that a `Let` gives."""
    return (*let.value.state, *let.value.names) if isinstance(let.value, Iteration) else (let.name,)


def _word(field: Field) -> str:
    # The engine builds and stores all values of synapses as real numbers.
    return "real" if field.type is Type.FLOAT or field.axis is Axis.SYNAPSE else "integer"


def _local(field: Field) -> str:
    return "bool" if field.type is Type.BOOL else _word(field)


def of_spikes(kernel: Kernel) -> tuple[Let | Set, ...]:
    """Return the statements of a kernel's `Plasticity`."""
    p = kernel.plasticity
    return () if p is None else (*p.relax_shared, *p.relax, *p.arrival, *p.post)


def touched(statements: Iterable[Let | Set], more: Iterable[Expression | None] = ()) -> set[str]:
    """Return the names that statements and expressions read or change."""
    names = {statement.name for statement in statements}
    for statement in statements:
        names |= symbols(statement.value)
    for expression in more:
        names |= symbols(expression) if expression is not None else set()
    return names


def written(statements: Iterable[Let | Set]) -> list[str]:
    """Return the names that statements change."""
    return [statement.name for statement in statements if isinstance(statement, Set)]


class _Member(NamedTuple):
    """A member of a struct: ``const real *`` and the like, its name, and what the constructor gives it."""

    type: str
    name: str
    value: str


def members(writer: Writer, argument: str) -> list[str]:
    """Arrays, values of the whole object, constants of the step; and the constructor that binds them."""
    bound = [member for field in writer.kernel.fields for member in _binding(writer, field)]
    clock = {"dt": "real(n.clock->interval)"}
    if writer.kernel.loop not in BY_SYNAPSE:  # there, each event has its own time
        clock["t"] = "real(double(n.clock->step) * n.clock->dt)"
    bound += [_Member("real ", writer.names[name], value) for name, value in clock.items() if name in writer.read]
    if PLASTIC in writer.read:
        bound.append(_Member("bool ", writer.names[PLASTIC], "n.plastic != 0"))
    lets = [s for s in writer.kernel.once if isinstance(s, Let) and not isinstance(s.value, Propagator | Iteration)]
    constants = [f"    real {writer.names[let.name]};" for let in lets]
    head = f"    explicit {writer.kernel.name}({'' if bound else '[[maybe_unused]] '}const {argument} &n)"
    initial = ",\n          ".join(f"{member.name}({member.value})" for member in bound)
    constructor = [head, f"        : {initial} {{}}"] if bound else [head + " {}"]
    return [*(f"    {member.type}{member.name};" for member in bound), *constants, "", *constructor]


def _binding(writer: Writer, field: Field) -> list[_Member]:
    """The members that stand for a field: a pointer, and for a value of the whole object the value."""
    name, written = writer.names[field.name], field.name in writer.kernel.writes
    word = _word(field) if written else f"const {_word(field)}"
    array = f"field<{word}>(n, {writer.number[field.name]})"
    pointer = _Member(f"{word} *", f"{name}_at", array)
    if field.axis is Axis.OBJECT:
        value = f"*{array}{' != 0' if field.type is Type.BOOL else ''}"
        return [*([pointer] if written else []), _Member(f"{_local(field)} ", name, value)]
    if field.axis in (Axis.SYNAPSE, Axis.SEGMENT) and writer.kernel.loop not in BY_ARRAY:
        return []  # they stand in the blocks of the synapses
    return [pointer]


def once(writer: Writer, argument: str) -> list[str]:
    """Equations of the whole object, then the constants of the step."""
    lines = writer.statements(writer.kernel.once, ONCE, "        ", declare=False)
    changed = written(writer.kernel.once)
    names = [writer.names[field.name] for field in writer.of_axis(Axis.OBJECT) if field.name in changed]
    lines += [f"        *{name}_at = {name};" for name in names]
    if not lines:
        return [f"    void once(const {argument} &) {{}}"]
    return [f"    void once([[maybe_unused]] const {argument} &n) {{", *lines, "    }"]
