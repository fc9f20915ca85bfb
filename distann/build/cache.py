"""Compiled libraries on disk: one folder an entry, named by the digest of all that went into it.

``$DISTANN_CACHE``, else ``$XDG_CACHE_HOME/distann``, else ``~/.cache/distann`` holds::

    <key>/library.so    what is loaded
    <key>/source.cpp    what it was made from; alone in its folder if the compiler refused it
    <key>/facts.json    when, by which compiler, in how many seconds, and the digest of library.so
    compilers.json      versions of the compilers that were found
    interface-*.txt     the parsed C interface
    tmp-*/              compilations under way

An entry appears whole, by one rename, so there are no locks (which fail on the file systems of clusters):
processes that compile the same source at once do the work twice, and the first one's entry stays.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from distann.build.private import is_sound, private_folder
from distann.build.toolchain import Toolchain, cpu_identity
from distann.errors import CompilerError, ConfigurationError

__all__ = [
    "LIMIT",
    "Entry",
    "Facts",
    "Information",
    "Request",
    "clear",
    "entries",
    "find",
    "folder",
    "info",
    "insert",
    "key_of",
    "library",
    "location",
    "prune",
    "remove_abandoned",
    "sources_digest",
]

LIMIT = 512 * 2**20
"""Bytes that the cache may take; the entries that were not used for longest go first."""

_FORMAT = b"distann build 1"
_LIBRARY, _SOURCE, _FACTS = "library.so", "source.cpp", "facts.json"
_KEY = re.compile(r"[0-9a-f]{64}")
_SCRATCH = "tmp-"
_ABANDONED = 86400.0  # seconds after which a compilation under way has certainly been killed


@dataclass(frozen=True, slots=True)
class Request:
    """A library that is wanted.

    Parameters
    ----------
    name : str
        What it is, for messages and ``distann cache list``: ``"engine"``.
    source : str
        Its C++.
    beside : tuple of str
        More C++ of the same library, compiled at the same time by other processes.
    flags : tuple of str
        Of the compiler, after the toolchain's.
    """

    name: str
    source: str
    beside: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All that the library depends on, but for headers and the toolchain."""
        return "\0".join((self.source, *self.beside, *self.flags))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is written beside a library."""

    name: str
    compiler: str
    flags: tuple[str, ...]
    when: float
    seconds: float
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the cache.

    Parameters
    ----------
    key : str
        Digest of source, headers, compiler, flags and processor.
    path : Path
        Its folder.
    size : int
        Bytes.
    used : float
        When it was last used, in seconds since 1970.
    facts : Facts or None
        None if the compiler refused the source, or the entry is damaged.
    """

    key: str
    path: Path
    size: int
    used: float
    facts: Facts | None


@dataclass(frozen=True, slots=True)
class Information:
    """What ``distann cache info`` says: where, whether it is there, entries, bytes, and the most bytes."""

    location: Path
    exists: bool
    entries: int
    size: int
    limit: int


# ---------------------------------------------------------------------- where


def location() -> Path:
    """Return where the cache is, whether or not it exists."""
    if chosen := os.environ.get("DISTANN_CACHE"):
        return Path(chosen).expanduser().resolve()
    caches = os.environ.get("XDG_CACHE_HOME", "")
    try:
        parent = Path(caches) if os.path.isabs(caches) else Path.home() / ".cache"
    except RuntimeError:
        raise ConfigurationError("There is no home folder for compiled models: set DISTANN_CACHE.") from None
    return (parent / "distann").resolve()


def folder() -> Path:
    """Return the folder of the cache, made if it was not there and proven to be private.

    Raises
    ------
    ConfigurationError
        If it cannot be made, or somebody else owns it or can write to it.
    """
    return private_folder(location())


# ---------------------------------------------------------------------- keys


def sources_digest(root: Path) -> str:
    """Return the sha256 of all C++ files under `root`, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(_sources(root)):
        content = Path(path).read_bytes()
        digest.update(f"{os.path.relpath(path, root)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _sources(root: str | Path) -> Iterable[str]:
    with os.scandir(root) as found:
        for item in found:
            if item.name.startswith((".", "__pycache__")):
                continue
            if item.is_dir():
                yield from _sources(item.path)
            elif not item.name.endswith((".py", ".pyc")):
                yield item.path


def key_of(source: str, toolchain: Toolchain, headers: str) -> str:
    """Return the key of a source: the same key, the same machine code.

    Parameters
    ----------
    source : str
        The C++.
    toolchain : Toolchain
        The compiler and its flags.
    headers : str
        Digest of all files that the source may include.
    """
    digest = hashlib.sha256(_FORMAT)
    processor = cpu_identity() if toolchain.is_native else ""
    for part in (source, headers, toolchain.name, toolchain.version, *toolchain.flags, processor):
        content = part.encode()
        digest.update(f"{len(content)}:".encode() + content)
    return digest.hexdigest()


# ---------------------------------------------------------------------- look up, insert


def find(root: Path, key: str) -> Facts | None:
    """Return the facts of an entry that is there and whole, and note that it was used."""
    entry = root / key
    facts = _read_facts(entry)
    if facts is None or not is_sound(entry / _LIBRARY, facts.digest):
        return None
    with suppress(OSError):  # a cache on a read-only file system is of use too
        os.utime(entry)
    return facts


def library(root: Path, key: str) -> Path:
    """Return where the library of an entry is."""
    return root / key / _LIBRARY


def insert(
    root: Path,
    key: str,
    request: Request,
    toolchain: Toolchain,
    *,
    replace: bool = False,
    kept: Path | None = None,
) -> Facts:
    """Compile a source and add it to the cache.

    Parameters
    ----------
    root : Path
        The folder of the cache.
    key : str
        The key of the entry.
    request : Request
        What to compile.
    toolchain : Toolchain
        What to compile it with.
    replace : bool
        Whether an entry that another process has added in the meantime gives way.
    kept : Path, optional
        Where the user will find the source, for messages; in the cache by default.

    Raises
    ------
    CompilerError
        If the compiler refuses. The source stays in the cache.
    """
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=root))
    try:
        source, output = scratch / _SOURCE, scratch / _LIBRARY
        source.write_text(request.source, encoding="utf-8")
        beside = [scratch / f"source{number}.cpp" for number in range(2, 2 + len(request.beside))]
        for path, text in zip(beside, request.beside, strict=True):
            path.write_text(text, encoding="utf-8")
        start = time.perf_counter()
        try:
            toolchain.compile(
                source, output, beside=beside, flags=request.flags, kept=kept or root / key / _SOURCE
            )
        except CompilerError:
            output.unlink(missing_ok=True)
            _publish(scratch, root / key, replace=False)
            raise
        output.chmod(0o700)
        facts = Facts(
            name=request.name, compiler=toolchain.version, flags=toolchain.flags, when=time.time(),
            seconds=time.perf_counter() - start, digest=hashlib.sha256(output.read_bytes()).hexdigest(),
        )
        (scratch / _FACTS).write_text(json.dumps(asdict(facts), indent=1), encoding="utf-8")
        return _publish(scratch, root / key, replace=replace) or facts
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _publish(scratch: Path, entry: Path, *, replace: bool) -> Facts | None:
    """Rename `scratch` to `entry`; return the facts of a whole entry that was there first and stays."""
    for _ in range(5):  # each turn is lost only to another process that publishes the same entry just now
        try:
            scratch.rename(entry)
            return None
        except FileExistsError:
            pass
        except OSError as problem:
            if not entry.exists():
                raise CompilerError(f"Cannot write {entry}: {problem.strerror}.") from problem
        if not replace and (facts := find(entry.parent, entry.name)):
            return facts
        _remove(entry)
    return find(entry.parent, entry.name)


def _read_facts(entry: Path) -> Facts | None:
    try:
        read = json.loads((entry / _FACTS).read_text(encoding="utf-8"))
        return Facts(**{**read, "flags": tuple(read["flags"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


# ---------------------------------------------------------------------- list, bound, clear


def entries() -> list[Entry]:
    """Return what is in the cache, the last used first."""
    found = [_entry(path) for path in _folders(location()) if _KEY.fullmatch(path.name)]
    return sorted((entry for entry in found if entry), key=lambda entry: entry.used, reverse=True)


def info() -> Information:
    """Return where the cache is and how full."""
    path, found = location(), entries()
    return Information(path, path.is_dir(), len(found), sum(entry.size for entry in found), LIMIT)


def clear() -> tuple[int, int]:
    """Remove all entries; return how many they were and how many bytes.

    Files in the folder that are not the cache's own stay.

    Raises
    ------
    ConfigurationError
        If the folder is not this user's own.
    """
    root = location()
    if not root.is_dir():
        return 0, 0
    found = entries()
    for entry in found:
        _remove(entry.path)
    remove_abandoned(private_folder(root))
    for path in (root / "compilers.json", *root.glob("interface-*.txt")):
        path.unlink(missing_ok=True)
    return len(found), sum(entry.size for entry in found)


def prune(spare: Iterable[str], limit: int | None = None) -> None:
    """Remove the entries that were not used for longest until the rest fits.

    Parameters
    ----------
    spare : iterable of str
        Keys that stay in any case.
    limit : int, optional
        Bytes; `LIMIT` by default.
    """
    room, spared = LIMIT if limit is None else limit, frozenset(spare)
    found = entries()
    room -= sum(entry.size for entry in found if entry.key in spared)
    for entry in (entry for entry in found if entry.key not in spared):
        room -= entry.size
        if room < 0:
            _remove(entry.path)


def remove_abandoned(root: Path) -> None:
    """Remove what compilations that were killed have left behind."""
    for path in _folders(root):
        if path.name.startswith(_SCRATCH):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    shutil.rmtree(path, ignore_errors=True)


def _folders(root: Path) -> list[Path]:
    try:
        return [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []


def _entry(path: Path) -> Entry | None:
    try:
        size = sum(item.stat().st_size for item in path.iterdir())
        return Entry(path.name, path, size, path.stat().st_mtime, _read_facts(path))
    except OSError:  # another process has just removed it
        return None


def _remove(entry: Path) -> None:
    """Take an entry out of sight by one rename, then delete it."""
    aside = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=entry.parent))
    with suppress(OSError):
        entry.rename(aside / entry.name)
    shutil.rmtree(aside, ignore_errors=True)
