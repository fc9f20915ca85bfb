"""The ranks of a job, and all that they say to one another: the only module that knows mpi4py."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import math
import os
import sys
import termios
import threading
import time
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TextIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from distann.errors import ConfigurationError, DivergenceError
from distann.runtime import launch
from distann.runtime.watchdog import Watchdog

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

__all__ = ["Comm", "MpiComm", "SerialComm", "TiledComm", "world"]

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
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
        return np.concatenate([_gatherable(local)] * self.size)

    def to_first(self, local: NDArray[Any], take: Callable[[int, NDArray[Any]], None]) -> None:
        for rank in range(self.size):
            take(rank, _gatherable(local))

    def split(self, group: int) -> TiledComm:
        return self

    def free(self) -> None:
        pass

    def exchange(self, send: Bytes, receive: Bytes) -> None:
        receive.reshape(self.size, send.size)[:] = send

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


def _gatherable(local: NDArray[Any]) -> NDArray[Any]:
    if local.ndim == 0 or local.dtype.hasobject:
        raise ConfigurationError(
            f"an array of {local.ndim} axes and dtype {local.dtype} cannot be gathered: it needs an axis to "
            "be joined along, and elements that are plain numbers."
        )
    return np.ascontiguousarray(local)


def _collective(method: Callable[Concatenate[MpiComm, P], R]) -> Callable[Concatenate[MpiComm, P], R]:
    """Let the watchdog know in which call this rank is."""
    name = method.__name__

    @functools.wraps(method)
    def watched(self: MpiComm, /, *args: P.args, **kwargs: P.kwargs) -> R:
        watchdog = self.watchdog
        watchdog.calls += 1
        watchdog.call = name
        try:
            return method(self, *args, **kwargs)
        finally:
            watchdog.call = ""

    return watched


class MpiComm:
    """The ranks of an MPI job, on a communicator of their own.

    Parameters
    ----------
    mpi : module
        ``mpi4py.MPI``.
    ranks : communicator, optional
        All ranks of the job, if not given; else some, which this object owns.
    """

    __slots__ = (
        "_comm", "_departure", "_farewell", "_left", "_listening", "_mpi", "_term", "_total",
        "is_node_leader", "node", "node_rank", "node_size", "rank", "size", "watchdog",
    )

    piece = 2**30
    """Bytes of one message of a large gathering: MPI libraries before MPI 4 count no further than 2³¹."""

    def __init__(self, mpi: Any, ranks: Intracomm | None = None) -> None:
        self._mpi = mpi
        world: Intracomm = mpi.COMM_WORLD if ranks is None else ranks
        self._comm = world.Dup() if ranks is None else ranks
        self._farewell = world.Dup()  # of its own: it is spoken on while a collective call is pending
        self.rank, self.size = world.rank, world.size
        node = world.Split_type(mpi.COMM_TYPE_SHARED)
        self.node_rank, self.node_size = node.rank, node.size
        self.node = node.bcast(self.rank, root=0)
        node.Free()
        self.is_node_leader = self.node_rank == 0
        self._term, self._total = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self._left = False
        self._departure = np.full(1, -1, np.int64)
        self._listening = threading.Lock()
        alone = mpi.Query_thread() < mpi.THREAD_MULTIPLE  # then no second thread may call MPI
        partial = ranks is not None  # only from the whole job do ranks depart
        self.watchdog = Watchdog(self.rank, _unknown if alone or partial else self._departed, self._give_up)

    @_collective
    def barrier(self) -> None:
        self._comm.Barrier()

    @_collective
    def wait(self) -> None:
        everyone = self._comm.Ibarrier()
        while not everyone.Test():
            time.sleep(1e-3)

    @_collective
    def bcast(self, value: T, root: int = 0) -> T:
        received: T = self._comm.bcast(value, root=root)
        return received

    @_collective
    def allgather(self, value: T) -> list[T]:
        return self._comm.allgather(value)

    @_collective
    def gather_array(self, local: NDArray[Any]) -> NDArray[Any]:
        shapes = self._comm.allgather((local.shape, local.dtype.str))
        if len({(len(shape), shape[1:], dtype) for shape, dtype in shapes}) > 1:
            raise DivergenceError(f"the ranks' arrays cannot be joined; shape and dtype by rank: {shapes}.")
        local = _gatherable(local)
        lengths = [shape[0] for shape, _ in shapes]
        whole = np.empty((sum(lengths), *local.shape[1:]), local.dtype)
        row = local.dtype.itemsize * int(np.prod(local.shape[1:], dtype=np.int64))
        self._join(_bytes_of(local), _bytes_of(whole), [length * row for length in lengths])
        return whole

    def _join(self, local: Bytes, whole: Bytes, counts: list[int]) -> None:
        if whole.size <= self.piece:
            self._comm.Allgatherv(local, [whole, counts, self._mpi.BYTE])
            return
        first = 0
        for root, count in enumerate(counts):
            part = whole[first : first + count]
            if root == self.rank:
                part[:] = local
            for start in range(0, count, self.piece):
                self._comm.Bcast(part[start : start + self.piece], root=root)
            first += count

    @_collective
    def to_first(self, local: NDArray[Any], take: Callable[[int, NDArray[Any]], None]) -> None:
        local = _gatherable(local)
        shapes = self._comm.gather((local.shape, local.dtype.str))
        if shapes is None:
            self._send(_bytes_of(local))
            return
        problem: Exception | None = None
        for rank, (shape, dtype) in enumerate(shapes):
            array = local if rank == 0 else np.empty(shape, dtype)
            if rank > 0:
                self._receive(_bytes_of(array), rank)
            try:
                if problem is None:
                    take(rank, array)
            except Exception as error:  # the others still send
                problem = error
        if problem is not None:
            raise problem

    def _send(self, content: Bytes) -> None:
        for start in range(0, content.size, self.piece):
            self._comm.Ssend(content[start : start + self.piece], dest=0)

    def _receive(self, content: Bytes, rank: int) -> None:
        for start in range(0, content.size, self.piece):
            self._comm.Recv(content[start : start + self.piece], source=rank)

    def split(self, group: int) -> MpiComm:
        ranks: Any = self._comm.Split(group, self.rank)
        return MpiComm(self._mpi, ranks)

    def free(self) -> None:
        self.watchdog.stop()
        self._farewell.Free()
        self._comm.Free()

    @_collective
    def exchange(self, send: Bytes, receive: Bytes) -> None:
        self._comm.Allgather(send, receive)

    @_collective
    def sum(self, value: int) -> int:
        self._term[0] = value
        self._comm.Allreduce(self._term, self._total)
        return int(self._total[0])

    @_collective
    def same(self, value: bytes | memoryview) -> bool:
        mine = np.frombuffer(hashlib.sha256(value).digest(), np.uint8)
        everyone = np.empty((self.size, mine.size), np.uint8)
        self._comm.Allgather(mine, everyone)
        return bool((everyone == mine).all(axis=1).all())

    def abort(self, code: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        _wait_for_reader(sys.stdout, sys.stderr)
        self._mpi.COMM_WORLD.Abort(code)

    def leave(self, patience_s: float = math.inf) -> bool:
        """Wait at the end of the script until all ranks are there; each tells the next one that it is.

        MPI's own end waits as well, but without a word: a rank that waits in a collective call for one that
        has left would wait for ever. Waiting here costs no processor time.

        Parameters
        ----------
        patience_s : float
            Seconds to wait; if finite, the next rank is told only when all are there.

        Returns
        -------
        bool
            Whether all ranks came in time.
        """
        if self._left or self._mpi.Is_finalized():
            return True
        self._left = True
        calls = np.array([self.watchdog.calls], np.int64)
        tell = functools.partial(self._farewell.Isend, calls, dest=(self.rank + 1) % self.size)
        told = tell() if patience_s == math.inf else None
        everyone, last = self._farewell.Ibarrier(), time.monotonic() + patience_s
        while not everyone.Test():
            if time.monotonic() > last:
                return False
            time.sleep(1e-3)
        self.watchdog.stop()
        told = told or tell()
        while self._departed() is None:
            time.sleep(1e-3)
        told.Wait()
        return True

    def _departed(self) -> tuple[int, int] | None:
        neighbour = (self.rank - 1) % self.size
        with self._listening:
            if self._departure[0] < 0 and self._farewell.Iprobe(source=neighbour):
                self._farewell.Recv(self._departure, source=neighbour)
        return (neighbour, int(self._departure[0])) if self._departure[0] >= 0 else None

    def _give_up(self, reason: str) -> None:
        sys.stderr.write(f"distann: {reason}\n")
        self.abort(1)


def _wait_for_reader(*streams: TextIO) -> None:
    """Return once the launcher has read what was printed: it drops what it has not. A second at most."""
    unread = array("i", [0])
    last = time.monotonic() + 1.0
    for stream in streams:
        # An ioctl that fails, or a stream without a file, means that this is no pipe: nothing to wait for.
        with contextlib.suppress(OSError):
            while fcntl.ioctl(stream.fileno(), termios.FIONREAD, unread) == 0 and unread[0]:
                if time.monotonic() > last:
                    return
                time.sleep(1e-3)


def _unknown() -> None:
    return None


def _bytes_of(array: NDArray[Any]) -> Bytes:
    return array.reshape(-1).view(np.uint8)


@functools.cache
def world() -> Comm:
    """Return the ranks of this process's job; the same object whenever it is called.

    mpi4py is imported only if a launcher started several processes, if the script has imported it already, or
    if ``DISTANN_MPI=1``. ``DISTANN_MPI=0`` keeps every process on its own.

    Raises
    ------
    LaunchError
        If a launcher started several processes and MPI cannot be used, or does not see them.
    """
    started, asked = launch.detect(), launch.requested()
    several = started is not None and started.size != 1
    if asked is False or not (asked or several or "mpi4py.MPI" in sys.modules):
        return SerialComm()
    try:
        # Here, because importing it starts MPI: that takes long, and fails where there is none.
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # RuntimeError: mpi4py is there, an MPI library is not
        raise launch.missing_mpi4py(started, str(error)) from error
    if MPI.COMM_WORLD.size > 1:
        return MpiComm(MPI)
    if started is not None and started.size > 1:
        library = MPI.Get_library_version().split("\n")[0].strip()
        raise launch.mismatch(started, library, os.path.dirname(sys.executable))
    return SerialComm()
