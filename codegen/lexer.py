"""From text to tokens, and from lines to statements: which belong together, and where each token stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from distann.codegen.nodes import Span
from distann.codegen.vocabulary import ARGUMENTS, DISTRIBUTIONS
from distann.errors import EquationError

__all__ = [
    "ASSIGNMENTS", "Kind", "Token", "divided", "joined", "names_argument", "refuse", "split_block", "split_parameters",
    "whole",
]  # fmt: skip

ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=")

FARTHEST = 100  # tokens between the name of a distribution and that of an argument
ARGUMENT_NAMES = frozenset(name for names, _ in ARGUMENTS.values() for name in names)
LONGEST_BLOCK = 1_000_000
LONGEST_LINE = 10_000

_TOKEN = re.compile(
    r"""(?P<blank>[ \t]+)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<derivative>d[A-Za-z0-9_]+[ \t]*/[ \t]*dt(?![A-Za-z0-9_]))
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>\*\*|==|!=|<=|>=|\+=|-=|\*=|/=|[-+*/^<>=(),.:;])""",
    re.VERBOSE,
)

# What people write for an operator of the language, and what it is here.
_INSTEAD = {
    "&": "and", "|": "or", "!": "not", "%": "modulo(a, b)", "'": "dv/dt for a derivative", "[": "parentheses",
    "]": "parentheses", "{": "parentheses", "}": "parentheses", "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-",
    "\N{EM DASH}": "-", "\N{MULTIPLICATION SIGN}": "*", "\N{MIDDLE DOT}": "*", "\N{DOT OPERATOR}": "*",
    "\N{DIVISION SIGN}": "/", "\N{LESS-THAN OR EQUAL TO}": "<=", "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{NOT EQUAL TO}": "!=", "\N{SUPERSCRIPT TWO}": "**2", "\N{SUPERSCRIPT THREE}": "**3",
    "\N{NO-BREAK SPACE}": "an ordinary space",
}  # fmt: skip


class Kind(Enum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    DERIVATIVE = "derivative"
    OPERATOR = "operator"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the language. The `text` of a derivative is the name of its variable."""

    kind: Kind
    text: str
    span: Span

    @property
    def shown(self) -> str:
        """The token as messages name it."""
        return f"d{self.text}/dt" if self.kind is Kind.DERIVATIVE else self.text

    def is_(self, *texts: str) -> bool:
        """Tell whether this is one of those operators or keywords."""
        return self.kind in (Kind.OPERATOR, Kind.NAME) and self.text in texts


def divided(tokens: list[Token], names: Container[str]) -> list[Token]:
    """Return the tokens with ``delta/dt`` as three of them where ``delta`` is one of these names."""
    found: list[Token] = []
    for token in tokens:
        if token.kind is Kind.DERIVATIVE and f"d{token.text}" in names:
            span = token.span
            slash = span.text.index("/", span.column)
            end = span.column + span.length
            pieces = ((Kind.NAME, span.column, len(token.text) + 1), (Kind.OPERATOR, slash, 1), (Kind.NAME, end - 2, 2))
            for kind, column, length in pieces:
                place = Span(span.text, span.line, column, length, span.block)
                found.append(Token(kind, span.text[column : column + length], place))
        else:
            found.append(token)
    return found


def joined(first: Span, last: Span) -> Span:
    """Return the piece of a line from the beginning of `first` to the end of `last`."""
    return Span(first.text, first.line, first.column, last.column + last.length - first.column, first.block)


def refuse(reason: str, span: Span, suggestion: str = "") -> NoReturn:
    """Raise the `EquationError` that shows `span`."""
    raise EquationError(
        reason, text=span.text, line=span.line, column=span.column, length=span.length, block=span.block,
        suggestion=suggestion,
    )  # fmt: skip


# ---- tokens -----------------------------------------------------------------------------------------------


def _lines(text: str, block: str) -> list[list[Token]]:
    """Return the tokens of each line that has any. A ``;`` is a token of its own."""
    if len(text) > LONGEST_BLOCK:
        raise EquationError(f"the text has more than {LONGEST_BLOCK} characters", block=block)
    lines = [_line(line.removesuffix("\r"), number, block) for number, line in enumerate(text.split("\n"), 1)]
    return [tokens for tokens in lines if tokens]


def _line(text: str, number: int, block: str) -> list[Token]:
    if len(text) > LONGEST_LINE:
        raise EquationError(
            f"the line has more than {LONGEST_LINE} characters", line=number, block=block,
            suggestion="split it into several assignments.",
        )  # fmt: skip
    tokens: list[Token] = []
    column, end = 0, text.find("#")
    end = len(text) if end < 0 else end
    while column < end:
        found = _TOKEN.match(text, column, end)
        if found is None:
            _refuse_character(Span(text, number, column, 1, block))
        if found.lastgroup != "blank":
            tokens.append(_token(found, Span(text, number, column, found.end() - column, block)))
        column = found.end()
    return tokens


def _token(found: re.Match[str], span: Span) -> Token:
    kind = Kind(found.lastgroup)
    if kind is Kind.DERIVATIVE:
        return Token(kind, found[0].split("/")[0].rstrip()[1:], span)
    return Token(kind, found[0], span)


def _refuse_character(span: Span) -> NoReturn:
    character = span.text[span.column]
    name = unicodedata.name(character, "")
    shown = repr(character) + (f" ({name})" if name and not character.isascii() else "")
    refuse(f"unexpected character {shown}", span, _suggest_for(character, name))


def _suggest_for(character: str, name: str) -> str:
    if character in _INSTEAD:
        return f"write {_INSTEAD[character]}."
    greek = re.fullmatch(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?([A-Z]+)", name)
    if greek:
        return f"write {greek[1].lower() if 'SMALL' in name else greek[1].capitalize()}."
    plain = unicodedata.normalize("NFKC", character)
    if plain != character and plain.isascii() and plain.isprintable():
        return f"write {plain.strip() or 'an ordinary space'}."
    return "" if character.isascii() else "names are made of the letters a-z, A-Z, digits and _."


# ---- statements -------------------------------------------------------------------------------------------


def whole(text: str, block: str) -> list[Token]:
    """Return the tokens of one expression, whatever its lines, with an END.

    Raises
    ------
    EquationError
        For an empty text, unbalanced parentheses, a ``;``.
    """
    tokens = [token for line in _lines(text, block) for token in line]
    if not tokens:
        first = text.split("\n", 1)[0].removesuffix("\r")
        refuse("an expression is expected", Span(first, 1, len(first), 1, block))
    parentheses = _Parentheses()
    for token in tokens:
        if token.is_(";"):
            refuse("one expression is expected here, not several", token.span)
        parentheses.meet(token)
    parentheses.refuse_open()
    return _ended(tokens)


def split_block(text: str, block: str) -> list[list[Token]]:
    """Return the tokens of each statement, each with an END.

    A new line begins a statement when it has an assignment operator in front of its flags; otherwise it
    continues the statement before it. A ``;`` ends a statement.
    """
    return _split(text, block, parameters=False)


def split_parameters(text: str, block: str) -> list[list[Token]]:
    """Like `split_block`, but a name alone is a statement as well."""
    return _split(text, block, parameters=True)


def _split(text: str, block: str, parameters: bool) -> list[list[Token]]:
    statements: list[list[Token]] = []
    parentheses = _Parentheses()
    for tokens, separated in _segments(_lines(text, block)):
        before = None if separated else statements[-1]
        if _begins_statement(tokens, before, parameters):
            parentheses.refuse_open()
            statements.append([])
        elif separated:
            parentheses.refuse_open()
            _refuse_missing_assignment(tokens[0])
        for token in tokens:
            parentheses.meet(token)
        statements[-1] += tokens
    parentheses.refuse_open()
    return [_ended(statement) for statement in statements]


def _segments(lines: list[list[Token]]) -> list[tuple[list[Token], bool]]:
    """Cut lines at ``;``. Of each piece: its tokens, and whether it cannot continue what stands before it."""
    pieces: list[tuple[list[Token], bool]] = []
    separated = True
    for line in lines:
        piece: list[Token] = []
        for token in line:
            if not token.is_(";"):
                piece.append(token)
                continue
            if piece:
                pieces.append((piece, separated))
            piece, separated = [], True
        if piece:
            pieces.append((piece, separated))
            separated = False
    return pieces


def _begins_statement(tokens: list[Token], before: list[Token] | None, parameters: bool) -> bool:
    """Tell whether a line is a new statement; `before` is what it could continue."""
    if before is not None and before[-1].is_(",", ":"):
        return False
    ahead = tokens[: next((n for n, token in enumerate(tokens) if token.is_(":")), len(tokens))]
    if _assigns(ahead):
        return True
    # In the parameters `tau` and `tau : population` are complete, unless the line above asks for an operand.
    unfinished = before is not None and before[-1].kind is Kind.OPERATOR and not before[-1].is_(")")
    return parameters and len(ahead) == 1 and ahead[0].kind is Kind.NAME and not unfinished


def _assigns(tokens: list[Token]) -> bool:
    """Tell whether an assignment operator stands there, that of a named argument apart."""
    return any(
        token.is_(*ASSIGNMENTS) and not (token.text == "=" and names_argument(tokens, n))
        for n, token in enumerate(tokens)
    )


def names_argument(tokens: list[Token], n: int) -> bool:
    """Tell whether the ``=`` at `n` follows the name of an argument: ``Normal(0, 1, min=0)``."""
    if n < 2 or tokens[n - 1].kind is not Kind.NAME or not tokens[n - 2].is_("(", ","):
        return False
    depth = 0
    for before in range(n - 2, max(n - FARTHEST, 0), -1):
        depth += tokens[before].is_(")") - tokens[before].is_("(")
        if depth < 0:
            return tokens[before - 1].text in DISTRIBUTIONS
    return tokens[n - 1].text in ARGUMENT_NAMES  # the distribution stands on a line above


def _refuse_missing_assignment(token: Token) -> NoReturn:
    suggestion = "write name = value, or d<name>/dt = ..."
    if token.is_("if"):
        suggestion = "write name = if condition: value else: value."
    refuse("an assignment is expected", token.span, suggestion)


class _Parentheses:
    """Which parentheses are open."""

    def __init__(self) -> None:
        self._open: list[Token] = []

    def meet(self, token: Token) -> None:
        if token.is_("("):
            self._open.append(token)
        elif token.is_(")"):
            if not self._open:
                refuse("this parenthesis was never opened", token.span)
            self._open.pop()

    def refuse_open(self) -> None:
        if self._open:
            refuse("this parenthesis is never closed", self._open[-1].span)


def _ended(tokens: list[Token]) -> list[Token]:
    last = tokens[-1].span
    after = Span(last.text, last.line, last.column + last.length, 1, last.block)
    return [*tokens, Token(Kind.END, "", after)]
