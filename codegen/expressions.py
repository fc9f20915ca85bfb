"""The grammar of expressions: a Pratt parser over tokens.

Operators are read by precedence climbing (V. Pratt, *Top down operator precedence*, POPL 1973). Nothing is
evaluated here, and nothing of the text ever reaches Python's own parser.
"""

from __future__ import annotations

import math
from typing import NoReturn, Protocol

from distann.codegen.lexer import ASSIGNMENTS, Kind, Token, divided, joined, refuse
from distann.codegen.limits import (
    DEEPEST,
    DEEPEST_NESTING,
    LARGEST,
    refuse_deep,
    refuse_depth,
    refuse_derivative,
    refuse_middle,
)
from distann.codegen.nodes import (
    Binary,
    Call,
    Compare,
    Derivative,
    Draw,
    Expression,
    InputSum,
    Logic,
    Number,
    Select,
    Side,
    Span,
    Symbol,
    Unary,
)
from distann.codegen.tree import substitute, walk
from distann.codegen.vocabulary import ALIASES, ARGUMENTS, DISTRIBUTIONS, FUNCTIONS, GLOBAL_OPERATIONS, KEYWORDS
from distann.errors import closest

__all__ = ["Callable", "ExpressionParser", "Known"]

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER = range(1, 9)
LEVELS = {
    "or": OR, "and": AND, "is": COMPARISON, **dict.fromkeys(COMPARISONS, COMPARISON), "+": SUM, "-": SUM,
    "*": PRODUCT, "/": PRODUCT, "**": POWER, "^": POWER,
}  # fmt: skip
FORM_OF_IF = "write if condition: value else: value."


class Callable(Protocol):
    """A user's function."""

    @property
    def arguments(self) -> tuple[str, ...]: ...
    @property
    def body(self) -> Expression: ...


class Known(Protocol):
    """The user's functions, by name; and the names that ``d<name>/dt`` divides instead of being a derivative."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def quotients(self) -> frozenset[str]: ...
    def get(self, name: str, span: Span) -> Callable: ...


class ExpressionParser:
    """Reads the tokens of one expression or statement: with balanced parentheses, and an END.

    Parameters
    ----------
    tokens : list of Token
    functions : Known, optional
        What can be called besides the functions of the language.
    """

    def __init__(self, tokens: list[Token], functions: Known | None = None) -> None:
        self._tokens = divided(tokens, functions.quotients) if functions is not None else tokens
        self._functions = functions
        self._own = functions.names if functions is not None else ()
        self._position = 0
        self._depth = 0
        self._nesting = 0

    def alone(self) -> Expression:
        """Read an expression with nothing behind it."""
        expression = self._expression()
        self._end()
        refuse_derivative(expression)
        return expression

    # -- moving along the tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._tokens[self._position]
        self._position += 1
        return token

    def _accept(self, *texts: str) -> Token | None:
        return self._take() if self._next.is_(*texts) else None

    def _end(self) -> None:
        if self._next.kind is not Kind.END:
            self._refuse_rest()

    def _extent(self, start: int, token: Token) -> Span:
        """From the token at `start` to the last one taken; only `token` when lines lie between."""
        first, last = self._tokens[start].span, self._tokens[self._position - 1].span
        return joined(first, last) if first.line == last.line else token.span

    # -- operators

    def _expression(self) -> Expression:
        expression = self._climb(OR)
        refuse_deep(expression)
        return expression

    def _climb(self, level: int) -> Expression:
        """Read an operand and every operator that binds at least as tightly as `level`."""
        self._depth += 1
        if self._depth > DEEPEST:
            refuse_depth(self._next.span, DEEPEST)
        start = self._position
        left = self._operand(level)
        while (own := _level(self._next)) >= level:
            token = self._take()
            if own == COMPARISON:
                left = self._comparison(left, token, start)
            elif own == POWER:
                left = Binary("**", left, self._climb(SIGN), self._extent(start, token))
            else:
                node = Logic if own in (OR, AND) else Binary
                left = node(token.text, left, self._climb(own + 1), self._extent(start, token))
        self._depth -= 1
        return left

    def _comparison(self, left: Expression, token: Token, start: int) -> Expression:
        """Read the rest of ``a < b``; ``a < b < c`` means ``a < b and b < c``."""
        chain: Expression | None = None
        while True:
            operator = token.text
            if operator == "is":
                operator = "!=" if self._accept("not") else "=="
            right = self._climb(SUM)
            compared = Compare(operator, left, right, self._extent(start, token))
            chain = compared if chain is None else Logic("and", chain, compared, self._extent(start, token))
            if _level(self._next) != COMPARISON:
                return chain
            token, left = self._take(), right
            refuse_middle(right, token)

    # -- operands

    def _operand(self, level: int) -> Expression:
        start, token = self._position, self._next
        if not _begins_operand(token):
            self._refuse_missing_operand()
        self._take()
        self._nesting += 1
        if self._nesting > DEEPEST_NESTING + 1:  # the innermost operand lies inside of the others
            refuse_depth(token.span, DEEPEST_NESTING)
        match token.kind:
            case Kind.NUMBER:
                operand: Expression = _number(token)
            case Kind.DERIVATIVE:
                operand = Derivative(token.text, token.span)
            case Kind.NAME:
                operand = self._word(token, start, level)
            case _ if token.text == "(":
                operand = self._climb(OR)
                self._close()
            case _:
                signed = self._climb(SIGN)
                operand = signed if token.text == "+" else Unary("-", signed, self._extent(start, token))
        self._nesting -= 1
        return operand

    def _word(self, token: Token, start: int, level: int) -> Expression:
        match token.text:
            case "True" | "False":
                return Number(token.text == "True", token.span)
            case "not" if level > NOT:
                refuse("'not' needs parentheses here", token.span, "write (not ...).")
            case "not":
                return Unary("not", self._climb(NOT), self._extent(start, token))
            case "if":
                return self._conditional(token, start)
        side: Side | None = None
        if token.text in ("pre", "post") or self._next.is_("."):
            side = self._side(token)
            token = self._take()
        if self._accept("("):
            return self._call(token, side, start)
        if token.text == "sum":
            _refuse_sum(token)
        return Symbol(token.text, side, self._extent(start, token))

    def _side(self, token: Token) -> Side:
        if token.text not in ("pre", "post"):
            hint = "only pre.name and post.name are written with a dot."
            refuse(f"'{token.text}.' has no meaning", self._next.span, hint)
        if self._accept(".") and self._next.kind is Kind.NAME and self._next.text not in KEYWORDS - {"sum"}:
            return Side(token.text)
        refuse(f"a name is expected after '{token.text}.'", token.span, f"write for instance {token.text}.r.")

    def _conditional(self, token: Token, start: int) -> Expression:
        condition = self._climb(OR)
        if not self._accept(":"):
            self._refuse_arm("':' is expected after the condition of 'if'", token)
        then = self._climb(OR)
        if not self._accept("else"):
            self._refuse_arm("'if' needs an 'else'", token)
        if not self._accept(":"):
            self._refuse_arm("':' is expected after 'else'", token)
        return Select(condition, then, self._climb(OR), self._extent(start, token))

    def _call(self, name: Token, side: Side | None, start: int) -> Expression:
        if name.text == "sum":
            is_name = self._next.kind is Kind.NAME and self._next.text not in KEYWORDS
            target = self._take().text if is_name else ""
            if not self._accept(")"):
                _refuse_sum(self._next)
            return InputSum(target, side, self._extent(start, name))
        if side is not None:
            hint = f"only {side.value}.sum(target) is one."
            refuse(f"'{side.value}.{name.text}' is not a function", name.span, hint)
        known = (*FUNCTIONS, *DISTRIBUTIONS, *GLOBAL_OPERATIONS, *self._own)
        if name.text not in known:
            hint = closest(name.text, (*known, "sum")) or f"for a product write {name.text} * (...)."
            refuse(f"unknown function '{name.text}'", name.span, hint)
        if name.text in DISTRIBUTIONS:
            return self._distribution(name, start)
        arguments = self._arguments()
        span = self._extent(start, name)
        if name.text in self._own:
            return self._written_out(name.text, arguments, span)
        _check_count(name.text, len(arguments), *_arity(name.text), span)
        return _built_in(name.text, arguments, span)

    def _written_out(self, name: str, arguments: tuple[Expression, ...], span: Span) -> Expression:
        """Put the arguments of a call into the user's function."""
        assert self._functions is not None
        function = self._functions.get(name, span)
        _check_count(name, len(arguments), len(function.arguments), len(function.arguments), span)
        given = dict(zip(function.arguments, arguments, strict=True))
        sizes = {argument: sum(1 for _ in walk(value)) for argument, value in given.items()}
        parts = walk(function.body)
        size = sum(sizes.get(part.name, 1) if isinstance(part, Symbol) else 1 for part in parts)
        if size > LARGEST:
            refuse(f"'{name}' becomes more than {LARGEST} operations here", span, "split it into several assignments.")
        expression = substitute(function.body, given)
        refuse_deep(expression)
        return expression

    def _arguments(self) -> tuple[Expression, ...]:
        arguments: list[Expression] = []
        if not self._next.is_(")"):
            arguments.append(self._climb(OR))
            while self._accept(","):
                arguments.append(self._climb(OR))
        self._close()
        return tuple(arguments)

    def _distribution(self, name: Token, start: int) -> Expression:
        """Read the arguments of a distribution, by position and then by name."""
        names, least = ARGUMENTS[name.text]
        given: dict[str, Expression] = {}
        by_name = False
        while not self._next.is_(")"):
            argument = self._next
            by_name = by_name or self._tokens[self._position + 1].is_("=")
            if by_name:
                self._argument_name(name.text, names, given)
                given[argument.text] = self._climb(OR)
            else:
                value = self._climb(OR)
                given[names[len(given)] if len(given) < len(names) else f"#{len(given)}"] = value
            if not self._accept(","):
                break
        self._close()
        span = self._extent(start, name)
        _check_count(name.text, len(given), least, len(names), span)
        for needed in names[:least]:
            if needed not in given:
                refuse(f"{name.text}() needs the argument '{needed}'", span)
        return Draw(name.text, _filled(given, names), span=span)

    def _argument_name(self, distribution: str, names: tuple[str, ...], given: dict[str, Expression]) -> None:
        argument = self._take()
        if argument.kind is not Kind.NAME or not self._accept("="):
            refuse("an argument without a name stands before those with one", argument.span, "write name=value.")
        if argument.text not in names:
            hint = closest(argument.text, names) or f"it has: {', '.join(names)}."
            refuse(f"{distribution}() has no argument '{argument.text}'", argument.span, hint)
        if argument.text in given:
            refuse(f"the argument '{argument.text}' is given twice", argument.span, "remove one.")

    def _close(self) -> None:
        if not self._accept(")"):
            self._refuse_rest()

    # -- refusals

    def _refuse_arm(self, reason: str, token: Token) -> NoReturn:
        if self._next.kind is not Kind.END and not self._next.is_(":", ",", ")", "else"):
            self._refuse_rest()
        refuse(reason, token.span, FORM_OF_IF)

    def _refuse_missing_operand(self) -> NoReturn:
        token = self._next
        if self._position == 0:
            refuse(f"an operand is expected before '{token.shown}'", token.span)
        before = self._tokens[self._position - 1]
        elsewhere = {"//": "floor(a / b)", "=>": ">=", "=<": "<=", "<>": "!="}.get(before.text + token.text)
        hint = f"write {elsewhere}." if elsewhere else ""
        refuse(f"an operand is expected after '{before.shown}'", before.span, hint)

    def _refuse_rest(self) -> NoReturn:
        """Say what is wrong with the token that follows a complete expression."""
        token, before = self._next, self._tokens[self._position - 1]
        if token.is_(*ASSIGNMENTS):
            if token.span.block == "spike":
                refuse("a condition is expected, not an assignment", token.span, "write == to compare.")
            refuse("an assignment cannot stand inside an expression", token.span, "write == to compare.")
        if token.is_(":"):
            refuse("':' has no meaning here", token.span, "it stands before flags, and in if c: a else: b.")
        if token.is_("if"):
            refuse("'if' stands in front of both values", token.span, FORM_OF_IF)
        hint = ""
        if token.span.line != before.span.line:
            hint = "a line without an assignment continues the line above it."
        elif _begins_operand(token) and token.text not in ("not", "True", "False"):
            hint = f"for a product write {before.shown} * {token.shown}."
        refuse(f"an operator is expected between '{before.shown}' and '{token.shown}'", token.span, hint)


# ---- pieces -----------------------------------------------------------------------------------------------


def _level(token: Token) -> int:
    """How tightly an operator binds; 0 for what is none."""
    return LEVELS.get(token.text, 0) if token.kind in (Kind.OPERATOR, Kind.NAME) else 0


def _begins_operand(token: Token) -> bool:
    match token.kind:
        case Kind.OPERATOR:
            return token.text in ("(", "+", "-")
        case Kind.NAME:
            return token.text not in ("and", "or", "is", "else")
    return token.kind is not Kind.END


def _number(token: Token) -> Number:
    value = float(token.text)
    if math.isinf(value):
        refuse("this number is too large", token.span, "the largest is about 1.8e308.")
    return Number(value, token.span)


def _arity(name: str) -> tuple[int, int]:
    if name in GLOBAL_OPERATIONS:
        return (1, 2) if name in ("min", "max") else (1, 1)
    return FUNCTIONS[name], FUNCTIONS[name]


def _filled(given: dict[str, Expression], names: tuple[str, ...]) -> tuple[Expression, ...]:
    """Return the arguments in order up to the last that is given; beta is 1, and a missing bound infinite."""
    defaults = {"beta": Number(1.0), "min": Number(-math.inf)}
    last = max(index for index, name in enumerate(names) if name in given)
    if "beta" in names:
        last = max(last, names.index("beta"))
    return tuple(given.get(name, defaults.get(name, Number(0.0))) for name in names[: last + 1])


def _check_count(name: str, count: int, least: int, most: int, span: Span) -> None:
    if not least <= count <= most:
        refuse(f"{name}() takes {_count(least, most)}, not {count}", span)


def _count(least: int, most: int) -> str:
    words = {0: f"{most}", 1: f"{least} or {most}"}.get(most - least, f"{least} to {most}")
    return f"{words} argument{'s' if most > 1 else ''}"


def _built_in(name: str, arguments: tuple[Expression, ...], span: Span) -> Expression:
    match name, arguments:
        case "ite", (condition, then, otherwise):
            return Select(condition, then, otherwise, span)
        case "power", (base, exponent):
            return Binary("**", base, exponent, span)
        case ("min" | "max"), (_, _):
            return Call(f"{name}imum", arguments, span)
    return Call(ALIASES.get(name, name), arguments, span)


def _refuse_sum(token: Token) -> NoReturn:
    refuse("sum() takes the name of one target", token.span, "write for instance sum(exc).")
