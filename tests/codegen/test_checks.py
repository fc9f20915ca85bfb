"""Every refusal of a model: its words, the piece of the user's text that it shows, and what it suggests."""

from __future__ import annotations

from typing import Any

import pytest

from distann.codegen.driver import Wiring, generate
from distann.errors import EquationError, UnsupportedError
from distann.model import Neuron, Synapse

Place = tuple[str, int, str]
Case = tuple[str, Place, str, dict[str, Any]]

PRE = Neuron(equations="dv/dt = g_exc", spike="v > 1", name="pre")

# Reason; block, line and marked text, which is at its last place in the line; suggestion; texts of the model.
NEURONS: list[Case] = [
    ("'postsynaptic' has no meaning here", ("parameters", 1, "postsynaptic"), "remove it.",
     {"parameters": "a = 1 : postsynaptic", "equations": "r = a"}),
    ("unknown name 'tu'", ("equations", 2, "tu"), "did you mean 'tau'?",
     {"parameters": "tau = 1", "equations": "x = 1\nr = x / tu"}),
    ("unknown name 'zzz'", ("equations", 1, "zzz"), "known names: a, dt, pi, r, t.",
     {"parameters": "a = 1", "equations": "r = zzz"}),
    ("unknown name 'vv'", ("spike", 1, "vv"), "did you mean 'v'?", {"equations": "dv/dt = 1", "spike": "vv > 1"}),
    ("unknown name 'vv'", ("reset", 1, "vv = 1"), "did you mean 'v'?",
     {"equations": "dv/dt = 1", "spike": "v > 1", "reset": "vv = 1"}),
    ("unknown name 'vv'", ("reset", 2, "vv"), "did you mean 'v'?",
     {"equations": "dv/dt = 1\nu = 1", "spike": "v > 1", "reset": "v = 1\nu = vv"}),
    ("unknown name 'tref'", ("refractory", 1, "tref"), "did you mean 'tau_ref'?",
     {"parameters": "tau_ref = 2", "equations": "dv/dt = 1", "spike": "v > 1", "refractory": "tref"}),
    ("unknown name 'to'", ("equations", 1, "to"), "did you mean 'top'?",
     {"parameters": "top = 1", "equations": "r = 1 : max = to"}),
    ("unknown name 'start'", ("equations", 1, "start"), "known names: ", {"equations": "r = 1 : init = start"}),
    ("unknown name 'aa'", ("parameters", 2, "aa"), "did you mean 'a'?",
     {"parameters": "a = 1\nb = 2 * aa", "equations": "r = a"}),
    ("unknown name 't_last'", ("equations", 1, "t_last"), "known names: ", {"equations": "r = t_last"}),
    ("'b' has no value yet when 'a' gets its first", ("parameters", 1, "b"), "declare it before.",
     {"parameters": "a = b\nb = a", "equations": "r = a"}),
    ("'x' has no value yet when 'x' gets its first", ("equations", 1, "x"), "declare it before.",
     {"equations": "x = 1 : init = x\nr = x"}),
    ("'r' has no value yet when 'x' gets its first", ("equations", 1, "r"), "declare it before.",
     {"equations": "x = 1 : init = 2 * r\nr = x"}),
    ("before the first step", ("equations", 1, "sum(exc)"), "use parameters.",
     {"equations": "r = sum(exc) : init = sum(exc)"}),
    ("before the first step", ("equations", 1, "t"), "use parameters.", {"equations": "r = 1 : init = t"}),
    ("before the first step", ("equations", 1, "pre.r"), "use parameters.", {"equations": "r = 1 : init = pre.r"}),
    ("mean() takes the name of a parameter or variable", ("equations", 1, "mean(2 * r)"), "a name of its own",
     {"equations": "r = 1 + mean(2 * r)"}),
    ("max() takes the name of a parameter or variable", ("equations", 1, "max(a)"), "maximum(a, b)",
     {"parameters": "a = 1 : population", "equations": "r = max(a)"}),
    ("mean() over a whole population has no meaning here", ("parameters", 2, "mean(a)"), "maximum(a, b)",
     {"parameters": "a = 1\nb = mean(a)", "equations": "r = b"}),
    ("white noise xi stands in differential equations", ("equations", 1, "xi"), "use Normal(0, 1)",
     {"equations": "r = xi"}),
    ("white noise xi must occur linearly", ("equations", 1, "dr/dt = xi**2 - r"), "factor * xi",
     {"equations": "dr/dt = xi**2 - r"}),
    ("the noise of 'r' reaches 's' in the same step", ("equations", 1, "exact"), "use exponential for 'r' and 's'",
     {"equations": "dr/dt = xi - r : exact\nds/dt = r - s : exact"}),
    ("the noise of 'r' is multiplied by 'r'", ("equations", 1, "exact"), "use exponential or milstein",
     {"equations": "dr/dt = r * xi - r : exact"}),
    ("the noise of 'r' depends on 's', which has noise", ("equations", 1, "milstein"), "use explicit",
     {"equations": "dr/dt = s * xi : milstein\nds/dt = xi"}),
    ("needs one xi an equation", ("equations", 1, "milstein"), "one xi.",
     {"equations": "dr/dt = r * xi + xi : milstein"}),
    ("a derivative without a factor that changes", ("equations", 1, "milstein"), "use explicit",
     {"equations": "r * dr/dt = xi : milstein"}),
    ("'dt' is a reserved name", ("parameters", 1, "dt = 1"), "choose another",
     {"parameters": "dt = 1", "equations": "r = 1"}),
    ("'i' is a reserved name", ("equations", 2, "i = 1"), "choose another", {"equations": "r = 1\ni = 1"}),
    ("'exp' is a reserved name", ("equations", 1, "exp = 1"), "choose another", {"equations": "exp = 1\nr = 1"}),
    ("'active' is a reserved name", ("parameters", 1, "active = 1"), "choose another",
     {"parameters": "active = 1", "equations": "r = 1"}),
    ("'v' is defined twice (first in equations, line 1)", ("equations", 3, "v = 2"), "keep one",
     {"equations": "v = 1\nr = v\nv = 2"}),
    ("'tau' is defined twice (first in parameters, line 1)", ("equations", 1, "dtau/dt = 1"), "keep one",
     {"parameters": "tau = 1", "equations": "dtau/dt = 1\nr = 1"}),
    ("'pre.' has no meaning in a neuron", ("equations", 1, "pre.r"), "only synapses", {"equations": "r = 2 * pre.r"}),
    ("'post.' has no meaning in a neuron", ("spike", 1, "post.v"), "only synapses",
     {"equations": "dv/dt = 1", "spike": "v > post.v"}),
    ("the method 'exact' needs an equation that is linear in 'r', 's'", ("equations", 1, "exact"), "or rk4",
     {"equations": "dr/dt = -r * s : init = 0, exact\nds/dt = r : exact"}),
    ("the method 'implicit' needs the derivative in 's'", ("equations", 1, "implicit"), "a variable of its own",
     {"equations": "dr/dt = Gamma(abs(s)) - r : init = 0, implicit\nds/dt = r - s**2 : implicit"}),
    ("the method 'event-driven' is not available here", ("equations", 1, "event-driven"), "choose one of explicit",
     {"equations": "dr/dt = 1 : event-driven"}),
    ("'rk4' is a method for differential equations", ("equations", 1, "rk4"), "remove it",
     {"equations": "r = 1 : rk4"}),
    ("'postsynaptic' has no meaning here", ("equations", 1, "postsynaptic"), "remove it",
     {"equations": "r = 1 : postsynaptic"}),
    ("'unless_post' has no meaning here", ("equations", 1, "unless_post"), "remove it",
     {"equations": "r = 1 : unless_post"}),
    ("'s' is one value for the population, but 'r' has one for each neuron", ("equations", 2, "r"), "remove the flag",
     {"equations": "r = 1\ns = 1 + r : population"}),
    ("'s' is one value for the population, but 'r'", ("equations", 2, "r"), "remove the flag",
     {"equations": "r = 1\nds/dt = -s : population, min = r"}),
    ("an input has one value for each neuron", ("equations", 1, "sum(exc)"), "remove the flag",
     {"equations": "s = sum(exc) : population\nr = s"}),
    ("a reset is made of assignments", ("reset", 1, "dv/dt = 1"), "write name = value",
     {"equations": "dv/dt = 1", "spike": "v > 1", "reset": "dv/dt = 1"}),
    ("'c' is a parameter: nothing may change it", ("reset", 2, "c += 1"), "declare it in the equations",
     {"parameters": "c = 1", "equations": "dv/dt = 1", "spike": "v > 1", "reset": "v = c\nc += 1"}),
    ("a spike of one neuron cannot change 's' of the population", ("reset", 1, "s = 1"), "",
     {"equations": "dv/dt = 1\ns = 0 : population", "spike": "v > 1", "reset": "s = 1"}),
    ("'r' is a reserved name", ("equations", 2, "r = v"), "choose another",
     {"equations": "dv/dt = 1\nr = v", "spike": "v > 1"}),
    ("sum() is the input of a rate-coded neuron", ("equations", 1, "sum(exc)"), "write g_exc",
     {"equations": "dv/dt = sum(exc)", "spike": "v > 1"}),
    ("sum() is the input of a rate-coded neuron", ("reset", 1, "sum(inh)"), "write g_inh",
     {"equations": "dv/dt = 1", "spike": "v > 1", "reset": "v = sum(inh)"}),
    ("sum() is the input of a rate-coded neuron", ("spike", 1, "sum()"), "write g_exc",
     {"equations": "dv/dt = 1", "spike": "v > sum()"}),
    ("linear in 'v'", ("equations", 1, "exponential"), "use midpoint, rk4 or explicit",
     {"equations": "dv/dt = -v**2 : exponential", "spike": "v > 1"}),
    ("cannot be solved for dv/dt", ("equations", 1, "sqrt(dv/dt) = 2"), "write dv/dt = ",
     {"equations": "sqrt(dv/dt) = 2", "spike": "v > 1"}),
    ("'y' (rk4) depends on 'x', which is integrated by another method", ("equations", 2, "dy/dt = x : rk4"),
     "the same method",
     {"equations": "dx/dt = 1 : midpoint\ndy/dt = x : rk4\nr = x"}),
]  # fmt: skip

SYNAPSES: list[Case] = [
    ("the method 'event-driven' does not admit white noise", ("equations", 1, "event-driven"), "use exponential",
     {"equations": "dx/dt = xi - x : event-driven", "pre_spike": "g_target += w * x"}),
    ("'unless_post' has no meaning in post_spike", ("post_spike", 1, "unless_post"), "only min, max have.",
     {"pre_spike": "g_target += w", "post_spike": "w += 1 : unless_post"}),
    ("'event-driven' needs spikes", ("equations", 1, "event-driven"), "use exponential",
     {"equations": "dx/dt = -x : event-driven", "psp": "w * x"}),
    ("depends on parameters only, and 'y' changes", ("equations", 2, "y"), "use exponential",
     {"equations": "dy/dt = -y\ndx/dt = y - x : event-driven", "pre_spike": "g_target += w"}),
    ("linear in 'x'", ("equations", 1, "event-driven"), "use",
     {"equations": "dx/dt = -x**2 : event-driven", "pre_spike": "g_target += w * x"}),
    ("'m' is one value for the projection, but 'w' is not", ("equations", 1, "w"), "remove the flag of 'm'",
     {"equations": "m = w : projection", "pre_spike": "g_target += w"}),
    ("'m' is one value for each postsynaptic neuron, but 'pre.v' is not", ("equations", 1, "pre.v"), "flag of 'm'",
     {"equations": "m = post.v + pre.v : postsynaptic", "pre_spike": "g_target += w"}),
    ("'exponential' is a method for differential equations", ("equations", 1, "exponential"), "remove it",
     {"equations": "w = 2 : exponential", "pre_spike": "g_target += w"}),
    ("cannot change 'm', which a neuron's synapses share", ("pre_spike", 2, "m = 1"), "remove the flag",
     {"parameters": "m = 0 : postsynaptic", "pre_spike": "g_target += w\nm = 1"}),
    ("post_spike is made of assignments", ("post_spike", 1, "dw/dt = 1"), "write name = value",
     {"pre_spike": "g_target += w", "post_spike": "dw/dt = 1"}),
    ("'population' has no meaning here", ("parameters", 1, "population"), "remove it.",
     {"parameters": "a = 1 : population", "pre_spike": "g_target += a"}),
    ("unknown name 'ww'", ("psp", 1, "ww"), "did you mean 'w'?", {"psp": "ww * pre.v"}),
    ("unknown name 'ww'", ("pre_spike", 1, "ww"), "did you mean 'w'?", {"pre_spike": "g_target += ww"}),
    ("unknown name 'x'", ("pre_spike", 2, "x = 1"), "", {"pre_spike": "g_target += w\nx = 1"}),
    ("unknown name 'g_targe'", ("pre_spike", 1, "g_targe += w"), "did you mean 'g_target'?",
     {"pre_spike": "g_targe += w"}),
    ("'a' is defined twice", ("parameters", 2, "a = 2"), "keep one", {"parameters": "a = 1\na = 2", "psp": "w"}),
    ("random numbers in psp", ("psp", 1, "Normal(0, 1)"), "in an equation", {"psp": "w * Normal(0, 1)"}),
    ("pre_spike is made of assignments", ("pre_spike", 1, "dw/dt = 1"), "write name = value",
     {"pre_spike": "dw/dt = 1"}),
    ("cannot change 'p', which all synapses share", ("pre_spike", 2, "p = 1"), "",
     {"parameters": "p = 1 : projection", "pre_spike": "g_target += w\np = 1"}),
    ("the presynaptic neuron pre has no attribute 'q'", ("psp", 1, "pre.q"), "it has: v", {"psp": "w * pre.q"}),
    ("the postsynaptic neuron pre has no attribute 'vv'", ("pre_spike", 1, "post.vv"), "did you mean 'v'?",
     {"pre_spike": "g_target += post.vv"}),
]  # fmt: skip


def refused(neuron: dict[str, Any], synapse: dict[str, Any] | None = None) -> EquationError:
    with pytest.raises(EquationError) as caught:
        if synapse is None:
            generate([Neuron(**neuron, name="model")], [])
        else:
            generate([PRE], [Wiring(0, 0, ("exc",), Synapse(**synapse, name="model"))])
    return caught.value


def check(error: EquationError, reason: str, place: Place, suggestion: str, texts: dict[str, Any]) -> None:
    block, line, marked = place
    assert reason in error.reason
    assert (error.model, error.block, error.line) == ("model", block, line)
    assert error.text == texts[block].splitlines()[line - 1]
    assert error.text[error.column : error.column + error.length] == marked
    assert error.column == error.text.rindex(marked)
    assert suggestion in error.suggestion
    caret = str(error).splitlines()[2]
    assert caret == "    " + " " * error.column + "^" * len(marked)


@pytest.mark.parametrize(("reason", "place", "suggestion", "texts"), NEURONS)
def test_neurons(reason: str, place: Place, suggestion: str, texts: dict[str, Any]) -> None:
    check(refused(texts), reason, place, suggestion, texts)


@pytest.mark.parametrize(("reason", "place", "suggestion", "texts"), SYNAPSES)
def test_synapses(reason: str, place: Place, suggestion: str, texts: dict[str, Any]) -> None:
    check(refused({}, texts), reason, place, suggestion, texts)


def test_a_target_is_named_once() -> None:
    with pytest.raises(EquationError, match="sends to the target 'exc' twice") as caught:
        generate([PRE], [Wiring(0, 0, ("exc", "exc"), Synapse(pre_spike="g_target += w", name="model"))])
    assert (caught.value.model, caught.value.block) == ("model", "target")


def test_a_rate_coded_neuron_needs_its_rate() -> None:
    error = refused({"equations": "dv/dt = 1"})
    assert "needs the variable 'r'" in error.reason and "r = pos(v)" in error.suggestion


def test_a_rate_coded_synapse_has_no_postsynaptic_spikes() -> None:
    with pytest.raises(UnsupportedError, match=r"^model: .*post_spike"):
        generate([PRE], [Wiring(0, 0, ("exc",), Synapse(psp="w", post_spike="w += 1", name="model"))])


VALID: list[dict[str, Any]] = [
    {"equations": "r = 1 : init = Uniform(0, 1)"},
    {"parameters": "a = 1\nb = 2 * a + exp(a)", "equations": "r = b : init = b + dt"},
    {"equations": "x = 1 : init = 3\nr = x : init = 2 * x"},
    {"equations": "dv/dt = 1 : unless_refractory", "spike": "v > 1", "reset": "g_exc = 0\nv = g_exc"},
    {"parameters": "s = 1 : population", "equations": "k = k + s * t / dt * pi : population\nr = k"},
    {"equations": "dx/dt = 1 : midpoint\ndy/dt = -y : rk4\ndz/dt = x + y\nr = z"},
    {"equations": "dv/dt = -v / tau : exponential\ntau = 2", "spike": "v > 1"},
    {"equations": "dv/dt = 1", "axon_spike": "v > 1 and g_exc < 2", "axon_reset": "v = 0 ; v += t_last"},
    {"equations": "dv/dt = 1", "spike": "v > 1", "axon_spike": "False"},
    {"equations": "dv/dt = 1", "spike": "v > mean(v)", "refractory": "1 + mean(v)"},
]


@pytest.mark.parametrize("texts", VALID)
def test_what_is_not_refused(texts: dict[str, Any]) -> None:
    assert generate([Neuron(**texts)], []).source.text
