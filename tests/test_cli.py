"""The command line of the cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from distann import __version__
from distann.build import Request, cache, find_toolchain
from distann.cli import main
from distann.errors import CompilerError
from tests.ranks import environment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that does not exist yet, and a compiler that copies the source and refuses "bad" ones."""
    compiler = tmp_path / "c++"
    compiler.write_text(
        '#!/bin/sh\nif [ "$1" = --version ]; then echo "fake 1.0"; exit 0; fi\n'
        'for last; do :; done\ngrep -q bad "$1" && exit 1\ncp "$1" "$last"\n'
    )
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setenv("DISTANN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_a_cache_from_its_first_entry_to_its_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "(not made yet)" in said(capsys, "cache", "info")
    assert said(capsys, "cache", "list") == "The cache is empty.\n"
    assert not folder.exists()

    root, found = cache.folder(), find_toolchain()
    cache.insert(root, "a" * 64, Request("kernels", "x" * 3_000_000), found)
    with pytest.raises(CompilerError):
        cache.insert(root, "b" * 64, Request("refused", "bad"), found)

    information = said(capsys, "cache", "info")
    assert f"folder    {folder}\n" in information and "entries   2\n" in information
    assert "5.7 MB of 512.0 MB" in information and "fake 1.0" in information
    lines = said(capsys, "cache", "list").splitlines()
    assert {line.split()[0] for line in lines[1:]} == {"a" * 12, "b" * 12}
    assert any(line.endswith(" kernels") for line in lines)
    assert any(f"refused by the compiler: {folder / ('b' * 64)}" in line for line in lines)

    assert said(capsys, "cache", "clear") == "Removed 2 entries, 5.7 MB.\n"
    assert said(capsys, "cache", "clear") == "Removed 0 entries, 0.0 kB.\n"


def test_without_a_compiler_info_tells_how_to_get_one(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert "apt install g++" in said(capsys, "cache", "info")


def test_an_error_is_one_message(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    assert main(["cache", "clear"]) == 1
    assert capsys.readouterr().err.startswith("distann: Compiled models are not loaded from")


def test_help_and_wrong_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cache" in said(capsys)
    for arguments in (["cache"], ["cache", "burn"], ["cash"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "distann", "--version"], env=environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"distann {__version__}\n", "")
