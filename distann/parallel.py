"""The same experiment many times: on networks that are made again, in processes or on groups of ranks."""

from __future__ import annotations

import multiprocessing
import random
import secrets
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any

import numpy as np

from distann.errors import ConfigurationError, RunError
from distann.runtime import log
from distann.runtime.comm import Comm
from distann.runtime.threads import cores

__all__ = ["arguments_of", "parallel_run", "seeds_of"]

Make = Callable[[int, Comm, int | None], object]


def parallel_run(
    make: Make,
    comm: Comm,
    method: Callable[..., Any],
    number: int,
    seeds: Sequence[int],
    arguments: Sequence[dict[str, Any]],
    most: int,
) -> list[Any]:
    """Return ``method(network, **arguments[i])`` for networks of each seed, in their order; collective.

    Parameters
    ----------
    make : callable
        Takes a seed, the ranks of the network, and its threads, None for as many as there are; returns the network.
    comm : Comm
        One rank: every run gets a process of its own. Several: they are divided into groups.
    method : callable
    number : int
    seeds : sequence of int
    arguments : sequence of dict
    most : int
        How many at the same time; no limit if not positive.

    Raises
    ------
    RunError
        When a run fails in its process.
    """

    def run(i: int, ranks: Comm, threads: int | None) -> Any:
        with _seeded_alike(seeds[i]):
            return method(make(seeds[i], ranks, threads), **arguments[i])

    if comm.size > 1:
        return _on_ranks(run, comm, number, most)
    return _in_processes(lambda i, threads: run(i, comm, threads), number, most)


def seeds_of(seeds: str | Sequence[int] | None, number: int, own: int, comm: Comm) -> list[int]:
    """Return the seed of each run: see `Network.parallel_run`."""
    if seeds is None:
        return comm.bcast([secrets.randbits(32) for _ in range(number)])
    if isinstance(seeds, str) and seeds in ("same", "sequential"):
        return [own + (i if seeds == "sequential" else 0) for i in range(number)]
    if isinstance(seeds, str) or len(seeds) != number:
        raise ConfigurationError(
            f"the seeds of {number} runs are None, 'same', 'sequential', or a list of {number} integers; got {seeds!r}."
        )
    return [int(seed) for seed in seeds]


def arguments_of(number: int, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the arguments of each run: of a list or tuple with as many entries as there are runs each gets its own."""
    return [
        {
            name: value[i] if isinstance(value, list | tuple) and len(value) == number else value
            for name, value in given.items()
        }
        for i in range(number)
    ]


@contextmanager
def _seeded_alike(seed: int) -> Iterator[None]:
    """Let the global generators depend on the run alone, not on what this process has run before."""
    before = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


# ---- ranks --------------------------------------------------------------------------------------------------------


def _on_ranks(run: Callable[[int, Comm, int | None], Any], comm: Comm, number: int, most: int) -> list[Any]:
    groups = min(number, comm.size, most if most > 0 else comm.size)
    group = comm.rank * groups // comm.size
    ranks = comm.split(group)
    with log.quiet():
        mine = {i: run(i, ranks, None) for i in range(group, number, groups)}
    everyone = comm.allgather(mine if ranks.rank == 0 else {})
    ranks.free()
    results = {i: result for some in everyone for i, result in some.items()}
    return [results[i] for i in range(number)]


# ---- processes ----------------------------------------------------------------------------------------------------


def _in_processes(run: Callable[[int, int | None], Any], number: int, most: int) -> list[Any]:
    available = len(cores())
    together = min(number, most if most > 0 else available)
    threads = max(1, available // max(1, together))
    context, results = multiprocessing.get_context("fork"), [None] * number
    running: dict[Connection, tuple[int, ForkProcess]] = {}
    todo = iter(range(number))
    try:
        for i in range(number):
            while len(running) < together and (following := next(todo, None)) is not None:
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(theirs, run, following, threads), daemon=False)
                process.start()
                theirs.close()
                running[ours] = (following, process)
            ready = next(iter(wait(list(running))))
            assert isinstance(ready, Connection)
            i, process = running.pop(ready)
            results[i] = _result(i, ready, process)
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()
    return results


def _child(parent: Connection, run: Callable[[int, int | None], Any], i: int, threads: int) -> None:
    with log.quiet():
        try:
            answer = (True, run(i, threads))
        except BaseException:
            answer = (False, traceback.format_exc())
        try:
            parent.send(answer)
        except Exception:  # what cannot be sent is no result
            parent.send((False, traceback.format_exc()))
    parent.close()


def _result(i: int, connection: Connection, process: ForkProcess) -> Any:
    try:
        good, result = connection.recv()
    except EOFError:
        process.join()
        raise RunError(i, f"its process ended with the status {process.exitcode}") from None
    finally:
        connection.close()
    process.join()
    if not good:
        raise RunError(i, result)
    return result
