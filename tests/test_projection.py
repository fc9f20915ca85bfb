"""Projections: weights and other values of synapses, dendrites, resets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from distann import (
    ConfigurationError,
    Network,
    NotCompiledError,
    Population,
    Projection,
    Uniform,
    UnknownAttributeError,
    ValueShapeError,
)
from tests.toys import CELL, RAMP, SCALED, TRAP, cells, pairs

# The toys have targets that a test does not use.
pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

# Rows of 2, 0, 1 and 3 synapses, by postsynaptic neuron.
MATRIX = np.array([[1.0, 0.0, 0.0, 4.0], [2.0, 0.0, 3.0, 5.0], [0.0, 0.0, 0.0, 6.0]])
ROWS = [[1.0, 2.0], [3.0], [4.0, 5.0, 6.0]]


def given() -> tuple[Network, Projection]:
    net = Network(seed=1)
    projection = net.connect(net.create(3, CELL), net.create(4, CELL), "exc", name="given")
    projection.from_sparse(sparse.csr_matrix(MATRIX))
    net.compile()
    return net, projection


def scaled() -> tuple[Network, Population, Projection]:
    """Two cells, of which the first drives both; every value of the synapse has another locality."""
    net, pop = cells(2)
    projection = net.connect(pop[:1], pop, "exc", SCALED)
    projection.all_to_all(Uniform(0.0, 1.0), allow_self_connections=True)
    return net, pop, projection


# ---- reading ----------------------------------------------------------------------------------------------------


def test_description() -> None:
    _, projection = given()
    assert (projection.name, projection.target, projection.size, len(projection)) == ("given", "exc", 3, 3)
    assert projection.nb_synapses == 6 and projection.nb_synapses_per_dendrite.tolist() == [2, 1, 3]
    assert projection.post_ranks.tolist() == [0, 2, 3]
    assert [row.tolist() for row in projection.pre_ranks] == [[0, 1], [1], [0, 1, 2]]
    assert projection.attributes == ["w"] and projection.synapse_type.spiking
    assert repr(projection) == "<Projection 'given': pop0 to pop1, target exc>"


def test_rows_behave_as_nested_lists() -> None:
    _, projection = given()
    w = projection.w
    assert w == ROWS and len(w) == 3 and w != ROWS[:2] and w != [[1.0], [3.0], [4.0]]
    assert w[0].tolist() == [1.0, 2.0] and w[-1][2] == 6.0
    assert [row.tolist() for row in w] == ROWS and [row.tolist() for row in w[1:]] == ROWS[1:]
    with pytest.raises(IndexError):
        _ = w[3]


def test_synapses_are_flat_arrays() -> None:
    _, projection = given()
    post, pre, w, delay = projection.synapses()
    assert post.tolist() == [0, 0, 2, 3, 3, 3] and pre.tolist() == [0, 1, 1, 0, 1, 2]
    assert w.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] and delay.tolist() == [1.0] * 6


def test_connectivity_matrix() -> None:
    _, projection = given()
    assert np.array_equal(projection.connectivity_matrix(), MATRIX.T)
    filled = projection.connectivity_matrix(fill=-1.0)
    assert np.array_equal(filled, np.where(MATRIX.T == 0.0, -1.0, MATRIX.T))


def test_dendrites() -> None:
    _, projection = given()
    dendrite = projection.dendrite(3)
    assert (dendrite.post_rank, dendrite.size, len(dendrite)) == (3, 3, 3)
    assert dendrite.pre_ranks.tolist() == [0, 1, 2] and dendrite.w.tolist() == [4.0, 5.0, 6.0]
    assert projection[2].w.tolist() == [3.0]
    assert [d.post_rank for d in projection] == [d.post_rank for d in projection.dendrites] == [0, 2, 3]
    for rank in (1, 4, -1):
        with pytest.raises(ConfigurationError, match="has no synapses in projection 'given'"):
            projection.dendrite(rank)
    with pytest.raises(UnknownAttributeError):
        _ = dendrite.weight


def test_setting_a_dendrite() -> None:
    _, projection = given()
    projection.dendrite(3).w = [7.0, 8.0, 9.0]
    projection.dendrite(0).w = 0.5
    assert projection.w == [[0.5, 0.5], [3.0], [7.0, 8.0, 9.0]]
    with pytest.raises(ValueShapeError):
        projection.dendrite(3).w = [1.0, 2.0]


# ---- setting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [np.arange(6.0), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [[0.0, 1.0], [2.0], [3.0, 4.0, 5.0]],
              [np.array([0.0, 1.0]), (2.0,), np.array([3.0, 4.0, 5.0])]],
)  # fmt: skip
def test_set_each_weight(value: Any) -> None:
    net, projection = given()
    projection.w = value
    assert projection.w == [[0.0, 1.0], [2.0], [3.0, 4.0, 5.0]]
    assert projection.synapses().w.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    projection.pre.drive = [0.0, 1.0, 0.0]
    net.simulate(2.0)
    assert projection.post.seen.tolist() == [1.0, 0.0, 2.0, 4.0]  # what the kernels transmit


def test_set_what_was_read() -> None:
    _, projection = given()
    w = projection.w
    projection.w = 0.0
    assert projection.w == [[0.0, 0.0], [0.0], [0.0, 0.0, 0.0]]
    projection.w = w
    assert projection.w == ROWS


def test_set_one_weight_a_row() -> None:
    _, projection = given()
    projection.w = [1.0, 2.0, 3.0]
    assert projection.w == [[1.0, 1.0], [2.0], [3.0, 3.0, 3.0]]


def test_draw_weights_again() -> None:
    def drawn() -> np.ndarray:
        _, projection = given()
        projection.w = Uniform(1.0, 2.0)
        return projection.synapses().w

    assert np.array_equal(drawn(), drawn()) and len(np.unique(drawn())) == 6
    assert (drawn() >= 1.0).all() and (drawn() <= 2.0).all()


@pytest.mark.parametrize("shape", [(5,), (7,), (4,), (2, 3)])
def test_wrong_number_of_weights(shape: tuple[int, ...]) -> None:
    _, projection = given()
    if shape == (2, 3):
        projection.w = np.zeros(shape)  # as many as synapses, in their order
        return
    with pytest.raises(ValueShapeError, match="'w' has shape"):
        projection.w = np.zeros(shape)
    assert projection.w == ROWS


@pytest.mark.parametrize("value", [None, "strong", [["a"], ["b"], ["c"]], 1j])
def test_weights_that_are_no_numbers(value: Any) -> None:
    _, projection = given()
    with pytest.raises(ConfigurationError, match="'w' is set to numbers"):
        projection.w = value


def test_unknown_attribute() -> None:
    _, projection = given()
    with pytest.raises(UnknownAttributeError, match="projection 'given' has no attribute 'W'; "):
        _ = projection.W
    with pytest.raises(AttributeError):
        projection.weights = 1.0
    with pytest.raises(ConfigurationError, match="the compiled network has room for delays"):
        projection.delay = 1000.0


# ---- before compile ---------------------------------------------------------------------------------------------


def test_weights_before_compile() -> None:
    net, pop = cells(3)
    projection = net.connect(pop, pop, "exc").all_to_all(Uniform(0.0, 1.0))
    assert projection.w == Uniform(0.0, 1.0)
    projection.w = 2.0
    assert projection.w == 2.0
    net.compile()
    assert projection.w == [[2.0, 2.0]] * 3


def test_weights_of_a_matrix_are_there_after_compile() -> None:
    net, pop = cells(3)
    projection = net.connect(pop, pop, "exc").from_sparse(sparse.csr_matrix(np.eye(3)))
    for use in (lambda: projection.w, lambda: setattr(projection, "w", 2.0), projection.synapses):
        with pytest.raises(NotCompiledError, match="call compile\\(\\) first"):
            use()


def test_each_weight_is_set_after_compile() -> None:
    net, pop = cells(3)
    projection = net.connect(pop, pop, "exc").all_to_all(Uniform(0.0, 1.0))
    with pytest.raises(NotCompiledError, match="call compile"):
        projection.w = np.ones(6)
    for read in (projection.synapses, lambda: projection.nb_synapses, projection.connectivity_matrix):
        with pytest.raises(NotCompiledError):
            read()


def test_without_a_connector() -> None:
    net, pop = cells(3)
    projection = net.connect(pop, pop, "exc", name="loose")
    for use in (lambda: projection.w, projection.synapses, lambda: setattr(projection, "w", 1.0)):
        with pytest.raises(ConfigurationError, match="call a connector first"):
            use()
    with pytest.raises(ConfigurationError, match="projection 'loose' has no synapses: call a connector"):
        net.compile()


# ---- values of other localities ---------------------------------------------------------------------------------


def test_localities() -> None:
    net, pop, projection = scaled()
    assert projection.scale == 2.0 and projection.total == 3.0 and projection.offset == 0.5
    projection.set({"total": 4.0, "offset": 1.5})
    net.compile()
    assert projection.total == 4.0 and projection.offset.tolist() == [1.5, 1.5]
    assert projection.get("scale") == [[2.0], [2.0]]
    projection.offset = [7.0, 8.0]
    projection.total = 5.0
    assert projection.offset.tolist() == [7.0, 8.0] and projection.total == 5.0
    assert projection.dendrite(1).offset == 8.0 and projection.dendrite(1).total == 5.0
    with pytest.raises(ValueShapeError):
        projection.offset = [1.0, 2.0, 3.0]
    with pytest.raises(ConfigurationError, match="one number for all synapses"):
        projection.total = [1.0, 2.0]
    with pytest.raises(ConfigurationError, match="set it there"):
        projection.dendrite(1).total = 3.0
    assert set(projection.attributes) == {"scale", "total", "offset", "w"}
    del pop


def test_a_spike_changes_a_synapse_after_it_has_transmitted() -> None:
    net, pop, projection = scaled()
    net.compile()
    pop.drive = [1.0, 0.0]
    w = np.array([row[0] for row in projection.w])
    net.step()
    pop.drive = 0.0
    net.step()
    assert projection.scale == [[3.0], [3.0]]
    assert np.allclose(pop.seen, w * 2.0, rtol=1e-15)


def test_reset_of_projections_spares_weights() -> None:
    net, pop, projection = scaled()
    net.compile()
    first = projection.synapses().w
    pop.drive = 1.0
    projection.total, projection.w = 9.0, 0.25
    net.simulate(5.0)
    assert projection.scale == [[6.0], [6.0]]
    net.reset()
    assert projection.scale == [[6.0], [6.0]] and projection.total == 9.0
    net.reset(projections=True)
    assert projection.scale == [[2.0], [2.0]] and projection.total == 3.0 and projection.w == [[0.25], [0.25]]
    net.reset(synapses=True)
    assert np.array_equal(projection.synapses().w, first)


def test_reset_of_some_attributes() -> None:
    net, _, projection = scaled()
    with pytest.raises(NotCompiledError):
        projection.reset()
    net.compile()
    first = projection.synapses().w

    def spoil() -> None:
        projection.scale, projection.total, projection.w = 7.0, 9.0, 0.25

    for arguments, scale, total, weights in (
        ({}, 2.0, 3.0, False), ({"attributes": -1}, 2.0, 3.0, False), ({"attributes": ["scale"]}, 2.0, 9.0, False),
        ({"attributes": ["w"]}, 7.0, 9.0, True), ({"synapses": True}, 2.0, 3.0, True),
        ({"attributes": ["total"], "synapses": True}, 7.0, 3.0, True),
    ):  # fmt: skip
        spoil()
        projection.reset(**arguments)
        assert projection.scale == [[scale], [scale]] and projection.total == total
        assert np.array_equal(projection.synapses().w, first) is weights
    with pytest.raises(UnknownAttributeError, match="did you mean 'scale'"):
        projection.reset(["scales"])


def test_reset_of_a_shared_weight() -> None:
    net, pop = cells(3)
    projection = net.connect(pop, pop, "exc").all_to_all(1.5)
    net.compile()
    projection.w = 3.0
    net.reset(projections=True)
    assert projection.w == 3.0
    net.reset(synapses=True)
    assert projection.w == 1.5


# ---- targets ----------------------------------------------------------------------------------------------------


def test_several_targets_receive_the_same() -> None:
    net, pop = cells(3)
    projection = net.connect(pop[:1], pop[1:], ["exc", "inh"]).all_to_all(2.0)
    assert projection.target == ["exc", "inh"]
    recorded = net.monitor(pop, ["g_exc", "g_inh"])
    net.compile()
    pop.drive = [1.0, 0.0, 0.0]
    net.simulate(2.0)
    found = recorded.get()
    assert found["g_exc"].tolist() == found["g_inh"].tolist() == [[0.0, 0.0, 0.0], [0.0, 2.0, 2.0]]


def test_projections_on_one_target_add() -> None:
    net, pop = cells(2)
    for weight in (1.0, 10.0):
        net.connect(pop, pop, "exc").all_to_all(weight)
    net.connect(pop, pop, "inh").one_to_one(100.0)
    net.compile()
    pop.drive = 1.0
    net.step()
    pop.drive = 0.0
    net.step()
    assert pop.seen.tolist() == [-89.0, -89.0]


def test_silent_target_is_warned_about() -> None:
    net = Network(seed=1)
    pop = net.create(2, CELL, name="deaf to inh")
    net.connect(pop, pop, "exc").one_to_one()
    with pytest.warns(UserWarning, match="population 'deaf to inh' reads 'inh', to which no projection sends"):
        net.compile()


# ---- creating ---------------------------------------------------------------------------------------------------


def test_sides_by_name_and_names_by_default() -> None:
    net, pop = cells(3)
    projection = net.connect("cells", "cells", target="exc")
    assert projection.pre is pop and projection.post is pop
    assert (projection.name, net.connect(pop, pop, "exc").name) == ("proj0", "proj1")
    with pytest.raises(ConfigurationError, match="there is no population 'cels'; did you mean 'cells'"):
        net.connect("cels", pop, "exc")


@pytest.mark.parametrize("side", [None, 3, CELL, [1, 2]])
def test_wrong_sides(side: Any) -> None:
    net, pop = cells(3)
    with pytest.raises(ConfigurationError, match="connects populations or views"):
        net.connect(side, pop, "exc")
    with pytest.raises(ConfigurationError, match="connects populations or views"):
        Projection(pop, side, "exc")


def test_two_networks() -> None:
    _, a = cells(3)
    _, b = cells(3)
    for pre, post in ((a, b), (a[:2], b), (a, b[:2])):
        with pytest.raises(ConfigurationError, match="these belong to two"):
            Projection(pre, post, "exc")


def test_wrong_synapses() -> None:
    net, pop = cells(3)
    with pytest.raises(ConfigurationError, match="a projection needs a Synapse"):
        net.connect(pop, pop, "exc", synapse="STDP")
    ramp = net.create(3, RAMP)
    with pytest.raises(ConfigurationError, match="a spiking synapse needs spikes"):
        net.connect(ramp, pop, "exc", SCALED).one_to_one()


def test_repr_of_rows() -> None:
    _, projection = given()
    assert repr(projection.w) == "<3 rows, 6 synapses>"


def test_pairs_are_sorted() -> None:
    net = Network(seed=1)
    projection = net.connect(net.create(50, TRAP), net.create(70, CELL), "exc").fixed_number_pre(9, Uniform(0.0, 1.0))
    net.compile()
    assert pairs(projection) == sorted(pairs(projection))
