"""From sources to libraries that every rank can load.

Rank 0 alone decides what is in the cache and what is compiled; what it says holds everywhere. Ranks that
looked for themselves would disagree (file systems of clusters show a new file up to a minute later on other
nodes), and ranks that disagree wait for each other for ever.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from distann.build import cache
from distann.build.cache import Request
from distann.build.private import is_sound, private_folder, write_whole
from distann.build.toolchain import Toolchain, find_toolchain, instruction_sets
from distann.errors import CompilerError, ConfigurationError, DistannError, DivergenceError

__all__ = ["Ranks", "engine_request", "functions_request", "libraries"]

T = TypeVar("T")
_SHOWN = 8


class Ranks(Protocol):
    """What is asked of the communicator; every method is collective."""

    @property
    def rank(self) -> int:
        """This rank, from 0."""

    @property
    def size(self) -> int:
        """How many ranks there are."""

    @property
    def is_node_leader(self) -> bool:
        """Whether this is the one rank of its node that writes files for the others."""

    def wait(self) -> None:
        """Return once every rank has called, leaving the processor to others until then."""

    def bcast(self, value: T) -> T:
        """Return rank 0's value."""

    def allgather(self, value: T) -> list[T]:
        """Return the values of all ranks, by rank."""


@dataclass(frozen=True, slots=True)
class _Library:
    """What rank 0 tells the others about one library."""

    key: str
    digest: str
    path: str
    content: bytes


# Files that read the same headers are compiled together, others at the same time.
_ENGINE = (("engine", "records", "access", "connectors"), ("construction", "values", "formula"))
# Its loops are not those of a network's equations, and those that matter say themselves that they are vectors: more
# optimisation than this was measured to cost a new user seconds and gain nothing. So do the standard library's headers
# of C++20, which are twice as long.
_ENGINE_FLAGS = ("-O1", "-std=c++17", "-fvisibility=hidden")


def engine_request() -> Request:
    """Return what to ask of `libraries` for the engine.

    Its files are found through the include folders, so that the sources hold no path.
    """
    first, *beside = ("".join(f"#include <engine/{name}.cpp>\n" for name in together) for together in _ENGINE)
    return Request("engine", first, beside=tuple(beside), flags=_ENGINE_FLAGS)


def functions_request() -> Request:
    """Return what to ask of `libraries` for the functions that formulas of the distance are made of."""
    return Request("functions", "#include <engine/functions.cpp>\n", flags=_ENGINE_FLAGS)


def libraries(
    requests: Sequence[Request],
    comm: Ranks,
    *,
    toolchain: Toolchain | None = None,
    compiler_flags: Sequence[str] = (),
    ignore_cache: bool = False,
    keep_source: Path | None = None,
) -> list[Path]:
    """Return a loadable file for each request: from the cache, or compiled now, all at once. Collective.

    Parameters
    ----------
    requests : sequence of Request
        The same on all ranks.
    comm : Ranks
        The ranks of the job.
    toolchain : Toolchain, optional
        Of rank 0; the others' is not used. By default the compiler that rank 0 finds: other ranks need none.
    compiler_flags : sequence of str
        Flags after distann's own, when the compiler is looked for.
    ignore_cache : bool
        Compile even what is in the cache.
    keep_source : Path, optional
        A folder into which the sources are written as well, as ``<name>.cpp``.

    Raises
    ------
    DivergenceError
        If the ranks' sources differ.
    CompilerError, ConfigurationError
        If there is no compiler, it refuses, or there is no private folder for libraries; on all ranks alike.
    """
    lacking = _compare(requests, comm)

    def prepare() -> list[_Library]:
        chosen = toolchain or find_toolchain(compiler_flags, memory=cache.folder() / "compilers.json")
        _check_processors(chosen, lacking)
        return _prepare(requests, chosen, ignore_cache, keep_source)

    if comm.size == 1:
        return [Path(library.path) for library in prepare()]
    host, ready = _agree(comm, prepare)
    paths: list[Path] = []
    # Leaders first: what they write is there when the other ranks of their nodes look.
    for leaders in (True, False):
        problem = ""
        if comm.is_node_leader is leaders:
            try:
                paths = [_place(library, host) for library in ready]
            except (DistannError, OSError) as error:
                problem = str(error)
        _raise_together(comm.allgather(problem))
    return paths


# ---------------------------------------------------------------------- agreement


def _compare(requests: Sequence[Request], comm: Ranks) -> dict[int, frozenset[str]]:
    """Prove that all ranks ask for the same; return, by rank, which instruction sets of rank 0 it lacks."""
    if comm.size == 1:
        return {}
    asked = tuple((request.name, hashlib.sha256(request.text.encode()).hexdigest()) for request in requests)
    answers = comm.allgather((asked, instruction_sets()))
    reference, available = answers[0]
    strangers = [rank for rank, (other, _) in enumerate(answers) if other != reference]
    if strangers:
        names = {name for rank in strangers for name, _ in set(answers[rank][0]) ^ set(reference)}
        what = ", ".join(sorted(names)) or "in another order"
        raise DivergenceError(
            f"{_ranks(strangers)} generated other C++ than rank 0 ({what}). All ranks must define the same "
            "network: look for `if rank == 0` around a definition, unseeded random numbers in an equation, "
            "and files that differ from node to node."
        )
    return {rank: missing for rank, (_, own) in enumerate(answers) if (missing := available - own)}


def _check_processors(toolchain: Toolchain, lacking: dict[int, frozenset[str]]) -> None:
    if toolchain.is_native and lacking:
        missing = ", ".join(sorted(frozenset().union(*lacking.values())))
        raise CompilerError(
            f"{_ranks(sorted(lacking))} would crash: the code is compiled for the processor of rank 0, which "
            f"has {missing}, and theirs has not. Set DISTANN_MARCH to an architecture that all nodes have, "
            "for instance x86-64-v3."
        )


def _agree(comm: Ranks, prepare: Callable[[], list[_Library]]) -> tuple[str, list[_Library]]:
    """Run `prepare` on rank 0; on all ranks, return its node's name and its answer, or raise its error."""
    answer: tuple[str, list[_Library]] | DistannError = CompilerError("no rank 0 takes part.")
    if comm.rank == 0:
        try:
            answer = platform.node(), [_with_content(library) for library in prepare()]
        except (CompilerError, ConfigurationError) as error:
            answer = error
        except Exception as error:  # whatever it is, the other ranks are waiting for an answer
            answer = CompilerError(f"rank 0 could not prepare the compiled model: {error!r}")
            answer.__cause__ = error
    comm.wait()  # for seconds, while rank 0 compiles on the cores of this node
    answer = comm.bcast(answer)
    if isinstance(answer, DistannError):
        raise answer
    return answer


def _raise_together(problems: list[str]) -> None:
    failed = [rank for rank, problem in enumerate(problems) if problem]
    if failed:
        raise CompilerError(f"{_ranks(failed)} cannot store the compiled model: {problems[failed[0]]}")


def _ranks(ranks: Sequence[int]) -> str:
    shown = ", ".join(str(rank) for rank in ranks[:_SHOWN])
    more = f" and {len(ranks) - _SHOWN} more" if len(ranks) > _SHOWN else ""
    return f"rank {shown}" if len(ranks) == 1 else f"ranks {shown}{more}"


# ---------------------------------------------------------------------- rank 0


def _prepare(
    requests: Sequence[Request], toolchain: Toolchain, ignore_cache: bool, keep_source: Path | None
) -> list[_Library]:
    root = cache.folder()
    headers = cache.sources_digest(toolchain.include.parent)
    keys = [cache.key_of(request.text, toolchain, headers) for request in requests]
    kept = _keep(requests, keep_source)
    digests = {} if ignore_cache else {key: facts.digest for key in keys if (facts := cache.find(root, key))}
    missing = {key: request for key, request in zip(keys, requests, strict=True) if key not in digests}
    if missing:
        digests |= _compile(root, missing, toolchain, ignore_cache, kept)
        cache.remove_abandoned(root)
        cache.prune(spare=keys)
    return [_Library(key, digests[key], str(cache.library(root, key)), b"") for key in keys]


def _keep(requests: Sequence[Request], folder: Path | None) -> dict[str, Path]:
    """Write the sources where the user asked for them; return their places by name."""
    if folder is None:
        return {}
    kept = {request.name: folder / f"{request.name}.cpp" for request in requests}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for request in requests:
            kept[request.name].write_text("\n".join((request.source, *request.beside)), encoding="utf-8")
    except OSError as problem:
        raise ConfigurationError(f"The C++ cannot be kept in {folder}: {problem.strerror}.") from problem
    return kept


def _compile(
    root: Path, missing: dict[str, Request], toolchain: Toolchain, replace: bool, kept: dict[str, Path]
) -> dict[str, str]:
    """Compile all at once; return their digests by key, or raise the failure of the first that failed."""

    def work(item: tuple[str, Request]) -> tuple[str, str]:
        key, request = item
        facts = cache.insert(root, key, request, toolchain, replace=replace, kept=kept.get(request.name))
        return key, facts.digest

    with ThreadPoolExecutor() as pool:
        return dict(pool.map(work, missing.items()))


def _with_content(library: _Library) -> _Library:
    return _Library(library.key, library.digest, library.path, Path(library.path).read_bytes())


# ---------------------------------------------------------------------- every rank


def _place(library: _Library, host: str) -> Path:
    """Return a file on this node that holds the library, written now if there is none."""
    if platform.node() == host and is_sound(Path(library.path), library.digest):
        return Path(library.path)
    folder = private_folder(Path(tempfile.gettempdir()) / f"distann-{os.geteuid()}")
    path = folder / f"{library.key}.so"
    if not is_sound(path, library.digest):
        write_whole(path, library.content)
        _bound(folder, path)
    return path


def _bound(folder: Path, written: Path) -> None:
    """Remove the oldest libraries of a node's folder until the rest fits."""
    found: list[tuple[float, int, Path]] = []
    for path in folder.glob("*.so*"):
        with suppress(OSError):
            facts = path.stat()
            found.append((facts.st_mtime, facts.st_size, path))
    room = cache.LIMIT
    for _, size, path in sorted(found, reverse=True):
        room -= size
        if room < 0 and path != written:
            path.unlink(missing_ok=True)
