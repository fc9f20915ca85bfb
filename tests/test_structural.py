"""Structural plasticity: synapses that rules and scripts make and remove, against a slow model of all pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from distann import (
    ConfigurationError,
    Creating,
    DiscreteUniform,
    EquationError,
    Network,
    Neuron,
    NotCompiledError,
    Projection,
    Pruning,
    Synapse,
    Uniform,
    UnsupportedError,
)
from tests.reference.structural import Pairs

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

SEED = 11
UNIT = Neuron("phase = 0.0", "r = 0.5 + 0.5 * sin(0.3 * t + phase)\nslow = 0.9 * slow + 0.1 * r\ny = sum(in)")
GROWING = Synapse(
    "eta = 0.05\nT = 0.8",
    "dw/dt = eta * (pre.r * post.r - 0.3)\nage = age + dt : init = 2.0",
    creating="pre.r > T and post.slow > 0.2 : proba = 0.3, w = 0.25",
    pruning="w < 0.2 or age > 9.0 : proba = 0.4",
)


def pairs_of(projection: Projection) -> set[tuple[int, int]]:
    post, pre, *_ = projection.synapses()
    return set(zip(post.tolist(), pre.tolist(), strict=True))


def as_matrix(projection: Projection, name: str) -> NDArray[np.float64]:
    """An attribute as a matrix (post, pre), NaN where there is no synapse."""
    post, pre, *_ = projection.synapses()
    matrix = np.full((projection.post.size, projection.pre.size), np.nan)
    matrix[post, pre] = getattr(projection, name).flat
    return matrix


def growing(n: int = 12, **options: Any) -> tuple[Network, Any, Projection]:
    net = Network(dt=1.0, seed=SEED)
    units = net.create(n, UNIT)
    units.phase = np.linspace(0.0, 5.0, n)
    projection = net.connect(units, units, "in", GROWING).fixed_probability(0.3, 0.3, **options)
    net.compile()
    return net, units, projection


# ---- rules ------------------------------------------------------------------------------------------------------


def test_rate_coded_rules_do_what_a_slow_model_does() -> None:
    net, units, projection = growing()
    matrix = as_matrix(projection, "w")
    values = {"w": np.full((12, 12), 0.3), "age": np.full((12, 12), 2.0)}
    model = Pairs(~np.isnan(matrix), values, {"w": 0.25, "age": 2.0}, SEED, 0)
    off_diagonal, before = ~np.eye(12, dtype=bool), np.zeros(12)
    counts = set()
    for step in range(40):
        if step == 3:
            projection.start_creating(2.0)
        if step == 7:
            projection.start_pruning()
        if step == 30:
            projection.stop_creating()
        net.simulate(1.0)
        pre, post = units.r[np.newaxis, :], units.r[:, np.newaxis]
        w = np.where(model.exists, model.values["w"], 0.0)
        assert units.y == pytest.approx((w * before).sum(axis=1), abs=1e-12)
        model.values["w"] += 0.05 * (pre * post - 0.3)
        model.values["age"] += 1.0
        if 3 <= step < 30 and (step - 3) % 2 == 0:
            model.create(step, (pre > 0.8) & (units.slow[:, np.newaxis] > 0.2), 0.3, off_diagonal)
        if step >= 7:
            model.prune(step, (model.values["w"] < 0.2) | (model.values["age"] > 9.0), 0.4)
        for name in ("w", "age"):
            expected = np.where(model.exists, model.values[name], np.nan)
            np.testing.assert_allclose(as_matrix(projection, name), expected, atol=1e-12)
        assert projection.nb_synapses == model.exists.sum()
        before = units.r
        counts.add(int(model.exists.sum()))
    assert len(counts) > 20 and not model.exists.all(axis=1).any()


CELL = Neuron(
    "period = 7.0\nI = 0.2",
    "v = v + I\nphase = modulo(round(t / dt), period)\nseen = g_exc",
    spike="phase == 3.0",
    reset="v = 0.0",
)
PAIRED = Synapse(
    equations="8.0 * dx/dt = -x : event-driven\n11.0 * dy/dt = -y : event-driven",
    pre_spike="g_target += w\nx += 0.1\nw = clip(w + y, 0.0, 1.0)",
    post_spike="y -= 0.12\nw = clip(w + x, 0.0, 1.0)",
    creating="post.v > 0.7 and pre.v > 0.6 : proba = 0.1, w = 0.5, d = 2.0",
    pruning="w < 0.42 : proba = 0.5",
)


def test_spiking_rules_do_what_a_slow_model_does() -> None:
    n = 10
    net = Network(dt=0.5, seed=SEED)
    cells = net.create(n, CELL)
    cells.period, cells.I = 5.0 + np.arange(n), np.linspace(0.05, 0.25, n)
    projection = net.connect(cells, cells, "exc", PAIRED).fixed_probability(0.4, 0.5, delays=DiscreteUniform(1, 2))
    monitor = net.monitor(cells, "seen")
    net.compile()
    post, pre, _, ms = projection.synapses()
    delay = np.full((n, n), 4)
    delay[post, pre] = np.rint(ms / 0.5)
    values = {"w": np.full((n, n), 0.5), "x": np.zeros((n, n)), "y": np.zeros((n, n))}
    model = Pairs(~np.isnan(as_matrix(projection, "w")), values, {"w": 0.5, "x": 0.0, "y": 0.0}, SEED, 0)
    projection.start_creating(1.5)
    projection.start_pruning(2.0)
    spiked = np.zeros((90, n), bool)
    sums, counts = [], set()
    for step in range(90):
        net.step()
        phase = np.fmod(step, cells.period)
        spiked[step] = phase == 3.0
        arrived = np.zeros((n, n), bool)
        for d in (2, 4):
            if step >= d:
                arrived |= (delay == d) & spiked[step - d][np.newaxis, :]
        arrived &= model.exists
        w, x, y = (model.values[name] for name in ("w", "x", "y"))
        sums.append(np.where(arrived, w, 0.0).sum(axis=1))
        x[arrived] += 0.1
        w[arrived] = np.clip(w + y, 0.0, 1.0)[arrived]
        x *= np.exp(-0.5 / 8.0)
        y *= np.exp(-0.5 / 11.0)
        seen = model.exists & spiked[step][:, np.newaxis]
        y[seen] -= 0.12
        w[seen] = np.clip(w + x, 0.0, 1.0)[seen]
        v = cells.v
        if step % 3 == 0:
            old = model.exists.copy()
            model.create(step, (v[:, np.newaxis] > 0.7) & (v[np.newaxis, :] > 0.6), 0.1, ~np.eye(n, dtype=bool))
            delay[model.exists & ~old] = 4
        if step % 4 == 0:
            model.prune(step, w < 0.42, 0.5)
        for name in ("w", "x", "y"):
            expected = np.where(model.exists, model.values[name], np.nan)
            np.testing.assert_allclose(as_matrix(projection, name), expected, atol=1e-12)
        counts.add(int(model.exists.sum()))
    np.testing.assert_allclose(monitor.get("seen"), sums, atol=1e-12)
    assert len(counts) > 8


def test_the_probability_and_what_new_synapses_have() -> None:
    synapse = Synapse(
        "z = 0.0 : projection\nq = Uniform(3.0, 4.0)",
        creating=Creating("pre.r >= 0.0", proba=0.1, w=Uniform(1.0, 2.0), d=Uniform(1.0, 9.0)),
    )
    net = Network(dt=1.0, seed=SEED)
    units = net.create(200, UNIT)
    projection = net.connect(units, units, "in", synapse).fixed_number_pre(1, 0.0, delays=4.0)
    net.compile()
    projection.start_creating()
    net.simulate(1.0)
    made = projection.synapses()
    new = made.w > 0.0
    assert stats.binomtest(int(new.sum()), 200 * 198, 0.1).pvalue > 1e-3
    assert stats.kstest(made.w[new], "uniform", (1.0, 1.0)).pvalue > 1e-3
    assert stats.kstest(projection.q.flat[new], "uniform", (3.0, 1.0)).pvalue > 1e-3
    counts = np.bincount(made.delay[new].astype(int), minlength=10)[1:]  # rounded half up: the ends have half
    assert stats.chisquare(counts, np.array([0.5, 1, 1, 1, 1, 1, 1, 1, 0.5]) / 8 * counts.sum()).pvalue > 1e-3
    assert (made.post != made.pre).all() and abs(np.corrcoef(made.w[new], projection.q.flat[new])[0, 1]) < 0.05
    first = pairs_of(projection)
    net.simulate(1.0)
    later = pairs_of(projection)
    assert first < later  # another step draws anew, for those that are left
    assert stats.binomtest(len(later - first), 200 * 199 - len(first), 0.1).pvalue > 1e-3


def test_rules_see_constants_functions_inputs_and_their_own_parameters() -> None:
    net = Network(dt=1.0, seed=SEED)
    net.constant("least", 0.5)
    synapse = Synapse(
        "p = 1.0 : projection\nkeep = 2.0 : postsynaptic",
        functions="far(a, b) = fabs(a - b)",
        creating="far(pre.place, post.place) > least and mean(pre.place) == 2.5 and post.sum(in) < 1.0\n"
        "and t > 0.0 : proba = p",
        pruning="far(pre.place, post.place) > keep and not (pre.place == 0.0)",
    )
    unit = Neuron("place = 0.0", "r = sum(in)")
    places = net.create(6, unit)
    places.place = np.arange(6.0)
    projection = net.connect(places, places, "in", synapse).one_to_one(0.0)
    net.compile()
    projection.start_creating()
    net.simulate(1.0)
    assert pairs_of(projection) == {(i, i) for i in range(6)}  # t was 0
    net.simulate(1.0)
    assert projection.nb_synapses == 36  # the connector allows a neuron itself
    projection.keep, projection.p = 3.0, 0.0
    projection.start_pruning()
    net.simulate(1.0)
    assert pairs_of(projection) == {(i, j) for i in range(6) for j in range(6) if abs(i - j) <= 3 or j == 0}


def test_a_rule_can_ask_for_the_time_since_a_presynaptic_spike() -> None:
    net = Network(dt=1.0, seed=SEED)
    cells = net.create(3, CELL)
    cells.period = [5.0, 50.0, 50.0]
    synapse = Synapse(pre_spike="g_target += w", pruning="t - t_pre > 9.0 and t > 5.0")
    projection = net.connect(cells, cells, "exc", synapse).all_to_all(1.0, allow_self_connections=True, delays=2.0)
    net.compile()
    projection.start_pruning()
    net.simulate(10.0)  # the others have spiked at 3 ms
    assert projection.nb_synapses == 9
    net.simulate(5.0)
    assert pairs_of(projection) == {(0, 0), (1, 0), (2, 0)}


def test_a_static_projection_delivers_what_has_come_and_gone() -> None:
    """A synapse that is made while a spike is on its way receives it."""
    net = Network(dt=1.0, seed=SEED)
    cells = net.create(40, CELL)
    cells.period = 6.0 + np.arange(40) % 5
    rule = "t >= 3.0 and t < 8.0 : proba = 0.2, w = 0.5, d = 5.0"
    synapse = Synapse(pre_spike="g_target += w", creating=rule, pruning="t > 20.0")
    projection = net.connect(cells[10:30], cells[::-2], "exc", synapse).fixed_number_pre(2, 0.25, delays=5.0)
    monitor = net.monitor(cells, "seen")
    net.compile()
    projection.start_creating()
    projection.start_pruning(8.0)
    spiked, expected = np.zeros((30, 40)), []
    for step in range(30):
        matrix = np.nan_to_num(_whole(projection))
        net.step()
        spiked[step] = np.fmod(step, cells.period) == 3.0
        expected.append(matrix @ spiked[step - 5] if step >= 5 else np.zeros(40))
    np.testing.assert_allclose(monitor.get("seen"), expected, atol=1e-12)
    assert projection.nb_synapses == 0 and np.max(expected) > 1.0


def _whole(projection: Projection) -> NDArray[np.float64]:
    matrix = np.zeros((40, 40))
    post, pre, w, _ = projection.synapses()
    matrix[post, pre] = w
    return matrix


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rules_and_precision(dtype: str) -> None:
    net = Network(dt=1.0, seed=SEED)
    net.config(dtype=dtype)
    units = net.create(12, UNIT)
    units.phase = np.linspace(0.0, 5.0, 12)
    projection = net.connect(units, units, "in", GROWING).fixed_probability(0.3, 0.3)
    net.compile()
    projection.start_creating()
    net.simulate(6.0)
    assert projection.nb_synapses > 40
    np.testing.assert_allclose(np.unique(projection.age.flat) % 1, 0.0)


def test_rules_on_few_neurons() -> None:
    net = Network(dt=1.0, seed=SEED)
    one = net.create(1, UNIT)
    everyone = Synapse(creating="pre.r >= 0.0 : w = 1.0", pruning="w > 0.5")
    projection = net.connect(one, one, "in", everyone).fixed_probability(0.0, 0.1)
    net.compile()
    assert projection.nb_synapses == 0 and len(projection.w) == 0
    projection.start_creating()
    net.simulate(1.0)
    assert projection.nb_synapses == 0  # the connector allows no neuron itself
    other = Network(dt=1.0, seed=SEED)
    one = other.create(1, UNIT)
    projection = other.connect(one, one, "in", everyone).fixed_probability(0.0, 0.1, allow_self_connections=True)
    other.compile()
    projection.start_creating()
    other.simulate(1.0)
    assert pairs_of(projection) == {(0, 0)} and projection.w[0][0] == 1.0
    projection.stop_creating()
    projection.start_pruning()
    other.simulate(1.0)
    assert projection.nb_synapses == 0 and projection.size == 0
    other.simulate(1.0)
    assert one.y[0] == 0.0


# ---- by the script ----------------------------------------------------------------------------------------------


def manual(synapse: Synapse | None = None, spiking: bool = False, **options: Any) -> tuple[Network, Any, Projection]:
    net = Network(dt=1.0, seed=SEED)
    net.config(structural_plasticity=True)
    units = net.create(8, CELL if spiking else UNIT)
    projection = net.connect(units, units, "exc" if spiking else "in", synapse).fixed_number_pre(3, 0.5, **options)
    net.compile()
    return net, units, projection


def test_a_dendrite_gets_and_loses_synapses() -> None:
    net, units, projection = manual(Synapse("c = 5.0", "q = q + c + pre.r : init = 1.0"))
    net.simulate(2.0)
    before, q = projection.synapses(), as_matrix(projection, "q")
    dendrite = projection.dendrite(4)
    had = dendrite.pre_ranks
    free = np.setdiff1d(np.arange(8), had)
    dendrite.create_synapses([free[2], free[0]], weights=[0.2, 0.1])
    dendrite.create_synapse(int(free[1]), w=0.7)
    assert np.array_equal(dendrite.pre_ranks, np.sort([*had, *free[:3]])) and dendrite.size == 6
    by_rank = dict(zip(dendrite.pre_ranks.tolist(), dendrite.w, strict=True))
    assert [by_rank[r] for r in free[:3]] == [0.1, 0.7, 0.2] and [by_rank[r] for r in had] == [0.5] * 3
    assert projection.nb_synapses == 27 and projection.pre_ranks[4].tolist() == dendrite.pre_ranks.tolist()
    now = as_matrix(projection, "q")
    assert (now[4, free[:3]] == 1.0).all() and np.array_equal(now[~np.isnan(q)], q[~np.isnan(q)])
    y = (np.nan_to_num(as_matrix(projection, "w")) * units.r).sum(axis=1)
    net.simulate(1.0)
    assert units.y == pytest.approx(y, abs=1e-12)
    dendrite.prune_synapses(free[:2])
    dendrite.prune_synapse(int(free[2]))
    assert all(np.array_equal(a, b) for a, b in zip(projection.synapses()[:3], before[:3], strict=True))
    dendrite.prune_synapses(had)
    assert dendrite.size == 0 and projection.size == 7 and 4 not in projection.post_ranks
    net.simulate(1.0)
    assert units.y[4] == 0.0
    projection.dendrite(4).create_synapses([6, 1], 0.25)  # one that has none can get some
    assert projection.dendrite(4).pre_ranks.tolist() == [1, 6]
    projection.w = 2.0
    net.simulate(1.0)
    assert projection.synapse(6, 4).w == 2.0 and projection.connectivity_matrix()[4].sum() == 4.0


def test_lazy_synapses_keep_what_they_have_when_others_come_and_go() -> None:
    """The same network without the change gives the same to synapses that it does not concern."""
    values = []
    for changing in (False, True):
        net, cells, projection = manual(PAIRED, spiking=True, delays=DiscreteUniform(1, 3))
        cells.period = 4.0 + np.arange(8)
        kept = as_matrix(projection, "w")
        net.simulate(23.0)
        if changing:
            projection.dendrite(2).prune_synapse(int(projection.dendrite(2).pre_ranks[1]))
            free = np.setdiff1d(np.arange(8), projection.dendrite(5).pre_ranks)
            projection.dendrite(5).create_synapses(free, 0.3, 2.0)
            at = list(projection.dendrite(5).pre_ranks).index(free[0])
            assert projection.dendrite(5).x[at] == 0.0 and projection.dendrite(5).delay[at] == 2.0
        net.simulate(31.0)
        values.append([as_matrix(projection, name) for name in ("w", "x", "y")])
    same = ~np.isnan(kept) & ~np.isnan(values[1][0])
    assert same.sum() == 23
    for fixed, changed in zip(*values, strict=True):
        np.testing.assert_allclose(fixed[same], changed[same], rtol=1e-12)


def test_delays_of_new_synapses() -> None:
    _, _, projection = manual(delays=3.0)
    free = np.setdiff1d(np.arange(8), projection.dendrite(0).pre_ranks)
    projection.dendrite(0).create_synapse(int(free[0]), 1.0)
    assert projection.delay == 3.0
    with pytest.raises(ConfigurationError, match=r"room for delays of 3 ms; got 2\. For longer ones set max_delay"):
        projection.dendrite(0).create_synapse(int(free[1]), 1.0, 2.0)
    net = Network(dt=1.0, seed=SEED)
    net.config(structural_plasticity=True)
    units = net.create(8, UNIT)
    wide = net.connect(units, units, "in").one_to_one(0.5, delays=2.0)
    wide.max_delay = 6.0
    net.compile()
    wide.dendrite(3).create_synapses([0, 1], 1.0, [2.0, 6.0])
    assert wide.dendrite(3).delay.tolist() == [2.0, 6.0, 2.0]
    with pytest.raises(ConfigurationError, match="delays from 2 to 6 ms; got 7"):
        wide.dendrite(3).create_synapse(5, 1.0, 7.0)
    past = []
    for _ in range(9):
        past.append(np.array(units.r))
        net.step()
    expected = past[-2][0] + past[-6][1] + 0.5 * past[-2][3]
    assert units.y[3] == pytest.approx(expected, abs=1e-12)


def test_what_a_script_cannot_make_or_remove() -> None:
    net, _, projection = manual()
    dendrite = projection.dendrite(2)
    free = np.setdiff1d(np.arange(8), dendrite.pre_ranks)
    had = int(dendrite.pre_ranks[0])
    before = pairs_of(projection)
    for action, text in (
        (lambda: dendrite.create_synapse(had), f"a synapse from neuron {had} to 2 already"),
        (lambda: dendrite.prune_synapses([had, free[0]]), f"no synapse from neuron {free[0]} to 2"),
        (lambda: dendrite.create_synapses([free[0], free[0]]), "named twice"),
        (lambda: dendrite.create_synapses([8]), "no presynaptic neuron 8"),
        (lambda: dendrite.prune_synapses(["a"]), "list of integers"),
        (lambda: dendrite.create_synapses(free[:2], [1.0, 2.0, 3.0]), "one for each of 2 synapses"),
        (lambda: dendrite.create_synapse(int(free[0]), np.nan), "finite numbers"),
        (lambda: dendrite.create_synapse(int(free[0]), 1.0, -1.0), "room for delays"),
        (lambda: projection.start_creating(), "has no rule 'creating'"),
    ):  # fmt: skip
        with pytest.raises(ConfigurationError, match=text):
            action()
    assert pairs_of(projection) == before
    net.monitor(projection, "w")
    with pytest.raises(ConfigurationError, match="a monitor records them"):
        dendrite.prune_synapse(had)
    with pytest.raises(ConfigurationError, match="neuron 9 has no synapses"):
        projection.dendrite(9)


def test_projections_that_stay() -> None:
    net = Network(dt=1.0, seed=SEED)
    units = net.create(4, UNIT)
    projection = net.connect(units, units, "in").one_to_one(1.0)
    ruled = net.connect(units, units, "in", GROWING).one_to_one(1.0)
    with pytest.raises(NotCompiledError):
        projection.dendrite(0)
    with pytest.raises(UnsupportedError, match="a record of them has no columns"):
        net.monitor(ruled, "w")
    net.compile()
    with pytest.raises(ConfigurationError, match=r"setup\(structural_plasticity=True\)"):
        projection.dendrite(0).create_synapse(1)
    ruled.dendrite(0).create_synapse(1)
    with pytest.raises(ConfigurationError, match="multiple of dt"):
        ruled.start_pruning(0.5)
    with pytest.raises(ConfigurationError, match="one step of dt at least"):
        ruled.start_creating(0.0)


# ---- keeping ----------------------------------------------------------------------------------------------------


def test_a_reset_restores_what_the_connector_gave() -> None:
    net, _, projection = growing(delays=DiscreteUniform(1, 3))
    first, age = projection.synapses(), projection.age.flat
    projection.start_creating()
    projection.start_pruning()
    net.simulate(15.0)
    changed = pairs_of(projection)
    ages = projection.age.flat
    projection.reset()
    assert pairs_of(projection) == changed and (projection.age.flat == 2.0).all() and not (ages == 2.0).all()
    projection.reset(["w"])
    assert (projection.w.flat == 0.3).all()
    net.reset(synapses=True)
    assert all(np.array_equal(a, b) for a, b in zip(projection.synapses(), first, strict=True))
    assert np.array_equal(projection.age.flat, age)
    net.simulate(15.0)
    assert pairs_of(projection) == changed and np.array_equal(projection.age.flat, ages)  # the rules are still on


def test_what_was_connected_by_a_list_is_restored_by_a_reset(tmp_path: Any) -> None:
    net = Network(dt=1.0, seed=SEED)
    net.config(structural_plasticity=True)
    units = net.create(3, UNIT)
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    projection = net.connect(units, units, "in").from_matrix(matrix)
    net.compile()
    projection.dendrite(1).prune_synapse(2)
    with pytest.raises(ConfigurationError, match=r"reset\(synapses=True\) restores"):
        projection.reset(["w"])
    projection.save_connectivity(str(tmp_path / "saved.npz"))
    projection.reset(synapses=True)
    assert np.array_equal(projection.connectivity_matrix(), matrix)
    other = Network(dt=1.0, seed=SEED)
    copy = other.create(3, UNIT)
    loaded = other.connect(copy, copy, "in").from_file(str(tmp_path / "saved.npz"))
    other.compile()
    assert loaded.nb_synapses == 8 and loaded.connectivity_matrix()[1].tolist() == [4.0, 5.0, 0.0]


def test_values_are_loaded_with_the_synapses_that_have_them(tmp_path: Any) -> None:
    net, _, projection = growing(delays=DiscreteUniform(1, 3))
    projection.start_creating()
    projection.start_pruning()
    net.simulate(12.0)
    net.save(str(tmp_path / "values.npz"))
    other, _, loaded = growing(delays=DiscreteUniform(1, 3))
    assert pairs_of(loaded) != pairs_of(projection)
    other.load(str(tmp_path / "values.npz"))
    assert all(np.array_equal(a, b) for a, b in zip(loaded.synapses(), projection.synapses(), strict=True))
    assert np.array_equal(loaded.age.flat, projection.age.flat)


@pytest.mark.parametrize("model", [UNIT, CELL], ids=["rate-coded", "spiking"])
def test_the_option_changes_no_network(model: Neuron) -> None:
    found = []
    for option in (False, True):
        net = Network(dt=1.0, seed=SEED)
        net.config(structural_plasticity=option)
        units = net.create(30, model)
        projection = net.connect(units[::-2], units, "exc" if model.spike else "in")
        projection.fixed_number_pre(20, Uniform(0.0, 1.0), delays=Uniform(1.0, 5.0), allow_multapses=True)
        net.compile()
        net.simulate(20.0)
        found.append([*projection.synapses(), np.asarray(units.seen if model.spike else units.y)])
    for fixed, changeable in zip(*found, strict=True):
        np.testing.assert_allclose(changeable, fixed, rtol=1e-12)


def test_multapses() -> None:
    net = Network(dt=1.0, seed=SEED)
    net.config(structural_plasticity=True)
    units = net.create((3, 4), UNIT)
    projection = net.connect(units, units, "in").fixed_total_number(100, Uniform(0.0, 1.0), allow_multapses=True)
    net.compile()
    dendrite = projection.dendrite(5)
    pre = dendrite.pre_ranks
    assert (np.diff(pre) >= 0).all() and len(np.unique(pre)) < len(pre)
    twice = int(pre[np.flatnonzero(np.diff(pre) == 0)[0]])
    dendrite.prune_synapse(twice)
    assert dendrite.size == len(pre) - np.count_nonzero(pre == twice)
    units.r = np.arange(12.0)
    post, pre, w, _ = projection.synapses()
    expected = np.bincount(post, w * units.r.ravel()[pre], 12)
    net.simulate(1.0)
    assert units.y.ravel() == pytest.approx(expected, abs=1e-12)


def test_estimates_profiles_and_flags() -> None:
    net = Network(dt=1.0, seed=SEED)
    units = net.create(30, UNIT)
    projection = net.connect(units, units, "in", GROWING).all_to_all(0.5, allow_self_connections=True)
    assert "projection proj0" in str(net.estimate())
    net.compile(profile_enabled=True)
    projection.start_pruning()
    projection.update = False
    projection.transmission = False
    net.simulate(3.0)
    assert projection.nb_synapses == 900  # nothing has changed that the rule looks at
    projection.w = 0.1
    net.simulate(3.0)
    assert 0 < projection.nb_synapses < 300
    projection.stop_pruning()
    count = projection.nb_synapses
    net.simulate(3.0)
    assert projection.nb_synapses == count and "restructure proj0" in str(net.profile())


# ---- texts ------------------------------------------------------------------------------------------------------


def test_objects_and_texts_are_the_same_rules() -> None:
    made = "pre.r > 1.0 : proba = 0.5, w = Uniform(0.0, 1.0), d = 2.0"
    text = Synapse(creating=made, pruning="w < 0.1 : proba = 0.25")
    objects = Synapse(
        creating=Creating("pre.r > 1.0", proba=0.5, w=Uniform(0.0, 1.0), d=2.0), pruning=Pruning("w < 0.1", 0.25)
    )
    assert text == objects


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"creating": "w > 0.5"}, "there is no synapse yet that would have 'w'"),
        ({"creating": "age > 0.5"}, "there is no synapse yet that would have 'age'"),
        ({"creating": "pre.r > 0.5 : proba = 2.0"}, "a probability lies between 0 and 1; got 2"),
        ({"creating": "pre.r > 0.5 : p = 0.1"}, "a rule has no 'p'"),
        ({"creating": "pre.r > 0.5 : proba"}, "'proba' needs a value"),
        ({"creating": "pre.r > 0.5 : proba = 0.1, proba = 0.2"}, "'proba' is given twice"),
        ({"creating": "pre.r > 0.5 : d = -1.0"}, "a delay is 0 ms or more"),
        ({"creating": "pre.r > 0.5 : w = pre.r"}, "a number or a distribution"),
        ({"creating": "pre.r > 0.5 : w = age"}, "'age' is not known before there is the synapse"),
        ({"creating": "pre.q > 0.5"}, "has no attribute 'q'"),
        ({"pruning": "w < Uniform(0.0, 1.0)"}, "a rule draws one random number for each pair"),
        ({"pruning": "w < limit"}, "unknown name 'limit'"),
        ({"pruning": "w < 0.1 : w = 0.5"}, "a rule has no 'w'"),
        ({"pruning": ""}, None),
    ],
)
def test_rules_that_make_no_sense(texts: dict[str, str], reason: str | None) -> None:
    net = Network(dt=1.0, seed=SEED)
    units = net.create(3, UNIT)

    def build() -> None:
        synapse = Synapse(equations="age = age + dt", **texts)
        net.connect(units, units, "in", synapse).one_to_one(1.0)
        net.compile()

    if reason is None:
        build()
        return
    with pytest.raises(EquationError, match=reason):
        build()


def test_delays_that_a_rule_gives() -> None:
    net = Network(dt=1.0, seed=SEED)
    units = net.create(3, UNIT)
    late = net.connect(units, units, "in", Synapse(creating="pre.r > 0.5 : d = 9.0")).one_to_one(1.0)
    assert late.max_delay == 9.0
    listed = net.connect(units, units, "in", Synapse(creating="pre.r > 0.5"))
    listed.from_matrix(np.ones((3, 3)), delays=2.0 * np.ones((3, 3)))
    with pytest.raises(ConfigurationError, match=r"add d = \.\.\. to the rule"):
        net.compile()
    other = Network(dt=1.0, seed=SEED)
    units = other.create(3, UNIT)
    short = other.connect(units, units, "in", Synapse(creating="pre.r > 0.5 : d = 9.0")).one_to_one(1.0)
    short.max_delay = 4.0
    with pytest.raises(ConfigurationError, match="delays up to 9 ms, but max_delay is 4 ms"):
        other.compile()


def test_axonal_spikes_reach_synapses_that_were_made() -> None:
    cell = Neuron(
        "period = 7.0",
        "phase = modulo(round(t / dt), period)\nseen = g_exc",
        spike="phase == 3.0",
        axon_spike="phase == 5.0",
    )
    net = Network(dt=1.0, seed=SEED)
    net.config(structural_plasticity=True)
    cells = net.create(6, cell)
    synapse = Synapse(pre_spike="g_target += w", pre_axon_spike="g_target += 10.0 * w")
    projection = net.connect(cells, cells, "exc", synapse).one_to_one(0.5, delays=2.0)
    monitor = net.monitor(cells, "seen")
    net.compile()
    net.simulate(4.0)
    projection.dendrite(1).prune_synapse(1)
    projection.dendrite(2).create_synapse(0, 0.25)
    net.simulate(6.0)
    expected = np.zeros((10, 6))
    expected[5], expected[7] = 0.5, 5.0
    expected[[5, 7], 1] = 0.0
    expected[5, 2], expected[7, 2] = 0.75, 7.5
    np.testing.assert_array_equal(monitor.get("seen"), expected)
