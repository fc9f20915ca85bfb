"""The layers hold: reads every import, and says which point upwards or stand where they must not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What each layer may import, besides itself.
BELOW = {
    "errors": (),
    "csrc": (),
    "model": ("errors",),
    "models": ("errors", "model"),
    "codegen": ("errors", "model"),
    "build": ("errors", "model", "codegen", "csrc"),
    "runtime": ("errors", "model", "codegen", "csrc", "build"),
    "facade": ("errors", "model", "models", "codegen", "csrc", "build", "runtime"),
}
COMM = "distann/runtime/comm.py"
PICKLING = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
PROGRAMS = {"system", "popen", "posix_spawn", "posix_spawnp", "execv", "execvp", "execve", "fork", "forkpty"}


@dataclass(frozen=True)
class Import:
    """One imported module: where it stands, and whether in a function or for type checkers only."""

    path: str
    line: int
    module: str
    in_function: bool
    for_types: bool


def files(root: Path) -> list[Path]:
    return sorted(path for folder in ("distann", "codegen", "csrc") for path in (root / folder).rglob("*.py"))


def module_of(path: str) -> str:
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return ".".join(parts if parts[0] == "distann" else ["distann", *parts])


def layer_of(module: str) -> str:
    """Return the layer of a module of distann; the package itself stands for its public names."""
    part = module.split(".")[1] if "." in module else ""
    return part if part in BELOW else "facade"


def imports(root: Path, path: Path, known: set[str]) -> Iterator[Import]:
    here = path.relative_to(root).as_posix()
    package = module_of(here).split(".") if path.name == "__init__.py" else module_of(here).split(".")[:-1]

    def visit(node: ast.AST, in_function: bool, for_types: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(here, node.lineno, alias.name, in_function, for_types)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                module = inner if inner in known or layer_of(inner) != layer_of(origin) else origin
                yield Import(here, node.lineno, module, in_function, for_types)
        inside = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typing = for_types or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside, typing)

    yield from visit(ast.parse(path.read_text(), here), False, False)


def fault(found: Import) -> str:
    """Return what is wrong with an import, or nothing."""
    top = found.module.split(".")[0]
    own = layer_of(module_of(found.path))
    if top == "distann":
        other = layer_of(found.module)
        if other != own and other not in BELOW[own]:
            return f"{own} imports {other}"
    if top in ("codegen", "csrc"):
        return f"{top} is imported without distann"
    if top == "mpi4py" and found.path != COMM:
        return "mpi4py is imported outside comm.py"
    if top == "subprocess" and own != "build":
        return "subprocess is imported outside build"
    if top == "sympy" and own == "runtime":
        return "runtime imports sympy"
    if top in PICKLING:
        return f"{top} is imported"
    if found.in_function and not (top == "mpi4py" and found.path == COMM):
        return "an import inside a function"
    return ""


def calls(root: Path, path: Path) -> Iterator[str]:
    """Yield what a file does that no import shows: runs programs, evaluates text, reads pickles by numpy."""
    here = path.relative_to(root).as_posix()
    for node in ast.walk(ast.parse(path.read_text(), here)):
        match node:
            case ast.Call(func=ast.Name(id="eval" | "exec" | "__import__" as name)):
                yield f"{here}:{node.lineno}: {name} is called"
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in PROGRAMS:
                yield f"{here}:{node.lineno}: os.{name} is used"
            case ast.keyword(arg="allow_pickle", value=ast.Constant(value=True)):
                yield f"{here}:{node.lineno}: pickles are allowed"


def faults(root: Path) -> list[str]:
    paths = files(root)
    known = {module_of(path.relative_to(root).as_posix()) for path in paths}
    found = [one for path in paths for one in imports(root, path, known)]
    said = [f"{one.path}:{one.line}: {reason}" for one in found if (reason := fault(one))]
    said += [reason for path in paths for reason in calls(root, path)]
    graph: dict[str, set[str]] = {module: set() for module in known}
    for one in found:
        if one.module in known and one.module != module_of(one.path) and not one.for_types:
            graph[module_of(one.path)].add(one.module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        said.append(f"a cycle: {' < '.join(error.args[1])}")
    return said


def test_the_source_keeps_the_layers() -> None:
    assert files(ROOT)
    assert faults(ROOT) == []


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("distann/model/a.py", "from distann.codegen import ir", "model imports codegen"),
        ("distann/model/a.py", "from ..runtime.comm import world", "model imports runtime"),
        ("distann/model/a.py", "from distann import network", "model imports facade"),
        ("distann/model/a.py", "import distann", "model imports facade"),
        ("distann/models/a.py", "from distann.runtime import log", "models imports runtime"),
        ("codegen/a.py", "from .. import build", "codegen imports build"),
        ("codegen/a.py", "from distann.build.cache import load", "codegen imports build"),
        ("distann/build/a.py", "import distann.runtime.log", "build imports runtime"),
        ("distann/runtime/a.py", "from distann.population import Population", "runtime imports facade"),
        ("distann/errors.py", "from distann.model import neuron", "errors imports model"),
        ("distann/runtime/a.py", "from mpi4py import MPI", "mpi4py is imported outside comm.py"),
        ("distann/runtime/a.py", "import subprocess as s", "subprocess is imported outside build"),
        ("distann/runtime/a.py", "import sympy.core", "runtime imports sympy"),
        ("distann/runtime/a.py", "def f():\n    import numpy", "an import inside a function"),
        ("distann/runtime/comm.py", "def f():\n    import numpy", "an import inside a function"),
        ("distann/network.py", "import codegen.ir", "codegen is imported without distann"),
        ("distann/network.py", "from codegen import ir", "codegen is imported without distann"),
        ("distann/network.py", "from csrc import include_dir", "csrc is imported without distann"),
        ("distann/network.py", "import pickle", "pickle is imported"),
        ("codegen/a.py", "from marshal import loads", "marshal is imported"),
        ("distann/network.py", "import os\nos.system('ls')", "os.system is used"),
        ("codegen/a.py", "x = eval('1')", "eval is called"),
        ("distann/network.py", "np.load(f, allow_pickle=True)", "pickles are allowed"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, path: str, text: str, reason: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert [said.split(": ", 1)[1] for said in faults(tmp_path)] == [reason]


def test_a_cycle_is_found(tmp_path: Path) -> None:
    (tmp_path / "codegen").mkdir()
    (tmp_path / "codegen/a.py").write_text("from distann.codegen import b")
    (tmp_path / "codegen/b.py").write_text("from distann.codegen.a import x")
    assert len(faults(tmp_path)) == 1
    assert faults(tmp_path)[0].startswith("a cycle: distann.codegen.")
    types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from distann.codegen.a import x"
    (tmp_path / "codegen/b.py").write_text(types)
    assert faults(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("distann/runtime/comm.py", "def f():\n    from mpi4py import MPI"),
        ("distann/build/a.py", "import subprocess\nfrom distann.csrc import include_dir"),
        ("codegen/a.py", "import sympy\nfrom distann.model.neuron import Neuron\nfrom .ir import Field"),
        ("distann/runtime/a.py", "from distann import errors\nimport distann.build.cache"),
        ("distann/__init__.py", "from distann.runtime import startup\nfrom distann.models import Izhikevich"),
        ("distann/inputs/a.py", "from distann.population import Population"),
        ("distann/cli.py", "from distann import __version__"),
    ],
)
def test_what_the_layers_allow_is_allowed(tmp_path: Path, path: str, text: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert faults(tmp_path) == []
