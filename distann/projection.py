"""Projections between populations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from distann.connectors import Connectors
from distann.errors import ConfigurationError, UnsupportedError
from distann.given import Space, checked_delays, checked_weights
from distann.io.attributes import load_values, values_of
from distann.io.values import read_values, write_values
from distann.model import ProjectionSpec, SideSpec, Synapse
from distann.model.arguments import number_of
from distann.model.distance import Distance
from distann.model.explicit import real_numbers
from distann.model.rules import Edges, Explicit, FixedNumberPost, FixedNumberPre, FixedTotalNumber, OneToOne, Rule
from distann.models.synapses import DefaultRateCodedSynapse, DefaultSpikingSynapse
from distann.population import Population
from distann.runtime.delay_changes import change_delay
from distann.runtime.delays import delays_of
from distann.runtime.edges import scan
from distann.runtime.log import warn_once
from distann.runtime.network import NetworkState
from distann.runtime.rows import Rows
from distann.structural import ChangingSynapses
from distann.synapses import Side, whole
from distann.view import PopulationView

__all__ = ["Projection"]


class Projection(Connectors, ChangingSynapses):
    """All synapses between two populations, or parts of them, that share their equations and a target.

    A connector must be called before ``compile()``. Parameters and variables of the synapse are attributes.

    Parameters
    ----------
    pre, post : Population or PopulationView
    target : str or list of str
        What the postsynaptic equations call this input: ``"exc"`` is ``g_exc`` or ``sum(exc)``. With several, each
        receives the same.
    synapse : Synapse or type of Synapse, optional
        By default ``g_target += w`` after a spiking population, ``w * pre.r`` after a rate-coded one.
    name : str, optional
        By default ``proj0``, ``proj1``...
    disable_omp : bool
        Accepted for compatibility.

    Raises
    ------
    ConfigurationError
    """

    _network: NetworkState

    def __init__(
        self,
        pre: Side,
        post: Side,
        target: str | Sequence[str],
        synapse: Synapse | type[Synapse] | None = None,
        name: str | None = None,
        disable_omp: bool = True,
    ) -> None:
        for side in (pre, post):
            if not isinstance(side, Population | PopulationView):
                raise ConfigurationError(f"a projection connects populations or views of them; got {side!r}.")
        network = whole(pre)._network
        if whole(post)._network is not network:
            raise ConfigurationError("a projection connects two populations of one network; these belong to two.")
        model = synapse() if isinstance(synapse, type) else synapse
        if model is None:
            model = DefaultSpikingSynapse() if whole(pre)._state.model.spiking else DefaultRateCodedSynapse()
        if not isinstance(model, Synapse):
            raise ConfigurationError(f"a projection needs a Synapse; got {synapse!r}.")
        number = len(network.projections) + len(network.unconnected)
        own = {
            "_network": network,
            "_state": None,
            "_pre": pre,
            "_post": post,
            "_targets": (target,) if isinstance(target, str) else tuple(target),
            "_synapse": model,
            "_name": name or f"proj{number}",
            "_window": 0.0,  # ms, for which a spike goes on arriving
        }
        for attribute, value in own.items():
            object.__setattr__(self, attribute, value)
        network.unconnected[id(self)] = self._name
        network.connections.append(self)

    def _connect(self, rule: Rule, weights: Any, delays: Any, several: bool, space: Space | None = None) -> Self:
        if self._state is not None:
            raise ConfigurationError(f"projection '{self.name}' is connected already: call one connector.")
        individual = several
        if isinstance(rule, OneToOne) and 1 in (np.ndim(weights), np.ndim(delays)):
            rule, weights, delays = self._listed_one_to_one(weights, delays)
            several = several or rule.values is not None
        space, shape = space or Space(), (self._post.size, self._pre.size)
        given, delay = checked_weights(weights, shape, space), checked_delays(delays, shape, space)
        spec = ProjectionSpec(
            self._name, _side(self._pre), _side(self._post), self._targets, self._synapse, rule, given, delay,
            shared_weight=isinstance(given, float) and not several, individual=individual,
            window=self._window,
        )  # fmt: skip
        for value in (given, delay, getattr(rule, "probability", None)):
            if isinstance(value, Distance):
                self._check_axes(value)
        object.__setattr__(self, "_state", self._network.add_projection(spec))
        del self._network.unconnected[id(self)]
        return self

    def _listed_one_to_one(self, weights: Any, delays: Any) -> tuple[Explicit, Any, Any]:
        """Return one-to-one connections with one weight, or one delay, for each."""
        n = min(self._pre.size, self._post.size)
        listed = []
        for given, what in ((weights, "weights"), (delays, "delays")):
            values = real_numbers(given, what) if np.ndim(given) == 1 else None
            if values is not None and len(values) != n:
                raise ConfigurationError(f"projection '{self.name}': {len(values)} {what} are given for {n} pairs.")
            listed.append(values)
        pairs = np.arange(n)
        rule = Explicit.from_entries(pairs, pairs, listed[0], listed[1], self._post.size)
        return rule, (weights if listed[0] is None else 0.0), (delays if listed[1] is None else 0.0)

    def _check_axes(self, distance: Distance) -> None:
        """Refuse a distance between populations of which one has more axes."""
        geometries = whole(self._pre).geometry, whole(self._post).geometry
        if len(geometries[0]) != len(geometries[1]):
            raise ConfigurationError(
                f"projection '{self.name}': there is no distance between populations of the geometries {geometries[0]} "
                f"and {geometries[1]}: give both as many axes."
            )
        distance.extents(len(geometries[0]))

    def _scanned(self, edges: Edges, own_format: bool) -> Edges:
        """Check a file of synapses against the populations."""
        sizes = whole(self._pre).size, whole(self._post).size
        return scan(edges, (_side(self._pre), _side(self._post)), sizes, own_format)

    def _warn_of_number(self, rule: FixedNumberPre | FixedNumberPost, available: int, which: str) -> None:
        if rule.number > available and not rule.allow_multapses:
            warn_once(
                f"projection '{self.name}' asks for {rule.number} {which} neurons, but there are {available}: all are "
                "taken."
            )

    def _check_pairs(self, rule: FixedTotalNumber) -> None:
        """Refuse more synapses than there are pairs of neurons."""
        pre, post = self._pre.ranks, self._post.ranks
        pairs = len(pre) * len(post)
        if not rule.allow_self_connections and whole(self._pre) is whole(self._post):
            pairs -= len(np.intersect1d(pre, post))
        if rule.number > pairs and (pairs == 0 or not rule.allow_multapses):
            raise ConfigurationError(
                f"projection '{self.name}': {rule.number} different pairs are asked for, but there are {pairs}. "
                "Give a smaller number, or allow_multapses=True for several synapses of one pair."
            )

    def _warn_of_sizes(self) -> None:
        if self._pre.size != self._post.size:
            warn_once(
                f"projection '{self.name}' connects {self._pre.size} neurons to {self._post.size} one by one: "
                f"the first {min(self._pre.size, self._post.size)} are connected."
            )

    # ---- what it is -----------------------------------------------------------------------------------------------

    @property
    def target(self) -> str | list[str]:
        """Target, or targets."""
        return self._targets[0] if len(self._targets) == 1 else list(self._targets)

    @property
    def synapse_type(self) -> Synapse:
        """The model of the synapses."""
        synapse: Synapse = self._synapse
        return synapse

    @property
    def transmission(self) -> bool:
        """Whether spikes and values reach the postsynaptic neurons; settable at any time."""
        return self._connected("switching").transmission

    @transmission.setter
    def transmission(self, on: bool) -> None:
        self._connected("switching").transmission = bool(on)
        self._network.switch()

    @property
    def axon_transmission(self) -> bool:
        """Whether axonal spikes reach the synapses, where the projection transmits at all; settable at any time."""
        return self._connected("switching").axon_transmission

    @axon_transmission.setter
    def axon_transmission(self, on: bool) -> None:
        self._connected("switching").axon_transmission = bool(on)
        self._network.switch()

    def enable(self) -> None:
        """Let the projection transmit again."""
        self.transmission = True

    def disable(self) -> None:
        """Let the projection transmit nothing."""
        self.transmission = False

    # ---- learning -------------------------------------------------------------------------------------------------

    @property
    def update(self) -> bool:
        """Whether the equations of the synapses are computed; settable at any time."""
        return self._connected("switching").learning.update

    @update.setter
    def update(self, on: bool) -> None:
        self._learn(update=bool(on))

    @property
    def plasticity(self) -> bool:
        """Whether the weights may change; other variables go on. Settable at any time."""
        return self._connected("switching").learning.plastic

    @plasticity.setter
    def plasticity(self, on: bool) -> None:
        self._learn(plastic=bool(on))

    def enable_learning(self, period: float | None = None, offset: float | None = None) -> None:
        """Let the synapses change.

        Parameters
        ----------
        period : float, optional
            ms: the equations of the synapses are computed at times t with ``(t - offset)`` a multiple of it, with
            `period` for ``dt``. By default in each step.
        offset : float, optional
            ms, 0 by default.

        Raises
        ------
        ConfigurationError
            When these are not multiples of dt.
        """
        steps = self._network.whole_steps
        every = 1 if period is None else steps("period", period)
        if every < 1:
            raise ConfigurationError(f"'period' is one step of dt at least; got {period!r}.")
        self._learn(plastic=True, update=True, period=every, offset=0 if offset is None else steps("offset", offset))

    def disable_learning(self) -> None:
        """Let the weights stay as they are: after a rate-coded population the equations stop, else weights are kept."""
        if self._connected("switching").model.spiking:
            self._learn(plastic=False)
        else:
            self._learn(update=False)

    def _learn(self, **changes: Any) -> None:
        state = self._connected("switching")
        state.learning = replace(state.learning, **changes)
        self._network.switch()

    # ---- values ---------------------------------------------------------------------------------------------------

    @property
    def attributes(self) -> list[str]:
        """Names of the synapses' parameters and variables."""
        return list(self._connected("reading").names)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._connected("reading").get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("transmission", "axon_transmission", "update", "plasticity", "delay", "max_delay"):
            object.__setattr__(self, name, value)
            return
        self._connected("setting").set(name, value)

    def get(self, name: str) -> Any:
        """Return the attribute `name`."""
        return getattr(self, name)

    def set(self, values: dict[str, Any]) -> None:
        """Set several attributes."""
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def delay(self) -> float | Rows:
        """Delay as it is applied, ms, a whole number of steps: a number, or one for each synapse as rows."""
        state = self._connected("reading")
        uniform = self._network.uniform_delay(state.spec)
        return Rows(state.delays(), state.rows()[1]) if uniform is None else uniform

    @delay.setter
    def delay(self, value: Any) -> None:
        """Change the delay after ``compile()``, ms; collective.

        One delay of all synapses changes within what the network has room for, see `max_delay`: spikes in flight arrive
        once, when they are due by the new delay, or at once if they were. Delays that differ change, as many as there
        are synapses, where the synapses are rate-coded, between the shortest and the longest that they had.
        """
        state = self._connected("setting")
        if not self._network.compiled:
            raise UnsupportedError("before compile(), delays are given to the connector: connect_...(delays=...).")
        simulation = self._network.simulation
        change_delay(state, value, simulation.window, simulation.longest)

    @property
    def max_delay(self) -> float:
        """The longest delay that a synapse has, or may be given after ``compile()``, ms."""
        state = self._connected("reading")
        delays = delays_of(state.spec, self._network.options.dt)
        return max(delays.longest, delays.most) * self._network.options.dt

    @max_delay.setter
    def max_delay(self, value: float) -> None:
        """Declare, before ``compile()``, up to which value `delay` may be changed, ms."""
        ms = number_of(value, "'max_delay'")
        if ms <= 0:
            raise ConfigurationError(f"'max_delay' is larger than 0 ms; got {ms:g}.")
        self._connected("setting").declare_max_delay(ms)

    # ---- keeping --------------------------------------------------------------------------------------------------

    def reset(self, attributes: Sequence[str] | int | None = None, synapses: bool = False) -> None:
        """Give all attributes, or some, their initial values again; collective.

        Parameters
        ----------
        attributes : sequence of str, optional
            All by default, as with -1; weights only if they are named, or with `synapses`.
        synapses : bool
            Weights, too; and where synapses have come and gone, those that the connector gave are there again.
        """
        state = self._connected("resetting")
        self._network.simulation_for("reset()")
        names = None if attributes is None or isinstance(attributes, int) else list(attributes)
        for name in names or ():
            state.field(name)
        weights = synapses or "w" in (names or ())
        state.reset(weights, names if not synapses or names is None else [*names, "w"], connectivity=synapses)

    def save(self, filename: str | Path) -> None:
        """Save connectivity, parameters and variables; collective. See `Network.save`."""
        state = self._connected("saving")
        write_values(Path(filename), values_of(state), state.comm)

    def load(self, filename: str | Path, pickle_encoding: None = None) -> None:
        """Set parameters and variables to what `save`, here or of the network, has written; collective."""
        load_values(self._connected("loading"), read_values(Path(filename)), str(filename))

    def save_connectivity(self, filename: str) -> None:
        """Save all synapses, with weights and delays, for `from_file`: on any number of ranks. Collective.

        Parameters
        ----------
        filename : str
            ``.npz``, or ``.h5``, which needs h5py. It holds ranks of the populations, so that it does not depend on the
            ranks of the job.

        Raises
        ------
        FileError
            On every rank, when it cannot be written.
        """
        self._connected("saving").save(str(filename), whole(self._pre).size, whole(self._post).size)

    def __repr__(self) -> str:
        return f"<Projection '{self.name}': {self._pre.name} to {self._post.name}, target {self.target}>"


def _side(side: Side) -> SideSpec:
    ranks = None if isinstance(side, Population) else np.ascontiguousarray(side.ranks, np.uint32)
    return SideSpec(whole(side)._state.number, ranks, side.size, whole(side).geometry)
