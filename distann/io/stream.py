"""Recordings as one HDF5 file in the SONATA layout, which joins what the ranks write each for itself.

The file itself has no records: its datasets are virtual, made of pieces of the shards in the folder beside it. It is
written anew, and put in place at once, whenever there is more to see.

- ``/spikes/<population>/timestamps`` (ms) and ``node_ids``.
- ``/report/<population>/data``: float32, one row a record; ``values``: the same in full. With several variables in a
  file, the groups are ``<population>.<variable>``. ``mapping/node_ids``, ``index_pointers`` and ``element_ids`` say
  whose the columns are, ``mapping/time`` when the rows are, ``mapping/windows`` (ms) when it was recorded.

Source of the layout: Dai et al. (2020), "The SONATA data format for efficient description of large-scale network
models", PLoS Computational Biology 16(2), and its specification.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import RecordingError
from distann.io.extras import extra
from distann.io.shard import Column, Shard
from distann.runtime.comm import Comm
from distann.runtime.recorder import RowRecorder, SpikeRecorder
from distann.runtime.spikes import Spikes

__all__ = ["BUFFER", "FileStream"]

BUFFER = 1 << 24  # bytes of records in memory of a rank, for each monitor
SPIKING = 0.25  # neurons that spike in one step, at most, for the memory to last
MAGIC, VERSION = 0x0A7A, (0, 1)

Recorder = RowRecorder | SpikeRecorder
Windows = Callable[[str], list[tuple[int, int]]]


class FileStream:
    """What one monitor records, in a file.

    Parameters
    ----------
    path : Path
    name : str
        Of what is recorded.
    recorders : mapping of str to RowRecorder or SpikeRecorder
        By variable.
    comm : Comm
    dt : float
        Step, ms.
    period, offset : int
        Steps of the rhythm of rows.
    windows : callable
        From a variable to the (first step, one past the last) of each time of recording.

    Raises
    ------
    MissingPackageError
        When h5py is not installed.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        recorders: Mapping[str, Recorder],
        comm: Comm,
        dt: float,
        period: int,
        offset: int,
        windows: Windows,
    ) -> None:
        self._h5py = extra("h5py", f"recording to {path.name}", "files")
        self.path, self._name, self._recorders, self._comm, self._dt = path, name, dict(recorders), comm, dt
        self._period, self._offset, self._windows = period, offset, windows
        self._folder = path.with_name(path.name + ".parts")
        self._generation = comm.bcast(_free_generation(self._folder) if comm.rank == 0 else 0)
        self._resumed = False
        self._before: dict[str, list[dict[str, Any]]] = {variable: [] for variable in recorders}
        self._shards = {variable: self._shard(variable) for variable in recorders}
        self._owners = {
            variable: tuple(comm.gather_array(part) for part in recorder.owners)
            for variable, recorder in self._recorders.items()
            if isinstance(recorder, RowRecorder)
        }

    def _shard(self, variable: str) -> Shard:
        recorder = self._recorders[variable]
        name = f"{re.sub(r'[^A-Za-z0-9_]', '_', variable)}.{self._generation}.{self._comm.rank}"
        if isinstance(recorder, SpikeRecorder):
            return Shard(
                self._folder, name, {"timestamps": Column(np.dtype("f8")), "node_ids": Column(np.dtype("u8"))}
            )
        columns = 0 if recorder.single and self._comm.rank > 0 else recorder.columns
        return Shard(self._folder, name, {"values": Column(recorder.word, columns)})

    # ---- writing --------------------------------------------------------------------------------------------------

    def room(self) -> int:
        """Return for how many steps, at least one, memory is meant to last; the same on all ranks."""
        bytes_a_step = sum(
            16 * SPIKING * recorder.most
            if isinstance(recorder, SpikeRecorder)
            else recorder.most * recorder.word.itemsize / self._period
            for recorder in self._recorders.values()
        )
        return max(1, int(BUFFER / max(bytes_a_step, 1e-9)))

    def flush(self, always: bool) -> None:
        """Write what this rank has recorded, if it is much or in any case.

        Raises
        ------
        RecordingError
            When the disk is full.
        """
        if not always and sum(recorder.bytes() for recorder in self._recorders.values()) < BUFFER // 2:
            return
        for variable, recorder in self._recorders.items():
            if isinstance(recorder, SpikeRecorder):
                steps, ids = recorder.raw()
                self._shards[variable].append({"timestamps": steps * self._dt, "node_ids": ids.astype(np.uint64)})
            else:
                self._shards[variable].append({"values": recorder.raw()})
            recorder.simulation.part.clear_recorder(recorder.number, keep=True)

    def restart(self, variable: str) -> None:
        """Forget what was recorded of a variable."""
        self._before[variable] = []
        self._shards[variable].restart()

    def publish(self) -> None:
        """Let readers see all that was recorded; collective.

        Raises
        ------
        RecordingError
            On rank 0, when the file cannot be written.
        """
        self.flush(always=True)
        pieces = self.pieces()
        if self._comm.rank > 0:
            return
        unfinished = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._h5py.File(unfinished, "w") as file:
                file.attrs["magic"], file.attrs["version"] = np.uint32(MAGIC), np.array(VERSION, np.uint32)
                for variable, parts in pieces.items():
                    self._join(file, variable, parts)
            os.replace(unfinished, self.path)
        except OSError as problem:
            raise RecordingError(str(self.path), problem.strerror or str(problem)) from None
        if not self._resumed:
            self._remove_earlier()
            self._resumed = True

    def pieces(self) -> dict[str, list[dict[str, Any]]]:
        """Return, for each variable, the pieces of all ranks in order, each with its first column; collective."""
        own = {
            variable: [
                {**asdict(piece), "column": self._column(variable), "width": self._width(variable),
                 "generation": self._generation}
                for piece in shard.pieces
                if piece.rows
            ]
            for variable, shard in self._shards.items()
        }
        everyone = self._comm.allgather(own)
        return {
            variable: self._before[variable] + [piece for rank in everyone for piece in rank[variable]]
            for variable in self._shards
        }

    def resume(self, pieces: dict[str, list[dict[str, Any]]]) -> None:
        """Go on behind the pieces of a checkpoint, in files of its own: any number of ranks may have written those."""
        self._resumed, self._before = True, pieces
        for shard in self._shards.values():
            shard.restart()

    def _column(self, variable: str) -> int:
        recorder = self._recorders[variable]
        return recorder.begin if isinstance(recorder, RowRecorder) else 0

    def _width(self, variable: str) -> int:
        recorder = self._recorders[variable]
        return recorder.columns if isinstance(recorder, RowRecorder) else 0

    def _remove_earlier(self) -> None:
        """Remove what an earlier run has left in the folder."""
        for file in self._folder.glob("*.h5") if self._folder.is_dir() else ():
            if _generation_of(file.name) not in (None, self._generation):
                file.unlink(missing_ok=True)

    # ---- the file -------------------------------------------------------------------------------------------------

    def _join(self, file: Any, variable: str, parts: list[dict[str, Any]]) -> None:
        recorder = self._recorders[variable]
        if isinstance(recorder, SpikeRecorder):
            self._join_spikes(file.create_group(f"spikes/{self._train(variable)}"), variable, parts)
        else:
            self._join_rows(file.create_group(f"report/{self._group(variable)}"), variable, recorder, parts)

    def _group(self, variable: str) -> str:
        several = sum(isinstance(recorder, RowRecorder) for recorder in self._recorders.values()) > 1
        return f"{self._name}.{variable}" if several else self._name

    def _train(self, variable: str) -> str:
        return self._name if variable == "spike" else f"{self._name}.{variable}"

    def _join_spikes(self, group: Any, variable: str, parts: list[dict[str, Any]]) -> None:
        h5py = self._h5py
        total = sum(part["rows"] for part in parts)
        for name, dtype in (("timestamps", "f8"), ("node_ids", "u8")):
            layout, row = h5py.VirtualLayout((total,), dtype), 0
            for part in parts:
                source = h5py.VirtualSource(self._source(part), name, (part["room"],), dtype)
                layout[row : row + part["rows"]] = source[: part["rows"]]
                row += part["rows"]
            self._create(group, name, layout, total)
        group["timestamps"].attrs["units"] = "ms"
        sorting = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="i4")
        group.attrs.create("sorting", 2 if self._comm.size == 1 and not self._before[variable] else 0, dtype=sorting)

    def _join_rows(self, group: Any, variable: str, recorder: RowRecorder, parts: list[dict[str, Any]]) -> None:
        h5py = self._h5py
        placed, rows = _placed(parts)
        for name, dtype in (("values", recorder.word), ("data", np.dtype("f4"))):
            layout = h5py.VirtualLayout((rows, recorder.width), dtype)
            for part, row in placed:
                columns = slice(part["column"], part["column"] + part["width"])
                shape = (part["room"], part["width"])
                source = h5py.VirtualSource(self._source(part), "values", shape, recorder.word)
                layout[row : row + part["rows"], columns] = source[: part["rows"]]
            self._create(group, name, layout, rows * recorder.width)
        group.attrs["variable"], group["data"].attrs["units"] = variable, "unknown"  # equations have no units
        self._map(group.create_group("mapping"), variable, rows)

    def _map(self, mapping: Any, variable: str, rows: int) -> None:
        ids, elements = self._owners[variable]
        starts = np.append(np.flatnonzero(np.diff(ids, prepend=-1)), len(ids))
        mapping["node_ids"] = ids[starts[:-1]].astype(np.uint64)
        mapping["index_pointers"] = starts.astype(np.uint64)
        mapping["element_ids"] = elements.astype(np.uint32)
        windows = self._windows(variable)
        begin = windows[0][0] if windows else 0
        first, interval = begin + (self._offset - begin) % self._period, self._period * self._dt
        time = mapping.create_dataset(
            "time", data=[first * self._dt, first * self._dt + rows * interval, interval], dtype="f8"
        )
        time.attrs["units"] = "ms"
        mapping["windows"] = np.array(windows, float).reshape(-1, 2) * self._dt

    def _source(self, part: dict[str, Any]) -> str:
        return f"{self._folder.name}/{part['file']}"

    def _create(self, group: Any, name: str, layout: Any, size: int) -> None:
        if size:
            group.create_virtual_dataset(name, layout)
        else:
            group.create_dataset(name, layout.shape, layout.dtype)

    # ---- reading --------------------------------------------------------------------------------------------------

    def read(self, variable: str) -> NDArray[Any] | Spikes:
        """Return all that was recorded of a variable, on every rank; collective."""
        self.publish()
        self._comm.barrier()
        recorder = self._recorders[variable]
        with self._h5py.File(self.path, "r") as file:
            if isinstance(recorder, SpikeRecorder):
                group = file[f"spikes/{self._train(variable)}"]
                steps = np.rint(group["timestamps"][:] / self._dt).astype(np.int64)
                ids = group["node_ids"][:].astype(np.int64)
                order = np.lexsort((ids, steps))
                return Spikes(ids[order], steps[order], recorder.ranks)
            rows = file[f"report/{self._group(variable)}/values"][:].astype(recorder.kind)
        return rows[:, 0] if recorder.single else recorder.arranged(rows)


def _placed(parts: list[dict[str, Any]]) -> tuple[list[tuple[dict[str, Any], int]], int]:
    """Return where the rows of each piece begin, and how many there are: columns of other ranks are beside them."""
    placed, ends = [], dict[int, int]()
    begin = 0
    generation = None
    for part in parts:
        if part["generation"] != generation:  # another run, perhaps with its columns cut otherwise
            generation, begin, ends = part["generation"], max(ends.values(), default=begin), {}
        row = ends.get(part["column"], begin)
        placed.append((part, row))
        ends[part["column"]] = row + part["rows"]
    return placed, max(ends.values(), default=begin)


def _generation_of(name: str) -> int | None:
    parts = name.split(".")
    return int(parts[1]) if len(parts) == 5 and parts[1].isdigit() else None


def _free_generation(folder: Path) -> int:
    found = [_generation_of(file.name) for file in folder.glob("*.h5")] if folder.is_dir() else []
    return max((number for number in found if number is not None), default=-1) + 1
