"""The part of a recording that one rank writes: HDF5 files whose data grow, and which are whole at any time.

A file is made with room for many rows, which takes no space on the disk before they are written. From then on rows are
written into it as bytes, behind the ones that are there: nothing that HDF5 would have to know changes any more, so a
job that is killed, or a reader that looks in between, finds a file in order.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import RecordingError
from distann.io.extras import extra

__all__ = ["Column", "Piece", "Shard"]

FIRST_BYTES, MOST_BYTES = 1 << 22, 1 << 30  # room of the first file, and of the largest: each has twice that before it


@dataclass(frozen=True, slots=True)
class Column:
    """One dataset of a shard.

    Attributes
    ----------
    dtype : dtype
    width : int or None
        Values in a row; None for a dataset of one axis.
    """

    dtype: np.dtype[Any]
    width: int | None = None

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.dtype.itemsize * (1 if self.width is None else self.width)

    def shape(self, rows: int) -> tuple[int, ...]:
        """The shape of so many rows."""
        return (rows,) if self.width is None else (rows, self.width)


@dataclass(slots=True)
class Piece:
    """The rows of one file that count.

    Attributes
    ----------
    file : str
        Name in the folder of the recording.
    room, rows : int
        Rows that it has, and those that are written.
    """

    file: str
    room: int
    rows: int


class Shard:
    """Rows that one rank appends.

    Parameters
    ----------
    folder : Path
    name : str
        What the names of its files begin with.
    columns : mapping of str to Column
        The datasets, all with the same number of rows.

    Attributes
    ----------
    pieces : list of Piece
    """

    def __init__(self, folder: Path, name: str, columns: Mapping[str, Column]) -> None:
        self.pieces: list[Piece] = []
        self._folder, self._name, self._columns = folder, name, dict(columns)
        self._row_bytes = sum(column.row_bytes for column in columns.values())
        self._offsets: dict[str, int] = {}
        self._made = 0

    def append(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Write rows behind those that are there.

        Raises
        ------
        RecordingError
            When the disk is full, or the folder cannot be written to.
        """
        rows = len(next(iter(values.values())))
        if self._row_bytes == 0:
            return
        done = 0
        try:
            while done < rows:
                if not self.pieces or self.pieces[-1].rows == self.pieces[-1].room:
                    self._begin_file()
                piece = self.pieces[-1]
                n = min(rows - done, piece.room - piece.rows)
                self._write(piece, {name: array[done : done + n] for name, array in values.items()})
                piece.rows += n
                done += n
        except (OSError, RuntimeError) as problem:  # HDF5 raises the second one where a file cannot become longer
            raise RecordingError(str(self._folder), getattr(problem, "strerror", None) or str(problem)) from None

    def restart(self) -> None:
        """Forget all rows; their files stay until the recording is published."""
        self.pieces = []

    def _begin_file(self) -> None:
        room = min(MOST_BYTES, FIRST_BYTES << min(len(self.pieces), 30))
        rows = max(1, room // self._row_bytes)
        file = f"{self._name}.{self._made}.h5"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._offsets = _made(self._folder / file, self._columns, rows)
        self.pieces.append(Piece(file, rows, 0))
        self._made += 1

    def _write(self, piece: Piece, values: Mapping[str, NDArray[Any]]) -> None:
        with open(self._folder / piece.file, "r+b", buffering=0) as file:
            for name, array in values.items():
                column = self._columns[name]
                file.seek(self._offsets[name] + piece.rows * column.row_bytes)
                rest = np.ascontiguousarray(array, column.dtype).reshape(-1).view(np.uint8).data
                while len(rest):
                    rest = rest[file.write(rest) :]


def _made(path: Path, columns: Mapping[str, Column], rows: int) -> dict[str, int]:
    """Make a file with room for `rows` rows; return where the data of each column begin."""
    h5py = extra("h5py", "recording to a file", "files")
    unfinished = path.with_suffix(".new")
    with h5py.File(unfinished, "w") as file:
        found = {name: _room(h5py, file, name, column, rows) for name, column in columns.items()}
    os.replace(unfinished, path)
    return found


def _room(h5py: Any, file: Any, name: str, column: Column, rows: int) -> int:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.CONTIGUOUS)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple(column.shape(rows))
    kind = h5py.h5t.py_create(column.dtype, logical=True)
    dataset = h5py.h5d.create(file.id, name.encode(), kind, space, properties)
    return int(dataset.get_offset())
