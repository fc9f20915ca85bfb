"""Spike trains of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from distann import ConfigurationError, MissingPackageError, Network, SpikeSourceArray
from distann.io import extras

IDS, TIMES = np.array([0, 3, 1, 3]), np.array([1.0, 2.0, 4.0, 7.0])


def write(folder: Path, kind: str) -> Path:
    path = folder / f"spikes.{kind}"
    if kind == "npz":
        np.savez(path, ids=IDS, times=TIMES)
        return path
    with h5py.File(path, "w") as file:
        if kind == "nwb":
            file["units/spike_times"] = np.array([1.0, 4.0, 2.0, 7.0]) / 1000.0
            file["units/spike_times_index"] = np.array([1, 2, 2, 4])
            file["units/id"] = np.arange(4)
        else:
            group = file.create_group("spikes/cells" if kind == "h5" else "spikes")
            group.create_dataset("timestamps", data=TIMES / 1000.0).attrs["units"] = "s"
            group["node_ids" if kind == "h5" else "gids"] = IDS.astype(np.uint64)
    return path


@pytest.mark.parametrize("kind", ["npz", "h5", "old.h5", "nwb"])
def test_spikes_of_a_file_are_emitted(kind: str, tmp_path: Path) -> None:
    net = Network(dt=1.0, seed=1)
    source = net.create(SpikeSourceArray.from_file(write(tmp_path, kind)))
    monitor = net.monitor(source, "spike")
    net.compile()
    net.simulate(10.0)
    assert {rank: steps.tolist() for rank, steps in monitor.get().items()} == {0: [1], 1: [4], 2: [], 3: [2, 7]}


def test_size_and_population(tmp_path: Path) -> None:
    path = write(tmp_path, "h5")
    assert SpikeSourceArray.from_file(path, population="cells", size=10, name="given").size == 10
    with pytest.raises(ConfigurationError, match="has no spikes of 'cell'; did you mean 'cells'"):
        SpikeSourceArray.from_file(path, population="cell")
    with pytest.raises(ConfigurationError, match="their ranks are 0 to 1"):
        SpikeSourceArray.from_file(path, size=2)
    with h5py.File(path, "a") as file:
        file["spikes/others/timestamps"], file["spikes/others/node_ids"] = [3.0], [5]
    with pytest.raises(ConfigurationError, match="has the spikes of cells, others: name one"):
        SpikeSourceArray.from_file(path)
    assert SpikeSourceArray.from_file(path, population="others").spike_times == [[], [], [], [], [], [3.0]]


def test_files_that_have_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no file"):
        SpikeSourceArray.from_file(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", a=IDS)
    with pytest.raises(ConfigurationError, match="needs the arrays 'ids' and 'times'"):
        SpikeSourceArray.from_file(tmp_path / "other.npz")
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(ConfigurationError, match="cannot be read as HDF5"):
        SpikeSourceArray.from_file(tmp_path / "text.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with pytest.raises(ConfigurationError, match=r"has neither /spikes \(SONATA\) nor /units"):
        SpikeSourceArray.from_file(tmp_path / "empty.h5")
    path = write(tmp_path, "h5")
    with h5py.File(path, "a") as file:
        file["spikes/cells/timestamps"].attrs["units"] = "fortnights"
    with pytest.raises(ConfigurationError, match="spike times in 'fortnights'"):
        SpikeSourceArray.from_file(path)


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    path = write(tmp_path, "h5")
    monkeypatch.setattr(extras.importlib, "import_module", absent)
    with pytest.raises(MissingPackageError, match=r"needs the package h5py: pip install 'distann\[files\]'"):
        SpikeSourceArray.from_file(path)
