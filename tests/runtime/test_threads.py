"""Threads of a rank, from the cores that it may run on."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from distann.errors import ConfigurationError
from distann.runtime import log, threads
from distann.runtime.comm import SerialComm, TiledComm


@pytest.mark.parametrize(
    ("mine", "node", "expected"),
    [
        ({0, 1, 2, 3}, [{0, 1, 2, 3}], 4),
        ({0, 1, 2, 3}, [{0, 1, 2, 3}] * 2, 2),
        ({0, 1, 2, 3}, [{0, 1, 2, 3}] * 3, 1),
        ({0, 1}, [{0, 1}] * 5, 1),
        ({0, 1}, [{0, 1}, {2, 3}], 2),  # bound to sockets of their own
        ({0}, [{0}, {1}], 1),
        ({0, 1, 2, 3}, [{0, 1, 2, 3}, {2, 3}], 3),
    ],
)
def test_share_of_the_cores(mine: set[int], node: Sequence[set[int]], expected: int) -> None:
    assert threads.share(frozenset(mine), [frozenset(cores) for cores in node]) == expected


def test_every_core_of_a_single_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISTANN_NUM_THREADS", raising=False)
    monkeypatch.setattr(threads, "cores", lambda: frozenset(range(6)))
    assert threads.default_threads(SerialComm()) == 6


def test_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTANN_NUM_THREADS", "3")
    assert threads.default_threads(SerialComm()) == 3
    for word in ("0", "-1", "two"):
        monkeypatch.setenv("DISTANN_NUM_THREADS", word)
        with pytest.raises(ConfigurationError, match="positive integer"):
            threads.default_threads(SerialComm())


def test_narrow_binding_warns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: frozenset({0}))
    monkeypatch.setattr(log, "_warned", set())
    with pytest.warns(UserWarning, match="rank 0 may run on 1 of") as seen:
        threads.warn_if_pinned(2, TiledComm(2))
        threads.warn_if_pinned(2, TiledComm(2))
        threads.warn_if_pinned(1, TiledComm(2))
    assert len(seen) == 1
    assert seen[0].filename == __file__


def test_spinning_is_limited_unless_the_user_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    for policy, expected in ((None, "10000"), ("active", None)):
        monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
        monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
        if policy:
            monkeypatch.setenv("OMP_WAIT_POLICY", policy)
        threads.limit_spinning()
        assert os.environ.get("GOMP_SPINCOUNT") == expected
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    monkeypatch.delenv("OMP_WAIT_POLICY")
    threads.limit_spinning()
    assert os.environ["GOMP_SPINCOUNT"] == "7"
