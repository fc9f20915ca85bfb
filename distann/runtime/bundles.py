"""Which projections are stored together, so that a spike finds what it reaches in one place."""

from __future__ import annotations

from collections.abc import Sequence

from distann.codegen.ir import Axis, Operation
from distann.codegen.lower_synapse import SynapseKernels
from distann.codegen.schedule import only_adds
from distann.runtime.delays import Delays
from distann.runtime.projection import ProjectionState

__all__ = ["bundled", "program_of"]

BY_BUNDLE = ("transmit", "learn", "restructure")  # operations that projections do which are stored together


def bundled(
    projections: Sequence[ProjectionState], kernels: Sequence[SynapseKernels], delays: Sequence[Delays]
) -> list[list[ProjectionState]]:
    """Return the projections in bundles, in the order of their first members; most bundles have one.

    Together are projections from one population to different ones, with one kernel, which only adds to inputs, without
    axonal spikes, and with one range of delays that stays, as their synapses do. The choice depends on the network
    alone, never on the partition: inputs are summed in this order.
    """
    bundles: dict[object, list[ProjectionState]] = {}
    for state, kernel, range_ in zip(projections, kernels, delays, strict=True):
        key: object = state.number
        transmission = kernel.transmission
        shared_values = any(field.axis is Axis.OBJECT for field in transmission.fields)
        alone = state.spec.changeable or kernel.axonal is not None or shared_values
        if only_adds(transmission) and not alone:
            key = (state.spec.pre.population, transmission.name, range_)
            taken = {other.spec.post.population for other in bundles.get(key, [])}
            if range_.most or state.spec.post.population in taken:
                key = state.number
        bundles.setdefault(key, []).append(state)
    return list(bundles.values())


def program_of(operations: Sequence[Operation], bundles: list[list[ProjectionState]]) -> list[tuple[str, int]]:
    """Return the program with one transmission a bundle, where its first projection would transmit."""
    bundle_of = {bundle[0].number: number for number, bundle in enumerate(bundles)}
    return [
        (operation.kind, bundle_of[operation.number] if operation.kind in BY_BUNDLE else operation.number)
        for operation in operations
        if operation.kind not in BY_BUNDLE or operation.number in bundle_of
    ]
