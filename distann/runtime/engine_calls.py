"""What every call of the engine's C interface needs: the network there, and failures that all ranks hear of."""

from __future__ import annotations

from typing import Any

from distann.build import Engine
from distann.codegen.target import Precision
from distann.errors import KernelError
from distann.runtime.comm import Comm
from distann.runtime.structs import Keeper

__all__ = ["Calls"]


class Calls:
    """A network of the engine; what is called of it stands in the classes that this one is the base of.

    Parameters
    ----------
    engine : Engine
    settings : cdata
        ``distann_settings *``.
    precision : Precision
    comm : Comm

    Raises
    ------
    KernelError
        When there is no memory.
    """

    def __init__(self, engine: Engine, settings: Any, precision: Precision, comm: Comm) -> None:
        self.keeper, self.comm, self.precision = Keeper(), comm, precision
        self._engine, self._lib, self.threads = engine, engine.library, int(settings.threads)
        network = self._lib.distann_network_new(settings)
        if network == self.keeper.ffi.NULL:
            raise KernelError("there is no memory for the network", comm.rank)
        self._network = self.keeper.ffi.gc(network, self._lib.distann_network_free)
        self.changes = 0  # goes up with whatever may have changed a synapse

    def _agree(self, number: int) -> int:
        """All ranks fail when one has failed."""
        messages = self.comm.allgather(self._message() if number < 0 else "")
        for rank, message in enumerate(messages):
            if message:
                raise KernelError(message, rank)
        return number

    def _message(self) -> str:
        return str(self.keeper.ffi.string(self._lib.distann_message(self._network)).decode(errors="replace"))
