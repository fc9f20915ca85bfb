"""The global random generators of Python and numpy, alike on all ranks."""

from __future__ import annotations

import random
import secrets

import numpy as np

from distann.runtime.comm import Comm

__all__ = ["seed_alike"]


def seed_alike(comm: Comm) -> None:
    """Seed ``random`` and ``numpy.random`` with a number that rank 0 chooses; a single process is left alone.

    So ``numpy.random.random(800)`` in a script gives the same numbers on every rank, other ones in every run.
    A script that seeds them itself overrides this.
    """
    if comm.size == 1:
        return
    seed = comm.bcast(secrets.randbits(32))
    random.seed(seed)
    np.random.seed(seed)
