"""Kernels of neurons and synapses, run by Python: the order and the meaning of statements in one step."""

from __future__ import annotations

import math

import pytest

from distann.codegen.ir import PLASTIC, Axis, Kernel, Let, Loop, Type
from distann.codegen.lower_neuron import lower_neuron
from distann.codegen.lower_synapse import lower_synapse
from distann.codegen.nodes import Draw
from distann.codegen.symbols import analyse_neuron, analyse_synapse
from distann.codegen.tree import walk
from distann.errors import EquationError
from distann.model import Neuron, Synapse
from tests.reference import evaluator

LEFT = "refractory left"


def kernel_of(neuron: Neuron, method: str = "explicit") -> Kernel:
    kernel = lower_neuron(analyse_neuron(neuron), method)
    assert kernel is not None
    return kernel


def run(neuron: Neuron, steps: int, dt: float = 1.0, **start: float) -> list[dict[str, float]]:
    """Return the values of one neuron after each step, with `spiked`."""
    kernel, found = kernel_of(neuron), []
    state: dict[str, float] = dict.fromkeys((field.name for field in kernel.fields), 0.0)
    state |= {"dt": dt} | start
    for number in range(steps):
        state["t"] = number * dt
        state["spiked"] = evaluator.step(kernel, state)
        found.append(dict(state))
    return found


def series(found: list[dict[str, float]], name: str) -> list[float]:
    return [state[name] for state in found]


# ---- equations ------------------------------------------------------------------------------------------------------


TOGETHER = Neuron(equations="dx/dt = y\ndy/dt = -x\nr = x")
DIVIDED = Neuron(equations="dx/dt = y\nc = x\ndy/dt = -x\nr = x")


def test_one_block_of_equations_uses_old_values() -> None:
    found = run(TOGETHER, 4, x=1.0)
    assert series(found, "x") == [1, 0, -2, -4]
    assert series(found, "y") == [-1, -2, -2, 0]


def test_an_assignment_divides_blocks() -> None:
    found = run(DIVIDED, 4, x=1.0)
    assert series(found, "x") == [1, 0, -1, -1]
    assert series(found, "y") == [-1, -1, 0, 1]


def test_assignments_take_effect_at_once() -> None:
    neuron = Neuron(equations="a = t + 1\na2 = 2 * a\nr = a + a2\nb += a2 : init = 1\nc *= 2\nd -= a - 1\ne /= 1 + 1")
    found = run(neuron, 3, c=1.0, e=1.0)
    assert series(found, "r") == [3, 6, 9]
    assert series(found, "b") == [2, 6, 12]
    assert series(found, "c") == [2, 4, 8]
    assert series(found, "d") == [0, -1, -3]  # d - (a - 1)
    assert series(found, "e") == [0.5, 0.25, 0.125]


def test_bounds_hold_after_each_update() -> None:
    neuron = Neuron(
        parameters="top = 2.5",
        equations="dx/dt = 1 : max = top\ndy/dt = -1 : min = -x / 2, max = 10\nr = x : min = 1.5",
    )
    found = run(neuron, 4, top=2.5)
    assert series(found, "x") == [1, 2, 2.5, 2.5]
    assert series(found, "y") == [-0.5, -1, -1.25, -1.25]
    assert series(found, "r") == [1.5, 2, 2.5, 2.5]


def test_bounds_do_not_hold_in_a_reset() -> None:
    neuron = Neuron(equations="dv/dt = 1 : max = 5", spike="v >= 2", reset="v = 50")
    assert series(run(neuron, 3), "v") == [1, 50, 50]


def test_division_is_real() -> None:
    neuron = Neuron(equations="a = 1 / 3\nn = 7 / 2 : int\nm = n / 2\nda2/dt = 1 / 4\nr = n", name="division")
    (found,) = run(neuron, 1)
    assert (found["a"], found["n"], found["m"], found["a2"]) == (1 / 3, 3, 1.5, 0.25)


def test_conditionals() -> None:
    neuron = Neuron(equations="r = if t < 1: 10 else: if t < 2 or t == 3: 20 else: 30\nq = ite(not (r > 15), r, -r)")
    found = run(neuron, 4)
    assert series(found, "r") == [10, 20, 30, 20]
    assert series(found, "q") == [10, -20, -30, -20]


def test_types() -> None:
    kernel = kernel_of(Neuron(parameters="k = 2 : int", equations="on = t > k : bool\nn += k : int\nr = n"))
    assert {field.name: field.type for field in kernel.fields} == {
        "k": Type.INT, "on": Type.BOOL, "n": Type.INT, "r": Type.FLOAT,
    }  # fmt: skip


def test_equations_of_the_population_come_first_and_once() -> None:
    neuron = Neuron(
        parameters="p = 3 : population",
        equations="r = shared\nshared = shared + p : population\ndk/dt = shared : population, exponential",
    )
    kernel = kernel_of(neuron)
    assert [s.name for s in kernel.once if not isinstance(s, Let)] == ["shared", "k"]
    assert [s.name for s in kernel.body] == ["r"]
    found = run(neuron, 3, p=3.0)
    assert series(found, "r") == [3, 6, 9]
    assert series(found, "k") == [3, 9, 18]


# ---- spikes ---------------------------------------------------------------------------------------------------------


def test_spike_is_tested_on_new_values_and_reset_runs_in_order() -> None:
    neuron = Neuron(equations="dv/dt = 1\nw = v", spike="v >= 2", reset="w = v * 10\nv = 0.5\nw += v")
    found = run(neuron, 4)
    assert series(found, "spiked") == [False, True, False, True]
    assert series(found, "v") == [1, 0.5, 1.5, 0.5]
    assert series(found, "w") == [1, 20.5, 1.5, 25.5]


def test_inputs_without_an_equation_last_for_one_step() -> None:
    neuron = Neuron(equations="dv/dt = g_exc\n dg_inh/dt = -g_inh / 2", spike="v > 100")
    found = run(neuron, 2, g_exc=3.0, g_inh=8.0)
    assert series(found, "g_exc") == [0, 0]
    assert series(found, "g_inh") == [4, 2]
    assert series(found, "v") == [3, 3]


def test_t_last_is_the_time_of_the_last_spike() -> None:
    neuron = Neuron(equations="dv/dt = 1\nago = t - t_last", spike="v >= 3", reset="v = 0")
    found = run(neuron, 6, dt=1.0, t_last=-1e4)
    assert series(found, "t_last") == [-1e4, -1e4, 2, 2, 2, 5]
    assert series(found, "ago")[3:] == [1, 2, 3]
    assert "t_last" not in {field.name for field in kernel_of(Neuron(equations="dv/dt = 1", spike="v>1")).fields}


@pytest.mark.parametrize(("period", "steps"), [(0.0, 0), (0.4, 0), (0.5, 1), (1.0, 2), (1.24, 2), (1.5, 3)])
def test_refractory_period(period: float, steps: int) -> None:
    # Spike at n: variables are frozen at n+1 ... n+steps, the condition is not tested; conductances go on.
    neuron = Neuron(
        equations="dv/dt = 2.0\ndg_exc/dt = 1\nc += 1 : int\nh = t",
        spike="g_exc >= 1.5",
        reset="v = -1",
        refractory=period,
    )
    found = run(neuron, 12, dt=0.5, refractory=period)
    first = series(found, "spiked").index(True)
    assert first == 2
    spikes = [n for n, spiked in enumerate(series(found, "spiked")) if spiked]
    assert spikes == list(range(2, 12, steps + 1))
    for n in range(first + 1, first + 1 + steps):
        assert found[n]["v"] == -1 and found[n]["c"] == found[first]["c"] and found[n]["h"] == first * 0.5
    assert series(found, "g_exc") == [0.5 * (n + 1) for n in range(12)]


def test_refractory_period_of_a_variable_counts_after_the_reset() -> None:
    neuron = Neuron(equations="dv/dt = 1\nrest = rest", spike="v >= 1", reset="v = 0\nrest += 1", refractory="rest")
    spikes = [n for n, spiked in enumerate(series(run(neuron, 20), "spiked")) if spiked]
    assert spikes == [0, 2, 5, 9, 14]


def test_whole_periods_are_not_a_step_short() -> None:
    for dt in (0.1, 0.05, 0.3, 0.025):
        for steps in range(1, 100):
            neuron = Neuron(equations="dv/dt = 1", spike="v > -1", refractory="rest", parameters="rest = 0")
            (found,) = run(neuron, 1, dt=dt, rest=steps * dt)
            assert found[LEFT] == steps


def test_population_wide_values_do_not_rest() -> None:
    neuron = Neuron(equations="shared += 1 : population\ndv/dt = 1", spike="v >= 1", refractory=3.0)
    assert series(run(neuron, 4, refractory=3.0), "shared") == [1, 2, 3, 4]


def test_a_neuron_without_equations_has_no_kernel() -> None:
    assert lower_neuron(analyse_neuron(Neuron(spike="False")), "explicit") is None
    assert lower_neuron(analyse_neuron(Neuron(parameters="r = 1.0")), "explicit") is None
    assert lower_neuron(analyse_neuron(Neuron(spike="True")), "explicit") is not None


def test_a_kernel_binds_what_it_uses() -> None:
    kernel = kernel_of(Neuron(parameters="used = 1.0; not_used = 2.0", equations="r = used", name="N"))
    assert kernel.name == "N_update" and kernel.loop is Loop.FOR_EACH_NEURON
    assert [field.name for field in kernel.fields] == ["used", "r"]
    assert kernel.writes == ("r",)


def test_the_default_method_reaches_the_equations() -> None:
    state: dict[str, float] = {"r": 1.0, "dt": 1.0, "t": 0.0}
    evaluator.step(kernel_of(Neuron(equations="dr/dt = -r"), "exponential"), state)
    assert state["r"] == pytest.approx(math.exp(-1), rel=1e-15)


# ---- draws ----------------------------------------------------------------------------------------------------------


def test_draws_are_numbered_loop_first() -> None:
    neuron = Neuron(
        equations="s = Normal(0, 1) : population\nv = Uniform(0, 1) + Normal(0, 1) : min = Uniform(-9, -8)",
        spike="Uniform(0, 1) < 0.5",
        reset="v = Uniform(0, 1)",
    )
    kernel = kernel_of(neuron)
    assert (kernel.uniforms, kernel.normals) == (3, 1)
    parts = [*(s.value for s in (*kernel.once, *kernel.body, *kernel.reset)), kernel.spike]
    draws = [node for part in parts if part is not None for node in walk(part) if isinstance(node, Draw)]
    found = sorted((draw.distribution, draw.number) for draw in draws)
    # Once and in the reset: behind the four of the loop.
    assert found == [("normal", 0), ("normal", 4), *(("uniform", n) for n in (0, 1, 2, 5))]


def test_a_refractory_period_can_be_drawn() -> None:
    neuron = Neuron(equations="dv/dt = 1", spike="v > 0", reset="v = Normal(0, 1)", refractory="Uniform(2, 10)")
    kernel = kernel_of(neuron)
    state = {"v": 0.0, "dt": 1.0, "t": 0.0, LEFT: 0.0}
    assert evaluator.step(kernel, state, lambda distribution, number: {"normal": 5.0, "uniform": 0.5}[distribution])
    assert (state["v"], state[LEFT]) == (5.0, 6.0)
    draws = [node.number for s in kernel.reset for node in walk(s.value) if isinstance(node, Draw)]
    assert draws == [0, 1]


# ---- synapses -------------------------------------------------------------------------------------------------------

POST = Neuron(equations="dv/dt = g_ampa + g_nmda + g_gaba", spike="v > 1", parameters="E = 2.0; q = 1 : population")
RATE = Neuron(equations="r = sum(exc)", parameters="B = 1.0 : population", name="rate")


def synapse_kernel(synapse: Synapse, pre: Neuron, post: Neuron, *targets: str, shared: bool = False) -> Kernel:
    names = frozenset({"w"}) if shared else frozenset()
    model = analyse_synapse(synapse, names)
    return lower_synapse(model, analyse_neuron(pre), analyse_neuron(post), targets).transmission


def deliver(
    pre_spike: str, parameters: str = "", targets: tuple[str, ...] = ("ampa",), **state: float
) -> dict[str, float]:
    kernel = synapse_kernel(Synapse(parameters=parameters, pre_spike=pre_spike), POST, POST, *targets)
    values: dict[str, float] = {field.name: 0.0 for field in kernel.fields} | {
        name.replace("post_", "post."): value for name, value in state.items()
    }
    values[PLASTIC] = 1.0
    evaluator.execute(kernel.body, values, {field.name: field.type for field in kernel.fields})
    return values


def test_transmission_comes_first() -> None:
    found = deliver("w += 1.0 : max = 2.5\ng_target += w", w=2.0, post_g_ampa=10.0)
    assert found["post.g_ampa"] == 12.0 and found["w"] == 2.5


def test_every_target_receives_the_same() -> None:
    found = deliver("g_target += 2 * w", targets=("ampa", "nmda"), w=1.5, post_g_ampa=1.0)
    assert (found["post.g_ampa"], found["post.g_nmda"]) == (4.0, 3.0)
    assert "post.g_gaba" not in found


def test_g_target_can_be_read() -> None:
    found = deliver("g_target += w * (1 - g_target)", targets=("ampa", "nmda"), w=0.5, post_g_ampa=1.0)
    assert (found["post.g_ampa"], found["post.g_nmda"]) == (1.0, 0.5)
    assert deliver("g_target = g_target + w", w=0.5, post_g_ampa=1.0)["post.g_ampa"] == 1.5
    assert deliver("g_target = w\nlast = g_target", "last = 0.0", w=0.5)["last"] == 0.5
    limited = deliver("g_target = w\nw = 5 : max = g_target", w=0.5)
    assert limited["w"] == 0.5


def test_the_own_conductance_of_the_target_is_one_field() -> None:
    found = deliver(
        "g_target += w * (post.E - post.v) * (1 - post.g_ampa)", w=1.0, post_E=2.0, post_v=0.5, post_g_ampa=0.5
    )
    assert found["post.g_ampa"] == 0.5 + 1.5 * 0.5
    kernel = synapse_kernel(Synapse(pre_spike="g_target += w * post.g_ampa"), POST, POST, "ampa")
    assert sorted(field.name for field in kernel.fields) == ["post.g_ampa", "w"]


def test_axes_of_a_synapses_fields() -> None:
    synapse = Synapse(
        parameters="a = 1.0\nb = 2.0 : projection\nc = 3.0 : postsynaptic", psp="a*b*c*w*pre.r*post.r*pre.B"
    )
    kernel = synapse_kernel(synapse, RATE, RATE, "exc", shared=True)
    assert {field.name: (field.axis, field.owner) for field in kernel.fields} == {
        "a": (Axis.SYNAPSE, "own"), "b": (Axis.OBJECT, "own"), "c": (Axis.NEURON, "own"), "w": (Axis.OBJECT, "own"),
        "pre.r": (Axis.PRE, "pre"), "post.r": (Axis.NEURON, "post"), "pre.B": (Axis.OBJECT, "pre"),
        "post.sum(exc)": (Axis.NEURON, "post"),
    }  # fmt: skip
    assert kernel.loop is Loop.GATHER_ROWS and kernel.writes == ("post.sum(exc)",)


def test_weights_that_change_are_never_shared() -> None:
    for text, axis in {"g_target += w": Axis.OBJECT, "g_target += w\nw *= 0.9": Axis.SYNAPSE}.items():
        kernel = synapse_kernel(Synapse(pre_spike=text), POST, POST, "ampa", shared=True)
        assert next(field.axis for field in kernel.fields if field.name == "w") is axis


@pytest.mark.parametrize(
    ("psp", "column", "suggestion"),
    [("w * pre.rr", 4, "did you mean 'r'?"), ("w * pre.r * post.zzz", 12, "it has: B, r.")],
)
def test_attributes_of_both_sides_must_exist(psp: str, column: int, suggestion: str) -> None:
    with pytest.raises(EquationError) as caught:
        synapse_kernel(Synapse(psp=psp), RATE, RATE, "exc")
    error = caught.value
    assert "rate has no attribute" in error.reason
    assert (error.block, error.line, error.column, error.suggestion) == ("psp", 1, column, suggestion)
