"""Records of monitors as files, and for Neo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError
from distann.io.extras import extra
from distann.runtime.comm import Comm
from distann.runtime.spikes import Spikes

__all__ = ["save_records", "spike_train_list"]


def save_records(path: Path, records: Mapping[str, NDArray[Any] | Spikes], dt: float, comm: Comm) -> None:
    """Write records, on rank 0.

    Parameters
    ----------
    path : Path
        Its ending says the format: .npz, .h5, .hdf5, or .npy for one array.
    records : mapping
        By name; parts of a name that are separated by ``/`` are groups of HDF5.
    dt : float
        Step, ms.
    comm : Comm

    Raises
    ------
    ConfigurationError
        For another ending; before anything is written.
    """
    arrays = _arrays(records, dt)
    kind = path.suffix.lower()
    if kind not in (".npz", ".npy", ".h5", ".hdf5"):
        raise ConfigurationError(f"records are saved as .npz, .h5, .hdf5 or .npy; got {path.name!r}.")
    if kind == ".npy" and len(arrays) != 1:
        raise ConfigurationError(
            f"a .npy file holds one array, not {len(arrays)}: save to {path.with_suffix('.npz').name} instead."
        )
    h5py = extra("h5py", f"saving {path.name}", "files") if kind in (".h5", ".hdf5") else None
    if comm.rank == 0 and h5py is not None:
        with h5py.File(path, "w") as file:
            for name, values in arrays.items():
                file[name] = values
    elif comm.rank == 0 and kind == ".npy":
        np.save(path, next(iter(arrays.values())), allow_pickle=False)
    elif comm.rank == 0:
        np.savez(path, **arrays)  # type: ignore[arg-type]
    comm.barrier()


def _arrays(records: Mapping[str, NDArray[Any] | Spikes], dt: float) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for name, values in records.items():
        if isinstance(values, Spikes):
            prefix = f"{name}." if len(records) > 1 else ""
            found[f"{prefix}ids"], found[f"{prefix}times"] = values.ids, values.times * dt
        else:
            found[name] = values
    return found


def spike_train_list(spikes: Spikes, dt: float, window: tuple[int, int]) -> Any:
    """Return spikes as Neo has them, without making an object for each neuron.

    Parameters
    ----------
    spikes : Spikes
    dt : float
        Step, ms.
    window : (int, int)
        First step that was recorded, and one past the last.
    """
    lists = extra("neo.core.spiketrainlist", "to_neo()", "neo")
    return lists.SpikeTrainList.from_spike_time_array(
        spikes.times * dt, spikes.ids, all_channel_ids=spikes.ranks.tolist(), units="ms",
        t_start=window[0] * dt, t_stop=window[1] * dt,
    )  # fmt: skip
