"""Spike trains of files: .npz, SONATA, NWB."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError, closest
from distann.io.extras import extra

__all__ = ["read_spikes"]

Trains = tuple[NDArray[np.int64], NDArray[np.float64], int]
MS = {"ms": 1.0, "milliseconds": 1.0, "s": 1000.0, "seconds": 1000.0, "us": 1e-3, "microseconds": 1e-3}


def read_spikes(path: str | Path, population: str | None = None) -> Trains:
    """Return the spikes of a file.

    Parameters
    ----------
    path : str or Path
        ``.npz`` with ``ids`` and ``times`` (ms); HDF5 in the SONATA layout; or NWB, whose units are counted from 0.
    population : str, optional
        Of a SONATA file.

    Returns
    -------
    ids : ndarray of int64, shape (spikes,)
    times : ndarray of float64, shape (spikes,)
        ms.
    size : int
        The least number of neurons that there are.

    Raises
    ------
    ConfigurationError
        When the file is none of these.
    """
    file = Path(path)
    if not file.is_file():
        raise ConfigurationError(f"there is no file {file}.")
    if file.suffix == ".npz":
        return _of_npz(file)
    h5py = extra("h5py", f"reading the spikes of {file.name}", "files")
    try:
        with h5py.File(file, "r") as opened:
            if "spikes" in opened:
                return _of_sonata(file, opened["spikes"], population)
            if "units" in opened:
                return _of_nwb(file, opened["units"])
    except OSError as problem:
        raise ConfigurationError(f"{file} cannot be read as HDF5: {problem}.") from None
    raise ConfigurationError(f"{file} has neither /spikes (SONATA) nor /units (NWB).")


def _of_npz(file: Path) -> Trains:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            ids, times = np.asarray(arrays["ids"], np.int64), np.asarray(arrays["times"], float)
    except (KeyError, ValueError, OSError, BadZipFile) as problem:
        raise ConfigurationError(
            f"{file} has no spikes: it needs the arrays 'ids' and 'times' (ms) ({problem})."
        ) from None
    return ids, times, _least(ids)


def _of_sonata(file: Path, spikes: Any, population: str | None) -> Trains:
    known = [name for name, group in spikes.items() if hasattr(group, "items")] or [""]
    if population is None and len(known) > 1:
        raise ConfigurationError(f"{file} has the spikes of {', '.join(known)}: name one, population='{known[0]}'.")
    name = known[0] if population is None else population
    if name not in known:
        raise ConfigurationError(f"{file} has no spikes of '{name}'; {closest(name, known) or f'there are {known}.'}")
    group = spikes[name] if name else spikes  # the first version of the format had no populations
    times = group["timestamps"]
    unit = times.attrs.get("units", "ms")
    unit = unit.decode() if isinstance(unit, bytes) else str(unit)
    if unit not in MS:
        raise ConfigurationError(f"{file}: spike times in '{unit}'; distann knows {', '.join(MS)}.")
    ids = np.asarray(group["node_ids"] if "node_ids" in group else group["gids"], np.int64)
    return ids, np.asarray(times, float) * MS[unit], _least(ids)


def _of_nwb(file: Path, units: Any) -> Trains:
    if "spike_times" not in units or "spike_times_index" not in units:
        raise ConfigurationError(f"{file}: its /units have no spike_times.")
    ends = np.asarray(units["spike_times_index"], np.int64)
    ids = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    return ids, np.asarray(units["spike_times"], float) * 1000.0, max(1, len(ends))


def _least(ids: NDArray[np.int64]) -> int:
    return int(ids.max(initial=0)) + 1
