"""A thread that watches the collective calls of a rank: says where it waits, and ends a wait without hope."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from distann.runtime import script

__all__ = ["Watchdog"]

DOUBTS = 2  # looks after the one that finds that ranks wait in different calls

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
    tell : callable, optional
        Takes the call that this rank has been in for `limit_s`, and its script line; an empty call when it is over.
    compare : callable, optional
        Returns a sentence if ranks have been telling of calls that can never meet, else nothing.
    """

    limit_s = 60.0
    """Seconds in one collective call after which the rank says where it is."""
    poll_s = 0.25
    """Seconds between two looks."""

    __slots__ = ("_compare", "_departed", "_give_up", "_rank", "_stopped", "_tell", "_thread", "call", "calls")

    def __init__(
        self,
        rank: int,
        departed: Callable[[], tuple[int, int] | None],
        give_up: Callable[[str], None],
        tell: Callable[[str, str], None] = lambda call, line: None,
        compare: Callable[[], str] = str,
    ) -> None:
        self.calls = 0
        self.call = ""
        self._rank, self._departed, self._give_up = rank, departed, give_up
        self._tell, self._compare = tell, compare
        self._thread = threading.get_ident()
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, name="distann-watchdog", daemon=True).start()

    def stop(self) -> None:
        """Stop looking; the thread ends by itself."""
        self._stopped.set()

    def _watch(self) -> None:
        number, since, said, doubts = 0, 0.0, False, 0
        while not self._stopped.wait(min(self.poll_s, self.limit_s)):
            call, calls = self.call, self.calls
            if not call or calls != number:
                if said:
                    self._tell("", "")
                number, since, said = calls, time.monotonic(), False
            elif not said and time.monotonic() - since >= self.limit_s:
                said = True
                self._say(call, time.monotonic() - since)
            else:
                self._judge(call, calls)
            reason = self._compare()
            doubts = doubts + 1 if reason else 0
            if doubts > DOUBTS:  # what ranks have told may just be over
                self._give_up(reason)

    def _say(self, call: str, waited_s: float) -> None:
        line = script.line_of(self._thread)
        logger.warning("rank %d has been waiting in %s for %.3g s, at %s", self._rank, call, waited_s, line)
        self._tell(call, line)

    def _judge(self, call: str, calls: int) -> None:
        gone = self._departed()
        if gone is not None and gone[1] < calls and self.calls == calls:
            self._give_up(
                f"rank {gone[0]} has left the script, while rank {self._rank} waits for it in {call}, "
                f"at {script.line_of(self._thread)}. Every rank must make the same calls of distann: "
                "is one of them inside a condition on the rank?"
            )
