"""Compile a piece of C++ against the headers of distann and call it: for tests of the headers alone.

What was compiled once is kept by content, so that a second run of the tests compiles nothing.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import cffi
import numpy as np
from numpy.typing import NDArray

__all__ = ["INCLUDE", "RUNS_V3", "Array", "load", "pointer", "vectorised"]

INCLUDE = Path(__file__).parents[2] / "csrc" / "include"
FLAGS = """-O3 -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off -std=c++20 -fPIC -shared -Wall -Wextra
-Werror -Wno-unknown-pragmas""".split()
COMPILER = os.environ.get("CXX", "g++")

Array = NDArray[np.float64] | NDArray[np.float32]


def _runs_v3() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return False
    return platform.machine() == "x86_64" and {"avx2", "fma", "bmi2"} <= set(flags)


RUNS_V3 = _runs_v3()


@cache
def _environment() -> bytes:
    """Return what beside the text and the flags decides the result: compiler and processor."""
    version = subprocess.run([COMPILER, "--version"], capture_output=True, check=True).stdout
    target = subprocess.run(
        [COMPILER, "-march=native", "-Q", "--help=target"], capture_output=True, check=False
    ).stdout
    return version + target


def _folder() -> Path:
    top = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(top) / "distann-tests"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@cache
def _build(source: str, architecture: str) -> Path:
    """Return the library of `source`; beside it lies what the compiler said about its loops."""
    flags = [*FLAGS, f"-march={architecture}", f"-I{INCLUDE}", "-fopt-info-vec-optimized"]
    whole = subprocess.run(
        [COMPILER, *flags, "-E", "-x", "c++", "-"], input=source.encode(), capture_output=True, check=True
    ).stdout  # with every header that it includes
    key = hashlib.sha256(_environment() + " ".join(flags).encode() + whole).hexdigest()[:32]
    library = _folder() / f"{key}.so"
    if not library.exists():
        text, new = library.with_suffix(f".{os.getpid()}.cpp"), library.with_suffix(f".{os.getpid()}.so")
        text.write_text(source)
        command = [COMPILER, *flags, str(text), "-o", str(new)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        text.replace(library.with_suffix(".cpp"))
        report = done.stderr.replace(str(text), "source")
        library.with_suffix(".report").write_text(report)
        new.replace(library)
    return library


def load(source: str, cdef: str, architecture: str = "native") -> tuple[Any, Any]:
    """Return ffi and library of a C++ text whose functions are ``extern "C"``."""
    ffi = cffi.FFI()
    ffi.cdef(cdef)
    return ffi, ffi.dlopen(str(_build(source, architecture)))


def vectorised(source: str, file: str = "source", architecture: str = "native") -> set[int]:
    """Return the numbers of the lines of `source`, or of a header, whose loops the compiler vectorised."""
    report = _build(source, architecture).with_suffix(".report").read_text().splitlines()
    places = [line.split(":") for line in report if "loop vectorized" in line]
    return {int(place[1]) for place in places if Path(place[0]).name == file}


def pointer(ffi: Any, array: NDArray[Any]) -> Any:
    """Return the address of a contiguous array as a pointer to its own type."""
    assert array.flags.c_contiguous
    names = {"f8": "double", "f4": "float", "u4": "uint32_t", "u8": "uint64_t"}
    return ffi.from_buffer(f"{names[array.dtype.str[1:]]}[]", array)
