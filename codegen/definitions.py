"""What the texts of models can name besides their own parameters and variables: functions of the user's, and constants.

A call of a user's function is written out where it stands: its expression takes the place of the call, the arguments
those of the names in its head. Later layers never see one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from distann.codegen.expressions import ExpressionParser
from distann.codegen.ir import Function
from distann.codegen.lexer import Kind, Token, refuse, split_block
from distann.codegen.nodes import Call, Compare, Draw, Expression, InputSum, Number, Span, Symbol
from distann.codegen.quotients import quotients
from distann.codegen.tree import walk
from distann.codegen.vocabulary import DISTRIBUTIONS, FUNCTIONS, GLOBAL_OPERATIONS, RESERVED, TYPES
from distann.errors import closest

__all__ = ["Definitions", "Functions"]


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a network lends to the texts of all its models.

    Attributes
    ----------
    functions : tuple of str
        Texts such as ``f(x) = x**2``.
    constants : tuple of str
        Names.
    """

    functions: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()


class Functions:
    """The functions that the texts of one model can call.

    Attributes
    ----------
    own : tuple of Function
        Those of the model itself.
    quotients : frozenset of str
        Names such as ``delta``, for which ``delta/dt`` is no derivative in the model's texts.

    Parameters
    ----------
    definitions : Definitions
    own : str
        The model's own functions, one a line; they come before those of the network.
    texts : iterable of str
        All texts of the model.

    Raises
    ------
    EquationError
        When a definition cannot be read, or calls itself.
    """

    def __init__(self, definitions: Definitions = Definitions(), own: str = "", texts: Iterable[str] = ()) -> None:
        self.quotients = quotients(texts, definitions.constants)
        self._constants = definitions.constants
        self._tokens: dict[str, list[Token]] = {}
        self._read: dict[str, Function] = {}
        self._reading: list[str] = []
        for text in definitions.functions:
            self._tokens |= _by_name(text)
        given = _by_name(own)
        self._tokens |= given
        for name, tokens in self._tokens.items():
            self.get(name, tokens[0].span)
        self.own = tuple(self._read[name] for name in given)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all functions."""
        return tuple(self._tokens)

    def get(self, name: str, span: Span) -> Function:
        """Return a function, which is called at `span`.

        Raises
        ------
        EquationError
            When it calls itself.
        """
        if name not in self._read:
            if name in self._reading:
                refuse(f"the function '{name}' calls itself", span, "write it as one formula of its arguments.")
            self._reading.append(name)
            self._read[name] = _FunctionParser(self._tokens[name], self).function(self._constants)
            self._reading.pop()
        return self._read[name]


class _FunctionParser(ExpressionParser):
    """Reads one definition."""

    def function(self, constants: Iterable[str]) -> Function:
        """Read ``f(x, y) = expression``, and the types behind it."""
        name = self._take()
        arguments = self._head()
        if not self._accept("="):
            self._refuse_form(name)
        body = self._expression()
        kinds = self._types()
        self._end()
        _check_body(body, (*arguments, *constants, "pi"), name.span)
        return Function(name.text, arguments, _converted(body, kinds[0] if kinds else "float"))

    def _head(self) -> tuple[str, ...]:
        if not self._accept("("):
            self._refuse_form(self._tokens[0])
        found: list[str] = []
        while not self._accept(")"):
            word = self._take()
            if word.kind is not Kind.NAME:
                self._refuse_form(self._tokens[0])
            if word.text in FUNCTIONS or word.text in DISTRIBUTIONS or word.text in found:
                refuse(f"'{word.text}' cannot be the name of an argument here", word.span, "choose another name.")
            found.append(word.text)
            if not self._accept(",") and not self._next.is_(")"):
                self._refuse_form(self._tokens[0])
        return tuple(found)

    def _types(self) -> list[str]:
        kinds: list[str] = []
        separator = self._accept(":")
        while separator is not None:
            word = self._take()
            if word.text not in (*TYPES, "double"):
                refuse("a type is expected here", word.span, f"the types are {', '.join(TYPES)}.")
            kinds.append(word.text)
            separator = self._accept(",")
        return kinds

    def _refuse_form(self, name: Token) -> None:
        refuse("this is not a function", name.span, "write for instance f(x, y) = x * y.")


def _by_name(text: str) -> dict[str, list[Token]]:
    found: dict[str, list[Token]] = {}
    for tokens in split_block(text, "functions"):
        name = tokens[0]
        if name.kind is not Kind.NAME or not tokens[1].is_("("):
            refuse("this is not a function", name.span, "write for instance f(x, y) = x * y.")
        if name.text in RESERVED or name.text in FUNCTIONS or name.text in GLOBAL_OPERATIONS:
            refuse(f"'{name.text}' is a reserved name", name.span, "choose another name for the function.")
        if name.text in found:
            refuse(f"the function '{name.text}' is defined twice", name.span, "keep one definition.")
        found[name.text] = tokens
    return found


def _check_body(body: Expression, names: tuple[str, ...], head: Span) -> None:
    for node in walk(body):
        span = node.span or head
        if isinstance(node, Draw | InputSum) or (isinstance(node, Symbol) and node.side is not None):
            refuse("a function computes with its arguments only", span, "make this an argument of it.")
        if isinstance(node, Call) and node.function in GLOBAL_OPERATIONS:
            refuse("a function computes with its arguments only", span, "make this an argument of it.")
        if isinstance(node, Symbol) and node.name not in names:
            hint = closest(node.name, names) or "make it an argument of the function."
            refuse(f"unknown name '{node.name}'", span, hint)


def _converted(body: Expression, kind: str) -> Expression:
    if kind == "int":
        return Call("trunc", (body,), body.span)
    return Compare("!=", body, Number(0.0), body.span) if kind == "bool" else body
