"""The compiler is found, asked who it is only when needed, and its refusals are readable."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pytest import MonkeyPatch

from distann.build import find_toolchain, toolchain
from distann.errors import CompilerError, ConfigurationError

CONTRACT = {
    "-O3", "-fopenmp", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
    "-std=c++20", "-fPIC", "-shared",
}
REAL = shutil.which("g++")
needs_gcc = pytest.mark.skipif(REAL is None, reason="no g++")


def test_flags_keep_the_bits(include: Path, fake) -> None:
    _, found = fake()
    assert {"-march=native", *CONTRACT} == set(found.flags)
    assert found.is_native
    assert not any("fast-math" in flag for flag in found.flags)


def test_march_from_the_environment(include: Path, fake, monkeypatch: MonkeyPatch) -> None:
    fake()
    monkeypatch.setenv("DISTANN_MARCH", "x86-64-v3")
    found = find_toolchain(["-g"], include=include)
    assert "-march=x86-64-v3" in found.flags and "-march=native" not in found.flags
    assert found.flags[-1] == "-g" and not found.is_native


@pytest.mark.parametrize("name", ["-native", "x86 -fplugin=evil.so", "a;b"])
def test_march_must_be_a_name(name: str, include: Path, fake, monkeypatch: MonkeyPatch) -> None:
    fake()
    monkeypatch.setenv("DISTANN_MARCH", name)
    with pytest.raises(ConfigurationError, match="DISTANN_MARCH"):
        find_toolchain(include=include)


def test_order_of_compilers(tmp_path: Path, include: Path, fake, monkeypatch: MonkeyPatch) -> None:
    compiler, _ = fake()
    monkeypatch.delenv("CXX")
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    programs = tmp_path / "programs"
    programs.mkdir()
    shutil.copy(compiler.path, programs / "clang++")
    assert find_toolchain(include=include).name == "clang++"
    shutil.copy(compiler.path, programs / "g++")
    assert find_toolchain(include=include).name == "g++"
    monkeypatch.setenv("CXX", "clang++")
    assert find_toolchain(include=include).path == programs / "clang++"


def test_no_compiler_tells_how_to_get_one(tmp_path: Path, include: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(CompilerError) as error:
        find_toolchain(include=include)
    for advice in ("apt install g++", "dnf install", "cxx-compiler", "module load"):
        assert advice in str(error.value)


@pytest.mark.parametrize("asked", ["no-such-compiler", "g++ 'unclosed"])
def test_a_wrong_cxx_is_named(asked: str, include: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", asked)
    with pytest.raises(CompilerError, match=f"CXX is '{asked.replace('+', '[+]')}'"):
        find_toolchain(include=include)


def test_cxx_with_arguments(tmp_path: Path, include: Path, fake, monkeypatch: MonkeyPatch) -> None:
    compiler, _ = fake()
    launcher = tmp_path / "ccache"
    launcher.write_text('#!/bin/sh\nexec "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("CXX", f"{launcher} {compiler.path}")
    found = find_toolchain(include=include)
    source = tmp_path / "source.cpp"
    source.write_text("content")
    found.compile(source, tmp_path / "output")
    assert found.version == "fake 1.0"
    assert compiler.calls == 1 and (tmp_path / "output").read_text() == "content"


def test_a_program_that_is_no_compiler(tmp_path: Path, include: Path, monkeypatch: MonkeyPatch) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho licence expired >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    with pytest.raises(CompilerError, match="licence expired"):
        find_toolchain(include=include)


# ---------------------------------------------------------------------- memory of versions


@needs_gcc
def test_a_remembered_version_is_not_asked_again(
    tmp_path: Path, include: Path, monkeypatch: MonkeyPatch
) -> None:
    program, memory = tmp_path / "g++", tmp_path / "compilers.json"
    shutil.copy(os.path.realpath(REAL or ""), program)
    monkeypatch.setenv("CXX", str(program))
    asked = find_toolchain(include=include, memory=memory).version
    (name,) = json.loads(memory.read_text())
    memory.write_text(json.dumps({name: "from memory"}))

    assert find_toolchain(include=include, memory=memory).version == "from memory"
    os.utime(program, ns=(1, 1))  # as an upgrade would
    assert find_toolchain(include=include, memory=memory).version == asked


@needs_gcc
@pytest.mark.parametrize("content", ["", "{", "[1]", '{"a": 1}', "\x00\xff"])
def test_a_damaged_memory_is_forgotten(
    content: str, tmp_path: Path, include: Path, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", REAL or "")
    memory = tmp_path / "compilers.json"
    memory.write_text(content, encoding="latin-1")
    expected = find_toolchain(include=include).version
    assert find_toolchain(include=include, memory=memory).version == expected
    assert list(json.loads(memory.read_text()).values()) == [expected]


def test_a_wrapper_is_never_remembered(tmp_path: Path, include: Path, fake) -> None:
    fake()  # a script: what it calls can change while it stays the same
    find_toolchain(include=include, memory=tmp_path / "compilers.json")
    assert not (tmp_path / "compilers.json").exists()


# ---------------------------------------------------------------------- compiling


@needs_gcc
def test_the_first_error_and_the_place_of_the_source(
    tmp_path: Path, include: Path, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", REAL or "")
    source = tmp_path / "source.cpp"
    first = '#include "header.hpp"\nint f() { return unknown_thing; }\n'
    source.write_text(first + "int g() { return other; }\n" * 50)
    with pytest.raises(CompilerError) as error:
        find_toolchain(include=include).compile(source, tmp_path / "x.so", kept=Path("/kept/source.cpp"))
    text = str(error.value)
    assert "/kept/source.cpp" in text
    assert "source.cpp:2:18: error: 'unknown_thing' was not declared" in text
    assert str(tmp_path) not in text
    assert "more lines" in text and len(text.splitlines()) < 20


@needs_gcc
def test_both_include_folders_and_no_paths_in_the_library(
    tmp_path: Path, include: Path, monkeypatch: MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", REAL or "")
    (include.parent / "engine").mkdir()
    (include.parent / "engine" / "engine.cpp").write_text("#include <header.hpp>\nint engine;\n")
    output = tmp_path / "library.so"
    source = tmp_path / "source.cpp"
    source.write_text("#include <engine/engine.cpp>\n")
    find_toolchain(include=include).compile(source, output)
    assert output.read_bytes().startswith(b"\x7fELF")
    assert str(tmp_path).encode() not in output.read_bytes()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("kill -9 $$", "ended by SIGKILL"),
        ("echo note: wait >&2; echo 'ld: undefined symbol f' >&2; exit 1", "    ld: undefined symbol f"),
        ("exit 0", "exit status 0"),
        ("echo \"clang: error: unsupported option '-fopenmp'\" >&2; exit 1", "This compiler has no OpenMP"),
        ("printf 'error: \\377' >&2; exit 1", "error: "),
    ],
)
def test_every_way_to_fail(body: str, expected: str, tmp_path: Path, fake) -> None:
    _, found = fake(body)
    source = tmp_path / "source.cpp"
    source.write_text("")
    with pytest.raises(CompilerError) as error:
        found.compile(source, tmp_path / "library.so")
    assert expected in str(error.value)
    assert str(source) in str(error.value)


def test_a_compiler_that_has_gone(tmp_path: Path, fake) -> None:
    _, found = fake()
    source = tmp_path / "source.cpp"
    source.write_text("")
    with pytest.raises(CompilerError, match="cannot be run"):
        replace(found, path=tmp_path / "gone").compile(source, tmp_path / "library.so")


# ---------------------------------------------------------------------- processor


def test_the_processor_is_the_same_each_time() -> None:
    assert toolchain.cpu_identity() == toolchain.cpu_identity()
    assert len(toolchain.cpu_identity()) == 64


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="not Linux")
def test_instruction_sets_are_those_of_the_kernel() -> None:
    words = Path("/proc/cpuinfo").read_text().split()
    assert toolchain.instruction_sets() <= set(words)
    for name in {"avx2", "fma", "sse2", "asimd"} & set(words):
        assert name in toolchain.instruction_sets()
    assert "hypervisor" not in toolchain.instruction_sets()
