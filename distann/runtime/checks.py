"""What is refused and warned of before a network is compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from distann.codegen.ir import NeuronModel
from distann.errors import ConfigurationError, DivergenceError, closest
from distann.model import ProjectionSpec
from distann.model.rules import Explicit
from distann.runtime.comm import Comm
from distann.runtime.config import Options
from distann.runtime.delays import delay_steps, delays_of
from distann.runtime.log import warn_once
from distann.runtime.projection import ProjectionState
from distann.runtime.stability import warn_of_long_steps
from distann.runtime.state import PopulationState

__all__ = ["agree_on_structure", "check_complete", "check_sides", "warn_of_delay"]


def check_sides(spec: ProjectionSpec, populations: Sequence[PopulationState]) -> None:
    """Refuse a projection between populations that its synapses do not fit.

    Raises
    ------
    ConfigurationError
    """
    pre, post = (populations[side.population].model for side in (spec.pre, spec.post))
    if spec.synapse.spiking and not pre.spiking:
        raise ConfigurationError(
            f"projection '{spec.name}': a spiking synapse needs spikes, but {pre.name} is rate-coded."
        )
    if spec.synapse.spiking and pre.spike is None and spec.synapse.pre_axon_spike is None:
        warn_once(
            f"projection '{spec.name}' transmits nothing: {pre.name} has axonal spikes only, so its synapses need "
            "pre_axon_spike."
        )
    for target in spec.targets:
        _check_target(spec.name, target, post)


def warn_of_delay(spec: ProjectionSpec, dt: float) -> None:
    """Check the delays of a projection, and warn where another one is used than was given."""
    delays_of(spec, dt)
    for delay in _given_delays(spec):
        used = delay_steps(delay, dt) * dt
        if delay and abs(used - delay) > 1e-6 * dt:
            warn_once(f"a delay of {delay} ms is not a multiple of dt = {dt} ms: {used:g} ms are used.")


def check_complete(
    populations: Sequence[PopulationState],
    unconnected: Sequence[str],
    projections: Sequence[ProjectionState],
    options: Options,
) -> None:
    """Refuse a network that is not ready, and warn of what will not work as it is meant.

    Raises
    ------
    ConfigurationError
    """
    if not populations:
        raise ConfigurationError("there is nothing to compile: the network has no population.")
    for name in unconnected:
        raise ConfigurationError(
            f"projection '{name}' has no synapses: call a connector of it, such as connect_all_to_all(weights=1.0)."
        )
    for state in populations:
        sent = {t for p in projections if p.spec.post.population == state.number for t in p.spec.targets}
        for target in state.model.targets:
            if sent and target not in sent:
                warn_once(f"population '{state.spec.name}' reads '{target}', to which no projection sends.")
        warn_of_long_steps(state, options.dt, options.method)


def agree_on_structure(
    comm: Comm, populations: Sequence[PopulationState], projections: Sequence[ProjectionState], shared: object
) -> None:
    """Compare what the source of the kernels does not tell, and `shared`; values are compared as they are set.

    Raises
    ------
    DivergenceError
        When the ranks have built different networks.
    """
    parts = [repr(shared).encode()]
    for state in populations:
        parts.append(repr((state.spec.name, state.spec.geometry, state.stop, state.rate_window)).encode())
        parts += state.content()
    for projection in projections:
        spec = projection.spec
        alike = (spec.rule, spec.delay, spec.shared_weight, spec.individual, projection.initial)
        parts.append(repr(alike).encode())
        for side in (spec.pre, spec.post):
            parts.append(repr((side.population, side.size)).encode())
            parts += [] if side.ranks is None else [side.ranks.tobytes()]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    if not comm.same(digest.digest()):
        raise DivergenceError(
            "the ranks have built different networks: the populations, connectors, weights or options of some "
            "differ. Look for unseeded random numbers, and for `if rank == 0` around a definition."
        )


def _given_delays(spec: ProjectionSpec) -> list[float]:
    """Return the delays that the user wrote as numbers; those that are drawn are never multiples of a step."""
    if isinstance(spec.rule, Explicit) and spec.rule.delays is not None:
        return [float(delay) for delay in np.unique(spec.rule.delays)]
    return [spec.delay] if isinstance(spec.delay, float | int) else []


def _check_target(name: str, target: str, post: NeuronModel) -> None:
    if target in post.targets or post.sums_all:
        return
    known = ", ".join(f"'{other}'" for other in post.targets) or "none"
    read = f"g_{target}" if post.spiking else f"sum({target})"
    hint = closest(target, post.targets) or f"it receives {known}: use one of these, or read {read} in its equations."
    raise ConfigurationError(
        f"projection '{name}' sends to the target '{target}', which {post.name} does not receive; {hint}"
    )
