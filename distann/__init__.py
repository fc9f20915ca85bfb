"""distann: a distributed simulator of neural networks that are written as equations."""

from pathlib import Path

# In a checkout the folders of distann.codegen and distann.csrc lie beside this one, not in it.
if not (Path(__file__).parent / "codegen").is_dir():
    __path__.append(str(Path(__file__).parent.parent))

from distann.errors import (
    CheckpointError,
    CompilerError,
    ConfigurationError,
    DistannError,
    DivergenceError,
    EquationError,
    KernelError,
    LaunchError,
    MissingPackageError,
    NotCompiledError,
    UnknownAttributeError,
    UnsupportedError,
    ValueShapeError,
)
from distann.functions import (
    callbacks_enabled,
    clear,
    clear_all_callbacks,
    compile,
    disable_callbacks,
    dt,
    enable_callbacks,
    every,
    get_current_step,
    get_population,
    get_projection,
    get_time,
    monitors,
    populations,
    projections,
    reset,
    set_current_step,
    set_seed,
    set_time,
    setup,
    simulate,
    simulate_until,
    step,
    timeit,
)
from distann.inputs import (
    ACCurrent,
    HomogeneousCorrelatedSpikeTrains,
    InputArray,
    NoiseCurrent,
    PoissonPopulation,
    SpikeSourceArray,
    StepCurrent,
    TimedArray,
    TimedPoissonPopulation,
)
from distann.model import (
    DiscreteUniform,
    Exponential,
    LogNormal,
    Neuron,
    Normal,
    RandomDistribution,
    Synapse,
    Uniform,
)
from distann.models import (
    DefaultRateCodedSynapse,
    DefaultSpikingSynapse,
    IF_cond_exp,
    IF_curr_exp,
    Izhikevich,
    LeakyIntegrator,
    list_standard_neurons,
    list_standard_synapses,
)
from distann.monitor import Monitor
from distann.network import Network, magic_network
from distann.plot import save_figure
from distann.population import Population
from distann.projection import Dendrite, Projection
from distann.runtime.startup import start
from distann.view import IndividualNeuron, PopulationView

__version__ = "0.1.0"

__all__ = [
    "ACCurrent",
    "CheckpointError",
    "CompilerError",
    "ConfigurationError",
    "DefaultRateCodedSynapse",
    "DefaultSpikingSynapse",
    "Dendrite",
    "DiscreteUniform",
    "DistannError",
    "DivergenceError",
    "EquationError",
    "Exponential",
    "HomogeneousCorrelatedSpikeTrains",
    "IF_cond_exp",
    "IF_curr_exp",
    "IndividualNeuron",
    "InputArray",
    "Izhikevich",
    "KernelError",
    "LaunchError",
    "LeakyIntegrator",
    "LogNormal",
    "MissingPackageError",
    "Monitor",
    "Network",
    "Neuron",
    "NoiseCurrent",
    "Normal",
    "NotCompiledError",
    "PoissonPopulation",
    "Population",
    "PopulationView",
    "Projection",
    "RandomDistribution",
    "SpikeSourceArray",
    "StepCurrent",
    "Synapse",
    "TimedArray",
    "TimedPoissonPopulation",
    "Uniform",
    "UnknownAttributeError",
    "UnsupportedError",
    "ValueShapeError",
    "callbacks_enabled",
    "clear",
    "clear_all_callbacks",
    "compile",
    "disable_callbacks",
    "dt",
    "enable_callbacks",
    "every",
    "float32",
    "float64",
    "get_current_step",
    "get_population",
    "get_projection",
    "get_time",
    "list_standard_neurons",
    "list_standard_synapses",
    "magic_network",
    "monitors",
    "populations",
    "projections",
    "reset",
    "save_figure",
    "set_current_step",
    "set_seed",
    "set_time",
    "setup",
    "simulate",
    "simulate_until",
    "step",
    "timeit",
]  # fmt: skip

float32, float64 = "float32", "float64"

start()
