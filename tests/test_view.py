"""Views of populations: which neurons they choose, and what is read and set through them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distann import ConfigurationError, Population, PopulationView, Uniform, UnknownAttributeError, ValueShapeError
from tests.toys import cells

GRID = np.arange(20).reshape(4, 5)


@pytest.fixture(params=["before compile", "after compile"])
def pop(request: pytest.FixtureRequest) -> Population:
    net, made = cells()
    if request.param == "after compile":
        net.compile()
    return made


@pytest.mark.parametrize(
    "index",
    [
        (slice(None), 2), (slice(1, 3), slice(None)), (slice(None, None, -1), slice(0, 2)), (1, slice(None)),
        slice(1, 3), (slice(0, 4, 2), slice(1, 5, 3)), ([0, 2], slice(None)),
    ],
)  # fmt: skip
def test_axes_are_those_of_numpy(index: Any) -> None:
    _, pop = cells((4, 5))
    view = pop[index]
    assert isinstance(view, PopulationView)
    assert np.array_equal(view.ranks, GRID[index].ravel()) and view.geometry == GRID[index].shape


@pytest.mark.parametrize(
    ("index", "ranks"),
    [
        (slice(2, 5), [2, 3, 4]), (slice(None, None, 7), [0, 7, 14]), (3, [3]), (-1, [19]), ([5, 2, 9], [5, 2, 9]),
        (np.array([4, 4 + 1]), [4, 5]), ([], []), (np.int32(6), [6]), (slice(30, 40), []),
    ],
)  # fmt: skip
def test_ranks(index: Any, ranks: list[int]) -> None:
    _, pop = cells(20)
    view = pop[index]
    assert view.ranks.tolist() == ranks and len(view) == view.size == len(ranks)
    assert view.population is pop and view.name == pop.name


@pytest.mark.parametrize("shape", [(20,), (4, 5)])
@pytest.mark.parametrize("kind", [np.asarray, np.ndarray.tolist])
def test_mask(shape: tuple[int, ...], kind: Any) -> None:
    _, pop = cells((4, 5))
    assert pop[kind((GRID % 3 == 0).reshape(shape))].ranks.tolist() == list(range(0, 20, 3))


def test_mask_from_values(pop: Population) -> None:
    pop.gain = GRID
    pop[pop.gain > 16.5].drive = 1.0
    assert np.flatnonzero(pop.drive).tolist() == [17, 18, 19]


@pytest.mark.parametrize(
    "index", [20, -21, [0, 20], [-1, 25], [1, 1], [[1, 2], [2, 1]], np.ones(19, bool), np.ones((5, 4), bool), "a", 1.5,
              [1.5], (0, 1, 2), (slice(None), 9)],
)  # fmt: skip
def test_wrong_choices(index: Any) -> None:
    _, pop = cells((4, 5))
    with pytest.raises(ConfigurationError):
        _ = pop[index]


def test_set_and_get(pop: Population) -> None:
    view = pop[[7, 3, 11]]
    view.gain = [1.0, 10.0, 100.0]
    assert view.gain.tolist() == [1.0, 10.0, 100.0]
    assert [pop.gain.ravel()[rank] for rank in (7, 3, 11)] == [1.0, 10.0, 100.0]
    assert pop.gain.sum() == 17 * 2.0 + 111.0
    view.set({"gain": 3.0, "n": 5})
    assert (view.get("gain") == 3.0).all() and view.n.tolist() == [5, 5, 5] and pop.n.sum() == 17 * 3 + 15
    assert view.tau == 10.0 and view.sum("exc").tolist() == [0.0] * 3


def test_set_in_the_geometry_of_the_view(pop: Population) -> None:
    given = np.arange(6.0).reshape(3, 2)
    pop[1:, :2].gain = given
    assert np.array_equal(pop.gain[1:, :2], given)
    pop[1:, :2].gain = given.ravel() + 1.0
    assert np.array_equal(pop.gain[1:, :2], given + 1.0)


def test_set_from_a_distribution(pop: Population) -> None:
    pop[1:].gain = Uniform(10.0, 11.0)
    gain = pop.gain.ravel()
    assert (gain[:5] == 2.0).all() and (gain[5:] >= 10.0).all() and len(np.unique(gain[5:])) == 15


def test_a_list_of_the_whole_population_is_no_list_of_the_view(pop: Population) -> None:
    with pytest.raises(ValueShapeError, match=r"'gain' has shape \(15,\)"):
        pop[:3].gain = np.zeros(20)


def test_one_value_of_the_population_is_set_there(pop: Population) -> None:
    with pytest.raises(ConfigurationError, match="set it there"):
        pop[:3].tau = 1.0
    assert pop.tau == 10.0


def test_unknown_attribute(pop: Population) -> None:
    with pytest.raises(UnknownAttributeError, match="did you mean 'gain'"):
        _ = pop[:3].gian
    with pytest.raises(UnknownAttributeError):
        pop[:3].gian = 1.0


def test_view_of_a_view(pop: Population) -> None:
    view = pop[[9, 4, 6, 2]]
    assert view[1:3].ranks.tolist() == [4, 6]
    assert view[-1].ranks.tolist() == [2]
    assert view[[True, False, False, True]].ranks.tolist() == [9, 2]
    assert [neuron.rank for neuron in view] == [9, 4, 6, 2]
    with pytest.raises(ConfigurationError):
        _ = view[4]


def test_union() -> None:
    _, pop = cells(20)
    assert (pop[[9, 4]] + pop[3:5]).ranks.tolist() == [3, 4, 9]
    _, other = cells(20)
    with pytest.raises(ConfigurationError, match="views of one population"):
        _ = pop[:3] + other[:3]


def test_made_by_hand() -> None:
    _, pop = cells((4, 5))
    assert PopulationView(pop, [3, 1]).ranks.tolist() == [3, 1]
    for ranks in ([0, 20], [-1], [1, 1]):
        with pytest.raises(ConfigurationError):
            PopulationView(pop, ranks)


def test_the_main_script_sets_parts() -> None:
    """Views of slices, arithmetic of what is read through them (the script of the Izhikevich network)."""
    net, pop = cells(10)
    first, rest = pop[:8], pop[8:]
    numbers = np.random.default_rng(1).random(2)
    first.gain = 5.0
    rest.gain = 0.02 + 0.08 * numbers
    first.half = first.gain * 2.0
    rest.half = rest.gain * 3.0
    net.compile()
    assert np.array_equal(pop.gain, [5.0] * 8 + list(0.02 + 0.08 * numbers))
    assert np.array_equal(pop.half, [10.0] * 8 + list((0.02 + 0.08 * numbers) * 3.0))
