"""Values of a population on one rank of several: what is kept, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from distann.codegen.symbols import analyse_neuron
from distann.codegen.target import precision
from distann.errors import DivergenceError, NotCompiledError
from distann.model import Normal, PopulationSpec, Uniform
from distann.runtime.arrays import Inputs, Layout
from distann.runtime.comm import TiledComm
from distann.runtime.partition import partition
from distann.runtime.state import PopulationState, agree
from tests.toys import CELL


class Disagreeing(TiledComm):
    """Ranks of which another one says something else."""

    def same(self, value: bytes | memoryview) -> bool:
        return False


def state(comm: TiledComm, size: int = 64, seed: int = 5, number: int = 0) -> PopulationState:
    spec = PopulationSpec("pop", (size,), CELL)
    return PopulationState(spec, analyse_neuron(CELL), None, comm, seed, 1.0, number, {})


def allocated(rank: int, ranks: int = 4) -> PopulationState:
    made = state(TiledComm(ranks, rank))
    made.set("gain", np.arange(64.0))
    made.set("seen", Uniform(0.0, 1.0))
    cut = partition(64, ranks, rank, 1)
    made.allocate(Layout(precision("float64"), cut), Inputs(precision("float64"), [cut]))
    return made


def test_ranks_hold_their_slices() -> None:
    parts = [allocated(rank) for rank in range(4)]
    assert np.array_equal(np.concatenate([part.local("gain") for part in parts]), np.arange(64.0))
    whole = state(TiledComm(1))
    whole.set("gain", np.arange(64.0))
    whole.set("seen", Uniform(0.0, 1.0))
    assert np.array_equal(np.concatenate([part.local("seen") for part in parts]), whole.get("seen"))


def test_each_rank_writes_what_it_owns() -> None:
    parts = [allocated(rank) for rank in range(4)]
    for part in parts:
        part.set("gain", [70.0, 71.0, 72.0], np.array([40, 3, 17]))
    found = np.concatenate([part.local("gain") for part in parts])
    expected = np.arange(64.0)
    expected[[40, 3, 17]] = [70.0, 71.0, 72.0]
    assert np.array_equal(found, expected)


def test_draws_depend_on_seed_population_name_and_count() -> None:
    def drawn(seed: int, number: int, name: str = "gain", before: int = 0) -> bytes:
        made = state(TiledComm(1), seed=seed, number=number)
        for _ in range(before + 1):
            made.set(name, Normal(0.0, 1.0))
        return made.get(name).tobytes()

    kinds = [(5, 0), (6, 0), (5, 1), (5, 0, "drive"), (5, 0, "gain", 1)]
    assert len({drawn(*kind) for kind in kinds}) == len(kinds) and drawn(5, 0) == drawn(5, 0)


def test_ranks_that_assign_other_values() -> None:
    with pytest.raises(DivergenceError, match=r"to 'gain'. Usually they come from an unseeded random generator"):
        state(Disagreeing(2)).set("gain", 3.0)
    agree(Disagreeing(1), "gain", np.zeros(1))  # one rank agrees with itself


def test_local_values_before_compile() -> None:
    with pytest.raises(NotCompiledError, match="local values of population 'pop'"):
        state(TiledComm(1)).local("gain")
