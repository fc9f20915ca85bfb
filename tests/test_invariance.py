"""The second promise: the same bytes for any number of ranks and threads, and on other processors."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.ranks import run_ranks

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "tests" / "scripts"
EXAMPLES = {
    "examples/izhikevich.py": 60,
    "examples/coba.py": 25,
    "examples/rate_ring.py": 60,
    "tests/scripts/small.py": 40,
    "tests/scripts/delayed.py": 30,
    "tests/scripts/stopping.py": 20,
    "tests/scripts/inputs.py": 30,
    "tests/scripts/together.py": 20,
    "tests/scripts/recording.py": 30,
    "tests/scripts/connectors.py": 0,
    "tests/scripts/plastic.py": 40,
    "tests/scripts/learning.py": 30,
    "tests/scripts/structural.py": 30,
    "tests/scripts/random_models.py": 30,
    "tests/scripts/axonal.py": 30,
    "tests/scripts/reductions.py": 30,
}
# Ranks that share no memory, as if each were on a node of its own.
APART = f"""
import runpy
from distann.runtime import packets
packets.shared_memory = lambda comm, size: None
runpy.run_path({str(SCRIPTS / "fingerprint.py")!r}, run_name="__main__")
"""
LAYOUTS = [(1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (4, 1), (4, 2)]


@functools.cache
def digests(ranks: int, threads: int, architecture: str = "", apart: bool = False) -> str:
    """Run all examples in one job and return a line for each thing that they have computed."""
    done = run_ranks(
        APART if apart else SCRIPTS / "fingerprint.py",
        ranks,
        threads=threads,
        args=[f"{ROOT / path}={duration}" for path, duration in EXAMPLES.items()],
        env={"DISTANN_MARCH": architecture} if architecture else {},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith("digest "))


def test_every_example_leaves_digests() -> None:
    lines = digests(1, 1).splitlines()
    assert {line.split()[1] for line in lines} == {Path(path).name for path in EXAMPLES}
    for result in ("spikes", "v", "exc_proj", "inh_proj"):
        assert any(line.split()[1:3] == ["izhikevich.py", result] for line in lines)


@pytest.mark.parametrize(("ranks", "threads"), LAYOUTS)
def test_ranks_and_threads_do_not_change_a_byte(ranks: int, threads: int) -> None:
    assert digests(ranks, threads) == digests(1, 1)


def test_ranks_on_several_nodes() -> None:
    assert digests(3, 2, apart=True) == digests(1, 1)


def test_another_processor_does_not_change_a_byte() -> None:
    assert digests(1, 1, "x86-64-v3") == digests(1, 1)


def test_ranks_that_own_nothing() -> None:
    assert digests(7, 1) == digests(7, 2) == digests(1, 1)
