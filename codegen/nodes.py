"""What the text of a model becomes: expressions and statements with their places in the text. Frozen data.

``syntax`` makes these; what the names in them mean is in `ir`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

__all__ = [
    "Assignment",
    "Binary",
    "Block",
    "Call",
    "Compare",
    "Derivative",
    "Draw",
    "Entry",
    "Equation",
    "Expression",
    "Flag",
    "InputSum",
    "Iteration",
    "Logic",
    "Number",
    "Propagator",
    "Select",
    "Side",
    "Span",
    "Statement",
    "Symbol",
    "Unary",
]


# ---- text ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line of the user's text: enough to print the line with a caret under the piece.

    Attributes
    ----------
    text : str
        The whole line as the user wrote it.
    line : int
        Its number in the block, from 1.
    column, length : int
        Where the piece begins, from 0, and its length in characters.
    block : str
        ``"parameters"``, ``"equations"``, ``"spike"``, ``"reset"``, ``"psp"``...
    """

    text: str
    line: int = 1
    column: int = 0
    length: int = 1
    block: str = "equations"


# ---- expressions --------------------------------------------------------------------------------------------------


class Side(Enum):
    """Which neuron of a synapse: ``pre.r`` or ``post.r``."""

    PRE = "pre"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Number:
    """A literal. `value` is a float; ``True``/``False`` are the bools."""

    value: float | bool
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name: a parameter, a variable, ``t``, ``dt``, ``pi``, a `Let`, or, with a side, ``pre.name``/``post.name``."""

    name: str
    side: Side | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class InputSum:
    """``sum(exc)``: the summed input of a target; with a side ``pre.sum(exc)``. ``sum()`` has the target ``""``."""

    target: str
    side: Side | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` (operator ``"-"``), ``not c`` (``"not"``)."""

    operator: str
    operand: Expression
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """``+ - * / **`` (``^`` has become ``**``)."""

    operator: str
    left: Expression
    right: Expression
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """``< <= > >= == !=`` (``is`` and ``is not`` have become ``==`` and ``!=``)."""

    operator: str
    left: Expression
    right: Expression
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """``and``, ``or``."""

    operator: str
    left: Expression
    right: Expression
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function of the language. Arguments are expressions."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Select:
    """``ite(c, a, b)`` and ``if c: a else: b``."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Derivative:
    """``dv/dt``; only in the text of an equation, never in a kernel."""

    name: str
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Draw:
    """One random number: each textual occurrence is its own draw.

    ``syntax`` makes it with the name and arguments that the user wrote (``Normal(0, 1)``) and `number` -1; ``draws``
    replaces it by a formula over standard draws, without arguments, numbered: ``"uniform"``, ``"normal"``, ``"count"``.
    """

    distribution: str
    arguments: tuple[Expression, ...] = ()
    number: int = -1
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Propagator:
    """The matrices that advance ``dx/dt = A x + b`` by one step, from the rows of ``dt A``; the value of a `Let`."""

    rows: tuple[tuple[Expression, ...], ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of the `Propagator` that is called `matrix`.

    `part` is ``"state"``, what multiplies x, or ``"input"``, what multiplies ``dt b``.
    """

    matrix: str
    part: str
    row: int
    column: int
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Iteration:
    """A loop that computes the same `count` times; the value of a `Let`, which has no name of its own in C++.

    Attributes
    ----------
    state : tuple of str
        Names of what changes from one time to the next; behind the loop they have their last values.
    starts, updates : tuple of expressions
        Of each, its value before the loop, and its next one, which sees the `values`.
    names, values : tuple of str, tuple of expressions
        What is computed first each time, in this order.
    """

    state: tuple[str, ...]
    starts: tuple[Expression, ...]
    names: tuple[str, ...]
    values: tuple[Expression, ...]
    updates: tuple[Expression, ...]
    count: int
    span: Span | None = field(default=None, compare=False)


Expression = (
    Number
    | Symbol
    | InputSum
    | Unary
    | Binary
    | Compare
    | Logic
    | Call
    | Select
    | Derivative
    | Draw
    | Propagator
    | Entry
    | Iteration
)


# ---- statements ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flag:
    """``population``, ``exponential``, ``init=-65.0``: what follows the colon. `value` is None for a bare keyword.

    `unit` is what ``unit=mV`` says: its text, and the exponents of its dimension.
    """

    name: str
    value: Expression | None
    span: Span
    unit: tuple[str, tuple[Fraction, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """A differential equation as written: ``left = right``, one `Derivative` of `name` somewhere inside."""

    name: str
    left: Expression
    right: Expression
    flags: tuple[Flag, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """``name = value``; `operator` is one of ``= += -= *= /=``. Also a parameter (``tau = 10.0 : population``).

    A parameter declared without a value (``tau``) has the value 0.
    """

    name: str
    operator: str
    value: Expression
    flags: tuple[Flag, ...]
    span: Span


Statement = Equation | Assignment
Block = tuple[Statement, ...]
