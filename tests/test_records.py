"""Records in files and for other programs."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from distann import ConfigurationError, Monitor, MonitorList, Network, SpikeSourceArray
from tests.toys import RAMP

TRAINS = [[1.0, 4.0, 5.0], [], [0.0, 4.0], [9.0]]


def recorded() -> tuple[Monitor, Monitor]:
    net = Network(dt=0.5, seed=1)
    source, ramp = net.create(SpikeSourceArray(TRAINS), name="source"), net.create((2, 3), RAMP, name="ramp")
    monitors = net.monitor(source, "spike"), net.monitor(ramp, ["r", "heard"])
    net.compile()
    net.simulate(10.0)
    return monitors


def test_npz(tmp_path: Path) -> None:
    spikes, ramp = recorded()
    expected = ramp.get(keep=True)
    ramp.save(tmp_path / "ramp.npz")
    with np.load(tmp_path / "ramp.npz") as found:
        assert set(found) == {"r", "heard"} and all(np.array_equal(found[name], expected[name]) for name in found)
    assert len(ramp.get("r")) == 0  # handed over
    spikes.save(tmp_path / "spikes.npz", keep=True)
    source = SpikeSourceArray.from_file(tmp_path / "spikes.npz")
    assert source.spike_times == TRAINS and len(spikes.get().ids) == 6


def test_hdf5_and_npy(tmp_path: Path) -> None:
    spikes, ramp = recorded()
    expected = ramp.get("r", keep=True)
    ramp.save(tmp_path / "r.npy", "r", keep=True, reshape=False)
    assert np.array_equal(np.load(tmp_path / "r.npy"), expected.reshape(-1, 6))
    MonitorList([spikes, ramp]).save_all(tmp_path / "all.h5", keep=True, reshape=True)
    MonitorList([spikes, ramp]).save_all(tmp_path / "all.npz", flat_keys=True)
    with h5py.File(tmp_path / "all.h5") as file:
        assert np.array_equal(file["ramp/r"], expected)
        assert file["source/spike.times"][:].tolist() == [0.0, 1.0, 4.0, 4.0, 5.0, 9.0]
        assert file["source/spike.ids"][:].tolist() == [2, 0, 0, 2, 0, 3]
    with np.load(tmp_path / "all.npz") as found:
        assert set(found) == {"source-spike.ids", "source-spike.times", "ramp-r", "ramp-heard"}


def test_refusals(tmp_path: Path) -> None:
    spikes, ramp = recorded()
    with pytest.raises(ConfigurationError, match=r"saved as \.npz, \.h5, \.hdf5 or \.npy; got 'r\.pkl'"):
        ramp.save(tmp_path / "r.pkl", keep=True)
    with pytest.raises(ConfigurationError, match=r"holds one array, not 2: save to r\.npz"):
        ramp.save(tmp_path / "r.npy", keep=True)
    with pytest.raises(ConfigurationError, match="two monitors record 'source/spike'"):
        MonitorList([spikes, spikes]).save_all(tmp_path / "twice.npz", keep=True)
    with pytest.raises(ConfigurationError, match="no monitor to save"):
        MonitorList([]).save_all(tmp_path / "none.npz")
    assert list(tmp_path.iterdir()) == [] and len(MonitorList([spikes, ramp])) == 2


def test_neo() -> None:
    spikes, _ = recorded()
    trains = spikes.to_neo()
    assert len(trains) == 4
    assert [train.rescale("ms").magnitude.tolist() for train in trains] == TRAINS
    assert float(trains[0].t_start) == 0.0 and float(trains[0].t_stop.rescale("ms")) == 10.0


def test_many_neurons_of_neo_are_not_made_one_by_one() -> None:
    net = Network(dt=1.0, seed=1)
    monitor = net.monitor(net.create(SpikeSourceArray([[1.0]] * 3000)), "spike")
    net.compile()
    net.simulate(3.0)
    assert monitor.to_neo().multiplexed[0].tolist() == list(range(3000))


