"""Where the time of a run goes: seconds by phase, on every thread of every rank."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.runtime.comm import Comm
from distann.runtime.engine import Part

__all__ = ["Profile", "Timeline", "gathered"]

KEPT = 20_000  # single phases of each thread that a timeline shows
CATEGORIES = {"clear": "deliver", "transmit": "deliver", "update": "update", "record inputs": "record"}


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Where the time of a network's run went.

    Attributes
    ----------
    phases : tuple of str
        ``"update exc"``, ``"transmit proj0"``, ``"record"``; then ``"wait"`` for other threads, and ``"exchange"``:
        what concerns other ranks, the preparation of windows included.
    seconds : ndarray, shape (ranks, threads, phases)
    calls : ndarray of int, shape (ranks, threads, phases)
    model_s : float
        Biological time that was simulated, s.
    events : int
        Spikes that arrived at synapses, on all ranks.
    updates : int
        Neurons times steps, on all ranks.
    """

    phases: tuple[str, ...]
    seconds: NDArray[np.float64]
    calls: NDArray[np.int64]
    model_s: float
    events: int
    updates: int

    @property
    def wall_s(self) -> float:
        """Seconds that the busiest thread was in the step loop."""
        return float(self.seconds.sum(axis=2).max(initial=0.0))

    @property
    def real_time_factor(self) -> float:
        """Wall time over biological time."""
        return self.wall_s / self.model_s if self.model_s else 0.0

    @property
    def imbalance(self) -> float:
        """Work of the busiest thread over the mean of all, less 1; work is all but waiting and exchanging."""
        work = self.seconds[:, :, :-2].sum(axis=2)
        return float(work.max() / work.mean() - 1.0) if work.any() else 0.0

    def _share(self, prefix: str, count: int) -> float:
        """Nanoseconds of processor time for each of `count` things that phases of this name did."""
        chosen = [position for position, name in enumerate(self.phases) if name.startswith(prefix)]
        return 1e9 * float(self.seconds[:, :, chosen].sum()) / count if count else 0.0

    @property
    def ns_per_event(self) -> float:
        """Processor time of one spike at one synapse, ns."""
        return self._share("transmit", self.events)

    @property
    def ns_per_update(self) -> float:
        """Processor time of one step of one neuron, ns."""
        return self._share("update", self.updates)

    def table(self) -> str:
        """Return one line a phase: mean seconds of a thread, its part of all, the largest of all threads, calls."""
        ranks, threads, _ = self.seconds.shape
        mean, most = self.seconds.mean(axis=(0, 1)), self.seconds.max(axis=(0, 1))
        total = max(float(mean.sum()), 1e-12)
        width = max(map(len, self.phases))
        lines = [f"{'phase':<{width}}  mean (s)   part   most (s)      calls"]
        for position, name in enumerate(self.phases):
            calls, s = int(self.calls[:, :, position].max()), float(mean[position])
            lines.append(f"{name:<{width}}  {s:8.4f}  {s / total:5.1%}  {most[position]:8.4f}  {calls:9}")
        lines.append(
            f"{ranks} ranks x {threads} threads; {self.model_s:g} s of the network in {self.wall_s:.4g} s: "
            f"real-time factor {self.real_time_factor:.3g}; imbalance {self.imbalance:.1%}; "
            f"{self.ns_per_event:.2f} ns an event, {self.ns_per_update:.2f} ns a neuron and step"
        )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()


def gathered(
    comm: Comm,
    phases: Sequence[str],
    seconds: NDArray[np.float64],
    calls: NDArray[np.int64],
    events: int,
    neurons: int,
    steps: int,
    dt: float,
) -> Profile:
    """Put together the profiles of all ranks; collective.

    Parameters
    ----------
    comm : Comm
    phases : sequence of str
        Names of the operations.
    seconds, calls : ndarray, shape (threads, phases)
        Of this rank.
    events : int
        Spikes that arrived at synapses of this rank.
    neurons, steps : int
        Of the whole network.
    dt : float
        Step, ms.
    """
    return Profile(
        (*phases, "wait", "exchange"),
        comm.gather_array(seconds[np.newaxis]),
        comm.gather_array(calls[np.newaxis]),
        steps * dt / 1e3,
        comm.sum(events),
        neurons * steps,
    )


class Timeline:
    """The first phases of a run, one by one, as a file for ``chrome://tracing`` or https://ui.perfetto.dev.

    Parameters
    ----------
    path : Path
    comm : Comm
    """

    def __init__(self, path: Path, comm: Comm) -> None:
        self._path, self._comm, self._written = path, comm, -1

    def write(self, part: Part, phases: Sequence[str]) -> None:
        """Write all that was kept so far, on rank 0; collective. Once nothing is added any more, nothing is done."""
        kept = [part.kept_phases(thread) for thread in range(part.threads)]
        count = self._comm.sum(sum(len(numbers) for _, _, numbers in kept))
        if count == self._written:
            return
        self._written = count
        names = (*phases, "wait", "exchange")
        mine = [event for thread, phase in enumerate(kept) for event in self._events(thread, phase, names)]
        gathered = self._comm.allgather(mine)
        if self._comm.rank == 0:
            events = [event for rank in gathered for event in rank]
            self._path.write_text(json.dumps({"traceEvents": events, "displayTimeUnit": "ns"}), encoding="utf-8")

    def _events(self, thread: int, kept: tuple[NDArray[Any], ...], names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "name": names[phase], "cat": _category(names[phase]), "ph": "X", "pid": self._comm.rank, "tid": thread,
                "ts": round(1e6 * begin, 3), "dur": round(1e6 * (end - begin), 3),
            }
            for begin, end, phase in zip(*(array.tolist() for array in kept), strict=True)
        ]  # fmt: skip


def _category(name: str) -> str:
    return next((category for kind, category in CATEGORIES.items() if name.startswith(kind)), name)
