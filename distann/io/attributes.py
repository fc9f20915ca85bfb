"""Attributes of populations and projections, by the names that they have in files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.errors import FileError
from distann.runtime.log import warn_once
from distann.runtime.projection import ProjectionState
from distann.runtime.state import PopulationState
from distann.runtime.structure import replace_all

__all__ = ["State", "load_values", "values_of"]

State = PopulationState | ProjectionState


def values_of(state: State) -> dict[str, NDArray[Any]]:
    """Return all attributes of a population or projection by their names in a file; collective."""
    if isinstance(state, PopulationState):
        return {f"populations/{state.spec.name}/{name}": np.asarray(state.get(name)) for name in state.names}
    folder = f"projections/{state.spec.name}"
    post, pre = state.pairs()
    values = {f"{folder}/post_ranks": post, f"{folder}/pre_ranks": pre, f"{folder}/delay": state.delays()}
    for name in state.names:
        value = state.get(name)
        values[f"{folder}/{name}"] = np.asarray(getattr(value, "flat", value))
    return values


def load_values(state: State, values: Mapping[str, NDArray[Any]], filename: str) -> None:
    """Set all attributes of a population or projection from a file; collective.

    Raises
    ------
    FileError
        When the connectivity of the file is another one.
    """
    kind = "populations" if isinstance(state, PopulationState) else "projections"
    folder = f"{kind}/{state.spec.name}/"
    found = {name.removeprefix(folder): value for name, value in values.items() if name.startswith(folder)}
    if not found:
        warn_once(f"the file {filename} has no {kind[:-1]} '{state.spec.name}': it stays as it is.")
        return
    if isinstance(state, ProjectionState):
        _take_synapses(state, found, filename)
    for name, value in found.items():
        if name not in state.names:
            warn_once(f"the file {filename} has '{name}' of '{state.spec.name}', which this network has not.")
        else:
            state.set(name, value[()] if value.ndim == 0 else value)


def _take_synapses(state: ProjectionState, found: dict[str, NDArray[Any]], filename: str) -> None:
    """Take out what says which synapses the values belong to; give them to a projection where they come and go."""
    pairs = [found.pop(name, np.empty(0)) for name in ("post_ranks", "pre_ranks")]
    delay = found.pop("delay", np.empty(0))
    if all(np.array_equal(there, here) for there, here in zip(pairs, state.pairs(), strict=True)):
        return
    if not state.spec.changeable:
        raise FileError(
            filename,
            f"projection '{state.spec.name}' has other synapses there. Give the network the same seed, or use "
            "save_connectivity() and connect_from_file().",
        )
    replace_all(state, pairs[0], pairs[1], np.rint(delay / state.built.dt))
