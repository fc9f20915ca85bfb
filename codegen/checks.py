"""Every refusal of a model that can be read but makes no sense, in one flat list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from distann.codegen.ir import Axis, Field, NeuronModel, Role
from distann.codegen.nodes import Assignment, Block, Call, Draw, Equation, Expression, InputSum, Span, Statement, Symbol
from distann.codegen.rates import Rate
from distann.codegen.tree import symbols, walk
from distann.codegen.units import check_units
from distann.codegen.vocabulary import FUNCTIONS, GLOBAL_OPERATIONS, RESERVED
from distann.errors import EquationError, closest

METHODS = ("explicit", "exponential", "semiimplicit", "implicit", "midpoint", "rk4", "exact", "milstein")
NETWORK_NAMES = ("t", "dt", "pi")
QUANTILES = ("gamma", "binomial", "poisson")  # functions of a uniform draw, see `draws`


def refuse(reason: str, span: Span | None, suggestion: str = "") -> NoReturn:
    """Raise the `EquationError` that shows `span`."""
    if span is None:
        raise EquationError(reason, suggestion=suggestion)
    raise EquationError(
        reason, text=span.text, line=span.line, column=span.column, length=span.length, block=span.block,
        suggestion=suggestion,
    )  # fmt: skip


# ---- both ---------------------------------------------------------------------------------------------------------


def refuse_defined_twice(fields: Iterable[Field]) -> None:
    """Every parameter and variable has one definition, under a name that is free."""
    seen: dict[str, Field] = {}
    for field in fields:
        reserved = field.name in RESERVED or field.name in FUNCTIONS or field.name in GLOBAL_OPERATIONS
        if reserved and field.span is not None:  # what distann itself declares has no span
            refuse(f"'{field.name}' is a reserved name", field.span, "choose another name for it.")
        if field.name in seen:
            first = seen[field.name].span
            where = f" (first in {first.block}, line {first.line})" if first else ""
            refuse(f"'{field.name}' is defined twice{where}", field.span, "keep one definition.")
        seen[field.name] = field


def refuse_unknown(expression: Expression, known: Iterable[str]) -> None:
    """Every own name is a parameter, a variable or a name of the language."""
    names = [*known, *NETWORK_NAMES]
    for node in walk(expression):
        if isinstance(node, Symbol) and node.side is None and node.name not in names:
            if node.name == "xi":
                refuse("white noise xi stands in differential equations", node.span, "use Normal(0, 1) here.")
            listed = ", ".join(sorted({name for name in names if name.isidentifier()}))
            hint = closest(node.name, names) or f"known names: {listed}."
            refuse(f"unknown name '{node.name}'", node.span, hint)
        if isinstance(node, Call) and node.function in GLOBAL_OPERATIONS:
            refuse(
                f"{node.function}() over a whole population has no meaning here", node.span,
                "for the larger or smaller of two values write maximum(a, b) or minimum(a, b).",
            )  # fmt: skip


def refuse_variables_in_initial(field: Field, fields: tuple[Field, ...]) -> None:
    """An initial value may be computed from what is declared before it, that of a variable from all parameters."""
    if field.initial is None:
        return
    names = [other.name for other in fields]
    later = {
        other.name
        for other in fields[names.index(field.name) :]
        if field.role is Role.PARAMETER or other.role is not Role.PARAMETER
    }
    for node in walk(field.initial):
        if isinstance(node, InputSum) or (isinstance(node, Symbol) and (node.side is not None or node.name == "t")):
            refuse("an initial value is computed before the first step", node.span, "use parameters.")
        if isinstance(node, Symbol) and node.name in later:
            reason = f"'{node.name}' has no value yet when '{field.name}' gets its first"
            refuse(reason, node.span, "declare it before.")
        if isinstance(node, Draw) and node.distribution == "Poisson":
            refuse("Poisson counts are drawn in equations only", node.span, "use another distribution, or a number.")
    refuse_unknown(field.initial, names)


# ---- neurons ------------------------------------------------------------------------------------------------------


def check_neuron(model: NeuronModel) -> None:
    """Refuse what a neuron cannot be."""
    known = [field.name for field in model.fields if field.name.isidentifier()]
    known += [reduction.name for reduction in model.reductions]
    for expression in _computed(model):
        refuse_unknown(expression, known)
        refuse_sides(expression)
    for field in model.fields:
        refuse_variables_in_initial(field, model.fields)
    for statement in model.equations:
        _check_method(statement)
        refuse_flags(statement, ("projection", "postsynaptic", "unless_post"))
        _check_object_equation(statement, model)
    for statement in model.reset + model.axon_reset:
        _check_reset(statement, model)
    _check_rate(model)
    check_units(model.statements, model.conditions, model.fields, model.reductions)


def _computed(model: NeuronModel) -> list[Expression]:
    """Return all that a neuron computes."""
    statements = [expression for expression, _ in all_expressions(model.statements)]
    return [*statements, *model.conditions, *([] if model.refractory is None else [model.refractory])]


def all_expressions(block: Block) -> list[tuple[Expression, Statement]]:
    """Return what a block computes, bounds included, and in which statement."""
    found: list[tuple[Expression, Statement]] = []
    for statement in block:
        sides = (statement.left, statement.right) if isinstance(statement, Equation) else (statement.value,)
        bounds = [flag.value for flag in statement.flags if flag.value is not None and flag.name != "init"]
        found += [(expression, statement) for expression in (*sides, *bounds)]
    return found


def refuse_sides(expression: Expression) -> None:
    """Only synapses have sides."""
    for node in walk(expression):
        if isinstance(node, Symbol | InputSum) and node.side is not None:
            refuse(
                f"'{node.side.value}.' has no meaning in a neuron",
                node.span,
                "only synapses have a pre and a post side.",
            )


def _check_method(statement: Statement) -> None:
    for flag in statement.flags:
        if flag.name == "event-driven":
            refuse(
                f"the method '{flag.name}' is not available here",
                flag.span,
                f"choose one of {', '.join(METHODS)}.",
            )
        if flag.name in METHODS and isinstance(statement, Assignment):
            refuse(
                f"'{flag.name}' is a method for differential equations",
                flag.span,
                "remove it, or write d<name>/dt = ...",
            )


def refuse_flags(statement: Statement, wrong: tuple[str, ...]) -> None:
    """Some flags mean something elsewhere only."""
    for flag in statement.flags:
        if flag.name in wrong:
            refuse(f"'{flag.name}' has no meaning here", flag.span, "remove it.")


def _check_object_equation(statement: Statement, model: NeuronModel) -> None:
    """One value for the whole population cannot depend on a value of each neuron."""
    target = model.field(statement.name)
    if target is None or target.axis is not Axis.OBJECT:
        return
    local = {field.name for field in model.fields if field.axis is Axis.NEURON}
    for expression, owner in all_expressions((statement,)):
        for name in sorted(symbols(expression) & local):
            node = next(n for n in walk(expression) if isinstance(n, Symbol) and n.name == name)
            refuse(
                f"'{owner.name}' is one value for the population, but '{name}' has one for each neuron", node.span,
                f"remove the flag 'population' of '{owner.name}'.",
            )  # fmt: skip
        _refuse_inputs(expression)


def _refuse_inputs(expression: Expression) -> None:
    for node in walk(expression):
        if isinstance(node, InputSum):
            refuse("an input has one value for each neuron", node.span, "remove the flag 'population'.")


def _check_reset(statement: Statement, model: NeuronModel) -> None:
    if isinstance(statement, Equation):
        refuse("a reset is made of assignments", statement.span, "write name = value.")
    field = model.field(statement.name)
    if field is None:
        names = [field.name for field in model.fields]
        refuse(f"unknown name '{statement.name}'", statement.span, closest(statement.name, names))
    if field.role is Role.PARAMETER:
        refuse(
            f"'{statement.name}' is a parameter: nothing may change it while the network runs", statement.span,
            "declare it in the equations.",
        )  # fmt: skip
    if field.axis is Axis.OBJECT:
        refuse(f"a spike of one neuron cannot change '{statement.name}' of the population", statement.span)


def _check_rate(model: NeuronModel) -> None:
    rate = model.field("r")
    if not model.spiking and rate is None:
        raise EquationError(
            "a rate-coded neuron needs the variable 'r'", suggestion="add for instance: r = pos(v)"
        )
    if model.spiking and rate is not None and rate.role is not Role.RATE:
        refuse(
            "'r' is a reserved name: the mean firing rate of a spiking neuron",
            rate.span,
            "choose another name for it.",
        )
    for node in (node for expression in _computed(model) for node in walk(expression)):
        if isinstance(node, InputSum) and model.spiking:
            refuse("sum() is the input of a rate-coded neuron", node.span, f"write g_{node.target or 'exc'}.")


def refuse_reduction(call: Call, in_synapse: bool) -> NoReturn:
    """An operation over the population is one over a variable."""
    if in_synapse:
        refuse(
            f"{call.function}() is taken over a population, not over synapses: it takes pre.x or post.x", call.span,
            f"write for instance {call.function}(pre.r); for the larger or smaller of two values maximum(a, b) or "
            "minimum(a, b).",
        )  # fmt: skip
    refuse(
        f"{call.function}() takes the name of a parameter or variable that each neuron has", call.span,
        "give what stands in it a name of its own; for the larger or smaller of two values write maximum(a, b).",
    )  # fmt: skip


# ---- methods ------------------------------------------------------------------------------------------------------


def refuse_nonlinear_derivative(equation: Equation) -> NoReturn:
    """The derivative itself must occur linearly."""
    refuse(
        f"this cannot be solved for d{equation.name}/dt", equation.span, f"write d{equation.name}/dt = ..."
    )


def _place_of(method: str, equation: Equation) -> Span:
    """Return where the user chose a method: the flag, or the equation if it is the default."""
    return next((flag.span for flag in equation.flags if flag.name == method), equation.span)


def refuse_nonlinear(equation: Equation, method: str) -> NoReturn:
    """Exponential and semi-implicit steps need ``dx/dt = A x + B``."""
    refuse(
        f"the method '{method}' needs an equation that is linear in '{equation.name}'",
        _place_of(method, equation),
        "use midpoint, rk4 or explicit.",
    )


def refuse_not_linear(equation: Equation, others: Iterable[str], method: str) -> NoReturn:
    """The exact and the implicit step are those of a linear system."""
    block = ", ".join(f"'{name}'" for name in others)
    refuse(
        f"the method '{method}' needs an equation that is linear in {block}, "
        "with coefficients that none of them changes",
        _place_of(method, equation),
        "use exponential, midpoint or rk4.",
    )


def refuse_no_slope(equation: Equation, change: Expression, names: Iterable[str]) -> None:
    """Newton's method needs derivatives; quantile functions of distributions have none here."""
    for node in walk(change):
        if isinstance(node, Call) and node.function in QUANTILES:
            for name in (name for name in names if name in symbols(node)):
                refuse(
                    f"the method 'implicit' needs the derivative in '{name}', "
                    f"and a random number whose distribution depends on it has none",
                    _place_of("implicit", equation), "assign the random number to a variable of its own before.",
                )  # fmt: skip


# ---- noise --------------------------------------------------------------------------------------------------------


def refuse_nonlinear_noise(equation: Equation) -> NoReturn:
    """White noise has no square and no logarithm."""
    refuse("white noise xi must occur linearly", equation.span, "write ... + factor * xi.")


def refuse_noisy_events(equation: Equation) -> None:
    """What is computed at events only has no path between them."""
    if any(isinstance(node, Draw) and node.distribution == "xi" for node in walk(equation.right)):
        hint = "use exponential, which computes every step."
        refuse("the method 'event-driven' does not admit white noise xi", _place_of("event-driven", equation), hint)


def refuse_spreading_noise(equation: Equation, other: str) -> NoReturn:
    """The values that one noise reaches are correlated; the exact step has the variance of each only."""
    refuse(
        f"the method 'exact' does not fit: the noise of '{equation.name}' reaches '{other}' in the same step",
        _place_of("exact", equation), f"use exponential for '{equation.name}' and '{other}'.",
    )  # fmt: skip


def refuse_multiplied_noise(equation: Equation, other: str) -> NoReturn:
    """Only noise of a constant strength has an exact step."""
    refuse(
        f"the method 'exact' does not fit: the noise of '{equation.name}' is multiplied by '{other}'",
        _place_of("exact", equation), "use exponential or milstein.",
    )  # fmt: skip


def refuse_shared_noise(rate: Rate, noisy: Iterable[str]) -> None:
    """Milstein's correction is that of noise which depends on its own variable only."""
    others = set(noisy) - {rate.name}
    span = _place_of("milstein", rate.equation)
    if rate.name in symbols(rate.coefficient):
        refuse("the method 'milstein' needs a derivative without a factor that changes", span, "use explicit.")
    for factor, _ in rate.noise:
        for name in sorted(symbols(factor) & others):
            reason = f"the noise of '{rate.name}' depends on '{name}', which has noise of its own"
            refuse(f"the method 'milstein' does not fit: {reason}", span, "use explicit.")
    if len(rate.noise) > 1 and any(rate.name in symbols(factor) for factor, _ in rate.noise):
        refuse("the method 'milstein' needs one xi an equation", span, "use explicit, or one xi.")


def refuse_mixed_methods(equation: Equation, other: str, method: str) -> NoReturn:
    """Stages of two methods cannot be interleaved."""
    refuse(
        f"'{equation.name}' ({method}) depends on '{other}', which is integrated by another method in stages",
        equation.span,
        "give both the same method.",
    )
