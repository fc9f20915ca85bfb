"""The cache gives back what was compiled, and nothing damaged or that somebody else could have written."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pytest import MonkeyPatch

from distann.build import Request, cache, private
from distann.errors import CompilerError, ConfigurationError
from tests.ranks import environment

REQUEST = Request("kernels", "source")


def put(found, key: str, content: str = "source", **options) -> Path:
    root = cache.folder()
    cache.insert(root, key, Request("kernels", content), found, **options)
    return cache.library(root, key)


# ---------------------------------------------------------------------- where


def test_location(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.delenv("DISTANN_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.location() == tmp_path / ".cache" / "distann"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says the XDG specification
    assert cache.location() == tmp_path / ".cache" / "distann"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.location() == tmp_path / "xdg" / "distann"
    monkeypatch.setenv("DISTANN_CACHE", str(tmp_path / "own"))
    assert cache.location() == tmp_path / "own"
    assert not (tmp_path / "own").exists()


def test_the_folder_is_made_private_whatever_the_umask(cache_folder: Path) -> None:
    before = os.umask(0)
    try:
        assert cache.folder() == cache_folder
    finally:
        os.umask(before)
    assert cache_folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_a_folder_that_others_can_write_is_refused(mode: int, cache_folder: Path) -> None:
    cache_folder.mkdir()
    cache_folder.chmod(mode)
    with pytest.raises(ConfigurationError, match=rf"others can write to it .mode {mode:o}.*chmod go-w"):
        cache.folder()


def test_a_folder_of_somebody_else_is_refused(cache_folder: Path, monkeypatch: MonkeyPatch) -> None:
    cache_folder.mkdir(mode=0o700)
    somebody = os.geteuid() + 1
    monkeypatch.setattr(private.os, "geteuid", lambda: somebody)
    with pytest.raises(ConfigurationError, match=f"belongs to user {somebody - 1}, and you are {somebody}"):
        cache.folder()


def test_a_link_is_no_private_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match="it is not a folder"):
        private.private_folder(tmp_path / "link")


def test_a_folder_that_cannot_be_made(cache_folder: Path) -> None:
    cache_folder.write_text("a file")
    with pytest.raises(ConfigurationError, match=r"cannot be made.*DISTANN_CACHE"):
        cache.folder()


# ---------------------------------------------------------------------- keys


def test_a_key_depends_on_all_that_makes_the_code(include: Path, fake, monkeypatch: MonkeyPatch) -> None:
    _, found = fake()
    headers = cache.sources_digest(include.parent)
    keys = [
        cache.key_of("a", found, headers),
        cache.key_of("b", found, headers),
        cache.key_of("a", found, "other headers"),
        cache.key_of("a", replace(found, version="fake 2.0"), headers),
        cache.key_of("a", replace(found, flags=(*found.flags, "-g")), headers),
    ]
    assert cache.key_of("a", found, headers) == keys[0]
    monkeypatch.setattr(cache, "cpu_identity", lambda: "another processor")
    keys.append(cache.key_of("a", found, headers))
    assert len(set(keys)) == len(keys)


def test_the_processor_matters_only_if_the_code_is_for_it(fake, monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setenv("DISTANN_MARCH", "x86-64")
    _, found = fake()
    before = cache.key_of("a", found, "")
    monkeypatch.setattr(cache, "cpu_identity", lambda: "another processor")
    assert cache.key_of("a", found, "") == before


def test_the_digest_of_headers_sees_names_and_contents_but_not_python(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.hpp").write_text("1")
    seen = {cache.sources_digest(tmp_path)}
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_text("")
    (tmp_path / ".x.hpp.swp").write_text("")
    assert cache.sources_digest(tmp_path) in seen
    (tmp_path / "a" / "x.hpp").write_text("2")
    seen.add(cache.sources_digest(tmp_path))
    (tmp_path / "a" / "x.hpp").rename(tmp_path / "a" / "y.hpp")
    seen.add(cache.sources_digest(tmp_path))
    (tmp_path / "a" / "z.hpp").write_text("")
    seen.add(cache.sources_digest(tmp_path))
    assert len(seen) == 4


# ---------------------------------------------------------------------- entries


def test_what_went_in_comes_out(cache_folder: Path, fake) -> None:
    _, found = fake()
    key = "a" * 64
    assert cache.find(cache.folder(), key) is None
    library = put(found, key)
    facts = cache.find(cache_folder, key)
    assert facts is not None
    assert (facts.name, facts.compiler, facts.flags) == ("kernels", "fake 1.0", found.flags)
    assert library.read_text() == "source" == (library.parent / "source.cpp").read_text()
    assert [path.name for path in cache_folder.iterdir()] == [key]


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "gone", "writable", "no facts", "odd facts"])
def test_a_damaged_entry_is_not_found_and_is_replaced(damage: str, cache_folder: Path, fake) -> None:
    compiler, found = fake()
    key = "b" * 64
    library = put(found, key, "content")
    match damage:
        case "empty":
            library.write_bytes(b"")
        case "cut":
            os.truncate(library, 3)
        case "changed":
            library.write_text("CONTENT")
        case "gone":
            library.unlink()
        case "writable":
            library.chmod(0o777)
        case "no facts":
            (library.parent / "facts.json").unlink()
        case "odd facts":
            (library.parent / "facts.json").write_text('{"flags": 1}')
    assert cache.find(cache_folder, key) is None
    put(found, key, "content")
    assert cache.find(cache_folder, key) is not None
    assert library.read_text() == "content" and compiler.calls == 2
    assert [path.name for path in cache_folder.iterdir()] == [key]


def test_a_refused_source_is_kept_and_found_by_nobody(cache_folder: Path, fake) -> None:
    _, found = fake("echo error >&2; echo half > $last; exit 1")
    key = "c" * 64
    with pytest.raises(CompilerError, match=f"{cache_folder / key / 'source.cpp'}"):
        put(found, key)
    assert [path.name for path in (cache_folder / key).iterdir()] == ["source.cpp"]
    assert cache.find(cache_folder, key) is None
    (entry,) = cache.entries()
    assert entry.facts is None


def test_a_refusal_does_not_displace_what_another_process_compiled(cache_folder: Path, fake) -> None:
    _, found = fake()
    _, broken = fake("exit 1", name="broken")
    library = put(found, "d" * 64)
    with pytest.raises(CompilerError):
        put(broken, "d" * 64)
    assert library.read_text() == "source" and cache.find(cache_folder, "d" * 64)


def test_the_first_entry_stays_unless_it_is_to_be_replaced(cache_folder: Path, fake) -> None:
    _, found = fake()
    first = put(found, "e" * 64, "first")
    put(found, "e" * 64, "second")
    assert first.read_text() == "first"
    put(found, "e" * 64, "third", replace=True)
    assert first.read_text() == "third" and cache.find(cache_folder, "e" * 64)


def test_two_processes_compile_the_same_at_once(cache_folder: Path, include: Path, fake) -> None:
    fake(paired=True)
    script = (
        "from pathlib import Path; from distann.build import *\n"
        "class Alone: rank, size, is_node_leader = 0, 1, True\n"
        f"found = find_toolchain(include=Path({str(include)!r}))\n"
        "print(libraries([Request('kernels', 'source')], Alone(), toolchain=found)[0].read_text())\n"
    )
    surroundings = environment(DISTANN_CACHE=str(cache_folder))
    command = [sys.executable, "-c", script]
    both = [subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[0] for process in both] == [b"source\n"] * 2
    assert [process.returncode for process in both] == [0, 0]
    (entry,) = cache.entries()
    assert cache.find(cache_folder, entry.key)
    assert [path.name for path in cache_folder.iterdir()] == [entry.key]


# ---------------------------------------------------------------------- bounds


def test_the_least_recently_used_goes_first(cache_folder: Path, fake) -> None:
    _, found = fake()
    for age, letter in enumerate("abcd"):
        library = put(found, letter * 64, "x" * 10_000)
        os.utime(library.parent, (1e9 - age, 1e9 - age))
    assert cache.find(cache_folder, "d" * 64)  # a hit makes the oldest the newest
    size = cache.info().size
    cache.prune(spare=[], limit=size * 5 // 8)
    assert {entry.key[0] for entry in cache.entries()} == {"d", "a"}
    cache.prune(spare=["a" * 64], limit=0)
    assert [entry.key[0] for entry in cache.entries()] == ["a"]


def test_only_old_remains_of_killed_compilations_are_removed(cache_folder: Path) -> None:
    old, new = cache.folder() / "tmp-old", cache_folder / "tmp-new"
    for path in (old, new):
        path.mkdir()
    week_ago = time.time() - 7 * 86400
    os.utime(old, (week_ago, week_ago))
    cache.remove_abandoned(cache_folder)
    assert list(cache_folder.iterdir()) == [new]


def test_clear_removes_what_is_its_own(cache_folder: Path, fake) -> None:
    _, found = fake()
    assert cache.clear() == (0, 0) and not cache_folder.exists()
    put(found, "a" * 64)
    put(found, "b" * 64)
    size = cache.info().size
    (cache_folder / "thesis.tex").write_text("of the user, who set DISTANN_CACHE to his home folder")
    (cache_folder / "compilers.json").write_text("{}")
    assert cache.info().entries == 2 and size > 0
    assert cache.clear() == (2, size)
    assert [path.name for path in cache_folder.iterdir()] == ["thesis.tex"]
