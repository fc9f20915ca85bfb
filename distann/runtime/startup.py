"""What happens once, when distann is imported."""

from __future__ import annotations

import functools

from distann.runtime import abort, log, seeding, threads
from distann.runtime.comm import Comm, world

__all__ = ["start"]


@functools.cache
def start() -> Comm:
    """Join this process to its job and return the job's ranks; collective the first time, then at no cost."""
    threads.limit_spinning()
    comm = world()
    abort.install(comm)
    log.speak_on_first_rank(comm)
    seeding.seed_alike(comm)
    return comm
