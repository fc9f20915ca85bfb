"""From C++ source to a handle on a loaded library: toolchain, cache, library."""

from distann.build.broadcast import Ranks, engine_request, functions_request, libraries
from distann.build.cache import Request
from distann.build.library import Engine, Kernels, interface, pointer
from distann.build.toolchain import Toolchain, find_toolchain

__all__ = [
    "Engine",
    "Kernels",
    "Ranks",
    "Request",
    "Toolchain",
    "engine_request",
    "find_toolchain",
    "functions_request",
    "interface",
    "libraries",
    "pointer",
]
