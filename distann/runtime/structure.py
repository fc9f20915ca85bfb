"""Synapses that come and go: what rules say of them, and what a script does with them after ``compile()``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis
from distann.errors import ConfigurationError
from distann.model.distributions import RandomDistribution
from distann.model.explicit import real_numbers
from distann.model.specs import Given, SideSpec
from distann.runtime.delays import Delays, delays_of
from distann.runtime.initial import generator
from distann.runtime.projection import ProjectionState
from distann.runtime.state import agree

__all__ = ["create", "declare_changes", "made_by_rule", "prune", "replace_all"]


class _Synapses(NamedTuple):
    """This rank's synapses, by post, then by pre: postsynaptic elements, ranks, delays in steps, and words by name."""

    element: NDArray[np.int64]
    pre: NDArray[np.int64]
    steps: NDArray[Any]
    values: dict[str, NDArray[Any]]


def declare_changes(state: ProjectionState, always: bool) -> None:
    """Find out, before ``compile()``, whether synapses come and go: by rules, or `always` when the script asks."""
    rule = state.model.creating
    made: tuple[float, float] | None = None
    if rule is not None and rule.delay is not None:
        delay = state.value_of(rule.delay)
        made = delay.reach if isinstance(delay, RandomDistribution) else (delay, delay)
    state.spec = replace(state.spec, changeable=always or state.ruled, made_delays=made)


def made_by_rule(state: ProjectionState) -> tuple[Given, Given] | None:
    """Return weight and delay of synapses that a rule makes; None where none come and go.

    Raises
    ------
    ConfigurationError
        When nobody says what delay they have.
    """
    rule = state.model.creating
    if not state.spec.changeable or rule is None:
        return (0.0, 0.0) if state.spec.changeable else None
    listed = getattr(state.spec.rule, "delays", None) is not None
    if rule.delay is None and listed:
        raise ConfigurationError(
            f"projection '{state.spec.name}': the delays of its synapses are listed, and 'creating' does not say which "
            "delay new ones have; add d = ... to the rule."
        )
    weight = 0.0 if rule.weight is None else state.value_of(rule.weight)
    return weight, state.spec.delay if rule.delay is None else state.value_of(rule.delay)


def create(state: ProjectionState, post: int, ranks: Any, weights: Any, delays: Any) -> None:
    """Make synapses of one postsynaptic neuron; collective.

    Parameters
    ----------
    state : ProjectionState
    post : int
    ranks : sequence of int
        Of the presynaptic neurons.
    weights, delays : float, sequence of float, or None
        Delays in ms.

    Raises
    ------
    ConfigurationError, DivergenceError
    """
    _refuse_fixed(state, "made")
    pre = _ranks(state, ranks)
    if not _has(state.spec.post, np.array([post])):
        raise ConfigurationError(f"projection '{state.spec.name}' does not reach neuron {post}.")
    there = np.intersect1d(pre, state.pre_of(post))
    if len(there):
        raise ConfigurationError(
            f"projection '{state.spec.name}' has a synapse from neuron {there[0]} to {post} already."
        )
    w, ms = (_each(state, given, what, len(pre)) for given, what in ((weights, "weights"), (delays, "delays")))
    steps = _steps(state, ms)
    for name, values in (("ranks", pre), ("w", w), ("delay", ms)):
        agree(state.comm, name, values)
    first = _first_values(state, w)
    order = np.argsort(pre, kind="stable")
    changed = _of_owner(state, post)
    if changed is not None:
        row = state.order.row(post)
        at = row.start + np.searchsorted(changed.pre[row], pre[order], side="right")
        added = {name: np.insert(words, at, first[name][order]) for name, words in changed.values.items()}
        element = np.insert(changed.element, at, post - state.built.partition.begin)
        steps = np.insert(changed.steps.astype(np.int64), at, steps[order])
        changed = _Synapses(element, np.insert(changed.pre, at, pre[order]), steps, added)
    _put(state, changed)


def prune(state: ProjectionState, post: int, ranks: Any) -> None:
    """Remove the synapses of one postsynaptic neuron from some presynaptic ones; collective.

    Raises
    ------
    ConfigurationError, DivergenceError
    """
    _refuse_fixed(state, "removed")
    pre = _ranks(state, ranks)
    agree(state.comm, "ranks", pre)
    absent = np.setdiff1d(pre, state.pre_of(post))
    if len(absent):
        raise ConfigurationError(
            f"projection '{state.spec.name}' has no synapse from neuron {absent[0]} to {post} that could be removed."
        )
    changed = _of_owner(state, post)
    if changed is not None:
        row, kept = state.order.row(post), np.ones(len(changed.pre), bool)
        kept[row] = ~np.isin(changed.pre[row], pre)
        values = {name: words[kept] for name, words in changed.values.items()}
        changed = _Synapses(changed.element[kept], changed.pre[kept], changed.steps[kept], values)
    _put(state, changed)


def replace_all(state: ProjectionState, post: NDArray[Any], pre: NDArray[Any], steps: NDArray[Any]) -> None:
    """Give a projection other synapses, whose values are 0; collective.

    Parameters
    ----------
    state : ProjectionState
    post, pre, steps : ndarray
        All synapses, sorted by post, then by pre; delays in steps.

    Raises
    ------
    KernelError
        On every rank, when they cannot be those of the projection.
    """
    own = state.built.partition
    begin, end = np.searchsorted(post, [own.begin, own.end])
    state.built.part.settle(state.built.number)
    state.replace((post[begin:end] - own.begin, pre[begin:end], steps[begin:end]))


def _refuse_fixed(state: ProjectionState, done: str) -> None:
    name = state.spec.name
    if not state.built or not state.spec.changeable:
        raise ConfigurationError(
            f"projection '{name}': its synapses cannot be {done}; write setup(structural_plasticity=True) before "
            "compile(), or net.config(structural_plasticity=True)."
        )
    if state.recorded:
        raise ConfigurationError(
            f"projection '{name}': its synapses cannot be {done}, because a monitor records them; read them between "
            "two calls of simulate() instead."
        )


def _ranks(state: ProjectionState, ranks: Any) -> NDArray[np.int64]:
    """Return presynaptic ranks, each of which may have a synapse and stands there once."""
    name, given = state.spec.name, np.asarray(ranks)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ConfigurationError(f"projection '{name}': presynaptic ranks are a list of integers; got {ranks!r}.")
    pre = given.astype(np.int64)
    outside = pre[~_has(state.spec.pre, pre)]
    if len(outside):
        raise ConfigurationError(f"projection '{name}' has no presynaptic neuron {outside[0]}.")
    if len(np.unique(pre)) < len(pre):
        raise ConfigurationError(f"projection '{name}': a presynaptic neuron is named twice in {ranks!r}.")
    return pre


def _has(side: SideSpec, ranks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which neurons belong to a side of a projection."""
    if side.ranks is None:
        return (ranks >= 0) & (ranks < side.size)
    return np.isin(ranks, side.ranks)


def _each(state: ProjectionState, given: Any, what: str, n: int) -> NDArray[np.float64]:
    """Return one number for each synapse."""
    values = np.zeros(n) if given is None else real_numbers(given, what)
    if values.shape not in ((), (n,)) or not np.isfinite(values).all():
        raise ConfigurationError(
            f"projection '{state.spec.name}': {what} are one finite number, or one for each of {n} synapses; got "
            f"{given!r}."
        )
    return np.broadcast_to(values, n).copy()


def _steps(state: ProjectionState, ms: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return delays in steps; 0 is what all synapses have, or one step."""
    dt = state.built.dt
    delays = delays_of(state.spec, dt)
    steps = np.maximum(1, np.floor(ms / dt + 0.5 + 1e-9)).astype(np.int64)
    if delays.uniform:
        steps[ms == 0] = delays.shortest
    wrong = (ms < 0) | (steps < delays.shortest) | (steps > delays.longest)
    if wrong.any():
        raise ConfigurationError(
            f"projection '{state.spec.name}' has room for delays {_room(delays, dt)}; got {ms[wrong][0]:g}. For longer "
            "ones set max_delay before compile()."
        )
    return steps


def _room(delays: Delays, dt: float) -> str:
    if delays.uniform:
        return f"of {delays.shortest * dt:g} ms"
    return f"from {delays.shortest * dt:g} to {delays.longest * dt:g} ms"


def _first_values(state: ProjectionState, w: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """Return what new synapses have, of all that is stored: the same on all ranks, for any number of ranks."""
    weight = state.field("w")
    if weight.axis is not Axis.SYNAPSE and w.any():
        raise ConfigurationError(
            f"projection '{state.spec.name}': 'w' is not each synapse's own; a new one cannot be given a weight."
        )
    values: dict[str, NDArray[Any]] = {}
    state.draws += 1
    for name in state.built.stored:
        initial = w if name == "w" else state.initial_values()[name]
        if isinstance(initial, RandomDistribution):
            initial = initial.get_values(len(w), generator(state.seed, state.number, f"new {name}", state.draws))
        values[name] = np.broadcast_to(np.asarray(initial, np.float64), len(w))
    return values


def _of_owner(state: ProjectionState, post: int) -> _Synapses | None:
    """Return this rank's synapses, settled, on the rank that has those of a neuron; None elsewhere. Collective."""
    own = state.built.partition
    state.built.part.settle(state.built.number)  # on all ranks: the bits of the others must not depend on who it is
    if not own.begin <= post < own.end:
        return None
    local = state.local_synapses()
    values = {name: state.stored_values(name) for name in state.built.stored}
    return _Synapses(local.post - own.begin, local.pre, local.delay, values)


def _put(state: ProjectionState, changed: _Synapses | None) -> None:
    """Replace this rank's synapses, unless they stay; collective."""
    state.replace(None if changed is None else (changed.element, changed.pre, changed.steps))
    if changed is not None:
        for name, words in changed.values.items():
            state.set_stored_values(name, words)
