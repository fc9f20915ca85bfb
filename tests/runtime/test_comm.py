"""What the ranks tell one another; every statement about MPI is made on real ranks."""

from __future__ import annotations

import numpy as np
import pytest

from distann.errors import ConfigurationError
from distann.runtime.comm import SerialComm, TiledComm, world
from tests.ranks import run_ranks

PREAMBLE = """
import numpy as np
from distann.runtime.comm import world
comm = world()
"""

GATHER = PREAMBLE + """
for dtype in ("f8", "f4", "i4", "u2", "?", "c16"):
    for tail in ((), (3,), (2, 2)):
        for empty in (None, 0, comm.size - 1):
            def piece(rank):
                rows = 0 if rank == empty else rank + 1
                count = rows * int(np.prod(tail, dtype=int))
                return (np.arange(count) + 10 * rank).astype(dtype).reshape(rows, *tail)
            whole = comm.gather_array(piece(comm.rank))
            expected = np.concatenate([piece(rank) for rank in range(comm.size)])
            assert whole.dtype == expected.dtype and whole.shape == expected.shape
            assert (whole == expected).all()
strided = comm.gather_array(np.arange(10)[::2])
assert strided.tolist() == [0, 2, 4, 6, 8] * comm.size
assert comm.gather_array(np.empty((0, 5))).shape == (0, 5)
print("gathered")
"""


@pytest.mark.parametrize("n", [1, 2, 3])
def test_gather_array_joins_unequal_and_empty_pieces(n: int) -> None:
    done = run_ranks(GATHER, n)
    assert done.stdout.count("gathered") == n, done.stderr


@pytest.mark.parametrize("piece", [1, 7, 64])
def test_gather_array_in_many_messages(piece: int) -> None:
    """What is larger than one message may be: the limit is lowered instead of gathering gigabytes."""
    lowered = GATHER.replace("comm = world()", f"comm = world(); type(comm).piece = {piece}")
    done = run_ranks(lowered, 3)
    assert done.stdout.count("gathered") == 3, done.stderr


@pytest.mark.parametrize(
    "mine",
    [
        "np.zeros(2, 'f4' if comm.rank else 'f8')",
        "np.zeros((2, 2 + comm.rank))",
        "np.zeros((2,) * (1 + comm.rank))",
        "np.zeros((2,) * comm.rank)",
    ],
)
def test_gather_array_of_arrays_that_do_not_fit_is_refused_on_all_ranks(mine: str) -> None:
    done = run_ranks(
        PREAMBLE + f"""
from distann.errors import DivergenceError
try:
    comm.gather_array({mine})
except DivergenceError:
    print("refused")
comm.barrier()
""",
        2,
    )
    assert done.stdout.count("refused") == 2, done.stderr


@pytest.mark.parametrize("n", [1, 2, 4])
def test_collectives(n: int) -> None:
    done = run_ranks(
        PREAMBLE + """
ranks = list(range(comm.size))
assert comm.allgather(("of", comm.rank)) == [("of", rank) for rank in ranks]
assert [comm.bcast({"of": comm.rank}, root=root) for root in ranks] == [{"of": root} for root in ranks]
assert comm.sum(2**40 + comm.rank) == comm.size * 2**40 + sum(ranks)
assert comm.sum(-1) == -comm.size
assert comm.same(b"one word") and comm.same(memoryview(np.ones(3)))
assert comm.same(bytes([comm.rank])) == (comm.size == 1)
assert comm.same(b"a" if comm.rank == comm.size - 1 else b"b") == (comm.size == 1)
send = np.full(5, comm.rank, np.uint8)
receive = np.full(5 * comm.size, 255, np.uint8)
for _ in range(3):
    comm.exchange(send, receive)
    assert receive.reshape(comm.size, 5).tolist() == [[rank] * 5 for rank in ranks]
    send += 0
comm.barrier()
assert (comm.node, comm.node_rank, comm.node_size) == (0, comm.rank, comm.size)
assert comm.is_node_leader == (comm.rank == 0)
assert world() is comm
print("agreed")
""",
        n,
    )
    assert done.stdout.count("agreed") == n, done.stderr


def test_one_process_does_not_import_mpi4py() -> None:
    done = run_ranks(PREAMBLE + "import sys; print(type(comm).__name__, 'mpi4py' in sys.modules)", 1)
    assert done.stdout.split() == ["SerialComm", "False"], done.stderr


def test_tiled_comm_repeats_what_one_rank_says() -> None:
    comm = TiledComm(3, rank=1)
    assert (comm.rank, comm.size, comm.node_size, comm.is_node_leader) == (1, 3, 1, True)
    assert comm.allgather("word") == ["word"] * 3
    assert comm.bcast("word", root=2) == "word"
    assert comm.sum(5) == 15
    assert comm.same(b"x")
    piece = np.arange(4.0).reshape(2, 2)
    np.testing.assert_array_equal(comm.gather_array(piece), np.tile(piece, (3, 1)))
    send, receive = np.array([7, 8], np.uint8), np.zeros(6, np.uint8)
    comm.exchange(send, receive)
    assert receive.tolist() == [7, 8] * 3
    with pytest.raises(ConfigurationError):
        TiledComm(2, rank=2)
    with pytest.raises(SystemExit):
        comm.abort(2)


def test_serial_comm_returns_a_copy_of_what_it_gathers() -> None:
    mine = np.arange(3)
    whole = SerialComm().gather_array(mine)
    whole[:] = 0
    assert mine.tolist() == [0, 1, 2]


@pytest.mark.parametrize("value", [np.float64(3.0), np.array(3.0), np.array([None, 2], object)])
def test_what_cannot_be_gathered_is_refused(value: np.ndarray) -> None:
    with pytest.raises(ConfigurationError, match="cannot be gathered"):
        SerialComm().gather_array(np.asarray(value))


@pytest.mark.mpi
def test_ranks_of_the_running_job_are_numbered() -> None:
    comm = world()
    assert comm.allgather(comm.rank) == list(range(comm.size))
    assert comm.gather_array(np.full(comm.rank, comm.rank)).tolist() == [
        rank for rank in range(comm.size) for _ in range(rank)
    ]
