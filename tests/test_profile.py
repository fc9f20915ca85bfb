"""Profiles: every phase is counted, and measuring changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from distann import ConfigurationError, Network, NotCompiledError
from tests.ranks import run_ranks
from tests.toys import CELL, RAMP

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")
STEPS = 30


def network(threads: int = 2) -> Network:
    net = Network(dt=1.0, seed=1)
    net.config(num_threads=threads)
    cells, ramps = net.create(70, CELL, name="cells"), net.create(40, RAMP, name="ramps")
    cells.drive = (np.arange(70) % 3 == 0).astype(float)
    net.connect(cells, cells, "exc", name="among").fixed_number_pre(10, weights=0.5)
    net.connect(ramps, ramps, "exc", name="rows").all_to_all(0.1)
    return net


@pytest.mark.parametrize("threads", [1, 2])
def test_each_phase_is_counted_once_a_step(threads: int) -> None:
    net = network(threads)
    net.compile(profile_enabled=True)
    net.simulate(STEPS)
    profile = net.profile()
    own = {"clear ramps", "transmit among", "transmit rows", "update cells", "update ramps", "record inputs", "record"}
    assert set(profile.phases) == own | {"wait", "exchange"}
    assert profile.seconds.shape == profile.calls.shape == (1, threads, len(profile.phases))
    for name in own:
        assert (profile.calls[0, :, profile.phases.index(name)] == STEPS).all()
    assert (profile.seconds >= 0).all() and profile.wall_s > 0 and profile.imbalance >= 0
    assert profile.model_s == pytest.approx(STEPS / 1e3)
    assert profile.updates == STEPS * 110
    assert profile.events == net._state.simulation.part.events(0)
    assert profile.ns_per_event > 0 and profile.ns_per_update > 0
    lines = str(profile).splitlines()
    assert len(lines) == len(profile.phases) + 2 and "real-time factor" in lines[-1]


def test_events_are_spikes_at_synapses() -> None:
    net = network(1)
    net.compile(profile_enabled=True)
    net.simulate(STEPS)
    pre = net._state.projections[0].pairs()[1]
    # Every third neuron spikes in every step; the spikes of the last one are still on their way.
    assert net.profile().events == (STEPS - 1) * np.count_nonzero(pre % 3 == 0)


def test_measuring_does_not_change_a_byte() -> None:
    values = []
    for measured in (False, True):
        net = network()
        net.compile(profile_enabled=measured)
        net.simulate(STEPS)
        values.append([p.get(name) for p in (net.get_population("cells"),) for name in ("seen", "half")])
    assert np.array_equal(values[0], values[1])


def test_nothing_to_show() -> None:
    net = network()
    with pytest.raises(NotCompiledError):
        net.profile()
    net.compile()
    with pytest.raises(ConfigurationError, match="profile_enabled=True"):
        net.profile()


SCRIPT = """
import numpy as np
from distann import *
setup(seed=1)
pop = Population(100, Izhikevich(noise=5.0), name="cells")
Projection(pop, pop, "exc").connect_fixed_probability(0.1, weights=1.0)
compile()
simulate(20.0)
simulate(10.0)
print(Network.profile(magic_network()).seconds.shape)
"""


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.filterwarnings("ignore:population .* reads")
def test_a_timeline_of_all_ranks_and_threads(tmp_path: Path, ranks: int) -> None:
    path = tmp_path / "trace.json"
    done = run_ranks(SCRIPT, ranks, threads=2, env={"DISTANN_PROFILE": str(path)})
    assert done.returncode == 0, done.stderr
    assert f"({ranks}, 2, " in done.stdout
    events = json.loads(path.read_text())["traceEvents"]
    assert {(event["pid"], event["tid"]) for event in events} == {(r, t) for r in range(ranks) for t in range(2)}
    assert {event["cat"] for event in events} == {"deliver", "update", "record", "exchange", "wait"}
    assert all(event["ph"] == "X" and event["dur"] >= 0 for event in events)
    updates = [event for event in events if event["name"] == "update cells"]
    assert len(updates) == 30 * 2 * ranks
