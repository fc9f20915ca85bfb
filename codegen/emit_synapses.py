"""Kernels of synapses become C++ structs."""

from __future__ import annotations

from distann.codegen.ir import Axis, Kernel
from distann.codegen.target import Precision
from distann.codegen.tree import symbols
from distann.codegen.writer import Writer, members, touched, written

__all__ = ["events_struct", "pairs_struct", "rows_struct"]


def rows_struct(kernel: Kernel, precision: Precision) -> str:
    """Return the struct of continuous transmission."""
    assert kernel.psp is not None
    writer = Writer(kernel, precision)
    read = symbols(kernel.psp)
    post = [field for field in writer.of_axis(Axis.NEURON) if field.name in read]
    indent = "        "
    synapse = [
        f"{indent}const real {writer.names[f.name]} = {writer.names[f.name]}_at[s];"
        for f in writer.of_axis(Axis.SYNAPSE)
    ]
    lines = [
        f"struct {kernel.name} {{",
        "    using word = real;",
        f"    static constexpr auto operation = distann::{kernel.operation};",
        *members(writer, "distann_rows"),
        "",
        "    real psp([[maybe_unused]] int64_t s, [[maybe_unused]] int64_t pre, [[maybe_unused]] int64_t post) const {",
        *synapse,
        *writer.load(writer.of_axis(Axis.PRE), "pre", indent),
        *writer.load(post, "post", indent),
        f"{indent}return {writer.printer('').number(kernel.psp)};",
        "    }",
        "",
        "    void fetch([[maybe_unused]] int64_t s) const {",
        *(f"{indent}prefetch({writer.names[f.name]}_at + s);" for f in writer.of_axis(Axis.SYNAPSE)),
        "    }",
        "",
        "    void add(int64_t post, real value) const {",
        *(f"{indent}{writer.names[name]}_at[post] += value;" for name in kernel.writes),
        "    }",
        "};",
        "",
    ]
    return "\n".join(lines)


def events_struct(kernel: Kernel, precision: Precision) -> str:
    """Return the struct of a static delivery of spikes."""
    writer = Writer(kernel, precision)
    indent = "        "
    synapse, post = writer.of_axis(Axis.SYNAPSE), writer.of_axis(Axis.NEURON)
    order = {field.name: position for position, field in enumerate(synapse)}
    used = touched(kernel.body)
    values = {field.name: f"s.value[{order[field.name]}][j]" for field in synapse if field.name in used}
    return "\n".join(
        [
            f"struct {kernel.name} {{",
            "    using word = real;",
            f"    static constexpr int synapse_fields = {len(synapse)};",
            *members(writer, "distann_events"),
            "",
            "    void operator()(const Segment<real, synapse_fields> &s, int64_t j) const {",
            f"{indent}const int64_t post = s.target[j];",
            *(
                f"{indent}const real {writer.names[name]} = {value};"
                for name, value in values.items()
            ),
            *writer.load(post, "post", indent),
            *writer.statements(kernel.body, "", indent),
            *writer.store(post, written(kernel.body), "post", indent),
            "    }",
            "};",
            "",
        ]
    )


def pairs_struct(kernel: Kernel, precision: Precision) -> str:
    """Return the struct of a rule of structural plasticity."""
    assert kernel.psp is not None
    writer, indent = Writer(kernel, precision), "        "
    read = symbols(kernel.psp)
    arguments = ", ".join(f"[[maybe_unused]] int64_t {index}" for index in ("j", "pre", "post"))
    lines = [
        f"struct {kernel.name} {{",
        "    using word = real;",
        *members(writer, "distann_pairs"),
        "",
        f"    real probability({arguments}) const {{",
        *(
            line
            for axis, index in ((Axis.SYNAPSE, "j"), (Axis.PRE, "pre"), (Axis.NEURON, "post"))
            for line in writer.load([field for field in writer.of_axis(axis) if field.name in read], index, indent)
        ),
        f"{indent}return {writer.printer('').number(kernel.psp)};",
        "    }",
        "};",
        "",
    ]
    return "\n".join(lines)
