"""Delays that change after ``compile()``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distann.codegen.ir import Axis, Field
from distann.errors import ConfigurationError, KernelError, UnsupportedError, ValueShapeError
from distann.runtime.delays import Delays, delay_steps, delays_of
from distann.runtime.projection import ProjectionState, flattened
from distann.runtime.state import agree

__all__ = ["change_delay"]


def change_delay(state: ProjectionState, value: Any, window: int, longest: int) -> None:
    """Change the delay, or those of all synapses where they differ; collective.

    Parameters
    ----------
    state : ProjectionState
    value : float, `Rows`, nested sequence or flat array
        ms.
    window, longest : int
        Smallest and largest delay that the compiled network has room for, steps.

    Raises
    ------
    ConfigurationError, UnsupportedError, ValueShapeError
    """
    ms = np.asarray(flattened(Field("delay", Axis.SYNAPSE), value))
    agree(state.comm, "delay", ms)
    delays = delays_of(state.spec, state.built.dt)
    if not delays.uniform:
        return _change_each(state, ms, delays)
    if ms.ndim:
        raise ValueShapeError("delay", (), ms.shape)
    steps = delay_steps(float(ms), state.built.dt) if np.isfinite(ms) else 0
    if not window <= steps <= longest:
        raise ConfigurationError(
            f"projection '{state.spec.name}': the compiled network has room for delays from "
            f"{window * state.built.dt:g} to {longest * state.built.dt:g} ms; got {float(ms):g}. For a longer one "
            "set max_delay before compile(); none is shorter than the shortest of the network was then."
        )
    try:
        state.built.part.set_delay(state.built.number, steps)
    except KernelError as error:
        raise UnsupportedError(
            f"projection '{state.spec.name}': {error.message.partition(' (')[0]}. Where it only adds w to a target, "
            "set max_delay before compile()."
        ) from None
    state.spec = replace(state.spec, delay=float(ms))


def _change_each(state: ProjectionState, ms: NDArray[np.float64], delays: Delays) -> None:
    """Change the delays of rate-coded synapses within the range that they were built with."""
    if state.model.spiking:
        raise UnsupportedError(
            f"projection '{state.spec.name}': delays that differ are part of how spiking synapses are stored; they "
            "cannot be changed after compile()."
        )
    own = len(state.order.slots)
    counts = state.comm.allgather(own)
    if ms.ndim == 0:
        ms = np.full(sum(counts), float(ms))
    if ms.shape != (sum(counts),):
        raise ValueShapeError("delay", (sum(counts),), ms.shape)
    steps = np.maximum(1, np.floor(ms / state.built.dt + 0.5 + 1e-9)).astype(np.int64)
    if len(steps) and not delays.shortest <= steps.min() <= steps.max() <= delays.longest:
        raise ConfigurationError(
            f"projection '{state.spec.name}': its delays lie between {delays.shortest * state.built.dt:g} and "
            f"{delays.longest * state.built.dt:g} ms, as they did at compile()."
        )
    begin = sum(counts[: state.comm.rank])
    stored = np.empty(own, np.int64)
    stored[state.order.slots] = steps[begin : begin + own]
    state.built.part.write_delays(state.built.number, stored)
