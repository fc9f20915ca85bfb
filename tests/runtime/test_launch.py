"""What is concluded from the environment of a process."""

from __future__ import annotations

import pytest

from distann.errors import ConfigurationError, LaunchError
from distann.runtime import launch
from tests.ranks import run_ranks

SERIAL = "from distann.runtime.comm import world; print(type(world()).__name__)"


@pytest.mark.parametrize(
    ("environment", "size", "rank"),
    [
        ({"PMI_SIZE": "4", "PMI_RANK": "3"}, 4, 3),
        ({"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "PMIX_RANK": "1"}, 2, 1),
        ({"MV2_COMM_WORLD_SIZE": "5", "MV2_COMM_WORLD_RANK": "0"}, 5, 0),
        ({"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7", "SLURM_NTASKS": "8"}, 8, 7),
        ({"PMIX_RANK": "2"}, 0, 2),
        ({"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0", "PMI_SIZE": "16", "PMI_RANK": "5"}, 16, 5),
    ],
)
def test_launcher_is_found(environment: dict[str, str], size: int, rank: int) -> None:
    found = launch.detect(environment)
    assert found is not None
    assert (found.size, found.rank) == (size, rank)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PATH": "/bin", "OMP_NUM_THREADS": "4"},
        {"SLURM_NTASKS": "8", "SLURM_PROCID": "0", "SLURM_JOB_ID": "1"},  # a batch script, outside a step
        {"PMI_SIZE": "", "PMI_RANK": ""},
    ],
)
def test_nobody_launched_this(environment: dict[str, str]) -> None:
    assert launch.detect(environment) is None


def test_request() -> None:
    assert launch.requested({}) is None
    assert launch.requested({"DISTANN_MPI": "1"}) is True
    assert launch.requested({"DISTANN_MPI": "0"}) is False
    with pytest.raises(ConfigurationError, match="DISTANN_MPI is 'perhaps'"):
        launch.requested({"DISTANN_MPI": "perhaps"})


def test_launcher_of_another_library_is_an_error_that_names_both() -> None:
    """Open MPI's variables, but this process's library has not been started by it."""
    pytest.importorskip("mpi4py")
    done = run_ranks(SERIAL, 1, env={"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1"})
    assert done.returncode == 1
    assert "LaunchError: Open MPI's mpirun started 2 processes, but the MPI library" in done.stderr
    assert "sees only one" in done.stderr
    assert "DISTANN_MPI=0" in done.stderr


def test_missing_mpi4py_is_an_error_that_says_how_to_get_it() -> None:
    hidden = "import sys; sys.modules['mpi4py'] = None\n" + SERIAL
    done = run_ranks(hidden, 1, env={"PMI_SIZE": "2", "PMI_RANK": "0"})
    assert done.returncode == 1
    assert 'pip install "distann[mpich]"' in done.stderr


def test_error_of_unknown_size_speaks_of_one_process() -> None:
    error = launch.missing_mpi4py(launch.Launch("a PMIx launcher", 0, 1), "none")
    assert isinstance(error, LaunchError)
    assert str(error).startswith("a PMIx launcher started this process, but mpi4py cannot be used")


def test_independent_runs_under_a_launcher() -> None:
    done = run_ranks(SERIAL, 2, env={"DISTANN_MPI": "0"})
    assert done.stdout.count("SerialComm") == 2, done.stderr
