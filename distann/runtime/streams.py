"""Recordings that go to files while a network runs: when they are written, and when readers see it."""

from __future__ import annotations

import time
from typing import Protocol

from distann.runtime.comm import Comm

__all__ = ["Stream", "Streams"]

SECONDS_UNSEEN = 2.0  # for about so long a reader of the file does not see what is new


class Stream(Protocol):
    """A recording that goes to a file."""

    def room(self) -> int:
        """Return for how many steps, at least one, memory is meant to last; the same on all ranks."""

    def flush(self, always: bool) -> None:
        """Write what this rank has recorded, if it is much or in any case."""

    def publish(self) -> None:
        """Let readers see all that was recorded; collective."""


class Streams:
    """All such recordings of a simulation.

    Parameters
    ----------
    comm : Comm
    """

    def __init__(self, comm: Comm) -> None:
        self._comm = comm
        self._streams: list[Stream] = []
        self._seen = (0, 0.0)  # step and time of the last publication
        self._next = 0

    def add(self, stream: Stream) -> None:
        """Take in a recording; on all ranks."""
        self._streams.append(stream)

    def room(self, steps: int) -> int:
        """Return `steps`, or fewer if memory would not last; the same on all ranks."""
        return min([steps, *(stream.room() for stream in self._streams)])

    def advanced(self, step: int, ended: bool) -> None:
        """Write what there is, now that the network is at a step; collective."""
        if not self._streams:
            return
        for stream in self._streams:
            stream.flush(always=False)
        if ended or step >= self._next:
            for stream in self._streams:
                stream.publish()
            self._plan(step)

    def _plan(self, step: int) -> None:
        """Choose the step of the next publication, on all ranks alike: a rank's own clock must not decide."""
        now, (before, since) = time.perf_counter(), self._seen
        speed = max(1, step - before) / max(now - since, 1e-3)
        self._seen = (step, now)
        self._next = step + self._comm.bcast(max(1, int(speed * SECONDS_UNSEEN)))
