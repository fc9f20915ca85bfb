"""Running a network: spans of steps between callbacks and checkpoints, until the time is over or a condition is met."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from distann.errors import ConfigurationError
from distann.runtime.interrupts import KEYBOARD, Interrupts
from distann.runtime.log import Progress, report, warn_once

if TYPE_CHECKING:
    from distann.runtime.network import NetworkState

__all__ = ["REQUEUE", "Callback", "Control", "Plan", "duration_steps", "plan_of"]

REQUEUE = 75  # exit status of a job that has saved itself and wants to go on: EX_TEMPFAIL of sysexits.h


def duration_steps(duration: Any, dt: float, what: str = "a duration") -> int:
    """Return a duration in steps, rounded up.

    Raises
    ------
    ConfigurationError
        For anything but a finite number of ms, 0 or more.
    """
    number = isinstance(duration, int | float | np.number) and not isinstance(duration, bool)
    if not number or not math.isfinite(duration) or duration < 0:
        raise ConfigurationError(f"{what} is a number of ms, 0 or more; got {duration!r}.")
    return math.ceil(float(duration) / dt - 1e-9)


@dataclass(slots=True, eq=False)
class Callback:
    """What is called now and then while the network runs.

    Attributes
    ----------
    function : callable
        Takes the number of calls before.
    period, first : int
        Steps: called before the steps ``first``, ``first + period``... of a run.
    calls : int
    last : int
        The step of the network before which it was called last; -1 for never.
    """

    function: Callable[[int], object]
    period: int
    first: int
    calls: int = 0
    last: int = -1

    def due(self, done: int) -> bool:
        """Whether it is to be called when a run has done so many steps."""
        return done >= self.first and (done - self.first) % self.period == 0

    def wait(self, done: int) -> int:
        """Return in how many steps, at least one, it is due next."""
        return self.first - done if done < self.first else self.period - (done - self.first) % self.period

    def call(self, step: int) -> None:
        """Call it, once a step: a run that was taken up again from a checkpoint does not repeat it."""
        if self.last != step:
            self.last, self.calls = step, self.calls + 1
            self.function(self.calls - 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a run saves itself.

    Attributes
    ----------
    path : Path
    every : int or None
        Steps of the network between two checkpoints; None: only when a signal ends the run.
    kept : int
        How many files: the last one is `path`, those before it have a number in their names.
    """

    path: Path
    every: int | None
    kept: int


class Control:
    """Runs one network.

    Parameters
    ----------
    network : NetworkState
    """

    def __init__(self, network: NetworkState) -> None:
        self._network = network
        self.callbacks: list[Callback] = []
        self.callbacks_enabled = True
        self.begun: int | None = None  # the step at which the present run began, or one that a checkpoint goes on with
        self._running = False
        self._interrupts = Interrupts(False)

    # ---- runs -----------------------------------------------------------------------------------------------------

    def simulate(
        self,
        duration: float,
        *,
        measure_time: bool = False,
        callbacks: bool = True,
        plan: Plan | None = None,
        save: Callable[[Path, int], None] | None = None,
    ) -> None:
        """Run for `duration` ms; collective. See `Network.simulate`."""
        simulation = self._network.simulation_for("simulate()")
        dt = self._network.options.dt
        steps = duration_steps(duration, dt)
        begun = simulation.step if self.begun is None else self.begun
        called = self.callbacks if callbacks and self.callbacks_enabled else []
        progress, since, first = Progress(duration), time.perf_counter(), simulation.step
        interrupts = self._enter(begun, leaving=plan is not None)
        try:
            with interrupts:
                end = first + steps
                while (now := simulation.step) < end:
                    for callback in called:
                        if callback.due(now - begun):
                            callback.call(now)
                    done = now - first
                    span = min([end - now, *(c.wait(now - begun) for c in called), _until(plan, now)])
                    word = simulation.advance(
                        span,
                        lambda more, done=done: progress.update((done + more) * dt),  # type: ignore[misc]
                        interrupts,
                        ends=now + span == end,
                    )
                    self._save(word, simulation.step, plan, save)
        finally:
            progress.close()
            self._leave()
        if measure_time:
            spent = time.perf_counter() - since
            report(f"Simulated {duration / 1e3:g} s of the network in {spent:.3g} s of wall time.")

    def simulate_until(
        self, longest: float, populations: Sequence[int], all_of_them: bool, measure_time: bool = False
    ) -> float:
        """Run until stop conditions are met, at most for `longest` ms; return the ms that have passed. Collective."""
        simulation = self._network.simulation_for("simulate_until()")
        dt = self._network.options.dt
        steps = duration_steps(longest, dt)
        first, since = simulation.step, time.perf_counter()
        progress, interrupts = Progress(longest), self._enter(first, leaving=False)
        simulation.watch(populations, all_of_them)
        try:
            with interrupts:
                word = simulation.advance(steps, lambda done: progress.update(done * dt), interrupts)
                self._save(word, simulation.step, None, None)
        finally:
            progress.close()
            simulation.watch([], False)
            self._leave()
        passed = (simulation.step - first) * dt
        if measure_time:
            spent = time.perf_counter() - since
            report(f"Simulated {passed / 1e3:g} s of the network in {spent:.3g} s of wall time.")
        return passed

    def step(self) -> None:
        """Run one step, without callbacks; collective."""
        self._network.simulation_for("step()").advance(1)

    def _enter(self, begun: int, leaving: bool) -> Interrupts:
        if self._running:
            raise ConfigurationError("the network is running: a callback cannot simulate.")
        self._running, self.begun = True, begun
        self._interrupts = Interrupts(leaving)
        return self._interrupts

    def _leave(self) -> None:
        self._running, self.begun = False, None

    def _save(
        self, word: int, step: int, plan: Plan | None, save: Callable[[Path, int], None] | None
    ) -> None:
        """Save the network if it is time; end the run if a signal has come."""
        if word & KEYBOARD:
            raise KeyboardInterrupt
        if plan is None or save is None:
            return
        if word or (plan.every is not None and step % plan.every == 0):
            save(plan.path, plan.kept)
        if word:
            warn_once(f"a signal has ended the run at step {step}, which {plan.path} goes on with.")
            sys.exit(REQUEUE)

    # ---- callbacks ------------------------------------------------------------------------------------------------

    def add_callback(self, function: Callable[[int], object], period: float, offset: float, wait: float) -> None:
        """Call `function` while the network runs. See `distann.every`.

        Raises
        ------
        ConfigurationError
        """
        dt = self._network.options.dt
        steps = duration_steps(period, dt, "the period of a callback")
        if steps < 1:
            raise ConfigurationError(f"the period of a callback is more than 0 ms; got {period!r}.")
        shift = duration_steps(abs(offset), dt, "the offset of a callback")
        shift = shift if offset >= 0 else steps - shift
        if not 0 <= shift < steps:
            raise ConfigurationError(
                f"the offset of a callback lies within its period of {period} ms, or, counted from the end, is "
                f"negative; got {offset!r}."
            )
        self.callbacks.append(Callback(function, steps, duration_steps(wait, dt, "the wait of a callback") + shift))

    def reset(self) -> None:
        """Count the calls of callbacks anew."""
        self.begun = None
        for callback in self.callbacks:
            callback.calls, callback.last = 0, -1


def plan_of(path: str | Path | None, every: float | None, kept: int, dt: float) -> Plan:
    """Return where and when a run saves itself.

    Parameters
    ----------
    path : str or Path
    every : float or None
        ms.
    kept : int
    dt : float
        Step, ms.

    Raises
    ------
    ConfigurationError
    """
    if path is None:
        raise ConfigurationError("checkpoint_every needs a file: write checkpoint='run.h5'.")
    steps = None if every is None else duration_steps(every, dt, "checkpoint_every")
    if steps == 0:
        raise ConfigurationError(f"checkpoint_every is more than 0 ms; got {every!r}.")
    if isinstance(kept, bool) or not isinstance(kept, int) or kept < 1:
        raise ConfigurationError(f"checkpoints_kept is a positive integer; got {kept!r}.")
    return Plan(Path(path), steps, kept)


def _until(plan: Plan | None, step: int) -> int:
    """In how many steps the next checkpoint is due."""
    if plan is None or plan.every is None:
        return sys.maxsize
    return plan.every - step % plan.every
