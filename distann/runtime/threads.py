"""How many threads a rank gets, and how they wait."""

from __future__ import annotations

import os
from collections.abc import Sequence

from distann.errors import ConfigurationError
from distann.runtime.comm import Comm
from distann.runtime.log import warn_once

__all__ = ["cores", "crowded", "default_threads", "limit_spinning", "share", "warn_if_pinned"]


def cores() -> frozenset[int]:
    """Return the numbers of the cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def share(mine: frozenset[int], node: Sequence[frozenset[int]]) -> int:
    """Return how many cores are this rank's when each core is divided between the ranks that may run on it.

    Parameters
    ----------
    mine : frozenset of int
        Cores that this rank may run on.
    node : sequence of frozenset of int
        The same of every rank of the node, this one included.
    """
    alike = all(other == mine or not other & mine for other in node)
    if alike:
        return max(1, len(mine) // sum(other == mine for other in node))
    return max(1, int(sum(1 / sum(core in other for other in node) for core in mine)))


def default_threads(comm: Comm) -> int:
    """Return the number of threads of every rank; collective.

    That is ``DISTANN_NUM_THREADS`` where it is set, else the rank's share of the cores of its node, the
    smallest of all ranks: every worker gets an equal share of the network, so all have as many threads.

    Raises
    ------
    ConfigurationError
        If ``DISTANN_NUM_THREADS`` is not a positive integer.
    """
    word = os.environ.get("DISTANN_NUM_THREADS", "").strip()
    if word:
        if not word.isdigit() or int(word) == 0:
            raise ConfigurationError(f"DISTANN_NUM_THREADS is '{word}'; it must be a positive integer.")
        return int(word)
    return min(_shares(comm))


def crowded(threads: int, comm: Comm) -> bool:
    """Return whether ranks of `threads` threads have fewer cores than that, on any node; collective."""
    return min(_shares(comm)) < threads


def _shares(comm: Comm) -> list[int]:
    """Return the cores of every rank."""
    everyone = comm.allgather((comm.node, cores()))
    return [share(mine, [other for at, other in everyone if at == node]) for node, mine in everyone]


def warn_if_pinned(threads: int, comm: Comm) -> None:
    """Warn, once, where a rank has fewer cores than the threads it is to run; collective."""
    available = comm.allgather(len(cores()))
    fewest = min(available)
    if fewest < threads:
        warn_once(
            f"rank {available.index(fewest)} may run on {fewest} of its machine's cores only, but has "
            f"{threads} threads: they will take turns. Ask for fewer threads, or launch without binding "
            "ranks to cores (Open MPI: mpirun --bind-to none; Slurm: srun --cpus-per-task)."
        )


def limit_spinning() -> None:
    """Let OpenMP's threads wait asleep after a short spin; before the first library with OpenMP is loaded.

    By default they spin for milliseconds, on cores that may be those of other ranks or other users.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
