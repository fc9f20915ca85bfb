"""What users get wrong, and what they are told: the table behind ``test_errors.py`` and ``docs/errors.md``.

After changing a message, write the page anew::

    python -m tests.bad_inputs
"""

from __future__ import annotations

import os
import textwrap
import warnings
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import distann

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errors.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One mistake.

    Attributes
    ----------
    title : str
        What is wrong.
    script : str
        What the user wrote, after ``from distann import *`` and ``import numpy as np``.
    error : type of Exception
    says : tuple of str
        Parts of the message.
    environment : mapping
        Environment variables.
    """

    title: str
    script: str
    error: type[Exception]
    says: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def _neuron(text: str, *says: str, title: str, compiled: bool = False, **more: str) -> Row:
    given = {"equations": text, **more}
    arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
    script = f"pop = Population(100, Neuron({arguments}))"
    return Row(title, f"{script}\ncompile()" if compiled else script, distann.EquationError, says)


def _learning(*says: str, title: str, **texts: str) -> Row:
    arguments = ", ".join(f"{name}={value!r}" for name, value in texts.items())
    script = (
        f"pop = Population(100, IF_curr_exp)\nmine = Synapse({arguments}, name='mine')\n"
        "Projection(pop, pop, 'exc', mine).connect_all_to_all(1.0)\ncompile()"
    )
    return Row(title, script, distann.EquationError, says)


_POP = "pop = Population((10, 10), IF_curr_exp, name='pop')\n"
_PROJ = _POP + "proj = Projection(pop, pop, target='exc', name='proj')\n"

ROWS = (
    # ---- equations
    _neuron(
        "tau * dv/dt = I - v\nr = pos(u)",
        "unknown name 'u'",
        "    r = pos(u)\n            ^",
        parameters="tau = 10; I = 1",
        title="A name that is defined nowhere",
    ),
    _neuron(
        "dv/dt = (theshold - v) / 10.0\nr = v",
        "unknown name 'theshold'",
        "did you mean 'threshold'?",
        "    ^^^^^^^^",
        parameters="threshold = 1.0",
        title="A misspelt name",
    ),
    _neuron(
        "v = v + 1 = 2\nr = v",
        "a statement has only one assignment operator",
        "          ^",
        "write == to compare",
        title="Two assignments in a statement",
    ),
    _neuron("dv/dt = (1.0 - v / 10.0\nr = v", "line 1", "^", title="Unbalanced parentheses"),
    _neuron(
        "dv/dt = -v / 10.0 : exponental\nr = v",
        "unknown flag 'exponental'",
        "^^^^^^^^^^",
        "did you mean 'exponential'?",
        title="An unknown flag",
    ),
    _neuron(
        "dv/dt = v**2 - v : exponential\nr = v",
        "the method 'exponential' needs an equation that is linear in 'v'",
        "^^^^^^^^^^^",
        "use midpoint, rk4 or explicit",
        title="A non-linear equation for a method that needs a linear one",
        compiled=True,
    ),
    _neuron("dv/dt = -v : euler\nr = v", "unknown flag 'euler'", "    ^^^^^", title="An unknown numerical method"),
    _neuron(
        "t = 1.0\nr = t", "'t' is a reserved name", "    t = 1.0\n    ^", "choose another name", title="A reserved name"
    ),
    _neuron(
        "r = 0.0", "'exp' is a reserved name", parameters="exp = 3.0", title="The name of a function for a parameter"
    ),
    _neuron(
        "v = 1.0\nv = 2.0\nr = v",
        "'v' is defined twice (first in equations, line 1)",
        "equations, line 2",
        title="A variable with two definitions",
    ),
    _neuron(
        "dv/dt = -v / 10.0",
        "a rate-coded neuron needs the variable 'r'",
        "add for instance: r = pos(v)",
        title="A rate-coded neuron without a rate",
    ),
    _neuron(
        "v = sum(exc)",
        "sum() is the input of a rate-coded neuron",
        "write g_exc",
        spike="v > 1.0",
        title="The input of a rate-coded neuron in a spiking one",
    ),
    _neuron("v = exp(1.0, 2.0)\nr = v", "exp", "^", title="A function with too many arguments"),
    _neuron("v = if g > 1.0: 1.0\nr = v", "line 1", "^", title="A conditional without 'else'"),
    _neuron(
        "r = f(2.0)",
        "the function 'f' calls itself",
        "functions, line 1",
        "write it as one formula of its arguments",
        functions="f(x) = if x > 1: f(x - 1) else: 1",
        title="A function that calls itself",
    ),
    _neuron(
        "r = mean(2 * r)",
        "mean() takes the name of a parameter or variable that each neuron has",
        "a name of its own",
        title="An operation over the population that is not one of a variable",
    ),
    _neuron(
        "dv/dt = -v + xi : exact\ndr/dt = v - r : exact",
        "the noise of 'v' reaches 'r' in the same step",
        "use exponential for 'v' and 'r'",
        title="White noise that reaches several variables of an exact step",
        compiled=True,
    ),
    _neuron(
        "dr/dt = -r * (1.0 + xi) : exact",
        "the noise of 'r' is multiplied by 'r'",
        "use exponential or milstein",
        title="White noise of a changing strength in an exact step",
        compiled=True,
    ),
    _neuron(
        "dr/dt = Gamma(1.0 + r**2) - r : implicit",
        "the method 'implicit' needs the derivative in 'r'",
        "assign the random number to a variable of its own",
        title="An implicit step without a derivative",
        compiled=True,
    ),
    _neuron(
        "r = Normal(0.0, 1.0, maximum=2.0)",
        "Normal() has no argument 'maximum'",
        "^^^^^^^",
        title="An argument that a distribution does not have",
    ),
    _neuron(
        "tau * dv/dt = E - v + I : unit = mV\nr = v",
        "the units do not fit: 'E - v' is in V, but 'I' in A",
        "correct the equation, or a unit",
        parameters="tau = 10.0 : unit = ms ; E = -60.0 : unit = mV ; I = 1.0 : unit = nA",
        title="A current that is added to a potential, where all have units",
    ),
    Row(
        "A parameter that is no number",
        "Neuron(parameters={'tau': [10.0, 20.0]}, equations='r = 1.0')",
        distann.ConfigurationError,
        ("parameter 'tau' is a number, a distribution or a text; got [10.0, 20.0]",),
    ),
    Row(
        "A constant with the name of a function",
        "Constant('exp', 2.7)",
        distann.ConfigurationError,
        ("'exp' is a reserved name: choose another one for the constant",),
    ),
    Row(
        "A reset without a spike",
        "Neuron(equations='r = 0', reset='v = 0')",
        distann.ConfigurationError,
        ("'reset' is what follows a spike: give 'spike' as well",),
    ),
    Row(
        "An attribute of a neighbour that it does not have",
        "pop = Population(10, LeakyIntegrator)\nproj = Projection(pop, pop, 'exc', Synapse(psp='w * pre.rate'))\n"
        "proj.connect_all_to_all(1.0)\ncompile()",
        distann.EquationError,
        ("the presynaptic neuron LeakyIntegrator has no attribute 'rate'", "^^^"),
    ),
    # ---- populations
    Row(
        "An unknown attribute",
        _POP + "pop.v_tresh = -40.0",
        distann.UnknownAttributeError,
        ("population 'pop' has no attribute 'v_tresh'; did you mean 'v_thresh'?",),
    ),
    Row(
        "An array of a wrong shape",
        _POP + "pop.v = np.zeros(99)",
        distann.ValueShapeError,
        ("'v' has shape (10, 10), but the value assigned to it has shape (99,)",),
    ),
    Row(
        "A text for a number",
        _POP + "pop.v = 'Uniform(0, 1)'",
        distann.ConfigurationError,
        ("'v' is set to numbers, an array of numbers or a distribution; got 'Uniform(0, 1)'",),
    ),
    Row(
        "A geometry that is none",
        "Population(10.5, Izhikevich)",
        distann.ConfigurationError,
        ("a geometry is a positive number of neurons, or one for each axis such as (10, 20); got 10.5",),
    ),
    Row(
        "The name of a neuron for the neuron",
        "Population(10, 'Izhikevich')",
        distann.ConfigurationError,
        ("a population needs a Neuron; got 'Izhikevich'",),
    ),
    Row(
        "A name that is taken",
        _POP + "Population(5, Izhikevich, name='pop')",
        distann.ConfigurationError,
        ("there is a population 'pop' already",),
    ),
    Row("A neuron twice in a view", _POP + "pop[[3, 4, 3]]", distann.ConfigurationError, ("names a neuron twice",)),
    Row(
        "A mask of a wrong shape",
        _POP + "pop[np.ones(50, bool)]",
        distann.ConfigurationError,
        ("a mask of 100 neurons has the shape (100,); got (50,)",),
    ),
    Row(
        "A neuron outside",
        _POP + "pop.neuron(100)",
        distann.ConfigurationError,
        ("has 100 neurons: none has the rank 100",),
    ),
    Row(
        "An unknown population",
        _POP + "get_population('pops')",
        distann.ConfigurationError,
        ("there is no population 'pops'; did you mean 'pop'?",),
    ),
    # ---- projections
    Row(
        "A target that nobody receives",
        _POP + "Projection(pop, pop, target='ampa').connect_all_to_all(1.0)",
        distann.ConfigurationError,
        ("sends to the target 'ampa', which IF_curr_exp does not receive", "'exc', 'inh'", "read g_ampa"),
    ),
    Row(
        "A projection without a connector",
        _PROJ + "compile()",
        distann.ConfigurationError,
        ("projection 'proj' has no synapses: call a connector",),
    ),
    Row(
        "Two connectors",
        _PROJ + "proj.connect_one_to_one(1.0)\nproj.connect_all_to_all(1.0)",
        distann.ConfigurationError,
        ("projection 'proj' is connected already: call one connector",),
    ),
    Row(
        "A matrix of a wrong shape",
        _PROJ + "from scipy.sparse import csr_matrix\nproj.connect_from_sparse(csr_matrix((100, 50)))",
        distann.ConfigurationError,
        ("(presynaptic, postsynaptic) is (100, 100)", "the first axis is presynaptic"),
    ),
    Row(
        "A probability above 1",
        _PROJ + "proj.connect_fixed_probability(10, weights=1.0)",
        distann.ConfigurationError,
        ("'probability' is a number from 0 to 1; got 10",),
    ),
    Row(
        "A number of synapses that is none",
        _PROJ + "proj.connect_fixed_number_pre(0.1, weights=1.0)",
        distann.ConfigurationError,
        ("'number' is an integer, at least 0; got 0.1",),
    ),
    Row(
        "Weights that are no number",
        _PROJ + "proj.connect_all_to_all(weights=None)",
        distann.ConfigurationError,
        ("weights are a finite number, a distribution such as", "got None", "connect_from_matrix"),
    ),
    Row(
        "Weights for other neurons",
        _PROJ + "proj.connect_all_to_all(weights=np.ones((100, 50)))",
        distann.ConfigurationError,
        ("weights of shape (100, 50) are given, but (postsynaptic, presynaptic) is (100, 100)",),
    ),
    Row(
        "A transposed matrix",
        _PROJ.replace("Projection(pop", "Projection(pop[:5]") + "proj.connect_from_matrix(np.ones((50, 100)))",
        distann.ConfigurationError,
        ("the matrix of weights has the shape (50, 100)", "It is transposed: say pre_post=True"),
    ),
    Row(
        "An unknown name in an expression of the distance",
        _PROJ + "proj.connect_all_to_all(weights='exp(-distance)')",
        distann.EquationError,
        ("'distance' means nothing here", "    exp(-distance)\n         ^^^^^^^^", "the distance of the two neurons"),
    ),
    Row(
        "A probability above 1 at some distance",
        "setup(num_threads=1)\n" + _PROJ + "proj.connect_pairwise_probability('1.5 - d', weights=1.0)\ncompile()",
        distann.KernelError,
        ("the probability of a connection is 1.5", "at the distance 0.0", "it must lie between 0 and 1"),
    ),
    Row(
        "A pair that is listed twice",
        _PROJ + "proj.connect_from_coo(post=[3, 3], pre=[1, 1])",
        distann.RepeatedPairError,
        ("the pair (post 3, pre 1) is listed twice", "allow_multapses=True"),
    ),
    Row(
        "A neuron that does not exist",
        _PROJ + "proj.connect_from_coo(post=[3, 100], pre=[1, 1])",
        distann.ConfigurationError,
        ("there is no postsynaptic neuron of rank 100 among its 100",),
    ),
    Row(
        "A file that lists no synapses",
        _PROJ + "proj.connect_from_file('/dev/null')",
        distann.FileError,
        ("file '/dev/null': it is neither an .npz nor an .h5 file",),
    ),
    Row(
        "A negative delay",
        _PROJ + "proj.connect_all_to_all(weights=1.0, delays=-2.0)",
        distann.ConfigurationError,
        ("delays are a number of ms, 0 or more, a distribution such as Uniform(1.0, 5.0)", "got -2.0"),
    ),
    Row(
        "Delays without an end",
        _PROJ + "proj.connect_all_to_all(weights=1.0, delays=LogNormal(0.0, 3.0))",
        distann.ConfigurationError,
        ("are more than 65536 different steps; give their distribution a max",),
    ),
    Row(
        "An unknown storage format",
        _PROJ + "proj.connect_all_to_all(1.0, storage_format='crs')",
        distann.ConfigurationError,
        ("unknown storage_format 'crs'; did you mean 'csr'?",),
    ),
    Row(
        "A distribution with its arguments exchanged",
        "Uniform(1.0, 0.0)",
        distann.ConfigurationError,
        ("Uniform(min=1.0, max=0.0): min must be smaller than max",),
    ),
    Row(
        "Populations of two networks",
        "a = Network().create(10, Izhikevich)\nb = Network().create(10, Izhikevich)\nProjection(a[:5], b, 'exc')",
        distann.ConfigurationError,
        ("a projection connects two populations of one network; these belong to two",),
    ),
    Row(
        "A spiking synapse after a rate-coded population",
        "a = Population(10, LeakyIntegrator)\nb = Population(10, IF_curr_exp)\n"
        "Projection(a, b, 'exc', DefaultSpikingSynapse, name='proj').connect_all_to_all(1.0)",
        distann.ConfigurationError,
        ("a spiking synapse needs spikes, but LeakyIntegrator is rate-coded",),
    ),
    Row(
        "Several weights where one number is stored",
        _PROJ + "proj.connect_all_to_all(1.0)\ncompile()\nproj.w = Uniform(0.0, 1.0)",
        distann.ConfigurationError,
        ("'w' is one number for all synapses of projection 'proj'", "force_multiple_weights=True"),
    ),
    # ---- synapses that learn
    _learning(
        "unknown name 'y'",
        title="A trace that is not declared",
        equations="dx/dt = -x / 20.0 : event-driven",
        pre_spike="g_target += w\nw += y",
    ),
    _learning(
        "an event-driven equation depends on parameters only, and 'y' changes",
        "use exponential",
        title="Event-driven variables that depend on one another",
        equations="dy/dt = -y / 20.0 : event-driven\ndx/dt = (y - x) / 5.0 : event-driven",
        pre_spike="g_target += w * x\ny += 1.0",
    ),
    _learning(
        "'event-driven' needs spikes",
        title="Event-driven without events",
        equations="dx/dt = -x / 20.0 : event-driven",
        psp="w * x",
    ),
    _learning(
        "'m' is one value for each postsynaptic neuron, but 'pre.v' is not",
        title="A postsynaptic value that looks at presynaptic neurons",
        equations="m = pre.v : postsynaptic",
        pre_spike="g_target += w",
    ),
    _learning(
        "'total' is one value for the projection, but 'w' is not",
        title="A value of the projection that looks at single synapses",
        equations="total = w : projection",
        pre_spike="g_target += w",
    ),
    _learning(
        "a presynaptic spike cannot change 'y', which a neuron's synapses share",
        title="One presynaptic spike for all synapses of a neuron",
        equations="dy/dt = -y / 20.0 : postsynaptic",
        pre_spike="g_target += w\ny += 1.0",
    ),
    _learning(
        "a spike at one synapse cannot change 'd', which all synapses share",
        title="One spike for all synapses of a projection",
        equations="dd/dt = -d / 200.0 : projection",
        pre_spike="g_target += w\nd += 1.0",
    ),
    _learning(
        "'unless_post' has no meaning in post_spike",
        title="unless_post at a postsynaptic spike",
        pre_spike="g_target += w",
        post_spike="w += 0.1 : unless_post",
    ),
    _learning(
        "post_spike is made of assignments",
        title="An equation at a spike",
        pre_spike="g_target += w",
        post_spike="dw/dt = 0.1",
    ),
    _learning(
        "random numbers in psp would be drawn anew for each sum",
        title="Noise in a continuous transmission",
        psp="w * Normal(0.0, 1.0)",
    ),
    _learning(
        "the presynaptic neuron IF_curr_exp has no attribute 'vm'",
        title="An attribute that the presynaptic neuron lacks",
        pre_spike="g_target += w * pre.vm",
    ),
    Row(
        "post_spike without pre_spike",
        _POP + "Projection(pop, pop, 'exc', Synapse(psp='w', post_spike='w += 1')).connect_all_to_all(1.0)",
        distann.UnsupportedError,
        ("post_spike needs pre_spike, which makes the synapse a spiking one",),
    ),
    _learning(
        "g_target grows as psp is summed",
        title="The input of the target in what is transmitted continuously",
        psp="0.1 * w * g_target",
        pre_spike="g_target += w",
    ),
    _learning(
        "mean() is taken over a population, not over synapses: it takes pre.x or post.x",
        title="The mean of what synapses have",
        equations="dw/dt = mean(w) - w",
        pre_spike="g_target += w",
    ),
    _learning(
        "max(pre.u) is taken over what each neuron has, and IF_curr_exp has no 'u' of each",
        title="The maximum of what neurons do not have",
        pre_spike="g_target += w * max(pre.u)",
    ),
    Row(
        "pre_axon_spike after neurons without axonal spikes",
        _POP + "synapse = Synapse(pre_axon_spike='g_target += w', name='mine')\n"
        "Projection(pop, pop, 'exc', synapse).connect_all_to_all(1.0)\ncompile()",
        distann.EquationError,
        ("pre_axon_spike needs a presynaptic neuron with axonal spikes, and IF_curr_exp has no axon_spike",),
    ),
    _learning(
        "'unless_post' has no meaning in pre_axon_spike",
        title="unless_post for axonal spikes",
        pre_axon_spike="w += 0.1 : unless_post",
    ),
    Row(
        "An axonal reset without axonal spikes",
        "Neuron(equations='dv/dt = 1.0', spike='v > 1', axon_reset='v = 0.0')",
        distann.ConfigurationError,
        ("'axon_reset' is what follows an axonal spike: give 'axon_spike' as well",),
    ),
    _neuron(
        "dv/dt = 1.0",
        "'bias' is a parameter: nothing may change it while the network runs",
        title="A parameter that an axonal reset changes",
        parameters="bias = 1.0",
        axon_spike="v > 1.0",
        axon_reset="bias = 2.0",
    ),
    Row(
        "Recording axonal spikes of neurons without any",
        _POP + "Monitor(pop, 'axon_spike')",
        distann.UnknownAttributeError,
        ("'axon_spike'",),
    ),
    Row(
        "post_spike before a rate-coded population",
        "cells = Population(5, IF_curr_exp)\nrates = Population(5, LeakyIntegrator)\n"
        "synapse = Synapse(pre_spike='g_target += w', post_spike='w += 1', name='mine')\n"
        "Projection(cells, rates, 'exc', synapse).connect_all_to_all(1.0)\ncompile()",
        distann.EquationError,
        ("post_spike needs a postsynaptic neuron that spikes, and LeakyIntegrator is rate-coded",),
    ),
    Row(
        "A target twice",
        _POP + "Projection(pop, pop, ['exc', 'exc']).connect_all_to_all(1.0)\ncompile()",
        distann.EquationError,
        ("a projection sends to the target 'exc' twice",),
    ),
    Row(
        "Different values where one is kept",
        _POP + "proj = Projection(pop, pop, 'exc', STDP).connect_all_to_all(0.5)\ncompile()\n"
        "proj.x = np.arange(proj.nb_synapses)",
        distann.ConfigurationError,
        ("'x' is the same for all synapses of one presynaptic neuron and delay",),
    ),
    Row(
        "A period between the steps",
        _POP + "proj = Projection(pop, pop, 'exc', STDP).connect_all_to_all(0.5)\ncompile()\n"
        "proj.enable_learning(period=1.5)",
        distann.ConfigurationError,
        ("'period' is a multiple of dt",),
    ),
    Row(
        "Two equal time constants",
        "TsodyksMarkram(tau_rec=3.0, tau_psc=3.0)",
        distann.ConfigurationError,
        ("'tau_psc' and 'tau_rec' are different times",),
    ),
    # ---- synapses that come and go
    _learning(
        "there is no synapse yet that would have 'w'",
        "use pre.x, post.x",
        title="A new synapse whose condition reads its weight",
        pre_spike="g_target += w",
        creating="w < 0.1 : proba = 0.1",
    ),
    _learning(
        "a rule has no 'prob'",
        "did you mean 'proba'?",
        title="A rule with an unknown value",
        pre_spike="g_target += w",
        pruning="w < 0.1 : prob = 0.1",
    ),
    _learning(
        "a probability lies between 0 and 1; got 10",
        title="A probability in percent",
        pre_spike="g_target += w",
        pruning="w < 0.1 : proba = 10.0",
    ),
    Row(
        "A rule that the synapse does not have",
        _PROJ + "proj.connect_all_to_all(1.0)\nproj.start_pruning()",
        distann.ConfigurationError,
        ("projection 'proj': its synapse has no rule 'pruning'", "Synapse(..., pruning="),
    ),
    Row(
        "A synapse that is made in a projection that stays",
        _PROJ + "proj.connect_one_to_one(1.0, delays=1.0)\ncompile()\nproj.dendrite(0).create_synapse(5, w=0.5)",
        distann.ConfigurationError,
        ("its synapses cannot be made; write setup(structural_plasticity=True) before compile()",),
    ),
    Row(
        "A synapse that is there already",
        "setup(structural_plasticity=True)\n" + _PROJ + "proj.connect_fixed_number_pre(100, 1.0)\ncompile()\n"
        "proj.dendrite(0).create_synapse(5, w=0.5)",
        distann.ConfigurationError,
        ("projection 'proj' has a synapse from neuron 5 to 0 already",),
    ),
    Row(
        "A synapse that cannot be removed, because it is not there",
        "setup(structural_plasticity=True)\n" + _PROJ + "proj.connect_all_to_all(1.0)\ncompile()\n"
        "proj.dendrite(0).prune_synapse(0)",
        distann.ConfigurationError,
        ("projection 'proj' has no synapse from neuron 0 to 0 that could be removed",),
    ),
    Row(
        "A new synapse with a longer delay than there is room for",
        "setup(structural_plasticity=True)\n" + _PROJ + "proj.connect_one_to_one(1.0, delays=2.0)\ncompile()\n"
        "proj.dendrite(0).create_synapse(5, w=0.5, delay=8.0)",
        distann.ConfigurationError,
        ("has room for delays of 2 ms; got 8", "set max_delay before compile()"),
    ),
    Row(
        "A rule with longer delays than max_delay",
        "pop = Population(10, IF_curr_exp)\n"
        "sprout = Synapse(pre_spike='g_target += w', creating='post.v > -55.0 : w = 0.1, d = 9.0')\n"
        "proj = Projection(pop, pop, 'exc', sprout, name='proj').connect_one_to_one(1.0)\n"
        "proj.max_delay = 5.0\ncompile()",
        distann.ConfigurationError,
        ("its rule makes synapses with delays up to 9 ms, but max_delay is 5 ms",),
    ),
    Row(
        "A monitor of synapses that come and go",
        "pop = Population(10, IF_curr_exp)\n"
        "fading = Synapse(pre_spike='g_target += w', pruning='w < 0.1')\n"
        "proj = Projection(pop, pop, 'exc', fading, name='proj').connect_one_to_one(1.0)\n"
        "Monitor(proj, 'w')",
        distann.UnsupportedError,
        ("makes or removes synapses by rules, so that a record of them has no columns", "every()"),
    ),
    # ---- the network
    Row("An impossible step", "setup(dt=0)", distann.ConfigurationError, ("dt is a positive number of ms; got 0",)),
    Row(
        "A seed that is none",
        "setup(seed='today')",
        distann.ConfigurationError,
        ("seed is an integer from 0 to 2**64 - 1; got 'today'",),
    ),
    Row(
        "No threads", "setup(num_threads=0)", distann.ConfigurationError, ("num_threads is a positive integer; got 0",)
    ),
    Row(
        "An unknown precision",
        "setup(dtype='float16')",
        distann.ConfigurationError,
        ("dtype is float64 or float32; got 'float16'",),
    ),
    Row(
        "An unknown method for all equations",
        "setup(method='euler')",
        distann.ConfigurationError,
        ("unknown method 'euler'; choose one of explicit, exponential",),
    ),
    Row(
        "No population",
        "compile()",
        distann.ConfigurationError,
        ("there is nothing to compile: the network has no population",),
    ),
    Row(
        "Simulating before compile()",
        _POP + "simulate(100.0)",
        distann.NotCompiledError,
        ("simulate() needs the compiled network: call compile() first",),
    ),
    Row(
        "A population after compile()",
        _POP + "compile()\nPopulation(10, Izhikevich)",
        distann.ConfigurationError,
        ("the network is compiled: create every population before compile()",),
    ),
    Row(
        "An option after compile()",
        _POP + "compile()\nsetup(dt=0.1)",
        distann.ConfigurationError,
        ("the network is compiled: set its options before compile()",),
    ),
    Row(
        "A negative duration",
        _POP + "compile()\nsimulate(-10.0)",
        distann.ConfigurationError,
        ("a duration is a number of ms, 0 or more; got -10.0",),
    ),
    Row(
        "No compiler",
        _POP + "compile()",
        distann.CompilerError,
        ("There is no C++ compiler", "sudo apt install g++", "set CXX to the path of the compiler"),
        {"CXX": "", "PATH": ""},
    ),
    Row(
        "A compiler that does not exist",
        _POP + "compile()",
        distann.CompilerError,
        ("CXX is 'g++-99', but there is no such program", "sudo apt install g++"),
        {"CXX": "g++-99"},
    ),
    # ---- monitors and inputs
    Row(
        "A variable that does not exist",
        _POP + "Monitor(pop, ['spike', 'V'])",
        distann.UnknownAttributeError,
        ("population 'pop' has no attribute 'V'",),
    ),
    Row(
        "Spikes of rate-coded neurons",
        "pop = Population(10, LeakyIntegrator, name='pop')\nMonitor(pop, 'spike')",
        distann.ConfigurationError,
        ("population 'pop' is rate-coded: it has no spikes to record",),
    ),
    Row(
        "A period below dt",
        _POP + "Monitor(pop, 'v', period=0.1)",
        distann.ConfigurationError,
        ("a monitor's period is at least dt = 1.0 ms",),
    ),
    Row(
        "A monitor of a neuron's model",
        "Monitor(Izhikevich(), 'v')",
        distann.UnsupportedError,
        ("a monitor records populations and views of them, projections and their dendrites",),
    ),
    Row(
        "Records in a file of another kind",
        _POP + "Monitor(pop, 'v', to_file='records.npz')",
        distann.ConfigurationError,
        ("a monitor records to an .h5 or .hdf5 file; got 'records.npz'",),
    ),
    Row(
        "A parameter of synapses in a monitor",
        _PROJ + "proj.connect_all_to_all(1.0)\nMonitor(proj, 'wait')",
        distann.UnknownAttributeError,
        ("projection 'proj' has no attribute 'wait'", "it has: w."),
    ),
    Row(
        "Rates that are given and come from a target",
        "PoissonPopulation(10, rates=50.0, target='exc')",
        distann.ConfigurationError,
        ("the rates of a PoissonPopulation are given, or come from a target: name one",),
    ),
    Row(
        "An expression of rates with an unknown name",
        "PoissonPopulation(10, rates='top * sin(t)', parameters={'tap': 50.0})",
        distann.EquationError,
        ("unknown name 'top'", "did you mean 'tap'?"),
    ),
    Row(
        "A schedule of another length",
        "TimedArray([[1.0], [2.0], [3.0]], schedule=[0.0, 10.0])",
        distann.ConfigurationError,
        ("the schedule has 2 times for 3 rows of values",),
    ),
    Row(
        "A schedule of less than a step",
        "TimedArray([[1.0], [2.0]], schedule=0.1)\ncompile()",
        distann.ConfigurationError,
        ("a schedule has a step of dt = 1.0 ms at least",),
    ),
    Row(
        "Correlated trains without a time constant",
        "HomogeneousCorrelatedSpikeTrains(10, rates=20.0, corr=0.3, tau=0.0)",
        distann.ConfigurationError,
        ("correlated trains have a rate in Hz and a correlation",),
    ),
    Row(
        "A source that is called more often than there are steps",
        "magic_network().source(3, period=0.2)",
        distann.ConfigurationError,
        ("the period of a source is at least dt = 1.0 ms; got 0.2 ms.",),
    ),
    Row(
        "A file of spikes that is not there",
        "SpikeSourceArray.from_file('spikes.h5')",
        distann.ConfigurationError,
        ("there is no file spikes.h5",),
    ),
    Row(
        "Spike times that are no times",
        "SpikeSourceArray([[1.0, 2.0], 'none'])",
        distann.ConfigurationError,
        ("spike times are numbers of ms, or a list of them for each neuron",),
    ),
    # ---- control
    Row(
        "A stop condition with a quantifier that is none",
        "pop = Population(3, IF_curr_exp, stop_condition='v > -55.0 : every')",
        distann.EquationError,
        ("'every' does not say how many neurons must fulfil the condition", "write ': any' or ': all'"),
    ),
    Row(
        "A stop condition that reads what the neuron does not have",
        "pop = Population(3, IF_curr_exp, stop_condition='u > -55.0')",
        distann.EquationError,
        ("unknown name 'u'", "    u > -55.0\n    ^"),
    ),
    Row(
        "Stopping without a condition",
        _POP + "compile()\nsimulate_until(100.0, pop)",
        distann.ConfigurationError,
        ("simulate_until() needs populations of this network with a stop_condition",),
    ),
    Row(
        "A callback whose offset lies outside its period",
        "@every(period=10.0, offset=20.0)\ndef stimulate(n):\n    pass",
        distann.ConfigurationError,
        ("the offset of a callback lies within its period of 10.0 ms",),
    ),
    Row(
        "A callback that simulates",
        _POP + "every(period=1.0)(lambda n: simulate(1.0))\ncompile()\nsimulate(5.0)",
        distann.ConfigurationError,
        ("the network is running: a callback cannot simulate",),
    ),
    # ---- checkpoints
    Row(
        "A checkpoint that does not exist",
        _POP + "compile()\nmagic_network().restore('run.h5')",
        distann.CheckpointError,
        ("checkpoint run.h5: it does not exist",),
    ),
    Row(
        "Checkpoints without a file",
        _POP + "compile()\nsimulate(100.0, checkpoint_every=10.0)",
        distann.ConfigurationError,
        ("checkpoint_every needs a file: write checkpoint='run.h5'",),
    ),
    Row(
        "A checkpoint of no file at all",
        _POP + "compile()\nsimulate(100.0, checkpoint='run.h5', checkpoints_kept=0)",
        distann.ConfigurationError,
        ("checkpoints_kept is a positive integer; got 0",),
    ),
)


@contextmanager
def default_network_of(row: Row) -> Any:
    """Run something in the environment of the row, on an empty default network."""
    distann.clear()
    with mock.patch.dict(os.environ, row.environment), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    distann.clear()


def error_of(row: Row) -> Exception | None:
    """Run the script of a row and return what it raises."""
    with default_network_of(row):
        try:
            exec(f"from distann import *\nimport numpy as np\n{row.script}", {})
        except Exception as error:
            return error
    return None


def page() -> str:
    """Return the table as Markdown."""
    parts = [
        "# What distann says",
        "Mistakes and their messages. Written by `python -m tests.bad_inputs`, checked by `tests/test_errors.py`.",
    ]
    for row in ROWS:
        error = error_of(row)
        message = f"{type(error).__name__}: {error}"
        parts.append(f"## {row.title}\n\n```python\n{_shown(row)}\n```\n\n```text\n{message}\n```")
    return "\n\n".join(parts) + "\n"


def _shown(row: Row) -> str:
    exports = [f"# in the shell: export {name}={value!r}" for name, value in row.environment.items()]
    return textwrap.dedent("\n".join([*exports, row.script]))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
