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
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TextIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from distann.errors import DivergenceError
from distann.runtime import launch, script
from distann.runtime.group import Comm, SerialComm, TiledComm, gatherable
from distann.runtime.watchdog import Watchdog

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

__all__ = ["Comm", "MpiComm", "SerialComm", "TiledComm", "world"]

COLLECTIVE = ("barrier", "wait", "bcast", "allgather", "gather_array", "to_first", "sum", "same")
LEFT, WAITS = 0, 1  # what ranks tell one another beside their calls: that they leave, and in which call they wait

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
Bytes = NDArray[np.uint8]


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
        "_comm",
        "_departure",
        "_farewell",
        "_left",
        "_lines",
        "_listening",
        "_mpi",
        "_telling",
        "_term",
        "_total",
        "_waiting",
        "is_node_leader",
        "node",
        "node_rank",
        "node_size",
        "rank",
        "size",
        "watchdog",
    )

    piece = 2**30
    """Bytes of one message of a large gathering: MPI libraries before MPI 4 count no further than 2³¹."""

    def __init__(self, mpi: Any, ranks: Intracomm | None = None) -> None:
        self._mpi = mpi
        world: Intracomm = mpi.COMM_WORLD if ranks is None else ranks
        self._comm = world.Dup() if ranks is None else ranks
        # One for each kind of call: ranks that make different calls wait, and are found out, instead of mixing them up.
        self._lines = {name: self._comm.Dup() for name in COLLECTIVE}
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
        self._waiting: dict[int, tuple[str, str]] = {}
        self._telling: list[Any] = []
        departed = _unknown if alone or partial else self._departed
        told = () if alone else (self._tell, self._compare)
        self.watchdog = Watchdog(self.rank, departed, self._give_up, *told)

    @_collective
    def barrier(self) -> None:
        self._lines["barrier"].Barrier()

    @_collective
    def wait(self) -> None:
        everyone = self._lines["wait"].Ibarrier()
        while not everyone.Test():
            time.sleep(1e-3)

    @_collective
    def bcast(self, value: T, root: int = 0) -> T:
        received: T = self._lines["bcast"].bcast(value, root=root)
        return received

    @_collective
    def allgather(self, value: T) -> list[T]:
        said = self._lines["allgather"].allgather((self.watchdog.calls, value))
        self._check("allgather", [calls for calls, _ in said])
        return [value for _, value in said]

    @_collective
    def gather_array(self, local: NDArray[Any]) -> NDArray[Any]:
        """Return all ranks' arrays in one, as `Comm` says; large ones travel in pieces."""
        said = self._lines["gather_array"].allgather((self.watchdog.calls, local.shape, local.dtype.str))
        self._check("gather_array", [calls for calls, _, _ in said])
        shapes = [(shape, dtype) for _, shape, dtype in said]
        if len({(len(shape), shape[1:], dtype) for shape, dtype in shapes}) > 1:
            raise DivergenceError(f"the ranks' arrays cannot be joined; shape and dtype by rank: {shapes}.")
        local = gatherable(local)
        lengths = [shape[0] for shape, _ in shapes]
        whole = np.empty((sum(lengths), *local.shape[1:]), local.dtype)
        row = local.dtype.itemsize * int(np.prod(local.shape[1:], dtype=np.int64))
        self._join(_bytes_of(local), _bytes_of(whole), [length * row for length in lengths])
        return whole

    def _join(self, local: Bytes, whole: Bytes, counts: list[int]) -> None:
        if whole.size <= self.piece:
            self._lines["gather_array"].Allgatherv(local, [whole, counts, self._mpi.BYTE])
            return
        first = 0
        for root, count in enumerate(counts):
            part = whole[first : first + count]
            if root == self.rank:
                part[:] = local
            for start in range(0, count, self.piece):
                self._lines["gather_array"].Bcast(part[start : start + self.piece], root=root)
            first += count

    @_collective
    def to_first(self, local: NDArray[Any], take: Callable[[int, NDArray[Any]], None]) -> None:
        """Let rank 0 take all ranks' arrays one by one, as `Comm` says; a failure there is every rank's."""
        local = gatherable(local)
        shapes = self._lines["to_first"].gather((local.shape, local.dtype.str))
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
            self._lines["to_first"].Ssend(content[start : start + self.piece], dest=0)

    def _receive(self, content: Bytes, rank: int) -> None:
        for start in range(0, content.size, self.piece):
            self._lines["to_first"].Recv(content[start : start + self.piece], source=rank)

    def split(self, group: int) -> MpiComm:
        ranks: Any = self._comm.Split(group, self.rank)
        return MpiComm(self._mpi, ranks)

    def free(self) -> None:
        self.watchdog.stop()
        for comm in (self._farewell, *self._lines.values(), self._comm):
            comm.Free()

    @_collective
    def exchange(self, send: Bytes, receive: Bytes) -> None:
        self._comm.Allgather(send, receive)

    @_collective
    def together(self, work: Callable[[], T]) -> T:
        return work()

    @_collective
    def sum(self, value: int) -> int:
        self._term[0] = value
        self._lines["sum"].Allreduce(self._term, self._total)
        return int(self._total[0])

    @_collective
    def same(self, value: bytes | memoryview) -> bool:
        mine = np.frombuffer(hashlib.sha256(value).digest(), np.uint8)
        everyone = np.empty((self.size, mine.size), np.uint8)
        self._lines["same"].Allgather(mine, everyone)
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
        tell = functools.partial(self._farewell.Isend, calls, dest=(self.rank + 1) % self.size, tag=LEFT)
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
            if self._departure[0] < 0 and self._farewell.Iprobe(source=neighbour, tag=LEFT):
                self._farewell.Recv(self._departure, source=neighbour, tag=LEFT)
        return (neighbour, int(self._departure[0])) if self._departure[0] >= 0 else None

    def _check(self, call: str, calls: list[int]) -> None:
        """Refuse to join what ranks say in different calls of one kind; on all ranks alike."""
        if len(set(calls)) > 1:
            lines = self._lines[call].allgather(script.line_of(threading.get_ident()))
            raise DivergenceError(_apart({rank: (call, line) for rank, line in enumerate(lines)}))

    def _tell(self, call: str, line: str) -> None:
        self._telling = [request for request in self._telling if not request.Test()]
        self._telling.append(self._farewell.isend((self.rank, call, line), dest=0, tag=WAITS))

    def _compare(self) -> str:
        """Return, on rank 0, how ranks wait for one another in different calls."""
        while self.rank == 0 and self._farewell.Iprobe(tag=WAITS):
            rank, call, line = self._farewell.recv(tag=WAITS)
            self._waiting[rank] = (call, line)
            if not call:
                del self._waiting[rank]
        return _apart(self._waiting) if len({call for call, _ in self._waiting.values()}) > 1 else ""

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


def _apart(waiting: dict[int, tuple[str, str]]) -> str:
    """Say where ranks are that will never meet; of many that are at one line the first."""
    groups: dict[tuple[str, str], list[int]] = {}
    for rank, where in sorted(waiting.items()):
        groups.setdefault(where, []).append(rank)
    places = "; ".join(
        f"{'rank' if len(ranks) == 1 else 'ranks'} {', '.join(map(str, ranks[:8]))}{'...' if len(ranks) > 8 else ''} "
        f"in {call}, at {line}"
        for (call, line), ranks in groups.items()
    )
    return (
        f"the ranks wait for one another in different calls: {places}. Every rank must make the same calls of distann: "
        "is one of them inside a condition on the rank?"
    )


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
