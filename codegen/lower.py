"""From models to kernels: statements in the order of a step, masks, bounds, numbered draws, hoisted constants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from distann.codegen import checks
from distann.codegen.draws import Draws
from distann.codegen.hoist import hoist
from distann.codegen.integrators import integrate
from distann.codegen.ir import (
    Assignment,
    Axis,
    Binary,
    Block,
    Call,
    Compare,
    Equation,
    Expression,
    Field,
    InputSum,
    Kernel,
    Let,
    Logic,
    Loop,
    NeuronModel,
    Number,
    Role,
    Select,
    Set,
    Side,
    Statement,
    Symbol,
    SynapseModel,
    Type,
    sum_name,
)
from distann.codegen.scope import Scope
from distann.codegen.symbols import LAST_SPIKE, REFRACTORY_LEFT, accesses
from distann.codegen.tree import constant, rebuild, substitute, symbols

__all__ = ["lower_neuron", "lower_synapse"]

ACTIVE = Symbol("active")  # a reserved name: no model can hide it


# ---- neurons ------------------------------------------------------------------------------------------------------


def lower_neuron(model: NeuronModel, default_method: str) -> Kernel | None:
    """Return the kernel that advances a population by one step; None when nothing changes in it.

    The order inside the step: equations of the whole population, equations of each neuron in the order of the text,
    the spike condition on the new values, the reset of those that spiked (LANGUAGE 2.4, 2.7).
    """
    scope = Scope([field.name for field in model.fields] + ["t", "dt", "pi"])
    draws = Draws(_invariant_names(model))
    body = _body(model, scope, draws, default_method)
    spike = _spike(model, draws)
    draws.leave_loop()
    once = _statements(_of_axis(model, Axis.OBJECT), model, scope, draws, default_method)
    reset = _reset(model, draws)
    if not (once or body) and (spike is None or constant(spike) is False):
        return None
    once, body = hoist(once, body, _invariant_names(model), scope)
    used = _used(once, body, reset, spike).union(*(symbols(rate) for rate in draws.rates))
    return Kernel(
        name=f"{model.name}_update",
        loop=Loop.FOR_EACH_NEURON,
        fields=tuple(field for field in model.fields if field.name in used),
        once=tuple(once),
        body=tuple(body),
        spike=spike,
        reset=tuple(reset),
        uniforms=draws.uniforms,
        normals=draws.normals,
        rates=tuple(draws.rates),
        writes=_written(once, body, reset),
    )


def _body(model: NeuronModel, scope: Scope, draws: Draws, default_method: str) -> list[Let | Set]:
    statements: list[Let | Set] = []
    active: Symbol | None = None
    if model.refractory is not None:
        active = ACTIVE
        left = Symbol(REFRACTORY_LEFT)
        statements.append(Let(active.name, Compare("<=", left, Number(0.0)), Type.BOOL))
        counted = Select(active, left, Binary("-", left, Number(1.0)))
        statements.append(Set(REFRACTORY_LEFT, counted))
    local = _statements(_of_axis(model, Axis.NEURON), model, scope, draws, default_method)
    statements += [_masked(statement, active) for statement in local]
    if model.spiking:
        inputs = (field.name for field in model.fields if field.role is Role.INPUT)
        statements += [Set(name, Number(0.0), f"{name} = 0 (the input of one step)") for name in inputs]
    return statements


def _of_axis(model: NeuronModel, axis: Axis) -> list[Statement]:
    fields = {field.name: field for field in model.fields}
    return [statement for statement in model.equations if fields[statement.name].axis is axis]


def _statements(
    block: Iterable[Statement], model: NeuronModel, scope: Scope, draws: Draws, default_method: str
) -> list[Let | Set]:
    """Consecutive differential equations advance together; an assignment takes effect at once."""
    lowered: list[Let | Set] = []
    together: list[Equation] = []
    for statement in block:
        ready = _ready(statement, draws)
        if isinstance(ready, Equation):
            together.append(ready)
            continue
        lowered += integrate(together, scope, default_method)
        together = []
        lowered.append(Set(ready.name, _assigned(ready), ready.span.text))
    lowered += integrate(together, scope, default_method)
    return [_bounded(statement, _with_bounds_drawn(model.field(statement.name), draws)) for statement in lowered]


def _with_bounds_drawn(field: Field | None, draws: Draws) -> Field | None:
    """Number the draws of the bounds."""
    if field is None or (field.minimum is None and field.maximum is None):
        return field
    low, high = (None if b is None else draws.number(b) for b in (field.minimum, field.maximum))
    return replace(field, minimum=low, maximum=high)


def _ready(statement: Statement, draws: Draws) -> Statement:
    """Number the draws, and read inputs by the names of their fields."""
    if isinstance(statement, Equation):
        return replace(
            statement, left=_named(draws.number(statement.left)), right=_named(draws.number(statement.right))
        )
    return replace(statement, value=_named(draws.number(statement.value)))


def _named(expression: Expression) -> Expression:
    def change(node: Expression) -> Expression:
        return Symbol(sum_name(node.target), span=node.span) if isinstance(node, InputSum) else node

    return rebuild(expression, change)


def _assigned(statement: Assignment) -> Expression:
    if statement.operator == "=":
        return statement.value
    return Binary(statement.operator[0], Symbol(statement.name), statement.value)


def _bounded(statement: Let | Set, field: Field | None) -> Let | Set:
    if isinstance(statement, Let) or field is None:
        return statement
    value = statement.value
    if field.minimum is not None:
        value = Call("maximum", (value, _named(field.minimum)))
    if field.maximum is not None:
        value = Call("minimum", (value, _named(field.maximum)))
    return replace(statement, value=value)


def _masked(statement: Let | Set, active: Symbol | None) -> Let | Set:
    """A refractory neuron keeps its variables; its conductances go on (LANGUAGE 2.4)."""
    if active is None or isinstance(statement, Let) or statement.name.startswith("g_"):
        return statement
    return replace(statement, value=Select(active, statement.value, Symbol(statement.name)))


def _spike(model: NeuronModel, draws: Draws) -> Expression | None:
    if model.spike is None:
        return None
    condition = _named(draws.number(model.spike))
    # The mask is that of the step's beginning: counting down does not end it early.
    return condition if model.refractory is None else Logic("and", ACTIVE, condition)


def _reset(model: NeuronModel, draws: Draws) -> list[Let | Set]:
    statements: list[Let | Set] = [
        Set(statement.name, _named(draws.number(_assigned(statement))), statement.span.text)
        for statement in model.reset
        if isinstance(statement, Assignment)
    ]
    if model.refractory is not None:
        # Whole steps; the small number keeps 0.3 / 0.1 at 3, in single precision too.
        period = _named(draws.number(model.refractory))
        steps = Binary("+", Binary("/", period, Symbol("dt")), Number(1e-4))
        statements.append(Set(REFRACTORY_LEFT, Call("floor", (steps,))))
    if model.field(LAST_SPIKE) is not None:
        statements.append(Set(LAST_SPIKE, Symbol("t")))
    return statements


def _invariant_names(model: NeuronModel) -> set[str]:
    return {field.name for field in model.fields if field.axis is Axis.OBJECT} | {"t", "dt", "pi"}


# ---- synapses -----------------------------------------------------------------------------------------------------


def lower_synapse(
    model: SynapseModel, pre: NeuronModel, post: NeuronModel, targets: tuple[str, ...]
) -> Kernel:
    """Return the kernel that transmits through a projection.

    Parameters
    ----------
    model : SynapseModel
    pre, post : NeuronModel
        The neurons on both sides: their attributes are what ``pre.x`` and ``post.x`` mean.
    targets : tuple of str
        Each receives the same.

    Raises
    ------
    EquationError
        ``pre.x`` or ``post.x`` does not exist, or a target is named twice.
    """
    checks.refuse_same_target(targets)
    inputs = [_input(post, target) for target in targets]
    written = {field.name for field in inputs}
    sides = (field for field in _side_fields(model, pre, post) if field.name not in written)
    fields = [*model.fields, *sides]
    if model.psp is not None:
        return _gather(model, fields, inputs)
    return _deliver(model, fields, inputs)


def _qualified(expression: Expression) -> Expression:
    """``pre.r`` is the field of that name seen from the synapse."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Symbol) and node.side is not None:
            return Symbol(f"{node.side.value}.{node.name}", span=node.span)
        return node

    return rebuild(expression, change)


def _side_fields(model: SynapseModel, pre: NeuronModel, post: NeuronModel) -> list[Field]:
    found = []
    for side, name in accesses(model):
        owner = pre if side is Side.PRE else post
        field = owner.field(name)
        if field is None or field.role is Role.INTERNAL:
            checks.refuse_missing_attribute(side, name, owner, _text_of(model))
        axis = Axis.PRE if side is Side.PRE and field.axis is Axis.NEURON else field.axis
        found.append(replace(field, name=f"{side.value}.{name}", axis=axis, owner=side.value))
    return found


def _text_of(model: SynapseModel) -> tuple[Expression, ...]:
    values = [statement.value for statement in model.pre_spike if isinstance(statement, Assignment)]
    return (*values, *([model.psp] if model.psp is not None else []))


def _input(post: NeuronModel, target: str) -> Field:
    return Field(f"post.{post.input_field(target)}", Axis.NEURON, owner="post")


def _gather(model: SynapseModel, fields: list[Field], inputs: list[Field]) -> Kernel:
    assert model.psp is not None
    psp = _qualified(model.psp)
    used = symbols(psp)
    return Kernel(
        name=f"{model.name}_gather",
        loop=Loop.GATHER_ROWS,
        fields=(*(field for field in fields if field.name in used), *inputs),
        operation=model.operation,
        psp=psp,
        writes=tuple(field.name for field in inputs),
    )


def _deliver(model: SynapseModel, fields: list[Field], inputs: list[Field]) -> Kernel:
    own = {field.name: field for field in model.fields}
    # The transmission comes first, whatever the order of the text (LANGUAGE 2.5).
    ordered = sorted(_assignments(model.pre_spike), key=lambda statement: statement.name != "g_target")
    body: list[Let | Set] = []
    for statement in ordered:
        # With several targets, g_target is each of them in its own statement, and elsewhere the first.
        names = [field.name for field in inputs]
        for name in names if statement.name == "g_target" else names[:1]:
            change = _with_target(statement, name)
            body.append(_bounded_by_flags(change, own.get(change.name)))
    used = _used((), body, (), None)
    return Kernel(
        name=f"{model.name}_deliver",
        loop=Loop.DELIVER_SPIKES,
        # Every variable of a synapse is stored, whether the transmission uses it or not.
        fields=(
            *(f for f in fields if f.name in used or f.axis is Axis.SYNAPSE),
            *(f for f in inputs if f.name in used),
        ),
        body=tuple(body),
        writes=_written((), body, ()),
    )


def _assignments(block: Block) -> list[Assignment]:
    return [statement for statement in block if isinstance(statement, Assignment)]


def _with_target(statement: Assignment, target: str) -> Assignment:
    """Read ``g_target`` as the field of that target, ``pre.x`` and ``post.x`` as theirs."""

    def change(expression: Expression) -> Expression:
        return substitute(_qualified(expression), {"g_target": Symbol(target)})

    flags = tuple(
        replace(flag, value=None if flag.value is None else change(flag.value)) for flag in statement.flags
    )
    name = target if statement.name == "g_target" else statement.name
    return replace(statement, name=name, value=change(statement.value), flags=flags)


def _bounded_by_flags(statement: Assignment, field: Field | None) -> Let | Set:
    change = Set(statement.name, _assigned(statement), statement.span.text)
    if field is None:
        return change
    flags = {flag.name: flag.value for flag in statement.flags}
    bounds = replace(field, minimum=flags.get("min", field.minimum), maximum=flags.get("max", field.maximum))
    return _bounded(change, bounds)


# ---- both ---------------------------------------------------------------------------------------------------------


def _used(
    once: Iterable[Let | Set], body: Iterable[Let | Set], reset: Iterable[Let | Set], spike: Expression | None
) -> set[str]:
    names = set(symbols(spike)) if spike is not None else set()
    for statement in (*once, *body, *reset):
        names |= symbols(statement.value)
        if isinstance(statement, Set):
            names.add(statement.name)
    return names


def _written(
    once: Iterable[Let | Set], body: Iterable[Let | Set], reset: Iterable[Let | Set]
) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.name for s in (*once, *body, *reset) if isinstance(s, Set)))
