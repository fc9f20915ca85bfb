"""The connectors whose synapses a file lists: each rank reads those of its own neurons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from distann.errors import FileError
from distann.given import Delays, Weights, check_hints
from distann.model.explicit import Edges
from distann.runtime.edges import HDF5, recognised, sonata_edges

__all__ = ["FileConnectors"]


class FileConnectors:
    """The part of the connectors that read files; a mixin of `Connectors`."""

    def from_file(self: Any, filename: str, storage_format: str | None = None, storage_order: str | None = None) -> Any:
        """Connect as a file says that `Projection.save_connectivity` wrote, on any number of ranks.

        The file is read piece by piece; each rank keeps the synapses of its own neurons.

        Parameters
        ----------
        filename : str
            ``.npz`` or ``.h5``.
        storage_format, storage_order : str, optional
            Hints.

        Raises
        ------
        FileError
            When it is damaged, is no such file, or belongs to another network.
        """
        check_hints(storage_format, storage_order)
        path = str(Path(filename).resolve())
        edges = Edges(path, recognised(path), "post", "pre", "w", "delay", (0.0, 0.0), 0, allow_multapses=True)
        return self._connect(self._scanned(edges, own_format=True), 0.0, 0.0, True)

    def from_hdf5(
        self: Any,
        filename: str,
        post: str = "post",
        pre: str = "pre",
        weights: str | Weights = "w",
        delays: str | Delays = 0.0,
        allow_multapses: bool = False,
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect as lists in an HDF5 file say, without ever holding all of them. Needs h5py.

        Parameters
        ----------
        filename : str
        post, pre : str
            Names of the lists of ranks in the populations.
        weights, delays : str, float or RandomDistribution
            Name of the list, or what holds for all. Delays are in ms.
        allow_multapses : bool
            Whether a pair may be listed several times.
        storage_format, storage_order : str, optional
            Hints.

        Raises
        ------
        FileError
            When the file cannot be read, or does not fit the populations.
        """
        check_hints(storage_format, storage_order)
        path = str(Path(filename).resolve())
        if recognised(path) != HDF5:
            raise FileError(path, "it is not an HDF5 file.")
        w, d = (name if isinstance(name, str) else None for name in (weights, delays))
        edges = Edges(path, HDF5, post, pre, w, d, (0.0, 0.0), 0, allow_multapses)
        rule = self._scanned(edges, own_format=False)
        return self._connect(rule, 0.0 if w else weights, 0.0 if d else delays, w is not None)

    def from_sonata(
        self: Any,
        filename: str,
        population: str | None = None,
        weights: str | Weights = "syn_weight",
        delays: str | Delays = "delay",
        storage_format: str | None = None,
        storage_order: str | None = None,
    ) -> Any:
        """Connect as the edges of a SONATA file say, without ever holding all of them. Needs h5py.

        Parameters
        ----------
        filename : str
        population : str, optional
            Of edges; it can be left out where the file has one.
        weights, delays : str, float or RandomDistribution
            Name of the attribute in the edges' group 0, or what holds for all. Delays are in ms.
        storage_format, storage_order : str, optional
            Hints.

        Raises
        ------
        FileError
            When the file cannot be read, or does not fit the populations.
        """
        check_hints(storage_format, storage_order)
        path = str(Path(filename).resolve())
        if recognised(path) != HDF5:
            raise FileError(path, "it is not an HDF5 file.")
        group = sonata_edges(path, population)
        names = [f"{group}/0/{name}" if isinstance(name, str) else None for name in (weights, delays)]
        edges = Edges(
            path, HDF5, f"{group}/target_node_id", f"{group}/source_node_id", names[0], names[1], (0.0, 0.0), 0, True
        )
        rule = self._scanned(edges, own_format=False)
        given = [0.0 if name else value for name, value in zip(names, (weights, delays), strict=True)]
        return self._connect(rule, given[0], given[1], names[0] is not None)

    connect_from_file = from_file
    connect_from_hdf5 = from_hdf5
    connect_from_sonata = from_sonata
