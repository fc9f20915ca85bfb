"""One rank's failure ends the job on all ranks, with one traceback."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import fcntl
import io
import os
import secrets
import sys
import tempfile
import threading
import time
from types import TracebackType
from typing import Any, NoReturn

from distann.runtime.comm import Comm, MpiComm

__all__ = ["install"]

_MAXIMAL_WAIT_S = 2.0
_PATIENCE_S = 1.0
"""How long a rank that exits with a status waits for others to do so: together they need no violence."""


class _Floor:
    """Grants the word to one rank of a node, so that ranks that fail alike do not all say so.

    A file that all ranks of the node have open and that has no name any more: whoever locks it while it is
    empty has the word, and leaves a mark. Nothing is left behind, however the ranks end.
    """

    __slots__ = ("_file",)

    def __init__(self, comm: Comm) -> None:
        name = f"distann-{comm.bcast(secrets.token_hex(16))}"
        path = os.path.join(tempfile.gettempdir(), name)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        comm.barrier()
        if comm.is_node_leader:
            os.unlink(path)

    def take(self) -> bool:
        """Return True the first time that any rank of the node asks."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        first = os.fstat(self._file).st_size == 0
        os.pwrite(self._file, b".", 0)
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return first


class _Exit(SystemExit):
    """What ``sys.exit`` raises: tells the interpreter's own look at the exit status from the user's."""

    status = 0
    """Exit status with which the interpreter is ending, once it is."""

    @property
    def code(self) -> Any:  # type: ignore[override]
        code = SystemExit.code.__get__(self)  # type: ignore[union-attr]
        # Only the interpreter itself, when nothing has caught the exception, asks without a frame beneath.
        if sys._getframe().f_back is None:
            _Exit.status = code if isinstance(code, int) else int(code is not None)
        return code


def install(comm: Comm) -> None:
    """Make an uncaught exception, or an exit with a status other than 0, of this rank end all ranks.

    A rank that merely reaches the end of its script, in whatever way, waits there for the others; one that
    waits for it in a collective call ends the job with a message (see `MpiComm.leave`). Does nothing on one
    process. An exception in IPython, or in an interactive interpreter, ends neither the session nor the job.
    """
    if not isinstance(comm, MpiComm):
        return
    atexit.register(_end, comm)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what a rank has printed survives its end
    if hasattr(sys, "ps1") or sys.flags.interactive or hasattr(builtins, "__IPYTHON__"):
        return
    floor = _Floor(comm)
    show = sys.excepthook

    def fail(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Show the traceback, on one rank of those that fail, and end the job."""
        if comm.node != 0:
            # The floor is a node's: leave a failure that all nodes share to the node of rank 0.
            time.sleep(min(0.5 + 0.1 * comm.node, _MAXIMAL_WAIT_S))
        if floor.take():
            with contextlib.redirect_stderr(io.StringIO()) as text:
                show(kind, error, trace)
            # In one piece, lest the output of other ranks come between.
            reason = f"distann: rank {comm.rank} of {comm.size} failed, which ends the job:"
            sys.stderr.write(f"{reason}\n{text.getvalue()}")
            comm.abort(1)
        time.sleep(_MAXIMAL_WAIT_S)  # the rank that has the word ends this one
        comm.abort(1)

    sys.excepthook = fail
    sys.exit = _exit


def _exit(status: Any = None, /) -> NoReturn:
    """Exit the interpreter by raising SystemExit(status)."""
    if threading.current_thread() is threading.main_thread():
        raise _Exit(status)
    raise SystemExit(status)  # ends only its thread, and threading knows it by its exact type


def _end(comm: MpiComm) -> None:
    if not _Exit.status:
        comm.leave()
    elif not comm.leave(_PATIENCE_S):
        comm.abort(_Exit.status)
