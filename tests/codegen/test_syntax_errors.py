"""Every way to write nonsense: what is said, and the exact place of the caret."""

from __future__ import annotations

import pytest

from distann.codegen.syntax import parse_block, parse_expression, parse_parameters
from distann.errors import EquationError


def under_the_caret(error: EquationError) -> str:
    return error.text[error.column : error.column + error.length]


# Text, reason, what the caret underlines (after the marker's position in the text: «»), suggestion.
BLOCKS = [
    ("v = «(»a + b", "never closed", ""),
    ("v = exp«(»a\nu = 3", "never closed", ""),
    ("v = «(»(a) + (b)\n + c; u = 3", "never closed", ""),
    ("v = a«)» + b", "never opened", ""),
    ("v = u «=» 3", "only one assignment", "=="),
    ("v += u «*=» 3", "only one assignment", "=="),
    ("v = (u «=» 3)", "only one assignment", "=="),
    ("(v «=» 3)", "inside parentheses", "=="),
    ("v = if a: b «=» c else: d", "inside an expression", "=="),
    ("dv/dt = -v : «exponental»", "unknown flag 'exponental'", "did you mean 'exponential'?"),
    ("dv/dt = -v : «runge-kutta5»", "unknown flag 'runge-kutta5'", "did you mean 'runge-kutta4'?"),
    ("v = 3 : «oddity»=4", "unknown flag 'oddity'", ""),
    ("v = 3 : init=0, «zzz»", "unknown flag", "population, projection"),
    ("v = 3 : init=1, min=0, «init»=2", "given twice", "remove"),
    ("dv/dt = 3 : rk4, «exact»", "contradict", "remove"),
    ("v = 3 : int, «float»", "contradict", "remove"),
    ("v = 3 : population, «postsynaptic»", "contradict", "remove"),
    ("v = 3 «:»", "a flag is expected after ':'", ""),
    ("v = 3 : init=0«,»", "a flag is expected after ','", ""),
    ("v = 3 «:» 4", "a flag is expected after ':'", ""),
    ("v = 3 : «init»", "needs a value", "init = 0"),
    ("v = 3 : init «=»", "an operand is expected after '='", ""),
    ("v = 3 : «int»=4", "takes no value", "write int"),
    ("v = 3 : init=4 «:» int", "flags follow one ':'", "comma"),
    ("v = 3 : init=«dv/dt»", "only in equations", ""),
    ("v = 3 : int «float»", "an operator is expected", ""),
    ("v = a «+»", "an operand is expected after '+'", ""),
    ("v = a «+» * b", "an operand is expected after '+'", ""),
    ("v = a «+»\nu = 3", "an operand is expected after '+'", ""),
    ("v «=»", "an operand is expected after '='", ""),
    ("«=» 3", "a name is expected before '='", ""),
    ("v = a «and» or b", "an operand is expected after 'and'", ""),
    ("v = exp«(»* a)", "an operand is expected after '('", ""),
    ("v = a «/»/ b", "an operand is expected after '/'", "floor(a / b)"),
    ("v «=»> 3", "an operand is expected after '='", ">="),
    ("v = clip(a«,» , b)", "an operand is expected after ','", ""),
    ("v = a «b»", "an operator is expected between 'a' and 'b'", "a * b"),
    ("v = 2«v»", "an operator is expected between '2' and 'v'", "2 * v"),
    ("v = 1«ex»", "an operator is expected between '1' and 'ex'", "1 * ex"),
    ("v = 1.2«.3»", "an operator is expected between '1.2' and '.3'", ""),
    ("v = a\n«u» == 3", "an operator is expected between 'a' and 'u'", "continues the line above"),
    ("v = a «if» b else c", "in front", "if condition"),
    ("v = «if» a: b", "needs an 'else'", "if condition"),
    ("v = «if» a", "':' is expected", "if condition"),
    ("v = «if» a: b else", "':' is expected after 'else'", "if condition"),
    ("v = «if» a: b : init=3", "needs an 'else'", "if condition"),
    ("v = if a: b «c» else: d", "an operator is expected between 'b' and 'c'", ""),
    ("«if» a: v = 3", "an assignment is expected", "name = if condition"),
    ("«v» == 3", "an assignment is expected", "name = value"),
    ("v = 1; «u» + 2", "an assignment is expected", "name = value"),
    ("«3» = v", "only a name can be assigned", "name = value"),
    ("«a + b» = v", "only a name can be assigned", "name = value"),
    ("«pre.r» = v", "'pre.r' cannot be assigned here", ""),
    ("«sum(exc)» = v", "'sum(exc)' cannot be assigned here", ""),
    ("«True» = v", "only a name can be assigned", ""),
    ("dv/dt = -v + «du/dt»", "one derivative; here are dv/dt and du/dt", "one equation for each"),
    ("dv/dt «+=» 3", "is written with '=', not '+='", ""),
    ("v = «sin2»(a)", "unknown function 'sin2'", "did you mean 'sin'?"),
    ("v = «weight»(a + b)", "unknown function 'weight'", "weight * (...)"),
    ("v = «uniform»(0, 1)", "unknown function 'uniform'", "did you mean 'Uniform'?"),
    ("v = «exp(a, b)»", "exp() takes 1 argument, not 2", ""),
    ("v = «clip(a)»", "clip() takes 3 arguments, not 1", ""),
    ("v = «Uniform(0)»", "Uniform() takes 2 arguments, not 1", ""),
    ("v = «Normal(0, 1, 2, 3, 4)»", "Normal() takes 2 to 4 arguments, not 5", ""),
    ("v = «max(a, b, c)»", "max() takes 1 or 2 arguments, not 3", ""),
    ("v = «exp()»", "exp() takes 1 argument, not 0", ""),
    ("v = sum(exc «+» inh)", "name of one target", "sum(exc)"),
    ("v = «sum» + 1", "name of one target", "sum(exc)"),
    ("v = «pre» + 1", "a name is expected after 'pre.'", "pre.r"),
    ("v = «post».3", "a name is expected after 'post.'", "post.r"),
    ("v = x«.»y", "'x.' has no meaning", "pre.name"),
    ("v = pre.«exp»(3)", "'pre.exp' is not a function", "pre.sum(target)"),
    ("v = a == «not» b", "'not' needs parentheses", "(not ...)"),
    ("v = a < «Uniform(0, 1)» < b", "middle of a chain", "a < b and b < c"),
    ("v = «1e999»", "too large", "1.8e308"),
    ("v = a «&»& b", "unexpected character '&'", "write and."),
    ("v = «!»a", "unexpected character '!'", "write not."),
    ("v = a «%» b", "unexpected character '%'", "modulo"),
    ("v«'» = -v", "unexpected character", "dv/dt"),
    ("v = a«[»0]", "unexpected character '['", "parentheses"),
    ('v = «"»""a"""', "unexpected character", ""),
    ("v = «\\»", "unexpected character", ""),
    ("v = a «−» b", "'−' (MINUS SIGN)", "write -."),
    ("v = a«²»", "(SUPERSCRIPT TWO)", "write **2."),
    ("«τ» = 3", "(GREEK SMALL LETTER TAU)", "write tau."),
    ("v = «а»", "(CYRILLIC SMALL LETTER A)", "a-z"),
    ("v = «ｅ»xp(a)", "(FULLWIDTH LATIN SMALL LETTER E)", "write e."),
    ("v =«\N{NO-BREAK SPACE}»3", "(NO-BREAK SPACE)", "ordinary space"),
    ("v = «\0»", "unexpected character '\\x00'", ""),
    ("u = 1\n\nv = 2 # (\n  * «?»", "unexpected character '?'", ""),
]


def checked(error: EquationError, marked: str, reason: str, suggestion: str, block: str) -> None:
    before, piece, _ = marked.replace("«", "»").split("»")
    lines = before.split("\n")
    plain = marked.replace("«", "").replace("»", "")
    assert reason in error.reason
    assert suggestion in error.suggestion and bool(suggestion) <= bool(error.suggestion)
    assert (error.line, error.column) == (len(lines), len(lines[-1]))
    assert under_the_caret(error) == piece
    assert error.text == plain.split("\n")[len(lines) - 1]
    assert error.block == block


@pytest.mark.parametrize(("marked", "reason", "suggestion"), BLOCKS)
def test_block(marked: str, reason: str, suggestion: str) -> None:
    with pytest.raises(EquationError) as caught:
        parse_block(marked.replace("«", "").replace("»", ""), "equations")
    checked(caught.value, marked, reason, suggestion, "equations")


@pytest.mark.parametrize(
    ("marked", "reason", "suggestion"),
    [
        ("tau «+=» 3", "is written with '=', not '+='", ""),
        ("tau = «dv/dt»", "only in equations", ""),
        ("«dv/dt» = 3", "only in equations", ""),
        ("tau = 3 : «init»=3", "'init' has no meaning for a parameter", "remove"),
        ("tau : «exponential»", "'exponential' has no meaning for a parameter", "remove"),
        ("«a», b", "an assignment is expected", ""),
        ("«3»", "an assignment is expected", ""),
        ("«True»", "only a name can be assigned", ""),
        ("tau = 3 «4»", "an operator is expected between '3' and '4'", ""),
        ("a = «(»1\nb = 2", "never closed", ""),
    ],
)
def test_parameters(marked: str, reason: str, suggestion: str) -> None:
    with pytest.raises(EquationError) as caught:
        parse_parameters(marked.replace("«", "").replace("»", ""))
    checked(caught.value, marked, reason, suggestion, "parameters")


@pytest.mark.parametrize(
    ("marked", "reason", "suggestion"),
    [
        ("v «=» 3", "a condition is expected", "write =="),
        ("v > 3 «;» u < 2", "one expression is expected", ""),
        ("v > 3 «:» population", "':' has no meaning here", ""),
        ("«dv/dt» > 3", "only in equations", ""),
        ("«*» 3", "an operand is expected before '*'", ""),
        ("v «>»", "an operand is expected after '>'", ""),
        ("«(»v > 3", "never closed", ""),
        ("v > 3«)»", "never opened", ""),
    ],
)
def test_expression(marked: str, reason: str, suggestion: str) -> None:
    with pytest.raises(EquationError) as caught:
        parse_expression(marked.replace("«", "").replace("»", ""), "spike")
    checked(caught.value, marked, reason, suggestion, "spike")


@pytest.mark.parametrize("text", ["", "  \n ", "\r\n", "# v > 3"])
def test_nothing(text: str) -> None:
    with pytest.raises(EquationError, match="an expression is expected"):
        parse_expression(text, "spike")


def test_the_message_shows_the_line_and_a_caret() -> None:
    with pytest.raises(EquationError) as caught:
        parse_block("v = 1\ndv/dt = -v : exponental", "equations")
    assert str(caught.value).split("\n") == [
        "equations, line 2: unknown flag 'exponental'",
        "    dv/dt = -v : exponental",
        "                 ^^^^^^^^^^",
        "did you mean 'exponential'?",
    ]
