"""Scripts as a user runs them: alone, or on the ranks of an MPI job, in processes of their own."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_LAUNCHERS = ("OMPI_", "PMI", "HYD", "MPI", "MV2_", "PRTE_", "SLURM_", "DISTANN_")


def launcher() -> str | None:
    """Return the mpiexec that belongs to this Python, or the one on the PATH, or None."""
    beside = Path(sys.executable).parent / "mpiexec"
    return str(beside) if beside.exists() else shutil.which("mpiexec")


@functools.cache
def mpi_works() -> bool:
    """Return whether there is a launcher, and an mpi4py that it starts as one job of two ranks."""
    if launcher() is None:
        return False
    count = "from mpi4py import MPI; raise SystemExit(MPI.COMM_WORLD.size != 2)"
    return subprocess.run(_command(2, ["-c", count]), env=environment(), capture_output=True).returncode == 0


def environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without what launchers put there, and with the checkout first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LAUNCHERS)}
    path = os.pathsep.join(part for part in (str(ROOT), kept.get("PYTHONPATH", "")) if part)
    return {**kept, "PYTHONPATH": path, "MPLBACKEND": "Agg", **extra}


def run_ranks(
    script: str | Path,
    n: int,
    *,
    threads: int = 1,
    args: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run a script on `n` ranks and return what it printed; skips the test where there is no MPI for n > 1.

    Parameters
    ----------
    script : str or Path
        Text of a script, or the path of one.
    n : int
        Number of ranks; 1 is plain Python without a launcher.
    threads : int
        Threads of each rank.
    args : sequence of str
        Arguments of the script.
    env : mapping, optional
        More environment variables.
    timeout : float
        Seconds after which the job is ended and the test fails.
    """
    if n > 1 and not mpi_works():
        pytest.skip("needs mpi4py and its mpiexec")
    program = [str(script)] if isinstance(script, Path) else ["-c", textwrap.dedent(script)]
    return subprocess.run(
        _command(n, [*program, *args]),
        env=environment(DISTANN_NUM_THREADS=str(threads), **(env or {})),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def _command(n: int, program: list[str]) -> list[str]:
    return [*([str(launcher()), "-n", str(n)] if n > 1 else []), sys.executable, *program]
