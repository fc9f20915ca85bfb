"""Files that list synapses by ranks of the populations: read piece by piece, each rank for its own neurons."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError, FileError, MissingPackageError, RepeatedPairError
from distann.model.explicit import Edges, Explicit
from distann.model.specs import ProjectionSpec, SideSpec

__all__ = ["HDF5", "hdf5_library", "read_edges", "recognised", "scan", "sonata_edges", "write_edges"]

FORMAT, VERSION = "distann connectivity", 1
PIECE = 1 << 18  # synapses that are read at a time
NPZ, HDF5 = "npz", "hdf5"
MAGIC = {b"PK\x03\x04": NPZ, b"\x89HDF": HDF5}


class _File(Protocol):
    """Arrays of one length that a file holds."""

    def pieces(self, names: list[str]) -> Iterator[list[NDArray[Any]]]:
        """Yield the same part of each array, part by part."""

    def header(self) -> Mapping[str, Any]:
        """Return what the file says about itself."""


@dataclass(frozen=True, slots=True)
class _Npz:
    archive: zipfile.ZipFile

    def header(self) -> Mapping[str, Any]:
        if "header.npy" not in self.archive.namelist():
            return {}
        with self.archive.open("header.npy") as member:
            return dict(json.loads(np.lib.format.read_array(member, allow_pickle=False).tobytes()))

    def pieces(self, names: list[str]) -> Iterator[list[NDArray[Any]]]:
        """Yield the same part of each array, unpacked as it is read."""
        with contextlib.ExitStack() as stack:
            members = [stack.enter_context(self.archive.open(f"{name}.npy")) for name in names]
            heads = [_npy_head(member) for member in members]
            _check_lengths(dict(zip(names, (length for length, _ in heads), strict=True)))
            for begin in range(0, heads[0][0] or 1, PIECE):
                n = min(PIECE, heads[0][0] - begin)
                # The last piece is read beyond its end: there the archive checks what it has handed out.
                more = 1 if begin + n == heads[0][0] else 0
                data = [
                    member.read(n * dtype.itemsize + more) for member, (_, dtype) in zip(members, heads, strict=True)
                ]
                yield [np.frombuffer(d, dtype, n) for d, (_, dtype) in zip(data, heads, strict=True)]


@dataclass(frozen=True, slots=True)
class _Hdf5:
    file: Any

    def header(self) -> Mapping[str, Any]:
        return dict(self.file.attrs)

    def pieces(self, names: list[str]) -> Iterator[list[NDArray[Any]]]:
        """Yield the same part of each data set."""
        sets = [self.file[name] for name in names]
        if any(len(data.shape) != 1 for data in sets):
            raise ValueError(f"{', '.join(names)} are not all lists of numbers")
        _check_lengths({name: data.shape[0] for name, data in zip(names, sets, strict=True)})
        for begin in range(0, sets[0].shape[0] or 1, PIECE):
            yield [data[begin : begin + PIECE] for data in sets]


def _npy_head(member: Any) -> tuple[int, np.dtype[Any]]:
    version = np.lib.format.read_magic(member)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(member)
    if len(shape) != 1 or dtype.hasobject:
        raise ValueError("an array is not a list of numbers")
    return int(shape[0]), dtype


def _check_lengths(lengths: Mapping[str, int]) -> None:
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the lists have different lengths: {dict(lengths)}")


def hdf5_library() -> Any:
    """Return the module h5py.

    Raises
    ------
    MissingPackageError
        Where it is not installed.
    """
    try:
        return importlib.import_module("h5py")
    except ImportError as problem:
        raise MissingPackageError("a connectivity in HDF5", "h5py", "files") from problem


def recognised(path: str) -> str:
    """Return the kind of a file, by its first bytes.

    Raises
    ------
    FileError
        When it is none of those that list synapses, or cannot be read.
    """
    try:
        with open(path, "rb") as file:
            first = file.read(4)
    except OSError as problem:
        raise FileError(path, problem.strerror or str(problem)) from None
    if first not in MAGIC:
        raise FileError(path, "it is neither an .npz nor an .h5 file, or it is damaged at its beginning.")
    return MAGIC[first]


@contextlib.contextmanager
def _opened(path: str, kind: str) -> Iterator[_File]:
    """Open a file, and say of whatever goes wrong inside the block in which file it was."""
    try:
        if kind == HDF5:
            with hdf5_library().File(path, "r") as file:
                yield _Hdf5(file)
        else:
            with zipfile.ZipFile(path) as archive:
                yield _Npz(archive)
    except (OSError, EOFError, zipfile.BadZipFile, KeyError, ValueError) as problem:
        if isinstance(problem, FileError | ConfigurationError):
            raise
        text = str(problem.args[0]) if isinstance(problem, KeyError) and problem.args else str(problem)
        raise FileError(path, f"it is damaged, or is no such file: {text}.") from None


def scan(edges: Edges, spec_sides: tuple[SideSpec, SideSpec], sizes: tuple[int, int], own_format: bool) -> Edges:
    """Read a whole file once, piece by piece, and check all that it lists.

    Parameters
    ----------
    edges : Edges
        What to read.
    spec_sides : tuple of SideSpec
        Presynaptic, postsynaptic.
    sizes : tuple of int
        Of the two populations.
    own_format : bool
        Whether the file must be one that `write_edges` wrote.

    Returns
    -------
    Edges
        With the number of synapses and the reach of the delays.

    Raises
    ------
    FileError
        When the file is damaged, has another format, or belongs to another network.
    """
    low, high, count = np.inf, -np.inf, 0
    members = [_members(side, size) for side, size in zip(spec_sides, sizes, strict=True)]
    with _opened(edges.path, edges.kind) as file:
        if own_format:
            _check_header(edges.path, file.header(), sizes)
        for pre, post, weights, delays in _pieces(file, edges):
            count += len(pre)
            for ranks, known, which in ((pre, members[0], "presynaptic"), (post, members[1], "postsynaptic")):
                _check_ranks(edges.path, ranks, known, which)
            for values, what in ((weights, "weights"), (delays, "delays")):
                if values is not None and not np.isfinite(values).all():
                    raise FileError(edges.path, f"some {what} are infinite or NaN.")
            if delays is not None and len(delays):
                low, high = min(low, float(delays.min())), max(high, float(delays.max()))
    if low < 0:
        raise FileError(edges.path, f"delays are 0 ms or more; the smallest is {low:g}.")
    return replace(edges, count=count, reach=(low, high) if low <= high else (0.0, 0.0))


def sonata_edges(path: str, population: str | None) -> str:
    """Return the group of a population of edges in a SONATA file.

    Parameters
    ----------
    path : str
    population : str or None
        None for the only one.

    Raises
    ------
    FileError
        When there is none, or its edges have attributes in several groups.
    """
    with _opened(path, HDF5) as file:
        edges: Any = (file.file.get("edges") if isinstance(file, _Hdf5) else None) or {}
        names = list(edges)
        name = population if population is not None else names[0] if len(names) == 1 else None
        if name not in names:
            raise FileError(path, f"say which population of edges: it has {', '.join(names) or 'none'}.")
        group = f"edges/{name}"
        grouped = [f"{group}/{part}" for part in ("edge_group_id", "edge_group_index") if part in edges[name]]
        begin = 0
        for piece in file.pieces(grouped) if len(grouped) == 2 else ():
            if piece[0].any() or not np.array_equal(piece[1], np.arange(begin, begin + len(piece[1]))):
                raise FileError(path, f"the edges of '{name}' do not have their attributes in order in the group 0.")
            begin += len(piece[0])
    return group


def _pieces(
    file: _File, edges: Edges
) -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[np.float64] | None, NDArray[np.float64] | None]]:
    """Yield (pre, post, weights, delays), part by part."""
    optional = [name for name in (edges.weights, edges.delays) if name is not None]
    for pre, post, *values in file.pieces([edges.pre, edges.post, *optional]):
        for ranks in (pre, post):
            if ranks.dtype.kind not in "iu":
                raise FileError(edges.path, f"ranks are integers; the file holds {ranks.dtype}.")
        for array in values:
            if array.dtype.kind not in "fiu":
                raise FileError(edges.path, f"weights and delays are real numbers; the file holds {array.dtype}.")
        reals = iter([array.astype(np.float64) for array in values])
        yield (
            pre,
            post,
            None if edges.weights is None else next(reals),
            None if edges.delays is None else next(reals),
        )


def _check_header(path: str, header: Mapping[str, Any], sizes: tuple[int, int]) -> None:
    if header.get("format") != FORMAT:
        raise FileError(path, "it was not written by save_connectivity().")
    if int(header.get("version", 0)) > VERSION:
        raise FileError(path, f"it was written by a later distann, in version {header['version']} of the format.")
    written = (int(header.get("pre_size", -1)), int(header.get("post_size", -1)))
    if written != sizes:
        raise FileError(
            path,
            f"it belongs to another network: it connects {written[0]} to {written[1]} neurons, these are "
            f"{sizes[0]} and {sizes[1]}.",
        )


def _members(side: SideSpec, size: int) -> NDArray[np.bool_]:
    """Return which neurons of a population belong to one side of a projection."""
    known = np.ones(size, bool) if side.ranks is None else np.zeros(size, bool)
    if side.ranks is not None:
        known[side.ranks] = True
    return known


def _check_ranks(path: str, ranks: NDArray[Any], known: NDArray[np.bool_], which: str) -> None:
    if len(ranks) == 0:
        return
    low, high = int(ranks.min()), int(ranks.max())
    if low < 0 or high >= len(known):
        raise FileError(
            path, f"it names the {which} neuron {low if low < 0 else high}, but the ranks are 0 to {len(known) - 1}."
        )
    outside = ~known[ranks]
    if outside.any():
        raise FileError(path, f"it names the {which} neuron {int(ranks[outside][0])}, which is not in the view.")


def read_edges(edges: Edges, spec: ProjectionSpec, row: NDArray[np.uint32]) -> Explicit:
    """Read the synapses of some postsynaptic neurons.

    Parameters
    ----------
    edges : Edges
    spec : ProjectionSpec
    row : ndarray of uint32
        Positions of the neurons on the postsynaptic side, by ascending rank.

    Returns
    -------
    Explicit
        One row for each.
    """
    ranks = row if spec.post.ranks is None else spec.post.ranks[row]
    found: list[list[NDArray[Any]]] = []
    with _opened(edges.path, edges.kind) as file:
        for pre, post, *values in _pieces(file, edges):
            at = np.searchsorted(ranks, post)
            mine = at < len(ranks)
            mine[mine] = ranks[at[mine]] == post[mine]
            kept = [at[mine].astype(np.uint32), _positions(spec.pre, pre[mine])]
            found.append(kept + [v[mine] for v in values if v is not None])
    joined = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    weights, delays = (joined[2] if edges.weights else None), (joined[-1] if edges.delays else None)
    repeated = "keep" if edges.allow_multapses else "refuse"
    try:
        return Explicit.from_entries(joined[0], joined[1], weights, delays, len(row), repeated=repeated)
    except RepeatedPairError as error:
        pre_rank = error.pre if spec.pre.ranks is None else int(spec.pre.ranks[error.pre])
        raise RepeatedPairError(int(ranks[error.post]), pre_rank) from None


def _positions(side: SideSpec, ranks: NDArray[Any]) -> NDArray[np.uint32]:
    """Return the positions of neurons on a side."""
    if side.ranks is None:
        return ranks.astype(np.uint32)
    order = np.argsort(side.ranks)
    return order[np.searchsorted(side.ranks, ranks, sorter=order)].astype(np.uint32)


def write_edges(path: str, arrays: Mapping[str, NDArray[Any]], sizes: tuple[int, int], name: str) -> None:
    """Write synapses to an ``.npz`` or ``.h5`` file, which is complete or not there.

    Parameters
    ----------
    path : str
    arrays : mapping of str to ndarray
        ``post``, ``pre``, ``w``, ``delay``.
    sizes : tuple of int
        Neurons of the presynaptic and of the postsynaptic population.
    name : str
        Of the projection.

    Raises
    ------
    FileError
    """
    header = {"format": FORMAT, "version": VERSION, "pre_size": sizes[0], "post_size": sizes[1], "name": name}
    partial = f"{path}.{os.getpid()}.part"
    try:
        if Path(path).suffix == ".npz":
            text = np.frombuffer(json.dumps(header).encode(), np.uint8)
            with open(partial, "wb") as file:
                np.savez(file, header=text, **dict(arrays))  # type: ignore[arg-type]
        else:
            with hdf5_library().File(partial, "w") as file:
                file.attrs.update(header)
                for key, array in arrays.items():
                    file.create_dataset(key, data=array)
        os.replace(partial, path)
    except OSError as problem:
        raise FileError(path, problem.strerror or str(problem)) from None
    finally:
        Path(partial).unlink(missing_ok=True)
