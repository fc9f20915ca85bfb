"""What the environment says about the launcher that started this process; nothing here touches MPI."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from distann.errors import ConfigurationError, LaunchError

__all__ = ["Launch", "detect", "mismatch", "missing_mpi4py", "requested"]

# Launchers by the variables that hold the number of processes and this one's number. The order matters: an
# mpirun inside a Slurm allocation leaves Slurm's variables, which describe its daemons, in the environment.
_LAUNCHERS = (
    ("Open MPI's mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("a PMI launcher (mpirun of MPICH or Intel MPI, or srun --mpi=pmi2)", "PMI_SIZE", "PMI_RANK"),
    ("MVAPICH's mpirun_rsh", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"),
    # A batch script runs once whatever SLURM_NTASKS says; only the tasks of a step are counted by this one.
    ("Slurm's srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
)
_SERIAL_REMEDY = "If these are meant to be independent runs on one process each, set DISTANN_MPI=0."


@dataclass(frozen=True, slots=True)
class Launch:
    """A launcher's account of the job.

    Parameters
    ----------
    launcher : str
        Which launcher, in words.
    size : int
        How many processes it started; 0 where it does not say.
    rank : int
        Which of them this is.
    """

    launcher: str
    size: int
    rank: int


def detect(environment: Mapping[str, str] = os.environ) -> Launch | None:
    """Return what the launcher in `environment` says, or None for a process that nobody launched."""
    for launcher, size, rank in _LAUNCHERS:
        if environment.get(size, "").isdigit() and environment.get(rank, "").isdigit():
            return Launch(launcher, int(environment[size]), int(environment[rank]))
    if environment.get("PMIX_RANK", "").isdigit():
        return Launch("a PMIx launcher", 0, int(environment["PMIX_RANK"]))
    return None


def requested(environment: Mapping[str, str] = os.environ) -> bool | None:
    """Return the user's word on MPI, ``DISTANN_MPI=1`` or ``0``, or None where there is none."""
    word = environment.get("DISTANN_MPI", "").strip().lower()
    if word in ("1", "0", ""):
        return {"1": True, "0": False, "": None}[word]
    raise ConfigurationError(f"DISTANN_MPI is '{word}'; it can be 1 (use MPI) or 0 (do not).")


def missing_mpi4py(launch: Launch | None, reason: str) -> LaunchError:
    """Return the error for a job of several processes on which mpi4py cannot be imported."""
    what = "DISTANN_MPI=1 asks for MPI"
    if launch is not None:
        processes = f"{launch.size} processes" if launch.size else "this process"
        what = f"{launch.launcher} started {processes}"
    return LaunchError(
        f"{what}, but mpi4py cannot be used here ({reason}).\n"
        f'Install it with: pip install "distann[mpich]" (brings its own mpirun), or, where the machine has '
        f'an MPI of its own: pip install "distann[mpi]".\n{_SERIAL_REMEDY}'
    )


def mismatch(launch: Launch, library: str, directory: str) -> LaunchError:
    """Return the error for a launcher of several processes and a library that sees only one.

    Parameters
    ----------
    launch : Launch
        What the launcher says.
    library : str
        Name and version of the MPI library that mpi4py has loaded.
    directory : str
        Where this Python's programs are; the mpirun of an installed MPI package is there.
    """
    mpirun = os.path.join(directory, "mpirun")
    return LaunchError(
        f"{launch.launcher} started {launch.size} processes, but the MPI library of mpi4py ({library}) sees "
        f"only one: launcher and library do not belong together.\n"
        f"Launch with the mpirun of that library ({mpirun} if it was installed with "
        f"pip), or install mpi4py for the launcher's library.\n{_SERIAL_REMEDY}"
    )
