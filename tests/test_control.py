"""Steering a run: conditions that stop it, callbacks, the clock, what is switched off, signals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distann
from distann import ConfigurationError, EquationError, Network, Neuron, NotCompiledError, Population, every
from distann.runtime.definitions import forget_functions
from tests.ranks import run_ranks
from tests.toys import CELL, RAMP, cells

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

COUNTER = Neuron(parameters="k = 1.0", equations="r += k", name="Counter")


def counters(*conditions: str | None, size: int = 40) -> tuple[Network, list[Population]]:
    """Return a compiled network of populations that count steps; neuron i of each counts i + 1 at a time."""
    net = Network(dt=0.5, seed=1)
    populations = [net.create(size, COUNTER, stop_condition=condition) for condition in conditions]
    for population in populations:
        population.k = 1.0 + np.arange(size)
    net.compile()
    return net, populations


# ---- conditions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "steps"),
    [
        ("r >= 80.0", 2),  # the last neuron, 40 a step
        ("r >= 80.0 : any", 2),
        ("r >= 12.0 : all", 12),  # the first, 1 a step
        ("r >= k * 7 : all", 7),
        ("t >= 5.0", 10),  # the time after the step
        ("r < 0", 40),
        ("r >= 1 : all", 1),
    ],
)
def test_a_run_ends_with_the_step_that_fulfils_the_condition(condition: str, steps: int) -> None:
    net, (pop,) = counters(condition)
    assert net.simulate_until(20.0, pop) == steps * 0.5 == net.time
    assert (pop.r == steps * pop.k).all()


def test_constants_and_functions_in_conditions() -> None:
    net = Network(dt=0.5, seed=1)
    limit = net.constant("limit", 80.0)
    net.constant("unread", 7.0)
    neuron = Neuron(parameters="k = 1.0", equations="r += k", functions="double(x) = 2 * x", name="Doubling")
    distann.add_function("beyond(x, y) = x - y")
    try:
        first = net.create(3, neuron, stop_condition="double(r) >= limit : all")
        second = net.create(3, neuron, stop_condition="beyond(r, limit / 2) > 0 and k / dt == 2 * k")
        net.compile()
    finally:
        forget_functions()
    net.simulate_until(100.0, first)
    assert net.current_step == 40
    net.simulate_until(100.0, second)
    assert net.current_step == 41
    limit.set(90.0)
    net.simulate_until(100.0, first)
    assert net.current_step == 45
    with pytest.raises(EquationError, match="unknown name 'limits'"):
        Network(seed=1).create(3, COUNTER, stop_condition="r > limits")


@pytest.mark.parametrize(("operator", "steps"), [("and", 12), ("or", 3)])
def test_several_populations(operator: str, steps: int) -> None:
    net, populations = counters("r >= 12.0 : all", "r >= 120.0 : any")
    net.simulate_until(20.0, populations, operator=operator)
    assert net.current_step == steps


def test_a_condition_does_not_end_other_runs() -> None:
    net, (pop,) = counters("r >= 80.0")
    net.simulate_until(20.0, pop)
    net.simulate(5.0)
    assert net.current_step == 12
    assert net.simulate_until(20.0, pop) == 0.5  # it is looked at after the first step, not before


def test_spikes_stop() -> None:
    net = Network(seed=1)
    pop = net.create(30, CELL, stop_condition="spiked : all")
    net.compile()
    pop[:29].drive = 1.0
    assert net.simulate_until(5.0, pop) == 5.0
    pop.drive = 1.0
    assert net.simulate_until(5.0, pop) == 1.0


@pytest.mark.parametrize("operator", ["xor", "AND", None])
def test_wrong_operators(operator: Any) -> None:
    net, (pop,) = counters("r > 1")
    with pytest.raises(ConfigurationError, match="operator='and' or 'or'"):
        net.simulate_until(1.0, pop, operator=operator)


def test_wrong_populations() -> None:
    net, (pop, bare) = counters("r > 1", None)
    for populations in (bare, [pop, bare], [], [pop, "pop"], counters("r > 1")[1]):
        with pytest.raises(ConfigurationError, match="simulate_until\\(\\) "):
            net.simulate_until(1.0, populations)  # type: ignore[arg-type]


def test_wrong_conditions_are_refused_before_anything_is_compiled() -> None:
    with pytest.raises(EquationError, match="unknown name 's'") as caught:
        Network(seed=1).create(3, COUNTER, stop_condition="s > 1")
    assert "    s > 1\n    ^" in str(caught.value)


# ---- callbacks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "offset", "wait", "expected"),
    [
        (2.0, 0.0, 0.0, [0.0, 2.0, 4.0]),
        (2.0, 0.5, 0.0, [0.5, 2.5, 4.5]),
        (2.0, -0.5, 0.0, [1.5, 3.5, 5.5]),
        (2.0, 0.0, 3.0, [3.0, 5.0]),
        (2.0, -0.5, 1.0, [2.5, 4.5]),
        (100.0, 0.0, 0.0, [0.0]),
        (0.1, 0.0, 0.0, list(np.arange(0, 6, 0.5))),
    ],
)
def test_when_callbacks_are_called(period: float, offset: float, wait: float, expected: list[float]) -> None:
    net, _ = counters(None)
    times: list[float] = []
    calls: list[int] = []

    @every(net, period=period, offset=offset, wait=wait)
    def note(n: int) -> None:
        calls.append(n)
        times.append(net.time)

    net.simulate(6.0)
    assert times == expected and calls == list(range(len(expected)))
    net.simulate(6.0)  # they count from the beginning of each run
    assert times == expected + [6.0 + time for time in expected] and calls == list(range(2 * len(expected)))
    net.step()
    assert len(times) == 2 * len(expected)


def test_callbacks_are_called_in_order_and_change_the_network() -> None:
    net, (pop,) = counters(None)
    order: list[str] = []

    @every(net, period=1.0)
    def first(n: int) -> None:
        order.append("first")
        pop.k = float(n)

    @every(net, period=2.0)
    def second(n: int) -> None:
        order.append("second")

    net.simulate(3.0)
    assert order == ["first", "second", "first", "first", "second"]
    assert (pop.r == 2 * (0.0 + 1.0 + 2.0)).all()
    net.disable_callbacks()
    assert not net.callbacks_enabled
    net.simulate(3.0)
    net.enable_callbacks()
    net.simulate(3.0, callbacks=False)
    net.clear_all_callbacks()
    net.simulate(3.0)
    assert len(order) == 5


def test_callbacks_count_anew_after_a_reset() -> None:
    net, _ = counters(None)
    calls: list[int] = []
    every(net, period=1.0)(calls.append)
    net.simulate(2.0)
    net.reset()
    net.simulate(2.0)
    assert calls == [0, 1, 0, 1]


def test_a_callback_cannot_simulate() -> None:
    net, _ = counters(None)
    every(net, period=1.0)(lambda n: net.simulate(1.0))
    with pytest.raises(ConfigurationError, match="a callback cannot simulate"):
        net.simulate(2.0)
    net.clear_all_callbacks()
    net.simulate(2.0)
    assert net.time == 2.0


@pytest.mark.parametrize(
    "times", [{"period": 0.0}, {"period": -1.0}, {"offset": 3.0}, {"offset": -3.0}, {"wait": -1.0}]
)
def test_times_of_callbacks_that_make_no_sense(times: dict[str, float]) -> None:
    net, _ = counters(None)
    with pytest.raises(ConfigurationError, match="of a callback"):
        every(net, **{"period": 2.0, **times})(print)


# ---- the clock, and what is off -----------------------------------------------------------------------------------


def test_the_clock_can_be_set() -> None:
    net, pop = cells(4, dt=0.5)
    with pytest.raises(NotCompiledError):
        net.time = 1.0
    net.compile()
    net.current_step = 10
    net.step()
    assert pop.total == 5.0 and net.time == 5.5
    net.time = 2.0
    assert net.current_step == 4
    for step in (-1, 1.5, True, "2"):
        with pytest.raises(ConfigurationError, match="a step is an integer"):
            net.current_step = step  # type: ignore[assignment]


def test_a_disabled_population_stays_as_it_is() -> None:
    net, pop = cells(20)
    source = net.create(20, CELL, name="source")
    net.connect(source, pop, "exc").all_to_all(1.0)
    back = net.connect(pop, source, "exc").one_to_one(1.0)
    net.compile()
    source.drive, pop.drive = 1.0, 1.0
    net.simulate(3.0)
    assert (pop.seen == 40.0).all() and (source.seen == 2.0).all()
    pop.disable()
    assert not pop.enabled and source.enabled
    net.simulate(4.0)
    assert (pop.seen == 40.0).all() and (source.seen == 3.0).all()  # what was in flight arrives
    pop.enable()
    net.simulate(2.0)
    assert (pop.seen == 80.0).all() and (source.seen == 4.0).all()
    back.transmission = False
    net.simulate(3.0)
    assert (source.seen == 4.0).all() and not back.transmission
    back.enable()
    net.simulate(1.0)
    assert (source.seen == 5.0).all()


def test_what_is_off_before_compile_is_off_after_it() -> None:
    net = Network(seed=1)
    pop, off = net.create(5, RAMP), net.create(5, RAMP)
    projection = net.connect(pop, pop, "exc").one_to_one(1.0)
    off.disable()
    projection.disable()
    net.compile()
    net.simulate(3.0)
    assert (off.r == 5.0).all() and (pop.r == 8.0).all() and (pop.heard == 0.0).all()


def test_a_population_that_is_cleared_has_nothing_on_its_way() -> None:
    net, pop = cells(40)
    net.connect(pop, pop, "exc").one_to_one(1.0, delays=4.0)
    ramp, reader = net.create(40, RAMP, name="ramp"), net.create(40, RAMP, name="reader")
    net.connect(ramp, reader, "exc").one_to_one(1.0, delays=5.0)
    net.compile()
    pop.drive = 1.0
    net.simulate(3.0)
    pop.drive = 0.0
    pop.clear()
    ramp.clear()
    assert (ramp.r == 8.0).all()
    net.simulate(3.0)
    assert (pop.seen == 0.0).all() and (reader.heard == 8.0).all()
    net.simulate(3.0)
    assert (reader.heard == 9.0).all()


# ---- what there is ------------------------------------------------------------------------------------------------


def test_objects_by_name_and_by_their_ends() -> None:
    net, pop = cells(4)
    other = net.create(4, CELL, name="other")
    first = net.connect(pop, other, "exc", name="first").one_to_one(1.0)
    second = net.connect(other[:2], pop, ["exc", "inh"]).all_to_all(1.0)
    monitor = net.monitor(pop, "seen", name="seen")
    assert net.get_populations() == [pop, other] and net.get_projections() == [first, second]
    assert net.get_projection("first") is first and net.get_monitor("seen") is monitor
    assert net.get_projections(pre="cells") == [first] and net.get_projections(post=pop) == [second]
    assert net.get_projections(target="inh") == [second] and net.get_projections(pre=other[1:]) == [second]
    assert net.get_projections(pre=pop, target="inh") == [] and net.get_monitors(other) == []
    with pytest.raises(ConfigurationError, match="there is no projection 'frist'; did you mean 'first'"):
        net.get_projection("frist")
    with pytest.raises(ConfigurationError, match="there is no such projection"):
        net.get_projections(pre=pop, target="inh", suppress_error=False)


def test_module_level_functions() -> None:
    distann.clear()
    pop = Population(4, COUNTER, stop_condition="r >= 3")
    calls: list[int] = []
    every(period=1.0)(calls.append)
    distann.compile()
    assert distann.simulate_until(10.0, pop) == 3.0 and distann.populations() == [pop]
    distann.set_time(10.0)
    distann.simulate(2.0)
    assert distann.get_current_step() == 12 and calls == [0, 1]
    assert distann.projections() == [] and distann.monitors() == []
    distann.clear()


def test_timeit(capsys: pytest.CaptureFixture[str]) -> None:
    @distann.timeit
    def double(x: float) -> float:
        """Docs."""
        return 2 * x

    assert double(3.0) == 6.0 and double.__doc__ == "Docs."
    assert capsys.readouterr().out.startswith("double took ")


# ---- signals ----------------------------------------------------------------------------------------------------

INTERRUPTED = """
import os, signal, sys, threading
from distann import *
from distann.runtime.startup import start
comm = start()
setup(seed=1)
pop = Population(100, Izhikevich(noise=5.0))
Projection(pop, pop, 'exc').connect_fixed_probability(0.1, 1.0)
compile()
simulate(1.0)
if comm.rank == comm.size - 1:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    simulate(1e8)
except KeyboardInterrupt:
    stopped = get_current_step()
reached = comm.allgather(stopped)
simulate(10.0)
v = pop.v
reset(); simulate(float(stopped + 10))
sys.stdout.write(f"{len(set(reached))} {stopped < 1e7} {(pop.v == v).all()}\\n")
"""


@pytest.mark.parametrize("n", [1, 3])
def test_an_interrupt_of_one_rank_stops_all_between_windows(n: int) -> None:
    done = run_ranks(INTERRUPTED, n)
    assert done.stdout.splitlines() == ["1 True True"] * n, done.stderr
