"""Warnings of steps that are too long for an explicit method, before anything runs."""

from __future__ import annotations

import numpy as np

from distann.codegen.stability import Decay, decays
from distann.runtime.log import warn_once
from distann.runtime.state import PopulationState

__all__ = ["warn_of_long_steps"]


def warn_of_long_steps(state: PopulationState, dt: float, default_method: str) -> None:
    """Warn of equations whose decay is too quick for the step, naming the equation and what to do."""
    for decay in decays(state.model, default_method):
        with np.errstate(all="ignore"):
            steepest = -float(np.min(state.value_of(decay.rate)))
        if dt * steepest > decay.limit * (1 + 1e-9):
            warn_once(_sentence(state.spec.name, decay, dt, steepest))


def _sentence(name: str, decay: Decay, dt: float, steepest: float) -> str:
    equation, line = decay.equation.name, decay.equation.span.text.strip()
    return (
        f"population '{name}': the step dt = {dt:g} ms is {dt * steepest:.3g} time constants of '{equation}' in "
        f"'{line}', and the method '{decay.method}' diverges beyond {decay.limit:g}: "
        "write ': exponential' behind the equation, or choose a smaller dt."
    )
