"""The grammar of statements: from the text of a model to assignments, equations and their flags."""

from __future__ import annotations

from fractions import Fraction

from distann.codegen.expressions import ExpressionParser, Known
from distann.codegen.formatting import format_expression
from distann.codegen.lexer import (
    ASSIGNMENTS,
    Kind,
    Token,
    joined,
    names_argument,
    refuse,
    split_block,
    split_parameters,
    whole,
)
from distann.codegen.limits import refuse_derivative
from distann.codegen.nodes import (
    Assignment,
    Derivative,
    Equation,
    Expression,
    Flag,
    InputSum,
    Number,
    Span,
    Statement,
    Symbol,
)
from distann.codegen.tree import walk
from distann.codegen.units import dimension_of
from distann.codegen.vocabulary import (
    DISTRIBUTIONS,
    EXCLUSIVE,
    FLAG_ALIASES,
    FLAGS,
    FUNCTIONS,
    PARAMETER_FLAGS,
    RESERVED,
    VALUED_FLAGS,
)
from distann.errors import closest

__all__ = [
    "DISTRIBUTIONS",
    "FUNCTIONS",
    "RESERVED",
    "format_expression",
    "parse_block",
    "parse_expression",
    "parse_parameters",
]


def parse_block(text: str, block: str, functions: Known | None = None) -> tuple[Statement, ...]:
    """Read the statements of a text.

    Parameters
    ----------
    text : str
        Assignments and differential equations, one a line or separated by ``;``.
    block : str
        What the text is, for messages: ``"equations"``, ``"reset"``, ``"pre_spike"``, ``"post_spike"``.
    functions : Known, optional
        The user's functions that it can call.

    Raises
    ------
    EquationError
        With the line and the place of what cannot be read.
    """
    return tuple(_StatementParser(tokens, functions).statement() for tokens in split_block(text, block))


def parse_parameters(
    text: str, block: str = "parameters", functions: Known | None = None
) -> tuple[Assignment, ...]:
    """Read parameters: ``tau = 10.0 : population``. A name alone has the value 0.

    Raises
    ------
    EquationError
        With the line and the place of what cannot be read.
    """
    return tuple(_StatementParser(tokens, functions).parameter() for tokens in split_parameters(text, block))


def parse_expression(text: str, block: str, functions: Known | None = None) -> Expression:
    """Read one expression: a spike condition, a transmission, a refractory period, an initial value.

    Raises
    ------
    EquationError
        With the line and the place of what cannot be read.
    """
    return ExpressionParser(whole(text, block), functions).alone()


class _StatementParser(ExpressionParser):
    """Reads one statement."""

    def statement(self) -> Statement:
        """Read an assignment, or an equation: what contains a derivative is one."""
        self._refuse_second_assignment()
        left, operator, right = self._sides()
        flags = self._flags()
        derivatives = [node for node in (*walk(left), *walk(right)) if isinstance(node, Derivative)]
        if not derivatives:
            return Assignment(_assigned_name(left, operator), operator.text, right, flags, self._span())
        _refuse_second_derivative(derivatives)
        if operator.text != "=":
            refuse(f"a differential equation is written with '=', not '{operator.text}'", operator.span)
        return Equation(derivatives[0].name, left, right, flags, self._span())

    def parameter(self) -> Assignment:
        """Read a parameter, with or without a value."""
        self._refuse_second_assignment()
        left, operator, value = self._declared()
        if operator.is_("+=", "-=", "*=", "/="):
            refuse(f"a parameter is written with '=', not '{operator.text}'", operator.span)
        refuse_derivative(left)
        refuse_derivative(value)
        name = _assigned_name(left, operator)
        flags = self._flags()
        for flag in flags:
            if flag.name not in PARAMETER_FLAGS:
                refuse(f"'{flag.name}' has no meaning for a parameter", flag.span, "remove it.")
        return Assignment(name, "=", value, flags, self._span())

    def _declared(self) -> tuple[Expression, Token, Expression]:
        if self._tokens[1].kind is Kind.END or self._tokens[1].is_(":"):
            name = self._next
            return self._expression(), name, Number(0.0, name.span)
        return self._sides()

    def _span(self) -> Span:
        """The part of the statement that stands on its first line."""
        first = self._tokens[0].span
        return joined(first, [t.span for t in self._tokens[:-1] if t.span.line == first.line][-1])

    def _refuse_second_assignment(self) -> None:
        """At most one assignment operator stands in front of the flags, and not inside parentheses."""
        depth, found = 0, False
        for n, token in enumerate(self._tokens):
            depth += token.is_("(") - token.is_(")")
            if token.is_(":"):
                break
            if not token.is_(*ASSIGNMENTS) or (depth and token.is_("=") and names_argument(self._tokens, n)):
                continue
            if found:
                refuse("a statement has only one assignment operator", token.span, "write == to compare.")
            if depth:
                refuse("an assignment cannot stand inside parentheses", token.span, "write == to compare.")
            found = True

    def _sides(self) -> tuple[Expression, Token, Expression]:
        if self._next.is_(*ASSIGNMENTS):
            refuse(f"a name is expected before '{self._next.text}'", self._next.span)
        left = self._expression()
        if not self._next.is_(*ASSIGNMENTS):
            self._refuse_rest()
        operator = self._take()
        return left, operator, self._expression()

    # -- flags

    def _flags(self) -> tuple[Flag, ...]:
        flags: dict[str, Flag] = {}
        separator = self._accept(":")
        while separator is not None:
            flag = self._flag(separator)
            _refuse_contradiction(flag, flags)
            flags[flag.name] = flag
            separator = self._accept(",")
        if flags and self._next.is_(":"):
            refuse("flags follow one ':'", self._next.span, "separate them by commas.")
        self._end()
        return tuple(flags.values())

    def _flag(self, before: Token) -> Flag:
        if self._next.kind is not Kind.NAME:
            refuse(f"a flag is expected after '{before.text}'", before.span)
        start = self._position
        word = self._take().text
        while self._next.is_("-") and self._tokens[self._position + 1].kind in (Kind.NAME, Kind.NUMBER):
            self._take()
            word += "-" + self._take().text
        span = self._extent(start, self._tokens[start])
        name = FLAG_ALIASES.get(word, word)
        if name not in FLAGS:
            hint = closest(word, (*FLAGS, *FLAG_ALIASES)) or f"the flags are: {', '.join(FLAGS)}."
            refuse(f"unknown flag '{word}'", span, hint)
        if name == "unit":
            return Flag(name, None, span, self._unit(span))
        return Flag(name, self._flag_value(name, span), span)

    def _unit(self, span: Span) -> tuple[str, tuple[Fraction, ...]]:
        if self._accept("=") is None:
            refuse("the flag 'unit' needs a value", span, "write for instance unit = ms.")
        unit = self._expression()
        return format_expression(unit), dimension_of(unit)

    def _flag_value(self, name: str, span: Span) -> Expression | None:
        equals = self._accept("=")
        if name not in VALUED_FLAGS:
            if equals is not None:
                refuse(f"the flag '{name}' takes no value", span, f"write {name}.")
            return None
        if equals is None:
            refuse(f"the flag '{name}' needs a value", span, f"write for instance {name} = 0.")
        value = self._expression()
        refuse_derivative(value)
        return value


def _assigned_name(left: Expression, operator: Token) -> str:
    span = left.span or operator.span
    match left:
        case Symbol(name=name, side=None):
            return name
        case Symbol() | InputSum():
            refuse(f"'{format_expression(left)}' cannot be assigned here", span, "write name = value.")
    refuse("only a name can be assigned", span, "write name = value, or an equation with d<name>/dt.")


def _refuse_second_derivative(derivatives: list[Derivative]) -> None:
    first = derivatives[0]
    for other in derivatives:
        if other.name != first.name and other.span is not None:
            reason = f"an equation has one derivative; here are d{first.name}/dt and d{other.name}/dt"
            refuse(reason, other.span, "write one equation for each variable.")


def _refuse_contradiction(flag: Flag, others: dict[str, Flag]) -> None:
    if flag.name in others:
        refuse(f"the flag '{flag.name}' is given twice", flag.span, "remove one.")
    for group in EXCLUSIVE:
        for other in others:
            if flag.name in group and other in group:
                refuse(f"'{other}' and '{flag.name}' contradict each other", flag.span, "remove one.")
