"""What the user is told while things go on: logging, warnings and progress, from rank 0 alone."""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from distann.runtime.comm import Comm
from distann.runtime.script import user_frame

__all__ = ["Progress", "logger", "quiet", "report", "speak_on_first_rank", "warn_once"]

logger = logging.getLogger("distann")

_silent = False
_warned: set[str] = set()


def speak_on_first_rank(comm: Comm) -> None:
    """Silence logging, warnings, progress and the windows of figures on every rank but the first."""
    global _silent
    _silent = comm.rank != 0
    if not _silent:
        return
    logger.setLevel(logging.CRITICAL + 1)
    matplotlib = sys.modules.get("matplotlib")
    # Imported before this, it has read the environment already; a name means that the user has chosen.
    if matplotlib is not None and not isinstance(dict.get(matplotlib.rcParams, "backend"), str):
        matplotlib.use("Agg")
    os.environ.setdefault("MPLBACKEND", "Agg")


def warn_once(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn on rank 0, at the user's line; a message that has been given before is not repeated."""
    if _silent or message in _warned:
        return
    _warned.add(message)
    frame = user_frame(sys._getframe(1))
    if frame is None:
        warnings.warn(message, category, stacklevel=2)
    else:
        warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno)


def report(message: str) -> None:
    """Print what the script has asked for, on rank 0."""
    if not _silent:
        sys.stdout.write(message + "\n")


@contextmanager
def quiet() -> Iterator[None]:
    """Say nothing meanwhile, on no rank."""
    global _silent
    before, _silent = _silent, True
    try:
        yield
    finally:
        _silent = before


class Progress:
    """A line at the terminal that says how far a simulation is; on rank 0, and only where somebody looks.

    Parameters
    ----------
    total_ms : float
        Biological time to simulate, in ms.
    stream : file, optional
        Where the line goes; ``sys.stderr`` if not given.
    """

    delay_s = 0.5
    """Wall time before the line appears: what is done by then needs none."""
    period_s = 0.1
    """Wall time between two changes of the line."""
    width = 24

    __slots__ = ("_next", "_shown", "_start", "_stream", "_total")

    def __init__(self, total_ms: float, stream: TextIO | None = None) -> None:
        self._total = total_ms
        self._stream: TextIO | None = sys.stderr if stream is None else stream
        if _silent or total_ms <= 0 or self._stream is None or not self._stream.isatty():
            self._stream = None
        self._start = time.perf_counter()
        self._next = self._start + self.delay_s
        self._shown = False

    def update(self, done_ms: float) -> None:
        """Say that `done_ms` of the biological time are simulated."""
        if self._stream is None or time.perf_counter() < self._next:
            return
        now = time.perf_counter()
        self._next = now + self.period_s
        self._shown = True
        self._stream.write("\r" + self.line(done_ms, now - self._start) + "\x1b[K")
        self._stream.flush()

    def line(self, done_ms: float, wall_s: float) -> str:
        """Return the line for `done_ms` of biological time after `wall_s` seconds.

        The real-time factor is wall time over biological time: below 1 is faster than life.
        """
        part = min(1.0, done_ms / self._total)
        filled = int(part * self.width)
        bar = "#" * filled + "." * (self.width - filled)
        text = f"[{bar}] {part:4.0%}  {done_ms:.0f} of {self._total:.0f} ms"
        if done_ms > 0:
            factor = 1e3 * wall_s / done_ms
            text += f"  real-time factor {factor:.3g}  {_clock(wall_s * (1 / part - 1))} left"
        return text

    def close(self) -> None:
        """Take the line away."""
        if self._stream is not None and self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._stream = None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
