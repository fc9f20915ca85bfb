"""Recordings that go to files: their content, their readers, and what they are after an accident."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import libsonata
import numpy as np
import pytest

from distann import ConfigurationError, MissingPackageError, Monitor, Network, RecordingError, every
from distann.io import extras, shard, stream
from distann.runtime import streams
from tests.ranks import ROOT, run_ranks
from tests.toys import RAMP, cells

SCRIPT = ROOT / "tests" / "scripts" / "streamed.py"


def ramp(path: Path, size: int = 6, **arguments: Any) -> tuple[Network, Monitor, Monitor]:
    """Return a network, and two monitors of the same: one that writes to a file and one that does not."""
    net = Network(dt=0.5, seed=1)
    pop = net.create(size, RAMP, name="ramp")
    pop.r = 5.0 + 100.0 * np.arange(size)
    filed, kept = net.monitor(pop, "r", to_file=path, **arguments), net.monitor(pop, "r", **arguments)
    net.compile()
    return net, filed, kept


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let buffers and files hold a few rows only, and publish after every call of the engine."""
    monkeypatch.setattr(stream, "BUFFER", 400)
    monkeypatch.setattr(shard, "FIRST_BYTES", 200)
    monkeypatch.setattr(shard, "MOST_BYTES", 1000)
    monkeypatch.setattr(streams, "SECONDS_UNSEEN", 0.0)


# ---- content ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("period", [None, 1.5])
def test_the_file_has_what_memory_would_have(tmp_path: Path, period: float | None) -> None:
    net, filed, kept = ramp(tmp_path / "r.h5", period=period)
    for duration in (0.5, 30.0, 47.5):
        net.simulate(duration)
        assert np.array_equal(filed.get(), kept.get(keep=True))
    assert len(list((tmp_path / "r.h5.parts").iterdir())) > 2
    with h5py.File(tmp_path / "r.h5") as file:
        report = file["report/ramp"]
        assert np.array_equal(report["values"], kept.get(keep=True))
        assert report["data"].dtype == np.float32 and np.array_equal(report["data"], kept.get())
        assert report["mapping/time"][:].tolist() == [0.0, len(report["data"]) * (period or 0.5), period or 0.5]
        assert report["mapping/windows"][:].tolist() == [[0.0, 78.0]]


@pytest.mark.usefixtures("small_files")
def test_libsonata_reads_it(tmp_path: Path) -> None:
    net, pop = cells((4, 5))
    spikes = net.monitor(pop, "spike", to_file=tmp_path / "spikes.h5")
    both = net.monitor(pop[[7, 2]], ["seen", "half"], period=2.0, period_offset=1.0, to_file=tmp_path / "both.h5")
    net.compile()
    rng = np.random.default_rng(2)
    for _ in range(30):
        pop.drive = rng.random(20)
        net.step()
    expected = spikes.get()
    found = libsonata.SpikeReader(str(tmp_path / "spikes.h5"))["cells"]
    assert found.get() == list(zip(expected.ids.tolist(), (expected.times * 1.0).tolist(), strict=True))
    assert found.sorting == "by_time" and found.times[0] <= expected.times[0]
    reports = libsonata.ElementReportReader(str(tmp_path / "both.h5"))
    assert reports.get_population_names() == ["cells.half", "cells.seen"]
    seen = reports["cells.seen"]
    assert seen.get_node_ids() == [2, 7] and seen.times == (1.0, 31.0, 2.0)
    assert np.array_equal(seen.get().data, both.get("seen")[:, ::-1]) and seen.get().times[:2].tolist() == [1.0, 3.0]


def test_synapses_are_mapped_by_their_neurons(tmp_path: Path) -> None:
    net = Network(dt=1.0, seed=1)
    pop = net.create(9, RAMP, name="ramp")
    projection = net.connect(pop, pop, "exc", name="inner")
    projection.fixed_probability(0.4, weights=0.5, force_multiple_weights=True)
    net.monitor(projection, "w", period=2.0, to_file=tmp_path / "w.h5")
    net.compile()
    net.simulate(4.0)
    synapses = projection.synapses()
    with h5py.File(tmp_path / "w.h5") as file:
        mapping = file["report/inner/mapping"]
        numbers = np.diff(mapping["index_pointers"]).astype(int)
        assert np.array_equal(np.repeat(mapping["node_ids"], numbers), synapses.post)
        assert np.array_equal(mapping["element_ids"], synapses.pre)
        assert file["report/inner/values"].shape == (2, len(synapses.w))
    found = libsonata.ElementReportReader(str(tmp_path / "w.h5"))["inner"].get()
    assert found.ids.tolist() == [[post, pre] for post, pre in zip(synapses.post, synapses.pre, strict=True)]


@pytest.mark.usefixtures("small_files")
def test_pausing_and_resetting(tmp_path: Path) -> None:
    net, filed, kept = ramp(tmp_path / "r.h5")
    net.simulate(10.0)
    for monitor in (filed, kept):
        monitor.pause()
    net.simulate(3.0)
    for monitor in (filed, kept):
        monitor.resume()
    net.simulate(2.0)
    assert np.array_equal(filed.get(), kept.get(keep=True)) and filed.times() == kept.times()
    net.reset()
    net.simulate(4.0)
    assert np.array_equal(filed.get(), kept.get()) and filed.get().shape == (8, 6)
    filed.stop()
    net.simulate(4.0)
    assert filed.get().shape == (8, 6)


def test_nothing_recorded_makes_an_empty_file(tmp_path: Path) -> None:
    net, pop = cells(3)
    monitor = net.monitor(pop, ["spike", "seen"], start=False, to_file=tmp_path / "none.h5")
    net.compile()
    net.simulate(3.0)
    assert monitor.get("seen").shape == (0, 3) and len(monitor.get("spike").ids) == 0
    assert monitor.mean_fr() == 0.0


def test_another_run_replaces_the_files(tmp_path: Path) -> None:
    for duration in (20.0, 5.0):
        net, filed, kept = ramp(tmp_path / "r.h5")
        net.simulate(duration)
        assert np.array_equal(filed.get(), kept.get())
    assert [file.name for file in (tmp_path / "r.h5.parts").iterdir()] == ["r.1.0.0.h5"]


# ---- readers, accidents -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_files")
def test_a_reader_may_look_while_it_runs(tmp_path: Path) -> None:
    net, _, _ = ramp(tmp_path / "r.h5")
    seen: list[int] = []

    def look(done: int) -> None:
        if seen or (tmp_path / "r.h5").exists():
            with h5py.File(tmp_path / "r.h5") as file:
                rows = file["report/ramp/values"][:, 0]
            assert np.array_equal(rows, 6.0 + np.arange(len(rows)))
            seen.append(len(rows))

    net._state.simulation.advance(400, look)
    assert len(seen) > 5 and (np.diff(seen) >= 0).all() and seen[-1] >= 300


@pytest.mark.usefixtures("small_files")
def test_a_file_that_is_open_elsewhere_is_replaced(tmp_path: Path) -> None:
    net, filed, kept = ramp(tmp_path / "r.h5")
    net.simulate(5.0)
    with h5py.File(tmp_path / "r.h5") as file:
        net.simulate(5.0)
        assert file["report/ramp/values"].shape == (10, 6)  # as it was when it was opened
    assert np.array_equal(filed.get(), kept.get())


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_killed_run_leaves_a_file_in_order_and_a_resumed_one_ends_as_if_nothing_had_been(
    tmp_path: Path, ranks: int
) -> None:
    whole = run_ranks(SCRIPT, 1, args=["whole", str(tmp_path / "whole"), "40"])
    assert whole.returncode == 0, whole.stderr
    folder = tmp_path / "killed"
    folder.mkdir()
    assert run_ranks(SCRIPT, 3 - ranks, args=["saved", str(folder), "25"]).returncode != 0
    with h5py.File(folder / "view.h5") as file:
        assert file["report/cells.v/values"].shape == (17, 3) and (file["report/cells.v/values"][:] != 0.0).all()
    resumed = run_ranks(SCRIPT, ranks, threads=2, args=["resumed", str(folder), "40"])
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout == whole.stdout
    with h5py.File(tmp_path / "whole" / "w.h5") as one, h5py.File(folder / "w.h5") as other:
        assert np.array_equal(one["report/proj0/values"], other["report/proj0/values"])


@pytest.mark.parametrize(("ranks", "threads"), [(1, 2), (2, 1), (3, 2), (4, 1)])
def test_ranks_and_threads_do_not_change_a_byte(tmp_path: Path, ranks: int, threads: int) -> None:
    runs = [
        run_ranks(SCRIPT, n, threads=t, args=["whole", str(tmp_path / str(n)), "20"])
        for n, t in ((1, 1), (ranks, threads))
    ]
    assert runs[0].stdout == runs[1].stdout and runs[1].returncode == 0, runs[1].stderr


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    script = f"""
        import resource, signal
        from distann import *
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        net = Network(seed=1)
        pop = net.create(1000, Neuron(equations="r += 1.0"))
        net.monitor(pop, "r", to_file={str(tmp_path / "r.h5")!r})
        net.compile()
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        net.simulate(3000.0)
    """
    done = run_ranks(script, 1)
    assert done.returncode != 0 and "RecordingError: the records cannot be written to" in done.stderr
    with pytest.raises(RecordingError, match="No space"):
        raise RecordingError("r.h5", "No space left on device")


def test_memory_stays_within_the_buffer(tmp_path: Path) -> None:
    script = f"""
        import resource, sys
        from distann import *
        net = Network(seed=1)
        pop = net.create(20_000, Neuron(equations="r += 1.0"))
        if sys.argv[1] == "record":
            net.monitor(pop, "r", to_file={str(tmp_path / "r.h5")!r})
        net.compile()
        net.simulate(1000.0)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    alone, recording = (int(run_ranks(script, 1, args=[mode]).stdout) for mode in ("alone", "record"))
    assert recording - alone < (stream.BUFFER >> 10) + 50 * 1024  # kilobytes; the records are 160 MB
    with h5py.File(tmp_path / "r.h5") as file:
        values = file["report/pop0/values"]
        assert values.shape == (1000, 20_000) and (values[::99, 7] == 1.0 + np.arange(1000)[::99]).all()


# ---- refusals ---------------------------------------------------------------------------------------------------


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, pop = cells(3)
    with pytest.raises(ConfigurationError, match=r"records to an \.h5 or \.hdf5 file; got 'r\.npz'"):
        net.monitor(pop, "seen", to_file="r.npz")
    net.monitor(pop, "seen", to_file=tmp_path / "r.h5")

    def absent(name: str) -> Any:
        raise ImportError(name)

    with monkeypatch.context() as without:
        without.setattr(extras.importlib, "import_module", absent)
        with pytest.raises(MissingPackageError, match=r"recording to r\.h5 needs the package h5py"):
            net.compile()


def test_callbacks_do_not_write_the_file_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, filed, kept = ramp(tmp_path / "r.h5")
    published: list[int] = []
    publish = stream.FileStream.publish
    monkeypatch.setattr(stream.FileStream, "publish", lambda self: (published.append(net.current_step), publish(self)))

    @every(net, period=0.5)
    def look(n: int) -> None:
        pass

    net.simulate(200.0)
    assert published[-1] == 400 and len(published) < 100
    with h5py.File(tmp_path / "r.h5") as file:
        assert file["report/ramp/values"].shape == (400, 6)
    assert np.array_equal(filed.get(), kept.get())
