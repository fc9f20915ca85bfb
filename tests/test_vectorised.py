"""The loops over neurons are vector code: the compiler says so itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from distann import IF_cond_exp, Izhikevich, Neuron
from distann.build import find_toolchain
from distann.codegen.driver import generate
from distann.csrc import include_dir

COBA = Neuron(
    parameters="""
        E_L = -60.0 : population
        tau_m = 20.0 : population
        tau_exc = 5.0 : population
        tau_inh = 10.0 : population
    """,
    equations="""
        tau_m * dv/dt = (E_L - v) + g_exc * (0.0 - v) + g_inh * (-80.0 - v)
        tau_exc * dg_exc/dt = -g_exc : exponential
        tau_inh * dg_inh/dt = -g_inh : exponential
    """,
    spike="v > -50.0",
    reset="v = -60.0",
    refractory=5.0,
)

# Random terms of each kind, in a loop that is not small.
NOISY = Neuron(
    parameters="tau = 10.0 : population\nrate = 1000.0 : population",
    equations="""
        g_exc += 0.5 * Poisson(rate * dt / 1000)
        tau * dv/dt = g_exc + g_inh - v : exact
        0.5 * dg_exc/dt = -g_exc : exact
        2.0 * dg_inh/dt = -g_inh : exact
        w = v + Normal(0.0, 1.0) - Uniform(0.0, 1.0)
    """,
    spike="w > 1.0",
    reset="v = 0.0",
    refractory=2.0,
)

# Newton's method, eight times unrolled.
IMPLICIT = Neuron(
    equations="""
        dx/dt = y + 0.3 * tanh(x - y) : implicit
        dy/dt = (1.0 - x**2) * y - x * exp(-y) : implicit
        r = x
    """,
)


def update_loops() -> set[int]:
    """Return the lines of the loops that run the equations of a block: the ``for`` and what it repeats."""
    lines = (include_dir() / "distann" / "neurons.hpp").read_text().splitlines()
    pragmas = [number for number, line in enumerate(lines, 1) if line.startswith("#pragma omp simd")]
    return {line for number in pragmas for line in (number + 1, number + 2)}


def vectorised(source: str, folder: Path, *flags: str) -> set[int]:
    """Return the lines of ``neurons.hpp`` with loops that became vector code."""
    toolchain = find_toolchain()
    if not toolchain.name.startswith("g++"):
        pytest.skip("the report of another compiler reads differently")
    (folder / "source.cpp").write_text(source)
    done = subprocess.run(
        [toolchain.path, *toolchain.arguments, "source.cpp", *toolchain.flags, *flags, "-fopt-info-vec-optimized",
         "-I", toolchain.include, "-I", toolchain.include.parent, "-o", "library.so"],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {int(line) for line in re.findall(r"neurons\.hpp:(\d+):\d+: optimized: loop vectorized", done.stderr)}


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(
    "neuron",
    [COBA, Izhikevich(), IF_cond_exp(), NOISY, IMPLICIT],
    ids=["COBA", "Izhikevich", "IF_cond_exp", "noisy", "implicit"],
)
def test_the_equations_of_neurons_are_vectorised(tmp_path: Path, neuron: Neuron, precision: str) -> None:
    source = generate([neuron], [], precision=precision).source.text
    assert vectorised(source, tmp_path) & update_loops()


def test_the_report_tells_the_difference(tmp_path: Path) -> None:
    source = generate([COBA], []).source.text
    assert not vectorised(source, tmp_path, "-fno-openmp", "-fno-tree-vectorize") & update_loops()
