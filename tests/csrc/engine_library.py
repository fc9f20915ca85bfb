"""The engine and the kernels of its tests, compiled and loaded."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import cffi

HERE = Path(__file__).parent
CSRC = HERE.parent.parent / "csrc"
FLAGS = [
    "-std=c++20", "-O3", "-march=native", "-fopenmp", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
    "-Wall", "-Wextra", "-fPIC", "-shared",
]  # fmt: skip


@functools.cache
def interface() -> cffi.FFI:
    """The parsed abi.h."""
    text = (CSRC / "include/distann/abi.h").read_text()
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.S)
    ffi = cffi.FFI()
    ffi.cdef("\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return ffi


@functools.cache
def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="distann-engine-")


@functools.cache
def library(source: Path, *options: str) -> Any:
    """Compile a source file and load it. ``DISTANN_TEST_FLAGS`` adds flags, for runs under a sanitizer."""
    target = Path(folder().name) / f"{source.stem}{'-'.join(options)}.so"
    extra = os.environ.get("DISTANN_TEST_FLAGS", "").split()
    command = [os.environ.get("CXX", "g++"), *FLAGS, *options, *extra, "-I", str(CSRC / "include"), str(source)]
    done = subprocess.run([*command, "-o", str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return interface().dlopen(str(target))


def engine() -> Any:
    return library(CSRC / "engine/engine.cpp")


@functools.cache
def kernels(word: int) -> dict[str, Any]:
    """The table of the tests' kernels, by name."""
    ffi = interface()
    options = () if word == 8 else ("-DDISTANN_SINGLE",)
    abi = ffi.new("int32_t *")
    table = library(HERE / "engine_kernels.cpp", *options).distann_kernels(abi)
    assert abi[0] == 1
    by_name, i = {}, 0
    while table[i].name != ffi.NULL:
        by_name[ffi.string(table[i].name).decode()] = table + i
        i += 1
    return by_name
