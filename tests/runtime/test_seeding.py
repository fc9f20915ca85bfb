"""The global random generators of numpy and Python, on one rank and on several."""

from __future__ import annotations

from tests.ranks import run_ranks

DRAW = """
import random
import sys
import numpy as np
from distann.runtime.startup import start
start()
sys.stdout.write(f"{np.random.random()} {random.random()}\\n")
"""


def test_ranks_draw_alike_and_runs_do_not() -> None:
    first, second = (run_ranks(DRAW, 3).stdout.splitlines() for _ in range(2))
    assert len(first) == len(second) == 3
    assert len(set(first)) == len(set(second)) == 1
    assert set(first) != set(second)


def test_one_process_keeps_its_state() -> None:
    joined = DRAW.replace("start()", "random.seed(1); np.random.seed(1); start()")
    alone = joined.replace(" start()", "")
    assert run_ranks(joined, 1).stdout == run_ranks(alone, 1).stdout != ""
