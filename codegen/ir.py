"""The intermediate representation: what flows between the layers of the code generator. Frozen data.

``syntax`` makes `Statement`s, ``symbols`` adds the `Field`s that their names mean, ``integrators`` turn differential
equations into `Set`s, ``lower`` gathers those into a `Kernel`, and ``schedule`` into a `StepProgram`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from distann.codegen.nodes import Block, Expression, Number, Side, Span

__all__ = [
    "ELAPSED",
    "EMITTED",
    "PLASTIC",
    "SINCE",
    "Axis",
    "Field",
    "Function",
    "Kernel",
    "Let",
    "Loop",
    "NeuronModel",
    "Operation",
    "Plasticity",
    "Reduction",
    "Role",
    "Set",
    "StepProgram",
    "StructuralRule",
    "SynapseModel",
    "Type",
    "sum_name",
]


# ---- fields -------------------------------------------------------------------------------------------------------


class Axis(Enum):
    """Over what a field varies."""

    NETWORK = "network"  # one value: t, dt
    OBJECT = "object"  # one value a population, or a projection
    NEURON = "neuron"  # one a neuron; in a synapse: of the postsynaptic neuron
    PRE = "pre"  # one a presynaptic neuron, read from the values that arrive
    SEGMENT = "segment"  # one for all synapses that a presynaptic neuron reaches after one delay
    SYNAPSE = "synapse"


class Type(Enum):
    """What a field holds. Integers and booleans are stored in words as wide as the reals."""

    FLOAT = "float"
    INT = "int"
    BOOL = "bool"


class Role(Enum):
    """What a field is for."""

    PARAMETER = "parameter"  # never written by a kernel
    VARIABLE = "variable"
    INPUT = "input"  # sum(target), g_target without an equation of its own
    INTERNAL = "internal"  # refractory_left and the like: saved, never shown
    RATE = "rate"  # the mean firing rate of a spiking neuron, which the engine measures
    CONSTANT = "constant"  # a constant of the network, which the kernel reads


@dataclass(frozen=True, slots=True)
class Field:
    """A named array of a population or a projection.

    Attributes
    ----------
    name : str
        As the user wrote it; ``sum(exc)`` for an input.
    axis, type, role : Axis, Type, Role
    initial : Expression or None
        The value before the first step: a number, a distribution, or an expression of parameters. None is 0.
    minimum, maximum : Expression or None
        Bounds, applied after each update of the variable by its own statement.
    owner : str
        ``"own"``, ``"pre"`` or ``"post"``: whose field it is, seen from the kernel that uses it.
    span : Span or None
        Where it was declared.
    unit : str
        What it is measured in; empty where that was not said.
    dimension : tuple of Fraction or None
        Of the unit: exponents of kg, m, s, A, K, mol.
    """

    name: str
    axis: Axis
    type: Type = Type.FLOAT
    role: Role = Role.VARIABLE
    initial: Expression | None = None
    minimum: Expression | None = None
    maximum: Expression | None = None
    owner: str = "own"
    span: Span | None = field(default=None, compare=False)
    unit: str = field(default="", compare=False)
    dimension: tuple[Fraction, ...] | None = field(default=None, compare=False)


# ---- models -------------------------------------------------------------------------------------------------------


def sum_name(target: str) -> str:
    """Return the name of the field that holds the summed input of a rate-coded target."""
    return f"sum({target})"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the user's: ``name(arguments) = body``. Calls of it have been written out already."""

    name: str
    arguments: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Reduction:
    """``mean``, ``max``, ``min``, ``norm1`` or ``norm2`` of a variable over the population, at the end of a step."""

    operation: str
    variable: str

    @property
    def name(self) -> str:
        """Name of the field that holds it."""
        return f"{self.operation}({self.variable})"


@dataclass(frozen=True, slots=True)
class NeuronModel:
    """A neuron whose names are resolved.

    Attributes
    ----------
    name : str
    spiking : bool
    fields : tuple of Field
        Constants, parameters, variables, inputs and internals, in this order.
    equations, reset, axon_reset : tuple of Statement
    spike, axon_spike, refractory : Expression or None
        `refractory` is in ms.
    targets : tuple of str
        The targets whose input the equations read, that of all together apart.
    functions : tuple of Function
        The model's own.
    reductions : tuple of Reduction
    """

    name: str
    spiking: bool
    fields: tuple[Field, ...]
    equations: Block = ()
    reset: Block = ()
    spike: Expression | None = None
    refractory: Expression | None = None
    targets: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    axon_spike: Expression | None = None
    axon_reset: Block = ()

    @property
    def statements(self) -> Block:
        """Equations, and what follows spikes."""
        return self.equations + self.reset + self.axon_reset

    @property
    def conditions(self) -> tuple[Expression, ...]:
        """Those of spikes of either kind."""
        return tuple(condition for condition in (self.spike, self.axon_spike) if condition is not None)

    def field(self, name: str) -> Field | None:
        """Return the field of that name."""
        return next((field for field in self.fields if field.name == name), None)

    def input_field(self, target: str) -> str:
        """Return the name of the field that collects the input of `target`."""
        return f"g_{target}" if self.spiking else sum_name(target)

    @property
    def sums_all(self) -> bool:
        """Whether the equations read ``sum()``, the input of all targets together."""
        return self.field(sum_name("")) is not None

    def inputs_of(self, target: str) -> tuple[str, ...]:
        """Return the names of the fields that the input of `target` is added to."""
        own = (self.input_field(target),) if target in self.targets else ()
        return (*own, sum_name("")) if self.sums_all else own


ALWAYS = Number(1.0)


@dataclass(frozen=True, slots=True)
class StructuralRule:
    """Which synapses are made, or which are removed.

    Attributes
    ----------
    condition : Expression
    proba : Expression
        With which each is that fulfils the condition.
    weight, delay : Expression or None
        What new ones have: a number or a distribution; ms. Without a delay, that of the connector.
    """

    condition: Expression
    proba: Expression = ALWAYS
    weight: Expression | None = None
    delay: Expression | None = None


@dataclass(frozen=True, slots=True)
class SynapseModel:
    """A synapse whose names are resolved.

    Attributes
    ----------
    name : str
    spiking : bool
    fields : tuple of Field
    psp : Expression or None
        What is transmitted continuously, reduced by `operation`.
    equations : tuple of Statement
        Each step; but differential equations with the flag ``event-driven`` only when a spike needs them.
    pre_spike, post_spike, pre_axon_spike : tuple of Statement
        When a presynaptic spike arrives, when the postsynaptic neuron has spiked, when an axonal spike arrives.
    reductions : tuple of (Side, Reduction)
        ``mean(pre.x)`` and the like: of the whole population on that side.
    functions : tuple of Function
        The model's own.
    creating, pruning : StructuralRule or None
    """

    name: str
    spiking: bool
    fields: tuple[Field, ...]
    psp: Expression | None = None
    operation: str = "sum"
    equations: Block = ()
    pre_spike: Block = ()
    post_spike: Block = ()
    functions: tuple[Function, ...] = ()
    pre_axon_spike: Block = ()
    reductions: tuple[tuple[Side, Reduction], ...] = ()
    creating: StructuralRule | None = None
    pruning: StructuralRule | None = None

    @property
    def arriving(self) -> Block:
        """What spikes do that arrive, of either kind."""
        return self.pre_spike + self.pre_axon_spike

    @property
    def statements(self) -> Block:
        """Equations, and what spikes do."""
        return self.equations + self.arriving + self.post_spike

    def field(self, name: str) -> Field | None:
        """Return the field of that name."""
        return next((field for field in self.fields if field.name == name), None)


# ---- kernels ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Set:
    """A statement of a kernel: field ``name`` becomes `value`. `source` is the user's line, kept as a comment."""

    name: str
    value: Expression
    source: str = ""


@dataclass(frozen=True, slots=True)
class Let:
    """A local constant of a kernel: a stage of an integrator, a hoisted factor. `type` as for a field."""

    name: str
    value: Expression
    type: Type = Type.FLOAT
    source: str = ""


class Loop(Enum):
    """The traversals; one template of csrc for each and every platform."""

    FOR_EACH_NEURON = "for_each_neuron"
    GATHER_ROWS = "gather_rows"
    DELIVER_SPIKES = "deliver_spikes"
    DELIVER_AND_LEARN = "deliver_and_learn"  # the same where spikes change what belongs to the synapse
    SWEEP_SEGMENTS = "sweep_segments"  # each step over all synapses, by source
    SWEEP_ROWS = "sweep_rows"  # the same, by target
    ON_POST_SPIKE = "on_post_spike"  # for each neuron that has spiked in this step
    CHOOSE_PAIRS = "choose_pairs"  # which pairs of neurons a rule of structural plasticity chooses


# Values that the loops over synapses know; no name of a user's has a blank.
SINCE = "updates since arrival"  # of the last presynaptic spike
ELAPSED = "updates since event"  # of the last spike on either side
EMITTED = "time of emission"  # of the presynaptic spike that arrives
PLASTIC = "weights change"  # whether they may


@dataclass(frozen=True, slots=True)
class Plasticity:
    """What spikes do to the values of synapses by source.

    Attributes
    ----------
    relax_shared, relax : tuple of Set or Let
        Event-driven values of a segment, and of a synapse, after `SINCE` and `ELAPSED` updates without an event.
    arrival : tuple of Set or Let
        At a presynaptic spike, once for all synapses of a segment.
    post : tuple of Set or Let
        At a postsynaptic spike, for each synapse. It sees the `records` of that spike.
    replayed : bool
        `post` waits until a presynaptic spike, or a reader, needs the synapse.
    records : tuple of str
        Names of what the kernel of postsynaptic spikes keeps of each.
    """

    relax_shared: tuple[Set | Let, ...] = ()
    relax: tuple[Set | Let, ...] = ()
    arrival: tuple[Set | Let, ...] = ()
    post: tuple[Set | Let, ...] = ()
    replayed: bool = False
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kernel:
    """What one loop does with each of its elements.

    Attributes
    ----------
    name : str
        Unique in a network's source; a C identifier.
    loop : Loop
    fields : tuple of Field
        In the order in which the arrays are bound.
    once : tuple of Set or Let
        Run once a step and worker: equations of the whole object, constants of the step.
    body : tuple of Set or Let
        Run for each neuron or synapse.
    spike : Expression or None
        The condition after the body (neurons).
    reset : tuple of Set or Let
        Run for each neuron that spiked.
    uniforms, normals : int
        How many standard draws the body takes.
    rates : tuple of Expression
        Of the body's Poisson terms whose rate all neurons share: each is a draw of the kind ``"count"``.
    operation : str
        ``sum``, ``min``, ``max``, ``mean``: how `GATHER_ROWS` reduces the values of the expression `psp`.
    psp : Expression or None
        In `CHOOSE_PAIRS` the probability with which a pair is chosen.
    plasticity : Plasticity or None
    writes : tuple of str
        Names of the fields that the kernel changes.
    gathering : Kernel or None
        `SWEEP_ROWS`: the transmission of the same synapses, which can follow in the same pass.
    """

    name: str
    loop: Loop
    fields: tuple[Field, ...]
    once: tuple[Set | Let, ...] = ()
    body: tuple[Set | Let, ...] = ()
    spike: Expression | None = None
    reset: tuple[Set | Let, ...] = ()
    uniforms: int = 0
    normals: int = 0
    rates: tuple[Expression, ...] = ()
    operation: str = "sum"
    psp: Expression | None = None
    plasticity: Plasticity | None = None
    writes: tuple[str, ...] = ()
    gathering: Kernel | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One phase of a step, on an object by number: `kind` is the name of an operation of abi.h, in lower case."""

    kind: str
    number: int = -1


@dataclass(frozen=True, slots=True)
class StepProgram:
    """The phases of one step, in order, and the fields of each population that its neighbours read continuously.

    `reductions` are of populations, by number, over published fields.
    """

    operations: tuple[Operation, ...]
    published: tuple[tuple[int, str], ...]
    reductions: tuple[tuple[int, Reduction], ...] = ()
