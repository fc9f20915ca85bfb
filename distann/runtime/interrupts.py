"""Signals while a network runs: they wait for the end of a window, and then hold on all ranks alike."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["KEYBOARD", "LEAVE", "Interrupts"]

KEYBOARD, LEAVE = 1, 2  # bits of what ranks tell one another
LEAVING = ("SIGTERM", "SIGUSR1")  # what batch systems send before they end a job


class Interrupts:
    """Takes signals, inside a ``with``, that would end a run in the middle of a window.

    Ctrl-C is taken always; `LEAVING` only where there is something to do before the end. A second Ctrl-C is not
    waited with: it interrupts whatever goes on.

    Parameters
    ----------
    leaving : bool
        Whether to take the signals that batch systems send, too.
    """

    def __init__(self, leaving: bool) -> None:
        names = ("SIGINT", *(LEAVING if leaving else ()))
        self._signals = [getattr(signal, name) for name in names]
        self._before: dict[int, Any] = {}
        self._taken = 0

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in self._signals:
                # A signal that is ignored, or that a foreign handler serves, stays so.
                if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                    self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        word = KEYBOARD if number == signal.SIGINT else LEAVE
        if word == KEYBOARD and self._taken & KEYBOARD:
            raise KeyboardInterrupt
        self._taken |= word

    def taken(self) -> int:
        """Return, once, the bits of the signals that came."""
        word, self._taken = self._taken, 0
        return word
