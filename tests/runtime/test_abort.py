"""A rank that fails, or leaves, does not leave the others waiting."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.ranks import run_ranks

PREAMBLE = """
import sys
from distann.runtime.startup import start
comm = start()
comm.barrier()
"""
# The others would wait for ever, and a job that is not ended from within is a failure: TimeoutExpired.
WAIT = "\ncomm.barrier()\ncomm.barrier()\n"


def job(text: str, n: int = 3) -> subprocess.CompletedProcess[str]:
    return run_ranks(PREAMBLE + text, n, timeout=20)


def test_exception_on_one_rank_ends_the_job() -> None:
    done = job("if comm.rank == 1: raise ValueError('a bad day')" + WAIT)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    assert "distann: rank 1 of 3 failed" in done.stderr
    assert "ValueError: a bad day" in done.stderr


def test_exception_on_all_ranks_is_shown_once() -> None:
    for _ in range(3):
        done = job("raise ValueError('a bad day')")
        assert done.returncode == 1
        assert done.stderr.count("Traceback") == done.stderr.count("a bad day\n") == 1, done.stderr


def test_exception_while_the_others_compute() -> None:
    done = job("if comm.rank == 1: 1 / 0\nimport threading; threading.Event().wait()")
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1


@pytest.mark.parametrize("leave", ["sys.exit(3)", "import argparse; argparse.ArgumentParser().exit(3)"])
def test_exit_status_of_one_rank_ends_the_job_with_it(leave: str) -> None:
    done = job(f"if comm.rank == 1: {leave}\nimport threading; threading.Event().wait()")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_exit_with_a_message_ends_the_job_and_shows_it() -> None:
    done = job("if comm.rank == 1: sys.exit('no data')" + WAIT)
    assert done.returncode == 1
    assert done.stderr.count("no data") == 1


@pytest.mark.parametrize("leave", ["raise SystemExit(3)", "exit(3)", "sys.exit()", "sys.exit(0)", "quit()"])
def test_rank_that_leaves_while_others_wait_for_it_ends_the_job(leave: str) -> None:
    done = job(f"if comm.rank == 1: {leave}" + WAIT)
    assert done.returncode != 0
    assert "distann: rank 1 has left the script, while rank 2 waits for it in barrier" in done.stderr


def test_getter_inside_a_condition_on_the_rank_ends_the_job() -> None:
    done = job("if comm.rank == 0: comm.allgather(1)")
    assert done.returncode != 0
    assert "while rank 0 waits for it in allgather, at <string>, line 6" in done.stderr


def test_exits_that_are_caught_end_nothing() -> None:
    done = job("""
if comm.rank == 1:
    try:
        sys.exit(3)
    except SystemExit as error:
        assert error.code == 3 and error.args == (3,) and str(error) == "3"
comm.barrier()
print("caught")
""")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("caught") == 3


def test_exit_of_a_thread_ends_only_the_thread() -> None:
    done = job("""
import threading
thread = threading.Thread(target=sys.exit, args=(3,))
thread.start()
thread.join()
comm.barrier()
""")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("leave", ["sys.exit(0)", "raise SystemExit(0)", "pass"])
def test_ranks_may_end_at_different_times(leave: str) -> None:
    """The last rank goes on alone for longer than the watchdog takes to look twice."""
    done = job(f"""
import threading
if comm.rank == 2:
    threading.Event().wait(0.8)
    print("last")
{leave}
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "last\n", "")


def test_ranks_that_exit_alike_all_finish_what_they_do() -> None:
    done = job("""
import atexit
atexit.register(sys.stderr.write, "saved\\n")
sys.exit(6)
""")
    assert done.returncode == 6
    assert done.stderr == "saved\n" * 3


def test_handlers_run_before_an_exit_ends_the_job() -> None:
    done = job("""
import atexit
atexit.register(print, "saved")
if comm.rank == 1: sys.exit(4)
import threading; threading.Event().wait()
""")
    assert (done.returncode, done.stdout) == (4, "saved\n")


def test_long_wait_says_where_each_rank_is() -> None:
    done = job("""
import threading
type(comm.watchdog).limit_s = 0.2
comm.barrier()
if comm.rank == 1:
    threading.Event().wait(1.5)
comm.sum(1)
comm.barrier()
""")
    assert done.returncode == 0, done.stderr
    lines = sorted(line for line in done.stderr.splitlines() if "waiting" in line)
    assert [line.split(" for ")[0] for line in lines] == [
        "rank 0 has been waiting in sum",
        "rank 2 has been waiting in sum",
    ]
    assert all(line.endswith("at <string>, line 12") for line in lines)


def test_serial_script_keeps_its_own_hooks() -> None:
    done = run_ranks(
        """
import sys
before = sys.excepthook, sys.exit
from distann.runtime.startup import start
start()
assert (sys.excepthook, sys.exit) == before
sys.exit(5)
""",
        1,
    )
    assert (done.returncode, done.stderr) == (5, "")


@pytest.mark.parametrize(
    ("others", "call"), [("simulate(10.0)", "together"), ("pop.v = 3.0", "same"), ("w = proj.nb_synapses", "sum")]
)
def test_a_getter_on_one_rank_is_reported_with_every_ranks_line(tmp_path: Path, others: str, call: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"""from distann import *
from distann.runtime.startup import start
type(start().watchdog).limit_s = 0.2
setup(seed=1)
pop = Population(100, Izhikevich)
proj = Projection(pop, pop, 'exc').connect_one_to_one(1.0)
compile()
simulate(5.0)
if start().rank == 0:
    v = pop.v
{others}
"""
    )
    done = run_ranks(script, 3, timeout=30)
    assert done.returncode == 1
    assert (
        f"the ranks wait for one another in different calls: rank 0 in gather_array, at {script}, line 10; "
        f"ranks 1, 2 in {call}, at {script}, line 11. " in done.stderr
    ), done.stderr


def test_values_of_different_calls_are_not_joined() -> None:
    done = run_ranks(
        """
import numpy as np
from distann.runtime.comm import world
comm = world()
comm.watchdog.calls += comm.rank
comm.gather_array(np.zeros(3))
""",
        2,
    )
    assert done.returncode == 1 and "DivergenceError: the ranks wait for one another in different calls" in done.stderr


def test_slow_ranks_are_waited_for() -> None:
    """Ranks that come late, one after the other, to calls that differ: each has said where it waits, and goes on."""
    done = run_ranks(
        """
import sys, threading
from distann.runtime.startup import start
comm = start()
type(comm.watchdog).limit_s = 0.1
nap = threading.Event()
for turn in range(3):
    if comm.rank == turn:
        nap.wait(0.7)
    comm.barrier() if turn % 2 else comm.sum(1)
sys.stdout.write("together\\n")
""",
        3,
    )
    assert done.stdout.split() == ["together"] * 3, done.stderr
