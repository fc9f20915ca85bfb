"""cffi and the C++ compiler understand abi.h alike, and wrong libraries and arrays are refused."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from distann.build import Engine, Kernels, cache, find_toolchain, interface, library, pointer
from distann.csrc import include_dir
from distann.errors import CompilerError, ConfigurationError

needs_gcc = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++")

TYPES = ["float64", "float32", "int64", "int32", "uint64", "uint32", "uint16", "uint8"]

ENGINE = """
#include <distann/abi.h>
extern "C" int32_t distann_abi(int32_t *sizes) {
    const int32_t own[] = {sizeof(distann_settings), sizeof(distann_population), sizeof(distann_distribution),
        sizeof(distann_rule), sizeof(distann_field), sizeof(distann_projection), sizeof(distann_operation),
        sizeof(distann_kernel), sizeof(distann_condition)};
    for (int i = 0; i < 9; ++i) sizes[i] = own[i];
    return DISTANN_ABI;
}
extern "C" int64_t distann_replay_spikes(const distann_neurons *n) { return n->end - n->begin; }
"""
KERNELS = """
#include <distann/abi.h>
static int64_t update(const distann_neurons *n) {
    double *v = static_cast<double *>(n->fields[0]);
    for (int64_t i = n->begin; i < n->end; ++i) v[i] += n->clock->dt;
    return 0;
}
extern "C" const distann_kernel *distann_kernels(int32_t *abi) {
    static const distann_kernel table[] = {
        {"update Izhikevich", DISTANN_NEURONS, 1, 0, 8, reinterpret_cast<void *>(update), 0, 0, 0, 0},
        {"gather", DISTANN_ROWS, 5, 2, 8, nullptr, 0, 0, 0, 0, nullptr},
        {nullptr, 0, 0, 0, 0, nullptr, 0, 0, 0, 0, nullptr}};
    *abi = DISTANN_ABI;
    return table;
}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory):
    """Compile a source to a library of its own, once a source."""
    known: dict[str, Path] = {}

    def make(source: str) -> Path:
        if source not in known:
            folder = tmp_path_factory.mktemp("library")
            (folder / "source.cpp").write_text(source)
            find_toolchain(include=include_dir()).compile(folder / "source.cpp", folder / "library.so")
            known[source] = folder / "library.so"
        return known[source]

    return make


# ---------------------------------------------------------------------- the interface


def test_declarations_leave_out_what_is_for_cpp() -> None:
    header = """\
#ifndef X
#define X
#define LONG \\
    extern nonsense {
  #  include <stdint.h>
#ifdef __cplusplus
extern "C" {
#if __cplusplus > 201703L
template
#else
class
#endif
#else
int for_c;
#endif
#ifdef OTHER
int other;
#endif
int a; /* kept */
#ifdef __cplusplus
}
#endif
#endif
"""
    kept = library.declarations(header)
    assert [line for line in kept.splitlines() if line] == ["int for_c;", "int other;", "int a; /* kept */"]


def test_every_function_of_the_header_is_known(compiled) -> None:
    header = library.declarations((include_dir() / "distann" / "abi.h").read_text())
    plain = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    names = re.findall(r"^\w.*?\b(distann_\w+)\(", plain, re.MULTILINE)
    assert {"distann_kernels", "distann_advance", "distann_replay_spikes"} <= set(names)
    engine = interface().dlopen(str(compiled(ENGINE)))
    for name in names:  # cffi knows a function before it looks for it in the library
        with suppress(interface().error):
            getattr(engine, name)


def test_the_parsed_interface_is_kept_and_mended(cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = interface.__wrapped__()
    (kept,) = cache_folder.glob("interface-*.txt")

    def refuse(header: str) -> str:
        raise AssertionError("parsed again")

    with monkeypatch.context() as patch:
        patch.setattr(library, "_parse", refuse)
        again = interface.__wrapped__()
    for name in ("clock", "rule", "projection"):
        assert again.sizeof(f"distann_{name}") == fresh.sizeof(f"distann_{name}")
    whole = kept.read_bytes()
    for damaged in (b"", whole[:-9], b"\xff"):
        kept.write_bytes(damaged)
        interface.__wrapped__()
        assert kept.read_bytes() == whole
    cache.clear()
    assert not list(cache_folder.iterdir())


def test_without_a_folder_the_interface_is_parsed_anew(cache_folder: Path) -> None:
    cache_folder.write_text("in the way")
    assert interface.__wrapped__().sizeof("distann_operation") == 8


# ---------------------------------------------------------------------- libraries


@needs_gcc
def test_an_engine(compiled) -> None:
    ffi, engine = interface(), Engine(compiled(ENGINE))
    assert ffi.typeof(engine.replay_spikes) is ffi.typeof("void *")
    replay = ffi.cast("distann_neurons_kernel", engine.replay_spikes)
    assert replay(ffi.new("distann_neurons *", {"begin": 16, "end": 48})) == 32


@needs_gcc
def test_an_engine_with_another_structure(compiled) -> None:
    path = compiled(ENGINE.replace("sizeof(distann_rule)", "sizeof(distann_rule) + 8"))
    size = interface().sizeof("distann_rule")
    with pytest.raises(CompilerError, match=f"distann_rule of {size + 8} bytes; abi.h says {size}"):
        Engine(path)


@needs_gcc
@pytest.mark.parametrize(("kind", "source"), [(Engine, ENGINE), (Kernels, KERNELS)])
def test_another_version_of_the_interface(kind, source: str, compiled) -> None:
    path = compiled(source.replace("return DISTANN_ABI", "return 99").replace("= DISTANN_ABI", "= 99"))
    with pytest.raises(CompilerError, match="version 99 of the C interface; this is version"):
        kind(path)


@needs_gcc
def test_kernels_by_name(compiled) -> None:
    ffi, kernels = interface(), Kernels(compiled(KERNELS))
    assert list(kernels) == ["update Izhikevich", "gather"] and len(kernels) == 2
    gather = kernels["gather"]
    assert (gather.kind, gather.n_fields, gather.n_synapse_fields, gather.word) == (1, 5, 2, 8)
    v = np.zeros(32)
    fields = ffi.new("void *[]", [pointer(v, np.float64)])
    clock = ffi.new("distann_clock *", {"dt": 0.5})
    neurons = ffi.new("distann_neurons *", {"clock": clock, "fields": fields, "begin": 16, "end": 32})
    ffi.cast("distann_neurons_kernel", kernels["update Izhikevich"].function)(neurons)
    assert (v == np.repeat([0.0, 0.5], 16)).all()
    with pytest.raises(KeyError):
        kernels["unknown"]


@needs_gcc
def test_a_library_of_something_else(compiled) -> None:
    with pytest.raises(CompilerError, match="not a library of distann: it has no function distann_kernels"):
        Kernels(compiled(ENGINE))


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"text"])
def test_a_file_that_is_no_library(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "library.so"
    path.write_bytes(content)
    with pytest.raises(CompilerError, match="cannot be loaded"):
        Engine(path)


# ---------------------------------------------------------------------- arrays


@pytest.mark.parametrize("name", TYPES)
def test_a_pointer_is_the_arrays_memory(name: str) -> None:
    ffi = interface()
    array = np.arange(5).astype(name)
    address = pointer(array, name)
    assert int(ffi.cast("intptr_t", address)) == array.ctypes.data
    assert list(address) == [0, 1, 2, 3, 4]
    address[2] = 9
    assert array[2] == 9
    assert len(pointer(array[:0], name)) == 0
    assert len(pointer(np.zeros((2, 3), name), name)) == 6


def test_the_types_fit_the_structures_of_c() -> None:
    ffi = interface()
    first, pre = np.arange(3), np.arange(3, dtype=np.uint32)
    population = ffi.new("distann_population *", {"first": pointer(first, np.int64)})
    rule = ffi.new("distann_rule *", {"pre": pointer(pre, np.uint32)})
    assert population.first[2] == 2 and rule.pre[1] == 1


@pytest.mark.parametrize(
    ("array", "dtype", "reason"),
    [
        (np.zeros(4, np.float32), np.float64, "array of float32 was given where float64"),
        (np.zeros(4, ">f8"), np.float64, "array of >f8 was given where float64"),
        (np.zeros(4, bool), np.uint8, "array of bool was given where uint8"),
        (np.zeros((4, 4))[:, 1], np.float64, "do not follow one another"),
        (np.zeros((4, 4)).T, np.float64, "do not follow one another"),
        (np.broadcast_to(1.0, 4), np.float64, "do not follow one another"),
        (np.zeros(4, complex), complex, "C knows no array of complex128"),
    ],
)
def test_unfit_arrays_are_refused(array: np.ndarray, dtype: type, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        pointer(array, dtype)


def test_a_read_only_array_is_only_read() -> None:
    array = np.arange(4.0)
    array.flags.writeable = False
    assert pointer(array, np.float64, writable=False)[3] == 3.0
    with pytest.raises(ConfigurationError, match="read-only"):
        pointer(array, np.float64)
