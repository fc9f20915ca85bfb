"""Compiled libraries in the hands of Python: cffi handles of the engine and of generated kernels.

The C header ``distann/abi.h`` is the one description of the interface: cffi parses it. As that takes 0.1 s,
the result (tables of bytes, not code) is kept in the cache and read back in a millisecond.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from distann.build import cache
from distann.build.private import write_whole
from distann.csrc import include_dir
from distann.errors import CompilerError, ConfigurationError

__all__ = ["Engine", "Kernels", "declarations", "interface", "pointer"]

_SIZES = ("settings", "population", "distribution", "rule", "field", "projection", "operation", "kernel", "condition")
_C_TYPES = {
    np.dtype(np.float64): "double[]", np.dtype(np.float32): "float[]",
    np.dtype(np.int64): "int64_t[]", np.dtype(np.int32): "int32_t[]",
    np.dtype(np.uint64): "uint64_t[]", np.dtype(np.uint32): "uint32_t[]",
    np.dtype(np.uint16): "uint16_t[]", np.dtype(np.uint8): "uint8_t[]",
}

# The compiled half of cffi. The other half is the parser, which takes long to import and is seldom needed.
_backend: Any = importlib.import_module("_cffi_backend")


# ---------------------------------------------------------------------- the interface


def declarations(header: str) -> str:
    """Return the C declarations of a header, without what cffi does not parse.

    Parameters
    ----------
    header : str
        Text of a header whose directives may all be dropped, and whose parts for C++ alone stand between
        ``#ifdef __cplusplus`` and ``#else`` or ``#endif``.
    """
    kept: list[str] = []
    depth = 0  # of directives inside a part for C++
    for line in header.replace("\\\n", " ").splitlines():
        words = line.lstrip().lstrip("#").split() if line.lstrip().startswith("#") else []
        if not words:
            if depth == 0:
                kept.append(line)
        elif words[0].startswith("if"):
            depth += depth > 0 or words[1:2] == ["__cplusplus"]
        elif words[0] == "endif" or (words[0] == "else" and depth == 1):
            depth = max(0, depth - 1)
    return "\n".join(kept)


@functools.cache
def interface() -> Any:
    """Return the cffi ``FFI`` of ``abi.h``, always the same one."""
    header = (include_dir() / "distann" / "abi.h").read_text(encoding="utf-8")
    digest = hashlib.sha256(f"{_backend.__version__}\0{header}".encode()).hexdigest()
    try:
        memory = cache.folder() / f"interface-{digest[:32]}.txt"
    except ConfigurationError:
        return _load_tables(_parse(header))  # a node without a home folder parses anew
    tables = _read_tables(memory)
    if tables is None:
        tables = _parse(header)
        with suppress(OSError):  # a full or read-only cache costs time, never the run
            write_whole(memory, f"{hashlib.sha256(tables.encode()).hexdigest()}\n{tables}".encode())
    return _load_tables(tables)


def _parse(header: str) -> str:
    cffi: Any = importlib.import_module("cffi")
    parser = cffi.FFI()
    parser.cdef(declarations(header))
    parser.set_source("distann", None, compiler_verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "distann.py"
        parser.emit_python_code(str(module))
        call = ast.parse(module.read_text()).body[-1]
    if not isinstance(call, ast.Assign) or not isinstance(call.value, ast.Call):
        raise CompilerError(f"cffi {_backend.__version__} describes C in a way that distann does not know.")
    return repr({keyword.arg: ast.literal_eval(keyword.value) for keyword in call.value.keywords})


def _load_tables(tables: str) -> Any:
    return _backend.FFI("distann", **ast.literal_eval(tables))


def _read_tables(memory: Path) -> str | None:
    try:
        digest, _, tables = memory.read_text().partition("\n")
    except (OSError, ValueError):
        return None
    return tables if hashlib.sha256(tables.encode()).hexdigest() == digest else None


# ---------------------------------------------------------------------- libraries


def _open(path: Path, function: str) -> tuple[Any, Any]:
    """Load a library; return it and one of its functions."""
    try:
        opened = interface().dlopen(str(path))
    except OSError as problem:
        text = f"The compiled library cannot be loaded: {problem}."
        if "map segment" in str(problem):
            text += " Set TMPDIR and DISTANN_CACHE to folders from which programs may run."
        raise CompilerError(text) from problem
    try:
        return opened, getattr(opened, function)
    except (AttributeError, interface().error):
        raise CompilerError(f"{path} is not a library of distann: it has no function {function}.") from None


def _check_version(path: Path, got: int) -> None:
    expected = interface().integer_const("DISTANN_ABI")
    if got != expected:
        raise CompilerError(f"{path} has version {got} of the C interface; this is version {expected}.")


class Engine:
    """The engine, loaded.

    Parameters
    ----------
    path : Path
        The compiled library.

    Attributes
    ----------
    path : Path
        The same.
    library : cffi library
        Its functions: ``engine.library.distann_network_new(...)``. Calls release the GIL.

    Raises
    ------
    CompilerError
        If it cannot be loaded, or was compiled from another ``abi.h``.
    """

    __slots__ = ("library", "path")

    def __init__(self, path: Path) -> None:
        ffi = interface()
        self.path = path
        self.library, version = _open(path, "distann_abi")
        sizes = ffi.new("int32_t[]", len(_SIZES))
        _check_version(path, version(sizes))
        for name, size in zip(_SIZES, sizes, strict=True):
            if size != (expected := ffi.sizeof(f"distann_{name}")):
                raise CompilerError(f"{path} has a distann_{name} of {size} bytes; abi.h says {expected}.")

    @property
    def replay_spikes(self) -> Any:
        """The kernel that emits given spikes, as ``void *``."""
        ffi = interface()
        return ffi.cast("void *", ffi.addressof(self.library, "distann_replay_spikes"))


class Kernels(Mapping[str, Any]):
    """The kernels of libraries: ``const distann_kernel *`` by name.

    They are valid for as long as this object lives.

    Parameters
    ----------
    *paths : Path
        The compiled libraries; no two have a kernel of one name.

    Raises
    ------
    CompilerError
        If one cannot be loaded, or was compiled from another ``abi.h``.
    """

    __slots__ = ("_libraries", "_table")

    def __init__(self, *paths: Path) -> None:
        ffi, version = interface(), interface().new("int32_t *")
        self._libraries: list[Any] = []
        self._table: dict[str, Any] = {}
        for path in paths:
            library, kernels = _open(path, "distann_kernels")
            row = kernels(version)
            _check_version(path, version[0])
            self._libraries.append(library)
            while row.name != ffi.NULL:
                self._table[ffi.string(row.name).decode()] = row
                row += 1

    def __getitem__(self, name: str) -> Any:
        return self._table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


# ---------------------------------------------------------------------- arrays


def pointer(array: NDArray[Any], dtype: DTypeLike, *, writable: bool = True) -> Any:
    """Return the address of an array's first element as a typed cffi array that keeps the array alive.

    cffi itself takes float32 for ``double[]`` without a word, hence this.

    Parameters
    ----------
    array : ndarray
        C-contiguous, of native byte order.
    dtype : dtype
        What C expects the elements to be.
    writable : bool
        Whether C writes to it.

    Raises
    ------
    ConfigurationError
        If `array` is not that.
    """
    expected = np.dtype(dtype)
    c_type = _C_TYPES.get(expected)
    if c_type is None:
        raise ConfigurationError(f"C knows no array of {expected}.")
    if array.dtype != expected:
        raise ConfigurationError(f"an array of {array.dtype} was given where {expected} is needed.")
    if not array.flags.c_contiguous:
        raise ConfigurationError("an array was given whose elements do not follow one another in memory.")
    if writable and not array.flags.writeable:
        raise ConfigurationError("a read-only array was given where results are written.")
    return interface().from_buffer(c_type, array, require_writable=writable)
