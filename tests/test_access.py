"""Reading and setting synapses: whole, by row, one by one, on this rank; always the same as in flat arrays."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from distann import ConfigurationError, DiscreteUniform, Network, Projection, SpikeSourceArray, Uniform, ValueShapeError
from distann.runtime.engine import Part
from tests.ranks import run_ranks
from tests.toys import CELL, RAMP, SCALED

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")


def network(synapse: bool = True, several: bool = True) -> tuple[Network, Projection]:
    net = Network(seed=6)
    source, cells = net.create(SpikeSourceArray([[1.0, 2.0, 3.0]] * 12)), net.create((4, 5), CELL)
    projection = net.connect(source, cells[[3, 1, 17, 8, 9]], "exc", SCALED if synapse else None)
    projection.fixed_probability(0.6, Uniform(0.0, 1.0), delays=Uniform(1.0, 4.0), force_multiple_weights=several)
    net.compile()
    return net, projection


@functools.cache
def read_only() -> Projection:
    return network()[1]


def test_rows_are_pieces_of_the_flat_arrays() -> None:
    projection = read_only()
    flat = projection.synapses()
    assert np.array_equal(np.lexsort((flat.pre, flat.post)), np.arange(len(flat.post)))
    assert projection.post_ranks.tolist() == np.unique(flat.post).tolist() == [1, 3, 8, 9, 17]
    assert len(projection) == projection.size == 5 and projection.nb_synapses == len(flat.post)
    assert projection.nb_synapses_per_dendrite.tolist() == np.unique(flat.post, return_counts=True)[1].tolist()
    for row, dendrite in enumerate(projection):
        mine = flat.post == dendrite.post_rank
        for found in (dendrite.pre_ranks, projection.pre_ranks[row]):
            assert np.array_equal(found, flat.pre[mine])
        for found in (dendrite.w, projection.w[row], dendrite.get("w"), projection[dendrite.post_rank].w):
            assert np.array_equal(found, flat.w[mine])
        for found in (dendrite.delay, projection.delay[row]):
            assert np.array_equal(found, flat.delay[mine])
        assert len(dendrite) == dendrite.size == mine.sum() and dendrite.total == 3.0
        assert dendrite.offset == 0.5 and dendrite.attributes == projection.attributes
    assert [d.post_rank for d in projection.dendrites] == [1, 3, 8, 9, 17]
    assert projection.dendrite((3, 2)).post_rank == 17


def test_single_synapses() -> None:
    projection = read_only()
    flat = projection.synapses()
    listed = [(s.post_rank, s.pre_rank, s.w, s.delay) for dendrite in projection for s in dendrite]
    assert listed == list(zip(*(array.tolist() for array in flat), strict=True))
    assert projection.synapse(int(flat.pre[7]), int(flat.post[7])).w == flat.w[7]
    assert projection.dendrite(1).synapse(-1).pre_rank == projection.dendrite(1).pre_ranks[-1]
    with pytest.raises(ConfigurationError, match="neuron 2 has no synapses"):
        projection.dendrite(2)
    with pytest.raises(ConfigurationError, match="there is none at 12"):
        projection.dendrite(1).synapse(12)
    absent = next(pre for pre in range(12) if pre not in projection.dendrite(3).pre_ranks)
    with pytest.raises(ConfigurationError, match=f"no synapse from neuron {absent} to 3"):
        projection.synapse(absent, 3)


def test_this_rank() -> None:
    projection = read_only()
    flat, local = projection.synapses(), projection.local
    assert all(
        np.array_equal(mine, all_)
        for mine, all_ in zip((local.post, local.pre, local.w, local.delay), flat, strict=True)
    )
    assert local.nb_synapses == projection.nb_synapses and (local.offset == 0.5).all() and (local.total == 3.0).all()


def test_setting_rows_and_synapses() -> None:
    net, projection = network()
    flat = projection.synapses()
    w = flat.w.copy()
    size = projection.dendrite(8).size
    projection.dendrite(8).w = np.arange(size)
    w[flat.post == 8] = np.arange(size)
    projection[3].set({"w": 7.5, "scale": 4.0})
    w[flat.post == 3] = 7.5
    projection.synapse(int(flat.pre[2]), int(flat.post[2])).w = -1.0
    w[2] = -1.0
    projection.dendrite(9).offset = 2.0
    assert np.array_equal(projection.synapses().w, w) and np.array_equal(projection.w.flat, w)
    assert projection.scale[1].tolist() == [4.0] * projection.dendrite(3).size
    assert projection.offset.tolist() == [0.5, 0.5, 0.5, 2.0, 0.5]
    projection.dendrite(17).w = Uniform(5.0, 6.0)
    drawn = projection.dendrite(17).w
    assert ((drawn >= 5.0) & (drawn <= 6.0)).all() and len(np.unique(drawn)) == len(drawn)
    net.simulate(10.0)  # the synapses' scale grows with every spike: what was read before is not shown again
    assert (projection.dendrite(3).scale == 7.0).all() and (projection.dendrite(1).scale == 5.0).all()
    projection.w = [np.full(len(row), 1.0 + n) for n, row in enumerate(projection.w)]
    assert [row[0] for row in projection.w] == [1, 2, 3, 4, 5]
    projection.w = [5, 4, 3, 2, 1]
    assert [row[-1] for row in projection.w] == [5, 4, 3, 2, 1]
    for wrong in ([1.0], np.ones((size, 1)), np.ones(size + 1)):
        with pytest.raises(ValueShapeError):
            projection.dendrite(8).w = wrong
    with pytest.raises(ConfigurationError, match="'total' is one number for all synapses"):
        projection.dendrite(8).total = 1.0


def test_values_that_synapses_share_are_not_set_for_one_row() -> None:
    _, projection = network(several=False)
    with pytest.raises(ConfigurationError, match=r"of one presynaptic neuron and delay.*force_multiple_weights=True"):
        projection.dendrite(3).scale = 4.0


def test_the_order_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _, projection = network(synapse=False)
    calls: list[str] = []
    for name in ("pairs", "sorted_pairs", "read_synapses"):
        original = getattr(Part, name)

        def counted(self: Part, *arguments: object, name: str = name, original: object = original) -> object:
            calls.append(name)
            return original(self, *arguments)  # type: ignore[operator]

        monkeypatch.setattr(Part, name, counted)
    for dendrite in projection:
        assert len(dendrite.w) == len(dendrite.pre_ranks) == dendrite.size
    assert np.array_equal(projection.w.flat, projection.synapses().w)
    assert calls == ["pairs", "sorted_pairs", "read_synapses"]


def test_receptive_fields() -> None:
    net = Network(seed=6)
    pre, post, line = net.create((3, 4), RAMP), net.create((2, 5), RAMP), net.create(7, RAMP)
    projection = net.connect(pre, post, "exc").fixed_probability(0.5, Uniform(1.0, 2.0))
    other = net.connect(line, post, "exc").all_to_all(1.0)
    net.compile()
    matrix = projection.connectivity_matrix()
    image = projection.receptive_fields()
    assert image.shape == (6, 20)
    for target in range(10):
        row, column = divmod(target, 5)
        tile = image[3 * row : 3 * row + 3, 4 * column : 4 * column + 4]
        assert np.array_equal(tile, matrix[target].reshape(3, 4))
        if matrix[target].any():
            assert np.array_equal(projection.dendrite(target).receptive_field(), tile)
    square = projection.receptive_fields(in_post_geometry=False)
    assert square.shape == (9, 16) and np.array_equal(square[:3, 4:8], image[:3, 4:8])
    assert np.array_equal(square[3:6, :4], image[:3, 16:20]) and not square[6:, 8:].any()
    assert other.receptive_fields().shape == (2, 35) and (other.receptive_fields() == 1.0).all()


@pytest.mark.parametrize(("dtype", "word"), [("float64", 8), ("float32", 4)])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("delays", [1, 4])
def test_bytes_of_a_synapse(dtype: str, word: int, shared: bool, delays: int) -> None:
    net = Network(seed=6)
    net.config(dtype=dtype, num_threads=1)
    pre, post = net.create(500, CELL), net.create(300, CELL)
    projection = net.connect(pre, post, "exc")
    projection.fixed_number_pre(
        100, 0.5 if shared else Uniform(0.0, 1.0), delays=DiscreteUniform(1, delays) if delays > 1 else 1.0
    )
    net.compile()
    synapses = projection.nb_synapses * (2 + (0 if shared else word))
    index = 4 * (500 + 1) + (2 * 500 * delays if delays > 1 else 0)
    built = projection._state.built
    assert built.part.bytes(built.number) == synapses + index


ACCESS = """
    import hashlib
    import numpy as np
    from distann import *
    from distann.runtime.startup import start
    from tests.toys import CELL, SCALED

    net = Network(seed=6)
    source, cells = net.create(SpikeSourceArray([[1.0, 2.0]] * 50)), net.create(90, CELL)
    projection = net.connect(source, cells[::2], "exc", SCALED)
    projection.fixed_number_post(9, Uniform(0.0, 1.0), delays=Uniform(1.0, 4.0))
    net.compile()
    seen = []
    for dendrite in projection:
        dendrite.w = dendrite.w * 2 + dendrite.post_rank
        seen += [dendrite.pre_ranks, dendrite.delay]
    projection[40].offset = 3.0
    projection.synapse(int(projection[40].pre_ranks[0]), 40).w = -1.0
    projection[42].w = Uniform(3.0, 4.0)
    net.simulate(5.0)
    seen += [*projection.synapses(), projection.offset, projection.scale.flat, projection.receptive_fields("scale")]
    local = projection.local
    assert start().sum(len(local.w)) == projection.nb_synapses and (np.diff(local.post) >= 0).all()
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in seen)).hexdigest()
    assert start().same(digest.encode())
    if start().rank == 0:
        print(digest)
"""


@functools.cache
def digest(ranks: int, threads: int) -> str:
    done = run_ranks(ACCESS, ranks, threads=threads)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("ranks", "threads"), [(1, 2), (2, 1), (3, 2), (7, 1)])
def test_every_rank_sees_the_same(ranks: int, threads: int) -> None:
    assert digest(ranks, threads) == digest(1, 1) != ""
