"""A cache, headers and compilers of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from distann.build import Toolchain, find_toolchain


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that does not exist yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("DISTANN_CACHE", str(folder))
    return folder


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The include folder of a small csrc; the processor is what the flags are for."""
    monkeypatch.delenv("DISTANN_MARCH", raising=False)
    folder = tmp_path / "csrc" / "include"
    folder.mkdir(parents=True)
    (folder / "header.hpp").write_text("int header;\n")
    return folder


_COPY = 'cp "$1" "$last"'


class Compiler:
    """A program that passes for a compiler, and notes the folder of each source that it is given."""

    def __init__(self, folder: Path, body: str) -> None:
        self.path, self._log = folder / "g++", folder / "calls"
        self.path.write_text(
            '#!/bin/sh\nif [ "$1" = --version ]; then echo "fake 1.0"; exit 0; fi\n'
            f'pwd >> "{self._log}"\nfor last; do :; done\n{body}\n'
        )
        self.path.chmod(0o755)

    @property
    def calls(self) -> int:
        """How often it has compiled."""
        return len(self._log.read_text().splitlines()) if self._log.exists() else 0


@pytest.fixture
def fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, include: Path
) -> Callable[..., tuple[Compiler, Toolchain]]:
    """Make a compiler that by default copies the source to the output, and put it into ``$CXX``."""

    def make(body: str = _COPY, *, name: str = "fake", paired: bool = False) -> tuple[Compiler, Toolchain]:
        folder = tmp_path / name
        folder.mkdir()
        if paired:  # no call ends before another one has begun
            body = f'echo x >> {folder}/begun; until [ $(wc -l < {folder}/begun) -ge 2 ]; do :; done; {body}'
        compiler = Compiler(folder, body)
        monkeypatch.setenv("CXX", str(compiler.path))
        return compiler, find_toolchain(include=include)

    return make
