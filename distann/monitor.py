"""Monitors record spikes and variables while the network runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from distann.analysis import SpikeAnalysis
from distann.errors import ConfigurationError, UnknownAttributeError
from distann.io.records import save_records, spike_train_list
from distann.io.stream import FileStream
from distann.model.arguments import number_of
from distann.recorded import SPIKES, Recordable, source_of
from distann.runtime.recorder import RowRecorder, SpikeRecorder
from distann.runtime.simulation import Simulation
from distann.runtime.spikes import Spikes

__all__ = ["Monitor", "MonitorList"]


class Monitor(SpikeAnalysis):
    """Records variables of neurons or synapses, before or after ``compile()``.

    Parameters
    ----------
    obj : Population, PopulationView, Projection or Dendrite
        A dendrite exists only after ``compile()``.
    variables : str or list of str
        Of neurons: variables, inputs (``"g_exc"``, ``"sum(exc)"``), ``"spike"`` and ``"axon_spike"``. Of synapses:
        variables, ``"w"``.
    period : float, optional
        ms between two records; every step by default. Spikes are recorded at every step.
    period_offset : float, optional
        ms from the beginning of a period to the record in it. Periods are counted from when the monitor is made.
    start : bool
        Record at once; else from `start` on.
    name : str, optional
    to_file : str or Path, optional
        Write the records to this HDF5 file while the network runs, instead of keeping them in memory. The ranks write
        into a folder beside it, ``<file>.parts``, that belongs to it. Another program may read the file at any time.

    Raises
    ------
    UnknownAttributeError
        For a variable that there is not.
    """

    def __init__(
        self,
        obj: Recordable,
        variables: str | Sequence[str] = (),
        period: float | None = None,
        period_offset: float | None = None,
        start: bool = True,
        name: str | None = None,
        to_file: str | Path | None = None,
    ) -> None:
        self._path = None if to_file is None else _checked(to_file)
        self._stream: FileStream | None = None
        self._source = source_of(obj)
        self.object, self.name = obj, name
        self.variables = [variables] if isinstance(variables, str) else list(variables)
        self._network = self._source.network
        self._dt = self._network.options.dt
        self._period, self._offset = self._steps(period, period_offset)
        self.recorders: dict[str, RowRecorder | SpikeRecorder] = {}
        self._segments: dict[str, list[list[int]]] = {variable: [] for variable in self.variables}
        self._handed_over: dict[str, list[tuple[int, int]]] = {}
        self._running = start
        for variable in self.variables:
            self._source.check(variable)
        self._network.on_reset.append(self.reset)
        self._network.monitors.append(self)
        if self._network.compiled:
            self.attach(self._network.simulation)
        else:
            self._network.on_compile.append(self.attach)

    def _steps(self, period: float | None, offset: float | None) -> tuple[int, int]:
        numbers = [number_of(self._dt if period is None else period, "a monitor's period")]
        numbers.append(number_of(0.0 if offset is None else offset, "a monitor's period_offset"))
        steps, start = (math.floor(number / self._dt + 1e-9) for number in numbers)
        if steps < 1 or not 0 <= start < steps:
            raise ConfigurationError(
                f"a monitor's period is at least dt = {self._dt} ms, and its period_offset less than the period; "
                f"got {period} and {offset}."
            )
        return steps, (start + self._network.step) % steps

    def expected_bytes(self, steps: float, rate: float, word: int) -> float:
        """Return the memory, on all ranks together, of what it records in so many steps; nothing, if it is to a file.

        Parameters
        ----------
        steps : float
        rate : float
            Hz, of neurons whose spikes are recorded.
        word : int
            Bytes of a value.
        """
        n, seconds = len(self._source), steps * self._dt / 1e3
        sizes = (16 * n * rate * seconds if v in SPIKES else word * n * steps / self._period for v in self.variables)
        return 0.0 if self._path is not None else sum(sizes)

    @property
    def label(self) -> str:
        """Name of the monitor, or else that of what it records."""
        return self.name or self._source.name

    def attach(self, simulation: Simulation) -> None:
        """Begin to record in a network that has just been constructed; collective."""
        self._segments = {variable: [] for variable in self.variables}
        for variable in self.variables:
            recorder = self._source.record(simulation, variable, self._period, self._offset)
            self.recorders[variable] = recorder
            simulation.part.switch_recorder(recorder.number, self._running)
            if self._running:
                self._segments[variable].append([simulation.step, -1])
        if self._path is not None:
            self._stream = FileStream(
                self._path, self.label, self.recorders, simulation.comm, self._dt, self._period, self._offset,
                self._windows,
            )  # fmt: skip
            simulation.streams.add(self._stream)

    # ---- checkpoints ----------------------------------------------------------------------------------------------

    def position(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of this monitor besides the records; collective."""
        if self._stream is not None:
            self._stream.publish()
        return {
            **self._identity(),
            "running": self._running,
            "segments": self._segments,
            "handed over": self._handed_over,
            "pieces": self._stream.pieces() if self._stream is not None else None,
        }

    def _identity(self) -> dict[str, Any]:
        what = f"{self.variables} of '{self._source.name}'"
        return {"what": what, "period": [self._period, self._offset], "size": len(self._source)}

    def set_position(self, position: dict[str, Any]) -> bool:
        """Go on where a checkpoint was written; False if it is the position of another monitor."""
        pieces = position["pieces"]
        if any(position[name] != value for name, value in self._identity().items()):
            return False
        if (pieces is None) != (self._stream is None):
            return False
        self._switch(position["running"])
        self._segments = position["segments"]
        self._handed_over = {
            name: [(begin, end) for begin, end in windows] for name, windows in position["handed over"].items()
        }
        if self._stream is not None:
            self._stream.resume(pieces)
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
        """Stop recording and forget what was recorded; what is in a file stays there. Collective."""
        self._switch(False)
        if self._stream is not None:
            self._stream.publish()
            return
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
        if self._stream is not None:
            self._stream.restart(variable)
        self._segments[variable] = [[recorder.simulation.step, -1]] if self._running else []

    def _windows(self, variable: str) -> list[tuple[int, int]]:
        now = self._network.step
        return [(begin, now if end < 0 else end) for begin, end in self._segments[variable]]

    # ---- reading --------------------------------------------------------------------------------------------------

    def times(self, variables: str | Sequence[str] | None = None) -> dict[str, dict[str, list[float]]]:
        """Return, for each variable, the times in ms at which recording started and stopped."""
        found = {variable: self._windows(variable) for variable in self._wanted(variables)}
        return {
            variable: {"start": [w[0] * self._dt for w in windows], "stop": [w[1] * self._dt for w in windows]}
            for variable, windows in found.items()
        }

    def get(
        self,
        variables: str | Sequence[str] | None = None,
        keep: bool = False,
        reshape: bool = True,
        force_dict: bool = False,
        local: bool = False,
    ) -> Any:
        """Return what was recorded, whole, on every rank; collective.

        Parameters
        ----------
        variables : str or list of str, optional
            All by default.
        keep : bool
            Keep the records; by default they are handed over and forgotten. Those in a file are always kept.
        reshape : bool
            Give variables of neurons the geometry of the population: (records, *geometry); else (records, neurons).
        force_dict : bool
            A dict even for one variable.
        local : bool
            What this rank recorded, of its own neurons or synapses: (records, own ones). Not collective. With a file,
            only what is not written yet.

        Returns
        -------
        ndarray, Spikes, or dict of them by variable
            A single variable comes without a dict. Variables of a projection have the shape (records, synapses) in the
            order of ``projection.synapses()``, or (records, neurons with synapses), or (records,).
        """
        wanted = self._wanted(variables)
        self._network.simulation_for("reading a monitor")
        found = {variable: self._read(variable, reshape, local) for variable in wanted}
        if not keep and self._stream is None:
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

    def _read(self, variable: str, reshape: bool, local: bool) -> NDArray[Any] | Spikes:
        recorder = self.recorders[variable]
        if local:
            return recorder.local()
        values = recorder.read() if self._stream is None else self._stream.read(variable)
        if isinstance(values, Spikes) or not reshape or values.ndim == 1:
            return values
        return values.reshape(len(values), *self._source.shape(values.shape[1]))

    # ---- files ----------------------------------------------------------------------------------------------------

    def save(
        self,
        filename: str | Path,
        variables: str | Sequence[str] | None = None,
        keep: bool = False,
        reshape: bool = True,
        force_dict: bool = True,
    ) -> None:
        """Write the records to a file, on rank 0; collective.

        Parameters
        ----------
        filename : str or Path
            ``.npz``; ``.h5`` or ``.hdf5``, which need h5py; or ``.npy`` for one variable. Spikes are the arrays ``ids``
            and ``times`` (ms), alone in a file or after the name of their variable: ``spike.ids``.
        variables, keep, reshape
            As for `get`.
        force_dict : bool
            Accepted for compatibility.

        Raises
        ------
        ConfigurationError
            For another ending.
        """
        found = self.get(variables, keep=keep, reshape=reshape, force_dict=True)
        save_records(Path(filename), found, self._dt, self._network.comm)

    def to_neo(self, spikes: Spikes | None = None) -> Any:
        """Return the spikes as a ``neo.core.spiketrainlist.SpikeTrainList``, one train for each recorded neuron.

        Parameters
        ----------
        spikes : Spikes, optional
            What `get` returned; read now, and kept, by default.

        Raises
        ------
        MissingPackageError
            When neo is not installed.
        """
        spikes = self._given(spikes)
        return spike_train_list(spikes, self._dt, self._window())

    # ---- spikes ---------------------------------------------------------------------------------------------------

    def _given(self, spikes: Spikes | None) -> Spikes:
        if spikes is None:
            spikes = self.get(self._spikes, keep=True)
        assert isinstance(spikes, Spikes)
        return spikes

    @property
    def _spikes(self) -> str:
        """Which spikes are meant where none are given: axonal ones, if others are not recorded."""
        return next((kind for kind in SPIKES if kind in self.variables), "spike")

    def _spike_windows(self) -> list[tuple[int, int]]:
        """The windows of what was handed over last, or of what is still here."""
        now = [window for window in self._windows(self._spikes) if window[1] > window[0]]
        return now or self._handed_over.get(self._spikes, [])


def _checked(to_file: str | Path) -> Path:
    path = Path(to_file).absolute()
    if path.suffix not in (".h5", ".hdf5"):
        raise ConfigurationError(f"a monitor records to an .h5 or .hdf5 file; got {str(to_file)!r}.")
    return path


class MonitorList:
    """Several monitors whose records go into one file.

    Parameters
    ----------
    monitors : sequence of Monitor
    """

    def __init__(self, monitors: Sequence[Monitor]) -> None:
        self.monitors = list(monitors)

    def __len__(self) -> int:
        return len(self.monitors)

    def __getitem__(self, index: int) -> Monitor:
        return self.monitors[index]

    def save_all(
        self, filename: str | Path, keep: bool = False, reshape: bool = False, flat_keys: bool = False
    ) -> None:
        """Write the records of all monitors to a file, on rank 0; collective.

        Parameters
        ----------
        filename : str or Path
            As for `Monitor.save`.
        keep, reshape : bool
            As for `Monitor.get`.
        flat_keys : bool
            Names ``object-variable``, instead of one group an object (``object/variable``).

        Raises
        ------
        ConfigurationError
            When two monitors would have the same name in the file.
        """
        if not self.monitors:
            raise ConfigurationError("there is no monitor to save.")
        found: dict[str, Any] = {}
        for monitor in self.monitors:
            for variable, values in monitor.get(keep=keep, reshape=reshape, force_dict=True).items():
                key = f"{monitor.label}{'-' if flat_keys else '/'}{variable}"
                if key in found:
                    raise ConfigurationError(f"two monitors record '{key}': give them names, Monitor(..., name='...').")
                found[key] = values
        save_records(Path(filename), found, self.monitors[0]._dt, self.monitors[0]._network.comm)
