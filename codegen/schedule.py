"""The order of one step, as data (LANGUAGE 2.7)."""

from __future__ import annotations

from collections.abc import Sequence

from distann.codegen.ir import Axis, Field, Kernel, Loop, NeuronModel, Operation, Role, Set, StepProgram
from distann.codegen.lower_synapse import SynapseKernels
from distann.codegen.nodes import Binary, Symbol
from distann.codegen.tree import symbols

__all__ = ["only_adds", "schedule"]


def only_adds(kernel: Kernel) -> bool:
    """Tell whether spikes only add to inputs, by what belongs to the synapse: then their order does not matter."""
    inputs = {field.name for field in kernel.fields if field.axis is Axis.NEURON}
    return kernel.loop is Loop.DELIVER_SPIKES and all(
        isinstance(statement, Set)
        and statement.name in inputs
        and isinstance(value := statement.value, Binary)
        and (value.operator, value.left) == ("+", Symbol(statement.name))
        and not symbols(value.right) & inputs
        for statement in kernel.body
    )


def _has_input(neuron: NeuronModel) -> bool:
    return not neuron.spiking and (bool(neuron.targets) or neuron.sums_all)


def schedule(
    populations: Sequence[NeuronModel], projections: Sequence[tuple[int, SynapseKernels]]
) -> StepProgram:
    """Return the phases of a step.

    Parameters
    ----------
    populations : sequence of NeuronModel
        In the order of creation. Their axons, where they have axonal spikes, are numbered behind them all.
    projections : sequence of (int, SynapseKernels)
        Presynaptic population and kernels, in the order of creation: inputs are summed in this order.
    """
    clear = [Operation("clear", p) for p, neuron in enumerate(populations) if _has_input(neuron)]
    transmit = [Operation("transmit", number) for number in range(len(projections))]
    axons = sum(neuron.axon_spike is not None for neuron in populations)
    update = [Operation("update", number) for number in range(len(populations) + axons)]
    learn = [Operation("learn", number) for number, (_, kernels) in enumerate(projections) if kernels.learns]
    changes = [
        Operation("restructure", n) for n, (_, kernels) in enumerate(projections) if kernels.creating or kernels.pruning
    ]
    # What rules of structural plasticity choose is done before the next step.
    meet = [Operation("meet")] if changes or any(_reads_present(kernels) for _, kernels in projections) else []
    published = dict.fromkeys(
        (pre, field.name.removeprefix("pre."))
        for pre, kernels in projections
        for kernel in kernels.named().values()
        for field in kernel.fields
        if field.axis is Axis.PRE
    )
    reductions = tuple((p, reduction) for p, neuron in enumerate(populations) for reduction in neuron.reductions)
    published |= dict.fromkeys((p, reduction.variable) for p, reduction in reductions)
    operations = (*clear, *transmit, Operation("record inputs"), *update, *meet, *learn, *changes, Operation("record"))
    return StepProgram(operations, tuple(published), reductions)


def _reads_present(kernels: SynapseKernels) -> bool:
    """Tell whether a synapse needs to know what other neurons have become in this step."""
    late = (kernels.postsynaptic, kernels.emission, kernels.learning)
    return any(_of_others(field) for kernel in late if kernel is not None for field in kernel.fields)


def _of_others(field: Field) -> bool:
    """A value of the presynaptic neuron, or of a whole population."""
    return field.axis is Axis.PRE or (field.owner != "own" and field.role is Role.INTERNAL)
