"""A group of ranks, as the rest of distann sees it; and groups of one process, real or pretended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError

__all__ = ["Comm", "SerialComm", "TiledComm", "gatherable"]

T = TypeVar("T")
Bytes = NDArray[np.uint8]


class Comm(Protocol):
    """A group of ranks. Every method but `abort` is collective: all ranks call it, in the same order."""

    @property
    def rank(self) -> int:
        """This rank, from 0."""

    @property
    def size(self) -> int:
        """How many ranks there are."""

    @property
    def node(self) -> int:
        """The lowest rank among those that share this rank's memory: names the node."""

    @property
    def node_rank(self) -> int:
        """This rank's place among the ranks of its node."""

    @property
    def node_size(self) -> int:
        """How many ranks this node has."""

    @property
    def is_node_leader(self) -> bool:
        """Whether this is the one rank of its node that does what is done once a node."""

    def barrier(self) -> None:
        """Return once every rank has called."""

    def wait(self) -> None:
        """Return once every rank has called, asleep until then: for seconds in which others need the processor."""

    def bcast(self, value: T, root: int = 0) -> T:
        """Return `value` of rank `root`; a small Python object."""

    def allgather(self, value: T) -> list[T]:
        """Return the `value` of every rank, by rank; small Python objects."""

    def gather_array(self, local: NDArray[Any]) -> NDArray[Any]:
        """Return the ranks' arrays joined along axis 0, on every rank.

        The lengths may differ and may be 0; the other axes and the dtype must be those of every rank.

        Raises
        ------
        ConfigurationError
            If `local` has no axis, or holds Python objects.
        DivergenceError
            If the ranks' arrays differ in dtype or in their other axes; on every rank alike.
        """

    def to_first(self, local: NDArray[Any], take: Callable[[int, NDArray[Any]], None]) -> None:
        """Hand the ranks' arrays to `take(rank, array)` on rank 0, one after the other, so that it holds one at a time.

        What `take` raises is raised on rank 0 alone, when all ranks are done.
        """

    def split(self, group: int) -> Comm:
        """Return the ranks that name the same group as this one, as ranks of their own: in the same order."""

    def free(self) -> None:
        """Give up what `split` returned; collective among its ranks."""

    def exchange(self, send: Bytes, receive: Bytes) -> None:
        """Fill `receive`, shape (size × len(send),), with the `send` of every rank; all of one length."""

    def together(self, work: Callable[[], T]) -> T:
        """Return what `work` does, in which the ranks wait for one another in a way of their own."""

    def sum(self, value: int) -> int:
        """Return the sum of the ranks' values; it must fit 64 bits."""

    def same(self, value: bytes | memoryview) -> bool:
        """Return whether `value` is the same bytes on all ranks; every rank gets the same answer."""

    def abort(self, code: int) -> None:
        """End the whole job now, all its ranks, with exit status `code`. Does not return."""


class TiledComm:
    """Pretends to be one of `size` ranks on a single process, each of which says what this one says.

    Parameters
    ----------
    size : int
        How many ranks to pretend.
    rank : int
        Which of them this process is.
    """

    __slots__ = ("rank", "size")

    node_rank = 0
    node_size = 1
    is_node_leader = True

    def __init__(self, size: int, rank: int = 0) -> None:
        if not 0 <= rank < size:
            raise ConfigurationError(f"there is no rank {rank} among {size}.")
        self.rank, self.size = rank, size

    @property
    def node(self) -> int:
        return self.rank

    def barrier(self) -> None:
        pass

    def wait(self) -> None:
        pass

    def bcast(self, value: T, root: int = 0) -> T:
        return value

    def allgather(self, value: T) -> list[T]:
        return [value] * self.size

    def gather_array(self, local: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([gatherable(local)] * self.size)

    def to_first(self, local: NDArray[Any], take: Callable[[int, NDArray[Any]], None]) -> None:
        for rank in range(self.size):
            take(rank, gatherable(local))

    def split(self, group: int) -> TiledComm:
        return self

    def free(self) -> None:
        pass

    def exchange(self, send: Bytes, receive: Bytes) -> None:
        receive.reshape(self.size, send.size)[:] = send

    def together(self, work: Callable[[], T]) -> T:
        return work()

    def sum(self, value: int) -> int:
        return value * self.size

    def same(self, value: bytes | memoryview) -> bool:
        return True

    def abort(self, code: int) -> None:
        raise SystemExit(code)


class SerialComm(TiledComm):
    """The one rank of a job without MPI."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(1)


def gatherable(local: NDArray[Any]) -> NDArray[Any]:
    """Return an array that ranks can join, contiguous.

    Raises
    ------
    ConfigurationError
        If it has no axis, or holds Python objects.
    """
    if local.ndim == 0 or local.dtype.hasobject:
        raise ConfigurationError(
            f"an array of {local.ndim} axes and dtype {local.dtype} cannot be gathered: it needs an axis to "
            "be joined along, and elements that are plain numbers."
        )
    return np.ascontiguousarray(local)
