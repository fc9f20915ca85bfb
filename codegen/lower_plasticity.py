"""What spikes do to synapses: statements of pre_spike and post_spike, and values that relax between events.

A value that relaxes is brought up to date when an event needs it. How many updates it has missed is known without a
time stamp at each synapse: all synapses of a segment have the same presynaptic spikes, and postsynaptic spikes are kept
by neuron until all synapses have seen them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from distann.codegen import checks, synapse_checks
from distann.codegen.analysis import linear_parts, solve_for_derivative
from distann.codegen.draws import Draws
from distann.codegen.hoist import hoist
from distann.codegen.ir import (
    ELAPSED,
    EMITTED,
    PLASTIC,
    SINCE,
    Axis,
    Field,
    Kernel,
    Let,
    Loop,
    Plasticity,
    Set,
    SynapseModel,
)
from distann.codegen.locality import FIXED, T_POST, T_PRE, event_driven
from distann.codegen.nodes import (
    Assignment,
    Binary,
    Call,
    Compare,
    Equation,
    Expression,
    Number,
    Select,
    Statement,
    Symbol,
)
from distann.codegen.rates import Rate
from distann.codegen.scope import Scope
from distann.codegen.sides import qualified_statement
from distann.codegen.statements import assigned, bounded, named, used_names, written_names
from distann.codegen.tree import substitute, symbols

__all__ = ["Spikes", "gated"]

ZERO = Number(0.0)


def gated(statement: Let | Set) -> Let | Set:
    """Weights stay as they are while their plasticity is switched off."""
    if not isinstance(statement, Set) or statement.name != "w":
        return statement
    return replace(statement, value=Select(Symbol(PLASTIC), statement.value, Symbol("w")))


class Spikes:
    """The kernels of one projection that spikes run.

    Parameters
    ----------
    model : SynapseModel
    fields : list of Field
        Of the model, then of both sides.
    inputs : list of Field
    at_once : bool
        Something else reads or changes the synapses in each step, so that post_spike cannot wait.
    """

    def __init__(self, model: SynapseModel, fields: list[Field], inputs: list[Field], at_once: bool) -> None:
        self.model, self.inputs = model, inputs
        self.fields = {field.name: field for field in (*fields, *inputs)}
        self._scope = Scope([*self.fields, "t", "dt", "pi", SINCE, ELAPSED, EMITTED, PLASTIC])
        self._draws = Draws()
        self._draws.leave_loop()
        self.relax_shared = self._relaxed(Axis.SEGMENT, SINCE)
        self.relax = self._relaxed(Axis.SYNAPSE, ELAPSED)
        self.arrival: list[Let | Set] = []
        self.pre = [*self._time_of_emission(), *self._arriving(model.pre_spike, self.arrival)]
        self.emitted: list[Let | Set] = []
        self.records: dict[tuple[str, int], str] = {}
        self.post: list[Let | Set] = []
        self._post_spike()
        self.replayed = bool(self.post) and not at_once and not self._needs_now()

    # ---- kernels --------------------------------------------------------------------------------------------------

    def delivery(self) -> Kernel:
        """Return the kernel of presynaptic spikes, which catches up on postsynaptic ones where these can wait."""
        return self._delivery("deliver", self.arrival, self.pre)

    def axonal(self) -> Kernel | None:
        """Return the kernel of axonal spikes: it brings up to date what it visits, as that of the others does."""
        if not self.model.pre_axon_spike:
            return None
        arrival: list[Let | Set] = []
        return self._delivery("axonal", arrival, self._arriving(self.model.pre_axon_spike, arrival))

    def _delivery(self, name: str, arrival: list[Let | Set], pre: list[Let | Set]) -> Kernel:
        post = self.post if self.replayed else []
        once, parts = self._hoisted(self.relax_shared, self.relax, arrival, pre, post)
        relax_shared, relax, arrival, pre, replayed = parts
        plasticity = Plasticity(
            tuple(relax_shared), tuple(relax), tuple(arrival), tuple(replayed), self.replayed,
            tuple(self.records.values()),
        )  # fmt: skip
        every = (*relax_shared, *relax, *arrival, *pre, *replayed)
        return self._kernel(name, Loop.DELIVER_AND_LEARN, once, pre, every, plasticity)

    def sweep(self, name: str, statements: Iterable[Let | Set], with_post: bool) -> Kernel:
        """Return the kernel of a sweep over all synapses, with what a neuron that has just spiked changes at once."""
        body = self._as_of_now(statements)
        post = self.post if with_post else []
        relaxing = (self.relax_shared, self.relax) if post else ([], [])
        once, (relax_shared, relax, body, post) = self._hoisted(*relaxing, body, post)
        plasticity = Plasticity(
            tuple(relax_shared), tuple(relax), (), tuple(post), False, tuple(self.records.values())
        )  # fmt: skip
        every = (*relax_shared, *relax, *body, *post)
        return self._kernel(name, Loop.SWEEP_SEGMENTS, once, body, every, plasticity)

    @property
    def hurried(self) -> bool:
        """Whether what a postsynaptic spike changes in synapses cannot wait."""
        return bool(self.post) and not self.replayed

    def emission(self) -> Kernel | None:
        """Return the kernel of postsynaptic spikes: what a neuron's synapses share, and what they must remember."""
        if not self.emitted:
            return None
        once, (emitted,) = self._hoisted(self.emitted)
        names = used_names(once, emitted, (), None)
        return Kernel(
            name=f"{self.model.name}_emission",
            loop=Loop.ON_POST_SPIKE,
            fields=tuple(field for field in self.fields.values() if field.name in names),
            once=tuple(once),
            body=tuple(emitted),
            plasticity=Plasticity(records=tuple(self.records.values())),
            writes=written_names(once, emitted, ()),
        )

    def _as_of_now(self, statements: Iterable[Let | Set]) -> list[Let | Set]:
        """Let statements of each step see what relaxes as it is now."""
        statements = list(statements)
        read = used_names((), statements, (), None)
        now = {
            s.name: Let(self._scope.fresh(f"{s.name} now"), s.value)
            for s in (*self.relax_shared, *self.relax)
            if s.name in read
        }
        by = {name: Symbol(let.name) for name, let in now.items()}
        return [*now.values(), *(replace(s, value=substitute(s.value, by)) for s in statements)]

    def _kernel(
        self,
        name: str,
        loop: Loop,
        once: Iterable[Let | Set],
        body: Iterable[Let | Set],
        every: tuple[Let | Set, ...],
        plasticity: Plasticity,
    ) -> Kernel:
        used = used_names(once, every, (), None)
        stored = (Axis.SYNAPSE, Axis.SEGMENT)
        return Kernel(
            name=f"{self.model.name}_{name}",
            loop=loop,
            fields=tuple(f for f in self.fields.values() if f.name in used or f.axis in stored),
            once=tuple(once),
            body=tuple(body),
            plasticity=plasticity,
            writes=written_names((), every, ()),
        )

    def _hoisted(self, *parts: Iterable[Let | Set]) -> tuple[list[Let | Set], list[list[Let | Set]]]:
        """Compute once a step what depends on nothing but the projection."""
        objects = {field.name for field in self.fields.values() if field.axis is Axis.OBJECT}
        lists = [list(part) for part in parts]
        joined = [statement for part in lists for statement in part]
        once, done = hoist([], joined, objects | {"dt", "pi"}, self._scope)
        moved = {statement.name for statement in once}
        rest, found = iter(done), []
        for part in lists:
            kept = [s for s in part if not (isinstance(s, Let) and s.name in moved)]
            found.append([next(rest) for _ in kept])
        return once, found

    # ---- values that relax ----------------------------------------------------------------------------------------

    def _relaxed(self, axis: Axis, missed: str) -> list[Let | Set]:
        """Return how event-driven values of an axis change in a number of updates without an event."""
        equations = [s for s in self.model.equations if event_driven(s) and self.fields[s.name].axis is axis]
        relaxed: list[Let | Set] = []
        for equation in equations:
            assert isinstance(equation, Equation)
            change = Set(equation.name, self._after(equation, Symbol(missed)), equation.span.text)
            relaxed.append(bounded(change, self.fields[equation.name]))
        return relaxed

    def _after(self, equation: Equation, missed: Symbol) -> Expression:
        solved = solve_for_derivative(equation)
        if solved is None:
            checks.refuse_nonlinear_derivative(equation)
        coefficient, numerator = solved
        parts = linear_parts(numerator, equation.name)
        if parts is None or equation.name in symbols(coefficient):
            checks.refuse_nonlinear(equation, "event-driven")
        synapse_checks.refuse_changing_decay(equation, self.fields)
        rate, rest = parts
        unit = Rate(equation, "event-driven", coefficient, numerator).step
        decay = Binary("*", missed, Binary("*", unit, rate))
        if rest == ZERO:
            return Binary("*", Symbol(equation.name), Call("exp", (decay,)))
        step = Binary("*", Binary("*", missed, unit), Call("expm1_over", (decay,)))
        return Binary("+", Symbol(equation.name), Binary("*", step, numerator))

    # ---- presynaptic spikes ---------------------------------------------------------------------------------------

    def _time_of_emission(self) -> list[Let | Set]:
        """Let ``t_pre`` be known to a segment, or return what tells it to each synapse, where each has its own."""
        if T_PRE not in self.fields:
            return []
        if self.fields[T_PRE].axis is Axis.SEGMENT:
            self.arrival.append(Set(T_PRE, Symbol(EMITTED)))
            return []
        now = Let(self._scope.fresh("emitted now"), Symbol(EMITTED))
        self.arrival.append(now)
        return [Set(T_PRE, Symbol(now.name))]

    def _arriving(self, block: Iterable[Statement], arrival: list[Let | Set]) -> list[Let | Set]:
        """Return what a spike changes in each synapse; `arrival` grows by what it does once for its segment.

        The transmission comes first, whatever the order of the text (LANGUAGE 2.5).
        """
        pre: list[Let | Set] = []
        seen: dict[tuple[str, int], str] = {}
        for statement in sorted(_assignments(block), key=lambda s: s.name != "g_target"):
            names = [field.name for field in self.inputs]
            for target in names if statement.name == "g_target" else names[:1]:
                change = self._change(statement, target)
                if self.fields[change.name].axis is Axis.SEGMENT:
                    arrival.append(change)
                else:
                    pre.append(gated(self._remembering(change, Axis.SEGMENT, arrival, seen)))
        return pre

    def _change(self, statement: Assignment, target: str) -> Set:
        ready = qualified_statement(statement, target)
        assert isinstance(ready, Assignment)
        value = named(self._draws.number(assigned(ready)))
        if any(flag.name == "unless_post" for flag in statement.flags):
            together = Compare("==", Symbol(T_PRE), Symbol(T_POST))
            value = Select(together, Symbol(ready.name), value)
        change = Set(ready.name, value, statement.span.text)
        own = self.model.field(ready.name)
        if own is None:
            return change
        flags = {flag.name: flag.value for flag in ready.flags}
        bounds = (flags.get("min", own.minimum), flags.get("max", own.maximum))
        low, high = (None if bound is None else self._draws.number(bound) for bound in bounds)
        done = bounded(change, replace(own, minimum=low, maximum=high))
        assert isinstance(done, Set)
        return done

    def _remembering(
        self, change: Set, axis: Axis, before: list[Let | Set], seen: dict[tuple[str, int], str]
    ) -> Set:
        """Let a synapse's statement read values of another axis as they were when the text came to it."""
        by: dict[str, Expression] = {}
        inputs = {field.name for field in self.inputs}
        for name in sorted((symbols(change.value) & self.fields.keys()) - inputs):
            if self.fields[name].axis is not axis or self.fields[name].role in FIXED:
                continue
            version = sum(isinstance(s, Set) and s.name == name for s in before)
            if (name, version) not in seen:
                let = Let(self._scope.fresh(f"{name} seen{version}"), Symbol(name))
                before.append(let)
                seen[name, version] = let.name
            by[name] = Symbol(seen[name, version])
        return replace(change, value=substitute(change.value, by))

    # ---- postsynaptic spikes --------------------------------------------------------------------------------------

    def _post_spike(self) -> None:
        if T_POST in self.fields:
            self.emitted.append(Set(T_POST, Symbol("t")))
        for statement in _assignments(self.model.post_spike):
            for target in [field.name for field in self.inputs][: None if statement.name == "g_target" else 1]:
                change = self._change(statement, target)
                if self.model.field(change.name) is not None and self.fields[change.name].axis is Axis.NEURON:
                    self.emitted.append(change)
                else:
                    remembered = self._remembering(change, Axis.NEURON, self.emitted, self.records)
                    remembered = self._remembering(remembered, Axis.OBJECT, self.emitted, self.records)
                    self.post.append(gated(remembered))

    def _needs_now(self) -> bool:
        """Tell whether post_spike touches what only the present knows."""
        inputs = {field.name for field in self.inputs}
        names = used_names((), self.post, (), None)
        return any(name in inputs or self.fields[name].axis is Axis.PRE for name in names & self.fields.keys())


def _assignments(block: Iterable[Statement]) -> list[Assignment]:
    return [statement for statement in block if isinstance(statement, Assignment)]
