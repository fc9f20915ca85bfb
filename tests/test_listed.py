"""Synapses that are listed: matrices, arrays, functions, files; and files that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import io, sparse, stats

from distann import (
    ConfigurationError,
    FileError,
    LILConnectivity,
    Network,
    Projection,
    Uniform,
    sparse_delays_from_weights,
    sparse_random_matrix,
)
from tests.toys import CELL, pairs

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads", "ignore:a delay of")
h5py = pytest.importorskip("h5py")

PRE, POST = 30, 40
RNG = np.random.default_rng(3)
KEPT = RNG.random((POST, PRE)) < 0.3
W = np.where(KEPT, RNG.random((POST, PRE)), np.nan)
D = np.where(KEPT, RNG.integers(1, 5, (POST, PRE)), np.nan)
LISTED = [[None if np.isnan(w) else w for w in row] for row in W.tolist()]
post_of, pre_of = np.nonzero(KEPT)


def projection_of(pre: int = PRE, post: int = POST) -> tuple[Network, Projection]:
    net = Network(seed=5)
    a, b = net.create(pre, CELL), net.create(post, CELL)
    return net, net.connect(a, b, "exc")


def connected(connect: Callable[[Projection], Any], pre: int = PRE, post: int = POST) -> Projection:
    net, projection = projection_of(pre, post)
    assert connect(projection) is projection
    net.compile()
    return projection


def check(projection: Projection, delays: bool = False) -> None:
    """Compare with W and D."""
    assert np.array_equal(projection.connectivity_matrix(fill=np.nan), W, equal_nan=True)
    synapses = projection.synapses()
    assert np.array_equal(synapses.delay, D[synapses.post, synapses.pre] if delays else np.ones(len(synapses.post)))


# ---- matrices, arrays -------------------------------------------------------------------------------------------


def test_from_matrix() -> None:
    check(connected(lambda p: p.from_matrix(LISTED)))
    check(connected(lambda p: p.from_matrix(np.array(LISTED, dtype=object), delays=np.where(KEPT, D, 1.0))), True)
    check(connected(lambda p: p.connect_from_matrix(np.array(LISTED, dtype=object).T, pre_post=True)))
    dense = connected(lambda p: p.from_matrix(np.zeros((POST, PRE)), delays=2.0))
    assert dense.nb_synapses == POST * PRE and dense.delay == 2.0


def test_from_sparse_with_delays() -> None:
    w, d = (sparse.csc_matrix(np.nan_to_num(m)).T for m in (W, D))
    check(connected(lambda p: p.from_sparse(w, d)), True)
    with pytest.raises(ConfigurationError, match="other entries"):
        connected(lambda p: p.from_sparse(w, sparse.csc_matrix((PRE, POST))))


def test_from_matrix_market(tmp_path: Path) -> None:
    path = tmp_path / "matrix.mtx"
    io.mmwrite(path, sparse.coo_matrix(np.nan_to_num(W)).T, precision=17)
    check(connected(lambda p: p.from_matrix_market(str(path))))
    path.write_text(path.read_text()[:500])
    with pytest.raises(FileError, match=r"matrix.mtx'.*damaged"):
        connected(lambda p: p.from_matrix_market(str(path)))
    with pytest.raises(FileError, match="damaged"):
        connected(lambda p: p.from_matrix_market(str(tmp_path / "absent.mtx")))


def test_random_sparse_matrices() -> None:
    net = Network(seed=5)
    a, b = net.create(200, CELL), net.create(300, CELL)
    weights = sparse_random_matrix(a, b[:250], 0.1, Uniform(0.5, 1.0))
    assert weights.format == "lil" and weights.shape == (200, 250)
    assert stats.binomtest(weights.nnz, 50000, 0.1).pvalue > 1e-4
    delays = sparse_delays_from_weights(weights, 3.0)
    assert (delays.toarray() == np.where(weights.toarray() > 0, 3.0, 0.0)).all()
    projection = net.connect(a, b[:250], "exc").from_sparse(weights, delays)
    net.compile()
    assert np.array_equal(projection.connectivity_matrix(), weights.toarray().T) and projection.delay == 3.0


def shuffled() -> tuple[np.ndarray, ...]:
    order = np.random.default_rng(7).permutation(len(post_of))
    post, pre = post_of[order], pre_of[order]
    return post, pre, W[post, pre], D[post, pre]


def test_from_coo() -> None:
    post, pre, w, d = shuffled()
    check(connected(lambda p: p.from_coo(post, pre, w, d)), True)
    check(connected(lambda p: p.from_coo(post.tolist(), pre.tolist(), w.tolist())))
    one = connected(lambda p: p.from_coo(post, pre, 0.5, 2.0))
    assert one.w == 0.5 and one.delay == 2.0 and set(pairs(one)) == set(zip(post.tolist(), pre.tolist(), strict=True))
    drawn = connected(lambda p: p.from_coo(post, pre, Uniform(0.0, 1.0), d))
    assert stats.kstest(drawn.synapses().w, "uniform").pvalue > 1e-4
    assert connected(lambda p: p.from_coo([], [])).nb_synapses == 0


def test_from_coo_takes_ranks_of_the_populations_in_views() -> None:
    net = Network(seed=5)
    pop = net.create(20, CELL)
    projection = net.connect(pop[[9, 2, 17]], pop[[11, 3, 8]], "exc").from_coo([3, 11, 3], [17, 2, 9], [1.0, 2.0, 3.0])
    net.compile()
    assert pairs(projection) == [(3, 9), (3, 17), (11, 2)] and projection.synapses().w.tolist() == [3.0, 1.0, 2.0]


def test_multapses_keep_their_order() -> None:
    connect = lambda p: p.from_coo([1, 0, 1, 1], [2, 2, 2, 2], [1.0, 2.0, 3.0, 4.0], allow_multapses=True)  # noqa: E731
    synapses = connected(connect).synapses()
    assert synapses.post.tolist() == [0, 1, 1, 1] and synapses.w.tolist() == [2.0, 1.0, 3.0, 4.0]


# ---- functions --------------------------------------------------------------------------------------------------


def test_from_function() -> None:
    def pattern(pre: Any, post: Any, factor: float) -> LILConnectivity:
        synapses = LILConnectivity()
        for rank in range(post.size):
            ranks = np.flatnonzero(KEPT[rank])
            synapses.add(rank, ranks.tolist(), (factor * W[rank, ranks]).tolist(), D[rank, ranks])
        return synapses

    check(connected(lambda p: p.connect_with_func(method=pattern, factor=1.0)), True)
    check(connected(lambda p: p.from_function(pattern, factor=1.0)), True)

    def uniform(pre: Any, post: Any) -> LILConnectivity:
        synapses = LILConnectivity()
        synapses.push_back(3, [1, 2], 0.5, 2.0)
        return synapses

    projection = connected(lambda p: p.from_function(uniform))
    assert pairs(projection) == [(3, 1), (3, 2)] and projection.delay == 2.0 and projection.w[0].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0, [1, 1], 1.0, 1.0), "listed twice"),
        ((0, [1, 2], [1.0], 1.0), None),
        ((0, [1, 2, 3], [1.0, 2.0], 1.0), "3 presynaptic neurons and 2 weights"),
        ((0, [1, 2], 1.0, [1.0, 2.0, 3.0]), "2 presynaptic neurons and 3 delays"),
        ((-1, [1], 1.0, 1.0), "0 or more; got -1"),
        ((0, [1.5], 1.0, 1.0), "are integers"),
        ((0, [1], float("nan"), 1.0), "finite"),
    ],
)
def test_rows_of_a_function(arguments: Any, says: str | None) -> None:
    if says is None:
        LILConnectivity().add(*arguments)
    else:
        with pytest.raises(ConfigurationError, match=says):
            LILConnectivity().add(*arguments)


def rows(*given: tuple[int, list[int]]) -> Callable[..., LILConnectivity]:
    def method(pre: Any, post: Any) -> LILConnectivity:
        synapses = LILConnectivity()
        for post_rank, pre_ranks in given:
            synapses.add(post_rank, pre_ranks, 1.0)
        return synapses

    return method


@pytest.mark.parametrize(
    ("connect", "says"),
    [
        (lambda p: p.from_function(lambda pre, post: [1]), "returns a LILConnectivity; got list"),
        (lambda p: p.from_function(rows((3, [1]), (3, [1]))), r"\(post 3, pre 1\) is listed twice"),
        (lambda p: p.from_function(rows((40, [1]))), "no postsynaptic neuron of rank 40 among its 40"),
        (lambda p: p.from_coo([0, 1], [30, 31]), "no presynaptic neuron of rank 30 among its 30"),
        (lambda p: p.from_coo([0, 0], [1, 1]), r"\(post 0, pre 1\) is listed twice; allow_multapses=True"),
        (lambda p: p.from_coo([0, 1], [1]), "'post' has 2 ranks, but 'pre' has 1"),
        (lambda p: p.from_coo([0, 1], [1, 2], [1.0]), "'w' has 1 values for 2 synapses"),
        (lambda p: p.from_coo([0, 1], [1, 2], d=[1.0, -1.0]), "delays are numbers of ms, 0 or more"),
        (lambda p: p.from_coo([0, -1], [1, 2]), "'post' are 0 or more; got -1"),
        (lambda p: p.from_coo([0.5], [1]), "'post' are integers"),
        (lambda p: p.from_matrix(np.zeros((PRE, POST))), "It is transposed: say pre_post=True"),
        (lambda p: p.from_matrix(np.zeros((3, 3))), r"\(postsynaptic, presynaptic\), but these sides have \(40, 30\)"),
        (lambda p: p.from_matrix([[1.0], [1.0, 2.0]]), "different lengths"),
        (lambda p: p.from_matrix(np.full((POST, PRE), np.nan)), "weights are finite numbers"),
        (lambda p: p.from_matrix("dense"), "weights are"),
        (lambda p: p.from_matrix(np.zeros((POST, PRE)), delays=np.zeros((PRE, POST))), "matrix of delays"),
        (lambda p: p.one_to_one(np.ones(3)), "3 weights are given for 30 pairs"),
    ],
)
@pytest.mark.filterwarnings("ignore:projection .* one by one")
def test_mistakes(connect: Callable[[Projection], Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        connect(projection_of()[1])


# ---- files ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[".npz", ".h5"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"synapses{request.param}"
    projection = connected(lambda p: p.from_coo(*shuffled()))
    projection.save_connectivity(str(path))
    return path


def test_saved_and_loaded(saved: Path) -> None:
    check(connected(lambda p: p.from_file(str(saved))), True)
    assert sorted(saved.parent.iterdir()) == [saved]


def test_a_piece_at_a_time(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distann.runtime.edges.PIECE", 7)
    check(connected(lambda p: p.from_file(str(saved))), True)


def test_nothing_is_a_network_as_well(tmp_path: Path) -> None:
    path = str(tmp_path / "none.npz")
    connected(lambda p: p.from_coo([], [])).save_connectivity(path)
    assert connected(lambda p: p.from_file(path)).nb_synapses == 0


def test_views_of_a_file(saved: Path) -> None:
    net = Network(seed=5)
    a, b = net.create(PRE, CELL), net.create(POST, CELL)
    projection = net.connect(a[::-1], b[np.random.default_rng(1).permutation(POST)], "exc").from_file(str(saved))
    net.compile()
    synapses = projection.synapses()
    assert np.array_equal(synapses.w, W[synapses.post, synapses.pre]) and len(synapses.w) == len(post_of)


def test_neurons_outside_of_a_view(saved: Path) -> None:
    net = Network(seed=5)
    projection = net.connect(net.create(PRE, CELL), net.create(POST, CELL)[:20], "exc")
    with pytest.raises(FileError, match=r"postsynaptic neuron \d+, which is not in the view"):
        projection.from_file(str(saved))


def test_another_network(saved: Path) -> None:
    with pytest.raises(FileError, match=r"another network: it connects 30 to 40 neurons, these are 31 and 40"):
        projection_of(31, 40)[1].from_file(str(saved))


def test_damaged_files_say_so(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in (0, 3, 100, len(whole) // 2, len(whole) - 10):
        saved.write_bytes(whole[:length])
        with pytest.raises(FileError, match="damaged"):
            projection_of()[1].from_file(str(saved))
    saved.write_bytes(b"not what it was" + whole)
    with pytest.raises(FileError, match=r"neither an .npz nor an .h5 file"):
        projection_of()[1].from_file(str(saved))
    with pytest.raises(FileError, match="No such file"):
        projection_of()[1].from_file(str(saved) + ".absent")


def test_one_wrong_bit_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "synapses.npz"
    connected(lambda p: p.from_coo(*shuffled())).save_connectivity(str(path))
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 16
    path.write_bytes(whole)
    with pytest.raises(FileError, match=r"damaged.*CRC"):
        projection_of()[1].from_file(str(path))


def test_foreign_files(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", post=post_of, pre=pre_of)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["post"] = post_of
    for name in ("other.npz", "other.h5"):
        with pytest.raises(FileError, match="was not written by save_connectivity"):
            projection_of()[1].from_file(str(tmp_path / name))


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    projection = connected(lambda p: p.from_coo([0], [0]))
    with pytest.raises(FileError, match=r"saved as .npz or .h5"):
        projection.save_connectivity(str(tmp_path / "synapses.mat"))
    with pytest.raises(FileError, match="No such file or directory"):
        projection.save_connectivity(str(tmp_path / "absent" / "synapses.npz"))


def write_hdf5(path: Path, **more: Any) -> str:
    post, pre, w, d = shuffled()
    with h5py.File(path, "w") as file:
        for name, data in ({"post": post, "pre": pre, "w": w, "ms": d} | more).items():
            file[name] = data
    return str(path)


def test_lists_of_an_hdf5_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distann.runtime.edges.PIECE", 50)
    path = write_hdf5(tmp_path / "lists.h5")
    check(connected(lambda p: p.from_hdf5(path, delays="ms")), True)
    constant = connected(lambda p: p.from_hdf5(path, weights=0.5, delays=3.0))
    assert constant.w == 0.5 and constant.delay == 3.0 and constant.nb_synapses == len(post_of)


@pytest.mark.parametrize(
    ("more", "arguments", "says"),
    [
        ({}, {"weights": "weight"}, "weight"),
        ({"w": [1.0]}, {}, "different lengths"),
        ({"pre": pre_of + 1}, {}, "presynaptic neuron 30, but the ranks are 0 to 29"),
        ({"pre": pre_of - 1}, {}, "presynaptic neuron -1"),
        ({"pre": pre_of * 1.0}, {}, "ranks are integers"),
        ({"ms": -1.0 - D[KEPT]}, {"delays": "ms"}, "delays are 0 ms or more; the smallest is -5"),
        ({"w": np.full(len(pre_of), np.inf)}, {}, "some weights are infinite"),
    ],
)
def test_wrong_lists(tmp_path: Path, more: Any, arguments: Any, says: str) -> None:
    path = write_hdf5(tmp_path / "lists.h5", **more)
    with pytest.raises(FileError, match=says):
        projection_of()[1].from_hdf5(path, **arguments)


def test_pairs_that_a_file_lists_twice(tmp_path: Path) -> None:
    twice = {"post": [4, 2, 4], "pre": [7, 7, 7], "w": [1.0, 2.0, 3.0]}
    path = write_hdf5(tmp_path / "lists.h5", **twice)
    with pytest.raises(ConfigurationError, match=r"\(post 4, pre 7\) is listed twice"):
        connected(lambda p: p.from_hdf5(path))
    assert connected(lambda p: p.from_hdf5(path, allow_multapses=True)).synapses().w.tolist() == [2.0, 1.0, 3.0]


def write_sonata(path: Path, group: Any = 0) -> str:
    post, pre, w, d = shuffled()
    with h5py.File(path, "w") as file:
        edges = file.create_group("edges/a_to_b")
        edges["target_node_id"], edges["source_node_id"] = post.astype(np.uint64), pre.astype(np.uint64)
        edges["edge_type_id"], edges["edge_group_id"] = np.full(len(post), 100), np.full(len(post), group)
        edges["edge_group_index"] = np.arange(len(post))
        edges["0/syn_weight"], edges["0/delay"] = w.astype(np.float32), d
    return str(path)


def test_sonata_edges(tmp_path: Path) -> None:
    path = write_sonata(tmp_path / "edges.h5")
    projection = connected(lambda p: p.from_sonata(path))
    synapses = projection.synapses()
    assert np.array_equal(synapses.w, W[synapses.post, synapses.pre].astype(np.float32)) and len(synapses.w) == len(
        post_of
    )
    assert np.array_equal(synapses.delay, D[synapses.post, synapses.pre])
    assert connected(lambda p: p.from_sonata(path, "a_to_b", weights=2.0, delays=1.0)).w == 2.0
    with pytest.raises(FileError, match="say which population of edges: it has a_to_b"):
        connected(lambda p: p.from_sonata(path, "b_to_a"))
    with pytest.raises(FileError, match="attributes in order in the group 0"):
        connected(lambda p: p.from_sonata(write_sonata(tmp_path / "other.h5", group=1)))
