"""Functions of a script that give values to a population while the network runs."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Sources"]


class Sources:
    """What is called before certain steps, whoever runs them: a function of the step alone."""

    def __init__(self) -> None:
        self._sources: list[tuple[int, Callable[[int], None]]] = []

    def add(self, period: int, give: Callable[[int], None]) -> None:
        """Call `give` with the step, before each step that is a multiple of `period`."""
        self._sources.append((period, give))

    def call(self, step: int) -> None:
        """Call those that are due before a step."""
        for period, give in self._sources:
            if step % period == 0:
                give(step)

    def room(self, step: int, steps: int) -> int:
        """Return `steps`, or fewer if one is due before that."""
        return min([steps, *(period - step % period for period, _ in self._sources)])
