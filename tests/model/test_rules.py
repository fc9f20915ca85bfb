"""Rules: refusals, and explicit rows against scipy's own matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from distann.errors import ConfigurationError
from distann.model.rules import AllToAll, Explicit, FixedNumberPre, FixedProbability, OneToOne


def test_defaults_and_equality() -> None:
    assert AllToAll() == AllToAll(False) != AllToAll(True)
    assert OneToOne() == OneToOne()
    assert FixedProbability(1) == FixedProbability(1.0, False)
    assert FixedNumberPre(np.int32(3)) == FixedNumberPre(3)  # type: ignore[arg-type]
    assert hash(FixedNumberPre(3)) == hash(FixedNumberPre(3))


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan, "0.5", None, True, 10**400])
def test_wrong_probability(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="'probability' is a"):
        FixedProbability(wrong)


@pytest.mark.parametrize("wrong", [-1, 1.5, 2.0, "3", None, True, 2**32])
def test_wrong_number(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="'number' is an integer"):
        FixedNumberPre(wrong)


def dense(rule: Explicit, shape: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Return the weights, [pre, post]."""
    found = np.full(shape, np.nan)
    for post in range(shape[1]):
        for slot in range(rule.row[post], rule.row[post + 1]):
            found[rule.pre[slot], post] = rule.values[slot]
    return found


@pytest.mark.parametrize("kind", ["lil", "csr", "csc", "coo", "dok", "bsr", "dia"])
@pytest.mark.parametrize("make", [sparse.random, sparse.random_array])
def test_from_sparse(kind: str, make: Any) -> None:
    shape = (7, 5)
    matrix = (make(*shape, density=0.4) if make is sparse.random else make(shape, density=0.4)).asformat(kind)
    rule = Explicit.from_sparse(matrix)
    # dia and bsr store zeros as well, and what is stored is a synapse.
    stored = np.full(shape, np.nan)
    entries = matrix.tocoo()
    stored[entries.row, entries.col] = entries.data
    assert np.array_equal(dense(rule, shape), stored, equal_nan=True)
    assert (rule.row.dtype, rule.pre.dtype, rule.values.dtype) == (np.int64, np.uint32, np.float64)
    assert len(rule.row) == 6 and rule.row[-1] == len(rule.pre) == len(rule.values)
    for post in range(5):
        assert (np.diff(rule.pre[rule.row[post] : rule.row[post + 1]].astype(int)) > 0).all()


def test_the_first_axis_is_presynaptic() -> None:
    rule = Explicit.from_sparse(sparse.coo_matrix(([2.5], ([3], [1])), shape=(4, 2)))
    assert (rule.row.tolist(), rule.pre.tolist(), rule.values.tolist()) == ([0, 0, 1], [3], [2.5])


def test_stored_zeros_are_synapses_and_double_entries_add_up() -> None:
    rule = Explicit.from_sparse(sparse.coo_matrix(([0.0, 1.0, 2.0], ([0, 1, 1], [0, 1, 1])), shape=(2, 2)))
    assert (rule.row.tolist(), rule.pre.tolist(), rule.values.tolist()) == ([0, 1, 2], [0, 1], [0.0, 3.0])


def test_no_synapses() -> None:
    rule = Explicit.from_sparse(sparse.lil_matrix((3, 4), dtype=int))
    assert rule.row.tolist() == [0] * 5 and len(rule.pre) == len(rule.values) == 0


def test_the_matrix_stays_as_it_is_and_the_rule_too() -> None:
    matrix = sparse.csr_matrix(np.eye(3))
    rule = Explicit.from_sparse(matrix)
    matrix.data[0] = 5.0
    assert rule.values.tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        rule.values[0] = 2.0


def test_what_ranks_compare() -> None:
    first, second = np.eye(3), np.eye(3)
    second[0, 0] = 1.0 + 1e-15
    texts = [repr(Explicit.from_sparse(sparse.csr_matrix(m))) for m in (first, first, second)]
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("Explicit(3 rows, 3 synapses, ")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (np.eye(3), "sparse matrix is expected; got ndarray"),
        ([[1.0]], "sparse matrix is expected; got list"),
        (sparse.coo_matrix(np.array([[1j]])), "real numbers"),
        (sparse.coo_matrix(np.array([[np.nan]])), "finite numbers"),
        (sparse.coo_matrix(np.array([[-np.inf]])), "finite numbers"),
        (sparse.coo_array(np.array([1.0, 2.0])), "sparse matrix is expected"),
        (sparse.coo_matrix((2**33, 1)), "at most 4294967295 neurons"),
    ],
)
def test_what_is_no_matrix_of_weights(wrong: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        Explicit.from_sparse(wrong)
