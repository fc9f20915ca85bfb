"""From a synapse to its kernels: transmission, and what changes the values of the synapse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from distann.codegen import synapse_checks
from distann.codegen.draws import Draws
from distann.codegen.hoist import hoist
from distann.codegen.ir import Axis, Field, Kernel, Let, Loop, NeuronModel, Role, Set, SynapseModel
from distann.codegen.locality import event_driven
from distann.codegen.lower_plasticity import Spikes, gated
from distann.codegen.lower_rule import lower_rule
from distann.codegen.nodes import Assignment, Binary, Draw, Expression, Flag, Statement, Symbol
from distann.codegen.scope import Scope
from distann.codegen.sides import input_fields, qualified, qualified_statement, side_fields
from distann.codegen.statements import assigned, lowered, used_names, written_names
from distann.codegen.tree import contains, symbols

__all__ = ["SynapseKernels", "lower_synapse"]


@dataclass(frozen=True, slots=True)
class SynapseKernels:
    """What a projection runs.

    Attributes
    ----------
    transmission : Kernel
        Before the neurons are updated: continuous transmission, or the delivery of spikes.
    axonal : Kernel or None
        Behind it, over the same synapses: the delivery of axonal spikes.
    continuous : Kernel or None
        Behind the delivery of spikes: what synapses transmit besides.
    relaxation : Kernel or None
        After the neurons, in every step, whether the projection learns or not: what relaxes between events and is the
        same for all synapses of a postsynaptic neuron.
    postsynaptic : Kernel or None
        After that, when the projection learns: other equations of the projection and of postsynaptic neurons.
    emission : Kernel or None
        For each postsynaptic neuron that has spiked.
    learning : Kernel or None
        When the projection learns, for each synapse: its equations, and what a postsynaptic spike changes at once.
    creating, pruning : Kernel or None
        At the end of steps: which pairs of neurons get a synapse, and which synapses are removed.
    """

    transmission: Kernel
    axonal: Kernel | None = None
    continuous: Kernel | None = None
    relaxation: Kernel | None = None
    postsynaptic: Kernel | None = None
    emission: Kernel | None = None
    learning: Kernel | None = None
    creating: Kernel | None = None
    pruning: Kernel | None = None

    def named(self) -> dict[str, Kernel]:
        """Return the kernels that there are, by attribute."""
        kernels = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: kernel for name, kernel in kernels.items() if kernel is not None}

    @property
    def learns(self) -> bool:
        """Whether something is to be done after the neurons."""
        waiting = self.transmission.plasticity is not None and self.transmission.plasticity.replayed
        return waiting or any(
            part is not None for part in (self.relaxation, self.postsynaptic, self.emission, self.learning)
        )


def lower_synapse(
    model: SynapseModel,
    pre: NeuronModel,
    post: NeuronModel,
    targets: tuple[str, ...],
    default_method: str = "explicit",
) -> SynapseKernels:
    """Return the kernels of a projection.

    Parameters
    ----------
    model : SynapseModel
    pre, post : NeuronModel
        The neurons on both sides: their attributes are what ``pre.x`` and ``post.x`` mean.
    targets : tuple of str
        Each receives the same.
    default_method : str
        For differential equations that name none.

    Raises
    ------
    EquationError
        ``pre.x`` or ``post.x`` does not exist, or a target is named twice.
    """
    synapse_checks.check_sides(model, pre, post)
    inputs = input_fields(post, targets)
    written = {field.name for field in inputs}
    # What only rules read changes no other kernel.
    unruled = replace(model, creating=None, pruning=None)
    sides = [field for field in side_fields(unruled, pre, post) if field.name not in written]
    kernels = _Lowering(model, [*model.fields, *sides], inputs, default_method).kernels()
    seen = [*model.fields, *side_fields(model, pre, post)]
    creating, pruning = (lower_rule(model, block, seen) for block in ("creating", "pruning"))
    return replace(kernels, creating=creating, pruning=pruning)


class _Lowering:
    """One projection's kernels, made from the same fields."""

    def __init__(self, model: SynapseModel, fields: list[Field], inputs: list[Field], method: str) -> None:
        self.model, self.fields, self.inputs, self.method = model, fields, inputs, method
        self.continuing = [s for s in model.equations if not event_driven(s)]
        self.axes = {field.name: field.axis for field in model.fields}
        shared = (Axis.OBJECT, Axis.NEURON)
        self.relaxing = [s for s in model.equations if event_driven(s) and self.axes[s.name] in shared]
        self.slow = [s for s in self.continuing if self.axes[s.name] in shared]
        self.fast = [s for s in self.continuing if self.axes[s.name] is Axis.SYNAPSE]

    def kernels(self) -> SynapseKernels:
        """Return the kernels that the kind of synapse needs."""
        if not self.model.spiking:
            gathering = self.gather()
            postsynaptic = self.each_step("postsynaptic", self.slow)
            return SynapseKernels(gathering, postsynaptic=postsynaptic, learning=self.sweep_rows(gathering))
        if self.is_static():
            axonal = self.deliver("axonal", self.model.pre_axon_spike) if self.model.pre_axon_spike else None
            return SynapseKernels(self.deliver("deliver", self.model.pre_spike), axonal)
        spikes = Spikes(self.model, self.fields, self.inputs, at_once=bool(self.fast or self.model.psp))
        return SynapseKernels(
            spikes.delivery(), spikes.axonal(), self.continuous(spikes), self.each_step("relaxation", self.relaxing),
            self.each_step("postsynaptic", self.slow), spikes.emission(), self.sweep_segments(spikes),
        )  # fmt: skip

    # ---- transmission ---------------------------------------------------------------------------------------------

    def gather(self) -> Kernel:
        """Return the kernel that reduces `psp` over the synapses of each postsynaptic neuron."""
        assert self.model.psp is not None
        psp = qualified(self.model.psp)
        used = symbols(psp) | {field.name for field in self.stored()}
        return Kernel(
            name=f"{self.model.name}_gather",
            loop=Loop.GATHER_ROWS,
            fields=(*(field for field in self.fields if field.name in used), *dict.fromkeys(self.inputs)),
            operation=self.model.operation,
            psp=psp,
            writes=tuple(field.name for field in self.inputs),
        )

    def is_static(self) -> bool:
        """Tell whether spikes only add to inputs what nothing changes."""
        model = self.model
        only_inputs = all(s.name == "g_target" and isinstance(s, Assignment) for s in model.arriving)
        own = [f for f in self.fields if f.owner == "own"]
        sources = any(f.axis is Axis.PRE for f in self.fields) or any(
            f.axis is Axis.SEGMENT or f.role is Role.INTERNAL for f in own
        )
        drawn = any(contains(s.value, Draw) for s in model.arriving if isinstance(s, Assignment))
        return only_inputs and not (model.equations or model.post_spike or model.psp or sources or drawn)

    def deliver(self, name: str, block: Iterable[Statement]) -> Kernel:
        """Return the kernel of spikes that only add to inputs."""
        body = [
            Set(field.name, _transmitted(statement, field.name), statement.span.text)
            for statement in block
            for field in self.inputs
        ]
        used = used_names((), body, (), None)
        return Kernel(
            name=f"{self.model.name}_{name}",
            loop=Loop.DELIVER_SPIKES,
            # Every variable of a synapse is stored, whether the transmission uses it or not.
            fields=self.bound(used | {field.name for field in self.stored()}),
            body=tuple(body),
            writes=written_names((), body, ()),
        )

    def stored(self) -> list[Field]:
        return [field for field in self.fields if field.axis in (Axis.SYNAPSE, Axis.SEGMENT)]

    def bound(self, used: set[str]) -> tuple[Field, ...]:
        """Return the fields of a kernel, inputs last."""
        return tuple(field for field in dict.fromkeys((*self.fields, *self.inputs)) if field.name in used)

    # ---- each step ------------------------------------------------------------------------------------------------

    def each_step(self, name: str, equations: list[Statement]) -> Kernel | None:
        """Equations of the projection, then those of postsynaptic neurons."""
        if not equations:
            return None
        scope, draws = self.scope(), Draws()
        body = self.lowered((s for s in equations if self.axes[s.name] is Axis.NEURON), scope, draws)
        draws.leave_loop()
        once = self.lowered((s for s in equations if self.axes[s.name] is Axis.OBJECT), scope, draws)
        once, body = hoist(once, body, self.invariant(), scope)
        return Kernel(
            name=f"{self.model.name}_{name}",
            loop=Loop.FOR_EACH_NEURON,
            fields=self.bound(used_names(once, body, (), None)),
            once=tuple(once),
            body=tuple(body),
            uniforms=draws.uniforms,
            normals=draws.normals,
            writes=written_names(once, body, ()),
        )

    def sweep_rows(self, gathering: Kernel) -> Kernel | None:
        """Equations of each rate-coded synapse, which its transmission can follow in the same pass."""
        if not self.fast:
            return None
        once, body = hoist([], self.each_synapse(), self.invariant(), self.scope())
        used = used_names(once, body, (), None) | {field.name for field in self.stored()}
        return Kernel(
            name=f"{self.model.name}_learning",
            loop=Loop.SWEEP_ROWS,
            fields=self.bound(used),
            once=tuple(once),
            body=tuple(body),
            writes=written_names(once, body, ()),
            gathering=gathering,
        )

    def sweep_segments(self, spikes: Spikes) -> Kernel | None:
        """Equations of each spiking synapse; where post-spike statements cannot wait, those too."""
        if not self.fast and not spikes.hurried:
            return None
        return spikes.sweep("learning", self.each_synapse(), spikes.hurried)

    def continuous(self, spikes: Spikes) -> Kernel | None:
        """What spiking synapses transmit in each step."""
        if self.model.psp is None:
            return None
        psp = qualified(self.model.psp)
        sums = [Set(field.name, Binary("+", Symbol(field.name), psp), "psp") for field in self.inputs]
        return spikes.sweep("continuous", sums, with_post=False)

    def each_synapse(self) -> list[Let | Set]:
        draws = Draws()
        draws.leave_loop()
        return [gated(statement) for statement in self.lowered(self.fast, self.scope(), draws)]

    def lowered(self, block: Iterable[Statement], scope: Scope, draws: Draws) -> list[Let | Set]:
        ready = [_clock_driven(qualified_statement(statement)) for statement in block]
        return lowered(ready, self.model, scope, draws, self.method)

    def scope(self) -> Scope:
        return Scope([field.name for field in (*self.fields, *self.inputs)] + ["t", "dt", "pi"])

    def invariant(self) -> set[str]:
        return {field.name for field in self.fields if field.axis is Axis.OBJECT} | {"t", "dt", "pi"}


def _transmitted(statement: Statement, target: str) -> Expression:
    ready = qualified_statement(statement, target)
    assert isinstance(ready, Assignment)
    return assigned(ready)


def _clock_driven(statement: Statement) -> Statement:
    """What one neuron's synapses share costs nothing to relax each step."""
    flags = tuple(
        Flag("exponential", None, flag.span) if flag.name == "event-driven" else flag for flag in statement.flags
    )
    return replace(statement, flags=flags)
