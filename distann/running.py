"""Running a network: time, conditions, callbacks, checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from distann.errors import ConfigurationError
from distann.io import checkpoint as checkpoints
from distann.model.arguments import number_of
from distann.population import Population
from distann.runtime.control import plan_of
from distann.runtime.network import NetworkState

__all__ = ["Running"]


class Running:
    """What a compiled network does: the part of `Network` that has to do with time."""

    _state: NetworkState

    def simulate(
        self,
        duration: float,
        measure_time: bool = False,
        callbacks: bool = True,
        checkpoint: str | Path | None = None,
        checkpoint_every: float | None = None,
        checkpoints_kept: int = 2,
    ) -> None:
        """Advance by `duration` ms; collective.

        Ctrl-C ends it after a whole window of steps, on all ranks after the same one, with ``KeyboardInterrupt``; the
        network can go on from there.

        Parameters
        ----------
        duration : float
            ms; the number of steps is rounded up.
        measure_time : bool
            Say how long it took.
        callbacks : bool
            Call the functions that `every` has registered.
        checkpoint : str or Path, optional
            Where to save the network while it runs: see `resume`. SIGTERM and SIGUSR1, which batch systems send, then
            save it as well, and end the job with the exit status 75.
        checkpoint_every : float, optional
            ms of the network between two checkpoints, counted from time 0; without it only signals save.
        checkpoints_kept : int
            The last one is `checkpoint`, those before it have a number in their names: run.h5, run.1.h5...
        """
        plan, save = None, None
        if checkpoint is not None or checkpoint_every is not None:
            plan = plan_of(checkpoint, checkpoint_every, checkpoints_kept, self.dt)
            save = partial(checkpoints.save, self._state)
            checkpoints.prepare(self._state, plan.path)
        self._state.control.simulate(duration, measure_time=measure_time, callbacks=callbacks, plan=plan, save=save)

    def simulate_until(
        self,
        max_duration: float,
        population: Population | Sequence[Population],
        operator: str = "and",
        measure_time: bool = False,
    ) -> float:
        """Advance until the stop conditions of populations are met, at most by `max_duration` ms; collective.

        They are looked at after each step. Callbacks are not called.

        Parameters
        ----------
        max_duration : float
            ms.
        population : Population, or sequence of them
            Each with a `stop_condition`.
        operator : str
            ``"and"``: all populations; ``"or"``: one is enough.
        measure_time : bool
            Say how long it took.

        Returns
        -------
        float
            The time that has passed, ms.

        Raises
        ------
        ConfigurationError
            When a population has no stop condition.
        """
        populations = [population] if isinstance(population, Population) else list(population)
        for one in populations:
            if not isinstance(one, Population) or one._network is not self._state or one.stop_condition is None:
                raise ConfigurationError(
                    f"simulate_until() needs populations of this network with a stop_condition; {one!r} is none. "
                    "Write Population(..., stop_condition='v > 0.0 : any')."
                )
        if not populations or operator not in ("and", "or"):
            raise ConfigurationError(
                f"simulate_until() takes one population or several, and operator='and' or 'or'; got {len(populations)} "
                f"populations and {operator!r}."
            )
        numbers = [one._state.number for one in populations]
        return self._state.control.simulate_until(max_duration, numbers, operator == "and", measure_time)

    def step(self) -> None:
        """Advance by one step, without callbacks; collective."""
        self._state.control.step()

    def reset(
        self,
        populations: bool = True,
        projections: bool = False,
        synapses: bool = False,
        monitors: bool = True,
        reseed_rng: bool = True,
    ) -> None:
        """Go back to time 0; collective.

        Parameters
        ----------
        populations : bool
            Populations get the values that they had before ``compile()``.
        projections : bool
            So do projections, but for weights and connectivity.
        synapses : bool
            Weights too. A seed gives the same connectivity each time, so that it is never drawn anew.
        monitors : bool
            Monitors forget what they recorded.
        reseed_rng : bool
            Accepted for compatibility: random numbers depend on the seed and on the step alone.
        """
        self._state.reset(populations, projections, synapses)
        for forget in self._state.on_reset if monitors else ():
            forget()

    # ---- clock ----------------------------------------------------------------------------------------------------

    @property
    def dt(self) -> float:
        """Step, ms."""
        return self._state.options.dt

    @property
    def seed(self) -> int:
        """Of all random numbers of the network."""
        return self._state.seed

    @property
    def default_rng(self) -> np.random.Generator:
        """A numpy generator with the network's seed, the same on all ranks."""
        return np.random.default_rng(self.seed)

    @property
    def time(self) -> float:
        """Present time, ms; settable to a whole number of steps, as `current_step` is."""
        return self._state.time

    @time.setter
    def time(self, time: float) -> None:
        self._state.set_step(round(number_of(time, "a time") / self.dt))

    @property
    def current_step(self) -> int:
        """Steps done; settable after ``compile()``: values stay, and what is in flight arrives when it would have."""
        return self._state.step

    @current_step.setter
    def current_step(self, step: int) -> None:
        self._state.set_step(step)

    # ---- callbacks ------------------------------------------------------------------------------------------------

    @property
    def callbacks_enabled(self) -> bool:
        """Whether `simulate` calls the functions that `every` has registered."""
        return self._state.control.callbacks_enabled

    def enable_callbacks(self) -> None:
        """Call callbacks again."""
        self._state.control.callbacks_enabled = True

    def disable_callbacks(self) -> None:
        """Call no callbacks until `enable_callbacks`."""
        self._state.control.callbacks_enabled = False

    def clear_all_callbacks(self) -> None:
        """Forget all callbacks."""
        self._state.control.callbacks.clear()

    @property
    def compiled(self) -> bool:
        """Whether ``compile()`` has been called."""
        return self._state.compiled
