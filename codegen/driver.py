"""The whole way from models to source: the table of contents of this package."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from distann.codegen.definitions import Definitions
from distann.codegen.emit import Source, emit
from distann.codegen.ir import Kernel, NeuronModel, StepProgram, SynapseModel
from distann.codegen.lower_neuron import lower_axon, lower_neuron
from distann.codegen.lower_synapse import SynapseKernels, lower_synapse
from distann.codegen.schedule import schedule
from distann.codegen.scope import Scope
from distann.codegen.sides import with_reductions
from distann.codegen.stopping import StopCondition, analyse_stop_condition, lower_stop_condition, with_constants
from distann.codegen.symbols import NOTHING, analyse_neuron, analyse_synapse
from distann.codegen.target import precision as precision_row
from distann.errors import EquationError
from distann.model import Neuron, Synapse

__all__ = ["Generated", "Wiring", "generate"]


@dataclass(frozen=True, slots=True)
class Wiring:
    """What code generation needs to know of a projection.

    Attributes
    ----------
    pre, post : int
        Numbers of the populations.
    targets : tuple of str
    synapse : Synapse
    shared : frozenset of str
        Names of the values that start as one number for all synapses, and are not set one by one.
    changeable : bool
        Whether synapses come and go.
    """

    pre: int
    post: int
    targets: tuple[str, ...]
    synapse: Synapse
    shared: frozenset[str] = frozenset()
    changeable: bool = False


@dataclass(frozen=True, slots=True)
class Generated:
    """Source and the plan to bind it.

    Attributes
    ----------
    source : Source
    neurons : tuple of NeuronModel
        One a population.
    updates : tuple of Kernel or None
        One a population; None where nothing is computed.
    axons : tuple of Kernel or None
        One a population; None where it has no axonal spikes.
    synapses : tuple of SynapseModel
        One a projection.
    transmissions : tuple of SynapseKernels
        One a projection.
    stops : tuple of Kernel or None
        One a population: counts the neurons that fulfil its stop condition. None where there is none to compute.
    program : StepProgram
    """

    source: Source
    neurons: tuple[NeuronModel, ...]
    updates: tuple[Kernel | None, ...]
    axons: tuple[Kernel | None, ...]
    synapses: tuple[SynapseModel, ...]
    transmissions: tuple[SynapseKernels, ...]
    stops: tuple[Kernel | None, ...]
    program: StepProgram


def generate(
    neurons: Sequence[Neuron],
    wirings: Sequence[Wiring],
    *,
    precision: str = "float64",
    method: str = "explicit",
    stops: Sequence[str | None] = (),
    definitions: Definitions = NOTHING,
) -> Generated:
    """Return the source of a network's kernels. Equal models give equal bytes, whatever their sizes and parameters.

    Parameters
    ----------
    neurons : sequence of Neuron
        One a population.
    wirings : sequence of Wiring
        One a projection.
    precision : str
        ``"float64"`` or ``"float32"``.
    method : str
        For differential equations that name none.
    stops : sequence of str or None
        One a population: the condition on its neurons that stops a run.
    definitions : Definitions
        Functions and constants of the network.

    Raises
    ------
    EquationError
        With the user's line and a caret.
    """
    texts = stops or [None] * len(neurons)
    asked = [_analyse_stopping(*pair, definitions) for pair in zip(neurons, texts, strict=True)]
    analysed = tuple(model for model, _ in asked)
    synapses = tuple(analyse_synapse(w.synapse, w.shared, definitions, w.changeable) for w in wirings)
    models = with_reductions(analysed, ((s, w.pre, w.post) for s, w in zip(synapses, wirings, strict=True)))
    library = _Library()
    lowered = [_lower_neuron(model, method) for model in models]
    updates = tuple(None if kernel is None else library.add(kernel) for kernel in lowered)
    axons = tuple(None if kernel is None else library.add(kernel) for kernel in map(lower_axon, models))
    transmissions = tuple(
        library.add_all(_lower_synapse(synapse, models, wiring, method))
        for synapse, wiring in zip(synapses, wirings, strict=True)
    )
    conditions = [
        None if stop is None else lower_stop_condition(stop, model)
        for model, (_, stop) in zip(models, asked, strict=True)
    ]
    stopping = tuple(None if kernel is None else library.add(kernel) for kernel in conditions)
    source = emit(library.kernels, precision_row(precision))
    program = schedule(models, [(w.pre, kernels) for w, kernels in zip(wirings, transmissions, strict=True)])
    return Generated(source, models, updates, axons, synapses, transmissions, stopping, program)


def _lower_neuron(model: NeuronModel, method: str) -> Kernel | None:
    try:
        return lower_neuron(model, method)
    except EquationError as error:
        raise error.within(model.name) from None


def _analyse_stopping(
    neuron: Neuron, text: str | None, definitions: Definitions
) -> tuple[NeuronModel, StopCondition | None]:
    model = analyse_neuron(neuron, definitions)
    stop = None if text is None else analyse_stop_condition(text, model, definitions, neuron.functions or "")
    return with_constants(model, stop), stop


def _lower_synapse(
    synapse: SynapseModel, neurons: Sequence[NeuronModel], wiring: Wiring, method: str
) -> SynapseKernels:
    try:
        return lower_synapse(synapse, neurons[wiring.pre], neurons[wiring.post], wiring.targets, method)
    except EquationError as error:
        raise error.within(synapse.name) from None


class _Library:
    """The kernels of one source: equal ones once, under names that are C identifiers and differ."""

    def __init__(self) -> None:
        self.kernels: list[Kernel] = []
        self._known: dict[Kernel, Kernel] = {}
        self._names = Scope(())

    def add_all(self, kernels: SynapseKernels) -> SynapseKernels:
        """Return the kernels of a projection under the names that they have in the source."""
        named = {name: self.add(kernel) for name, kernel in kernels.named().items()}
        return replace(kernels, **named)

    def add(self, kernel: Kernel) -> Kernel:
        """Return the kernel under the name that it has in the source."""
        # What a field starts with does not change the code.
        fields = tuple(replace(field, initial=None, minimum=None, maximum=None) for field in kernel.fields)
        gathering = None if kernel.gathering is None else self.add(kernel.gathering)
        kernel = replace(kernel, fields=fields, gathering=gathering)
        if kernel not in self._known:
            name = self._names.fresh(re.sub(r"\W", "_", kernel.name, flags=re.ASCII))
            self._known[kernel] = replace(kernel, name=name if name[0].isalpha() else f"kernel_{name}")
            self.kernels.append(self._known[kernel])
        return self._known[kernel]
