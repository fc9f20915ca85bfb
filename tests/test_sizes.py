"""Memory: what is estimated before building, what is there afterwards, and that it does not grow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from distann import ConfigurationError, Izhikevich, Network, Neuron, Uniform
from distann.runtime.estimate import readable
from tests.ranks import run_ranks
from tests.toys import CELL, RAMP

pytestmark = [
    pytest.mark.filterwarnings("ignore:population .* reads"),
    pytest.mark.filterwarnings("ignore:projection .* connects"),
]

CONNECTORS: dict[str, tuple[Any, float]] = {
    "all_to_all": (lambda p: p.all_to_all(Uniform(0.0, 1.0)), 1000 * 400),
    "one_to_one": (lambda p: p.one_to_one(Uniform(0.0, 1.0)), 400),
    "fixed_probability": (lambda p: p.fixed_probability(0.1, Uniform(0.0, 1.0)), 40_000),
    "fixed_number_pre": (lambda p: p.fixed_number_pre(50, Uniform(0.0, 1.0), delays=Uniform(1.0, 5.0)), 20_000),
    "fixed_number_post": (lambda p: p.fixed_number_post(20, Uniform(0.0, 1.0)), 20_000),
    "fixed_total_number": (lambda p: p.fixed_total_number(12_345, Uniform(0.0, 1.0), delays=3.0), 12_345),
    "shared weight": (lambda p: p.fixed_total_number(12_345, 0.5), 12_345),
}


@pytest.mark.parametrize("neuron", [CELL, RAMP], ids=["events", "rows"])
@pytest.mark.parametrize("kind", CONNECTORS)
def test_the_estimate_is_what_is_built(kind: str, neuron: Any) -> None:
    connect, expected = CONNECTORS[kind]
    net = Network(seed=1)
    net.config(num_threads=1)
    pre, post = net.create(1000, neuron), net.create(400, neuron)
    projection = connect(net.connect(pre, post, "exc"))
    estimate = net.estimate()
    part = next(part for part in estimate.parts if part.name == "projection proj0")
    assert part.synapses == estimate.synapses == expected
    net.compile()
    assert math.isclose(projection.nb_synapses, expected, rel_tol=0.05)
    built = net.memory_footprint()
    assert math.isclose(part.shared, built["projection proj0"], rel_tol=0.25), (part.shared, built)
    for name in ("population pop0", "population pop1"):
        there = next(part.shared for part in estimate.parts if part.name == name)
        assert math.isclose(there, built[name], rel_tol=0.25)


def test_larger_jobs_and_nodes() -> None:
    net = Network(dt=0.1, seed=1)
    pop = net.create(1_000_000, Izhikevich)
    net.connect(pop, pop, "exc").fixed_number_pre(10_000, Uniform(0.0, 1.0), delays=1.5)
    plan = net.estimate(ranks=16, threads=8, memory=32.0)
    assert plan.synapses == 1e10 and 1.0e11 < plan.bytes < 1.3e11
    assert plan.nodes == 3  # (1e10 synapses of 10 bytes + neurons) / (32 GB - what each rank has)
    assert net.estimate(ranks=16, threads=8).nodes is None
    assert net.estimate(ranks=64, threads=1, memory=0.01, ranks_a_node=4).nodes is None
    text = str(net.estimate(ranks=16, threads=8, memory=32.0))
    assert "projection proj0" in text and "1e+10" in text and f"nodes of 1 ranks and 32 GB each: {plan.nodes}" in text
    assert "it does not fit on nodes of 4 ranks" in str(net.estimate(memory=0.01, ranks_a_node=4))
    net.config(dtype="float32")
    assert net.estimate(ranks=16, threads=8).bytes < 0.7 * plan.bytes
    assert not net.compiled


def test_records_of_monitors() -> None:
    net = Network(dt=0.5, seed=1)
    pop = net.create(1000, Izhikevich, name="pop")
    net.monitor(pop, ["v", "u"], period=2.0, name="slow")
    net.monitor(pop[:100], ["spike", "v"], name="some")
    parts = {part.name: part.shared for part in net.estimate(duration=10_000.0, rate=20.0).parts}
    assert parts["records of slow"] == 2 * 8 * 1000 * 5000
    assert parts["records of some"] == 8 * 100 * 20_000 + 16 * 100 * 20 * 10
    assert {part.shared for part in net.estimate().parts if part.name.startswith("records")} == {0.0}


WRONG = [
    {"ranks": 0}, {"threads": -1}, {"memory": 0.0}, {"memory": "x"}, {"ranks_a_node": 1.5}, {"rate": "x"},
    {"duration": -1.0},
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_arguments(arguments: dict[str, Any]) -> None:
    net = Network(seed=1)
    net.create(1, CELL)
    with pytest.raises(ConfigurationError):
        net.estimate(**arguments)


def test_readable() -> None:
    sizes = {0: "0 B", 1000: "1e+03 B", 1024: "1 KB", 1.5 * 2**20: "1.5 MB", 2**62: "4.1e+03 PB"}
    assert [readable(size) for size in sizes] == list(sizes.values())


def test_footprint_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    net = Network(seed=1)
    pop = net.create(100, CELL, name="cells")
    net.compile()
    found = net.memory_footprint(show_cpp_side=False)
    assert found["process"] > 2**20 and found["population cells"] == pop.size_in_bytes() > 800
    assert "population cells" in capsys.readouterr().out


FLAT = """
import resource, sys
import numpy as np
from distann import *
net = Network(seed=1)
pop = net.create(50, Izhikevich(noise=5.0), stop_condition="v > 1e9")
proj = net.connect(pop, pop, "exc").fixed_probability(0.2, Uniform(0.0, 1.0), delays=3.0)
net.compile()

def memory():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

def work(steps, accesses):
    for _ in range(steps):
        net.step()
    for i in range(accesses):
        pop.v = pop.v + 0.0
        pop.I = 1.0
        if i % 100 == 0:
            proj.w = proj.w
            net.simulate_until(2.0, pop)
            pop[3:9].u = 0.5
            net.reset()

work(STEPS // 10, ACCESSES // 10)
before = memory()
work(STEPS, ACCESSES)
sys.stdout.write(f"{(memory() - before) / 2**20}\\n")
"""


@pytest.mark.parametrize(("n", "steps", "accesses"), [(1, 100_000, 1000), (2, 5000, 300)])
def test_memory_is_flat(n: int, steps: int, accesses: int) -> None:
    """The same with 10⁶ steps and 10⁴ accesses takes a minute: MB grown were 0.1."""
    done = run_ranks(FLAT.replace("STEPS", str(steps)).replace("ACCESSES", str(accesses)), n, timeout=120)
    assert done.returncode == 0, done.stderr
    assert all(float(grown) < 2.0 for grown in done.stdout.split()), done.stdout


def test_networks_give_their_memory_back() -> None:
    done = run_ranks(
        """
import gc, resource, sys
from distann import *
def memory():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
def once():
    net = Network(seed=1)
    pop = net.create(1000, Izhikevich)
    net.connect(pop, pop, "exc").all_to_all(Uniform(0.0, 1.0))
    m = net.monitor(pop, "v")
    net.compile()
    net.simulate(20.0)
    m.get("v")
for _ in range(3):
    once()
gc.collect()
before = memory()
for _ in range(10):
    once()
gc.collect()
sys.stdout.write(f"{(memory() - before) / 2**20}\\n")
""",
        1,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 15.0  # one network has 10 MB of synapses
    assert np.isfinite(float(done.stdout))


def test_axonal_spikes_in_flight() -> None:
    sizes = []
    for axon in (None, "v > 0.5"):
        net = Network(dt=1.0, seed=1)
        net.create(1000, Neuron(equations="dv/dt = 1.0", spike="v > 1.0", reset="v = 0.0", axon_spike=axon))
        parts = {part.name: part.each for part in net.estimate(rate=20.0).parts}
        sizes.append(parts["spikes on their way"])
    assert sizes[0] > 0.0 and sizes[1] == 2.0 * sizes[0]
