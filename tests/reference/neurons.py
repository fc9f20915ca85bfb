"""The built-in neurons in a few obvious lines of numpy each, and a network of them stepped one phase after the other.

Written from the equations of the neurons' references, not from the texts of `distann.models`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass
class Input:
    """Spikes, or rates, that arrive `delay` steps after they were emitted; `weights` is (post, pre)."""

    weights: Array
    delay: int

    def __post_init__(self) -> None:
        self.on_the_way = deque([np.zeros(self.weights.shape[1])] * self.delay)

    def pass_through(self, emitted: Array) -> None:
        """Take what the presynaptic neurons emit at the end of a step."""
        self.on_the_way.append(emitted.astype(float))

    def arrive(self) -> Array:
        """Return what arrives at the beginning of a step."""
        return self.weights @ self.on_the_way.popleft()


class Spiking:
    """A spiking neuron with two conductances and a refractory period; subclasses say how a step goes."""

    v: Array
    u: Array
    g_exc: Array
    g_inh: Array

    def __init__(self, size: int, dt: float, tau_refrac: Array, **parameters: Any) -> None:
        self.dt, self.v, self.g_exc, self.g_inh = dt, np.zeros(size), np.zeros(size), np.zeros(size)
        self.rest = np.floor(tau_refrac / dt + 1e-9).astype(int)
        self.resting = np.zeros(size, int)
        self.__dict__.update(parameters)

    def step(self, excitation: Array, inhibition: Array) -> Array:
        """Return which neurons spike."""
        self.g_exc, self.g_inh = self.g_exc + excitation, self.g_inh + inhibition
        awake = self.resting == 0
        self.advance(awake)
        spikes: Array = awake & (self.v > self.v_thresh)
        self.reset(spikes)
        self.resting = np.where(spikes, self.rest, np.maximum(self.resting - 1, 0))
        return spikes

    def advance(self, awake: Array) -> None:
        raise NotImplementedError

    def reset(self, spikes: Array) -> None:
        self.v = np.where(spikes, self.v_reset, self.v)

    def decay(self) -> None:
        self.g_exc = self.g_exc * np.exp(-self.dt / self.tau_syn_E)
        self.g_inh = self.g_inh * np.exp(-self.dt / self.tau_syn_I)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)  # the parameters are attributes: this tells a checker of types


class Izhikevich(Spiking):
    """Quadratic integrate-and-fire with adaptation: forward Euler; the input lasts for one step."""

    def advance(self, awake: Array) -> None:
        current = self.g_exc - self.g_inh + self.i_offset
        dv = 0.04 * self.v**2 + 5 * self.v + 140 - self.u + current
        du = self.a * (self.b * self.v - self.u)
        self.v = np.where(awake, self.v + self.dt * dv, self.v)
        self.u = np.where(awake, self.u + self.dt * du, self.u)
        self.g_exc, self.g_inh = 0 * self.g_exc, 0 * self.g_inh

    def reset(self, spikes: Array) -> None:
        self.v = np.where(spikes, self.c, self.v)
        self.u = np.where(spikes, self.u + self.d, self.u)


class CurrentBased(Spiking):
    """Leaky integrate-and-fire: exact for currents that are constant over the step."""

    def advance(self, awake: Array) -> None:
        goal = self.v_rest + self.tau_m / self.cm * (self.g_exc - self.g_inh + self.i_offset)
        moved = goal + (self.v - goal) * np.exp(-self.dt / self.tau_m)
        self.v = np.where(awake, moved, self.v)
        self.decay()


class ConductanceBased(Spiking):
    """Leaky integrate-and-fire: exact for conductances that are constant over the step."""

    def advance(self, awake: Array) -> None:
        leak = self.cm / self.tau_m
        total = leak + self.g_exc + self.g_inh
        pull = leak * self.v_rest + self.g_exc * self.e_rev_E + self.g_inh * self.e_rev_I + self.i_offset
        goal = pull / total
        moved = goal + (self.v - goal) * np.exp(-self.dt * total / self.cm)
        self.v = np.where(awake, moved, self.v)
        self.decay()


class LeakyIntegrator:
    """A rate-coded neuron: exact for input that is constant over the step."""

    def __init__(self, size: int, dt: float, tau: float, B: Array, T: float) -> None:
        self.dt, self.tau, self.B, self.T = dt, tau, B, T
        self.v, self.r = np.zeros(size), np.zeros(size)

    def step(self, excitation: Array, inhibition: Array) -> Array:
        """Return the rates."""
        goal = excitation - inhibition + self.B
        self.v = goal + (self.v - goal) * np.exp(-self.dt / self.tau)
        self.r = np.maximum(self.v - self.T, 0.0)
        return self.r
