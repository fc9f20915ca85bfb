"""Structural plasticity of a projection: when its rules are applied."""

from __future__ import annotations

from distann.errors import ConfigurationError
from distann.runtime.engine_synapses import RuleSwitch
from distann.runtime.network import NetworkState
from distann.synapses import ReadableSynapses

__all__ = ["ChangingSynapses"]

RULES = {"creating": "pre.r * post.r > 1 : proba = 0.1, w = 0.5", "pruning": "w < 0.1 : proba = 0.1"}  # examples


class ChangingSynapses(ReadableSynapses):
    """What lets the rules of a projection make and remove synapses; to be called on all ranks alike."""

    _network: NetworkState

    def start_creating(self, period: float | None = None) -> None:
        """Let synapses be made by the rule `creating` of the synapse.

        Parameters
        ----------
        period : float, optional
            ms: the rule is applied at the end of the first step from now on, and then every so often. By default in
            each step. All pairs of neurons without a synapse are looked at, and see each other as they are then.

        Raises
        ------
        ConfigurationError
            When the synapse has no such rule, or `period` is not a multiple of dt.
        """
        self._switch_rule("creating", period)

    def stop_creating(self) -> None:
        """Let the rule `creating` rest."""
        self._switch_rule("creating", None, on=False)

    def start_pruning(self, period: float | None = None) -> None:
        """Let synapses be removed by the rule `pruning` of the synapse: in a step after those are made that are.

        Parameters
        ----------
        period : float, optional
            ms, as for `start_creating`.

        Raises
        ------
        ConfigurationError
            When the synapse has no such rule, or `period` is not a multiple of dt.
        """
        self._switch_rule("pruning", period)

    def stop_pruning(self) -> None:
        """Let the rule `pruning` rest."""
        self._switch_rule("pruning", None, on=False)

    def _switch_rule(self, block: str, period: float | None, on: bool = True) -> None:
        state = self._connected("switching")
        if getattr(state.model, block) is None:
            raise ConfigurationError(
                f"projection '{self.name}': its synapse has no rule '{block}'; give it one, such as "
                f"Synapse(..., {block}=\"{RULES[block]}\")."
            )
        every = 1 if period is None else self._network.whole_steps("period", period)
        if every < 1:
            raise ConfigurationError(f"'period' is one step of dt at least; got {period!r}.")
        switch = RuleSwitch(on, every, self._network.step)
        creating, pruning = state.rules
        state.rules = (switch, pruning) if block == "creating" else (creating, switch)
        self._network.switch()
