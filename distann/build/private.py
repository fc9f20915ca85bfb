"""Files and folders that only this user can write: what is loaded from them is code that runs as the user."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from distann.errors import ConfigurationError

__all__ = ["is_sound", "private_folder", "write_whole"]


def private_folder(path: Path) -> Path:
    """Make `path` if it is not there, and prove that only this user can put libraries into it.

    Raises
    ------
    ConfigurationError
        If it cannot be made, or somebody else owns it or can write to it.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as problem:
        raise ConfigurationError(
            f"The folder for compiled models, {path}, cannot be made: {problem.strerror}. "
            "Set DISTANN_CACHE to a folder of your own."
        ) from problem
    if reason := _doubt(found, stat.S_IFDIR):
        raise ConfigurationError(
            f"Compiled models are not loaded from {path}: {reason}, and whoever writes there can run code as "
            "you. Make it your own (chmod go-w), or set DISTANN_CACHE to a folder of your own."
        )
    return path


def is_sound(path: Path, digest: str) -> bool:
    """Return whether `path` is a file that nobody else can write, and whose bytes have this sha256."""
    try:
        if _doubt(path.parent.lstat(), stat.S_IFDIR) or _doubt(path.lstat(), stat.S_IFREG):
            return False
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == digest
    except OSError:
        return False


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all, with mode 0700.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    number, scratch = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=path.suffix, dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.chmod(scratch, 0o700)
        os.replace(scratch, path)
    except OSError:
        Path(scratch).unlink(missing_ok=True)
        raise


def _doubt(found: os.stat_result, kind: int) -> str:
    """Return why somebody else could have written this, or ""."""
    if stat.S_IFMT(found.st_mode) != kind:
        return "it is not a folder" if kind == stat.S_IFDIR else "it is not a file"
    if found.st_uid != os.geteuid():
        return f"it belongs to user {found.st_uid}, and you are {os.geteuid()}"
    if found.st_mode & 0o022:
        return f"others can write to it (mode {stat.S_IMODE(found.st_mode):o})"
    return ""
