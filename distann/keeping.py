"""Keeping a network in files: checkpoints, which are exact, and the values of its objects, which are for exchange."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Field, Role
from distann.errors import FileError
from distann.io import checkpoint as checkpoints
from distann.io.attributes import State, load_values, values_of
from distann.io.values import read_values, write_values
from distann.runtime.log import report, warn_once
from distann.runtime.network import NetworkState
from distann.runtime.projection import ProjectionState

__all__ = ["Keeping"]

class Keeping:
    """What a network writes and reads: the part of `Network` that has to do with files."""

    _state: NetworkState

    # ---- checkpoints ----------------------------------------------------------------------------------------------

    def checkpoint(self, path: str | Path) -> None:
        """Save all that the network is at this step, records of monitors included; collective.

        The file appears whole or not at all. It needs h5py (``pip install 'distann[files]'``).

        Parameters
        ----------
        path : str or Path
            Of one HDF5 file, for any number of ranks.

        Raises
        ------
        CheckpointError
            When it cannot be written; a checkpoint of that name is then still the one from before.
        """
        checkpoints.save(self._state, Path(path))

    def restore(self, path: str | Path) -> None:
        """Bring the compiled network to the state of a checkpoint; collective.

        It goes on from there bit for bit, on any number of ranks and threads. Make the same network, with the same
        monitors and callbacks, before. A network whose seed was not given takes over that of the checkpoint.

        Raises
        ------
        CheckpointError
            When the file is damaged, is one of another network, or of a newer version of distann.
        """
        checkpoints.restore(self._state, Path(path))

    def resume(self, path: str | Path) -> bool:
        """Restore the latest whole checkpoint of a run, if there is one; collective.

        Examples
        --------
        >>> net.compile()
        >>> net.resume("run.h5")
        >>> net.simulate(1e6 - net.time, checkpoint="run.h5", checkpoint_every=1e4)

        Returns
        -------
        bool
            Whether there was one.

        Raises
        ------
        CheckpointError
            When there are damaged ones only, or one of another network.
        """
        return checkpoints.resume(self._state, Path(path))

    # ---- values ---------------------------------------------------------------------------------------------------

    def save(self, filename: str | Path, populations: bool = True, projections: bool = True) -> None:
        """Save parameters and variables of all objects, and the connectivity; collective.

        What is on its way between neurons, and what else is not an attribute, is not in it: see `checkpoint`.

        Parameters
        ----------
        filename : str or Path
            ``.npz``; ``.h5``, which needs h5py; ``.json``; or ``.mat``, which needs scipy and can only be written.
            Any other ending means the format of .npz.
        populations, projections : bool

        Raises
        ------
        FileError
            When it cannot be written.
        """
        values: dict[str, NDArray[Any]] = {"network/time_step": np.asarray(self._state.step)}
        for state in self._state.populations if populations else ():
            values |= values_of(state)
        for projection in self._state.projections if projections else ():
            values |= values_of(projection)
        write_values(Path(filename), values, self._state.comm)

    def load(
        self, filename: str | Path, populations: bool = True, projections: bool = True, pickle_encoding: Any = None
    ) -> None:
        """Set parameters and variables, and the time, to what `save` has written; collective.

        Parameters
        ----------
        filename : str or Path
        populations, projections : bool
        pickle_encoding : None
            Accepted for compatibility: pickled files are never read.

        Raises
        ------
        FileError
            When the file is damaged, or has another connectivity.
        """
        self._state.simulation_for("load()")
        values = read_values(Path(filename))
        for state in self._state.populations if populations else ():
            load_values(state, values, str(filename))
        for projection in self._state.projections if projections else ():
            load_values(projection, values, str(filename))
        if "network/time_step" in values:
            self._state.set_step(int(values["network/time_step"]))

    def save_parameters(self, filename: str | Path) -> None:
        """Save, as JSON, the parameters that populations and projections have one of, and the constants; collective."""
        found = {
            "populations": {state.spec.name: _parameters(state) for state in self._state.populations},
            "projections": {state.spec.name: _parameters(state) for state in self._state.projections},
            "constants": dict(self._state.constants),
        }
        comm, problem = self._state.comm, ""
        if comm.rank == 0:
            try:
                Path(filename).write_text(json.dumps(found, indent=4) + "\n", encoding="utf-8")
            except OSError as error:
                problem = error.strerror or str(error)
        problem = comm.bcast(problem)
        if problem:
            raise FileError(str(filename), problem)

    def load_parameters(self, filename: str | Path, global_only: bool = True, verbose: bool = False) -> None:
        """Set parameters and constants to those of a JSON file that `save_parameters` has written; collective.

        Parameters
        ----------
        filename : str or Path
        global_only : bool
            Only parameters that a population or projection has one of; else one of each neuron or synapse, too.
        verbose : bool
            Say what is set.

        Raises
        ------
        FileError
            When it cannot be read.
        """
        found = _read_parameters(filename)
        kinds: list[tuple[str, Mapping[str, State]]] = [
            ("populations", {state.spec.name: state for state in self._state.populations}),
            ("projections", {state.spec.name: state for state in self._state.projections}),
        ]
        for kind, states in kinds:
            for name, parameters in found.get(kind, {}).items():
                for parameter, value in parameters.items():
                    _set_parameter(states.get(name), f"{kind[:-1]} '{name}'", parameter, value, global_only, verbose)
        for name, value in found.get("constants", {}).items():
            if name in self._state.constants:
                self._state.set_constant(name, value)
            else:
                warn_once(f"the file has the constant '{name}', which this network has not: it is passed over.")


def _is_one(state: State, field: Field) -> bool:
    """Whether an object has one value by its declaration: one a synapse may be stored once as well."""
    several = isinstance(state, ProjectionState) and field.name != "w" and state.one_a_synapse(field.name)
    return field.axis is Axis.OBJECT and not several


def _parameters(state: State) -> dict[str, Any]:
    fields = [field for field in state.model.fields if field.role is Role.PARAMETER and _is_one(state, field)]
    return {field.name: state.get(field.name) for field in fields if np.isscalar(state.get(field.name))}


def _read_parameters(filename: str | Path) -> dict[str, Any]:
    try:
        found = json.loads(Path(filename).read_text(encoding="utf-8"))
    except OSError as problem:
        raise FileError(str(filename), problem.strerror or str(problem)) from None
    except ValueError as problem:
        raise FileError(str(filename), f"it is not JSON ({problem}).") from None
    if not isinstance(found, dict) or not all(isinstance(part, dict) for part in found.values()):
        raise FileError(str(filename), "it does not hold the parameters of a network.")
    return found


def _set_parameter(
    state: State | None, owner: str, parameter: str, value: Any, global_only: bool, verbose: bool
) -> None:
    field = None if state is None else state.model.field(parameter)
    if state is None or field is None or field.role is not Role.PARAMETER:
        warn_once(f"the file has '{parameter}' of {owner}, which this network has not: it is passed over.")
    elif _is_one(state, field) or not global_only:
        state.set(parameter, value)
        if verbose:
            report(f"{parameter} of {owner} is set to {value}.")
