"""How what ranks tell each other after a window gets from one to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from distann.build import pointer
from distann.runtime.comm import Comm
from distann.runtime.shared import shared_memory

__all__ = ["Packets"]

FIRST_CAPACITY = 4096  # bytes of a packet; it grows with what the ranks have to say

T = TypeVar("T")


class Packets:
    """The packets of a network's ranks: in memory that all share, if they are on one node; else each one is sent.

    Parameters
    ----------
    comm : Comm
    library : cffi library
        The engine.
    network : cdata
        ``distann_network *``.
    """

    def __init__(self, comm: Comm, library: Any, network: Any) -> None:
        self._comm, self._lib, self._network = comm, library, network
        self._mailboxes: Any = None
        self._shared = 0  # bytes of a packet for which memory was asked for
        self._grow(FIRST_CAPACITY)

    @property
    def capacity(self) -> int:
        """Bytes that a rank has room for in an exchange."""
        return int(self._send.size)

    def meet(self, advance: Callable[[], T]) -> T:
        """Return what `advance` does, in which ranks that share memory wait for one another; collective."""
        if self._shared < self.capacity:
            self._share()
        return advance() if self._mailboxes is None else self._comm.together(advance)

    def exchange(self) -> bool:
        """Send packets: one collective call, two when they have grown. False if a rank has failed."""
        lib, ranks = self._lib, self._comm.size
        while True:
            capacity = self.capacity
            lib.distann_pack(self._network, self._to_send, capacity)
            self._comm.exchange(self._send, self._received)
            needed = lib.distann_packed_size(self._from_all, capacity, ranks)
            if needed <= capacity:
                break
            self._grow(needed)
        return not lib.distann_unpack(self._network, self._from_all, capacity)

    def _grow(self, needed: int) -> None:
        """Make room for packets of `needed` bytes; all ranks come here together."""
        capacity = 1 << (needed - 1).bit_length()
        self._send = np.zeros(capacity, np.uint8)
        self._received = np.zeros(capacity * self._comm.size, np.uint8)
        self._to_send = pointer(self._send, np.uint8)
        self._from_all = pointer(self._received, np.uint8)

    def _share(self) -> None:
        """Let packets of this size pass through memory, if the system has some; else they are sent as before."""
        self._shared = self.capacity
        memory = shared_memory(self._comm, self._lib.distann_mailbox_bytes(self._comm.size, self.capacity))
        if memory is None:
            return
        mailboxes = pointer(memory, np.uint8)
        self._lib.distann_set_mailboxes(self._network, mailboxes, self.capacity)
        self._mailboxes = mailboxes  # which the engine has used until now; what was there before goes
