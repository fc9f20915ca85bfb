"""Saving and loading values and parameters: other programs can read the files, and nothing in them is a program."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import distann
from distann import FileError, Izhikevich, Network, Neuron, NotCompiledError, Synapse, Uniform, UnsupportedError
from tests.ranks import run_ranks

pytestmark = pytest.mark.filterwarnings("ignore:population .* reads")

CELL = Neuron(
    parameters="tau = 10.0 : population ; n = 3 : population, int ; on = True : bool ; k = 1.0",
    equations="r += k + scale * sum(exc)",
    name="Saved",
)
WIRE = Synapse(
    parameters="gain = 2.0 : projection ; bias = 0.5 : postsynaptic ; c = 1.0", psp="(w + c) * pre.r * gain + bias"
)


@pytest.fixture(autouse=True)
def default_network() -> Iterator[None]:
    distann.clear()
    yield
    distann.clear()


def network(seed: int = 3, **names: str) -> Network:
    net = Network(dt=0.5, seed=seed)
    net.constant("scale", 0.01)
    pop = net.create((4, 5), CELL, name=names.get("pop", "pop"))
    pop.k = Uniform(0.0, 1.0)
    net.connect(pop, pop, "exc", WIRE, name="wires").fixed_probability(0.3, Uniform(0.0, 0.1), delays=1.5)
    net.connect(pop, pop, "exc", name="same").one_to_one(0.5)
    net.compile()
    return net


def all_values(net: Network) -> dict[str, np.ndarray]:
    found = {name: np.asarray(net.get_population("pop").get(name)) for name in net.get_population("pop").attributes}
    for projection in net.get_projections():
        for name in projection.attributes:
            value = projection.get(name)
            found[f"{projection.name} {name}"] = np.asarray(getattr(value, "flat", value))
    return found


def changed(net: Network) -> Network:
    net.simulate(3.0)
    wires = net.get_projection("wires")
    wires.w = np.arange(float(wires.nb_synapses))
    wires.gain, wires.bias = 7.0, 0.25
    net.get_population("pop").set({"tau": 4.0, "on": np.arange(20) % 3 == 0, "n": 8})
    return net


@pytest.mark.parametrize("ending", [".npz", ".h5", ".hdf5", ".json", ".data", ""])
def test_what_was_saved_is_loaded(tmp_path: Path, ending: str) -> None:
    net, other, file = changed(network()), network(), tmp_path / f"net{ending}"
    net.save(file)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    other.load(file)
    assert other.time == 3.0
    mine, theirs = all_values(net), all_values(other)
    assert mine.keys() == theirs.keys() and all(np.array_equal(mine[name], theirs[name]) for name in mine)
    assert mine["on"].dtype == bool and other.get_population("pop").n == 8


def test_parts_can_be_saved_and_loaded(tmp_path: Path) -> None:
    net, other = changed(network()), network()
    net.save(tmp_path / "pops.npz", projections=False)
    net.get_projection("wires").save(tmp_path / "wires.h5")
    net.get_population("pop").save(tmp_path / "pop.json")
    with pytest.warns(UserWarning, match="has no projection '(wires|same)': it stays as it is"):
        other.load(tmp_path / "pops.npz")
    assert np.array_equal(other.get_population("pop").r, net.get_population("pop").r)
    other.get_projection("wires").load(tmp_path / "wires.h5")
    assert other.get_projection("wires").w == net.get_projection("wires").w
    third = network()
    third.get_population("pop").load(tmp_path / "pop.json")
    assert np.array_equal(third.get_population("pop").r, net.get_population("pop").r) and third.time == 0.0
    fourth = network()
    net.save(tmp_path / "net.npz")
    fourth.load(tmp_path / "net.npz", populations=False)
    assert (fourth.get_population("pop").r == 0.0).all() and fourth.get_projection("wires").gain == 7.0


def test_other_programs_read_the_files(tmp_path: Path) -> None:
    h5py, io = pytest.importorskip("h5py"), pytest.importorskip("scipy.io")
    net = changed(network())
    for ending in (".npz", ".h5", ".mat", ".json"):
        net.save(tmp_path / f"net{ending}")
    synapses, r = net.get_projection("wires").synapses(), net.get_population("pop").r.ravel()
    with np.load(tmp_path / "net.npz") as archive, h5py.File(tmp_path / "net.h5") as file:
        for found in (archive, file):
            assert np.array_equal(found["populations/pop/r"], r)
            for name in ("post_ranks", "pre_ranks", "w", "delay"):
                expected = getattr(synapses, name.removesuffix("_ranks"))
                assert np.array_equal(found[f"projections/wires/{name}"], expected)
    matlab = io.loadmat(tmp_path / "net.mat")
    assert np.array_equal(matlab["pop_r"].ravel(), r) and np.array_equal(matlab["wires_w"].ravel(), synapses.w)
    assert json.loads((tmp_path / "net.json").read_text())["populations/pop/r"] == r.tolist()
    with pytest.raises(UnsupportedError, match=r"is for MATLAB: save as .npz, .h5 or .json"):
        net.load(tmp_path / "net.mat")


class Hostile:
    """What runs a program when it is unpickled."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


def test_pickles_are_never_read(tmp_path: Path) -> None:
    net = network()
    (tmp_path / "net.data").write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(FileError, match="Pickled files are never read, since they can run programs"):
        net.load(tmp_path / "net.data")
    np.savez(tmp_path / "net.npz", **{"populations/pop/r": np.array([Hostile()], object)})  # type: ignore[arg-type]
    with pytest.raises(FileError, match="it is damaged"):
        net.load(tmp_path / "net.npz")


@pytest.mark.parametrize("ending", [".npz", ".h5", ".json"])
def test_damaged_files(tmp_path: Path, ending: str) -> None:
    net, file = network(), tmp_path / f"net{ending}"
    net.save(file)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(FileError, match=r"it is damaged|No such file"):
        net.load(file)
    with pytest.raises(FileError, match="No such file or directory"):
        net.load(tmp_path / "none.npz")
    with pytest.raises(FileError, match="No such file or directory"):
        net.save(tmp_path / "none" / "net.npz")


def test_another_network(tmp_path: Path) -> None:
    network().save(tmp_path / "net.npz")
    with pytest.raises(FileError, match="projection 'wires' has other synapses there"):
        network(seed=4).load(tmp_path / "net.npz")
    other = Network(seed=1)
    other.create(3, Izhikevich, name="other")
    with pytest.raises(NotCompiledError):
        other.load(tmp_path / "net.npz")
    other.compile()
    with pytest.warns(UserWarning, match="has no population 'other'"):
        other.load(tmp_path / "net.npz")


def test_parameters(tmp_path: Path) -> None:
    net, file = changed(network()), tmp_path / "parameters.json"
    net.get_constant("scale").set(0.5)
    net.save_parameters(file)
    assert json.loads(file.read_text()) == {
        "populations": {"pop": {"tau": 4.0, "n": 8}},
        "projections": {"wires": {"gain": 7.0}, "same": {"w": 0.5}},
        "constants": {"scale": 0.5},
    }
    other = network()
    other.load_parameters(file)
    assert (other.get_population("pop").tau, other.get_projection("wires").gain) == (4.0, 7.0)
    assert float(other.get_constant("scale")) == 0.5


def test_parameters_written_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, file = network(), tmp_path / "parameters.json"
    file.write_text('{"populations": {"pop": {"tau": 3.0, "k": 9.0, "kk": 1.0}}, "constants": {"other": 1.0}}')
    with pytest.warns(UserWarning, match="has '(kk|other)'|constant 'other'"):
        net.load_parameters(file, verbose=True)
    assert net.get_population("pop").tau == 3.0 and net.get_population("pop").k.max() < 1.0
    assert capsys.readouterr().out == "tau of population 'pop' is set to 3.0.\n"
    net.load_parameters(file, global_only=False)
    assert (net.get_population("pop").k == 9.0).all()
    for text, reason in (("[1, 2]", "does not hold the parameters"), ("{", "it is not JSON")):
        file.write_text(text)
        with pytest.raises(FileError, match=reason):
            net.load_parameters(file)


def test_module_level_functions(tmp_path: Path) -> None:
    pop = distann.Population(3, Izhikevich, name="pop")
    distann.compile()
    distann.simulate(5.0)
    distann.save(tmp_path / "net.npz")
    distann.save_parameters(tmp_path / "parameters.json")
    v = pop.v
    distann.reset()
    distann.load(tmp_path / "net.npz")
    distann.load_parameters(tmp_path / "parameters.json")
    assert np.array_equal(pop.v, v) and distann.get_time() == 5.0


def test_load_parameter(tmp_path: Path) -> None:
    file = tmp_path / "parameters.xml"
    file.write_text("<model><tau>10.5</tau><size><width>7</width></size><name> LIF </name><empty/></model>")
    assert distann.load_parameter(file) == {"tau": 10.5, "width": 7, "name": "LIF", "empty": ""}
    file.write_text("<model>")
    with pytest.raises(FileError, match="it is not XML"):
        distann.load_parameter(file)


def test_ranks_save_and_load_the_whole(tmp_path: Path) -> None:
    text = f"""
from distann import *
import sys
import numpy as np
net = Network(seed=5)
pop = net.create(100, Izhikevich(noise=5.0), name="pop")
proj = net.connect(pop, pop, "exc", name="proj").fixed_probability(0.2, Uniform(0.0, 1.0))
net.compile()
if not LOAD:
    proj.w = np.arange(float(proj.nb_synapses))
    net.simulate(20.0)
    net.save({str(tmp_path / "net.npz")!r})
else:
    net.load({str(tmp_path / "net.npz")!r})
    assert np.array_equal(proj.synapses().w, np.arange(float(proj.nb_synapses))) and net.time == 20.0
sys.stdout.write(repr(float(pop.v.sum())) + "\\n")
"""
    saved = run_ranks(text.replace("LOAD", "False"), 3)
    loaded = run_ranks(text.replace("LOAD", "True"), 2)
    assert saved.returncode == loaded.returncode == 0, saved.stderr + loaded.stderr
    assert len(set(saved.stdout.split())) == 1 and set(saved.stdout.split()) == set(loaded.stdout.split())
