"""Files of named arrays: what ``save`` writes and ``load`` reads. Data in each format, never objects."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import FileError, UnsupportedError
from distann.io.extras import extra
from distann.runtime.comm import Comm

__all__ = ["read_values", "write_values"]

Values = dict[str, NDArray[Any]]
HDF5 = (".h5", ".hdf5", ".hdf")


def write_values(path: Path, values: Mapping[str, NDArray[Any]], comm: Comm) -> None:
    """Write arrays by name, on rank 0; collective. The file is complete or not there.

    Parameters
    ----------
    path : Path
        Its ending says the format: .h5 or .hdf5, .json, .mat; everything else is written as .npz.
    values : mapping
        The same on all ranks. Parts of a name are separated by ``/``.
    comm : Comm

    Raises
    ------
    FileError
        When it cannot be written; on all ranks.
    MissingPackageError
        Without h5py for .h5, without scipy for .mat.
    """
    kind = path.suffix.lower()
    module = extra("h5py", f"saving {path.name}", "files") if kind in HDF5 else None
    module = extra("scipy.io", f"saving {path.name}", "examples") if kind == ".mat" else module
    problem = ""
    if comm.rank == 0:
        scratch = path.with_name(path.name + ".partial")
        try:
            _write(scratch, kind, values, module)
            os.replace(scratch, path)
        except OSError as error:
            problem = error.strerror or str(error)
        finally:
            scratch.unlink(missing_ok=True)
    problem = comm.bcast(problem)
    if problem:
        raise FileError(str(path), problem)


def _write(path: Path, kind: str, values: Mapping[str, NDArray[Any]], module: Any) -> None:
    if kind in HDF5:
        with module.File(path, "w") as file:
            for name, array in values.items():
                file[name] = array
    elif kind == ".json":
        lists = {name: array.tolist() for name, array in values.items()}
        path.write_text(json.dumps(lists), encoding="utf-8")
    elif kind == ".mat":
        named = {_matlab_name(name): array for name, array in values.items()}
        with path.open("wb") as content:
            module.savemat(content, named, long_field_names=True)
    else:
        with path.open("wb") as content:  # by name numpy would add an ending
            np.savez(content, **dict(values))  # type: ignore[arg-type]


def _matlab_name(name: str) -> str:
    return re.sub(r"\W", "_", name.partition("/")[2], flags=re.ASCII)[:63] or name


def read_values(path: Path) -> Values:
    """Read arrays by name; the content says the format, whatever the ending.

    Raises
    ------
    FileError
        When the file is none that `write_values` has written, or is damaged.
    UnsupportedError
        For .mat, which is for other programs.
    """
    try:
        with path.open("rb") as content:
            first = content.read(8)
        if first.startswith(b"PK"):
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        if first == b"\x89HDF\r\n\x1a\n":
            return _of_hdf5(path)
        if first.lstrip().startswith(b"{"):
            texts = json.loads(path.read_text(encoding="utf-8"))
            return {name: np.asarray(value) for name, value in texts.items()}
    except (OSError, ValueError, zipfile.BadZipFile, KeyError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else f"it is damaged ({problem})"
        raise FileError(str(path), f"{reason}.") from None
    if first.startswith(b"MATLAB"):
        raise UnsupportedError(f"file '{path}' is for MATLAB: save as .npz, .h5 or .json what is to be loaded again.")
    raise FileError(
        str(path), "it is neither .npz, .h5 nor .json. Pickled files are never read, since they can run programs."
    )


def _of_hdf5(path: Path) -> Values:
    h5py = extra("h5py", f"loading {path.name}", "files")
    found: Values = {}

    def take(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset):
            found[name] = np.asarray(entry[()])

    with h5py.File(path, "r") as file:
        file.visititems(take)
    return found
