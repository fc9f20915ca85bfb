"""One rank of many, pretended on a single process: it builds and runs its own share, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from distann import IF_curr_exp, Uniform
from distann.model import PopulationSpec, ProjectionSpec, SideSpec
from distann.model.rules import AllToAll, FixedNumberPre, FixedProbability, Rule
from distann.models import DefaultSpikingSynapse
from distann.runtime.comm import SerialComm, TiledComm
from distann.runtime.config import Options
from distann.runtime.delays import delay_steps
from distann.runtime.network import NetworkState
from distann.runtime.session import clear, default_network
from distann.runtime.simulation import LONGEST_WINDOW

SHARE = 16  # neurons that are not divided any further
SIZE = 64 * SHARE


def network(comm: TiledComm, rule: Rule, delay: float = 2.0) -> NetworkState:
    net = NetworkState(Options(seed=5, num_threads=1), comm)
    neuron, synapse = IF_curr_exp(), DefaultSpikingSynapse()
    for name in ("exc", "inh"):
        net.add_population(PopulationSpec(name, (SIZE,), neuron)).set("v", Uniform(-65.0, -50.0))
    for number, target in enumerate(("exc", "inh")):
        sides = SideSpec(number, None, SIZE), SideSpec(0, None, SIZE)
        net.add_projection(ProjectionSpec(target, *sides, (target,), synapse, rule, Uniform(0.0, 0.1), delay))
    net.compile()
    return net


@pytest.mark.filterwarnings("ignore:population .* reads")
@pytest.mark.parametrize(
    "rule", [AllToAll(), FixedProbability(0.1), FixedNumberPre(50)], ids=lambda rule: type(rule).__name__
)
def test_a_rank_of_64_builds_a_64th(rule: Rule) -> None:
    whole, share = network(SerialComm(), rule), network(TiledComm(64, rank=5), rule)
    for number in (0, 1):
        all_synapses, own = (net.simulation.part.synapses(number) for net in (whole, share))
        assert own == pytest.approx(all_synapses / 64, rel=0.1) and own > 0
        assert share.simulation.part.bytes(number) < whole.simulation.part.bytes(number) / 8
    own_rows = whole.projections[0].pairs()[0]
    begin, end = 5 * SHARE, 6 * SHARE
    assert np.count_nonzero((own_rows >= begin) & (own_rows < end)) == share.simulation.part.synapses(0)
    assert len(share.populations[0].local("v")) == SHARE


@pytest.mark.filterwarnings("ignore:population .* reads")
def test_a_pretended_rank_runs() -> None:
    share = network(TiledComm(64, rank=5), FixedNumberPre(50))
    before = share.populations[0].local("v").copy()
    share.control.simulate(20.0)
    assert share.step == 20 and share.time == 20.0
    after = share.populations[0].local("v")
    assert np.isfinite(after).all() and not np.array_equal(after, before)


@pytest.mark.filterwarnings("ignore:population .* reads")
def test_before_input_arrives_a_pretended_rank_computes_what_it_would_in_the_whole() -> None:
    whole, share = (network(comm, FixedNumberPre(50), delay=9.0) for comm in (SerialComm(), TiledComm(64, rank=5)))
    for net in (whole, share):
        net.control.simulate(9.0)
    own = slice(5 * SHARE, 6 * SHARE)
    assert np.array_equal(whole.populations[0].local("v")[own], share.populations[0].local("v"))


@pytest.mark.parametrize(
    ("delay", "dt", "steps"),
    [(0.0, 1.0, 1), (0.49, 1.0, 1), (1.5, 1.0, 2), (2.5, 1.0, 3), (0.3, 0.1, 3), (0.15, 0.1, 2)],
)
def test_delays_in_steps(delay: float, dt: float, steps: int) -> None:
    assert delay_steps(delay, dt) == steps


@pytest.mark.parametrize(
    ("delays", "window"), [([], LONGEST_WINDOW), ([3.0, 7.0], 3), ([0.0, 7.0], 1), ([1e5], LONGEST_WINDOW)]
)
def test_the_window_is_the_shortest_delay(delays: list[float], window: int) -> None:
    net = NetworkState(Options(seed=5, num_threads=1), SerialComm())
    net.add_population(PopulationSpec("pop", (20,), IF_curr_exp()))
    side = SideSpec(0, None, 20)
    for number, delay in enumerate(delays):
        for target in ("exc", "inh"):
            spec = ProjectionSpec(
                f"{target}{number}",
                side,
                side,
                (target,),
                DefaultSpikingSynapse(),
                AllToAll(),
                Uniform(0.0, 1.0),
                delay,
            )
            net.add_projection(spec)
    net.compile()
    assert net.simulation.window == window


def test_the_default_network_is_made_once_and_forgotten_by_clear() -> None:
    clear()
    first = default_network()
    first.options.update(dt=0.5)
    assert default_network() is first
    clear()
    assert default_network() is not first and default_network().options == Options()
