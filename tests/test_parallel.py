"""Networks that are made again: copies, and many runs at a time, in processes or on groups of ranks."""

from __future__ import annotations

import os
import random
import signal
from typing import Any

import numpy as np
import pytest

import distann
from distann import ConfigurationError, Izhikevich, Monitor, Network, RunError, Uniform
from tests.ranks import run_ranks
from tests.toys import CELL

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")


class Noisy(Network):
    """Neurons that noise drives."""

    def __init__(self, size: int = 20, noise: float = 5.0) -> None:
        self.pop = self.create(size, Izhikevich(noise=noise), name="pop")
        self.connect(self.pop, self.pop, "exc").fixed_probability(0.2, Uniform(0.0, 5.0))
        self.m = self.monitor(self.pop, ["v", "spike"])


def experiment(net: Noisy, duration: float = 20.0, current: float = 0.0) -> dict[str, Any]:
    net.pop.i_offset = current
    net.simulate(duration)
    spikes = net.m.get("spike")
    drawn = np.random.random()
    return {"v": net.m.get("v"), "ids": spikes.ids, "times": spikes.times, "seed": net.seed, "drawn": drawn}


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return all(np.array_equal(a[name], b[name]) for name in a)


def alone(seed: int, **keywords: Any) -> dict[str, Any]:
    net = Noisy(dt=0.5, seed=seed)
    net.compile()
    np.random.seed(seed)
    return experiment(net, **keywords)


# ---- subclasses -------------------------------------------------------------------------------------------------


def test_dt_and_seed_are_not_the_subclass_s() -> None:
    net = Noisy(5, noise=2.0, dt=0.5, seed=9)
    assert (net.dt, net.seed, net.pop.size) == (0.5, 9, 5) and (net.pop.noise == 2.0).all()
    assert Noisy().dt == 1.0 and isinstance(net, Network)

    class Knowing(Network):
        def __init__(self) -> None:
            super().__init__(dt=0.25, seed=3)
            self.create(1, CELL)

    assert (Knowing().dt, Knowing().seed) == (0.25, 3)

    class Plain(Network):
        pass

    assert (Plain(dt=0.1).dt, Plain(0.2, 7).seed) == (0.1, 7)
    with pytest.raises(TypeError):
        Network(1.0, 2, 3)  # type: ignore[call-arg]


def test_a_copy_is_another_network() -> None:
    net = Noisy(10, noise=3.0, dt=0.5, seed=9)
    assert not net.copy().compiled
    net.compile()
    net.simulate(10.0)
    other = net.copy()
    assert (other.dt, other.seed, other.time, other.compiled, other.pop.size) == (0.5, 9, 0.0, True, 10)
    other.simulate(20.0)
    net.simulate(10.0)
    assert net.time == other.time == 20.0 and np.array_equal(net.m.get("v"), other.m.get("v"))
    assert net.copy(4).pop.size == 4 and (net.copy(noise=1.0).pop.noise == 1.0).all()
    with pytest.raises(ConfigurationError, match="only a network of a subclass can be made again"):
        Network(seed=1).copy()


def test_two_networks_one_after_the_other_step_by_step() -> None:
    nets = [Noisy(dt=0.5, seed=seed) for seed in (4, 5)]
    for net in nets:
        net.compile()
    for _ in range(40):
        for net in nets:
            net.step()
    for net, seed in zip(nets, (4, 5), strict=True):
        assert np.array_equal(net.m.get("v"), alone(seed)["v"])


def test_a_cleared_network() -> None:
    net = Noisy(seed=1)
    net.compile()
    net.clear()
    for action in (lambda: net.simulate(1.0), net.step, lambda: net.create(3, CELL), net.reset):
        with pytest.raises(ConfigurationError, match=r"this .*has been cleared: make another one"):
            action()
    assert net.get_populations() == []


# ---- runs -------------------------------------------------------------------------------------------------------


def test_eight_runs_are_as_if_they_were_alone() -> None:
    net = Noisy(dt=0.5, seed=30)
    net.compile()
    before = np.random.get_state()[1].tobytes(), random.getstate()
    found = net.parallel_run(experiment, 8, seeds="sequential", current=[float(i) for i in range(8)])
    assert before == (np.random.get_state()[1].tobytes(), random.getstate()) and net.time == 0.0
    for i, result in enumerate(found):
        assert result["seed"] == 30 + i and same(result, alone(30 + i, current=float(i)))


@pytest.mark.parametrize("most", [1, 3, 100])
def test_how_many_at_a_time_does_not_matter(most: int) -> None:
    found = Noisy(dt=0.5, seed=1).parallel_run(experiment, 4, most, seeds=[7, 7, 8, 2**40], duration=5.0)
    assert [result["seed"] for result in found] == [7, 7, 8, 2**40]
    assert same(found[0], found[1]) and not same(found[0], found[2])
    assert same(found[2], alone(8, duration=5.0))


def test_seeds() -> None:
    net = Noisy(seed=3)
    assert net.parallel_run(lambda net: net.seed, 3, seeds="same") == [3, 3, 3]
    assert len(set(net.parallel_run(lambda net: net.seed, 3))) == 3
    for seeds in ("different", [1, 2]):
        with pytest.raises(ConfigurationError, match="the seeds of 3 runs are"):
            net.parallel_run(experiment, 3, seeds=seeds)
    for number in (0, -1, 2.0, True):
        with pytest.raises(ConfigurationError, match="the number of runs is a positive integer"):
            net.parallel_run(experiment, number)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="only a network of a subclass"):
        Network(seed=1).parallel_run(lambda net: 1, 2)


def fail(net: Network, how: str) -> int:
    if how == "raise":
        raise ValueError("a bad day")
    if how == "exit":
        os._exit(3)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


@pytest.mark.parametrize(
    ("how", "reason"),
    [("raise", "ValueError: a bad day"), ("exit", "ended with the status 3"), ("kill", "ended with the status -9")],
)
def test_a_run_that_fails(how: str, reason: str) -> None:
    with pytest.raises(RunError, match=reason) as caught:
        Noisy(seed=1).parallel_run(fail, 3, how=["", how, ""])
    assert caught.value.run == 1


def test_what_cannot_be_sent_is_no_result() -> None:
    with pytest.raises(RunError, match="run 0 of parallel_run failed"):
        Noisy(seed=1).parallel_run(lambda net: lambda: net, 1)


def test_time_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    Noisy(seed=1).parallel_run(lambda net: 0, 2, measure_time=True)
    assert capsys.readouterr().out.startswith("Ran 2 networks in ")


RANKS = """
import hashlib, sys
import numpy as np
from distann import *
from distann.runtime.startup import start

class Noisy(Network):
    def __init__(self, size):
        self.pop = self.create(size, Izhikevich(noise=5.0), name="pop")
        self.connect(self.pop, self.pop, "exc").fixed_probability(0.2, Uniform(0.0, 5.0))
        self.m = self.monitor(self.pop, ["v", "spike"])

def experiment(net, current):
    net.pop.i_offset = current
    net.simulate(20.0)
    spikes = net.m.get("spike")
    parts = [net.m.get("v"), spikes.ids, spikes.times, net.pop.v, np.random.random(3)]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16], net._state.comm.size

net = Noisy(60, dt=0.5, seed=30)
net.compile()
for number, most in ((4, -1), (2, -1), (3, 2)):
    found = net.parallel_run(experiment, number, most, seeds="sequential", current=[float(i) for i in range(number)])
    sys.stdout.write(f"{number} {' '.join(f'{digest}:{size}' for digest, size in found)}\\n")
net.simulate(5.0)
"""


def test_ranks_are_divided() -> None:
    """Groups of ranks, processes and runs that are alone give the same; all ranks get all results."""
    sizes = {4: {"4": "1 1 1 1", "2": "2 2", "3": "2 2 2"}, 3: {"4": "1 1 1 1", "2": "2 1", "3": "2 1 2"}}
    serial = run_ranks(RANKS, 1)
    assert serial.returncode == 0, serial.stderr
    expected = [[word.split(":")[0] for word in line.split()] for line in serial.stdout.splitlines()]
    for n in (3, 4):
        done = run_ranks(RANKS, n)
        assert done.returncode == 0, done.stderr
        lines = [line.split() for line in done.stdout.splitlines()]
        assert len(lines) == 3 * n
        for number, *words in lines:
            assert [number, *(word.split(":")[0] for word in words)] in expected
            assert sorted(word.split(":")[1] for word in words) == sorted(sizes[n][number].split())


def test_a_failure_in_a_group_ends_the_job() -> None:
    text = RANKS.replace("    net.simulate(20.0)\n", "    if net.seed == 31: raise ValueError('a bad day')\n", 1)
    done = run_ranks(text, 4, timeout=30)
    assert done.returncode == 1 and done.stderr.count("ValueError: a bad day") == 1, done.stderr


def test_the_default_network_is_no_subclass() -> None:
    distann.clear()
    with pytest.raises(ConfigurationError, match="only a network of a subclass"):
        distann.magic_network().copy()
    assert isinstance(Noisy(seed=1).m, Monitor)
