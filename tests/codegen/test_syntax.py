"""What texts mean: statements, flags, operators against Python's own, and expressions written out and read again."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distann.codegen.nodes import (
    Assignment,
    Binary,
    Call,
    Compare,
    Derivative,
    Draw,
    Equation,
    Expression,
    InputSum,
    Logic,
    Number,
    Select,
    Side,
    Symbol,
    Unary,
)
from distann.codegen.syntax import (
    DISTRIBUTIONS,
    FUNCTIONS,
    RESERVED,
    format_expression,
    parse_block,
    parse_expression,
    parse_parameters,
)
from distann.codegen.tree import walk

A, B, C, D, ONE, TWO = Symbol("a"), Symbol("b"), Symbol("c"), Symbol("d"), Number(1.0), Number(2.0)
LESS, MORE = Compare("<", A, B), Compare(">", C, D)

EXPRESSIONS: dict[str, Expression] = {
    "1": ONE,
    "1.": ONE,
    ".5": Number(0.5),
    "1e-3": Number(0.001),
    "2.5E+2": Number(250.0),
    "True": Number(True),
    "False": Number(False),
    "+a": A,
    "-a": Unary("-", A),
    "a+b*c": Binary("+", A, Binary("*", B, C)),
    "a-b-c": Binary("-", Binary("-", A, B), C),
    "a/b/c": Binary("/", Binary("/", A, B), C),
    "a**b**c": Binary("**", A, Binary("**", B, C)),
    "a^b": Binary("**", A, B),
    "-a^2": Unary("-", Binary("**", A, TWO)),
    "a**-b": Binary("**", A, Unary("-", B)),
    "-a*b": Binary("*", Unary("-", A), B),
    "a*-b": Binary("*", A, Unary("-", B)),
    "(a+b)*c": Binary("*", Binary("+", A, B), C),
    "a<b": LESS,
    "a is b": Compare("==", A, B),
    "a is not b": Compare("!=", A, B),
    "a<b and c>d": Logic("and", LESS, MORE),
    "a<b or c>d and a<b": Logic("or", LESS, Logic("and", MORE, LESS)),
    "not a<b": Unary("not", LESS),
    "not a<b and c>d": Logic("and", Unary("not", LESS), MORE),
    "a<b<=c": Logic("and", LESS, Compare("<=", B, C)),
    "a<b+1<c": Logic(
        "and", Compare("<", A, Binary("+", B, ONE)), Compare("<", Binary("+", B, ONE), C)
    ),
    "if a<b: c else: d": Select(LESS, C, D),
    "if a<b:c else :d+1": Select(LESS, C, Binary("+", D, ONE)),
    "if a: if b: 1 else: 2 else: c": Select(A, Select(B, ONE, TWO), C),
    "1 + if a: b else: c": Binary("+", ONE, Select(A, B, C)),
    "ite(a<b, c, d)": Select(LESS, C, D),
    "sum(exc)": InputSum("exc"),
    "sum()": InputSum(""),
    "pre.a": Symbol("a", Side.PRE),
    "post . a": Symbol("a", Side.POST),
    "pre.sum(exc)": InputSum("exc", Side.PRE),
    "Uniform(0, 1)": Draw("Uniform", (Number(0.0), ONE)),
    "Normal(a, 2*b)": Draw("Normal", (A, Binary("*", TWO, B))),
    "Normal(1, 2, a, b)": Draw("Normal", (ONE, TWO, A, B)),
    "exp(-a)": Call("exp", (Unary("-", A),)),
    "ln(a)": Call("log", (A,)),
    "abs(a)": Call("fabs", (A,)),
    "pos(a)": Call("positive", (A,)),
    "negative(a)": Call("negative", (A,)),
    "arctan2(a, b)": Call("atan2", (A, B)),
    "power(a, 2)": Binary("**", A, TWO),
    "clip(a, b, c)": Call("clip", (A, B, C)),
    "min(a, b)": Call("minimum", (A, B)),
    "max(a)": Call("max", (A,)),
    "mean(a)": Call("mean", (A,)),
    "a  # b": A,
    "a +\n\n  # nothing\n b": Binary("+", A, B),
    "d_dt / dt_": Binary("/", Symbol("d_dt"), Symbol("dt_")),
    "dt/dtau": Binary("/", Symbol("dt"), Symbol("dtau")),
    "9**9**9": Binary("**", Number(9.0), Binary("**", Number(9.0), Number(9.0))),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression(text: str) -> None:
    assert parse_expression(text, "psp") == EXPRESSIONS[text]


def test_statements_and_their_separators() -> None:
    block = parse_block("a = 1; b += 2 # c = 3\n\n;c -= a\n  * b\nd *= (1 +\n 2)\n\te /= 3;", "reset")
    assert [(s.name, s.operator, s.value) for s in block if isinstance(s, Assignment)] == [
        ("a", "=", ONE),
        ("b", "+=", TWO),
        ("c", "-=", Binary("*", A, B)),
        ("d", "*=", Binary("+", ONE, TWO)),
        ("e", "/=", Number(3.0)),
    ]
    assert parse_block("", "reset") == parse_block("\n # v = 3\n ; ;\n", "reset") == ()


@pytest.mark.parametrize("derivative", ["dv/dt", "dv / dt", "dv /dt", "dv\t/  dt"])
def test_equation(derivative: str) -> None:
    (equation,) = parse_block(f"tau*{derivative} + v = I", "equations")
    assert isinstance(equation, Equation) and equation.name == "v"
    assert equation.left == Binary("+", Binary("*", Symbol("tau"), Derivative("v")), Symbol("v"))
    assert equation.right == Symbol("I")


def test_derivative_on_either_side() -> None:
    for text in ("I = dv/dt", "2*dv/dt + 1 = dv/dt", "dv/dt=-v"):
        (equation,) = parse_block(text, "equations")
        assert isinstance(equation, Equation) and equation.name == "v"


def test_flags() -> None:
    text = "v = if a<b: c else: d : init=-65, min = a, max=Uniform(0, 1),\n  unless_refractory, int, population"
    (statement,) = parse_block(text, "equations")
    assert {flag.name: flag.value for flag in statement.flags} == {
        "init": Unary("-", Number(65.0)),
        "min": A,
        "max": Draw("Uniform", (Number(0.0), ONE)),
        "unless_refractory": None,
        "int": None,
        "population": None,
    }
    assert isinstance(statement, Assignment) and statement.value == Select(LESS, C, D)


@pytest.mark.parametrize(
    ("written", "name"),
    [("runge-kutta4", "rk4"), ("rk4", "rk4"), ("event-driven", "event-driven"), ("exact", "exact")],
)
def test_methods_with_a_hyphen(written: str, name: str) -> None:
    (statement,) = parse_block(f"dv/dt = -v : {written}, init = 1-1", "equations")
    assert [flag.name for flag in statement.flags] == [name, "init"]


def test_flags_on_a_line_of_their_own() -> None:
    (statement,) = parse_block("dv/dt = -v\n  : exponential,\n    init = 1", "equations")
    assert [flag.name for flag in statement.flags] == ["exponential", "init"]


def test_parameters() -> None:
    parameters = parse_parameters("tau = 10.0 : population\nB\nT : postsynaptic, int; w = -2*\n  a\n e = (\n B)")
    assert [(p.name, p.value, [f.name for f in p.flags]) for p in parameters] == [
        ("tau", Number(10.0), ["population"]),
        ("B", Number(0.0), []),
        ("T", Number(0.0), ["postsynaptic", "int"]),
        ("w", Binary("*", Unary("-", TWO), A), []),
        ("e", Symbol("B"), []),
    ]


def test_reserved_names_cannot_be_confused_with_functions() -> None:
    assert {"t", "dt", "t_last", "i", "j", "size", "pi", "if", "Uniform"} <= RESERVED
    assert not RESERVED & FUNCTIONS.keys()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_takes_its_number_of_arguments(name: str) -> None:
    text = f"{name}({', '.join('abc'[: FUNCTIONS[name]])})"
    assert isinstance(parse_expression(text, "psp"), Call | Binary | Select)


# ---- spans ------------------------------------------------------------------------------------------------


def test_every_node_knows_its_place() -> None:
    text = "v = a * (exp(-b) + 1.5)\n   + pre.r < c"
    lines = text.split("\n")
    (statement,) = parse_block(text, "equations")
    assert isinstance(statement, Assignment)
    pieces = {}
    for node in walk(statement.value):
        assert node.span is not None and node.span.text == lines[node.span.line - 1]
        assert node.span.block == "equations"
        pieces[type(node).__name__, node.span.line, node.span.column] = node.span.text[node.span.column :][
            : node.span.length
        ]
    assert pieces["Symbol", 1, 4] == "a"
    assert pieces["Binary", 1, 4] == "a * (exp(-b) + 1.5)"
    assert pieces["Binary", 1, 9] == "exp(-b) + 1.5"
    assert pieces["Call", 1, 9] == "exp(-b)"
    assert pieces["Unary", 1, 13] == "-b"
    assert pieces["Number", 1, 19] == "1.5"
    assert pieces["Binary", 2, 3] == "+"  # from one line to another: the operator
    assert pieces["Symbol", 2, 5] == "pre.r"
    assert pieces["Symbol", 2, 13] == "c"


def test_place_of_statements_and_flags() -> None:
    first, second = parse_block("  a = 1; dv/dt = -v : init=2, runge-kutta4 # x\n", "equations")
    assert (first.span.column, first.span.length) == (2, 5)
    assert (second.span.column, second.span.length) == (9, 33)
    assert [(flag.span.column, flag.span.length) for flag in second.flags] == [(22, 4), (30, 12)]


# ---- against Python ---------------------------------------------------------------------------------------


class Term:
    """A value that records the operations that Python applies to it."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree


for _method, _operator in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}.items():

    def _combine(self: Term, other: Term, operator: str = _operator) -> Term:
        return Term((operator, self.tree, other.tree))

    setattr(Term, f"__{_method}__", _combine)
Term.__neg__ = lambda self: Term(("-", self.tree))  # type: ignore[attr-defined]
Term.__pos__ = lambda self: self  # type: ignore[attr-defined]


def tree(node: Expression) -> Any:
    match node:
        case Symbol(name=name):
            return name
        case Unary(operator=operator, operand=operand):
            return (operator, tree(operand))
        case Binary(operator=operator, left=left, right=right):
            return (operator, tree(left), tree(right))
    raise AssertionError(node)


def arithmetic(source: random.Random, depth: int, leaves: str, operators: list[str]) -> str:
    if depth == 0 or source.random() < 0.1:
        return source.choice(leaves)
    text = arithmetic(source, depth - 1, leaves, operators)
    match source.randrange(6):
        case 0:
            return f"({text})"
        case 1:
            return f"{source.choice('+-')}{text}"
    space = " " * source.randrange(2)
    right = arithmetic(source, depth - 1, leaves, operators)
    return f"{text}{space}{source.choice(operators)}{space}{right}"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_arithmetic_groups_as_in_python(seed: int) -> None:
    text = arithmetic(random.Random(seed), 5, "abc", ["+", "-", "*", "/", "**"])
    expected = eval(text, {name: Term(name) for name in "abc"})
    assert tree(parse_expression(text, "psp")) == expected.tree
    assert tree(parse_expression(text.replace("**", "^"), "psp")) == expected.tree


def truth(source: random.Random, depth: int) -> str:
    match source.randrange(4) if depth else 3:
        case 0:
            return f"not {truth(source, depth - 1)}"
        case 1:
            return f"({truth(source, depth - 1)})"
        case 2:
            return f"{truth(source, depth - 1)} {source.choice(['and', 'or'])} {truth(source, depth - 1)}"
    operands = [arithmetic(source, 2, "123", ["+", "-", "*"]) for _ in range(source.randrange(2, 4))]
    signs = ["<", "<=", ">", ">=", "==", "!="]
    return operands[0] + "".join(f" {source.choice(signs)} {operand}" for operand in operands[1:])


def evaluate(node: Expression) -> Any:
    match node:
        case Number(value=value):
            return value
        case Unary(operator="-", operand=operand):
            return -evaluate(operand)
        case Unary(operand=operand):
            return not evaluate(operand)
        case Logic(operator="and", left=left, right=right):
            return evaluate(left) and evaluate(right)
        case Logic(left=left, right=right):
            return evaluate(left) or evaluate(right)
        case Binary(operator=operator, left=left, right=right) | Compare(
            operator=operator, left=left, right=right
        ):
            return eval(f"x {operator} y", {"x": evaluate(left), "y": evaluate(right)})
    raise AssertionError(node)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_conditions_mean_what_they_mean_in_python(seed: int) -> None:
    text = truth(random.Random(seed), 4)
    assert evaluate(parse_expression(text, "spike")) == eval(text)


# ---- written out ------------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.floats(0, 1e300).map(Number),
    st.booleans().map(Number),
    st.builds(Symbol, st.sampled_from(["a", "v_1", "dt"]), st.sampled_from([None, Side.PRE, Side.POST])),
    st.builds(InputSum, st.sampled_from(["", "exc"]), st.sampled_from([None, Side.PRE])),
)


def composed(part: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    def draw(name: str) -> st.SearchStrategy[Expression]:
        least = 2 if name == "Gamma" else DISTRIBUTIONS[name][0]  # the parser gives the scale that was left out
        return st.lists(part, min_size=least, max_size=DISTRIBUTIONS[name][1]).map(
            lambda arguments: Draw(name, tuple(arguments))
        )

    return st.one_of(
        st.builds(Unary, st.sampled_from(["-", "not"]), part),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**"]), part, part),
        st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), part, part),
        st.builds(Logic, st.sampled_from(["and", "or"]), part, part),
        st.builds(Call, st.sampled_from(["exp", "positive", "isnan"]), st.tuples(part)),
        st.builds(Call, st.sampled_from(["clip"]), st.tuples(part, part, part)),
        st.builds(Select, part, part, part),
        st.sampled_from(sorted(DISTRIBUTIONS)).flatmap(draw),
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.recursive(LEAVES, composed, max_leaves=12))
def test_written_out_and_read_again(expression: Expression) -> None:
    assert parse_expression(format_expression(expression), "psp") == expression


@pytest.mark.parametrize(
    "text",
    [
        "-a**2", "(-a)**2", "a - (b - c)", "a - b - c", "a**b**c", "(a**b)**c", "a / (b * c)", "not a < b",
        "(a < b) == c", "a and (b or c)", "ite(a, b, c) + 1", "0.1 * dv", "a**-b", "-(a * b)",
    ],
)  # fmt: skip
def test_no_more_parentheses_than_needed(text: str) -> None:
    assert format_expression(parse_expression(text, "psp")) == text


def test_derivatives_and_negative_numbers_are_written_out() -> None:
    assert format_expression(Binary("*", Number(-2.0), Derivative("v"))) == "-2 * dv/dt"
    assert format_expression(Binary("**", Number(-2.0), ONE)) == "(-2)**1"
