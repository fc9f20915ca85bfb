"""All ranks get libraries of equal bytes or the same error, and rank 0 alone compiles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from distann.build import Request, broadcast, libraries
from distann.errors import CompilerError, ConfigurationError, DivergenceError

KERNELS, ENGINE = Request("kernels", "of the kernels"), Request("engine", "of the engine")


class Rank:
    """One of some ranks, which are threads."""

    def __init__(self, rank: int, size: int, node: int, shared: dict[str, Any]) -> None:
        self.rank, self.size, self.node, self._shared = rank, size, node, shared
        self.is_node_leader = rank % node == 0

    def allgather(self, value: Any) -> list[Any]:
        self._shared["values"][self.rank] = value
        self._shared["barrier"].wait(20)
        values = list(self._shared["values"])
        self._shared["barrier"].wait(20)
        return values

    def wait(self) -> None:
        self.allgather(None)

    def bcast(self, value: Any) -> Any:
        return self.allgather(value)[0]


def on_ranks(size: int, action: Callable[[Rank], Any], node: int = 1000) -> list[Any]:
    """Return the result or the error of each rank; `node` is how many ranks a node has."""
    outcomes: list[Any] = [None] * size
    shared = {"barrier": threading.Barrier(size), "values": [None] * size}

    def run(rank: int) -> None:
        try:
            outcomes[rank] = action(Rank(rank, size, node, shared))
        except Exception as error:
            outcomes[rank] = error

    threads = [threading.Thread(target=run, args=[rank], name=f"node{rank // node}") for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give each node its name and its own folder for temporary files; return the parent of those folders."""
    monkeypatch.setattr(broadcast.platform, "node", lambda: threading.current_thread().name)

    def temporary() -> str:
        folder = tmp_path / "nodes" / threading.current_thread().name
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    monkeypatch.setattr(broadcast.tempfile, "gettempdir", temporary)
    return tmp_path / "nodes"


def alone(requests: Sequence[Request], **options: Any) -> list[Path]:
    return libraries(requests, Rank(0, 1, 1, {}), **options)


# ---------------------------------------------------------------------- one rank


def test_the_second_time_nothing_is_compiled(cache_folder: Path, fake) -> None:
    compiler, found = fake()
    first = alone([KERNELS, ENGINE], toolchain=found)
    assert [path.read_text() for path in first] == ["of the kernels", "of the engine"]
    assert compiler.calls == 2
    assert alone([ENGINE, KERNELS], toolchain=found) == first[::-1]
    assert compiler.calls == 2
    alone([ENGINE], toolchain=found, ignore_cache=True)
    assert compiler.calls == 3


def test_equal_sources_are_compiled_once(cache_folder: Path, fake) -> None:
    compiler, found = fake()
    first, second = alone([KERNELS, Request("twin", KERNELS.source)], toolchain=found)
    assert first == second and compiler.calls == 1


def test_libraries_are_compiled_at_once(tmp_path: Path, cache_folder: Path, fake) -> None:
    _, found = fake(paired=True)
    assert len(alone([KERNELS, ENGINE], toolchain=found)) == 2


def test_a_changed_header_compiles_anew(cache_folder: Path, include: Path, fake) -> None:
    compiler, found = fake()
    before = alone([KERNELS], toolchain=found)
    (include / "header.hpp").write_text("int other;\n")
    assert alone([KERNELS], toolchain=found) != before
    assert compiler.calls == 2


def test_sources_are_kept_where_asked_even_if_refused(tmp_path: Path, cache_folder: Path, fake) -> None:
    _, found = fake()
    _, broken = fake("exit 1", name="broken")
    alone([KERNELS, ENGINE], toolchain=found, keep_source=tmp_path / "kept")
    assert (tmp_path / "kept" / "kernels.cpp").read_text() == KERNELS.source
    assert (tmp_path / "kept" / "engine.cpp").read_text() == ENGINE.source
    with pytest.raises(CompilerError, match=str(tmp_path / "again" / "kernels.cpp")):
        alone([KERNELS], toolchain=broken, keep_source=tmp_path / "again", ignore_cache=True)
    assert (tmp_path / "again" / "kernels.cpp").read_text() == KERNELS.source


def test_the_compiler_is_looked_for_with_the_flags(cache_folder: Path, fake) -> None:
    compiler, _ = fake()
    plain = alone([KERNELS])
    assert alone([KERNELS], compiler_flags=["-g"]) != plain
    assert alone([KERNELS]) == plain and compiler.calls == 2


def test_a_cache_that_outgrows_its_limit_keeps_what_is_used(
    cache_folder: Path, fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found = fake()
    (old,) = alone([KERNELS], toolchain=found)
    monkeypatch.setattr(broadcast.cache, "LIMIT", 1)
    (new,) = alone([ENGINE], toolchain=found)
    assert new.exists() and not old.exists()


# ---------------------------------------------------------------------- many ranks


def test_ranks_of_one_node_load_from_the_cache(cache_folder: Path, fake, nodes: Path) -> None:
    compiler, found = fake()
    outcomes = on_ranks(4, lambda comm: libraries([KERNELS, ENGINE], comm, toolchain=found))
    assert outcomes == [alone([KERNELS, ENGINE], toolchain=found)] * 4
    assert compiler.calls == 2 and not nodes.exists()


def test_ranks_of_other_nodes_load_from_their_own_disk(cache_folder: Path, fake, nodes: Path) -> None:
    compiler, found = fake()

    def load(comm: Rank) -> list[Path]:
        # Other nodes need no compiler.
        return libraries([KERNELS, ENGINE], comm, toolchain=found if comm.rank == 0 else None)

    outcomes = on_ranks(6, load, node=2)
    assert compiler.calls == 2
    assert outcomes[0] == outcomes[1] and outcomes[2] == outcomes[3] and outcomes[4] == outcomes[5]
    for outcome, place in zip(outcomes[::2], (cache_folder, nodes / "node1", nodes / "node2"), strict=True):
        assert [path.read_text() for path in outcome] == ["of the kernels", "of the engine"]
        assert all(path.is_relative_to(place) and path.stat().st_mode & 0o777 == 0o700 for path in outcome)
    assert len(list((nodes / "node1").rglob("*.so"))) == 2

    outcomes[2][0].write_text("damaged")
    assert [path.read_text() for path in on_ranks(6, load, node=2)[3]] == ["of the kernels", "of the engine"]
    assert compiler.calls == 2


def test_a_refusal_is_the_same_error_everywhere(cache_folder: Path, fake, nodes: Path) -> None:
    compiler, found = fake("echo error: this will not do >&2; exit 1")
    outcomes = on_ranks(3, lambda comm: libraries([KERNELS], comm, toolchain=found))
    assert all(type(outcome) is CompilerError for outcome in outcomes)
    assert len({str(outcome) for outcome in outcomes}) == 1 and "this will not do" in str(outcomes[2])
    assert compiler.calls == 1


def test_no_compiler_on_rank_0_is_told_everywhere(
    cache_folder: Path, nodes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    outcomes = on_ranks(3, lambda comm: libraries([KERNELS], comm))
    assert all(type(outcome) is CompilerError and "apt install" in str(outcome) for outcome in outcomes)


def test_an_open_cache_is_refused_everywhere(cache_folder: Path, fake, nodes: Path) -> None:
    _, found = fake()
    cache_folder.mkdir()
    cache_folder.chmod(0o777)
    outcomes = on_ranks(3, lambda comm: libraries([KERNELS], comm, toolchain=found))
    assert all(type(outcome) is ConfigurationError for outcome in outcomes)


def test_an_unforeseen_error_of_rank_0_hangs_nobody(
    cache_folder: Path, fake, nodes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found = fake()

    def fail(*_: object) -> str:
        raise MemoryError("no room")

    monkeypatch.setattr(broadcast.cache, "sources_digest", fail)
    outcomes = on_ranks(3, lambda comm: libraries([KERNELS], comm, toolchain=found))
    assert all(type(outcome) is CompilerError and "no room" in str(outcome) for outcome in outcomes)


def test_a_node_that_cannot_write_stops_all(cache_folder: Path, fake, nodes: Path) -> None:
    _, found = fake()
    place = nodes / "node1" / f"distann-{broadcast.os.geteuid()}"
    place.mkdir(parents=True)
    place.chmod(0o777)
    outcomes = on_ranks(4, lambda comm: libraries([KERNELS], comm, toolchain=found), node=2)
    assert all(type(outcome) is CompilerError and str(outcome).startswith("rank 2 ") for outcome in outcomes)
    assert str(place) in str(outcomes[0])


def test_the_folder_of_a_node_is_bounded(
    cache_folder: Path, fake, nodes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found = fake()
    monkeypatch.setattr(broadcast.cache, "LIMIT", 1)
    for request in (KERNELS, ENGINE):
        on_ranks(2, lambda comm, request=request: libraries([request], comm, toolchain=found), node=1)
    (left,) = (nodes / "node1").rglob("*.so")
    assert left.read_text() == ENGINE.source


# ---------------------------------------------------------------------- ranks that differ


def test_ranks_that_differ_are_named(cache_folder: Path, fake, nodes: Path) -> None:
    compiler, found = fake()

    def load(comm: Rank) -> list[Path]:
        kernels = Request("kernels", "other") if comm.rank in (1, 3) else KERNELS
        return libraries([ENGINE, kernels], comm, toolchain=found)

    outcomes = on_ranks(4, load)
    assert all(type(outcome) is DivergenceError for outcome in outcomes)
    expected = "ranks 1, 3 generated other C++ than rank 0 (kernels)."
    assert all(str(outcome).startswith(expected) for outcome in outcomes)
    assert compiler.calls == 0


def test_one_rank_asks_for_less(cache_folder: Path, fake, nodes: Path) -> None:
    _, found = fake()
    outcomes = on_ranks(
        20, lambda comm: libraries([ENGINE, KERNELS][: 2 - (comm.rank > 5)], comm, toolchain=found)
    )
    assert all(type(outcome) is DivergenceError for outcome in outcomes)
    assert str(outcomes[0]).startswith("ranks 6, 7, 8, 9, 10, 11, 12, 13 and 6 more generated")


def test_an_older_processor_is_told_before_it_crashes(
    cache_folder: Path, fake, nodes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, found = fake()

    def available() -> frozenset[str]:
        return frozenset({"avx2"} if threading.current_thread().name == "node1" else {"avx2", "avx512f"})

    monkeypatch.setattr(broadcast, "instruction_sets", available)
    outcomes = on_ranks(4, lambda comm: libraries([KERNELS], comm, toolchain=found), node=2)
    assert all(type(outcome) is CompilerError for outcome in outcomes)
    assert "ranks 2, 3 would crash" in str(outcomes[0]) and "avx512f" in str(outcomes[0])

    monkeypatch.setenv("DISTANN_MARCH", "x86-64-v3")
    outcomes = on_ranks(4, lambda comm: libraries([KERNELS], comm), node=2)
    assert all(isinstance(outcome, list) for outcome in outcomes)
