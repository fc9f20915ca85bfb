"""The engine and the kernels of its tests, compiled and loaded."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cffi

from distann.build import Request, engine_request, libraries
from distann.runtime.comm import SerialComm

HERE = Path(__file__).parent
CSRC = HERE.parent.parent / "csrc"


@functools.cache
def interface() -> cffi.FFI:
    """The parsed abi.h."""
    text = (CSRC / "include/distann/abi.h").read_text()
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.S)
    ffi = cffi.FFI()
    ffi.cdef("\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return ffi


@functools.cache
def library(request: Request) -> Any:
    """Build a library as a network does, and load it. ``DISTANN_TEST_FLAGS`` adds flags, for runs under a sanitizer."""
    extra = tuple(os.environ.get("DISTANN_TEST_FLAGS", "").split())
    (path,) = libraries([replace(request, flags=(*request.flags, *extra))], SerialComm())
    return interface().dlopen(str(path))


def engine() -> Any:
    return library(engine_request())


@functools.cache
def kernels(word: int) -> dict[str, Any]:
    """The table of the tests' kernels, by name."""
    ffi = interface()
    flags = ("-Wall", "-Wextra", "-Werror", *(() if word == 8 else ("-DDISTANN_SINGLE",)))
    request = Request("kernels of tests", (HERE / "engine_kernels.cpp").read_text(), flags=flags)
    abi = ffi.new("int32_t *")
    table = library(request).distann_kernels(abi)
    assert abi[0] == engine().DISTANN_ABI
    by_name, i = {}, 0
    while table[i].name != ffi.NULL:
        by_name[ffi.string(table[i].name).decode()] = table + i
        i += 1
    return by_name
