"""What ranks do together: failures end the job, divergence is recognised, what is read is the whole.

Tests marked ``mpi`` run on the ranks that pytest itself is launched on::

    mpirun -n 3 python -m pytest --with-mpi -m mpi
"""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from distann import DivergenceError, Monitor, Network, Population, Uniform
from distann.runtime.startup import start
from tests.ranks import run_ranks
from tests.toys import CELL, cells

# The toys have targets that a test does not use.
pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

PREAMBLE = """
import sys
import numpy as np
from distann import *
from distann.runtime.startup import start
rank = start().rank
"""
NETWORK = """
setup(seed=1)
pop = Population(60000, IF_curr_exp)
compile()
"""


def job(text: str, n: int = 3) -> subprocess.CompletedProcess[str]:
    """Run a script; a job that does not end by itself fails the test."""
    return run_ranks(PREAMBLE + text, n, timeout=30)


# ---- one rank fails ---------------------------------------------------------------------------------------------


def test_an_exception_on_one_rank_while_the_others_simulate() -> None:
    done = job(NETWORK + "simulate(5.0)\nif rank == 1: raise ValueError('a bad day')\nsimulate(1e9)")
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1 and "ValueError: a bad day" in done.stderr
    assert "distann: rank 1 of 3 failed, which ends the job" in done.stderr


def test_an_exit_on_one_rank_while_the_others_simulate() -> None:
    done = job(NETWORK + "simulate(5.0)\nif rank == 1: sys.exit(3)\nsimulate(1e9)")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_kernel_error_on_one_rank() -> None:
    """One rank may not have more memory than it has, and records until it needs some."""
    done = job(
        NETWORK
        + """
M = Monitor(pop, 'v')
simulate(5.0)
if rank == 1:
    import resource
    pages = int(open('/proc/self/statm').read().split()[0])
    limit = pages * resource.getpagesize() + 2**25
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
simulate(100000.0)
"""
    )
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1, done.stderr
    assert done.stderr.count("KernelError: rank 1: ") == 1 and "memory" in done.stderr


def test_every_rank_knows_of_a_kernel_error() -> None:
    done = job(
        NETWORK
        + """
M = Monitor(pop, 'v')
if rank == 1:
    import resource
    pages = int(open('/proc/self/statm').read().split()[0])
    limit = pages * resource.getpagesize() + 2**25
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    simulate(100000.0)
except KernelError as error:
    sys.stdout.write(f'{rank} {error.rank} {get_current_step()}\\n')
"""
    )
    assert done.returncode == 0, done.stderr
    said = sorted(line.split() for line in done.stdout.splitlines())
    assert [words[:2] for words in said] == [["0", "1"], ["1", "1"], ["2", "1"]]


# ---- ranks diverge ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["", "compile()\n"])
def test_different_values_are_refused(when: str) -> None:
    done = job(f"pop = Population(50, IF_curr_exp)\n{when}pop.v = np.random.default_rng().random(50)", 2)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    assert "DivergenceError: the ranks assign different values to 'v'" in done.stderr
    assert "unseeded random generator, such as np.random.default_rng()" in done.stderr


@pytest.mark.parametrize(
    "difference",
    [
        "Population(50 + rank, IF_curr_exp)",
        "Population(50, IF_curr_exp if rank == 0 else Izhikevich)",
        "if rank == 0: Population(5, IF_curr_exp)",
        "setup(dt=1.0 + rank)",
    ],
)
def test_different_networks_are_refused(difference: str) -> None:
    done = job(f"setup(seed=1)\n{difference}\nPopulation(3, IF_curr_exp)\ncompile()", 2)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1 and "DivergenceError: " in done.stderr, done.stderr


def test_different_projections_and_weights_are_refused() -> None:
    """Several in one launch: a divergence is an error on every rank, after which they can go on together."""
    done = job(
        """
source = [SpikeSourceArray([1.0]), SpikeSourceArray([2.0])]
def refused(build):
    net = Network(seed=1)
    pop = net.create(40, IF_curr_exp)
    try:
        build(net, net.connect(pop, pop, 'exc'))
    except DivergenceError:
        return 'refused'
    return 'accepted'

def compiled(connect):
    def build(net, projection):
        connect(projection)
        net.compile()
    return build

def sides(net, projection):
    pop = net.get_population('pop0')
    net.connect(pop[[rank]], pop, 'inh').all_to_all(1.0)
    projection.one_to_one()
    net.compile()

def spikes(net, projection):
    projection.one_to_one()
    net.create(source[rank])
    net.compile()

def weights(net, projection):
    projection.all_to_all(Uniform(0.0, 1.0))
    net.compile()
    projection.w = 1.0 + rank

def matrix(projection):
    from scipy import sparse
    projection.from_sparse(sparse.random(40, 40, 0.1, random_state=rank))

found = [refused(build) for build in (
    compiled(lambda p: p.fixed_probability(0.1 * (1 + rank), 1.0)),
    compiled(lambda p: p.all_to_all(1.0, delays=1.0 + rank)),
    compiled(lambda p: p.all_to_all(1.0 + rank)),
    compiled(lambda p: p.all_to_all(Uniform(0.0, 1.0 + rank))),
    compiled(matrix),
    sides,
    spikes,
    weights,
    compiled(lambda p: p.all_to_all(1.0)),
)]
sys.stdout.write(f"{' '.join(found)}\\n")
""",
        2,
    )
    assert done.stdout.splitlines() == ["refused " * 8 + "accepted"] * 2, done.stderr


# ---- what is read is the whole ----------------------------------------------------------------------------------


def test_global_generators_of_numpy_and_collective_values() -> None:
    done = job(
        """
setup(seed=3)
pop = Population((10, 10), IF_curr_exp)
drawn = np.random.random(100)
pop.v = -60.0 + 15.0 * drawn
proj = Projection(pop, pop, 'exc').connect_fixed_probability(0.2, weights=Uniform(0.0, 1.0))
M = Monitor(pop, ['spike', 'v'])
N = Monitor(pop[[77, 3, 50]], 'v')
compile()
first = pop.v
simulate(30.0)
v, n = M.get('v'), N.get('v')
assert np.array_equal(first, (-60.0 + 15.0 * drawn).reshape(10, 10))
assert v.shape == (30, 10, 10) and np.array_equal(v[-1], pop.v)
assert np.array_equal(n, v.reshape(30, 100)[:, [77, 3, 50]])
comm = start()
own = comm.gather_array(pop.local.v)
assert np.array_equal(own, pop.v.ravel()) and len(pop.local.v) < 100
proj.w = np.arange(float(proj.nb_synapses))
assert proj.synapses().w.tolist() == list(range(proj.nb_synapses))
import hashlib
whole = [pop.v, v, M.get('spike').ids, *proj.synapses(), drawn]
digest = hashlib.sha256(b''.join(np.ascontiguousarray(a).tobytes() for a in whole)).hexdigest()
sys.stdout.write(f"{digest} {len(pop.local.v)}\\n")
"""
    )
    assert done.returncode == 0, done.stderr
    said = [line.split() for line in done.stdout.splitlines()]
    assert len(said) == 3 and len({digest for digest, _ in said}) == 1
    assert sorted(int(local) for _, local in said) == [32, 32, 36]


# ---- in the ranks of pytest -------------------------------------------------------------------------------------


def recorded(size: int = 70) -> tuple[Network, Population, Monitor]:
    net, pop = cells(size)
    net.connect(pop, pop, "exc").fixed_number_pre(5, Uniform(0.0, 1.0), delays=2.0)
    monitor = net.monitor(pop, ["spike", "seen"])
    net.compile()
    return net, pop, monitor


@pytest.mark.mpi
def test_values_are_those_of_all_ranks() -> None:
    net, pop, monitor = recorded()
    pop.drive = np.arange(70.0) % 3 == 0
    net.simulate(6.0)
    comm = start()
    assert comm.same(pop.seen.tobytes()) and pop.seen.shape == (70,) and pop.seen.max() > 0.0
    assert np.array_equal(monitor.get("seen")[-1], pop.seen)
    spikes = monitor.get("spike")
    assert spikes.ids.tolist() == list(range(0, 70, 3)) * 6
    assert comm.sum(len(pop.local.seen)) == 70


@pytest.mark.mpi
def test_inputs_are_those_of_the_connectivity_matrix() -> None:
    net, pop = cells(70)
    projection = net.connect(pop[::-1], pop[10:], "exc").fixed_probability(0.3, Uniform(0.0, 1.0))
    net.compile()
    pop.drive = np.arange(70.0) % 2
    net.step()
    pop.drive = 0.0
    net.step()
    weights = projection.connectivity_matrix()
    expected = weights @ (np.arange(70.0) % 2)[::-1]
    assert np.allclose(pop.seen[10:], expected, rtol=1e-14) and not pop.seen[:10].any()


@pytest.mark.mpi
def test_assignments_must_agree() -> None:
    comm = start()
    _, pop, _ = recorded()
    pop.gain = 3.0
    if comm.size > 1:
        with pytest.raises(DivergenceError, match="the ranks assign different values to 'gain'"):
            pop.gain = float(comm.rank)
    assert (pop.gain == 3.0).all()


@pytest.mark.mpi
def test_ranks_that_own_nothing() -> None:
    net = Network(seed=1)
    one, many = net.create(1, CELL), net.create(100, CELL)
    net.connect(many, one, "exc").all_to_all(1.0)
    net.connect(one, many, "inh").all_to_all(2.0)
    monitor = net.monitor(one, "seen")
    net.compile()
    one.drive, many.drive = 1.0, 1.0
    net.simulate(3.0)
    assert monitor.get()[:, 0].tolist() == [0.0, 100.0, 200.0] and (many.seen == -4.0).all()


@pytest.mark.mpi
def test_weights_are_set_and_read_by_row() -> None:
    net, pop = cells(40)
    projection = net.connect(pop, pop, "exc").fixed_number_pre(4, Uniform(0.0, 1.0))
    net.compile()
    projection.w = np.arange(160.0)
    assert projection.w[39].tolist() == [156.0, 157.0, 158.0, 159.0]
    projection.w = np.arange(40.0)
    assert (projection.synapses().w == np.repeat(np.arange(40.0), 4)).all()
    projection.dendrite(3).w = 7.0
    assert projection.w[3].tolist() == [7.0] * 4 and projection.w[2].tolist() == [2.0] * 4


MEETING = """
import os, signal
setup(seed=1, dt=0.1)
pop = Population(200, Izhikevich)
proj = Projection(pop, pop, 'exc').connect_all_to_all(0.01)
compile()
simulate(1.0)
"""


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("raise ValueError('a bad day')", "ValueError: a bad day"),
        ("sys.exit(0)", "has left the script, while rank 2 waits for it in together"),
        ("os.kill(os.getpid(), signal.SIGKILL)", ""),
    ],
)
def test_a_rank_that_does_not_come_to_a_window_ends_the_job(last: str, said: str) -> None:
    done = job(MEETING + f"if rank == 1: {last}\nsimulate(1000.0)\nprint('over')")
    assert done.returncode != 0
    assert said in done.stderr
    assert "over" not in done.stdout


def test_a_rank_that_fails_between_two_windows_ends_the_job() -> None:
    """Others are in the next one, in memory that they share with it."""
    done = job(
        MEETING
        + """
@every(period=1.0)
def fail(n):
    if rank == 1 and n == 3: 1 / 0
simulate(1000.0)
"""
    )
    assert done.returncode == 1
    assert done.stderr.count("ZeroDivisionError") == 1
