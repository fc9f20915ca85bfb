"""A thread that watches the collective calls of a rank: says where it waits, and ends a wait without hope."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from distann.runtime import script

__all__ = ["Watchdog"]

logger = logging.getLogger("distann.watchdog")
logger.setLevel(logging.WARNING)  # of its own, because the other loggers are silent except on rank 0


class Watchdog:
    """Watches the collective calls that the thread which made this object is in.

    A collective call is numbered: in a correct program call number n is the same call on every rank. So if a
    neighbour has left the script after fewer calls than this rank has entered, the call will never return.

    Parameters
    ----------
    rank : int
        This rank, for the messages.
    departed : callable
        Returns (rank, calls) of a neighbour that has left the script, None while it is in it. Called from the
        watching thread, only while a call is pending.
    give_up : callable
        Called with a sentence when the pending call can never return.
    """

    limit_s = 60.0
    """Seconds in one collective call after which the rank says where it is."""
    poll_s = 0.25
    """Seconds between two looks."""

    __slots__ = ("_departed", "_give_up", "_rank", "_stopped", "_thread", "call", "calls")

    def __init__(
        self, rank: int, departed: Callable[[], tuple[int, int] | None], give_up: Callable[[str], None]
    ) -> None:
        self.calls = 0
        self.call = ""
        self._rank, self._departed, self._give_up = rank, departed, give_up
        self._thread = threading.get_ident()
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, name="distann-watchdog", daemon=True).start()

    def stop(self) -> None:
        """Stop looking; the thread ends by itself."""
        self._stopped.set()

    def _watch(self) -> None:
        number, since, said = 0, 0.0, False
        while not self._stopped.wait(min(self.poll_s, self.limit_s)):
            call, calls = self.call, self.calls
            if not call or calls != number:
                number, since, said = calls, time.monotonic(), False
            elif not said and time.monotonic() - since >= self.limit_s:
                said = True
                logger.warning(
                    "rank %d has been waiting in %s for %.3g s, at %s",
                    self._rank, call, time.monotonic() - since, script.line_of(self._thread),
                )
            else:
                self._judge(call, calls)

    def _judge(self, call: str, calls: int) -> None:
        gone = self._departed()
        if gone is not None and gone[1] < calls and self.calls == calls:
            self._give_up(
                f"rank {gone[0]} has left the script, while rank {self._rank} waits for it in {call}, "
                f"at {script.line_of(self._thread)}. Every rank must make the same calls of distann: "
                "is one of them inside a condition on the rank?"
            )
