"""Memory that the processes of one node have in common."""

from __future__ import annotations

import mmap
import os
import secrets

import numpy as np
from numpy.typing import NDArray

from distann.runtime.comm import Comm

__all__ = ["shared_memory"]


def shared_memory(comm: Comm, size: int) -> NDArray[np.uint8] | None:
    """Return `size` bytes, zeros at first, that all ranks can write and read; collective.

    They have no name in any file system and no end that ranks would have to agree on: the system takes them back when
    the last process has let go of them, however it ends.

    Parameters
    ----------
    comm : Comm
    size : int
        Bytes.

    Returns
    -------
    ndarray or None
        Begins at a page. None, on all ranks, where there is but one, they are on several nodes, or the system refuses.
    """
    if comm.size == 1 or comm.node_size < comm.size:
        return None
    name = f"distann-{secrets.token_hex(8)}"
    made = _made(name, size) if comm.is_node_leader else -1
    name, process, made_there = comm.bcast((name, os.getpid(), made))
    memory = _mapped(f"/proc/{process}/fd/{made_there}", name, size) if made_there >= 0 else None
    everywhere = all(comm.allgather(memory is not None))
    if made >= 0:
        os.close(made)
    return np.frombuffer(memory, np.uint8) if memory is not None and everywhere else None


def _made(name: str, size: int) -> int:
    """Return a descriptor of new memory, -1 if there is none."""
    try:
        descriptor = os.memfd_create(name)
    except OSError:
        return -1
    try:
        os.posix_fallocate(descriptor, 0, size)  # memory that is missing is to be missed now
    except OSError:
        os.close(descriptor)
        return -1
    return descriptor


def _mapped(path: str, name: str, size: int) -> mmap.mmap | None:
    """Return the memory behind another process's descriptor, None if it is out of reach."""
    try:
        # Where processes have numbers of their own, in containers, the path may be that of another one.
        if not os.readlink(path).startswith(f"/memfd:{name}"):
            return None
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return mmap.mmap(descriptor, size)
    except OSError:
        return None
    finally:
        os.close(descriptor)
