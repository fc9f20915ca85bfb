"""Files of checkpoints: HDF5 behind a header with a checksum, that appear whole or not at all.

The header is the user block of the HDF5 file: lines of text, then zeros. It says how long the rest is and what its
SHA-256 is, so that a file which was cut, or in which a single bit has changed, is recognised before anything is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from distann.errors import CheckpointError
from distann.io.extras import extra
from distann.runtime.comm import Comm

__all__ = ["FORMAT", "Writer", "check", "files_of", "opened"]

FORMAT = 1  # of the content; higher numbers are refused
HEADER = 512  # bytes, as HDF5 wants it
MAGIC = "distann checkpoint"
READ_AT_ONCE = 1 << 22


def files_of(path: Path, kept: int | None = None) -> list[Path]:
    """Return the names of a checkpoint and of those before it, the latest first: run.h5, run.1.h5, run.2.h5.

    Parameters
    ----------
    path : Path
    kept : int, optional
        How many; by default as many as there are.
    """
    names = [path]
    while len(names) < kept if kept is not None else names[-1].exists() or len(names) == 1:
        names.append(path.with_name(f"{path.stem}.{len(names)}{path.suffix}"))
    return names


def _header(length: int, digest: str) -> bytes:
    return f"{MAGIC}\nformat {FORMAT}\nbytes {length}\nsha256 {digest}\n".encode().ljust(HEADER, b"\0")


class _Medium(io.RawIOBase):
    """A file whose errors wait: HDF5 cannot close what it could not write, so it does not learn of them.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._file = open(path, "w+b", buffering=0)  # noqa: SIM115 (closed by `close`)
        self.problem: OSError | None = None

    def write(self, content: Any) -> int:
        """Write all of it, or remember why not."""
        rest = memoryview(content).cast("B")
        size = len(rest)
        while len(rest) and self.problem is None:
            try:
                rest = rest[self._file.write(rest) :]
            except OSError as problem:
                self.problem = problem
        return size

    def readinto(self, room: Any) -> int:
        """Fill the room, with zeros behind the end."""
        view = memoryview(room).cast("B")
        done = self._file.readinto(view) or 0
        view[done:] = bytes(len(view) - done)
        return len(view)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it is."""
        return self._file.tell()

    def truncate(self, size: int | None = None, /) -> int:
        """Change the length, or remember why not."""
        try:
            return self._file.truncate(size)
        except OSError as problem:
            self.problem = self.problem or problem
            return size or 0

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seal(self) -> None:
        """Write the header and make sure that all is on the disk."""
        self._file.seek(HEADER)
        digest, length = hashlib.sha256(), 0
        while piece := self._file.read(READ_AT_ONCE):
            digest.update(piece)
            length += len(piece)
        self._file.seek(0)
        self.write(_header(length, digest.hexdigest()))
        if self.problem is not None:
            raise self.problem
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close."""
        if not self.closed:
            self._file.close()
            super().close()


class Writer:
    """Writes one checkpoint; every method is collective, and only `close` raises, on all ranks.

    Parameters
    ----------
    path : Path
    comm : Comm
    """

    def __init__(self, path: Path, comm: Comm) -> None:
        self._path, self._comm = path, comm
        self._scratch = path.with_name(path.name + ".partial")
        self._medium: _Medium | None = None
        self._problem: Exception | None = None
        self._file: Any = None
        if comm.rank == 0:
            self._attempt(self._open)

    def _open(self) -> None:
        h5py = extra("h5py", "a checkpoint", "files")
        self._medium = _Medium(self._scratch)
        self._file = h5py.File(self._medium, "w", userblock_size=HEADER)

    def _attempt(self, write: Callable[[], object]) -> None:
        """Do something unless something has failed."""
        if self._problem is None and (self._medium is None or self._medium.problem is None):
            try:
                write()
            except Exception as problem:  # the other ranks are to learn of it, whatever it is
                self._problem = problem

    def whole(self, name: str, array: NDArray[Any]) -> None:
        """Write an array that is the same on all ranks."""
        if self._comm.rank == 0:
            self._attempt(lambda: self._file.create_dataset(name, data=array))

    def joined(self, name: str, local: NDArray[Any]) -> None:
        """Write the ranks' arrays one behind the other, along axis 0, without holding more than one."""
        total, done = self._comm.sum(len(local)), 0
        if self._comm.rank == 0:
            self._attempt(lambda: self._file.create_dataset(name, (total, *local.shape[1:]), local.dtype))

        def take(rank: int, array: NDArray[Any]) -> None:
            nonlocal done
            begin, done = done, done + len(array)
            if len(array):
                self._attempt(lambda: self._file[name].__setitem__(slice(begin, done), array))

        self._comm.to_first(local, take)

    def close(self, kept: int) -> None:
        """Finish the file, and let it take the place of the one before it, of which `kept` - 1 stay.

        Raises
        ------
        CheckpointError
            When it cannot be written: what was there before is still there.
        """
        if self._comm.rank == 0:
            if self._file is not None:
                with contextlib.suppress(Exception):  # what goes wrong here is known already
                    self._file.close()
            self._attempt(lambda: self._finish(kept))
            problem = self._problem or (self._medium.problem if self._medium is not None else None)
            if self._medium is not None:
                self._medium.close()
                self._scratch.unlink(missing_ok=True)
        reason = self._comm.bcast(_reason(problem) if self._comm.rank == 0 and problem else "")
        if reason:
            raise CheckpointError(str(self._path), reason, "What was saved before is still there.")

    def _finish(self, kept: int) -> None:
        assert self._medium is not None
        self._medium.seal()
        names = files_of(self._path, kept)
        for older, newer in zip(reversed(names[1:]), reversed(names[:-1]), strict=True):
            if newer == self._path and newer.exists():
                _link(newer, older)  # at no moment is the latest one missing
            elif newer.exists():
                os.replace(newer, older)
        os.replace(self._scratch, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _link(file: Path, name: Path) -> None:
    """Give a file a second name; where the file system knows only one, the first is given up."""
    scratch = name.with_name(name.name + ".link")
    try:
        scratch.unlink(missing_ok=True)
        os.link(file, scratch)
    except OSError:
        os.replace(file, name)
        return
    os.replace(scratch, name)


def _reason(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        return f"it cannot be written ({problem.strerror})"
    return f"it cannot be written ({type(problem).__name__}: {problem})"


def check(path: Path) -> None:
    """Make sure that a file is a checkpoint, and exactly as it was written.

    Raises
    ------
    CheckpointError
    """
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
            length, digest = _promised(path, header)
            found = os.fstat(file.fileno()).st_size - HEADER
            if found != length:
                raise _damaged(path, f"it has {max(found, 0)} bytes of content, and had {length}: it was cut")
            if hashlib.file_digest(file, "sha256").hexdigest() != digest or header != _header(length, digest):
                raise _damaged(path, "its checksum is wrong: some of its bytes have changed")
    except OSError as problem:
        reason = "it does not exist" if isinstance(problem, FileNotFoundError) else problem.strerror
        raise CheckpointError(str(path), reason or "it cannot be read") from None


def _promised(path: Path, header: bytes) -> tuple[int, str]:
    """Return the length and the digest that a header promises."""
    lines = header.rstrip(b"\0").decode("latin-1").splitlines()
    if not lines or lines[0] != MAGIC:
        raise CheckpointError(str(path), "it is not a checkpoint of distann")
    words = dict(line.partition(" ")[::2] for line in lines[1:])
    if not words.get("format", "").isdigit() or not words.get("bytes", "").isdigit() or "sha256" not in words:
        raise _damaged(path, "its header is spoilt")
    if int(words["format"]) > FORMAT:
        raise CheckpointError(
            str(path), f"it has the format {words['format']}, and this version of distann knows those up to {FORMAT}",
            "Install the version that has written it, or a later one.",
        )  # fmt: skip
    return int(words["bytes"]), words["sha256"]


def _damaged(path: Path, reason: str) -> CheckpointError:
    older = [str(name) for name in files_of(path)[1:] if name.exists()]
    return CheckpointError(str(path), reason, f"The one before it is {older[0]}." if older else "")


@contextlib.contextmanager
def opened(path: Path) -> Any:
    """Open a checkpoint for reading."""
    h5py = extra("h5py", "a checkpoint", "files")
    # Through a file of Python's: HDF5 itself locks files, which some file systems of clusters refuse.
    with path.open("rb") as content, h5py.File(content, "r") as file:
        yield file
