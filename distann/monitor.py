"""Monitors record spikes and variables while the network runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann import statistics
from distann.codegen.ir import Field, Role
from distann.errors import ConfigurationError, UnknownAttributeError, UnsupportedError
from distann.model.arguments import number_of
from distann.population import Population
from distann.runtime.recorder import FieldRecorder, SpikeRecorder
from distann.runtime.simulation import Simulation
from distann.runtime.spikes import Spikes
from distann.view import PopulationView

__all__ = ["Monitor"]


class Monitor:
    """Records variables of a population or of a view, before or after ``compile()``.

    Parameters
    ----------
    obj : Population or PopulationView
    variables : str or list of str
        Variables, inputs (``"g_exc"``, ``"sum(exc)"``), and ``"spike"``.
    period : float, optional
        ms between two records; every step by default. Spikes are recorded at every step.
    period_offset : float, optional
        ms from the beginning of a period to the record in it.
    start : bool
        Record at once; else from `start` on.
    name : str, optional

    Raises
    ------
    UnknownAttributeError
        For a variable that the neurons do not have.
    """

    def __init__(
        self,
        obj: Population | PopulationView,
        variables: str | Sequence[str] = (),
        period: float | None = None,
        period_offset: float | None = None,
        start: bool = True,
        name: str | None = None,
    ) -> None:
        if not isinstance(obj, Population | PopulationView):
            raise UnsupportedError(f"a monitor records populations and views of them; got {obj!r}.")
        self.object, self.name = obj, name
        self._population = obj.population if isinstance(obj, PopulationView) else obj
        self.variables = [variables] if isinstance(variables, str) else list(variables)
        self._network = self._population._network
        self._period, self._offset = self._steps(period, period_offset)
        self.recorders: dict[str, FieldRecorder | SpikeRecorder] = {}
        self._segments: dict[str, list[list[int]]] = {variable: [] for variable in self.variables}
        self._handed_over: dict[str, list[tuple[int, int]]] = {}
        self._running = start
        for variable in self.variables:
            self._check(variable)
        self._network.on_reset.append(self.reset)
        self._network.monitors.append(self)
        if self._network.compiled:
            self.attach(self._network.simulation)
        else:
            self._network.on_compile.append(self.attach)

    def _steps(self, period: float | None, offset: float | None) -> tuple[int, int]:
        dt = self._network.options.dt
        numbers = [number_of(dt if period is None else period, "a monitor's period")]
        numbers.append(number_of(0.0 if offset is None else offset, "a monitor's period_offset"))
        steps, start = (math.floor(number / dt + 1e-9) for number in numbers)
        if steps < 1 or not 0 <= start < steps:
            raise ConfigurationError(
                f"a monitor's period is at least dt = {dt} ms, and its period_offset less than the period; "
                f"got {period} and {offset}."
            )
        return steps, start

    def _check(self, variable: str) -> None:
        model = self._population._state.model
        if variable == "spike":
            if not model.spiking:
                raise ConfigurationError(
                    f"population '{self._population.name}' is rate-coded: it has no spikes to record."
                )
            return
        field = model.field(variable)
        if field is None or not _recordable(field):
            known = [f.name for f in model.fields if _recordable(f)] + ["spike"] * model.spiking
            raise UnknownAttributeError(f"population '{self._population.name}'", variable, known)

    def attach(self, simulation: Simulation) -> None:
        """Begin to record in a network that has just been constructed."""
        self._segments = {variable: [] for variable in self.variables}
        ranks = self.object.ranks if isinstance(self.object, PopulationView) else None
        number = self._population._state.number
        for variable in self.variables:
            if variable == "spike":
                self.recorders[variable] = SpikeRecorder(simulation, number, ranks)
            else:
                self.recorders[variable] = FieldRecorder(
                    simulation, number, variable, self._period, self._offset, ranks
                )
            simulation.part.switch_recorder(self.recorders[variable].number, self._running)
            if self._running:
                self._segments[variable].append([simulation.step, -1])

    def position(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of this monitor besides the records."""
        return {
            "what": f"{self.variables} of '{self._population.name}'",
            "period": [self._period, self._offset],
            "size": len(self.object),
            "running": self._running,
            "segments": self._segments,
            "handed over": self._handed_over,
        }

    def set_position(self, position: dict[str, Any]) -> bool:
        """Go on where a checkpoint was written; False if it is the position of another monitor."""
        mine = self.position()
        if any(mine[name] != position[name] for name in ("what", "period", "size")):
            return False
        self._switch(position["running"])
        self._segments = position["segments"]
        self._handed_over = {
            name: [(begin, end) for begin, end in windows] for name, windows in position["handed over"].items()
        }
        return True

    # ---- control --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to record, or go on."""
        self._switch(True)

    resume = start

    def pause(self) -> None:
        """Stop recording until `resume`."""
        self._switch(False)

    def stop(self) -> None:
        """Stop recording and forget what was recorded."""
        self._switch(False)
        for variable in self.recorders:
            self._forget(variable)

    def reset(self) -> None:
        """Forget what was recorded and begin again."""
        for variable in self.recorders:
            self._forget(variable)

    def _switch(self, on: bool) -> None:
        if on == self._running:
            return
        self._running = on
        for variable, recorder in self.recorders.items():
            recorder.simulation.part.switch_recorder(recorder.number, on)
            if on:
                self._segments[variable].append([recorder.simulation.step, -1])
            else:
                self._segments[variable][-1][1] = recorder.simulation.step

    def _forget(self, variable: str) -> None:
        recorder = self.recorders[variable]
        recorder.simulation.part.clear_recorder(recorder.number)
        self._segments[variable] = [[recorder.simulation.step, -1]] if self._running else []

    def _windows(self, variable: str) -> list[tuple[int, int]]:
        now = self._network.simulation.step
        return [(begin, now if end < 0 else end) for begin, end in self._segments[variable]]

    # ---- reading --------------------------------------------------------------------------------------------------

    def times(self, variables: str | Sequence[str] | None = None) -> dict[str, dict[str, list[int]]]:
        """Return, for each variable, the steps at which recording started and stopped."""
        wanted = self._wanted(variables)
        return {
            v: {"start": [w[0] for w in self._windows(v)], "stop": [w[1] for w in self._windows(v)]}
            for v in wanted
        }

    def get(
        self,
        variables: str | Sequence[str] | None = None,
        keep: bool = False,
        reshape: bool = True,
        force_dict: bool = False,
    ) -> Any:
        """Return what was recorded, whole, on every rank; collective.

        Parameters
        ----------
        variables : str or list of str, optional
            All by default.
        keep : bool
            Keep the records; by default they are handed over and forgotten.
        reshape : bool
            Give variables the geometry of the population: (steps, *geometry); else (steps, neurons).
        force_dict : bool
            A dict even for one variable.

        Returns
        -------
        ndarray, Spikes, or dict of them by variable
            A single variable comes without a dict.
        """
        wanted = self._wanted(variables)
        self._network.simulation_for("reading a monitor")
        found = {variable: self._read(variable, reshape) for variable in wanted}
        if not keep:
            for variable in wanted:
                self._handed_over[variable] = self._windows(variable)
                self._forget(variable)
        return found[wanted[0]] if len(wanted) == 1 and not force_dict else found

    def __getitem__(self, variable: str) -> Any:
        return self.get(variable)

    def _wanted(self, variables: str | Sequence[str] | None) -> list[str]:
        if variables is None:
            return self.variables
        wanted = [variables] if isinstance(variables, str) else list(variables)
        for variable in wanted:
            if variable not in self.variables:
                raise UnknownAttributeError("the monitor", variable, self.variables)
        return wanted

    def _read(self, variable: str, reshape: bool) -> NDArray[Any] | Spikes:
        values = self.recorders[variable].read()
        if isinstance(values, Spikes) or not reshape or values.ndim == 1:
            return values
        return values.reshape(len(values), *self.object.geometry)

    # ---- spikes ---------------------------------------------------------------------------------------------------

    def raster_plot(self, spikes: Spikes | None = None) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the times (ms) and the neurons of all spikes, ready to be plotted as points."""
        return statistics.raster_plot(self._given(spikes), self._network.options.dt)

    def histogram(
        self,
        spikes: Spikes | None = None,
        bins: float | None = None,
        per_neuron: bool = False,
        recording_window: tuple[int, int] | None = None,
    ) -> NDArray[np.int64]:
        """Return the number of spikes in each bin.

        Parameters
        ----------
        spikes : Spikes, optional
            What `get` returned; read now, and kept, by default.
        bins : float, optional
            Width of a bin, ms; a step by default.
        per_neuron : bool
            Count each neuron by itself: shape (neurons, bins).
        recording_window : (int, int), optional
            First step, and one past the last; by default all that was recorded.
        """
        spikes = self._given(spikes)
        window = recording_window or self._window()
        return statistics.histogram(spikes, self._network.options.dt, window, bins, per_neuron)

    def mean_fr(self, spikes: Spikes | None = None) -> float:
        """Return the mean firing rate over all recorded time, in Hz."""
        spikes = self._given(spikes)
        steps = sum(end - begin for begin, end in self._spike_windows())
        return statistics.mean_fr(spikes, steps * self._network.options.dt)

    def _given(self, spikes: Spikes | None) -> Spikes:
        if spikes is None:
            spikes = self.get("spike", keep=True)
        assert isinstance(spikes, Spikes)
        return spikes

    def _spike_windows(self) -> list[tuple[int, int]]:
        """The windows of what was handed over last, or of what is still here."""
        now = [window for window in self._windows("spike") if window[1] > window[0]]
        return now or self._handed_over.get("spike", [])

    def _window(self) -> tuple[int, int]:
        windows = self._spike_windows()
        return (windows[0][0], windows[-1][1]) if windows else (0, 0)


def _recordable(field: Field) -> bool:
    # The rate of an input population is a parameter: it changes from outside.
    return field.role in (Role.VARIABLE, Role.INPUT) or field.name == "r"
