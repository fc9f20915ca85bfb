"""The generated source of six small models, kept in ``golden/``; and that it depends on the texts of models alone.

To renew the golden files after a deliberate change, and then read their difference::

    DISTANN_RENEW_GOLDEN=1 python -m pytest tests/codegen/test_emit.py
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import distann
from distann.codegen.driver import Generated, Wiring, generate
from distann.codegen.target import PRECISIONS
from distann.model import Neuron, Synapse
from distann.models import Izhikevich, LeakyIntegrator
from distann.models.inputs import PoissonNeuron, SpikeSource
from distann.models.synapses import DefaultRateCodedSynapse, DefaultSpikingSynapse

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
RENEW = bool(os.environ.get("DISTANN_RENEW_GOLDEN"))


def izhikevich() -> Generated:
    """Two projections that differ in their target only."""
    synapse = DefaultSpikingSynapse()
    return generate([Izhikevich()], [Wiring(0, 0, (target,), synapse) for target in ("exc", "inh")])


def lif() -> Generated:
    """Refractory, values of the whole population, bounds, types, an input with and one without an equation."""
    neuron = Neuron(
        parameters="""
            tau = 20.0 : population
            E_L = -60.0
            step = 1 : int
            open = True : bool
        """,
        equations="""
            theta = theta * exp(-dt / tau) + 0.1 : population, init = 1.0
            tau * dv/dt = E_L - v + g_exc - g_inh + theta : exponential, init = E_L, min = -80.0, max = 2 * tau
            5.0 * dg_exc/dt = -g_exc : exponential
            count += step : int
            high = (v > -55.0 and open) or count == 3 : bool
        """,
        spike="v > -50.0",
        reset="v = E_L; count = 0",
        refractory=5.0,
        name="LIF",
    )
    return generate([neuron], [Wiring(0, 0, ("exc", "inh"), DefaultSpikingSynapse(), frozenset({"w"}))])


def coupled() -> Generated:
    """One block of rk4 and one of midpoint, conditionals, an assignment that divides blocks."""
    neuron = Neuron(
        parameters="a = 0.7; b = 0.8; tau = 12.5 : population",
        equations="""
            dv/dt = v - v**3 / 3 - w + I : rk4
            tau * dw/dt = v + a - b * w : rk4
            I = if t > 100.0: if v > 1.0: 0.5 else: 1.0 else: 0.0
            dx/dt = ite(x > y, -x, y**0.5) : midpoint
            dy/dt = -y + 1 / 3 : midpoint   # a real division \\
            r = clip(v, 0.0, 1.0)
        """,
        name="coupled",
    )
    return generate([neuron], [])


def rates() -> Generated:
    """A weighted sum with delay, and a maximum over a part of both sides; single precision; noise."""
    synapse = Synapse(psp="w * pos(pre.r - post.T)", operation="max", name="rectified")
    wirings = [Wiring(0, 0, ("exc",), DefaultRateCodedSynapse()), Wiring(0, 0, ("inh",), synapse)]
    return generate([LeakyIntegrator(noise="Uniform(-0.1, 0.1)")], wirings, precision="float32")


def poisson() -> Generated:
    """Two kernels: the refractory period is the only difference."""
    return generate([PoissonNeuron(), PoissonNeuron(2.0), SpikeSource()], [])


CELL = Neuron(equations="dv/dt = g_ampa + g_nmda * v - v", spike="v > 1.0", reset="v = 0.0", name="cell")
FACILITATING = Synapse(
    parameters="gain = 1.0\nscale = 0.5 : projection\nmost = 2.0 : postsynaptic\nw = 1.0",
    pre_spike="""
        w += 0.1 * gain : max = most
        g_target += scale * w * (post.v - g_target)
    """,
    name="facilitating",
)


def synapses() -> Generated:
    """Parameters of each synapse, of the projection and of the postsynaptic neuron; two targets; a bounded weight."""
    return generate([CELL], [Wiring(0, 0, ("ampa", "nmda"), FACILITATING)])


MODELS = {
    "izhikevich": izhikevich, "lif": lif, "coupled": coupled, "rates": rates, "poisson": poisson, "synapses": synapses,
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_source_is_the_golden_file(name: str) -> None:
    text, path = MODELS[name]().source.text, GOLDEN / f"{name}.cpp"
    if RENEW:
        path.write_text(text)
    assert text == path.read_text(), f"{path} differs; see the head of this file"


def digest() -> str:
    """Of all golden sources; what the other processes print."""
    return hashlib.sha256("".join(make().source.text for make in MODELS.values()).encode()).hexdigest()


def test_other_processes_generate_the_same_bytes() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.codegen.test_emit import digest; print(digest())"
    command = [sys.executable, "-c", code]
    jobs = [
        subprocess.Popen(
            command, env=os.environ | {"PYTHONHASHSEED": seed}, cwd=ROOT, text=True, stdout=subprocess.PIPE
        )
        for seed in ("1", "4711")
    ]
    assert [job.communicate(timeout=60)[0].strip() for job in jobs] == [digest()] * 2


def test_values_of_parameters_do_not_change_the_source() -> None:
    def text(tau: float, noise: float, refractory: float) -> str:
        neurons = [Izhikevich(noise=noise, a=tau), LeakyIntegrator(tau=tau), PoissonNeuron(refractory)]
        return generate(neurons, []).source.text

    assert text(10.0, 0.0, 2.0) == text(-3.5, 1e-300, 0.1)


def test_the_number_of_equal_populations_does_not_change_the_source() -> None:
    one = generate([Izhikevich()], [Wiring(0, 0, ("exc",), DefaultSpikingSynapse())])
    many = generate(
        [Izhikevich(c=-50.0), Izhikevich()],
        [Wiring(pre, post, ("exc",), DefaultSpikingSynapse()) for pre in (0, 1) for post in (0, 1)],
    )
    assert one.source == many.source
    assert len(many.updates) == 2 and many.updates[0] is many.updates[1]
    assert len({id(kernels.transmission) for kernels in many.transmissions}) == 1


def test_the_digest_is_that_of_the_text() -> None:
    source = poisson().source
    assert source.digest == hashlib.sha256(source.text.encode()).hexdigest()


def test_precisions_differ_in_types_and_literals_only() -> None:
    texts = [generate([Izhikevich()], [], precision=name).source.text for name in PRECISIONS]
    double, single = (text.splitlines() for text in texts)
    pairs = [(a, b) for a, b in zip(double, single, strict=True) if a != b]
    assert ("using real = double;", "using real = float;") in pairs
    for a, b in pairs[2:]:
        assert a == b.replace("f ", " ").replace("f;", ";").replace("f)", ")").replace("f,", ",")


# ---- compiled: what only a compiler can tell ------------------------------------------------------------------------

# Names that C++, the structs or the library keep for themselves, and pairs that come close to generated ones.
HARD = (
    "new", "this", "double", "n", "real", "integer", "word", "draw", "field", "Draws", "distann", "math", "random", "k",
    "s", "int64_t", "v_at", "at", "_1", "x_", "_x", "__x", "sum_exc", "constant0", "v_step", "v_increment",
    "v_increment1", "once", "update", "reset", "kernel", "value", "lane", "std", "pre_r", "distann_neurons",
    "class_7___update",
)  # fmt: skip


@pytest.fixture(scope="module", params=["float64", "float32"])
def hard(request: pytest.FixtureRequest) -> tuple[distann.Network, distann.Population, distann.Projection]:
    """A network with hard names of each axis and type, and comments that could end a line early or not."""
    neuron = distann.Neuron(
        parameters="\n".join(f"{name} = {number}.0 : population" for number, name in enumerate(HARD))
        + "\nclass = 7 : int  # é × \\\nfor = True : bool\nauto = 3 : population, int",
        equations="total = "
        + " + ".join(HARD)
        + """  # \\
            union += auto : population, int  # naïve ??/
            third = 1 / 3 + pi  # "quoted" */ \\
            while += class / 2 : int
            if_ = not for or while > 6 : bool
            dchar/dt = -char / tau_ : exponential, init = 1.0
            tau_ = 2.0 + 0.0 * sum(exc) : init = 2.0
            r = ite(if_, 1, 0)
        """,
        name="class 7 é",
    )  # fmt: skip
    synapse = distann.Synapse(
        parameters="s = 3 : int\nunion = True : bool\npost_ = 2.0 : projection\nwhile = 1.5 : postsynaptic",
        psp="ite(union, s * w * post_ * while * pre.r * pi, 0) * post.new",
        name="j",
    )
    net = distann.Network(dt=1.0, seed=1)
    net.config(dtype=request.param)
    population = net.create(3, neuron)
    projection = net.connect(population, population, "exc", synapse).all_to_all(1.0, force_multiple_weights=True)
    population.new = 10.0
    net.compile()
    for _ in range(5):
        net.step()
    return net, population, projection


def test_any_name_can_be_compiled(hard: tuple[distann.Network, distann.Population, distann.Projection]) -> None:
    net, population, projection = hard
    exact = 1e-14 if net._state.options.dtype == "float64" else 1e-6
    assert population.total[0] == sum(range(len(HARD))) + 10.0
    assert population.third[0] == pytest.approx(1 / 3 + np.pi, rel=exact)
    assert population.union == 15
    assert getattr(population, "while").tolist() == [15, 15, 15]  # each time 3.5 more, without what follows the point
    assert population.if_.dtype == bool and population.if_.all()
    assert population.char[0] == pytest.approx(np.exp(-5 / 2.0), rel=5 * exact)
    assert population.sum("exc")[0] == pytest.approx(2 * 3 * 2.0 * 1.5 * np.pi * 10.0, rel=exact)
    assert projection.s[0].dtype == np.int64


def test_a_synapse_with_parameters_of_each_kind() -> None:
    net = distann.Network(dt=0.5, seed=1)
    source = net.create(distann.SpikeSourceArray([[0.0, 1.0, 1.5, 4.0], [1.0, 2.5]]))
    cells = net.create(3, CELL)
    cells.v = np.array([0.25, 0.5, 0.75])
    projection = net.connect(source, cells, ["ampa", "nmda"], FACILITATING).all_to_all(
            1.0, force_multiple_weights=True
        )
    monitor = net.monitor(cells, ["v", "g_ampa", "g_nmda"])
    net.compile()
    projection.gain = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    projection.most = [1.15, 9.0, 2.0]
    projection.scale = 0.25
    net.simulate(6.0)
    found = monitor.get()
    gain, most, w = np.arange(1.0, 7.0).reshape(3, 2), np.array([1.15, 9.0, 2.0]), np.ones((3, 2))
    v = np.array([0.25, 0.5, 0.75])
    for step in range(12):
        g = np.zeros(3)
        for neuron, times in enumerate(([0.0, 1.0, 1.5, 4.0], [1.0, 2.5])):
            if (step - 1) * 0.5 in times:
                g += 0.25 * w[:, neuron] * (v - g)
                w[:, neuron] = np.minimum(w[:, neuron] + 0.1 * gain[:, neuron], most)
        for target in ("g_ampa", "g_nmda"):
            np.testing.assert_allclose(found[target][step], g, rtol=1e-13)
        v = v + 0.5 * (g + g * v - v)
        v = np.where(v > 1.0, 0.0, v)
        np.testing.assert_allclose(found["v"][step], v, rtol=1e-13)
    np.testing.assert_allclose(np.array(list(projection.w)), w, rtol=1e-13)
