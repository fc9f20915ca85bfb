"""Checkpoints: a job that was ended goes on as if it had not been, on any ranks; and what is damaged is recognised."""

from __future__ import annotations

import functools
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distann
from distann import (
    CheckpointError,
    ConfigurationError,
    Izhikevich,
    Monitor,
    Network,
    NotCompiledError,
    Projection,
    SpikeSourceArray,
    Uniform,
)
from distann.io.container import HEADER, check, files_of
from tests.ranks import ROOT, _command, environment, mpi_works, run_ranks
from tests.toys import CELL, RAMP

pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

SCRIPT = ROOT / "tests" / "scripts" / "resumable.py"
MS = "31"


def run(mode: str, path: Path | str, n: int = 1, threads: int = 1, ms: str = MS, **env: str) -> str:
    done = run_ranks(SCRIPT, n, threads=threads, args=[mode, str(path), ms], env=env, timeout=150)
    assert done.returncode == 0, done.stderr
    return done.stdout


def digest(said: str) -> str:
    """Return the digest of all results, and that of the values after a reset."""
    return next(line.removeprefix("digest ") for line in said.splitlines() if line.startswith("digest"))


@functools.cache
def whole() -> str:
    """The digest of the run that was never ended."""
    return digest(run("whole", "-"))


@functools.cache
def saved() -> bytes:
    """A checkpoint of step 219, written on 3 ranks."""
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"distann-test-{os.getpid()}.h5"
    try:
        said = run("saved", path, 3)
        assert digest(said) == whole()  # saving changes nothing
        return files_of(path)[1].read_bytes()
    finally:
        for name in files_of(path):
            name.unlink(missing_ok=True)


# ---- going on ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "threads"), [(1, 1), (1, 2), (2, 2), (4, 1)])
def test_a_run_goes_on_with_other_ranks_and_threads(tmp_path: Path, n: int, threads: int) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(saved())
    said = run("resumed", path, n, threads)
    assert "resumed True at step 219\n" in said and digest(said) == whole()
    # Those of steps 219, 292: the file that was there is the one before the latest.
    assert files_of(path)[1].read_bytes() == saved() and not files_of(path)[2].exists()


def test_a_network_without_a_seed_takes_that_of_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(saved())
    assert digest(run("resumed", path, 2, SEED="none")).split()[0] == whole().split()[0]


def killed(path: Path, when: Callable[[Path], bool], number: int, rank: int, n: int = 3) -> int:
    """Start a long job, send a signal to one rank as soon as `when` says so, and return the exit status."""
    if not mpi_works():
        pytest.skip("needs mpi4py and its mpiexec")
    job = subprocess.Popen(
        _command(n, [str(SCRIPT), "saved", str(path), "1e9"]), env=environment(DISTANN_NUM_THREADS="1"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert job.stdout is not None
    pids = dict(reversed(line.split()[1:]) for line in (job.stdout.readline() for _ in range(n)))
    while not when(path):
        assert job.stdout.readline(), job.communicate()[1]  # a line every 3 ms of the network
    os.kill(int(pids[str(rank)]), number)
    job.communicate(timeout=60)
    return job.returncode


def test_a_job_that_was_killed_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    for rank in (2, 0):
        before = path.stat().st_mtime_ns if path.exists() else 0
        later = lambda p, b=before: p.exists() and p.stat().st_mtime_ns > b  # noqa: E731
        assert killed(path, later, signal.SIGKILL, rank) != 0
    said = run("resumed", path, 2, ms="60")
    expected = digest(run("whole", "-", ms="60")) if "at step" in said else ""
    step = int(said.split("at step ")[1].split()[0])
    assert step % 73 == 0 and (step > 600 or digest(said) == expected)


@pytest.mark.parametrize(("number", "n"), [(signal.SIGTERM, 1), (signal.SIGUSR1, 3)])
def test_a_signal_of_the_batch_system_saves_and_asks_to_be_queued_again(tmp_path: Path, number: int, n: int) -> None:
    path = tmp_path / "run.h5"
    assert killed(path, Path.exists, number, rank=n // 2, n=n) == 75
    check(path)
    said = run("resumed", path, 1, ms="0")
    step = int(said.split("at step ")[1].split()[0])
    assert step > 73
    # Everything up to that step is as it would have been.
    assert digest(said) == digest(run("whole", "-", 2, ms=repr(step / 10)))


@pytest.mark.parametrize("delay", [9.0, 2.0])
@pytest.mark.parametrize("step", [10, 11, 12, 15, 20])
def test_delays_that_have_changed(tmp_path: Path, delay: float, step: int) -> None:
    """Before, in and behind the steps in which what was in flight arrives late, or all at once."""

    def build() -> tuple[Network, Monitor, Projection, Projection]:
        net = Network(seed=1)
        source = net.create(SpikeSourceArray([float(step) for step in (0, 1, 2, 5, 6, 8, 9, 11, 14)]))
        target = net.create(20, CELL)
        ramp = net.create(10, RAMP)
        changing = net.connect(source, target, "exc").all_to_all(1.0, delays=5.0)
        changing.max_delay = 9.0
        net.connect(source, target, "inh").all_to_all(0.25)
        rows = net.connect(ramp, ramp, "exc").all_to_all(0.5, delays=Uniform(1.0, 4.0))
        monitor = net.monitor(target, "g_exc")
        net.compile()
        return net, monitor, changing, rows

    def change(changing: Projection, rows: Projection) -> None:
        changing.delay = delay
        rows.delay = np.arange(90) % 4 + 1.0

    net, monitor, changing, rows = build()
    net.simulate(10.0)
    change(changing, rows)
    net.simulate(step - 10.0)
    net.checkpoint(tmp_path / "run.h5")
    other, resumed, *projections = build()
    other.restore(tmp_path / "run.h5")
    assert projections[0].delay == delay and projections[1].delay == rows.delay
    for one in (net, other):
        one.simulate(30.0 - step)
    assert np.array_equal(monitor.get(), resumed.get())
    assert np.array_equal(net.get_population("pop2").heard, other.get_population("pop2").heard)


# ---- files that are not right -------------------------------------------------------------------------------------


def network(size: int = 20, name: str = "pop", seed: int | None = 3, **more: Any) -> Network:
    net = Network(dt=more.pop("dt", 1.0), seed=seed)
    pop = net.create(size, Izhikevich(noise=5.0), name=name)
    net.connect(pop, pop, "exc").fixed_probability(0.3, Uniform(0.0, 1.0), delays=more.pop("delay", 3.0))
    net.config(**more)
    net.compile()
    return net


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A checkpoint of step 10, and the one before it of step 5."""
    net = network()
    net.simulate(10.0, checkpoint=tmp_path / "run.h5", checkpoint_every=5.0)
    return tmp_path / "run.h5"


def test_what_is_there_after_a_run(checkpoint: Path) -> None:
    assert sorted(file.name for file in checkpoint.parent.iterdir()) == ["run.1.h5", "run.h5"]
    net = network()
    net.restore(checkpoint)
    assert net.current_step == 10
    net.restore(checkpoint.with_name("run.1.h5"))
    assert net.current_step == 5


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (lambda b: b[:-1], "it was cut"),
    "half": (lambda b: b[: len(b) // 2], "it was cut"),
    "longer": (lambda b: b + b"\0", "bytes of content, and had"),
    "only a header": (lambda b: b[:HEADER], "it was cut"),
    "empty": (lambda b: b"", "is not a checkpoint of distann"),
    "something else": (lambda b: b"\x89HDF\r\n\x1a\n" + b[8:], "is not a checkpoint of distann"),
    "newer": (lambda b: b.replace(b"format 1\n", b"format 7\n", 1), "it has the format 7, and this version"),
    "header": (lambda b: b.replace(b"bytes ", b"bites ", 1), "its header is spoilt"),
    "content": (lambda b: b[:-1] + bytes([b[-1] ^ 1]), "some of its bytes have changed"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_file_is_recognised(checkpoint: Path, kind: str) -> None:
    damage, reason = DAMAGE[kind]
    checkpoint.write_bytes(damage(checkpoint.read_bytes()))
    net = network()
    v = net.get_population("pop").v
    with pytest.raises(CheckpointError, match=reason):
        net.restore(checkpoint)
    assert net.current_step == 0 and (net.get_population("pop").v == v).all()
    with pytest.warns(UserWarning, match=reason):
        assert net.resume(checkpoint)
    assert net.current_step == 5


def test_every_flipped_bit_is_recognised(checkpoint: Path) -> None:
    content = checkpoint.read_bytes()
    places = [*range(0, HEADER, 7), *range(HEADER, len(content), len(content) // 150)]
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        checkpoint.write_bytes(flipped)
        with pytest.raises(CheckpointError):
            check(checkpoint)
    checkpoint.write_bytes(content)
    check(checkpoint)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"size": 21}, "population 'pop' has the geometry \\[20\\], not \\[21\\]"),
        ({"name": "other"}, "there are the populations \\['pop'\\], here are \\['other'\\]"),
        ({"seed": 4}, "the seed is 3 there, and 4 here"),
        ({"dt": 0.5}, "dt is 1.0 ms there, and 0.5 ms here"),
        ({"dtype": "float32"}, "dtype is float64 there, and float32 here"),
        ({"delay": 4.0}, "the longest delay is 3 steps there, and 4 here"),
        ({"delay": Uniform(1.0, 3.0)}, "projection 'proj0' has other synapses"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(checkpoint: Path, other: dict[str, Any], reason: str) -> None:
    net = network(**other)
    with pytest.raises(CheckpointError, match=f"it is not one of this network: {reason}"):
        net.restore(checkpoint)
    assert net.current_step == 0


def test_other_equations_are_refused(checkpoint: Path) -> None:
    net = Network(seed=3)
    pop = net.create(20, distann.IF_curr_exp, name="pop")
    net.connect(pop, pop, "exc").fixed_probability(0.3, Uniform(0.0, 1.0), delays=3.0)
    net.compile()
    with pytest.raises(CheckpointError, match="population 'pop' has other equations"):
        net.restore(checkpoint)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    net = network()
    with pytest.raises(CheckpointError, match="it does not exist"):
        net.restore(tmp_path / "none.h5")
    assert net.resume(tmp_path / "none.h5") is False
    with pytest.raises(CheckpointError, match="it cannot be written \\(No such file or directory\\)"):
        net.checkpoint(tmp_path / "none" / "run.h5")


def test_what_cannot_be_written_is_known_before_the_run(tmp_path: Path) -> None:
    net = network()
    for path, reason in ((tmp_path / "none" / "run.h5", "there is no such folder"), (tmp_path, "it is a folder")):
        with pytest.raises(CheckpointError, match=reason):
            net.simulate(10.0, checkpoint=path)
    assert net.current_step == 0


def test_a_full_disk_leaves_the_checkpoint_before(checkpoint: Path) -> None:
    before = checkpoint.read_bytes()
    net = network()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (0, 100, 1000, len(before) // 2, len(before) - 10):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            with pytest.raises(CheckpointError, match=r"it cannot be written \(File too large\)\. What was saved"):
                net.checkpoint(checkpoint)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert checkpoint.read_bytes() == before
    assert sorted(file.name for file in checkpoint.parent.iterdir()) == ["run.1.h5", "run.h5"]
    net.checkpoint(checkpoint)
    assert checkpoint.read_bytes() != before


def test_a_full_disk_is_every_ranks_error(tmp_path: Path) -> None:
    done = run_ranks(
        f"""
import resource, sys
from distann import *
net = Network(seed=1)
pop = net.create(1000, Izhikevich)
net.compile()
net.checkpoint({str(tmp_path / "run.h5")!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    net.checkpoint({str(tmp_path / "run.h5")!r})
except CheckpointError as error:
    sys.stdout.write("refused\\n")
net.simulate(3.0)
net.restore({str(tmp_path / "run.h5")!r})
sys.stdout.write(f"{{net.time}}\\n")
""",
        3,
    )
    assert sorted(done.stdout.split()) == ["0.0"] * 3 + ["refused"] * 3, done.stderr


def test_ten_checkpoints_are_kept_in_order(tmp_path: Path) -> None:
    net = network()
    net.simulate(20.0, checkpoint=tmp_path / "run", checkpoint_every=1.0, checkpoints_kept=10)
    other = network()
    for age, path in enumerate(files_of(tmp_path / "run", 10)):
        other.restore(path)
        assert other.current_step == 20 - age
    assert len(list(tmp_path.iterdir())) == 10


def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    net = network()
    net.simulate(3.0, checkpoint=tmp_path / "run.h5", checkpoint_every=1.0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run.1.h5", "run.h5"]


# ---- use ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"checkpoint_every": 5.0}, "checkpoint_every needs a file"),
        ({"checkpoint": "run.h5", "checkpoint_every": 0.0}, "checkpoint_every is more than 0 ms"),
        ({"checkpoint": "run.h5", "checkpoint_every": "5"}, "checkpoint_every is a number of ms"),
        ({"checkpoint": "run.h5", "checkpoints_kept": 0}, "checkpoints_kept is a positive integer"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        network().simulate(1.0, **arguments)


@pytest.mark.parametrize("action", [Network.checkpoint, Network.restore, Network.resume])
def test_use_before_compile(action: Any) -> None:
    net = Network(seed=1)
    net.create(3, Izhikevich)
    with pytest.raises(NotCompiledError):
        action(net, "run.h5")


def test_without_h5py(tmp_path: Path) -> None:
    script = f"import sys; sys.modules['h5py'] = None\nfrom distann import *\nPopulation(1, Izhikevich); compile()\n" \
        f"simulate(10.0, checkpoint={str(tmp_path / 'run.h5')!r})"
    done = run_ranks(script, 1)
    assert "needs the package h5py: pip install 'distann[files]'" in done.stderr and not list(tmp_path.iterdir())


def test_monitors_that_are_not_there(checkpoint: Path, tmp_path: Path) -> None:
    net = network()
    monitor = net.monitor(net.get_population("pop"), ["v", "spike"])
    net.simulate(4.0)
    net.checkpoint(tmp_path / "monitored.h5")
    other = network()
    with pytest.warns(UserWarning, match="has the records of \\['v', 'spike'\\] of 'pop', which this network does not"):
        other.restore(tmp_path / "monitored.h5")
    fresh = network()
    paused = fresh.monitor(fresh.get_population("pop"), ["v", "spike"], start=False)
    fresh.restore(tmp_path / "monitored.h5")
    for one in (net, fresh):
        one.simulate(6.0)
    assert np.array_equal(paused.get("v", keep=True), monitor.get("v", keep=True))
    assert paused.times() == monitor.times() and paused.get("spike") == monitor.get("spike")
    # A monitor of which the file knows nothing has its own records.
    fresh.restore(checkpoint)
    assert fresh.current_step == 10


def test_a_long_history_of_pauses(tmp_path: Path) -> None:
    net, other = network(), network()
    monitors = [one.monitor(one.get_population("pop"), "spike") for one in (net, other)]
    for _ in range(4000):
        monitors[0].pause()
        monitors[0].resume()
    net.simulate(20.0)
    net.checkpoint(tmp_path / "run.h5")
    other.restore(tmp_path / "run.h5")
    assert monitors[0].times() == monitors[1].times() and monitors[0].get() == monitors[1].get()


def test_the_file_is_data_of_hdf5(checkpoint: Path) -> None:
    import h5py

    with h5py.File(checkpoint) as file:
        assert file["populations/0/v"].shape == (20,) and file["projections/0/synapses"][:].sum() > 0
