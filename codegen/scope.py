"""Names of intermediate values of a kernel, none of which hides a name of the user's."""

from __future__ import annotations

from collections.abc import Iterable

from distann.codegen.ir import Let, Type
from distann.codegen.nodes import Expression, Symbol

__all__ = ["Scope"]


class Scope:
    """The names that are taken in one kernel.

    Parameters
    ----------
    taken : iterable of str
        The user's names.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def fresh(self, name: str) -> str:
        """Return `name`, followed by underscores as long as it is taken, and take it."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def let(self, name: str, value: Expression, into: list[Let]) -> Symbol:
        """Append ``Let(name, value)`` under a fresh name to `into`; return the symbol that stands for it."""
        let = Let(self.fresh(name), value)
        into.append(let)
        return Symbol(let.name)

    def condition(self, name: str, value: Expression, into: list[Let]) -> Symbol:
        """Append a `Let` that holds a truth value, in the same way."""
        let = Let(self.fresh(name), value, Type.BOOL)
        into.append(let)
        return Symbol(let.name)
