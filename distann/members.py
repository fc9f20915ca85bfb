"""What a network has: its objects by name, and by what they connect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

from distann.constants import Constant
from distann.errors import ConfigurationError, closest
from distann.monitor import Monitor
from distann.population import Population
from distann.projection import Projection
from distann.recorded import Recordable
from distann.runtime.network import NetworkState
from distann.view import PopulationView

__all__ = ["Members"]


class Members:
    """The objects of a network: the part of `Network` that finds them."""

    _state: NetworkState

    def get_constant(self, name: str) -> Constant:
        """Return the constant of that name; a `ConfigurationError` if there is none."""
        return _named("constant", name, self.get_constants())

    def get_constants(self) -> list[Constant]:
        """Return all constants, in the order of their definition."""
        return [constant for constant in self._state.constant_objects if isinstance(constant, Constant)]

    def get_population(self, name: str) -> Population:
        """Return the population of that name; a `ConfigurationError` if there is none."""
        return _named("population", name, self.get_populations())

    def get_projection(self, name: str) -> Projection:
        """Return the projection of that name; a `ConfigurationError` if there is none."""
        return _named("projection", name, self.get_projections())

    def get_monitor(self, name: str) -> Monitor:
        """Return the monitor of that name; a `ConfigurationError` if there is none."""
        return _named("monitor", name, [monitor for monitor in self.get_monitors() if monitor.name])

    def get_populations(self) -> list[Population]:
        """Return all populations, in the order of creation."""
        return [population for population in self._state.objects.values() if isinstance(population, Population)]

    def get_projections(
        self,
        post: Population | PopulationView | str | None = None,
        pre: Population | PopulationView | str | None = None,
        target: str | None = None,
        suppress_error: bool = True,
    ) -> list[Projection]:
        """Return the projections in the order of creation: all, or those with these sides and this target.

        Parameters
        ----------
        post, pre : Population, PopulationView, or name of a population
            Of a view, the projections onto, or from, any part of its population.
        target : str, optional
        suppress_error : bool
            Return an empty list where there are none; else a `ConfigurationError`.
        """
        ends = [None if end is None else self.get_population(_name_of(end)).name for end in (post, pre)]
        found = [
            projection
            for projection in self._state.connections
            if isinstance(projection, Projection)
            and ends[0] in (None, projection.post.name)
            and ends[1] in (None, projection.pre.name)
            and (target is None or target in np.atleast_1d(projection.target))
        ]
        if not found and not suppress_error:
            raise ConfigurationError("there is no such projection.")
        return found

    def enable_learning(
        self,
        projections: Sequence[Projection] | None = None,
        period: float | None = None,
        offset: float | None = None,
    ) -> None:
        """Let the synapses of some projections change, or of all; see `Projection.enable_learning`."""
        for projection in self.get_projections() if projections is None else projections:
            projection.enable_learning(period, offset)

    def disable_learning(self, projections: Sequence[Projection] | None = None) -> None:
        """Let the weights of some projections, or of all, stay as they are."""
        for projection in self.get_projections() if projections is None else projections:
            projection.disable_learning()

    def get_monitors(self, obj: Recordable | None = None) -> list[Monitor]:
        """Return all monitors, in the order of creation, or those of one object."""
        return [monitor for monitor in self._state.monitors if obj is None or monitor.object is obj]


class _Named(Protocol):
    @property
    def name(self) -> str | None: ...


Some = TypeVar("Some", bound=_Named)


def _named(kind: str, name: str, objects: Sequence[Some]) -> Some:
    """Return the object of that name.

    Raises
    ------
    ConfigurationError
        With a suggestion.
    """
    names = [str(one.name) for one in objects]
    if name not in names:
        raise ConfigurationError(f"there is no {kind} '{name}'; {closest(name, names) or f'there are {names}.'}")
    return objects[names.index(name)]


def _name_of(side: Population | PopulationView | str) -> str:
    return side if isinstance(side, str) else side.name
