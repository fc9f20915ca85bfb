"""The C++ compiler: where it is, which one it is, the flags it gets, and what it says when it refuses.

Environment
-----------
CXX
    The compiler, with arguments if it needs any (``ccache g++``). Without it: ``g++``, then ``clang++``.
DISTANN_MARCH
    What stands in the place of ``native`` in ``-march=native``. A job on nodes with different processors
    names the oldest of them here, for instance ``x86-64-v3``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from distann.build.private import write_whole
from distann.csrc import include_dir
from distann.errors import CompilerError, ConfigurationError

__all__ = ["Toolchain", "cpu_identity", "find_toolchain", "instruction_sets"]

# -ffp-contract=off and the absence of -ffast-math are what makes results equal on every machine.
_FLAGS = (
    "-fopenmp", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
    "-std=c++20", "-fPIC", "-shared",
)

_HOW_TO_GET = """\
distann compiles your model to C++ and needs a C++20 compiler (g++ 10 or clang++ 12 at least):
    Debian, Ubuntu    sudo apt install g++
    Fedora, RHEL      sudo dnf install gcc-c++
    conda             conda install -c conda-forge cxx-compiler
    a cluster         module load gcc
or set CXX to the path of the compiler."""

_OPENMP_HINT = """\
This compiler has no OpenMP. Install it (Debian, Ubuntu: sudo apt install libomp-dev) or take another one:
conda install -c conda-forge cxx-compiler; on macOS brew install gcc and export CXX=g++-14."""

_ERROR_LINES = 12
_IDENTITY = ("vendor_id", "cpu family", "model", "model name", "flags", "CPU implementer", "CPU architecture",
             "CPU variant", "CPU part", "Features", "isa", "cpu")
# What -march=native makes the compiler use by itself; other words of /proc/cpuinfo depend on the kernel.
_INSTRUCTION_SET = re.compile(r"(sse|ssse|avx|fma|bmi|f16c|popcnt|movbe|abm|lzcnt|adx|asimd|sve|fphp)\w*")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A C++ compiler and how it is called.

    Parameters
    ----------
    path : Path
        The program.
    name : str
        What people call it: ``"g++"``.
    version : str
        The first line of what it answers to ``--version``.
    flags : tuple of str
        Everything between the source and the output, but for the include folders.
    include : Path
        The folder of the headers; its parent is an include folder too, for ``<engine/engine.cpp>``.
    arguments : tuple of str
        What follows `path` on the command line before anything else: the compiler that ``ccache`` calls.
    """

    path: Path
    name: str
    version: str
    flags: tuple[str, ...]
    include: Path
    arguments: tuple[str, ...] = ()

    @property
    def is_native(self) -> bool:
        """Whether the flags mean another thing on another processor."""
        return any(flag.endswith("=native") for flag in self.flags)

    def compile(
        self,
        source: Path,
        output: Path,
        *,
        beside: Sequence[Path] = (),
        flags: Sequence[str] = (),
        kept: Path | None = None,
    ) -> None:
        """Compile one file, or several of one folder at the same time, into one shared library.

        The compiler runs in the folder of the source: neither messages nor the library name that folder.

        Parameters
        ----------
        source, output : Path
            The C++ file, and the library to write.
        beside : sequence of Path
            More files of the library, in the folder of `source`.
        flags : sequence of str
            After the toolchain's own.
        kept : Path, optional
            Where the user will find the source afterwards, for the message; `source` itself by default.

        Raises
        ------
        CompilerError
            If the compiler cannot be run or refuses the source.
        """
        shown = kept or source
        headers = ["-I", str(self.include), "-I", str(self.include.parent)]
        options = [*self.flags, *flags, *headers]
        objects = self._objects([source, *beside], options, shown) if beside else []
        self._call([*(objects or [source.name]), *options, "-o", str(output)], source.parent, shown)
        if not output.is_file():
            raise CompilerError(f"{self.name} could not compile {shown} (exit status 0): it wrote no library.")
        for name in objects:
            (source.parent / name).unlink()

    def _objects(self, sources: Sequence[Path], options: Sequence[str], shown: Path) -> list[str]:
        """Compile files at the same time; return the names of what they became."""
        alone = [word for word in options if word != "-shared"]

        def work(source: Path) -> str:
            name = f"{source.stem}.o"
            self._call(["-c", source.name, *alone, "-o", name], source.parent, shown)
            return name

        with ThreadPoolExecutor() as pool:
            return list(pool.map(work, sources))

    def _call(self, words: Sequence[str], folder: Path, shown: Path) -> None:
        done = _run([str(self.path), *self.arguments, *words], folder=folder)
        if done.returncode != 0:
            raise CompilerError(_refusal(self.name, done, shown))


def find_toolchain(
    compiler_flags: Sequence[str] = (), *, include: Path | None = None, memory: Path | None = None
) -> Toolchain:
    """Find the compiler: ``$CXX``, else ``g++``, else ``clang++``.

    Parameters
    ----------
    compiler_flags : sequence of str
        Flags after distann's own.
    include : Path, optional
        The folder of the headers; that of distann by default.
    memory : Path, optional
        A file, in a private folder, that remembers versions: the next process need not run the compiler to
        know its own.

    Raises
    ------
    CompilerError
        If there is none, or it does not answer.
    ConfigurationError
        If ``DISTANN_MARCH`` is not the name of an architecture.
    """
    words = _compiler()
    return Toolchain(
        path=Path(words[0]),
        name=" ".join([Path(words[0]).name, *words[1:]]),
        version=_version(words, memory),
        flags=("-O3", f"-march={_architecture()}", *_FLAGS, *compiler_flags),
        include=include_dir() if include is None else include,
        arguments=words[1:],
    )


def _compiler() -> tuple[str, ...]:
    asked = os.environ.get("CXX", "").strip()
    try:
        candidates = [shlex.split(asked)] if asked else [["g++"], ["clang++"]]
    except ValueError as problem:
        raise CompilerError(f"CXX is '{asked}', which is not a command: {problem}.") from None
    for first, *rest in candidates:
        if path := shutil.which(first):
            return (path, *rest)
    missing = f"CXX is '{asked}', but there is no such program." if asked else "There is no C++ compiler."
    raise CompilerError(f"{missing}\n{_HOW_TO_GET}")


def _architecture() -> str:
    name = os.environ.get("DISTANN_MARCH", "").strip() or "native"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+_-]*", name):
        raise ConfigurationError(f"DISTANN_MARCH is '{name}', not an architecture such as 'x86-64-v3'.")
    return name


def _version(words: tuple[str, ...], memory: Path | None) -> str:
    fingerprint = _fingerprint(words)
    if memory is None or not fingerprint:
        return _ask_version(words, fingerprint)
    known = _remembered(memory)
    if fingerprint not in known:
        known[fingerprint] = _ask_version(words, fingerprint)
        _remember(memory, known)
    return known[fingerprint]


def _fingerprint(words: tuple[str, ...]) -> str:
    """Return what changes when the compiler is replaced, or "" where files do not tell.

    A script (a cluster's wrapper, a test's fake) or the stub in /usr/bin of macOS calls whichever compiler is
    chosen elsewhere: only an ELF program is taken for the compiler itself.
    """
    path = os.path.realpath(words[0])
    # Links such as /usr/lib/ccache/g++ lead to a program that finds out what to call by looking at PATH.
    if len(words) > 1 or not re.search(r"g\+\+|gcc|clang", os.path.basename(path)):
        return ""
    try:
        with open(path, "rb") as program:
            facts = os.fstat(program.fileno())
            is_elf = program.read(4) == b"\x7fELF"
    except OSError:
        return ""
    return f"{words[0]}|{path}|{facts.st_size}|{facts.st_mtime_ns}" if is_elf else ""


def _remembered(memory: Path) -> dict[str, str]:
    try:
        known = json.loads(memory.read_text())
    except (OSError, ValueError):
        return {}
    strings = isinstance(known, dict) and all(isinstance(version, str) for version in known.values())
    return known if strings else {}


def _remember(memory: Path, known: dict[str, str]) -> None:
    with suppress(OSError):  # a full or read-only cache costs time, never the run
        write_whole(memory, json.dumps(known, indent=1).encode())


@functools.cache
def _ask_version(words: tuple[str, ...], fingerprint: str) -> str:
    done = _run([*words, "--version"])
    if done.returncode != 0 or not done.stdout.strip():
        said = (done.stderr or done.stdout).strip()
        raise CompilerError(f"'{shlex.join(words)} --version' failed: {said or _status(done)}\n{_HOW_TO_GET}")
    return done.stdout.strip().splitlines()[0]


def _run(command: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    # LC_ALL: the message is read for the word "error".
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        return subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", check=False,
        )
    except OSError as problem:
        raise CompilerError(f"'{command[0]}' cannot be run: {problem.strerror}.\n{_HOW_TO_GET}") from problem


def _status(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode >= 0:
        return f"exit status {done.returncode}"
    return f"ended by {signal.Signals(-done.returncode).name}"


def _refusal(name: str, done: subprocess.CompletedProcess[str], kept: Path) -> str:
    lines = [line.rstrip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if re.search(r"\berror\b|undefined|[Kk]illed", line)), 0)
    shown = lines[first : first + _ERROR_LINES]
    more = len(lines) - first - len(shown)
    parts = [f"{name} could not compile {kept} ({_status(done)}):", *(f"    {line}" for line in shown)]
    if more > 0:
        parts.append(f"    ... and {more} more lines")
    if any("fopenmp" in line or "-lomp" in line for line in lines):
        parts.append(_OPENMP_HINT)
    return "\n".join(parts)


@functools.cache
def _processor() -> dict[str, str]:
    """Return the lines about the first processor: all that ``-march=native`` depends on."""
    facts = {"machine": platform.machine()}
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if not line.strip() and len(facts) > 1:
                    break
                name, _, value = line.partition(":")
                if name.strip() in _IDENTITY:
                    facts[name.strip()] = value.strip()
    except OSError:
        facts["processor"] = platform.processor()
    return facts


def cpu_identity() -> str:
    """Return the sha256 of what ``-march=native`` depends on, in hexadecimal."""
    text = "\n".join(f"{name}:{value}" for name, value in sorted(_processor().items()))
    return hashlib.sha256(text.encode()).hexdigest()


def instruction_sets() -> frozenset[str]:
    """Return the extensions of this processor that a compiler uses of itself, by their names in Linux."""
    facts = _processor()
    words = f"{facts.get('flags', '')} {facts.get('Features', '')}".split()
    return frozenset(word for word in words if _INSTRUCTION_SET.fullmatch(word))
